//! A site that does on demand what Django would not: sends large bodies, breaks off,
//! waits to be told to answer.
//!
//! ```text
//! GET  /big      BIG bytes, as fast as they are taken
//! GET  /film     FILM bytes, the second half when released
//! GET  /short    announces more than it sends; /short-chunked ends without an end
//! POST /sink     takes everything and says what it got
//! GET  /events   an event, and another when released
//! GET  /held     an answer when released
//! GET  /echo     the request's head; the answer has every header that must not pass
//! GET  /moved    to /echo by its full address; /away to another site
//! GET  /endless  piece after piece until whoever asked has gone
//! GET  …         anything that a test has put there, byte for byte
//! ```
//!
//! The same under `/live/`, which its profile never stores.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time;

/// The length of `/big`, in bytes.
pub(crate) const BIG: u64 = 64 << 20;
/// The length of `/film`, in bytes.
pub(crate) const FILM: u64 = 5 << 20;
const PIECE: usize = 64 << 10;
/// A write that takes longer waits for the reader.
const BLOCKED: Duration = Duration::from_millis(500);

/// The site; it ends when this is dropped.
pub(crate) struct Origin {
    pub(crate) url: String,
    pub(crate) state: Arc<State>,
    listener: AbortHandle,
}

/// What it has seen, and what it is told to do. Each semaphore counts what happened.
pub(crate) struct State {
    /// Requests for `/held`, `/events` and `/film` that wait.
    pub(crate) arrived: Semaphore,
    /// How many of those may go on.
    pub(crate) released: Semaphore,
    /// Requests that were given up while they waited.
    pub(crate) given_up: Semaphore,
    /// Times that nobody took what was sent.
    pub(crate) blocked: Semaphore,
    /// Uploads of which the beginning has come.
    pub(crate) begun: Semaphore,
    /// The bytes of `/big` that were taken from it.
    pub(crate) sent: AtomicU64,
    /// Whether every new request is answered with 500.
    pub(crate) is_failing: AtomicBool,
    /// What is at other addresses, each as it is on the wire, with its head.
    pub(crate) places: Mutex<HashMap<String, Arc<[u8]>>>,
}

impl Origin {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let none = || Semaphore::new(0);
        let state = Arc::new(State {
            arrived: none(),
            released: none(),
            given_up: none(),
            blocked: none(),
            begun: none(),
            sent: AtomicU64::new(0),
            is_failing: AtomicBool::new(false),
            places: Mutex::default(),
        });
        let shared = (state.clone(), url.clone());
        let listening = tokio::spawn(async move {
            // Dropped with this task, so that the site is gone at once.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (state, url) = shared.clone();
                connections.spawn(async move {
                    // The gateway may go at any time.
                    let _ = converse(stream, &state, &url).await;
                });
            }
        });
        Self { url, state, listener: listening.abort_handle() }
    }

    /// Puts a response at an address, byte for byte; the connection ends with it.
    pub(crate) fn put(&self, path: &str, head: &str, body: &[u8]) {
        let wire = [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat();
        self.state.places.lock().unwrap().insert(path.to_owned(), wire.into());
    }

    /// A profile that stores everything but `/live/`.
    pub(crate) fn profile(&self) -> String {
        format!(
            "[site]\nname = \"Origin\"\norigin = \"{}\"\nsession-cookie = \"sessionid\"\n\n\
             [[route]]\nname = \"live\"\nwhen = {{ path = \"/live/*\" }}\nstrategy = \"network-only\"\n",
            self.url
        )
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Waits for one more of what a semaphore counts.
pub(crate) async fn one(semaphore: &Semaphore) {
    let waited = time::timeout(crate::processes::DEADLINE, semaphore.acquire()).await;
    waited.expect("it happens in time").unwrap().forget();
}

/// The byte at a place in `/big`: no two pieces are alike.
pub(crate) fn byte_at(position: u64) -> u8 {
    (position.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
}

type Connection = BufReader<TcpStream>;

async fn converse(stream: TcpStream, state: &State, url: &str) -> std::io::Result<()> {
    let mut connection = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if connection.read_line(&mut head).await? == 0 {
                return Ok(());
            }
        }
        answer(&mut connection, &head, state, url).await?;
    }
}

async fn answer(
    connection: &mut Connection,
    head: &str,
    state: &State,
    url: &str,
) -> std::io::Result<()> {
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    if state.is_failing.load(Ordering::Relaxed) {
        return respond(connection, "500 Internal Server Error", "", "failing").await;
    }
    match (method, path.strip_prefix("/live").unwrap_or(path)) {
        ("GET", "/big") => send_big(connection, state).await,
        ("GET", "/film") => {
            begin(connection, &format!("content-length: {FILM}")).await?;
            let piece = |range: Range<u64>| range.map(byte_at).collect::<Vec<u8>>();
            connection.write_all(&piece(0..FILM / 2)).await?;
            until_released(connection, state).await?;
            connection.write_all(&piece(FILM / 2..FILM)).await
        }
        ("GET", "/short") => {
            let announced = format!("content-length: {BIG}");
            begin(connection, &announced).await?;
            connection.write_all(&vec![b'x'; 4 << 20]).await?;
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        ("GET", "/short-chunked") => {
            begin(connection, "transfer-encoding: chunked").await?;
            connection.write_all(format!("{:x}\r\n", 4 << 20).as_bytes()).await?;
            connection.write_all(&vec![b'x'; 4 << 20]).await?;
            connection.write_all(b"\r\n").await?;
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        ("POST", "/sink") => {
            let (length, hash) = take_upload(connection, head, state).await?;
            let announced = header(head, "content-length").unwrap_or("none");
            let body = format!("{length} bytes {hash}, announced {announced}");
            respond(connection, "200 OK", "", &body).await
        }
        ("GET", "/events") => {
            begin(connection, "content-type: text/event-stream\r\nconnection: close").await?;
            connection.write_all(b"data: first\n\n").await?;
            until_released(connection, state).await?;
            connection.write_all(b"data: second\n\n").await?;
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        ("GET", "/held") => {
            until_released(connection, state).await?;
            respond(connection, "200 OK", "content-type: text/plain\r\n", "held").await
        }
        ("GET", "/echo") => respond(connection, "200 OK", MUST_NOT_PASS, head).await,
        ("GET", "/moved") => {
            let location = format!("location: {url}/echo?a=b#c\r\n");
            respond(connection, "302 Found", &location, "").await
        }
        ("GET", "/away") => {
            let location = "location: https://example.org/polls/\r\n";
            respond(connection, "307 Temporary Redirect", location, "").await
        }
        ("GET", "/endless") => {
            begin(connection, "connection: close").await?;
            let piece = vec![b'x'; PIECE];
            loop {
                if let Err(gone) = connection.write_all(&piece).await {
                    state.given_up.add_permits(1);
                    return Err(gone);
                }
            }
        }
        ("HEAD", _) => respond(connection, "404 Not Found", "", "").await,
        _ => {
            let place = state.places.lock().unwrap().get(path).cloned();
            let Some(wire) = place else {
                return respond(connection, "404 Not Found", "", "not here").await;
            };
            connection.write_all(&wire).await?;
            Err(std::io::ErrorKind::ConnectionAborted.into())
        }
    }
}

/// Headers of one connection or one host, beside some that are for the client.
const MUST_NOT_PASS: &str = "keep-alive: timeout=5\r\nconnection: keep-alive, x-hop\r\nx-hop: 1\r\n\
     proxy-authenticate: Basic\r\nalt-svc: h3=\":443\"\r\nx-end-to-end: 1\r\n\
     set-cookie: a=1; Domain=127.0.0.1; Path=/; HttpOnly; Secure\r\nset-cookie: b=2\r\n";

async fn begin(connection: &mut Connection, headers: &str) -> std::io::Result<()> {
    let type_ = if headers.contains("content-type") { "" } else { "content-type: x/y\r\n" };
    connection.write_all(format!("HTTP/1.1 200 OK\r\n{type_}{headers}\r\n\r\n").as_bytes()).await
}

async fn respond(
    connection: &mut Connection,
    status: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<()> {
    let answer =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
    connection.write_all(answer.as_bytes()).await
}

async fn send_big(connection: &mut Connection, state: &State) -> std::io::Result<()> {
    begin(connection, &format!("content-length: {BIG}")).await?;
    for start in (0..BIG).step_by(PIECE) {
        let piece: Vec<u8> = (start..start + PIECE as u64).map(byte_at).collect();
        let write = connection.write_all(&piece);
        tokio::pin!(write);
        match time::timeout(BLOCKED, &mut write).await {
            Ok(written) => written?,
            Err(_) => {
                state.blocked.add_permits(1);
                write.await?;
            }
        }
        state.sent.fetch_add(PIECE as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// Waits for the test, or notices that whoever asked has gone.
async fn until_released(connection: &mut Connection, state: &State) -> std::io::Result<()> {
    state.arrived.add_permits(1);
    tokio::select! {
        permit = state.released.acquire() => {
            permit.unwrap().forget();
            Ok(())
        }
        read = connection.read_u8() => {
            state.given_up.add_permits(1);
            Err(read.err().unwrap_or_else(|| std::io::ErrorKind::InvalidData.into()))
        }
    }
}

/// Reads a body of either form; returns its length and its hash.
async fn take_upload(
    connection: &mut Connection,
    head: &str,
    state: &State,
) -> std::io::Result<(u64, String)> {
    let mut hasher = blake3::Hasher::new();
    let mut length = 0;
    let mut rest: u64 = header(head, "content-length").map_or(0, |value| value.parse().unwrap());
    let is_chunked = header(head, "transfer-encoding") == Some("chunked");
    loop {
        if rest == 0 && is_chunked {
            let mut size = String::new();
            connection.read_line(&mut size).await?;
            rest = u64::from_str_radix(size.trim_end(), 16).unwrap();
            if rest == 0 {
                connection.read_line(&mut size).await?;
            }
        }
        if rest == 0 {
            return Ok((length, hasher.finalize().to_hex().to_string()));
        }
        let mut piece = vec![0; PIECE.min(rest as usize)];
        let read = connection.read(&mut piece).await?;
        if read == 0 {
            state.given_up.add_permits(1);
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if length == 0 {
            state.begun.add_permits(1);
        }
        hasher.update(&piece[..read]);
        length += read as u64;
        rest -= read as u64;
        if rest == 0 && is_chunked {
            connection.read_line(&mut String::new()).await?;
        }
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

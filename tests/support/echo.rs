//! A site that answers as a test wants and remembers what it was asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::until::until;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Received {
    /// The value of the first header with a name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The parts of a multipart body: the head of each, and its bytes.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let boundary = self.header("content-type").and_then(|kind| kind.split_once("boundary="));
        let (_, boundary) = boundary.unwrap_or_else(|| panic!("not multipart: {self:?}"));
        let mark = format!("--{boundary}").into_bytes();
        let mut parts = Vec::new();
        let mut rest = after(&self.body, &mark).expect("a body begins with a boundary");
        while let Some(part) = rest.strip_prefix(b"\r\n") {
            let end = find(part, &mark).expect("a part ends with a boundary");
            let head = find(part, b"\r\n\r\n").expect("a part has a head");
            let name = String::from_utf8_lossy(&part[..head]).into_owned();
            parts.push((name, part[head + 4..end - 2].to_vec()));
            rest = &part[end + mark.len()..];
        }
        assert_eq!(rest, b"--\r\n", "the end of a multipart body");
        parts
    }
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

fn after<'t>(text: &'t [u8], pattern: &[u8]) -> Option<&'t [u8]> {
    find(text, pattern).map(|at| &text[at + pattern.len()..])
}

/// What the site sends back.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// After how many bytes of the body it waits, and for what.
    held: Option<(usize, Gate)>,
}

/// Where an answer waits in the middle.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<(Mutex<Passage>, Condvar)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Passage {
    #[default]
    Closed,
    Open,
    /// Whoever waits is to go away.
    Cut,
}

impl Gate {
    /// Lets through what waits, and whatever comes.
    pub fn open(&self) {
        self.set(Passage::Open);
    }

    /// Breaks off what waits.
    pub fn cut(&self) {
        self.set(Passage::Cut);
    }

    fn set(&self, to: Passage) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
        self.0.1.notify_all();
    }

    /// Whether the rest may go on.
    fn pass(&self) -> bool {
        let mut passage = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *passage == Passage::Closed {
            passage = self.0.1.wait(passage).unwrap_or_else(PoisonError::into_inner);
        }
        *passage == Passage::Open
    }
}

impl Answer {
    /// Some bytes of a type.
    pub fn of(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into(), held: None }
            .with("content-type", content_type)
    }

    /// A page.
    pub fn html(body: &str) -> Self {
        Self::of("text/html; charset=utf-8", body)
    }

    /// A redirect to `location`.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), held: None }
            .with("location", location)
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same that waits after so many bytes of its body.
    #[must_use]
    pub fn held(self, after: usize, gate: &Gate) -> Self {
        Self { held: Some((after, gate.clone())), ..self }
    }

    /// The same with another status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

type Respond = dyn Fn(&Received) -> Option<Answer> + Send + Sync;

struct Shared {
    respond: Box<Respond>,
    received: Mutex<Vec<Received>>,
}

impl Shared {
    fn received(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The running site. It ends with the process, and accepts nothing once this is dropped.
pub struct Echo {
    origin: String,
    shared: Arc<Shared>,
    _listener: Listener,
}

impl Echo {
    /// Starts it on a free port. What `respond` has no answer for is described in JSON.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub fn start(respond: impl Fn(&Received) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared { respond: Box::new(respond), received: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let serving = Arc::clone(&shared);
        let serve = move || {
            for stream in listener.incoming() {
                // The thread that serves is asked to end by this connection.
                if Arc::strong_count(&serving) == 1 {
                    return;
                }
                let (Ok(stream), serving) = (stream, Arc::clone(&serving)) else { continue };
                // A webview that gives up on a request is nothing to fail for.
                thread::spawn(move || answer(stream, &serving).unwrap_or_default());
            }
        };
        thread::spawn(serve);
        let _listener = Listener { address };
        Self { origin: format!("http://{address}"), shared, _listener }
    }

    /// `http://127.0.0.1:PORT`
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// A profile of this site; the pages' own origin is `echo://localhost`.
    pub fn profile(&self) -> String {
        format!("[site]\nname = \"Echo\"\norigin = \"{}\"\nscheme = \"echo\"\n", self.origin)
    }

    /// The requests to a path, with its query, oldest first.
    pub fn received(&self, method: &str, path: &str) -> Vec<Received> {
        let received = self.shared.received();
        let wanted = received.iter().filter(|one| one.method == method && one.path == path);
        wanted.cloned().collect()
    }

    /// Method and path of every request, oldest first.
    pub fn everything(&self) -> Vec<String> {
        let received = self.shared.received();
        received.iter().map(|one| format!("{} {}", one.method, one.path)).collect()
    }

    /// Waits for the first request to a path.
    ///
    /// # Panics
    ///
    /// If none comes by the deadline.
    pub async fn first(&self, method: &str, path: &str) -> Received {
        let what = format!("{method} {path} arrives");
        until(&what, || std::future::ready(self.received(method, path).into_iter().next())).await
    }
}

struct Listener {
    address: std::net::SocketAddr,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Declared after the other holder, so that by now the thread is the last one.
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    for line in reader.by_ref().lines() {
        match line? {
            line if line.is_empty() => break,
            line => head.push(line),
        }
    }
    let mut request = head.first().map(|line| line.split(' ')).into_iter().flatten();
    let (Some(method), Some(path)) = (request.next(), request.next()) else { return Ok(()) };
    let headers = head.iter().skip(1).filter_map(|line| line.split_once(':'));
    let mut received = Received {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: Vec::new(),
    };
    let length = received.header("content-length").and_then(|length| length.parse().ok());
    received.body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut received.body)?;
    let Answer { status, headers, body, held } =
        (shared.respond)(&received).unwrap_or_else(|| described(&received));
    let is_head = received.method == "HEAD";
    shared.received().push(received);
    let mut text = format!("HTTP/1.1 {status} Answer\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let mut stream = reader.into_inner();
    stream.write_all(text.as_bytes())?;
    let (now, later) = body.split_at(held.as_ref().map_or(body.len(), |(after, _)| *after));
    if !is_head {
        stream.write_all(now)?;
        stream.flush()?;
        if held.is_some_and(|(_, gate)| !gate.pass()) {
            return Ok(());
        }
        stream.write_all(later)?;
    }
    stream.flush()
}

fn described(received: &Received) -> Answer {
    let Received { method, path, headers, body } = received;
    let headers: serde_json::Map<_, _> =
        headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let text = String::from_utf8_lossy(body);
    let json = serde_json::json!({
        "method": method, "path": path, "headers": headers, "length": body.len(), "text": text,
    });
    Answer::of("application/json", json.to_string())
}

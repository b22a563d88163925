//! A site that answers each address as it was told last, byte by byte, and notes what it
//! was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use super::client::{joined, parsed};
use super::table::Framing;

/// The site; it ends when this is dropped.
pub(super) struct Origin {
    pub(super) url: String,
    places: Places,
    listener: AbortHandle,
}

/// By path and query.
type Places = Arc<Mutex<HashMap<String, Place>>>;

struct Place {
    told: Told,
    heard: Vec<Heard>,
}

/// What an address answers.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) lines: Vec<String>,
    pub(super) body: String,
    pub(super) framing: Framing,
    pub(super) early: Vec<&'static str>,
}

/// What an address was asked.
#[derive(Clone)]
pub(super) struct Heard {
    pub(super) method: String,
    pub(super) lines: Vec<(String, String)>,
    pub(super) body: String,
}

impl Origin {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let places = Places::default();
        let shared = places.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let places = shared.clone();
                tokio::spawn(async move {
                    // The gateway may go at any time.
                    let _ = converse(stream, &places).await;
                });
            }
        });
        Self { url, places, listener: listening.abort_handle() }
    }

    /// Answers an address so from now on, and forgets what it was asked.
    pub(super) fn tell(&self, target: &str, told: Told) {
        let place = Place { told, heard: Vec::new() };
        self.places.lock().unwrap().insert(target.to_owned(), place);
    }

    /// What an address was asked since it was told what to answer.
    pub(super) fn heard(&self, target: &str) -> Vec<Heard> {
        let places = self.places.lock().unwrap();
        places.get(target).map(|place| place.heard.clone()).unwrap_or_default()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn converse(stream: TcpStream, places: &Places) -> std::io::Result<()> {
    let mut connection = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if connection.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let lines = parsed(&head);
    let length = joined(&lines, "content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await?;
    let body = String::from_utf8_lossy(&body).into_owned();

    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap());
    let heard = Heard { method: method.clone(), lines, body };
    let told = places.lock().unwrap().get_mut(target).map(|place| {
        place.heard.push(heard);
        place.told.clone()
    });
    // Probes of the gateway come here: they only want to know whether anybody answers.
    let told = told.unwrap_or_else(|| Told {
        status: 404,
        lines: Vec::new(),
        body: "nothing is here".to_owned(),
        framing: Framing::Length,
        early: Vec::new(),
    });
    connection.write_all(&wire(&told, &method)).await?;
    connection.shutdown().await
}

fn wire(told: &Told, method: &str) -> Vec<u8> {
    let Told { status, lines, body, framing, early } = told;
    if *framing == Framing::Dropped {
        return Vec::new();
    }
    let mut wire: String = early.iter().map(|head| format!("HTTP/1.1 {head}\r\n\r\n")).collect();
    wire.push_str(&format!("HTTP/1.1 {status} As Told\r\n"));
    for line in lines {
        wire.push_str(line);
        wire.push_str("\r\n");
    }
    let has = |name: &str| {
        lines
            .iter()
            .any(|line| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name)))
    };
    if !has("connection") {
        wire.push_str("Connection: close\r\n");
    }
    let is_bare = matches!(*status, 204 | 304);
    if !is_bare && !has("content-length") {
        match framing {
            Framing::Length => wire.push_str(&format!("Content-Length: {}\r\n", body.len())),
            Framing::CutShort => wire.push_str(&format!("Content-Length: {}\r\n", body.len() + 9)),
            Framing::Chunked | Framing::CutChunk => {
                wire.push_str("Transfer-Encoding: chunked\r\n");
            }
            Framing::Trailer => {
                wire.push_str("Transfer-Encoding: chunked\r\nTrailer: X-Trailer\r\n");
            }
            Framing::UntilClosed | Framing::Dropped => {}
        }
    }
    wire.push_str("\r\n");
    if method != "HEAD" && !is_bare {
        let chunk = format!("{:x}\r\n{body}\r\n", body.len());
        match framing {
            Framing::Length | Framing::UntilClosed | Framing::CutShort => wire.push_str(body),
            Framing::Chunked => wire.push_str(&format!("{chunk}0\r\n\r\n")),
            Framing::Trailer => wire.push_str(&format!("{chunk}0\r\nX-Trailer: 1\r\n\r\n")),
            Framing::CutChunk => wire.push_str(&chunk),
            Framing::Dropped => {}
        }
    }
    wire.into_bytes()
}

//! A client that shows everything that came over the wire, as it came.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time;

use super::table::Asking;
use crate::processes::DEADLINE;

/// A response, as far as it came.
pub(super) struct Received {
    /// 0 if nothing came.
    pub(super) status: u16,
    pub(super) lines: Vec<(String, String)>,
    pub(super) body: String,
    pub(super) end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The body is as long as the head says.
    Whole,
    /// The connection ended before the body did.
    Cut,
}

impl Received {
    /// Every value of a name, in order; `None` if there is no such line.
    pub(super) fn values(&self, name: &str) -> Option<String> {
        joined(&self.lines, name)
    }
}

/// The values of all lines of a name, in order.
pub(super) fn joined(lines: &[(String, String)], name: &str) -> Option<String> {
    let values: Vec<&str> = lines
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// The lines of a head, without the first.
pub(super) fn parsed(head: &str) -> Vec<(String, String)> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect()
}

/// Sends one request on a connection of its own.
pub(super) async fn send(
    authority: &str,
    asking: &Asking,
    target: &str,
    lines: &[String],
) -> Received {
    let Asking { method, body, .. } = asking;
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {authority}\r\nAccept: */*\r\n");
    if !lines.iter().any(|line| line.starts_with("Connection:")) {
        head.push_str("Connection: close\r\n");
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A connection that breaks says no more; what came is looked at.
    let read = time::timeout(DEADLINE, stream.read_to_end(&mut bytes)).await;
    let _ = read.unwrap_or_else(|_| panic!("{method} {target} is not answered"));
    received(&bytes, method)
}

fn received(bytes: &[u8], method: &str) -> Received {
    let text = String::from_utf8_lossy(bytes);
    let mut rest = text.as_ref();
    loop {
        let Some((head, after)) = rest.split_once("\r\n\r\n") else {
            return Received { status: 0, lines: Vec::new(), body: String::new(), end: End::Cut };
        };
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        if (100..200).contains(&status) {
            rest = after;
            continue;
        }
        let lines = parsed(head);
        let is_bare = method == "HEAD" || matches!(status, 204 | 304);
        let (body, end) = if is_bare {
            (after.to_owned(), End::Whole)
        } else if joined(&lines, "transfer-encoding").is_some() {
            unchunked(after)
        } else {
            let length = joined(&lines, "content-length").and_then(|length| length.parse().ok());
            let is_whole = length.is_none_or(|length: usize| length == after.len());
            (after.to_owned(), if is_whole { End::Whole } else { End::Cut })
        };
        return Received { status, lines, body, end };
    }
}

fn unchunked(mut rest: &str) -> (String, End) {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = size.split(';').next().unwrap_or_default();
        match usize::from_str_radix(size, 16) {
            Ok(0) => return (body, End::Whole),
            Ok(size) if after.len() >= size => {
                body.push_str(&after[..size]);
                rest = after[size..].trim_start_matches("\r\n");
            }
            _ => break,
        }
    }
    (body, End::Cut)
}

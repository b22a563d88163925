//! HTTP, as much as a voter speaks of it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// Longer than the gateway waits for the site.
const PATIENCE: Duration = Duration::from_secs(60);

/// What became of a request.
#[derive(Debug)]
pub(super) enum Reply {
    /// Nobody listens: nothing was sent.
    NobodyThere,
    /// The connection broke before there was an answer.
    Broken,
    Answered(Answer),
}

/// An answer whose head is whole; of its body there may be less than there was to come.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

/// Sends a request to a port of this machine and reads until the connection ends.
pub(super) fn ask(port: u16, request: &str) -> Reply {
    let mut stream = match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
        Ok(stream) => stream,
        Err(_) => return Reply::NobodyThere,
    };
    if stream.set_read_timeout(Some(PATIENCE)).is_err() {
        return Reply::NobodyThere;
    }
    if stream.write_all(request.as_bytes()).is_err() {
        return Reply::Broken;
    }
    let mut bytes = Vec::new();
    // What was read before an error is there.
    let _ = stream.read_to_end(&mut bytes);
    parsed(&String::from_utf8_lossy(&bytes)).map_or(Reply::Broken, Reply::Answered)
}

fn parsed(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    Some(Answer { status, headers: lines.filter_map(header).collect(), body: body.to_owned() })
}

impl Answer {
    /// The values of a header, whose name is given in small letters.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The first of them.
    pub(super) fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// The token in the page's form that Django wants back.
    pub(super) fn token(&self) -> Option<String> {
        let (_, after) = self.body.split_once("name=\"csrfmiddlewaretoken\" value=\"")?;
        let (token, _) = after.split_once('"')?;
        // A chunk of the body may have ended in the middle of it.
        let is_whole = token.chars().all(|character| character.is_ascii_alphanumeric());
        (is_whole && !token.is_empty()).then(|| token.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_once_its_head_is_whole() {
        let text = "HTTP/1.1 202 Accepted\r\nHoldfast-Outbox: k1\r\ncontent-length: 5\r\n\r\nSav";
        let answer = parsed(text).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (202, "Sav"));
        assert_eq!(answer.header("holdfast-outbox"), Some("k1"));
        assert!(parsed("HTTP/1.1 202 Accepted\r\nHoldfast-Outbox: k1\r\n").is_none());
        assert!(parsed("").is_none());
    }

    #[test]
    fn a_token_is_taken_only_whole() {
        let token = |body: &str| {
            let page = format!("<input name=\"csrfmiddlewaretoken\" value=\"{body}");
            parsed(&format!("HTTP/1.1 200 OK\r\n\r\n{page}")).unwrap().token()
        };
        assert_eq!(token("abc1\">").as_deref(), Some("abc1"));
        assert_eq!(token("abc"), None);
        assert_eq!(token("ab\r\n1f\r\nc1\">"), None);
    }
}

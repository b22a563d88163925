//! Reads a stream of events, as the HTML standard has it (§9.2.5, §9.2.6).
//!
//! Bytes go in as they come and events come out. What is held of a stream is bounded, whatever
//! the site sends: an event that is too long is skipped, and what it is known by still counts.

use std::time::Duration;

/// As many bytes may one line have, and the data of one event.
const LONGEST: usize = 64 << 10;
/// "UTF-8 decode … strips one leading UTF-8 Byte Order Mark (BOM), if any" (§9.2.6).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What a stream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// An event.
    Event(StreamEvent),
    /// How far the stream is, without an event.
    Reached(String),
    /// How long to wait before it is opened again.
    Retry(Duration),
    /// An event that is longer than what is read.
    TooLong {
        /// How far the stream is with it, if it says so.
        id: Option<String>,
    },
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamEvent {
    /// How far the stream is with it, where it says so itself; else as far as before.
    pub(crate) id: Option<String>,
    /// Its type.
    pub(crate) event: String,
    /// What it says.
    pub(crate) data: String,
}

/// A stream that is being read.
#[derive(Debug, Default)]
pub(crate) struct EventStream {
    line: Vec<u8>,
    is_line_cut: bool,
    has_begun: bool,
    /// The last byte was a CR, so that a LF belongs to the same end of a line.
    is_after_cr: bool,
    data: String,
    event: String,
    id: Option<String>,
    is_too_long: bool,
}

impl EventStream {
    /// What the next bytes of the stream say.
    pub(crate) fn read(&mut self, mut bytes: &[u8]) -> Vec<Said> {
        let mut said = Vec::new();
        // "Lines must be separated by either a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF)
        // character pair, a single U+000A LINE FEED (LF) character, or a single U+000D CARRIAGE
        // RETURN (CR) character." (§9.2.5) The pair may come in two pieces.
        while let Some(first) = bytes.first() {
            if std::mem::take(&mut self.is_after_cr) && *first == b'\n' {
                bytes = bytes.get(1..).unwrap_or_default();
                continue;
            }
            let Some(at) = memchr::memchr2(b'\r', b'\n', bytes) else {
                self.extend_line(bytes);
                break;
            };
            let (line, rest) = bytes.split_at(at);
            self.extend_line(line);
            self.is_after_cr = rest.first() == Some(&b'\r');
            bytes = rest.get(1..).unwrap_or_default();
            said.extend(self.end_line());
        }
        said
    }

    fn extend_line(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.line.len());
        self.is_line_cut |= bytes.len() > room;
        self.line.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    fn end_line(&mut self) -> Option<Said> {
        let mut line = std::mem::take(&mut self.line);
        let is_cut = std::mem::take(&mut self.is_line_cut);
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let bytes = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) if is_first => rest,
            _ => &line,
        };
        let said = if bytes.is_empty() {
            self.dispatch()
        } else {
            let text = String::from_utf8_lossy(bytes);
            let (name, value) = text.split_once(':').unwrap_or((&text, ""));
            self.field(name, value.strip_prefix(' ').unwrap_or(value), is_cut)
        };
        // The room is used again.
        line.clear();
        line.shrink_to(1024);
        self.line = line;
        said
    }

    /// "Field names must be compared literally, with no case folding performed." (§9.2.6)
    fn field(&mut self, name: &str, value: &str, is_cut: bool) -> Option<Said> {
        match name {
            // Half of it would be another one.
            "event" | "data" | "id" | "retry" if is_cut => self.skip(),
            "event" => value.clone_into(&mut self.event),
            "data" if self.data.len() + value.len() >= LONGEST => self.skip(),
            "data" if self.is_too_long => {}
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            // "If the field value does not contain U+0000 NULL, then set the last event ID
            // buffer to the field value. Otherwise, ignore the field."
            "id" if value.contains('\0') => {}
            "id" => self.id = Some(value.to_owned()),
            // "If the field value consists of only ASCII digits, then interpret the field value
            // as an integer in base ten, and set the event stream's reconnection time to that
            // integer. Otherwise, ignore the field."
            "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
                let milliseconds = value.parse().unwrap_or(u64::MAX);
                return Some(Said::Retry(Duration::from_millis(milliseconds)));
            }
            // "Otherwise: The field is ignored." A comment is one without a name.
            _ => {}
        }
        None
    }

    fn skip(&mut self) {
        self.is_too_long = true;
        self.data = String::new();
    }

    /// The event that ends with an empty line.
    fn dispatch(&mut self) -> Option<Said> {
        let id = self.id.take();
        let (event, mut data) = (std::mem::take(&mut self.event), std::mem::take(&mut self.data));
        if std::mem::take(&mut self.is_too_long) {
            return Some(Said::TooLong { id });
        }
        // "If the data buffer is an empty string, set the data buffer and the event type buffer
        // to the empty string and return." The last event ID is set all the same, before.
        if data.is_empty() {
            return id.map(Said::Reached);
        }
        // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then
        // remove the last character from the data buffer."
        data.pop();
        let event = if event.is_empty() { "message".to_owned() } else { event };
        Some(Said::Event(StreamEvent { id, event, data }))
    }

    /// How many bytes are held.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn held(&self) -> usize {
        let id = self.id.as_ref().map_or(0, String::len);
        self.line.len() + self.data.len() + self.event.len() + id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is said, in short: `id|type|data`, or `@id`, `retry`, `too long`.
    fn short(said: &[Said]) -> Vec<String> {
        said.iter()
            .map(|said| match said {
                Said::Event(StreamEvent { id, event, data }) => {
                    format!("{}|{event}|{data}", id.as_deref().unwrap_or("-"))
                }
                Said::Reached(id) => format!("@{id}"),
                Said::Retry(after) => format!("retry {}", after.as_millis()),
                Said::TooLong { id } => format!("too long {}", id.as_deref().unwrap_or("-")),
            })
            .collect()
    }

    /// However the bytes come, they say the same.
    #[track_caller]
    fn check(stream: &str, expected: &[&str]) {
        check_bytes(stream.as_bytes(), expected);
    }

    #[track_caller]
    fn check_bytes(stream: &[u8], expected: &[&str]) {
        for size in [stream.len().max(1), 1, 2, 3, 7] {
            let mut parser = EventStream::default();
            let said: Vec<Said> =
                stream.chunks(size).flat_map(|piece| parser.read(piece)).collect();
            assert_eq!(short(&said), expected, "in pieces of {size}");
        }
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn streams_are_read_as_the_standard_says() {
        // The examples of §9.2.6.
        check("data: YHOO\ndata: +2\ndata: 10\n\n",           &["-|message|YHOO\n+2\n10"]);
        check(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
              &["1|message|first event", "|message|second event", "-|message| third event"]);
        check("data\n\ndata\ndata\n\ndata:",                  &["-|message|", "-|message|\n"]);
        check("data:test\n\ndata: test\n\n",                  &["-|message|test", "-|message|test"]);

        // Ends of lines.
        check("data: a\r\n\r\ndata: b\r\rdata: c\n\n",        &["-|message|a", "-|message|b", "-|message|c"]);
        check("data: a\r\ndata: b\r\n\r\n",                   &["-|message|a\nb"]);
        check("data: a\r\n\ndata: b\n\r",                     &["-|message|a", "-|message|b"]);
        check("data: a\u{2028}b\u{85}c\u{b}\n\n",             &["-|message|a\u{2028}b\u{85}c\u{b}"]);

        // The byte order mark: one, and only at the very beginning.
        check("\u{feff}data: a\n\n",                          &["-|message|a"]);
        check("\u{feff}\u{feff}data: a\n\n",                  &[]);
        check("data: a\n\n\u{feff}data: b\n\n",               &["-|message|a"]);
        check("\u{feff}\n\ndata: a\n\n",                      &["-|message|a"]);

        // Fields.
        check("data:\u{20}\u{20}a\n\n",                       &["-|message| a"]);
        check("data:\ta\n\n",                                 &["-|message|\ta"]);
        check("data: a: b\n\n",                               &["-|message|a: b"]);
        check("Data: a\n data: b\nDATA: c\ndata : d\n\n",     &[]);
        check("whatever: a\n:comment\n: data: b\ndata: c\n\n",&["-|message|c"]);
        check(":\n:\n\n:\n\n",                                &[]);
        check("event: poll\ndata: a\n\ndata: b\n\n",          &["-|poll|a", "-|message|b"]);
        check("event: poll\n\ndata: b\n\n",                   &["-|message|b"]);
        check("event: poll\nevent\ndata: b\n\n",              &["-|message|b"]);

        // Identifiers.
        check("id: 1\ndata: a\n\n",                           &["1|message|a"]);
        check("id: 1\nid: 2\ndata: a\n\n",                    &["2|message|a"]);
        check("id: 1\nid: x\0y\ndata: a\n\n",                 &["1|message|a"]);
        check("id: x\0y\ndata: a\n\n",                        &["-|message|a"]);
        check("id: 1\n\n",                                    &["@1"]);
        check("id\n\n",                                       &["@"]);
        check("id: …\ndata: a\n\n",                           &["…|message|a"]);

        // When to come back.
        check("retry: 1500\n",                                &["retry 1500"]);
        check("retry: 0\n",                                   &["retry 0"]);
        check("retry:007\n",                                  &["retry 7"]);
        check("retry\nretry:\nretry: +5\nretry: -5\nretry: 5s\nretry: 5 \nretry: ٣\nretry: 1e3\n", &[]);
        check("retry: 99999999999999999999\n",                &["retry 18446744073709551615"]);
        check("data: a\nretry: 5\n\n",                        &["retry 5", "-|message|a"]);

        // "Once the end of the file is reached, any pending data must be discarded."
        check("data: a\n",                                    &[]);
        check("data: a",                                      &[]);
        check("",                                             &[]);
        check("\n\n\r\n\r",                                   &[]);
    }

    #[test]
    fn what_is_no_utf_8_is_replaced() {
        check_bytes(b"data: a\xFFb\xE2\x82\n\n", &["-|message|a\u{fffd}b\u{fffd}"]);
        check_bytes("data: €\n\n".as_bytes(), &["-|message|€"]);
    }

    #[test]
    fn what_is_too_long_is_skipped_and_its_place_is_known() {
        let long = "x".repeat(LONGEST);
        check_long(&format!("id: 7\ndata: {long}\n\ndata: b\n\n"), &["too long 7", "-|message|b"]);
        check_long(&format!(": {long}\ndata: b\n\n"), &["-|message|b"]);
        check_long(&format!("other: {long}\ndata: b\n\n"), &["-|message|b"]);
        check_long(&format!("{long}\ndata: b\n\n"), &["-|message|b"]);
        check_long(&format!("id: {long}\ndata: b\n\n"), &["too long -"]);
        let lines = "data: 123456789\n".repeat(LONGEST / 10);
        check_long(
            &format!("{lines}data: c\nid: 8\n\ndata: b\n\n"),
            &["too long 8", "-|message|b"],
        );
    }

    #[track_caller]
    fn check_long(stream: &str, expected: &[&str]) {
        let mut parser = EventStream::default();
        let mut said = Vec::new();
        for piece in stream.as_bytes().chunks(1000) {
            said.extend(parser.read(piece));
            assert!(parser.held() <= 3 * LONGEST, "{} bytes are held", parser.held());
        }
        assert_eq!(short(&said), expected);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_bytes_are_cut(
            bytes in "(data|id|event|retry|:|[ \r\n\u{feff}a1\0])*",
            size in 1_usize..9,
        ) {
            let whole = EventStream::default().read(bytes.as_bytes());
            let mut parser = EventStream::default();
            let pieces: Vec<Said> =
                bytes.as_bytes().chunks(size).flat_map(|piece| parser.read(piece)).collect();
            prop_assert_eq!(whole, pieces);
        }
    }
}

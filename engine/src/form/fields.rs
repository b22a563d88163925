//! The fields of a form as they are sent.

use bytes::Bytes;
use url::form_urlencoded;

/// The fields of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fields {
    /// `application/x-www-form-urlencoded`.
    Encoded(Vec<(String, String)>),
    /// `multipart/form-data`.
    Multipart {
        /// What separates the parts, with the two hyphens before it.
        delimiter: Bytes,
        /// In the order of the form.
        parts: Vec<Part>,
    },
}

/// One part of a `multipart/form-data` body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The part's own headers, with the empty line that ends them.
    head: Bytes,
    name: String,
    is_file: bool,
    content: Bytes,
}

impl Fields {
    /// The fields of a body; `None` for one that is of no form.
    pub(crate) fn of(content_type: &str, body: &Bytes) -> Option<Self> {
        let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        match kind.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => {
                Some(Self::Encoded(form_urlencoded::parse(body).into_owned().collect()))
            }
            "multipart/form-data" => multipart(parameters, body),
            _ => None,
        }
    }

    /// The name of each, in the order of the form; one may be there more than once.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Encoded(pairs) => pairs.iter().map(|(name, _)| name.as_str()).collect(),
            Self::Multipart { parts, .. } => parts.iter().map(|part| part.name.as_str()).collect(),
        }
    }

    /// Names and values of all but files.
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        match self {
            Self::Encoded(pairs) => pairs.clone(),
            Self::Multipart { parts, .. } => {
                let texts = parts.iter().filter(|part| !part.is_file);
                let text = |part: &Part| String::from_utf8_lossy(&part.content).into_owned();
                texts.map(|part| (part.name.clone(), text(part))).collect()
            }
        }
    }

    /// The value of the first field of this name that is no file.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.texts().into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// Gives a field this value: the first of its name, or else a new one at the end.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self {
            Self::Encoded(pairs) => match pairs.iter_mut().find(|(other, _)| other == name) {
                Some((_, old)) => value.clone_into(old),
                None => pairs.push((name.to_owned(), value.to_owned())),
            },
            Self::Multipart { parts, .. } => {
                let content = Bytes::copy_from_slice(value.as_bytes());
                let same = |part: &&mut Part| part.name == name && !part.is_file;
                match parts.iter_mut().find(same) {
                    Some(part) => part.content = content,
                    None => parts.push(Part::text(name, content)),
                }
            }
        }
    }

    /// The body that sends them.
    pub(crate) fn to_body(&self) -> Bytes {
        match self {
            Self::Encoded(pairs) => {
                form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into()
            }
            Self::Multipart { delimiter, parts } => {
                let mut body = Vec::new();
                for part in parts {
                    for piece in [delimiter, &*part.head, &part.content, b"\r\n"] {
                        body.extend_from_slice(piece);
                    }
                }
                body.extend_from_slice(delimiter);
                body.extend_from_slice(b"--\r\n");
                body.into()
            }
        }
    }
}

impl Part {
    fn text(name: &str, content: Bytes) -> Self {
        // "replaced … U+0022 (") with `%22`" and line breaks alike (HTML §4.10.22.8)
        let escaped = name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22");
        let head = format!("\r\nContent-Disposition: form-data; name=\"{escaped}\"\r\n\r\n");
        Self { head: head.into(), name: name.to_owned(), is_file: false, content }
    }
}

/// The parts of a body whose content type has these parameters.
fn multipart(parameters: &str, body: &Bytes) -> Option<Fields> {
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_boundary = name.trim().eq_ignore_ascii_case("boundary");
        is_boundary.then(|| value.trim().trim_matches('"').to_owned())
    })?;
    let delimiter = Bytes::from(format!("--{boundary}"));
    let mut parts = Vec::new();
    let mut at = find(body, &delimiter, 0)? + delimiter.len();
    // "--" behind the delimiter ends the last part (RFC 2046 §5.1.1).
    while !body.get(at..)?.starts_with(b"--") {
        let head_end = find(body, b"\r\n\r\n", at)? + 4;
        let end = find(body, &[b"\r\n", &*delimiter].concat(), head_end)?;
        let head = body.slice(at..head_end);
        let disposition = disposition(&head)?;
        let name = parameter(&disposition, "name")?;
        let is_file = parameter(&disposition, "filename").is_some();
        parts.push(Part { head, name, is_file, content: body.slice(head_end..end) });
        at = end + 2 + delimiter.len();
    }
    Some(Fields::Multipart { delimiter, parts })
}

/// Where `wanted` begins in `bytes`, from `start` on.
fn find(bytes: &[u8], wanted: &[u8], start: usize) -> Option<usize> {
    memchr::memmem::find(bytes.get(start..)?, wanted).map(|at| start + at)
}

fn disposition(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then(|| value.trim().to_owned())
    })
}

/// The value of a parameter such as `; name="choice"`, as HTML §4.10.22.8 writes it.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let begins = format!("; {name}=\"");
    let value = disposition.split_once(&begins)?.1.split('"').next()?;
    Some(value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----x";
    const BODY: &[u8] = b"------x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nold\r\n\
        ------x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\
        Content-Type: image/png\r\n\r\n\x00\r\n--\xff\r\n------x--\r\n";

    #[test]
    fn a_body_of_each_kind_comes_out_as_it_went_in() {
        let bodies: [(&str, &[u8]); 2] = [
            ("application/x-www-form-urlencoded; charset=utf-8", b"a=1&b=%C3%BC+x&a=2"),
            (TYPE, BODY),
        ];
        for (kind, body) in bodies {
            let body = Bytes::from_static(body);
            assert_eq!(Fields::of(kind, &body).unwrap().to_body(), body);
        }
        assert_eq!(Fields::of("application/json", &Bytes::from_static(b"{}")), None);
        assert_eq!(Fields::of(TYPE, &Bytes::from_static(b"------x\r\ncut")), None);
    }

    #[test]
    fn a_field_is_set_and_the_others_stay() {
        let mut encoded = Fields::Encoded(vec![("a".into(), "1".into()), ("b".into(), "2".into())]);
        encoded.set("b", "ü");
        encoded.set("c", "");
        assert_eq!(encoded.to_body(), "a=1&b=%C3%BC&c=");
        let mut parts = Fields::of(TYPE, &Bytes::from_static(BODY)).unwrap();
        assert_eq!(parts.names(), ["token", "file"]);
        parts.set("token", "new");
        parts.set("more\"", "x");
        let again = Fields::of(TYPE, &parts.to_body()).unwrap();
        assert_eq!(again, parts);
        assert_eq!(again.texts(), [("token".into(), "new".into()), ("more\"".into(), "x".into())]);
    }
}

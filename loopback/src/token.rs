//! Who may ask how the device is: whoever can say what stands in a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// Shorter ones can be guessed.
const SHORTEST: usize = 16;

/// What opens the status, as its hash: compared in a time that says nothing about it.
#[derive(Debug, Clone, Copy)]
pub struct Token(blake3::Hash);

/// A file with no token in it.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file.
    #[error("cannot read the token in {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system reported.
        source: io::Error,
    },
    /// What stands in it.
    #[error(
        "the token in {} is none: expected one line of at least {SHORTEST} letters, digits and signs",
        path.display()
    )]
    Unusable {
        /// The file.
        path: PathBuf,
    },
}

impl Token {
    /// The token in a file, without the space around it.
    ///
    /// # Errors
    ///
    /// That there is none, or none that nobody guesses.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let text = fs::read_to_string(path)
            .map_err(|source| TokenError::File { path: path.to_owned(), source })?;
        Self::of(text.trim()).ok_or_else(|| TokenError::Unusable { path: path.to_owned() })
    }

    fn of(text: &str) -> Option<Self> {
        let is_usable = text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_usable.then(|| Self(blake3::hash(text.as_bytes())))
    }

    /// Whether a request has it: `Authorization: Bearer TOKEN` (RFC 6750 §2.1).
    pub(crate) fn opens(&self, headers: &HeaderMap) -> bool {
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else { return false };
        let Some((scheme, given)) = line.to_str().ok().and_then(|line| line.split_once(' ')) else {
            return false;
        };
        // Hashes are compared in constant time.
        scheme.eq_ignore_ascii_case("bearer") && blake3::hash(given.trim().as_bytes()) == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(lines: &[&str]) -> bool {
        let headers = lines.iter().map(|line| (AUTHORIZATION, line.parse().unwrap())).collect();
        Token::of("correct-horse-battery").unwrap().opens(&headers)
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn one_token_opens_and_nothing_else_does() {
        assert!(opens(&["Bearer correct-horse-battery"]));
        assert!(opens(&["bearer correct-horse-battery"]));
        assert!(!opens(&["Bearer correct-horse-batterx"]));
        assert!(!opens(&["Bearer correct-horse-batter"]));
        assert!(!opens(&["Bearer "]));
        assert!(!opens(&["Bearer"]));
        assert!(!opens(&["Basic correct-horse-battery"]));
        assert!(!opens(&["correct-horse-battery"]));
        assert!(!opens(&[]));
        assert!(!opens(&["Bearer correct-horse-battery", "Bearer correct-horse-battery"]));
    }

    #[test]
    fn a_token_that_can_be_guessed_is_none() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("token");
        let read = |text: &str| {
            fs::write(&path, text).unwrap();
            Token::read(&path).map(|_| ()).map_err(|error| error.to_string())
        };
        read(" 0123456789abcdef\n").unwrap();
        for text in ["", "\n", "0123456789abcde", "0123456789 abcdef", "0123456789\nabcdef"] {
            let said = read(text).unwrap_err();
            assert!(said.contains("expected one line of at least 16"), "{text:?}: {said}");
        }
        let missing = Token::read(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.contains("cannot read the token in"), "{missing}");
    }
}

//! A PIN as a profile has it: nobody who reads the profile reads the PIN.
//!
//! ```text
//! $pbkdf2-sha256$i=600000$SALT$HASH
//! ```
//!
//! That is the PHC string format. A PIN of some digits is found by whoever has the hash and some
//! hours; the salt and the many rounds see to it that it takes hours, and for each PIN anew.

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What is written where a PIN belongs.
pub(super) const EXPECTED: &str =
    "what `holdfast-gateway pin` prints, or `{ file = \"/path\" }` of a file with that";
const ALGORITHM: &str = "pbkdf2-sha256";
/// What OWASP recommends for this function: 600,000.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(599_999);
/// So many that a slip would keep whoever ends the app waiting for minutes.
const MOST_ROUNDS: u32 = 10_000_000;
const SALT: usize = 16;
const HASH: usize = 32;

/// The salted hash of a PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash {
    rounds: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl PinHash {
    /// Hashes a PIN with a new salt.
    ///
    /// # Errors
    ///
    /// If the system gives no random numbers.
    pub fn of(pin: &str) -> Result<Self, String> {
        let mut salt = vec![0; SALT];
        let random = SystemRandom::new().fill(&mut salt);
        random.map_err(|_| "the system gives no random numbers".to_owned())?;
        let mut hash = vec![0; HASH];
        pbkdf2::derive(PBKDF2_HMAC_SHA256, ROUNDS, &salt, pin.as_bytes(), &mut hash);
        Ok(Self { rounds: ROUNDS, salt, hash })
    }

    /// Reads what [`fmt::Display`] writes.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words. The text is not repeated: it may be the PIN.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.trim().split('$');
        let (Some(""), Some(algorithm), Some(rounds), Some(salt), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("it is not the hash of a PIN".to_owned());
        };
        if algorithm != ALGORITHM {
            return Err(format!("the hash is made with `{algorithm}`"));
        }
        let rounds = rounds.strip_prefix("i=").and_then(|rounds| rounds.parse().ok());
        let rounds = rounds.filter(|rounds: &NonZeroU32| rounds.get() <= MOST_ROUNDS);
        let bytes = |text| STANDARD_NO_PAD.decode(text).ok().filter(|bytes| !bytes.is_empty());
        match (rounds, bytes(salt), bytes(hash)) {
            (Some(rounds), Some(salt), Some(hash)) if hash.len() == HASH => {
                Ok(Self { rounds, salt, hash })
            }
            _ => Err("the hash is incomplete".to_owned()),
        }
    }

    /// Whether this is the PIN. Takes some tenths of a second.
    pub fn is_of(&self, pin: &str) -> bool {
        let Self { rounds, salt, hash } = self;
        pbkdf2::verify(PBKDF2_HMAC_SHA256, *rounds, salt, pin.as_bytes(), hash).is_ok()
    }
}

impl fmt::Display for PinHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, salt, hash } = self;
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        write!(formatter, "${ALGORITHM}$i={rounds}${salt}${hash}")
    }
}

/// No log says it.
impl fmt::Debug for PinHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PinHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_its_pin_alone_also_after_it_was_written_down() {
        let hash = PinHash::of("4711").unwrap();
        assert_ne!(hash, PinHash::of("4711").unwrap(), "each has a salt of its own");
        let read = PinHash::parse(&format!("{hash}\n")).unwrap();
        assert_eq!(read, hash);
        assert!(read.is_of("4711"));
        assert!(!read.is_of("4712"));
        assert!(!read.is_of(""));
    }

    #[test]
    fn others_make_the_same_hash() {
        // `hashlib.pbkdf2_hmac("sha256", b"password", b"saltsalt", 1000)` of Python.
        let text = "$pbkdf2-sha256$i=1000$c2FsdHNhbHQ$E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqY";
        assert!(PinHash::parse(text).unwrap().is_of("password"));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_no_hash_is_refused_and_not_repeated() {
        let check = |text: &str, expected: &str| {
            assert_eq!(PinHash::parse(text).unwrap_err(), expected);
        };
        check("4711",                               "it is not the hash of a PIN");
        check("$pbkdf2-sha256$i=1$YQ",              "it is not the hash of a PIN");
        check("$argon2id$v=19$YWFhYWFhYWE$YWFh",    "the hash is made with `argon2id`");
        check("$pbkdf2-sha256$i=0$YWFhYWFhYWE$YWE", "the hash is incomplete");
        check("$pbkdf2-sha256$i=9$YWFhYWFhYWE$YWE", "the hash is incomplete");
        check("$pbkdf2-sha256$i=4000000000$YWFhYWFhYWE$YWE", "the hash is incomplete");
    }
}

//! Where may be listened.

use std::net::SocketAddr;

/// An address that only this machine can reach: what is said there is not encrypted.
///
/// # Errors
///
/// What is wrong with it, in words.
pub fn loopback(text: &str) -> Result<SocketAddr, String> {
    let expected = "an address and a port such as 127.0.0.1:8080 or [::1]:8080";
    let address: SocketAddr = text.parse().map_err(|_| format!("expected {expected}"))?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err(format!(
        "{} is not a loopback address: others could reach the site through it. Expected {expected}",
        address.ip()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn only_loopback_addresses_are_listened_on() {
        let check = |text: &str, expected: bool| assert_eq!(loopback(text).is_ok(), expected, "{text}");
        check("127.0.0.1:8080",          true);
        check("127.8.9.10:0",            true);
        check("[::1]:8080",              true);
        check("0.0.0.0:8080",            false);
        check("[::]:8080",               false);
        check("192.168.1.2:8080",        false);
        check("[::ffff:127.0.0.1]:8080", false);
        check("127.0.0.1",               false);
        check("8080",                    false);
        check("example.org:80",          false);
    }
}

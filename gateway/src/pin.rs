//! Makes the hash of a PIN for the profile of a kiosk.

use std::io;

use holdfast_engine::PinHash;

/// A number pad has no other keys; more digits nobody remembers.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=12;

/// Reads a PIN from the standard input, where neither a history nor a list of processes keeps it.
pub(crate) fn run() -> Result<String, String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| format!("cannot read the PIN: {error}"))?;
    let pin = line.trim();
    if !DIGITS.contains(&pin.len()) || !pin.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("expected a PIN of 4 to 12 digits on the standard input".to_owned());
    }
    PinHash::of(pin).map(|hash| format!("{hash}\n"))
}

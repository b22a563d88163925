//! What a profile says about who is told how the device is, and what makes it valid.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::reader::Table;

/// Where whoever looks after the device is told how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusTerms {
    /// Where is listened: on loopback.
    pub listen: SocketAddr,
    /// The file with the token that has to be said, in the data directory unless it says where.
    pub token_file: PathBuf,
}

/// Reads `[status]`.
pub(super) fn read_status(table: &Table<'_, '_>) -> Option<StatusTerms> {
    let expected = "an address on loopback and a port, such as \"127.0.0.1:9464\"";
    let listen = table.required("listen", expected, |text| {
        let address: SocketAddr =
            text.parse().map_err(|_| format!("`{text}` is not an address with a port"))?;
        if address.ip().is_loopback() {
            Ok(address)
        } else {
            Err(format!("others could ask at `{text}`"))
        }
    });
    let token_file = table.required("token-file", "a file with the token in it", |text| {
        if text.trim().is_empty() {
            Err("it names no file".to_owned())
        } else {
            Ok(PathBuf::from(text))
        }
    });
    table.finish();
    Some(StatusTerms { listen: listen?, token_file: token_file? })
}

//! Which program has a port.

use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use crate::failure::{Failure, Outcome};

/// Fails if something listens on `port` of the loopback address, and says what.
pub(crate) fn require_free(port: u16) -> Outcome<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let program = occupant(port)
                .unwrap_or_else(|| "a program that this user is not allowed to see".to_owned());
            Err(Failure::new(format!(
                "port {port} is taken by {program}; nothing of it was used. End it and try again"
            )))
        }
        Err(error) => Err(Failure::new(format!("could not listen on port {port}: {error}"))),
    }
}

/// The process that listens on `port`, as its command line, from what Linux says in `/proc`.
fn occupant(port: u16) -> Option<String> {
    let sockets = ["/proc/net/tcp", "/proc/net/tcp6"];
    let tables = sockets.iter().filter_map(|table| fs::read_to_string(table).ok());
    let inode = tables.into_iter().find_map(|table| inode(&table, port))?;
    let link = format!("socket:[{inode}]");

    for process in fs::read_dir("/proc").ok()?.flatten() {
        let id = process.file_name().to_string_lossy().into_owned();
        // The rest of `/proc`, such as `self`, only repeats some of them.
        if !id.chars().all(|c| c.is_ascii_digit()) {
            continue;
        }
        let is_holder = fs::read_dir(process.path().join("fd")).map_or(false, |files| {
            files.flatten().any(|file| {
                fs::read_link(file.path()).map_or(false, |target| target.as_os_str() == &*link)
            })
        });
        if is_holder {
            let command = fs::read(process.path().join("cmdline")).ok()?;
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            return Some(format!("process {id} (`{}`)", command.trim_end()));
        }
    }
    None
}

/// The inode of the socket that listens on `port` in a table of `/proc/net`.
fn inode(table: &str, port: u16) -> Option<String> {
    const LISTENING: &str = "0A";
    let port = format!(":{port:04X}");
    table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        (address.ends_with(&port) && *state == LISTENING).then(|| (*inode).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_the_program_named() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();

        let message = require_free(port).unwrap_err().to_string();
        assert!(message.contains(&port.to_string()), "{message}");
        assert!(message.contains(&std::process::id().to_string()), "{message}");

        drop(listener);
        assert_eq!(require_free(port), Ok(()));
    }
}

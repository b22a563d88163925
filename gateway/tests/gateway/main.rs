//! The gateway as others meet it: the built program, a real site, plain HTTP.
//!
//! `processes` starts the programs and ends them, `origin` is a site that misbehaves on
//! demand where Django would not. Whatever is waited for has a deadline and is asked
//! for again, so nothing depends on how fast the machine is.

#[cfg(test)]
mod bad_bodies;
#[cfg(test)]
mod bad_heads;
#[cfg(test)]
mod bundle;
#[cfg(test)]
mod check;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod http;
#[cfg(test)]
mod init;
#[cfg(test)]
mod listener;
#[cfg(test)]
mod offline;
#[cfg(test)]
mod online;
#[cfg(test)]
mod origin;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod pin;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod push;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod saved;
#[cfg(test)]
mod situations;
#[cfg(test)]
mod status;
#[cfg(test)]
mod strategies;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod submissions;
#[cfg(test)]
mod traffic;
#[cfg(test)]
mod versions;

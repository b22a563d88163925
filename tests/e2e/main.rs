//! The app as a person meets it: the built program in the real webview, on the real site.
//!
//! `cargo build -p holdfast-app` first, or `cargo xtask test -- NAME`. Where Django does not
//! do what is to be shown, a site of the test's own stands in. What the tests saw lies in
//! `target/screenshots`.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod any_site;
#[cfg(test)]
mod background;
#[cfg(test)]
mod bar;
#[cfg(test)]
mod browsing;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod downloads;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod kiosk;
#[cfg(test)]
mod library;
#[cfg(test)]
mod library_window;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod offline;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod patching;
#[cfg(test)]
mod phone;
#[cfg(test)]
mod popups;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod push;
#[cfg(test)]
mod redirects;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod saving;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod security;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod start;
#[cfg(test)]
mod status;
#[cfg(test)]
mod stillness;
#[cfg(test)]
mod updates;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod voting;
#[cfg(test)]
mod waiting;
#[cfg(test)]
mod window;

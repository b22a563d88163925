//! Turns on Tauri's tray for Windows and macOS.
//!
//! It is a crate because Tauri's bundler reads the features of `tauri` in the app's own manifest and
//! takes them for those of every system: on Linux, where the app speaks to trays itself (`ksni`), it
//! would look for a library that nobody needs, and have packages depend on it.

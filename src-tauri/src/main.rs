//! The desktop program.

// Without this a console window would open beside the app's on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    holdfast_app::run()
}

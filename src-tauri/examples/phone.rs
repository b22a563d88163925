//! The app as a phone runs it, on a desktop: what the tests drive.

fn main() -> std::process::ExitCode {
    holdfast_app::run()
}

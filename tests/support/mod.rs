//! One program or place each, and the world that they make up.

mod app;
mod browser;
mod desktop;
mod driver;
mod echo;
mod file_manager;
mod notifications;
mod page;
mod panel;
mod phone;
mod places;
mod polls;
mod process;
mod publisher;
mod trace;
mod tray;
mod until;
mod windows;
mod world;

pub use app::{App, Settings, kill_pages, page_processes};
pub use browser::Browser;
pub use desktop::Desktop;
pub use echo::{Answer, Echo, Gate, Received};
pub use file_manager::FileManager;
pub use notifications::Notifications;
pub use page::{Bar, Page};
pub use panel::Panel;
pub use phone::Phone;
pub use places::{
    app_program, on_phone, phone_program, python, root, screenshots, shipped_profile,
};
pub use polls::Polls;
pub use process::Process;
pub use publisher::Publisher;
pub use trace::{Step, trace};
pub use tray::Tray;
pub use until::{DEADLINE, until};
pub use windows::{Sight, Windows};
pub use world::World;

//! The Library in the only window that a phone has.
//!
//! The site's window goes to the Library's page as it goes to any other, and back again. Of
//! which page a command comes is not told by its window then, nor by the address that the
//! window has at that moment, which may be of a page that is only just coming. So the app puts
//! a key into the Library's page, which no page of the site can read, and each command of the
//! Library brings it along.

use tauri::{AppHandle, Manager, Runtime};
use url::Url;
use uuid::Uuid;

use super::{Place, SCHEME};
use crate::shell::Shell;
use crate::{origin, protocol};

/// The window; the capability names it too.
pub(crate) const WINDOW: &str = protocol::WINDOW;

/// What the Library shows with each of its commands.
pub(crate) struct Key(String);

impl Default for Key {
    fn default() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }
}

impl Key {
    /// Whether that is it.
    pub(crate) fn is(&self, shown: &[u8]) -> bool {
        self.0.as_bytes() == shown
    }
}

/// The key for the Library's page.
pub(super) fn key<R: Runtime>(app: &AppHandle<R>) -> String {
    app.try_state::<Key>().map(|key| key.0.clone()).unwrap_or_default()
}

/// Whether that is the address of the Library's page.
pub(crate) fn is_at(url: &Url) -> bool {
    origin::of_page(SCHEME).is_ok_and(|own| origin::is_same(&own, url))
}

/// Goes to the Library, unless it is shown.
///
/// # Errors
///
/// If the window is gone.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>, shell: &Shell) -> tauri::Result<()> {
    go(app, shell, None)
}

/// The same at one of its places, wherever in it the person was.
///
/// # Errors
///
/// If the window is gone.
pub(crate) fn open_at<R: Runtime>(
    app: &AppHandle<R>,
    shell: &Shell,
    place: Place,
) -> tauri::Result<()> {
    go(app, shell, Some(place))
}

fn go<R: Runtime>(app: &AppHandle<R>, shell: &Shell, place: Option<Place>) -> tauri::Result<()> {
    let window = app.get_webview_window(WINDOW).ok_or(tauri::Error::WindowNotFound)?;
    shell.windows.shown(shell, WINDOW);
    if !window.url().is_ok_and(|url| is_at(&url)) {
        let mut address = origin::of_page(SCHEME).map_err(tauri::Error::InvalidUrl)?;
        address.set_fragment(place.map(Place::name));
        return window.navigate(address);
    }
    match place {
        // The page hears of that, loads nothing, and the way back stays as short.
        Some(place) => window.eval(format!("location.replace('#{}')", place.name())),
        None => Ok(()),
    }
}

/// It goes with the window that it is in.
pub(crate) fn close<R: Runtime>(_app: &AppHandle<R>) {}

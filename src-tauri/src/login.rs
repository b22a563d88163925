//! Whether the app starts when the person logs in. The system keeps that, and they can change
//! it there as well.

use tauri::{AppHandle, Runtime};

use crate::command_line::Arguments;

#[cfg(desktop)]
pub(crate) use desktop::{begin, disable, enable, is_enabled};
#[cfg(mobile)]
pub(crate) use mobile::{begin, disable, enable, is_enabled};

#[cfg(desktop)]
mod desktop {
    use holdfast_engine::in_full;
    use tauri::Manager;
    use tauri_plugin_autostart::{AutoLaunchManager, Builder};

    use super::{AppHandle, Arguments, Runtime};

    /// Gets ready to ask and to tell the system; it will start the app as it was started now.
    /// Without it, the app does everything else.
    pub(crate) fn begin<R: Runtime>(app: &AppHandle<R>, arguments: &Arguments) {
        if let Err(error) = app.plugin(Builder::new().args(said(arguments)).build()) {
            tracing::warn!(error = in_full(&error), "the system starts nothing at login");
        }
    }

    /// The arguments that say which app it is.
    fn said(arguments: &Arguments) -> Vec<String> {
        let paths = [("--site", &arguments.site), ("--data", &arguments.data)];
        let said = paths.into_iter().filter_map(|(name, path)| {
            // The system begins in another folder.
            let path = std::path::absolute(path.as_ref()?).ok()?;
            Some([name.to_owned(), quoted(path.to_str()?)])
        });
        // Nobody has asked for a window.
        said.flatten().chain(["--hidden".to_owned()]).collect()
    }

    /// A path as the system takes it for one word.
    fn quoted(path: &str) -> String {
        // macOS has a list of words, the others a line.
        let is_line = cfg!(not(target_os = "macos"));
        if is_line && path.contains(' ') { format!("\"{path}\"") } else { path.to_owned() }
    }

    /// Whether it does; `None` where the system cannot tell.
    pub(crate) fn is_enabled<R: Runtime>(app: &AppHandle<R>) -> Option<bool> {
        match app.try_state::<AutoLaunchManager>()?.is_enabled() {
            Ok(is_enabled) => Some(is_enabled),
            Err(error) => {
                tracing::warn!(error = in_full(&error), "what is started at login is not known");
                None
            }
        }
    }

    /// Has the system start the app from now on.
    ///
    /// # Errors
    ///
    /// What the system reports.
    pub(crate) fn enable<R: Runtime>(app: &AppHandle<R>) -> Result<(), String> {
        let startup = app.try_state::<AutoLaunchManager>().ok_or("the system has no such thing")?;
        startup.enable().map_err(|error| in_full(&error))
    }

    /// Has the system start it no more.
    ///
    /// # Errors
    ///
    /// What the system reports.
    pub(crate) fn disable<R: Runtime>(app: &AppHandle<R>) -> Result<(), String> {
        let startup = app.try_state::<AutoLaunchManager>().ok_or("the system has no such thing")?;
        startup.disable().map_err(|error| in_full(&error))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_same_site_is_opened_at_login_and_no_window() {
            let arguments = Arguments {
                site: None,
                data: None,
                trace: None,
                hidden: false,
                kiosk: false,
                link: None,
            };
            assert_eq!(said(&arguments), ["--hidden"]);
            let site = std::path::absolute("my site.toml").unwrap();
            let arguments = Arguments { site: Some(site.clone()), ..arguments };
            let expected =
                ["--site".to_owned(), quoted(site.to_str().unwrap()), "--hidden".to_owned()];
            assert_eq!(said(&arguments), expected);
        }
    }
}

/// Phones start no app by themselves.
#[cfg(mobile)]
mod mobile {
    use super::{AppHandle, Arguments, Runtime};

    pub(crate) fn begin<R: Runtime>(_app: &AppHandle<R>, _arguments: &Arguments) {}

    pub(crate) fn is_enabled<R: Runtime>(_app: &AppHandle<R>) -> Option<bool> {
        None
    }

    pub(crate) fn enable<R: Runtime>(_app: &AppHandle<R>) -> Result<(), String> {
        Err("the system has no such thing".to_owned())
    }

    pub(crate) fn disable<R: Runtime>(app: &AppHandle<R>) -> Result<(), String> {
        enable(app)
    }
}

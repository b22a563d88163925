//! The profile from a signed file elsewhere, in place of the one that is built in.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{env, fs};

use holdfast_engine::{Remote, RemoteTerms, Site, TrialStanding, in_full};

use tauri::AppHandle;
use tokio::time;

use crate::command_line::Arguments;
use crate::commands::has_page;
use crate::kiosk::Terminal;
use crate::shell::Shell;

/// How long between two looks whether a terminal has another profile to change over to.
const BETWEEN: Duration = Duration::from_secs(5);
/// Says that something outside starts the app again when it ends, as the unit of systemd does.
const WATCHED: &str = "NOTIFY_SOCKET";

/// Decides which profile this start is with. What cannot be done leaves the built-in one, and is
/// said in the log: a page is worth more than a newer profile.
pub(crate) fn begin(
    built_in: Site,
    arguments: &Arguments,
    data: &Path,
) -> (Option<Arc<Remote>>, Site) {
    let asked = arguments.config_url.as_ref().zip(arguments.config_key.as_ref());
    let terms = match asked {
        None => built_in.remote.clone(),
        Some((url, file)) => {
            let key = fs::read_to_string(file).map_err(|error| in_full(&error));
            match key.and_then(|key| RemoteTerms::of(url, &key)) {
                Ok(terms) => Some(terms),
                Err(error) => {
                    tracing::error!(error, "no newer profile is looked for");
                    None
                }
            }
        }
    };
    let Some(terms) = terms else { return (None, built_in) };
    match Remote::begin(built_in.clone(), terms, data, SystemTime::now()) {
        Ok((remote, site)) => (Some(Arc::new(remote)), site),
        Err(error) => {
            tracing::error!(error = in_full(&error), "no newer profile is looked for");
            (None, built_in)
        }
    }
}

/// Looks for a newer profile, and after the trial of this one: it is good once all that it
/// requires is there and the person has seen a page. One that fails is given up from the next
/// start on, since nobody's page is taken away under their hands; a terminal is started anew for
/// it, and for a newer one, as soon as nobody uses it.
pub(crate) fn follow(app: AppHandle, shell: Arc<Shell>, remote: Option<Arc<Remote>>) {
    let Some(remote) = remote else { return };
    if shell.kiosk.is_some() {
        tauri::async_runtime::spawn(change_over(app, Arc::clone(&shell), Arc::clone(&remote)));
    }
    tauri::async_runtime::spawn(async move {
        let standing = || TrialStanding {
            is_good: has_page(&shell) && shell.engine.is_installed(),
            is_usable: shell.engine.connection().borrow().is_usable(),
        };
        loop {
            remote.run(SystemTime::now, standing).await;
        }
    });
}

/// Starts a terminal anew that nobody uses and whose next start is with another profile.
async fn change_over(app: AppHandle, shell: Arc<Shell>, remote: Arc<Remote>) {
    let is_used = || shell.kiosk.as_ref().is_some_and(Terminal::is_used);
    while is_used() || !remote.next_is_another() {
        time::sleep(BETWEEN).await;
    }
    tracing::info!("the terminal begins anew with another profile");
    if env::var_os(WATCHED).is_some() {
        app.exit(0);
    } else {
        app.request_restart();
    }
}

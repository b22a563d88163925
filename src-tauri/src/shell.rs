//! The program: reads the profile, opens the engine, opens the window.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use holdfast_engine::{
    Client, Edge, Engine, Foundation, OpenError, Problem, Problems, Site, in_full,
};
use holdfast_logging::{LevelFilter, Trace};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, RunEvent, WindowEvent};
#[cfg(all(unix, desktop))]
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use crate::answers::Answers;
use crate::background::Windows;
use crate::charset::Charsets;
use crate::command_line::Arguments;
use crate::commands::{self, OpenPages};
use crate::downloads::{self, Downloads};
use crate::kiosk::Terminal;
use crate::library::Shelves;
use crate::news::News;
use crate::notifications::Notifications;
use crate::outbox::{Draft, Patience};
use crate::pace::Pace;
use crate::platform::proof::Proofs;
use crate::platform::{self, instance, menu};
use crate::problem::Matter;
use crate::restarts::Restarts;
use crate::settings::{self, Preferences};
use crate::site_window::{self, Appearance};
use crate::submissions::{self, Submissions};
use crate::tray::{self, Tray};
use crate::updates::{self, Updates};
#[cfg(not(phone))]
use crate::window_features::WindowFeatures;
use crate::{
    background, kiosk, language, library, link, login, notifications, origin, problem, protocol,
    remote, saving, status,
};

/// The profile that is built in: the one that ships, or that of the site that is wrapped.
const BUILT_IN: &str = include_str!(env!("HOLDFAST_BUILT_IN_SITE"));
/// How messages name it.
const BUILT_IN_NAME: &str = "site.toml (built in)";
/// How long ending may take.
const ENDING: Duration = Duration::from_secs(3);

/// What the protocol and the commands work with.
pub(crate) struct Shell {
    pub(crate) engine: Engine,
    /// The site as the page sees it.
    pub(crate) edge: Edge,
    /// The system's language, which the site is asked for.
    pub(crate) language: String,
    /// What the person has chosen.
    pub(crate) preferences: Preferences,
    pub(crate) answers: Answers,
    /// In which encodings forms are sent.
    pub(crate) charsets: Charsets,
    pub(crate) submissions: Submissions,
    pub(crate) downloads: Downloads,
    /// What the window of the site has beside the site.
    #[cfg(not(phone))]
    pub(crate) features: WindowFeatures,
    /// The pages that are open.
    pub(crate) pages: Mutex<OpenPages>,
    /// Where the Library hears of what changes.
    pub(crate) library: Mutex<Option<Channel<Shelves>>>,
    /// Locked while it is read and told how things stand.
    pub(crate) telling: tokio::sync::Mutex<()>,
    /// How far a page is saved has changed.
    pub(crate) saving_has_changed: tokio::sync::Notify,
    /// The copies that are to be proven.
    pub(crate) proofs: Proofs,
    /// What the person is told while they look elsewhere.
    pub(crate) notifications: Notifications,
    /// The app's place in the tray.
    pub(crate) tray: Tray,
    /// What a public terminal goes by, where the app is one.
    pub(crate) kiosk: Option<Terminal>,
    /// How often the page was started again.
    pub(crate) restarts: Mutex<Restarts>,
    /// The page that comes is one that was started again.
    pub(crate) was_restarted: std::sync::atomic::AtomicBool,
    /// Those that the person can see.
    pub(crate) windows: Windows,
    /// Newer versions of the app.
    pub(crate) updates: Updates,
    /// What of all that is kept waits.
    pub(crate) patience: Patience,
    /// What is to be entered in the page that is opened next.
    pub(crate) draft: Mutex<Option<Draft>>,
    /// Where webviews keep what they store.
    pub(crate) webview: PathBuf,
    /// What came after the copies that are shown.
    pub(crate) news: News,
    /// Until when the store is not asked first, after a hard reload.
    pub(crate) past_the_store_until: Mutex<Option<Instant>>,
    /// How many redirects in a row the window has followed.
    pub(crate) redirects: std::sync::atomic::AtomicUsize,
    /// How quickly requests are looked up.
    pub(crate) pace: Pace,
    /// What came later than a webview waits.
    #[cfg(phone)]
    pub(crate) late: platform::Late,
    /// The webview's name, as the site should see it also for submissions.
    pub(crate) user_agent: Mutex<Option<http::HeaderValue>>,
}

/// Runs the app until the person ends it.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let trace = match holdfast_logging::begin(LevelFilter::ERROR, arguments.trace.as_deref()) {
        Ok(trace) => trace,
        Err(error) => {
            // Nothing is logged yet.
            let _ = writeln!(io::stderr(), "cannot write the trace: {error}");
            return ExitCode::FAILURE;
        }
    };
    tracing::debug!(at_ms = unix_ms(), "the app begins");
    let site = tracing::debug_span!("read the profile").in_scope(|| match &arguments.site {
        Some(file) => Site::read_file(file),
        None => Site::read(BUILT_IN_NAME, BUILT_IN),
    });
    let ended = match site {
        Ok(_) if arguments.kiosk && !kiosk::IS_POSSIBLE => {
            tracing::error!("--kiosk is for Linux only");
            return ExitCode::FAILURE;
        }
        Ok(site) => run_site(site, arguments, trace),
        Err(problems) => problem::run(problems),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = in_full(&error), "the app could not run");
            ExitCode::FAILURE
        }
    }
}

/// Times in a trace are counted from here, and a page tells its own by the calendar.
fn unix_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1e3
}

fn run_site(site: Site, arguments: Arguments, trace: Trace) -> tauri::Result<()> {
    let scheme = site.scheme.clone();
    let building = tracing::debug_span!("build the app").entered();
    let mut context = tauri::generate_context!();
    let app = problem::with_protocol(platform::prepare(tauri::Builder::default()));
    let builder = library::with_protocol(app);
    #[cfg(any(target_os = "macos", target_os = "ios"))]
    let builder = builder.on_web_content_process_terminate(crate::page_process::ended);
    #[cfg(desktop)]
    let builder = {
        updates::configure(context.config_mut());
        updates::with_plugin(builder, context.config())
    };
    let app = builder
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_store::Builder::new().build())
        .register_asynchronous_uri_scheme_protocol(scheme, |context, request, responder| {
            protocol::answer(context.app_handle(), context.webview_label(), request, responder);
        })
        .invoke_handler(platform::guarded(tauri::generate_handler![
            commands::load_part,
            commands::open_library,
            commands::open_portal,
            commands::past_the_store,
            commands::page_opened,
            commands::set_cookie,
            saving::cancel_saving_page,
            saving::save_page,
            submissions::submit,
            downloads::act_on_download,
            downloads::download,
            #[cfg(not(phone))]
            crate::window_features::acts::act_on_window,
            library::activity::activity,
            library::activity::sync_now,
            library::commands::answer_to_waiting,
            library::commands::discard_waiting,
            library::commands::edit_waiting,
            library::commands::export_waiting,
            library::commands::import_waiting,
            library::commands::library_opened,
            library::commands::send_all_waiting,
            library::commands::send_waiting,
            library::commands::sign_in_for_waiting,
            library::leaving::library_left,
            library::saved::cancel_saving,
            library::saved::open_saved,
            library::saved::refresh_saved,
            library::saved::remove_saved,
            library::saved::show_copy,
            library::storage::clear_stored,
            library::storage::storage,
            settings::change_settings,
            settings::settings,
            updates::install_update,
            updates::look_for_update,
            updates::updates
        ]))
        .on_window_event(|window, event| {
            let Some(shell) = window.try_state::<Arc<Shell>>() else { return };
            background::notice(window, &shell, event);
            if let WindowEvent::Focused(true) = event {
                // The window says it now; nobody has to wait for it.
                drop(shell.notifications.seen());
            }
        })
        .setup(move |app| {
            end_when_asked(app.handle().clone());
            login::begin(app.handle(), &arguments);
            platform::begin(app.handle())?;
            Ok(open(app.handle(), site, &arguments)?)
        })
        .build(context)?;
    drop(building);
    let mut trace = Some(trace);
    app.run(move |app, event| {
        let shell = app.try_state::<Arc<Shell>>();
        if let Some(shell) = &shell {
            background::follow_system(app, shell, &event);
        }
        let RunEvent::Exit = event else { return };
        if let Some(shell) = shell {
            let is_tidy = end(&shell);
            #[cfg(desktop)]
            shell.updates.install_at_the_end(is_tidy);
            #[cfg(mobile)]
            let _ = is_tidy;
        }
        // The process ends here, and nothing else is dropped.
        drop(trace.take());
    });
    Ok(())
}

/// Finishes what runs, or lets it be written down; whether there was time for that.
pub(crate) fn end(shell: &Shell) -> bool {
    shell.proofs.end();
    #[cfg(not(phone))]
    shell.features.keep(shell);
    let close = async {
        if shell.kiosk.is_some()
            && let Err(error) = shell.engine.end_session().await
        {
            tracing::error!(error = in_full(&error), "something of a session is still there");
        }
        shell.engine.close().await;
    };
    // A notification would lead nowhere from here on.
    let end = async { tokio::join!(close, shell.notifications.clear(), shell.downloads.end()) };
    // Made within the runtime, which has the timer.
    let ending = async { tokio::time::timeout(ENDING, end).await };
    let is_tidy = tauri::async_runtime::block_on(ending).is_ok();
    if !is_tidy {
        tracing::warn!("the engine did not end in time");
    }
    is_tidy
}

/// Ends the app as closing its window does when the system asks it to, as it does at the end
/// of a session.
#[cfg(all(unix, desktop))]
fn end_when_asked(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        match signal(SignalKind::terminate()) {
            Ok(mut asked) => {
                asked.recv().await;
                if let Some(shell) = app.try_state::<Arc<Shell>>() {
                    shell.updates.ends_with_session();
                }
                app.exit(0);
            }
            Err(error) => tracing::warn!(error = in_full(&error), "the app may end untidily"),
        }
    });
}

/// Elsewhere the system closes the window.
#[cfg(not(all(unix, desktop)))]
fn end_when_asked(_app: AppHandle) {}

/// Opens the engine and the window, or a window that says why not.
#[tracing::instrument(level = "debug", name = "open", skip_all)]
fn open(app: &AppHandle, site: Site, arguments: &Arguments) -> tauri::Result<()> {
    let data = match &arguments.data {
        Some(directory) => directory.clone(),
        None => app.path().app_data_dir()?.join(folder_of(&site.origin)),
    };
    let starts = instance::begin(app, &data, arguments);
    let (remote, site) = remote::begin(site, arguments, &data);
    let site = kiosk::applied(site, arguments);
    let shreds = site.kiosk.as_ref().is_some_and(|rules| rules.shred);
    // Within the runtime, because the engine starts tasks.
    let opened = tauri::async_runtime::block_on(async {
        Engine::open(site.clone(), &data, Foundation { shreds, ..Foundation::default() })
    });
    let engine = match opened {
        Ok(engine) => engine,
        Err(error) => {
            let problems = Problems(vec![unusable(&data, &error)]);
            return problem::open_window(app, matter_of(&error), problems);
        }
    };
    let own = origin::of_page(&site.scheme).map_err(tauri::Error::InvalidUrl)?;
    let shell = Arc::new(Shell {
        kiosk: engine.site().kiosk.clone().map(Terminal::of),
        restarts: Mutex::default(),
        was_restarted: false.into(),
        engine,
        edge: Edge { own, site: site.origin.clone(), client: Client::Webview },
        language: language::of_system(),
        preferences: Preferences::read(app, &data),
        answers: Answers::default(),
        charsets: Charsets::default(),
        submissions: Submissions::default(),
        downloads: Downloads::default(),
        #[cfg(not(phone))]
        features: WindowFeatures::default(),
        pages: Mutex::default(),
        library: Mutex::default(),
        telling: tokio::sync::Mutex::default(),
        saving_has_changed: tokio::sync::Notify::new(),
        proofs: Proofs::default(),
        notifications: Notifications::of(app),
        tray: Tray::default(),
        windows: Windows::default(),
        updates: Updates::default(),
        patience: Patience::begun_at(SystemTime::now()),
        draft: Mutex::default(),
        webview: data.join("webview"),
        news: News::default(),
        past_the_store_until: Mutex::default(),
        redirects: 0.into(),
        pace: Pace::default(),
        #[cfg(phone)]
        late: platform::Late::default(),
        user_agent: Mutex::default(),
    });
    app.manage(shell.clone());
    commands::tell_the_page(app.clone(), shell.clone());
    settings::follow(shell.clone());
    link::follow(shell.clone());
    status::begin(&shell, arguments, &data, remote.clone());
    remote::follow(app.clone(), shell.clone(), remote);
    if shell.kiosk.is_some() {
        // The public has neither a tray nor a menu, and is told nothing.
        kiosk::begin(app, &shell);
        return site_window::open(app, &shell, None, Appearance::Shown);
    }
    notifications::begin(app.clone(), shell.clone());
    updates::begin(app, &shell);
    tray::begin(app, &shell);
    menu::begin(app, &shell);
    background::stay_within_reach(app.clone(), shell.clone());
    background::answer(app.clone(), shell.clone(), starts);
    let page = background::path_of(&shell, arguments.link.as_deref());
    // Somebody who follows a link looks at the page, whoever starts the app.
    if arguments.hidden && page.is_none() && shell.preferences.keeps_running() {
        background::begin_hidden(app.clone(), shell);
        return Ok(());
    }
    let appearance =
        if arguments.hidden && page.is_none() { Appearance::Minimised } else { Appearance::Shown };
    site_window::open(app, &shell, page.as_deref(), appearance)
}

/// The folder for what is stored of a site: each site its own.
fn folder_of(origin: &Url) -> String {
    let origin = origin.origin().ascii_serialization();
    origin.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' }).collect()
}

/// What the person can do about it is another thing each time.
fn matter_of(error: &OpenError) -> Matter {
    match error {
        OpenError::NewerState { .. } => Matter::NewerState,
        OpenError::Directory { .. } | OpenError::State { .. } | OpenError::Cache { .. } => {
            Matter::Stored
        }
    }
}

fn unusable(directory: &Path, error: &OpenError) -> Problem {
    Problem {
        file: directory.display().to_string(),
        line: 0,
        column: 0,
        key: String::new(),
        message: in_full(error),
        expected: String::new(),
        text: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_profile_is_valid() {
        Site::read(BUILT_IN_NAME, BUILT_IN).unwrap();
    }

    #[test]
    fn each_site_has_a_folder_of_its_own() {
        let folder = |url| folder_of(&Url::parse(url).unwrap());
        assert_eq!(folder("http://127.0.0.1:8000"), "http___127.0.0.1_8000");
        assert_eq!(folder("https://example.org"), "https___example.org");
    }
}

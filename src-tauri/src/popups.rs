//! Windows that scripts of the site open.
//!
//! ```text
//! a link that wants a window ──▶ the window it is in (`navigation`)
//! window.open ──▶ does somebody do something? ── yes ──▶ the site's? ── yes ──▶ a further window;
//!                     └── no ──▶ nothing                  │         it and its opener know one another
//!                                                         └── no ──▶ the system's browser
//! ```
//!
//! A link loses nothing where it opens in place. What a script opens may have to talk to it: a
//! picker of a form hands over what was chosen and closes itself. Such a window shows the site
//! as the first one does, may call the same commands, and ends with it.

#[cfg(target_os = "linux")]
use std::cell::Cell;
use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use holdfast_engine::in_full;
use tauri::webview::{NewWindowFeatures, NewWindowResponse};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, Wry};
use url::Url;

use crate::protocol::POPUPS;
use crate::shell::Shell;
use crate::site_window;
use crate::{menu, navigation};

/// How many there are at most: a page must not fill the screen.
const MOST: usize = 8;
/// How large one is that does not say it.
const SIZE: (f64, f64) = (800.0, 600.0);

/// Whether a window is one of these.
pub(crate) fn is_one(label: &str) -> bool {
    label.starts_with(POPUPS)
}

/// Answers a page in the window `opener` that wants another one for `url`.
pub(crate) fn answer(
    app: &AppHandle,
    shell: &Arc<Shell>,
    opener: &str,
    url: &Url,
    features: NewWindowFeatures,
) -> NewWindowResponse<Wry> {
    // A public terminal has one window.
    let is_alone = shell.kiosk.is_some();
    if !is_alone && !is_wanted() {
        tracing::debug!("a script wants a window while nobody does anything");
        return NewWindowResponse::Deny;
    }
    if is_alone || !is_of_script(&features) || !navigation::stays(shell, url) {
        navigation::in_place(app, shell, opener, url);
        return NewWindowResponse::Deny;
    }
    match open(app, shell, features) {
        Ok(Some(window)) => NewWindowResponse::Create { window },
        Ok(None) => NewWindowResponse::Deny,
        Err(error) => {
            tracing::warn!(error = in_full(&error), "a window of the site does not open");
            NewWindowResponse::Deny
        }
    }
}

/// Whether a script wants the window. On Linux links are followed before it comes to that;
/// elsewhere a script is known by the size that it wants.
fn is_of_script(features: &NewWindowFeatures) -> bool {
    cfg!(target_os = "linux") || features.size().is_some()
}

#[cfg(target_os = "linux")]
thread_local! {
    /// When somebody last pressed something in a window of the site.
    static PRESSED: Cell<Option<Instant>> = const { Cell::new(None) };
    /// Whether a driver presses in place of a person, which nobody is told of.
    static IS_DRIVEN: Cell<bool> = const { Cell::new(false) };
}

/// How long what somebody does lets a script open windows.
///
/// "The transient activation duration is expected be at most a few seconds" (HTML, 6.4.1).
#[cfg(target_os = "linux")]
const ACTIVATION: Duration = Duration::from_secs(5);

/// Whether somebody does something. WebKitGTK would rather know what led to the window, and
/// forgets it when a script asks the site for something on the way.
#[cfg(target_os = "linux")]
fn is_wanted() -> bool {
    let is_pressed = PRESSED.get().is_some_and(|pressed| pressed.elapsed() < ACTIVATION);
    is_pressed || IS_DRIVEN.get()
}

/// Elsewhere that is left to the webview.
#[cfg(not(target_os = "linux"))]
fn is_wanted() -> bool {
    true
}

/// Has scripts of a page open windows as long as somebody does something there.
#[cfg(target_os = "linux")]
fn follow_presses(view: &webkit2gtk::WebView) {
    use gtk::gdk::EventType;
    use gtk::glib::Propagation;
    use gtk::prelude::WidgetExt;
    use webkit2gtk::{SettingsExt, WebViewExt};

    // Otherwise it does not come to the question.
    if let Some(settings) = WebViewExt::settings(view) {
        settings.set_javascript_can_open_windows_automatically(true);
    }
    IS_DRIVEN.set(IS_DRIVEN.get() || view.is_controlled_by_automation());
    view.connect_event(|_, event| {
        let kinds = [
            EventType::ButtonPress,
            EventType::ButtonRelease,
            EventType::KeyPress,
            EventType::TouchBegin,
            EventType::TouchEnd,
        ];
        if kinds.contains(&event.event_type()) {
            PRESSED.set(Some(Instant::now()));
        }
        Propagation::Proceed
    });
}

/// `None` if there are too many.
fn open(
    app: &AppHandle,
    shell: &Arc<Shell>,
    features: NewWindowFeatures,
) -> tauri::Result<Option<WebviewWindow>> {
    let mut labels = (1..=MOST).map(|number| format!("{POPUPS}{number}"));
    let label = labels.find(|label| app.get_webview_window(label).is_none());
    let Some(label) = label else { return Ok(None) };
    tracing::debug!(label, "a script opens a window");
    // The webview goes to the page by itself, once it is there.
    let blank = WebviewUrl::External(Url::parse("about:blank").map_err(tauri::Error::InvalidUrl)?);
    let window = site_window::builder(app, shell, &label, blank)
        .inner_size(SIZE.0, SIZE.1)
        .window_features(features)
        .build()?;
    attach(&window, shell);
    menu::listen(&window);
    shell.windows.shown(shell, &label);
    Ok(Some(window))
}

/// Has a window of the site follow links that want another one, and end when its page does.
#[cfg(target_os = "linux")]
pub(crate) fn attach(window: &WebviewWindow, shell: &Arc<Shell>) {
    use gtk::gio::prelude::Cast;
    use gtk::prelude::WidgetExt;
    use webkit2gtk::{
        NavigationPolicyDecision, NavigationPolicyDecisionExt, PolicyDecisionExt,
        PolicyDecisionType, URIRequestExt, WebViewExt, WindowPropertiesExt,
    };

    let followed = window.clone();
    let shell = Arc::clone(shell);
    let asked = window.with_webview(move |webview| {
        let view = webview.inner();
        follow_presses(&view);
        let window = followed.clone();
        // "the decision […] to open a new window" is asked for links and forms; a script that
        // opens one is not asked, it comes to `answer`.
        view.connect_decide_policy(move |_, decision, kind| {
            if kind != PolicyDecisionType::NewWindowAction {
                return false;
            }
            let decision = decision.downcast_ref::<NavigationPolicyDecision>();
            let action = decision.and_then(NavigationPolicyDecisionExt::navigation_action);
            // A screen reader presses without any event.
            let is_pressed = action.as_ref().is_some_and(|action| action.is_user_gesture());
            let request = action.and_then(|action| action.request());
            let url = request.and_then(|request| request.uri());
            let url = url.and_then(|url| Url::parse(&url).ok());
            let (Some(decision), Some(url)) = (decision, url) else { return false };
            decision.ignore();
            if !is_pressed && !is_wanted() {
                return true;
            }
            navigation::in_place(window.app_handle(), &shell, window.label(), &url);
            true
        });
        let window = followed.clone();
        view.connect_ready_to_show(move |view| {
            let wanted = view.window_properties().map(|properties| properties.geometry());
            if let Some(wanted) = wanted.filter(|wanted| wanted.width() > 0 && wanted.height() > 0)
            {
                let size = tauri::LogicalSize::new(wanted.width(), wanted.height());
                // It is as large as others are, then.
                let _ = window.set_size(size);
            }
        });
        // `window.close()` takes the page away, and the window would stay, empty.
        view.connect_destroy(move |_| {
            let window = followed.clone();
            // Not from within, or it would end while it is being ended.
            tauri::async_runtime::spawn(async move { window.destroy() });
        });
    });
    if let Err(error) = asked {
        tracing::warn!(error = in_full(&error), "links that want a window have none");
    }
}

/// Elsewhere `answer` is asked for links as well, and the system closes what a page closes.
#[cfg(not(target_os = "linux"))]
pub(crate) fn attach(_window: &WebviewWindow, _shell: &Arc<Shell>) {}

/// Closes all of them: they end with the site's own window.
pub(crate) fn close_all(app: &AppHandle) {
    for (label, window) in app.webview_windows() {
        if is_one(&label)
            && let Err(error) = window.destroy()
        {
            tracing::warn!(error = in_full(&error), label, "a window of the site stays open");
        }
    }
}

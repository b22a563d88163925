//! Where the window may go.

use std::sync::Arc;

use holdfast_engine::in_full;
use tauri::webview::{NewWindowFeatures, NewWindowResponse};
use tauri::{AppHandle, Manager, Runtime, Wry};
use tauri_plugin_opener::OpenerExt;
use url::{Position, Url};

#[cfg(not(phone))]
use crate::popups;
use crate::shell::Shell;
use crate::{origin, platform};

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
enum Leads {
    /// To the site as the page sees it, or to something the page made itself.
    Inside,
    /// To the site under its own origin; inside it is this.
    ToTheSite(Url),
    /// To another site or program.
    Elsewhere,
    /// Nowhere a window should go.
    Nowhere,
}

fn leads(own: &Url, site: &Url, url: &Url) -> Leads {
    if origin::is_same(own, url) {
        return Leads::Inside;
    }
    if origin::is_same(site, url) {
        return Leads::ToTheSite(origin::at(own, &url[Position::BeforePath..]));
    }
    match url.scheme() {
        "about" | "blob" => Leads::Inside,
        "http" | "https" | "mailto" | "tel" => Leads::Elsewhere,
        _ => Leads::Nowhere,
    }
}

/// Where a link leads of those that the app follows: in a public terminal, those that stay on
/// the pages that are allowed.
fn followed(shell: &Shell, url: &Url) -> Leads {
    let leads = leads(&shell.edge.own, &shell.edge.site, url);
    let Some(terminal) = &shell.kiosk else { return leads };
    let is_allowed = match &leads {
        // What a page made itself has no path of the site.
        Leads::Inside => !origin::is_same(&shell.edge.own, url) || terminal.allows(url),
        Leads::ToTheSite(inside) => terminal.allows(inside),
        Leads::Elsewhere | Leads::Nowhere => false,
    };
    if is_allowed { leads } else { Leads::Nowhere }
}

/// Whether a window may go to `url`; what leads elsewhere is opened there instead.
pub(crate) fn allow<R: Runtime>(
    app: &AppHandle<R>,
    shell: &Shell,
    window: &str,
    url: &Url,
) -> bool {
    if platform::is_own_page(url) {
        return true;
    }
    match followed(shell, url) {
        Leads::Inside => true,
        Leads::ToTheSite(inside) => {
            go(app, window, inside);
            false
        }
        Leads::Elsewhere => {
            open_elsewhere(app, url);
            false
        }
        Leads::Nowhere => false,
    }
}

/// Opens a page of a network in the system's browser, where the person signs in to it.
pub(crate) fn open_portal<R: Runtime>(app: &AppHandle<R>, portal: &Url) {
    // What a network says is to be trusted with no other program.
    if matches!(portal.scheme(), "http" | "https") {
        open_elsewhere(app, portal);
    }
}

/// A page of a window that wants another one.
#[cfg(not(phone))]
pub(crate) fn new_window(
    app: &AppHandle,
    shell: &Arc<Shell>,
    window: &str,
    url: &Url,
    features: NewWindowFeatures,
) -> NewWindowResponse<Wry> {
    popups::answer(app, shell, window, url, features)
}

/// Phones have no further windows.
#[cfg(phone)]
pub(crate) fn new_window(
    app: &AppHandle,
    shell: &Arc<Shell>,
    window: &str,
    url: &Url,
    _features: NewWindowFeatures,
) -> NewWindowResponse<Wry> {
    in_place(app, shell, window, url);
    NewWindowResponse::Deny
}

/// Whether what is at `url` is shown in the app.
#[cfg(not(phone))]
pub(crate) fn stays(shell: &Shell, url: &Url) -> bool {
    matches!(followed(shell, url), Leads::Inside | Leads::ToTheSite(_))
}

/// Follows a link that wants a window in the one that it is in; others have their browser.
pub(crate) fn in_place<R: Runtime>(app: &AppHandle<R>, shell: &Shell, window: &str, url: &Url) {
    match followed(shell, url) {
        Leads::Inside => go(app, window, url.clone()),
        Leads::ToTheSite(inside) => go(app, window, inside),
        Leads::Elsewhere => open_elsewhere(app, url),
        Leads::Nowhere => {}
    }
}

fn go<R: Runtime>(app: &AppHandle<R>, window: &str, url: Url) {
    let Some(window) = app.get_webview_window(window) else { return };
    if let Err(error) = window.navigate(url) {
        tracing::warn!(error = in_full(&error), "the window does not follow");
    }
}

/// Opens something in the program that the person has for it.
fn open_elsewhere<R: Runtime>(app: &AppHandle<R>, url: &Url) {
    if let Err(error) = app.opener().open_url(url.as_str(), None::<&str>) {
        tracing::warn!(error = in_full(&error), %url, "the system does not open the link");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn only_the_site_stays_in_the_window() {
        let url = |text: &str| Url::parse(text).unwrap();
        let (own, site) = (url("polls://localhost/"), url("http://127.0.0.1:8000/"));
        let check = |to: &str, expected: Leads| assert_eq!(leads(&own, &site, &url(to)), expected, "{to}");
        check("polls://localhost/polls/",      Leads::Inside);
        check("about:blank",                   Leads::Inside);
        check("blob:polls://localhost/1",      Leads::Inside);
        check("http://127.0.0.1:8000/a?b#c",   Leads::ToTheSite(url("polls://localhost/a?b#c")));
        check("http://127.0.0.1:8001/",        Leads::Elsewhere);
        check("https://www.djangoproject.com", Leads::Elsewhere);
        check("mailto:a@example.org",          Leads::Elsewhere);
        check("polls://elsewhere/",            Leads::Nowhere);
        check("file:///etc/passwd",            Leads::Nowhere);
        check("data:text/html,x",              Leads::Nowhere);
        check("javascript:alert(1)",           Leads::Nowhere);
    }
}

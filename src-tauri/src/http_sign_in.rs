//! Signing in where a site asks by HTTP authentication (RFC 9110 §11): a browser asks in a window
//! of its own, the app by a page in place of the site's.

use std::sync::Arc;

use holdfast_engine::{Attempt, Body, Request, Response, realm_asked_for, sign_in_page};
use http::StatusCode;
use url::{Position, Url, form_urlencoded};

use crate::reply;
use crate::shell::Shell;

/// Where what was entered goes.
pub(crate) const ADDRESS: &str = "/.holdfast/sign-in";

/// The page that asks for what an answer wants, if that is what it does.
pub(crate) fn page(
    shell: &Shell,
    url: &Url,
    response: &Response,
) -> Option<http::Response<Vec<u8>>> {
    let is_asking = response.status == StatusCode::UNAUTHORIZED;
    let realm = realm_asked_for(&response.headers).filter(|_| is_asking)?;
    let attempt = if shell.engine.is_authenticated(url) { Attempt::Again } else { Attempt::First };
    tracing::debug!(?attempt, "the site asks for a name and a password");
    let names = (shell.engine.site().name.as_str(), realm.as_str());
    let content = sign_in_page(names, &shell.preferences.language(), attempt, ADDRESS);
    Some(reply::html(StatusCode::UNAUTHORIZED, content))
}

/// Signs in with what was entered on such a page.
pub(crate) fn take(shell: &Arc<Shell>, page: &Url, request: &Request) -> String {
    let Body::Bytes(entered) = &request.body else { return page.path().to_owned() };
    let of = |wanted: &str| {
        let value = form_urlencoded::parse(entered).find(|(name, _)| name == wanted);
        value.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    shell.engine.authenticate(page, &of("name"), &of("password"));
    page[Position::BeforePath..Position::AfterQuery].to_owned()
}

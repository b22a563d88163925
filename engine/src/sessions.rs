//! Sessions that begin and end, as far as what waits is concerned.
//!
//! What somebody has submitted is sent with their own session. A session that was begun anew is
//! theirs if the same name was signed in with, of which a hash is kept.

use std::sync::Arc;

use http::StatusCode;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use crate::body::Body;
use crate::config::Site;
use crate::context::Context;
use crate::error::in_full;
use crate::event::Event;
use crate::form::Fields;
use crate::page::discarding_page;
use crate::policy::{Visitor, cookies_after, is_unsafe};
use crate::request::{Cookies, Request, cookie_pairs};
use crate::response::{Because, CacheStatus, Provenance, Response};
use crate::route::AtSignOut;
use crate::store::SignIn;

/// A form that signs somebody in has no more bytes.
const SIGN_IN: usize = 16 << 10;
const FORM: &[u8] = b"application/x-www-form-urlencoded";
/// What most forms call the field with the name.
const USER_FIELDS: [&str; 8] =
    ["username", "user", "login", "email", "user_name", "userid", "user_id", "name"];
/// With this field what waits is discarded.
const CONFIRMED: &str = "holdfast-discard";

/// What a request may do to the session of who asks.
pub(crate) enum Turn {
    /// Nothing.
    None,
    /// It begins one for who has this hash.
    Begins(String),
    /// It ends one; what waits on these routes goes with it.
    Ends { partition: String, discards: Vec<String> },
    /// It would end one with which something is discarded, and the person is asked before.
    Asks(Response),
}

/// Whether a request may begin or end a session.
pub(crate) fn may_turn(site: &Site, request: &Request<()>) -> bool {
    let is_form =
        request.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(FORM));
    let is_end = || site.sign_in.sign_out.as_deref() == Some(request.url.path());
    site.session_cookie.is_some() && (is_unsafe(&request.method) && is_form || is_end())
}

/// What a request that [`may_turn`] does to a session. Its body comes back, without what only the app asked.
pub(crate) async fn turn(context: &Context, request: &mut Request<()>, body: Body) -> (Body, Turn) {
    let content_type = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_owned();
    // What breaks off is for whoever sends it to notice.
    let body = body.read_up_to(SIGN_IN).await.unwrap_or_else(Body::broken);
    let fields = body.at_hand().and_then(|bytes| Fields::of(&content_type, &bytes));
    if context.site.sign_in.sign_out.as_deref() == Some(request.url.path()) {
        return ends(context, request, body, fields);
    }
    let turn = match fields.and_then(|fields| user(context, &fields)) {
        Some(user) => Turn::Begins(person(context, &user)),
        None => Turn::None,
    };
    (body, turn)
}

/// The name that a form signs in with, if it looks like one that does.
fn user(context: &Context, fields: &Fields) -> Option<String> {
    let names = fields.names();
    names.iter().find(|name| name.to_ascii_lowercase().contains("pass"))?;
    let user = match &context.site.sign_in.user_field {
        Some(name) => fields.text(name),
        None => USER_FIELDS.into_iter().find_map(|name| fields.text(name)),
    };
    user.filter(|user| !user.is_empty())
}

/// A hash of who somebody is on this site, the same on each device.
fn person(context: &Context, user: &str) -> String {
    let text = format!("{}\0{user}", context.site.origin);
    blake3::hash(text.as_bytes()).to_hex().as_str().chars().take(32).collect()
}

fn ends(
    context: &Context,
    request: &mut Request<()>,
    body: Body,
    fields: Option<Fields>,
) -> (Body, Turn) {
    let partition = context.partition(request);
    let routes = context.site.routes.iter().filter(|route| {
        let outbox = route.outbox.as_ref();
        outbox.is_some_and(|outbox| outbox.sign_out == AtSignOut::Discard)
    });
    let routes: Vec<String> = routes.map(|route| route.name.clone()).collect();
    let count = context.store.count_of(&partition, &routes).unwrap_or_default();
    let mut pairs = fields.map(|fields| fields.texts()).unwrap_or_default();
    let is_in_body = pairs.iter().any(|(name, _)| name == CONFIRMED);
    let is_confirmed = is_in_body || request.url.query_pairs().any(|(name, _)| name == CONFIRMED);
    if count > 0 && !is_confirmed {
        let language = request.headers.get(ACCEPT_LANGUAGE);
        let language = language.and_then(|value| value.to_str().ok());
        pairs.extend(request.url.query_pairs().into_owned());
        pairs.push((CONFIRMED.to_owned(), "1".to_owned()));
        let (method, path) = (request.method.as_str(), request.url.path());
        let page = discarding_page(&context.site.name, language, count, (method, path, &pairs));
        return (body, Turn::Asks(asking(page)));
    }
    if !is_confirmed {
        return (body, Turn::Ends { partition, discards: routes });
    }
    without_confirmation(&mut request.url);
    let body = if is_in_body {
        pairs.retain(|(name, _)| name != CONFIRMED);
        Body::Bytes(Fields::Encoded(pairs).to_body())
    } else {
        body
    };
    (body, Turn::Ends { partition, discards: routes })
}

fn without_confirmation(url: &mut Url) {
    let pairs: Vec<_> =
        url.query_pairs().into_owned().filter(|(name, _)| name != CONFIRMED).collect();
    if pairs.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
}

fn asking(page: String) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let because = Because::Strategy;
    Response {
        status: StatusCode::OK,
        headers,
        head_at: page.find("<meta"),
        body: Body::from(page),
        provenance: Provenance::Outbox,
        cache_status: CacheStatus::Generated { because },
        redirected_to: None,
    }
}

/// What the answer has made of it.
pub(crate) async fn turned(
    context: &Arc<Context>,
    request: &Request<()>,
    turn: Turn,
    answer: &HeaderMap,
) {
    let Some(name) = context.site.session_cookie.as_deref() else { return };
    let cookie = cookies_after(&request.headers, answer);
    let session = match request.cookies {
        Cookies::Jar => context.network.jar.value(&request.url, name),
        Cookies::Client => {
            let headers =
                HeaderMap::from_iter(cookie.clone().map(|cookie| (http::header::COOKIE, cookie)));
            let found = cookie_pairs(&headers).find(|(other, _)| *other == name);
            found.map(|(_, value)| value.to_owned())
        }
    };
    let now = Visitor::of_session(session.as_deref());
    let is_new = now != Visitor::of_request(request, Some(name));
    let noted = match (turn, now) {
        (Turn::Begins(person), now @ Visitor::Session(_)) if is_new => {
            let partition = crate::policy::Partition::Of(now).to_string();
            let cookies = request.cookies;
            let cookie = cookie.filter(|_| cookies == Cookies::Client);
            let sign_in = SignIn { partition, person, cookies, cookie };
            context.store.signed_in(sign_in, context.clock.now()).await
        }
        (Turn::Ends { partition, discards }, _) if is_new && !discards.is_empty() => {
            context.store.discard_of(partition, discards).await
        }
        (Turn::None | Turn::Begins(_) | Turn::Ends { .. } | Turn::Asks(_), _) => return,
    };
    if let Err(error) = noted {
        tracing::error!(error = in_full(&error), "who has signed in or out is not noted");
    }
    context.outbox.notify_one();
    context.saves.woken.notify_one();
    context.tell(Event::Outbox);
}

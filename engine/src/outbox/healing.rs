//! What the site's pages say about a submission: whether its form is still the one that the
//! person saw, and whether it has arrived already.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, ORIGIN, REFERER};
use http::{Method, StatusCode};
use url::Url;

use super::attempt::{LOOKED_AT, Parcel};
use crate::body::Body;
use crate::context::Context;
use crate::error::{NetworkError, in_full};
use crate::exchange::Exchange;
use crate::form::{Fields, Mismatch, find};
use crate::policy::{cookies_after, is_sign_in};
use crate::request::{Cookies, Destination, Redirects, Request};
use crate::response::{Response, is_html};
use crate::route::first_match;
use crate::store::{Content, Submission, page_of};

/// What the page of the form says now.
pub(super) enum Healed {
    /// The same form with other hidden fields.
    Fresh(Fresh),
    /// The form is not the one that the person saw, in these words.
    Changed(&'static str),
    /// The page is shown to those who sign in, perhaps at this path.
    SignIn(Option<String>),
    /// The page cannot be had.
    NotNow,
    /// It is not known on which page the form was, or what was sent is of no form.
    Hopeless,
}

/// What is sent in place of what was submitted.
pub(super) struct Fresh {
    pub(super) body: Bytes,
    /// The cookies it goes with, as the page has left them.
    pub(super) cookie: Option<HeaderValue>,
}

/// Fetches the page of the form, finds the form, and takes over its hidden fields.
pub(super) async fn heal(context: &Arc<Context>, parcel: &Parcel<'_>) -> Healed {
    let submission = &parcel.kept.submission;
    let (Some(page), Some(mut fields)) = (page_of(submission), fields(context, submission).await)
    else {
        return Healed::Hopeless;
    };
    let (Ok(action), true) = (Url::parse(&submission.url), context.site.holds(&page)) else {
        return Healed::Hopeless;
    };
    let Some(cookie) = cookies_of(context, submission, &page) else { return Healed::NotNow };
    let response = match fetch(context, parcel, &page, cookie.as_ref()).await {
        Ok(response) => response,
        Err(error) => {
            tracing::debug!(error = in_full(&error), "the page of a form cannot be had");
            return Healed::NotNow;
        }
    };
    let led_to = response.redirected_to.as_deref().and_then(|path| page.join(path).ok());
    if let Some(led_to) = led_to.filter(is_sign_in) {
        return Healed::SignIn(Some(led_to.path().to_owned()));
    }
    match response.status {
        status if status.is_success() => {}
        StatusCode::UNAUTHORIZED => return Healed::SignIn(context.site.sign_in.page.clone()),
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            return Healed::Changed("the page with the form is gone");
        }
        _ => return Healed::NotNow,
    }
    let sent = HeaderMap::from_iter(cookie.map(|cookie| (COOKIE, cookie)));
    let cookie = cookies_after(&sent, &response.headers);
    if !goes_on(context, submission, &sent, cookie.as_ref()).await {
        return Healed::SignIn(context.site.sign_in.page.clone());
    }
    let Some(html) = text(response) else { return Healed::Changed(NO_FORM) };
    let found = find(&html, &page, &action, &fields.names());
    let Some(form) = found else { return Healed::Changed(NO_FORM) };
    if let Err(mismatch) = form.check(&fields.texts(), &submission.labels) {
        return Healed::Changed(words(mismatch));
    }
    // One that is empty is filled in by a script, and may be the person's.
    for (name, value) in form.hidden.iter().filter(|(_, value)| !value.is_empty()) {
        fields.set(name, value);
    }
    Healed::Fresh(Fresh { body: fields.to_body(), cookie })
}

const NO_FORM: &str = "the form is not there any more";

fn words(mismatch: Mismatch) -> &'static str {
    match mismatch {
        Mismatch::NoChoice => "what was chosen is not there any more",
        Mismatch::OtherWords => "what was chosen says something else now",
    }
}

/// What is different about the form, if the answer to a submission shows it again.
pub(super) fn check(
    context: &Context,
    parcel: &Parcel<'_>,
    response: &Response,
) -> Option<&'static str> {
    let submission = &parcel.kept.submission;
    let Content::InRow(body) = &submission.content else { return None };
    let fields = Fields::of(content_type(&submission.headers)?, body)?;
    let url = Url::parse(&submission.url).ok().filter(|url| context.site.holds(url))?;
    let html = response.body.at_hand().filter(|_| is_html(&response.headers))?;
    let form = find(&String::from_utf8_lossy(&html), &url, &url, &fields.names())?;
    form.check(&fields.texts(), &submission.labels).err().map(words)
}

/// Whether a submission has arrived whose answer was lost, as its route says how to find out.
///
/// # Errors
///
/// Why that cannot be found out now.
pub(super) async fn is_there(context: &Arc<Context>, parcel: &Parcel<'_>) -> Result<bool, String> {
    // Without a way to find out the person has decided.
    let Some(verify) = &parcel.outbox.verify else { return Ok(false) };
    let submission = &parcel.kept.submission;
    let url = Url::parse(&submission.url).map_err(|error| error.to_string())?;
    let fields = fields(context, submission).await.map(|fields| fields.texts());
    let filled = |text: &str| {
        let path = parcel.route.when.path.as_ref();
        let text = path.and_then(|path| path.filled(url.path(), text));
        let mut filled = text.unwrap_or_default().replace("{key}", &submission.key);
        for (name, value) in fields.iter().flatten() {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        filled
    };
    let page = context.site.address(&filled(&verify.path)).map_err(|error| error.to_string())?;
    let cookie = cookies_of(context, submission, &page).ok_or("somebody else is signed in")?;
    let response = fetch(context, parcel, &page, cookie.as_ref()).await;
    let response = response.map_err(|error| in_full(&error))?;
    if !response.status.is_success() {
        return Err(format!("{} answered {}", page.path(), response.status));
    }
    let body = response.body.at_hand().unwrap_or_default();
    Ok(String::from_utf8_lossy(&body).contains(&filled(&verify.contains)))
}

/// A page as the site has it now, for who has submitted.
async fn fetch(
    context: &Arc<Context>,
    parcel: &Parcel<'_>,
    page: &Url,
    cookie: Option<&HeaderValue>,
) -> Result<Response, NetworkError> {
    let submission = &parcel.kept.submission;
    let holder = context.network.jar.holder();
    let mut headers = submission.headers.clone();
    for of_the_submission in [CONTENT_TYPE, ORIGIN, REFERER, COOKIE] {
        headers.remove(of_the_submission);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.extend(cookie.map(|cookie| (COOKIE, cookie.clone())));
    let request = Request {
        method: Method::GET,
        headers,
        cookies: Cookies::Client,
        redirects: Redirects::Follow,
        ..Request::get(page.clone(), Destination::Document)
    };
    let (request, _) = request.split();
    let Some(place) = first_match(&context.site.routes, &request) else {
        return Err(NetworkError::Offline);
    };
    let asked = (request, Body::empty());
    let exchange = Exchange::new(context.clone(), asked, place, parcel.installed);
    let mut response = exchange.fetch_without_storing().await?;
    if submission.cookies == Cookies::Jar {
        context.network.take_cookies(holder, page, &response.headers);
    }
    response.body = response.body.read_up_to(LOOKED_AT).await.map_err(|error| {
        let host = page.host_str().unwrap_or_default().to_owned();
        NetworkError::Broken { host, source: error.into() }
    })?;
    Ok(response)
}

async fn fields(context: &Context, submission: &Submission) -> Option<Fields> {
    let body = context.store.content(submission).ok()?.collect().await.ok()?;
    Fields::of(content_type(&submission.headers)?, &body)
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()
}

/// The cookies that go with a submission: its own, or the jar's if whoever submitted it is
/// signed in still.
pub(super) fn cookies_of(
    context: &Context,
    submission: &Submission,
    url: &Url,
) -> Option<Option<HeaderValue>> {
    if submission.cookies == Cookies::Client {
        return Some(submission.headers.get(COOKIE).cloned());
    }
    let cookie = context.network.jar.header(url);
    let headers = HeaderMap::from_iter(cookie.clone().map(|cookie| (COOKIE, cookie)));
    (context.session_of(&headers) == submission.partition).then_some(cookie)
}

/// Whether the session of a submission goes on after a page was asked for with it.
///
/// A site may give who is not signed in another session at any time, which is the same
/// visitor's: it came in answer to theirs. Who was signed in is not any more.
async fn goes_on(
    context: &Context,
    submission: &Submission,
    sent: &HeaderMap,
    cookie: Option<&HeaderValue>,
) -> bool {
    let left = HeaderMap::from_iter(cookie.map(|cookie| (COOKIE, cookie.clone())));
    let (before, after) = (context.session_of(sent), context.session_of(&left));
    if before == after || before == context.session_of(&HeaderMap::new()) {
        return true;
    }
    if submission.person.is_some() || after == context.session_of(&HeaderMap::new()) {
        return false;
    }
    let followed = context.store.session_followed(before, after).await;
    if let Err(error) = &followed {
        tracing::warn!(error = in_full(error), "what waits is of a session that is no more");
    }
    followed.is_ok()
}

/// The text of a page, by the encoding it says.
fn text(response: Response) -> Option<String> {
    let bytes = response.body.at_hand().filter(|_| is_html(&response.headers))?;
    let charset = content_type(&response.headers).and_then(|text| text.split_once("charset="));
    let charset = charset.map(|(_, name)| name.trim_matches(['"', ' ']).to_owned());
    let encoding = charset.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()));
    let (text, _, _) = encoding.unwrap_or(encoding_rs::UTF_8).decode(&bytes);
    Some(text.into_owned())
}

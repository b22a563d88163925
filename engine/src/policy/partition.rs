//! Whose response it is.

use std::borrow::Cow;
use std::fmt;

use crate::request::{Cookies, Request, cookie_pairs};

/// Who asks, as far as the session cookie tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Visitor {
    /// Nobody in particular: there is no session cookie.
    Anonymous,
    /// A client of the gateway without a session, by a hash of all its cookies: behind the
    /// gateway there may be many, and a page made for one may hold its CSRF token.
    Client(String),
    /// The holder of a session, by a hash of the cookie's value: the value itself
    /// opens the session, so it is kept nowhere but in the jar.
    Session(String),
}

/// To whom a stored response may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Partition {
    /// To everybody.
    Shared,
    /// To this visitor only.
    Of(Visitor),
}

impl Visitor {
    /// The visitor a session cookie stands for.
    pub(crate) fn of_session(cookie: Option<&str>) -> Self {
        match cookie {
            None | Some("") => Self::Anonymous,
            Some(value) => Self::Session(shortened_hash(value.as_bytes())),
        }
    }

    /// The client that keeps these cookies, none of which is a session.
    fn of_cookies(mut cookies: Vec<(&str, &str)>) -> Self {
        if cookies.is_empty() {
            return Self::Anonymous;
        }
        cookies.sort_unstable();
        let cookies: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self::Client(shortened_hash(cookies.join(";").as_bytes()))
    }

    /// The visitor whose cookies a request carries.
    pub(crate) fn of_request<B>(request: &Request<B>, session_cookie: Option<&str>) -> Self {
        Self::after_answer(request, &[], session_cookie)
    }

    /// The visitor whose cookies a request carries, once the answer's cookies, which begin
    /// no session, are among them: the next request will carry those.
    pub(crate) fn after_answer<B>(
        request: &Request<B>,
        set: &[(&str, &str)],
        session_cookie: Option<&str>,
    ) -> Self {
        if let Some(session) = session_cookie.and_then(|name| request.cookie(name)) {
            return Self::of_session(Some(session));
        }
        // A request without any cookie is nobody's, and its answer what everybody gets first.
        if request.cookies == Cookies::Jar || cookie_pairs(&request.headers).next().is_none() {
            return Self::Anonymous;
        }
        let is_kept = |(name, _): &(&str, &str)| !set.iter().any(|(other, _)| other == name);
        let mut cookies: Vec<_> = cookie_pairs(&request.headers).filter(is_kept).collect();
        cookies.extend(set.iter().filter(|(_, value)| !value.is_empty()));
        Self::of_cookies(cookies)
    }
}

impl Partition {
    /// The word for it.
    pub(crate) fn as_stored(&self) -> Cow<'static, str> {
        match self {
            Self::Shared => "shared".into(),
            Self::Of(Visitor::Anonymous) => "anonymous".into(),
            Self::Of(Visitor::Client(hash)) => format!("client-{hash}").into(),
            Self::Of(Visitor::Session(hash)) => format!("session-{hash}").into(),
        }
    }

    /// Where to look if this partition has nothing: a client that has got its first cookie
    /// has seen what it was shown without.
    pub(crate) fn before(&self) -> Option<Self> {
        match self {
            Self::Of(Visitor::Client(_)) => Some(Self::Of(Visitor::Anonymous)),
            Self::Shared | Self::Of(Visitor::Anonymous | Visitor::Session(_)) => None,
        }
    }
}

fn shortened_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().as_str().chars().take(32).collect()
}

impl fmt::Display for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.as_stored())
    }
}

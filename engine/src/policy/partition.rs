//! Whose response it is.

use std::fmt;

use crate::request::Request;

/// Who asks, as far as the session cookie tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Visitor {
    /// Nobody in particular: there is no session cookie.
    Anonymous,
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
            Some(value) => {
                let hash = blake3::hash(value.as_bytes()).to_hex();
                Self::Session(hash.as_str().chars().take(32).collect())
            }
        }
    }

    /// The visitor whose cookies a request carries.
    pub(crate) fn of_request<B>(request: &Request<B>, session_cookie: Option<&str>) -> Self {
        Self::of_session(session_cookie.and_then(|name| request.cookie(name)))
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared => formatter.write_str("shared"),
            Self::Of(Visitor::Anonymous) => formatter.write_str("anonymous"),
            Self::Of(Visitor::Session(hash)) => write!(formatter, "session-{hash}"),
        }
    }
}

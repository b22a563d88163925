//! The cookies of the app's person, and what else says who they are.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cookie_store::{Cookie, CookieStore, RawCookie};
use http::HeaderValue;
use tokio::sync::watch;
use url::Url;

use super::credentials::Credentials;

/// A cookie jar (RFC 6265) for one site.
///
/// It lives in memory; who keeps it across restarts follows [`Jar::changes`].
#[derive(Debug)]
pub struct Jar {
    store: Mutex<CookieStore>,
    /// Never kept: they go with the program, as a browser's do.
    credentials: Mutex<Credentials>,
    changed: watch::Sender<u64>,
    /// How many people have left it.
    left: AtomicU64,
}

/// Whose a jar is, of the people who use a device one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder(u64);

impl Default for Jar {
    fn default() -> Self {
        Self::with([])
    }
}

impl Jar {
    /// A jar with cookies that were kept, in the form of [`Jar::to_kept`].
    pub(crate) fn with(kept: impl IntoIterator<Item = String>) -> Self {
        let cookies = kept.into_iter().map(|text| serde_json::from_str::<Cookie<'static>>(&text));
        // A cookie that cannot be read is a cookie that is not there.
        let readable = cookies.filter_map(Result::ok).map(Ok::<_, std::convert::Infallible>);
        let store = match CookieStore::from_cookies(readable, false) {
            Ok(store) => store,
            Err(never) => match never {},
        };
        Self::of(store)
    }

    fn of(store: CookieStore) -> Self {
        Self {
            store: Mutex::new(store),
            credentials: Mutex::default(),
            changed: watch::Sender::new(0),
            left: AtomicU64::new(0),
        }
    }

    /// Whose it is now.
    pub(crate) fn holder(&self) -> Holder {
        Holder(self.left.load(Ordering::Acquire))
    }

    /// Hands the jar over to the next person, who finds it empty: what was in it.
    pub(crate) fn hand_over(&self) -> Self {
        let mut store = self.lock();
        // Within the lock, so that nothing is put in by who has left.
        self.left.fetch_add(1, Ordering::AcqRel);
        let former = std::mem::take(&mut *store);
        *self.credentials() = Credentials::default();
        drop(store);
        self.changed.send_modify(|version| *version += 1);
        Self::of(former)
    }

    /// The `Cookie` header for a request.
    pub fn header(&self, url: &Url) -> Option<HeaderValue> {
        let pairs: Vec<String> =
            self.matching(url).iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { None } else { HeaderValue::try_from(pairs.join("; ")).ok() }
    }

    /// "Cookies with longer paths are listed before cookies with shorter paths."
    /// (RFC 6265 §5.4)
    fn matching(&self, url: &Url) -> Vec<(String, String)> {
        let store = self.lock();
        let mut cookies = store.matches(url);
        cookies.sort_by_key(|cookie| (Reverse(cookie.path.len()), cookie.name().to_owned()));
        let pairs = cookies.iter().map(|cookie| cookie.name_value());
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The `Authorization` header for a request.
    pub(crate) fn authorization(&self, url: &Url) -> Option<HeaderValue> {
        self.credentials().for_url(url)
    }

    /// Takes a name and a password, which the site has asked for at an address.
    pub(crate) fn authenticate(&self, asked_at: &Url, name: &str, password: &str) {
        self.credentials().put(asked_at, name, password);
    }

    /// The value of a cookie that would go with a request.
    pub(crate) fn value(&self, url: &Url, name: &str) -> Option<String> {
        self.matching(url).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Takes the cookies of a response.
    pub fn take(&self, url: &Url, set_cookies: &[HeaderValue]) {
        self.take_for(self.holder(), url, set_cookies);
    }

    /// Takes the cookies of a response to who has asked, unless they have left.
    pub(crate) fn take_for(&self, holder: Holder, url: &Url, set_cookies: &[HeaderValue]) {
        if set_cookies.is_empty() {
            return;
        }
        let mut store = self.lock();
        if holder != self.holder() {
            return;
        }
        for header in set_cookies {
            let text = String::from_utf8_lossy(header.as_bytes()).into_owned();
            if let Ok(cookie) = RawCookie::parse(text) {
                // A cookie for another domain, or malformed, is ignored as a browser would.
                let _ = store.insert_raw(&cookie.into_owned(), url);
            }
        }
        drop(store);
        self.changed.send_modify(|version| *version += 1);
    }

    /// What a script sees as `document.cookie`: everything but `HttpOnly`.
    pub(crate) fn script_readable(&self, url: &Url) -> String {
        let store = self.lock();
        let cookies = store.matches(url);
        let readable = cookies.iter().filter(|cookie| !cookie.http_only().unwrap_or(false));
        readable
            .map(|cookie| format!("{}={}", cookie.name(), cookie.value()))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// What a script does by assigning to `document.cookie`.
    ///
    /// "If the cookie was received from a "non-HTTP" API and the cookie's http-only-flag
    /// is set, abort"; neither may it replace one that is `HttpOnly` (RFC 6265 §5.3).
    pub(crate) fn set_by_script(&self, url: &Url, text: &str) {
        let Ok(cookie) = RawCookie::parse(text.to_owned()) else { return };
        if cookie.http_only().unwrap_or(false) {
            return;
        }
        let mut store = self.lock();
        let hides_one = store.iter_any().any(|kept| {
            kept.name() == cookie.name() && kept.http_only().unwrap_or(false) && kept.matches(url)
        });
        if hides_one {
            return;
        }
        let _ = store.insert_raw(&cookie.into_owned(), url);
        drop(store);
        self.changed.send_modify(|version| *version += 1);
    }

    /// Forgets every cookie, as the site may demand.
    pub(crate) fn clear(&self) {
        self.lock().clear();
        self.changed.send_modify(|version| *version += 1);
    }

    /// The cookies that outlive the program, each as text. Those without an expiry end
    /// with it, as a browser's do.
    pub(crate) fn to_kept(&self) -> Vec<String> {
        let store = self.lock();
        let kept = store.iter_unexpired().filter(|cookie| cookie.is_persistent());
        kept.filter_map(|cookie| serde_json::to_string(cookie).ok()).collect()
    }

    /// Notices each change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn credentials(&self) -> MutexGuard<'_, Credentials> {
        self.credentials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, CookieStore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("http://127.0.0.1:8000/polls/").unwrap()
    }

    fn jar(lines: &[&'static str]) -> Jar {
        let jar = Jar::with([]);
        let lines: Vec<_> = lines.iter().map(|line| HeaderValue::from_static(line)).collect();
        jar.take(&url(), &lines);
        jar
    }

    #[test]
    fn scripts_see_all_but_http_only_cookies() {
        let jar = jar(&["sessionid=s; HttpOnly; Path=/", "csrftoken=c; Path=/; Max-Age=100"]);
        assert_eq!(jar.script_readable(&url()), "csrftoken=c");
        assert_eq!(jar.value(&url(), "sessionid").as_deref(), Some("s"));
    }

    #[test]
    fn scripts_cannot_touch_http_only_cookies() {
        let jar = jar(&["sessionid=s; HttpOnly; Path=/"]);
        jar.set_by_script(&url(), "sessionid=forged; path=/");
        jar.set_by_script(&url(), "other=1; HttpOnly");
        jar.set_by_script(&url(), "theme=dark; path=/");
        assert_eq!(jar.value(&url(), "sessionid").as_deref(), Some("s"));
        assert_eq!(jar.script_readable(&url()), "theme=dark");
    }

    #[test]
    fn what_has_an_expiry_outlives_the_program() {
        let first = jar(&["sessionid=s; Max-Age=1000; HttpOnly", "ends=1"]);
        let second = Jar::with(first.to_kept());
        assert_eq!(second.value(&url(), "sessionid").as_deref(), Some("s"));
        assert_eq!(second.value(&url(), "ends"), None);
        assert_eq!(second.script_readable(&url()), "");
    }

    #[test]
    fn who_has_left_leaves_nothing_behind_and_puts_nothing_in() {
        let jar = jar(&["sessionid=s; Path=/; Max-Age=1000"]);
        jar.authenticate(&url(), "name", "password");
        assert!(jar.authorization(&url()).is_some());
        let (holder, mut changes) = (jar.holder(), jar.changes());
        let former = jar.hand_over();
        assert_eq!(former.value(&url(), "sessionid").as_deref(), Some("s"));
        assert_eq!(jar.header(&url()), None);
        assert_eq!(jar.authorization(&url()), None);
        assert!(jar.to_kept().is_empty());
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        jar.take_for(holder, &url(), &[HeaderValue::from_static("sessionid=late; Path=/")]);
        assert_eq!(jar.header(&url()), None);
        assert!(!changes.has_changed().unwrap());
    }

    #[test]
    fn an_expired_cookie_is_gone() {
        let jar = jar(&["sessionid=s; Path=/", "sessionid=; Max-Age=0; Path=/"]);
        assert_eq!(jar.header(&url()), None);
    }
}

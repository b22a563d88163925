//! Plain HTTP, as a browser speaks it and byte by byte.

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time;

use crate::processes::{DEADLINE, until};

/// What a browser says when it wants a page.
pub(crate) const PAGE: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// Somebody with a browser: keeps cookies, is shown redirects instead of being led on.
pub(crate) struct Browser {
    client: Client,
    origin: String,
}

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Self {
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(DEADLINE)
            .build()
            .unwrap();
        Self { client, origin: origin.to_owned() }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) -> Answer {
        self.get(path, PAGE).await
    }

    /// Opens a page until it comes from the store, for this reason: on a busy machine a site that
    /// is gone is called slow for a while.
    pub(crate) async fn open_stored(&self, path: &str, why: &str) -> Answer {
        until(&format!("{path} comes from the store: {why}"), async || {
            let page = self.open(path).await;
            page.cache_status().ends_with(&format!("hit; detail={why}")).then_some(page)
        })
        .await
    }

    /// Asks for something by its media type.
    pub(crate) async fn get(&self, path: &str, accept: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.origin)).header("accept", accept);
        Answer::of(request.send().await.unwrap()).await
    }

    /// A request as a form on `page` makes it.
    pub(crate) fn post(&self, path: &str, page: &str) -> reqwest::RequestBuilder {
        self.client
            .post(format!("{}{path}", self.origin))
            .header("accept", PAGE)
            .header("origin", &self.origin)
            .header("referer", format!("{}{page}", self.origin))
    }

    /// Opens the page with a form and takes the token that Django wants back.
    pub(crate) async fn token(&self, page: &str) -> String {
        self.open(page).await.token()
    }

    /// Signs in to the admin.
    pub(crate) async fn sign_in(&self) {
        let page = "/admin/login/?next=/admin/";
        let token = self.token(page).await;
        let fields = [
            ("csrfmiddlewaretoken", token.as_str()),
            ("username", "admin"),
            ("password", "admin-password"),
            ("next", "/admin/"),
        ];
        let body = url_encoded(&fields);
        let request = self.post(page, page).header("content-type", FORM).body(body);
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (302, "/admin/"),
            "{}",
            answer.text()
        );
    }
}

/// How a form without files travels.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form, for values without special characters.
pub(crate) fn url_encoded(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The token in the page's form that Django wants back.
    pub(crate) fn token(&self) -> String {
        let text = self.text();
        let after = text.split("name=\"csrfmiddlewaretoken\" value=\"").nth(1);
        let token = after.and_then(|after| after.split('"').next());
        token.unwrap_or_else(|| panic!("no token in {text}")).to_owned()
    }

    /// A header that must be there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value =
            self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers));
        value.to_str().unwrap()
    }

    pub(crate) fn cache_status(&self) -> &str {
        self.header("cache-status")
    }

    /// Whether the site answered, just now.
    pub(crate) fn is_fresh(&self) -> bool {
        self.cache_status().starts_with("Holdfast; fwd=") && !self.headers.contains_key("age")
    }

    #[track_caller]
    pub(crate) fn assert_stored(&self, why: &str) {
        assert_eq!(self.cache_status(), format!("Holdfast; hit; detail={why}"));
        let age = self.header("age");
        assert!(age.parse::<u64>().is_ok_and(|age| age < 600), "Age: {age}");
    }
}

/// Opens a connection and sends bytes as they are.
pub(crate) async fn connect(authority: &str, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// Sends a request whose answer ends with the connection; returns all of it as text.
pub(crate) async fn raw(authority: &str, request: &str) -> String {
    let mut stream = connect(authority, request).await;
    let mut answer = Vec::new();
    // A connection that breaks says no more; what came is looked at.
    let read = time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await;
    let _ = read.expect("the connection ends");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Reads from a connection until `mark` has come; returns what was read.
pub(crate) async fn read_until(stream: &mut TcpStream, mark: &str) -> String {
    let mut read = Vec::new();
    let all = async {
        while !String::from_utf8_lossy(&read).contains(mark) {
            let mut piece = [0; 4096];
            let length = stream.read(&mut piece).await.unwrap();
            assert!(length > 0, "ended without {mark:?}: {}", String::from_utf8_lossy(&read));
            read.extend_from_slice(&piece[..length]);
        }
    };
    time::timeout(DEADLINE, all).await.unwrap_or_else(|_| panic!("{mark:?} did not come"));
    String::from_utf8_lossy(&read).into_owned()
}

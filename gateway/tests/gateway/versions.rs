//! A new version of what is installed, and browsers with a page open.

use reqwest::header::{REFERER, USER_AGENT};
use tempfile::TempDir;

use crate::http::{Browser, PAGE};
use crate::origin::Origin;
use crate::processes::{Gateway, until};

fn profile(origin: &Origin, version: &str, required: &str) -> String {
    let site = origin.profile().replacen(
        "\n\n[[route]]",
        &format!("\nversion = \"{version}\"\n\n[install]\nrequired = [{required}]\n\n[[route]]"),
        1,
    );
    format!(
        "{site}\n[[route]]\nname = \"texts\"\nwhen = {{ path = \"/*.txt\" }}\n\
         strategy = \"cache-first\"\n"
    )
}

fn put(origin: &Origin, path: &str, content_type: &str, body: &str) {
    let length = body.len();
    let head = format!(
        "200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close"
    );
    origin.put(path, &head, body.as_bytes());
}

/// Somebody who looks at one page.
struct Reader<'g> {
    name: &'static str,
    browser: Browser,
    gateway: &'g Gateway,
}

impl<'g> Reader<'g> {
    fn of(name: &'static str, gateway: &'g Gateway) -> Self {
        Self { name, browser: Browser::new(&gateway.origin), gateway }
    }

    async fn open(&self) {
        let page = self.browser.client().get(self.gateway.url("/page"));
        let page = page.header("accept", PAGE).header(USER_AGENT, self.name).send().await.unwrap();
        assert_eq!(page.status(), 200);
    }

    /// What a script of the open page is told.
    async fn text(&self) -> String {
        let text = self.browser.client().get(self.gateway.url("/a.txt"));
        let text = text.header(REFERER, self.gateway.url("/page")).header(USER_AGENT, self.name);
        text.send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn an_open_page_keeps_its_version_while_another_browser_opens_one() {
    let directory = TempDir::new().unwrap();
    let origin = Origin::start().await;
    put(&origin, "/page", "text/html", "<title>Page</title>");
    put(&origin, "/a.txt", "text/plain", "first");
    let first = profile(&origin, "1", "\"/a.txt\"");
    let mut gateway = Gateway::start(directory.path(), &first).await;
    gateway.installed().await;
    gateway.process.kill().await;

    put(&origin, "/a.txt", "text/plain", "second");
    // It is not complete before the site is told to answer.
    let second = profile(&origin, "2", "\"/a.txt\", \"/held\"");
    let gateway = Gateway::start(directory.path(), &second).await;
    let early = Reader::of("early", &gateway);
    early.open().await;
    assert_eq!(early.text().await, "first");
    origin.state.released.add_permits(1);
    until("the second is complete", async || {
        gateway.process.log().contains("waits for a navigation").then_some(())
    })
    .await;
    assert_eq!(early.text().await, "first", "nobody has opened a page since");

    let late = Reader::of("late", &gateway);
    late.open().await;
    assert_eq!(late.text().await, "second");
    assert_eq!(early.text().await, "first", "the page is open still");
    early.open().await;
    assert_eq!(early.text().await, "second");
}

//! `holdfast-gateway init URL`

use std::fs;
use std::process::Output;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::http::Browser;
use crate::origin::Origin;
use crate::processes::{Gateway, Polls, program};

async fn init(arguments: &[&str]) -> Output {
    program().arg("init").args(arguments).output().await.unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Nothing is added by hand to the profile that the site is then read with, online and offline.
#[tokio::test]
async fn a_first_profile_serves_a_site_when_it_is_gone() {
    let directory = TempDir::new().unwrap();
    let mut polls = Polls::start(directory.path()).await;
    let file = directory.path().join("first.toml");
    let start = format!("{}/polls/", polls.origin);
    let output = init(&[&start, "--output", file.to_str().unwrap()]).await;
    assert!(output.status.success(), "{}", said(&output));
    let profile = fs::read_to_string(&file).unwrap();
    for line in
        ["start          = \"/polls/\"", "when     = { path = \"/static/*\", method = \"GET\" }"]
    {
        assert!(profile.contains(line), "{line:?} is not in:\n{profile}");
    }
    let again = init(&[&start, "--output", file.to_str().unwrap()]).await;
    assert!(!again.status.success() && said(&again).contains("File exists"), "{}", said(&again));

    let gateway = Gateway::start(directory.path(), &profile).await;
    let browser = Browser::new(&gateway.origin);
    let seen = [("/polls/", "text/html"), ("/static/polls/style.css", "text/css")];
    for (path, accept) in seen {
        assert_eq!(browser.get(path, accept).await.status, 200, "{path}");
    }
    polls.kill().await;
    for (path, accept) in seen {
        assert_eq!(browser.get(path, accept).await.status, 200, "{path}, from the store");
    }
}

/// The admin leads to its sign-in.
#[tokio::test]
async fn where_people_sign_in_is_found() {
    let directory = TempDir::new().unwrap();
    let polls = Polls::start(directory.path()).await;
    let output = init(&[&format!("{}/admin/", polls.origin)]).await;
    let profile = said(&output);
    for line in [
        "start          = \"/admin/\"",
        "session-cookie = \"sessionid\"",
        "page       = \"/admin/login/\"",
        "user-field = \"username\"",
    ] {
        assert!(profile.contains(line), "{line:?} is not in:\n{profile}");
    }
}

#[tokio::test]
async fn what_a_manifest_says_comes_before_what_the_page_says() {
    let origin = Origin::start().await;
    let html = "200 OK\r\ncontent-type: text/html";
    origin.put(
        "/app/",
        html,
        b"<title>Page</title><link rel=manifest href=/m.json>\
          <link rel=stylesheet href=/assets/a.3f2a9c81.css>",
    );
    let manifest =
        br##"{"name": "The \"tracker\"", "start_url": "/app/start", "background_color": "#fa0",
                        "shortcuts": [{"name": "New", "url": "/app/new"},
                                      {"name": "Elsewhere", "url": "https://elsewhere.example/"}],
                        "icons": [{"src": "/icon.png", "sizes": "512x512"}]}"##;
    origin.put("/m.json", "200 OK\r\ncontent-type: application/manifest+json", manifest);
    origin.put("/assets/a.3f2a9c81.css", "200 OK\r\ncontent-type: text/css", b"p {}");
    origin.put("/icon.png", "200 OK\r\ncontent-type: image/png", b"PNG");
    let directory = TempDir::new().unwrap();
    let icon = directory.path().join("icon.png");
    let output = init(&[&format!("{}/app/", origin.url), "--icon", icon.to_str().unwrap()]).await;
    let profile = said(&output);
    for line in [
        r#"name           = "The \"tracker\"""#,
        "start          = \"/app/start\"",
        "background     = \"#ffaa00\"",
        "[[shortcut]]\nname = \"New\"\npath = \"/app/new\"\n",
        "when     = { path = \"/assets/*\", method = \"GET\" }\nstrategy = \"cache-first\"",
    ] {
        assert!(profile.contains(line), "{line:?} is not in:\n{profile}");
    }
    assert!(!profile.contains("Elsewhere"), "{profile}");
    assert_eq!(fs::read(icon).unwrap(), b"PNG");
}

#[tokio::test]
async fn what_robots_may_not_ask_for_is_not_asked_for() {
    let origin = Origin::start().await;
    origin.put(
        "/robots.txt",
        "200 OK\r\ncontent-type: text/plain",
        b"User-agent: *\nDisallow: /app/",
    );
    origin.put("/app/", "200 OK\r\ncontent-type: text/html", b"<title>Page</title>");
    let output = init(&[&format!("{}/app/", origin.url)]).await;
    assert!(!output.status.success());
    assert!(said(&output).contains("robots.txt does not allow it"), "{}", said(&output));
}

#[tokio::test]
async fn a_site_that_is_not_there_is_named() {
    let output = init(&["http://127.0.0.1:9/"]).await;
    assert!(!output.status.success());
    assert!(said(&output).contains("http://127.0.0.1:9/robots.txt: "), "{}", said(&output));
}

/// Each says what is wrong, and nothing is written.
#[tokio::test]
async fn what_is_no_first_page_of_a_site_is_refused_with_the_reason() {
    let (origin, other) = (Origin::start().await, Origin::start().await);
    let html = "content-type: text/html; charset=utf-8";
    origin.put("/data", "200 OK\r\ncontent-type: application/json", b"{}");
    origin.put("/nothing", "200 OK", b"<title>x</title>");
    origin.put("/gone", &format!("410 Gone\r\n{html}"), b"<title>x</title>");
    let asks = format!("401 Unauthorized\r\nwww-authenticate: Basic realm=x\r\n{html}");
    origin.put("/secret", &asks, b"");
    origin.put("/loop", "302 Found\r\nlocation: /loop", b"");
    let sign_in = other.url.replace("127.0.0.1", "localhost");
    let away = format!("302 Found\r\nlocation: {sign_in}/sign-in");
    origin.put("/led-away", &away, b"");
    other.put("/sign-in", &format!("200 OK\r\n{html}"), b"<form method=post></form>");
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("site.toml");
    for (path, reason) in [
        ("/data", "is application/json and no page"),
        ("/nothing", "is of no type and no page"),
        ("/gone", "answers 410 Gone"),
        ("/secret", "HTTP authentication"),
        ("/loop", "leads on and on"),
        ("/led-away", "leads to another site"),
    ] {
        let output =
            init(&[&format!("{}{path}", origin.url), "--output", file.to_str().unwrap()]).await;
        assert_eq!(output.status.code(), Some(1), "{path}: {}", said(&output));
        assert!(said(&output).contains(reason), "{path}: {}", said(&output));
        assert!(!file.exists(), "{path}");
    }
}

#[tokio::test]
async fn what_does_not_speak_tls_is_named_with_the_reason() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    // As servers do that take the beginning of TLS for a request.
    let answering = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let output = init(&[&url]).await;
    answering.abort();
    assert!(!output.status.success());
    let said = said(&output);
    assert!(said.contains("TLS with this server does not come about"), "{said}");
}

/// Of a page without an end the beginning says enough.
#[tokio::test]
async fn a_page_of_many_megabytes_is_looked_at_from_its_beginning() {
    let origin = Origin::start().await;
    let mut page = b"<title>Large</title><link rel=stylesheet href=/assets/a.css>".to_vec();
    page.resize(9 << 20, b' ');
    let head = "200 OK\r\ncontent-type: text/html\r\ncache-control: no-store";
    origin.put("/", head, &page);
    origin.put("/assets/a.css", "200 OK\r\ncontent-type: text/css", b"p {}");
    let output = init(&[&origin.url]).await;
    let profile = said(&output);
    for line in [
        "name           = \"Large\"",
        "when     = { path = \"/assets/*\", method = \"GET\" }",
        "# ignore-no-store = true",
    ] {
        assert!(profile.contains(line), "{line:?} is not in:\n{profile}");
    }
}

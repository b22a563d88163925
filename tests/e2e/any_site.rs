//! What sites do that were not written for the app.

use holdfast_tests::{Answer, Echo, Received, World};
use serde_json::json;

/// A page in ISO-8859-1, whose bytes are no UTF-8.
fn old_page(body: &str) -> Answer {
    let bytes: Vec<u8> = body.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    Answer::of("text/html; charset=iso-8859-1", bytes)
}

#[tokio::test]
async fn a_page_in_an_old_encoding_is_read_and_answered_in_it() {
    let world = World::echo(|request| {
        Some(match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => old_page(
                "<title>Grüße</title><form method=post action=/send><input name=word value=grün>\
                 <button>send</button></form>\
                 <form id=find action=/found><input name=q value=grün><button>find</button></form>",
            ),
            ("POST", "/send") => Answer::redirect(303, "/done"),
            ("GET", path) if path == "/done" || path.starts_with("/found") => {
                Answer::html("<title>done</title>")
            }
            _ => return None,
        })
    })
    .await;
    let page = world.page();
    assert_eq!(page.text("document.title").await, "Grüße");
    page.click("button").await;
    page.at("/done").await;
    let sent = world.site.first("POST", "/send").await;
    assert_eq!(String::from_utf8_lossy(&sent.body), "word=gr%FCn");
    page.back().await;
    page.at("/").await;
    page.click("#find button").await;
    page.at("/found?q=gr%FCn").await;
    world.site.first("GET", "/found?q=gr%FCn").await;
}

/// The site's own address in a policy is what browsers compare with; in the app it is another.
#[tokio::test]
async fn a_policy_that_names_the_site_lets_its_own_scripts_run() {
    let site = Echo::start(|request: &Received| {
        let host = request.header("host").unwrap_or_default();
        match request.path.as_str() {
            "/" => Some(
                Answer::html(&format!(
                    "<title>loading</title><meta http-equiv=Content-Security-Policy \
                     content=\"img-src http://{host}/\"><script src=/app.js></script>\
                     <img src=http://{host}/a.svg>"
                ))
                .with(
                    "content-security-policy",
                    &format!("default-src 'none'; script-src http://{host}; img-src {host}; connect-src http:"),
                ),
            ),
            "/app.js" => Some(Answer::of("text/javascript", "document.title = 'it runs'")),
            "/a.svg" => Some(Answer::of(
                "image/svg+xml",
                "<svg xmlns='http://www.w3.org/2000/svg' width='7' height='7'/>",
            )),
            _ => None,
        }
    });
    let profile = site.profile();
    let world = World::of(site, &profile).await;
    let page = world.page();
    page.at("/").await;
    page.until("document.title === 'it runs'").await;
    page.until("document.querySelector('img').naturalWidth === 7").await;
    assert_eq!(page.promise("return (await fetch('/asked')).status").await, json!(200));
}

#[tokio::test]
async fn frames_are_shown_where_the_site_allows_them() {
    let world = World::echo(|request| {
        let inner = Answer::html("<title>inner</title>inner");
        Some(match request.path.as_str() {
            "/" => Answer::html(
                "<title>outer</title><iframe src=/same></iframe><iframe src=/policy></iframe>",
            ),
            "/same" => inner.with("x-frame-options", "SAMEORIGIN"),
            "/policy" => inner.with("content-security-policy", "frame-ancestors 'self'"),
            _ => return None,
        })
    })
    .await;
    let page = world.page();
    for frame in [0, 1] {
        page.until(&format!("frames[{frame}].document.title === 'inner'")).await;
    }
}

/// As editors do that are a frame without an address.
#[tokio::test]
async fn an_editor_in_a_blank_frame_is_written_into_and_sent() {
    let world = World::echo(|request| {
        Some(match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => Answer::html(
                "<title>editor</title><form method=post action=/save><textarea name=text></textarea>\
                 <iframe></iframe><button>save</button></form><script>\
                 const { contentDocument: inner } = document.querySelector('iframe');\
                 inner.open(); inner.write('<body contenteditable><p>first</p>'); inner.close();\
                 document.querySelector('form').addEventListener('submit', () => {\
                   document.querySelector('textarea').value = inner.body.innerHTML; });\
                 </script>",
            ),
            ("POST", "/save") => Answer::redirect(302, "/"),
            _ => return None,
        })
    })
    .await;
    let page = world.page();
    page.until("frames[0].document.body?.isContentEditable").await;
    page.js("frames[0].document.body.innerHTML += '<p>second</p>'").await;
    page.click("button").await;
    let saved = world.site.first("POST", "/save").await;
    assert_eq!(
        String::from_utf8_lossy(&saved.body),
        "text=%3Cp%3Efirst%3C%2Fp%3E%3Cp%3Esecond%3C%2Fp%3E"
    );
}

#[tokio::test]
async fn a_page_that_leads_on_by_itself_stays_in_the_app() {
    let world = World::echo(|request| {
        let host = request.header("host").unwrap_or_default();
        Some(match request.path.as_str() {
            "/" => Answer::html("<title>first</title>"),
            "/header" => Answer::html("<title>wait</title>")
                .with("refresh", &format!("0; url=http://{host}/header-led")),
            "/meta" => Answer::html(&format!(
                "<title>wait</title><meta http-equiv=refresh content='0; http://{host}/meta-led'>"
            )),
            "/header-led" | "/meta-led" => Answer::html("<title>there</title>"),
            _ => return None,
        })
    })
    .await;
    let page = world.page();
    for from in ["header", "meta"] {
        page.js(&format!("location.assign('/{from}')")).await;
        page.at(&format!("/{from}-led")).await;
    }
}

/// A custom scheme has no window in which a webview asks for a name and a password.
#[tokio::test]
async fn who_is_asked_by_http_signs_in_on_a_page() {
    let world = World::echo(|request| {
        // a:b
        let is_known = request.header("authorization") == Some("Basic YTpi");
        let asks = |how: &str| {
            let refused = Answer::html("<title>401</title><h1>Who are you?</h1>").status(401);
            refused.with("www-authenticate", how)
        };
        Some(match request.path.as_str() {
            "/" => Answer::html("<title>first</title>"),
            "/other" => asks("Negotiate"),
            _ if is_known => Answer::html("<title>in</title><h1>Come in</h1>"),
            _ => asks("Basic realm=\"The <wiki>\""),
        })
    })
    .await;
    let page = world.page();
    let heading = "document.querySelector('h1').textContent";
    page.visit("/other").await;
    assert_eq!(page.text(heading).await, "Who are you?", "a way that the app does not know");
    page.visit("/wiki/in?a=b").await;
    assert_eq!(page.text(heading).await, "Sign in");
    let asks = page.text("document.querySelector('main p').textContent").await;
    assert_eq!(asks, "The <wiki> wants to know who you are.");
    assert_eq!(page.bar().await, None);
    let status = "return (await fetch('/wiki/data')).status";
    assert_eq!(page.promise(status).await, json!(401));
    page.type_into("[name=name]", "a").await;
    page.type_into("[name=password]", "wrong").await;
    page.screenshot("http-sign-in").await;
    page.click("button").await;
    page.until("document.querySelector('[role=alert]')").await;
    page.type_into("[name=name]", "a").await;
    page.type_into("[name=password]", "b").await;
    page.click("button").await;
    page.until("document.title === 'in'").await;
    page.at("/wiki/in?a=b").await;
    assert_eq!(page.promise(status).await, json!(200));
    page.visit("/").await;
    assert_eq!(world.site.received("GET", "/").last().unwrap().header("authorization"), None);
}

//! Forms travel by command, and arrive as a browser would have sent them.

use std::fs;

use holdfast_tests::{Answer, Received, World, until};
use serde_json::json;

/// Bytes of every value, and line ends of every kind.
pub(crate) fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251) as u8).collect()
}

/// An expression of JavaScript for the same bytes.
pub(crate) fn bytes_in_js(length: usize) -> String {
    format!("Uint8Array.from({{ length: {length} }}, (_, i) => i * 7 + Math.floor(i / 251))")
}

fn respond(request: &Received) -> Option<Answer> {
    let page = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/") => {
            r#"<title>form</title>
            <form method="post" action="send?by=form">
              <input name="word" value="gr&uuml;&szlig; dich &amp; mich">
              <textarea name="lines">a&#10;b</textarea>
              <input type="checkbox" name="box" checked>
              <button name="go" value="first">First</button>
              <button name="go" value="second" formaction="other" id="second">Second</button>
            </form>"#
        }
        ("GET", "/files") => {
            r#"<title>files</title>
            <form method="post" action="upload" enctype="multipart/form-data">
              <input name="word" value="gr&uuml;n">
              <input type="file" name="file" multiple>
              <input type="file" name="none">
              <button>Send</button>
            </form>"#
        }
        ("GET", "/find") => {
            r#"<title>find</title>
            <form action="found"><input name="q" value="a b"><button>Find</button></form>"#
        }
        ("GET", path) if path.starts_with("/done") || path.starts_with("/found") => {
            "<title>done</title><h1>done</h1>"
        }
        ("POST", "/nothing") => return Some(Answer::html("").status(204)),
        ("POST", "/keep") => return Some(Answer::redirect(307, "/kept")),
        ("POST", "/kept" | "/other") => "<title>answer</title><h1>answer</h1>",
        ("POST", "/fails") => {
            return Some(Answer::html("<title>500</title><h1>It fails</h1>").status(500));
        }
        ("POST", _) => return Some(Answer::redirect(303, "/done?yes#end")),
        _ => return None,
    };
    Some(Answer::html(page))
}

#[tokio::test]
async fn the_button_that_was_pressed_goes_with_its_form() {
    let world = World::echo(respond).await;
    let page = world.page();
    page.click("button").await;
    page.at("/done?yes#end").await;
    let sent = world.site.first("POST", "/send?by=form").await;
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(
        String::from_utf8(sent.body.clone()).unwrap(),
        "word=gr%C3%BC%C3%9F+dich+%26+mich&lines=a%0D%0Ab&box=on&go=first"
    );
    assert_eq!(sent.header("origin"), Some(world.site.origin()));
    assert_eq!(sent.header("referer"), Some(format!("{}/", world.site.origin()).as_str()));
    assert!(sent.header("accept").unwrap().starts_with("text/html"));
    assert!(sent.header("user-agent").unwrap().contains("AppleWebKit"), "{sent:?}");

    page.back().await;
    page.at("/").await;
    page.click("#second").await;
    page.at("/other").await;
    let sent = world.site.first("POST", "/other").await;
    assert!(sent.body.ends_with(b"&go=second"), "{sent:?}");
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "answer");
}

#[tokio::test]
async fn forms_that_scripts_submit_travel_too() {
    let world = World::echo(respond).await;
    let page = world.page();
    let sent_by = |name: &str| format!("/send?by={name}");
    for (name, script) in [
        ("submit", "form.submit()"),
        ("requestSubmit", "form.requestSubmit()"),
        ("submitter", "form.requestSubmit(form.querySelector('button'))"),
        ("click", "form.querySelector('button').click()"),
        (
            "name",
            "form.innerHTML += '<input name=submit>'; HTMLFormElement.prototype.submit.call(form)",
        ),
    ] {
        page.visit("/").await;
        let script = format!(
            "const form = document.querySelector('form');\
             form.action = 'send?by={name}';\
             setTimeout(() => {{ {script} }});"
        );
        page.js(&script).await;
        page.at("/done?yes#end").await;
        let sent = world.site.received("POST", &sent_by(name));
        let [sent] = sent.as_slice() else { panic!("{name} was sent {} times", sent.len()) };
        let has_button = sent.body.ends_with(b"&go=first");
        assert_eq!(has_button, matches!(name, "submitter" | "click"), "{name}: {sent:?}");
    }

    // What the site keeps to itself stays with it.
    page.visit("/").await;
    page.js("document.addEventListener('submit', (event) => event.preventDefault());\
         document.querySelector('form').action = 'send?by=nobody';")
        .await;
    page.click("button").await;
    // Asked for later, and so shows that nothing was sent before.
    page.promise("await fetch('/later', { method: 'POST' })").await;
    assert!(world.site.received("POST", "/send?by=nobody").is_empty());
}

#[tokio::test]
async fn a_form_that_wants_a_window_is_answered_in_the_only_one() {
    let world = World::echo(respond).await;
    let page = world.page();
    page.js("document.querySelector('form').target = '_blank'").await;
    page.click("button").await;
    page.at("/done?yes#end").await;
    assert_eq!(world.site.received("POST", "/send?by=form").len(), 1);
}

#[tokio::test]
async fn a_form_that_reads_is_an_ordinary_navigation() {
    let world = World::echo(respond).await;
    let page = world.page();
    page.visit("/find").await;
    page.click("button").await;
    page.at("/found?q=a+b").await;
}

#[tokio::test]
async fn files_arrive_byte_for_byte_with_their_form() {
    let world = World::echo(respond).await;
    let page = world.page();
    let contents = [bytes(300_000), b"--boundary\r\n\r\n".to_vec()];
    let names = ["a picture \"of\" me.png", "ünï.txt"];
    let paths = names.map(|name| world.path(name).to_str().unwrap().to_owned());
    for (path, content) in paths.iter().zip(&contents) {
        fs::write(path, content).unwrap();
    }
    page.visit("/files").await;
    page.type_into("input[type=file]", &paths.join("\n")).await;
    page.click("button").await;
    page.at("/done?yes#end").await;

    let parts = world.site.first("POST", "/upload").await.parts();
    let [word, first, second, none] = parts.as_slice() else { panic!("{} parts", parts.len()) };
    assert_eq!(word.0, "Content-Disposition: form-data; name=\"word\"");
    assert_eq!(word.1, "grün".as_bytes());
    assert!(first.0.contains("name=\"file\"; filename=\"a picture %22of%22 me.png\""), "{first:?}");
    assert!(first.0.contains("Content-Type: image/png"));
    assert!(second.0.contains("filename=\"ünï.txt\""), "{second:?}");
    assert_eq!([&first.1, &second.1], [&contents[0], &contents[1]]);
    assert!(none.0.contains("name=\"none\"; filename=\"\"") && none.1.is_empty());
    assert!(world.app().is_running());
}

#[tokio::test]
async fn answers_to_forms_are_shown_as_the_site_sent_them() {
    let world = World::echo(respond).await;
    let page = world.page();

    page.js("document.querySelector('form').action = 'keep'").await;
    page.click("button").await;
    page.at("/kept").await;
    // "the user agent MUST NOT change the request method" (RFC 9110 §15.4.8).
    let kept = world.site.received("POST", "/kept");
    assert_eq!(kept.len(), 1);
    assert!(kept[0].body.starts_with(b"word="));

    page.visit("/").await;
    page.js("document.querySelector('form').action = 'fails'").await;
    page.click("button").await;
    page.at("/fails").await;
    assert_eq!(page.text("document.querySelector('h1').textContent").await, "It fails");
    assert_eq!(page.bar().await, None);
    assert_eq!(world.site.received("POST", "/fails").len(), 1);

    // "the user agent … stays on its current document view" (RFC 9110 §15.3.5).
    page.visit("/").await;
    page.js("document.querySelector('form').action = 'nothing'; window.isTheSame = true").await;
    for count in 1..=2 {
        page.click("button").await;
        until("the form is sent", || async {
            (world.site.received("POST", "/nothing").len() == count).then_some(())
        })
        .await;
        page.until("document.querySelector('[aria-busy]') === null").await;
    }
    assert_eq!(page.js("return [location.pathname, window.isTheSame]").await, json!(["/", true]));
}

//! Windows that scripts of the site open: they know the page that opened them.

use std::future::ready;
use std::time::Duration;

use holdfast_tests::{Answer, Echo, Received, World, until};
use serde_json::json;
use tokio::time;

fn respond(request: &Received) -> Option<Answer> {
    let page = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/") => {
            "<title>first</title>
            <script>
              function choose(picker, colour) { document.title = colour; picker.close(); }
              function pick(features) { window.picker = window.open('/pick?from=first', 'pick', features); }
            </script>
            <input id=word>
            <button id=sized onclick=\"pick('width=500,height=400')\">pick</button>
            <button id=plain onclick=\"pick('')\">pick</button>
            <a id=link href=/pick target=_blank>in a window</a>"
        }
        ("GET", "/pick?from=first" | "/pick") => {
            "<title>pick</title><form method=post action=/picked><input name=colour value=blue>\
             <button>take</button></form><p>opener: <b></b></p>\
             <script>document.querySelector('b').textContent = opener?.document.title</script>"
        }
        ("POST", "/picked") => "<title>picked</title><script>opener.choose(window, 'blue')</script>",
        _ => return None,
    };
    Some(Answer::html(page))
}

/// What the page can see of the window that it has opened, once it is there.
const IS_THERE: &str =
    "picker?.document.readyState === 'complete' && picker.location.pathname === '/pick'";

#[tokio::test]
async fn a_picker_hands_over_what_was_chosen_and_closes_itself() {
    let world = World::echo(respond).await;
    let page = world.page();
    page.type_into("#word", "entered").await;
    page.click("#sized").await;
    page.until(IS_THERE).await;
    page.until("picker.innerWidth === 500").await;
    assert_eq!(page.text("picker.document.querySelector('b').textContent").await, "first");
    page.js("picker.document.querySelector('button').click()").await;
    page.until("document.title === 'blue' && picker.closed").await;
    world.logged("a window is gone label=\"popup-1\"").await;
    assert_eq!(world.site.first("POST", "/picked").await.body, b"colour=blue");
    // Nothing has happened to the page itself.
    let stayed = page.js("return [location.pathname, document.querySelector('#word').value]").await;
    assert_eq!(stayed, json!(["/", "entered"]));

    // And once more, as large as such a window is by itself.
    page.click("#plain").await;
    page.until(IS_THERE).await;
    assert_eq!(page.js("return picker.innerWidth").await, json!(800));
    page.js("picker.close()").await;
    page.until("picker.closed").await;
    assert!(world.app().is_running());
}

#[tokio::test]
async fn a_link_that_wants_a_window_has_none_beside_those_of_scripts() {
    let world = World::echo(respond).await;
    let page = world.page();
    page.click("#sized").await;
    page.until(IS_THERE).await;
    // What a script opens under a name that it has given is the window of that name.
    page.js("window.first = picker").await;
    page.click("#sized").await;
    page.until("picker === first").await;
    page.click("#link").await;
    page.at("/pick").await;
    assert_eq!(page.js("return opener").await, json!(null));
    let opened = world.app().log().matches("a script opens a window").count();
    assert_eq!(opened, 1);
    page.back().await;
    page.at("/").await;
}

/// As pickers do that ask the site for what they list before they have a window for it.
#[tokio::test]
async fn a_page_makes_what_is_in_a_window_without_an_address() {
    let world = World::echo(|request| match request.path.as_str() {
        "/" => Some(Answer::html(
            "<title>first</title><input id=colour>
            <a id=pick href=/list target=_blank>pick</a>
            <script>
              document.querySelector('#pick').onclick = async (event) => {
                event.preventDefault();
                const colours = await (await fetch('/colours')).json();
                window.picker = window.open('about:blank', '_blank', 'popup=yes,width=500,height=400');
                const page = picker.document.createElement('html');
                page.innerHTML = `<head><title>colours</title></head>
                  <body>${colours.map((name) => `<button>${name}</button>`).join('')}</body>`;
                page.onclick = ({ target }) => {
                  document.querySelector('#colour').value = target.textContent;
                  picker.close();
                };
                picker.document.replaceChild(page, picker.document.documentElement);
              };
            </script>",
        )),
        "/colours" => Some(Answer::of("application/json", "[\"red\", \"blue\"]")),
        _ => None,
    })
    .await;
    let page = world.page();
    page.click("#pick").await;
    page.until("window.picker?.document.querySelectorAll('button').length === 2").await;
    page.until("picker.innerWidth === 500").await;
    page.js("picker.document.querySelectorAll('button')[1].click()").await;
    page.until("document.querySelector('#colour').value === 'blue' && picker.closed").await;
    assert_eq!(page.text("location.pathname").await, "/");
}

/// Without a driver, which presses nothing that the app would see.
#[tokio::test]
async fn a_script_opens_windows_only_while_somebody_does_something() {
    let site = Echo::start(|request| match request.path.as_str() {
        "/" => Some(Answer::html(
            "<title>first</title><button autofocus>pick</button>\
             <a href=/elsewhere target=_blank>link</a>\
             <script>\
               const open = () => window.open('/pick', '', 'width=500,height=400');\
               open();\
               document.querySelector('a').click();\
               document.querySelector('button').onclick = async () => {\
                 await (await fetch('/colours')).json();\
                 open();\
               };\
             </script>",
        )),
        "/pick" => Some(Answer::html("<title>pick</title>")),
        "/colours" => Some(Answer::of("application/json", "[]")),
        _ => None,
    });
    let profile = site.profile();
    let world = World::not_yet_open_apart(site, &profile).await;
    let windows = world.windows().await;
    let app = world.start("the app", &[]);
    let says = async |text: &str| {
        until(text, || ready(app.log().contains(text).then_some(()))).await;
    };
    says("a page is complete").await;
    says("a script wants a window while nobody does anything").await;
    assert!(!app.log().contains("a script opens a window"));

    // The button may not have the focus yet.
    until("a script opens a window", || async {
        windows.press("Return").await;
        time::sleep(Duration::from_secs(1)).await;
        app.log().contains("a script opens a window").then_some(())
    })
    .await;
    until("the window has its page", || {
        ready((!world.site.received("GET", "/pick").is_empty()).then_some(()))
    })
    .await;
    assert!(world.site.received("GET", "/elsewhere").is_empty());
}

#[tokio::test]
async fn what_a_window_of_a_script_leads_to_elsewhere_is_not_shown_in_it() {
    let world = World::echo(|request| {
        (request.path == "/").then(|| {
            Answer::html(
                "<title>first</title>\
                 <button onclick=\"this.textContent = String(window.open('file:///etc/passwd'))\">out</button>",
            )
        })
    })
    .await;
    let page = world.page();
    page.click("button").await;
    page.until("document.querySelector('button').textContent === 'null'").await;
    assert!(!world.app().log().contains("a script opens a window"));
}

#[tokio::test]
async fn further_windows_say_that_the_site_is_gone() {
    let mut world = World::polls().await;
    let page = world.page();
    page.js("document.body.innerHTML += '<button id=open>open</button>';\
         document.querySelector('#open').onclick = () => {\
           window.opened = window.open('/polls/1/', '', 'width=600,height=500') }")
        .await;
    page.click("#open").await;
    page.until(
        "opened?.document.readyState === 'complete' && opened.location.pathname === '/polls/1/'",
    )
    .await;
    world.site.kill();
    page.until("opened.document.querySelector('holdfast-bar')?.dataset.state === 'offline'").await;
    page.until_bar("offline").await;
    world.site.start_again().await;
    page.until_no_bar().await;
    page.until("opened.document.querySelector('holdfast-bar')?.dataset.state !== 'offline'").await;
}

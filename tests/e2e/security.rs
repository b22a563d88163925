//! What a page must not be able to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use holdfast_tests::{Answer, Echo, World};
use serde_json::{Value, json};

#[tokio::test]
async fn a_page_can_call_twelve_commands_and_no_other() {
    let world = World::polls().await;
    let page = world.page();
    let calls = [
        ("plugin:app|version", json!({})),
        ("plugin:app|app_hide", json!({})),
        ("plugin:window|close", json!({ "label": "main" })),
        ("plugin:window|create", json!({ "options": { "label": "other" } })),
        ("plugin:window|set_title", json!({ "label": "main", "value": "x" })),
        ("plugin:webview|create_webview_window", json!({ "options": { "label": "other" } })),
        ("plugin:webview|internal_toggle_devtools", json!({})),
        ("plugin:event|listen", json!({ "event": "x", "target": { "kind": "Any" }, "handler": 1 })),
        ("plugin:event|emit", json!({ "event": "x", "payload": null })),
        ("plugin:path|resolve_directory", json!({ "directory": 1 })),
        ("plugin:resources|close", json!({ "rid": 0 })),
        ("plugin:menu|new", json!({ "kind": "Menu" })),
        ("plugin:tray|new", json!({ "options": {} })),
        ("plugin:image|from_path", json!({ "path": "/etc/passwd" })),
        ("plugin:opener|open_url", json!({ "url": "https://example.org" })),
        ("plugin:opener|open_path", json!({ "path": "/etc/passwd" })),
        ("plugin:opener|reveal_item_in_dir", json!({ "paths": ["/etc"] })),
        ("plugin:fs|read_text_file", json!({ "path": "/etc/passwd" })),
        ("plugin:shell|execute", json!({ "program": "true" })),
        ("exit", json!({})),
        ("library_opened", json!({ "channel": "__CHANNEL__:1" })),
        ("send_waiting", json!({ "key": "x" })),
        ("send_all_waiting", json!({})),
        ("discard_waiting", json!({ "key": "x" })),
        ("edit_waiting", json!({ "key": "x" })),
        ("sign_in_for_waiting", json!({ "key": "x" })),
        ("answer_to_waiting", json!({ "key": "x" })),
        ("export_waiting", json!({ "keys": [] })),
        ("import_waiting", json!({ "text": "" })),
        ("open_saved", json!({ "key": "x" })),
        ("refresh_saved", json!({ "key": "x" })),
        ("cancel_saving", json!({ "key": "x" })),
        ("remove_saved", json!({ "key": "x" })),
        ("show_copy", json!({ "key": "x", "number": 1 })),
        ("storage", json!({})),
        ("clear_stored", json!({ "kind": "pages" })),
        ("activity", json!({})),
        ("sync_now", json!({})),
        ("library_left", json!({})),
        ("settings", json!({})),
        ("change_settings", json!({ "settings": {} })),
        ("plugin:store|load", json!({ "path": "settings.json" })),
        ("plugin:autostart|enable", json!({})),
    ];
    for (command, arguments) in calls {
        let call = page
            .promise(&format!(
                "return {{ answered: await __TAURI_INTERNALS__.invoke({}, {arguments}) ?? null }}",
                Value::from(command)
            ))
            .await;
        let thrown = call["thrown"].as_str().unwrap_or_else(|| panic!("{command}: {call}"));
        assert!(
            thrown.contains("not allowed") || thrown.contains("not found"),
            "{command}: {thrown}"
        );
    }
    assert_eq!(page.js("return typeof window.__TAURI__").await, "undefined");

    // Those that it may call.
    let cookie = page
        .promise("return __TAURI_INTERNALS__.invoke('set_cookie', { cookie: 'a=b', page: location.href })")
        .await;
    assert_eq!(cookie, "a=b");
}

#[tokio::test]
async fn the_commands_serve_the_site_and_no_other() {
    let foreign = Echo::start(|_| None);
    let world = World::polls().await;
    let page = world.page();
    for (url, shown) in [
        (foreign.origin().to_owned() + "/x", "polls://localhost/polls/"),
        ("https://localhost/x".to_owned(), "polls://localhost/polls/"),
        ("polls://elsewhere/x".to_owned(), "polls://localhost/polls/"),
        ("polls://localhost/polls/1/vote/".to_owned(), foreign.origin()),
    ] {
        let submission = json!({
            "id": url, "method": "POST", "url": url, "headers": [], "mode": "fetch", "page": shown,
        });
        let call = page
            .promise(&format!(
                "const headers = {{ 'holdfast-submission': encodeURIComponent(JSON.stringify({submission})) }};\
                 return __TAURI_INTERNALS__.invoke('submit', new Uint8Array(), {{ headers }})"
            ))
            .await;
        let thrown = call["thrown"].as_str().unwrap_or_else(|| panic!("{url}: {call}"));
        assert!(thrown.contains("is not on the site"), "{url}: {thrown}");
    }
    let cookie = page
        .promise("return __TAURI_INTERNALS__.invoke('set_cookie', { cookie: 'a=b', page: 'https://example.org/' })")
        .await;
    assert!(cookie["thrown"].as_str().is_some(), "{cookie}");
    assert!(foreign.received("POST", "/x").is_empty());
    assert_eq!(world.site.all_votes(), 0);
}

#[tokio::test]
async fn only_the_host_of_the_site_is_answered() {
    let world = World::polls().await;
    let page = world.page();
    for address in [
        "polls://elsewhere/polls/",
        "polls://localhost.example.org/polls/",
        "polls://user@elsewhere/",
    ] {
        let script = format!("const response = await fetch('{address}'); return response.status;");
        let fetched = page.promise(&script).await;
        assert!(fetched["thrown"].as_str().is_some(), "{address}: {fetched}");
    }
    let own = page.promise("return (await fetch('polls://localhost/polls/')).status").await;
    assert_eq!(own, 200);
}

#[tokio::test]
async fn nothing_of_another_site_is_loaded_into_a_page() {
    let foreign = Arc::new(Echo::start(|_| Some(Answer::html("<title>foreign</title>"))));
    let at = foreign.origin().to_owned();
    let world = World::echo(move |request| {
        let page = format!(
            "<title>own</title><img src={at}/image><script src={at}/script></script>\
             <link rel=stylesheet href={at}/style><iframe src={at}/frame></iframe>\
             <object data={at}/object></object><embed src={at}/embed>\
             <link rel=preload as=fetch href={at}/preload><video src={at}/video></video>\
             <style>@font-face {{ font-family: f; src: url({at}/font) }} body {{ font-family: f }}</style>text"
        );
        (request.path == "/").then(|| Answer::html(&page))
    })
    .await;
    let page = world.page();
    let at = foreign.origin();
    let calls = page
        .promise(&format!(
            "const results = [];\
             for (const load of [\
                 () => fetch('{at}/fetch'),\
                 () => fetch('{at}/post', {{ method: 'POST', body: 'x', mode: 'no-cors' }}),\
                 () => new Promise((_, fail) => {{ const xhr = new XMLHttpRequest();\
                     xhr.onerror = fail; xhr.open('GET', '{at}/xhr'); xhr.send(); }}),\
                 () => new Promise((_, fail) => {{ new EventSource('{at}/events').onerror = fail; }}),\
                 () => new Promise((_, fail) => {{ new WebSocket('{at}/socket'.replace('http', 'ws')).onerror = fail; }}),\
             ]) results.push(await load().then(() => 'loaded', () => 'refused'));\
             navigator.sendBeacon('{at}/beacon', 'x');\
             return results;"
        ))
        .await;
    assert_eq!(calls, json!(["refused", "refused", "refused", "refused", "refused"]));
    // Asked for later than all of them, and answered.
    page.promise("await fetch('/later', { method: 'POST' })").await;
    assert_eq!(foreign.everything(), Vec::<String>::new());
    assert_eq!(page.text("document.title").await, "own");
}

#[tokio::test]
async fn what_is_stored_is_the_owners_alone() {
    let world = World::polls().await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&world.settings.data), 0o700);
    let mut databases = 0;
    for entry in fs::read_dir(&world.settings.data).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.contains(".sqlite3") {
            databases += 1;
            assert_eq!(mode(&path), 0o600, "{name}");
        }
        if name == "blobs" {
            assert_eq!(mode(&path), 0o700, "{name}");
        }
    }
    assert!(databases >= 2);
}

#[tokio::test]
async fn headers_that_some_webviews_cannot_take_do_not_reach_them() {
    let world = World::echo(|request| {
        let page = Answer::html("<title>own</title><h1>own</h1>");
        (request.path == "/").then(|| page.with("x-name", "café").with("x-plain", "yes"))
    })
    .await;
    let page = world.page();
    let headers = page
        .promise("const { headers } = await fetch('/'); return [headers.get('x-name'), headers.get('x-plain'), headers.get('cache-control')];")
        .await;
    assert_eq!(headers, json!([null, "yes", "no-store"]));
}

//! What scripts post arrives byte for byte, and nothing of it ends the process.

use holdfast_tests::{Answer, Received, World};
use serde_json::json;

use crate::forms::{bytes, bytes_in_js};

const LENGTH: usize = 200_000;

fn respond(request: &Received) -> Option<Answer> {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/" | "/next") => Some(Answer::html("<title>scripts</title>")),
        ("GET", "/worker.js") => Some(Answer::of("text/javascript", worker())),
        ("POST", "/moved") => Some(Answer::redirect(303, "/landed")),
        ("GET", "/landed") => Some(Answer::of("text/plain", "landed").with("x-mark", "yes")),
        ("POST", "/refused") => Some(Answer::of("text/plain", "no").status(418)),
        _ => None,
    }
}

/// Sends a Blob both ways, and says what came back.
fn worker() -> String {
    format!(
        "onmessage = async ({{ data }}) => {{\
             const blob = new Blob([{}]);\
             const form = new FormData();\
             form.append('file', blob, 'w.bin');\
             const one = await (await fetch(data + '/fetch', {{ method: 'POST', body: blob }})).json();\
             const two = await (await fetch(new Request(data + '/request', {{ method: 'POST', body: form }}))).json();\
             const xhr = new XMLHttpRequest();\
             xhr.open('POST', data + '/xhr', false);\
             xhr.send(blob);\
             postMessage([one.length, two.length > blob.size, JSON.parse(xhr.responseText).length]);\
         }};",
        bytes_in_js(LENGTH)
    )
}

#[tokio::test]
async fn whatever_fetch_is_given_arrives_byte_for_byte() {
    let world = World::echo(respond).await;
    let page = world.page();
    let binary = bytes(LENGTH);
    page.js(&format!("window.bytes = {}", bytes_in_js(LENGTH))).await;
    for (name, body, kind, expected) in [
        ("text", "'grün'", Some("text/plain;charset=UTF-8"), "grün".as_bytes().to_vec()),
        ("array", "bytes", None, binary.clone()),
        ("buffer", "bytes.buffer", None, binary.clone()),
        ("slice", "bytes.subarray(7, 1007)", None, binary[7..1007].to_vec()),
        ("blob", "new Blob([bytes], { type: 'image/x-b' })", Some("image/x-b"), binary.clone()),
        ("nameless", "new Blob([bytes])", None, binary.clone()),
        (
            "params",
            "new URLSearchParams({ a: 'b c', d: 'ü' })",
            Some("application/x-www-form-urlencoded;charset=UTF-8"),
            b"a=b+c&d=%C3%BC".to_vec(),
        ),
    ] {
        let script = format!(
            "const response = await fetch('/{name}', {{ method: 'POST', body: {body} }});\
             return [response.status, (await response.json()).length];"
        );
        assert_eq!(page.promise(&script).await, json!([200, expected.len()]), "{name}");
        let sent = world.site.first("POST", &format!("/{name}")).await;
        assert!(sent.body == expected, "{name}: {} bytes", sent.body.len());
        assert_eq!(sent.header("content-type"), kind, "{name}");
    }
    assert!(world.app().is_running());
}

#[tokio::test]
async fn forms_and_requests_of_scripts_arrive_with_their_files() {
    let world = World::echo(respond).await;
    let page = world.page();
    page.js(&format!(
        "window.form = new FormData();\
         form.append('word', 'grün');\
         form.append('file', new File([{}], 'f.bin', {{ type: 'image/x-f' }}));\
         form.append('blob', new Blob(['b']));",
        bytes_in_js(LENGTH)
    ))
    .await;
    for (name, call) in [
        ("form", "fetch('/form', { method: 'POST', body: form })"),
        ("request", "fetch(new Request('/request', { method: 'POST', body: form }))"),
        ("clone", "fetch(new Request('/clone', { method: 'POST', body: form }).clone())"),
        ("put", "fetch('/put', { method: 'put', body: form, headers: { 'X-Mark': 'yes' } })"),
        ("absolute", "fetch(`${site}/absolute`, { method: 'POST', body: form })"),
    ] {
        let script = format!(
            "const site = '{}'; const response = await {call};\
             return [response.url, (await response.json()).method];",
            world.site.origin()
        );
        let method = if name == "put" { "PUT" } else { "POST" };
        let url = format!("echo://localhost/{name}");
        assert_eq!(page.promise(&script).await, json!([url, method]), "{name}");
        let sent = world.site.first(method, &format!("/{name}")).await;
        let parts = sent.parts();
        let [word, file, blob] = parts.as_slice() else { panic!("{name}: {} parts", parts.len()) };
        assert_eq!(word.1, "grün".as_bytes(), "{name}");
        assert!(
            file.0.contains("filename=\"f.bin\"\r\nContent-Type: image/x-f"),
            "{name}: {}",
            file.0
        );
        assert!(file.1 == bytes(LENGTH), "{name}");
        assert!(blob.0.contains("filename=\"blob\"") && blob.1 == b"b", "{name}: {}", blob.0);
        assert_eq!(sent.header("x-mark"), (name == "put").then_some("yes"), "{name}");
    }
    assert!(world.app().is_running());
}

#[tokio::test]
async fn answers_to_fetch_are_the_sites_own() {
    let world = World::echo(respond).await;
    let page = world.page();
    let moved = page
        .promise(
            "const response = await fetch('/moved', { method: 'POST', body: new Blob(['x']) });\
             return [response.status, response.redirected, response.url,\
                     response.headers.get('x-mark'), await response.text()];",
        )
        .await;
    assert_eq!(moved, json!([200, true, "echo://localhost/landed", "yes", "landed"]));
    let manual = page
        .promise(
            "const options = { method: 'POST', body: 'x', redirect: 'manual' };\
             const { status, type } = await fetch('/moved', options); return [status, type];",
        )
        .await;
    assert_eq!(manual, json!([0, "opaqueredirect"]));
    let error = page
        .promise("await fetch('/moved', { method: 'POST', body: 'x', redirect: 'error' })")
        .await;
    assert!(error["thrown"].as_str().unwrap().starts_with("TypeError"), "{error}");
    let refused = page
        .promise(
            "const response = await fetch('/refused', { method: 'POST' });\
             return [response.status, response.ok, await response.text()];",
        )
        .await;
    assert_eq!(refused, json!([418, false, "no"]));
    let aborted = page
        .promise(
            "const abort = new AbortController(); abort.abort();\
             await fetch('/aborted', { method: 'POST', body: 'x', signal: abort.signal })",
        )
        .await;
    assert!(aborted["thrown"].as_str().unwrap().starts_with("AbortError"), "{aborted}");
    assert!(world.site.received("POST", "/aborted").is_empty());
}

#[tokio::test]
async fn requests_of_the_old_kind_send_files_and_tell_of_progress() {
    let world = World::echo(respond).await;
    let page = world.page();
    let script = format!(
        "const form = new FormData();\
         form.append('file', new Blob([{}]), 'x.bin');\
         const xhr = new XMLHttpRequest();\
         const events = [];\
         for (const type of ['loadstart', 'progress', 'load', 'error', 'abort', 'timeout', 'loadend'])\
             xhr.upload.addEventListener(type, (event) => events.push(`upload ${{type}} ${{event.loaded > {LENGTH}}}`));\
         for (const type of ['loadstart', 'load', 'error', 'abort', 'timeout', 'loadend'])\
             xhr.addEventListener(type, () => events.push(type));\
         xhr.open('POST', '/xhr');\
         xhr.responseType = 'json';\
         xhr.setRequestHeader('X-Mark', 'yes');\
         await new Promise((done) => {{ xhr.onloadend = done; xhr.send(form); }});\
         return [events, xhr.status, xhr.responseURL, xhr.response.method, xhr.getResponseHeader('content-type')];",
        bytes_in_js(LENGTH)
    );
    let outcome = page.promise(&script).await;
    assert_eq!(
        outcome,
        json!([
            [
                "loadstart",
                "upload loadstart false",
                "upload progress true",
                "upload load true",
                "upload loadend true",
                "load",
                "loadend"
            ],
            200,
            "echo://localhost/xhr",
            "POST",
            "application/json"
        ])
    );
    let sent = world.site.first("POST", "/xhr").await;
    assert_eq!(sent.header("x-mark"), Some("yes"));
    assert!(sent.parts()[0].1 == bytes(LENGTH));

    let script = "const xhr = new XMLHttpRequest();\
                  xhr.open('POST', '/blob');\
                  await new Promise((done) => { xhr.onloadend = done; xhr.send(new Blob(['x'], { type: 'a/b' })); });\
                  return JSON.parse(xhr.responseText).headers['content-type'];";
    assert_eq!(page.promise(script).await, "a/b");
    assert!(world.app().is_running());
}

#[tokio::test]
async fn beacons_arrive_also_when_the_page_goes_away() {
    let world = World::echo(respond).await;
    let page = world.page();
    let queued =
        page.js("return navigator.sendBeacon('/beacon', new Blob(['b'], { type: 'a/b' }))").await;
    assert_eq!(queued, true);
    let sent = world.site.first("POST", "/beacon").await;
    assert_eq!((sent.body.as_slice(), sent.header("content-type")), (&b"b"[..], Some("a/b")));

    page.js("addEventListener('pagehide', () => navigator.sendBeacon('/bye', 'bye'))").await;
    page.visit("/next").await;
    assert_eq!(world.site.first("POST", "/bye").await.body, b"bye");
    assert!(world.app().is_running());
}

#[tokio::test]
async fn workers_send_files() {
    let world = World::echo(respond).await;
    let page = world.page();
    let run = |worker: &str, mark: &str| {
        format!(
            "const worker = {worker};\
             return new Promise((done, fail) => {{\
                 worker.onmessage = ({{ data }}) => done(data);\
                 worker.onerror = (event) => fail(event.message ?? 'the worker does not start');\
                 worker.postMessage(location.origin + '{mark}');\
             }});"
        )
    };
    let script = serde_json::Value::from(worker());
    for (mark, construct) in [
        ("/file", "new Worker('/worker.js')".to_owned()),
        ("/module", "new Worker('/worker.js', { type: 'module' })".to_owned()),
        ("/blob", format!("new Worker(URL.createObjectURL(new Blob([{script}])))")),
    ] {
        let outcome = page.promise(&run(&construct, mark)).await;
        assert_eq!(outcome, json!([LENGTH, true, LENGTH]), "{mark}");
        let sent = world.site.first("POST", &format!("{mark}/fetch")).await;
        assert!(sent.body == bytes(LENGTH), "{mark}");
        let sent = world.site.first("POST", &format!("{mark}/request")).await;
        assert!(sent.parts()[0].1 == bytes(LENGTH), "{mark}");
        assert!(world.site.first("POST", &format!("{mark}/xhr")).await.body == bytes(LENGTH));
    }
    assert!(world.app().is_running());
}

#[tokio::test]
async fn five_megabytes_arrive() {
    let world = World::echo(respond).await;
    let page = world.page();
    let length = 5 << 20;
    let script = format!(
        "const body = new Blob([{}]);\
         return (await (await fetch('/large', {{ method: 'POST', body }})).json()).length;",
        bytes_in_js(length)
    );
    assert_eq!(page.promise(&script).await, length);
    assert!(world.site.first("POST", "/large").await.body == bytes(length));
}

//! A window with nothing behind its protocol but bytes in memory: what any app of this kind
//! costs at least. The benchmark measures the app beside it.
//!
//! `BARE_PAGE` names the page it shows, `BARE_OPENS` a site to show instead. Times that a page
//! asks for at `/painted?at=…` go to the standard output.

use std::io::{self, Write};
use std::path::PathBuf;
use std::{env, fs};

use tauri::http::{HeaderValue, Response};
use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Read before the first request, as the app has its store in memory by then.
    let page = match env::var_os("BARE_PAGE") {
        Some(file) => fs::read(file)?,
        None => b"<!doctype html><title>bare</title>".to_vec(),
    };
    let url = match env::var("BARE_OPENS") {
        Ok(site) => WebviewUrl::External(site.parse()?),
        Err(_) => WebviewUrl::CustomProtocol("bare://localhost/".parse()?),
    };
    let data = env::args_os().skip_while(|argument| argument != "--data").nth(1);
    tauri::Builder::default()
        .register_asynchronous_uri_scheme_protocol("bare", move |_, request, responder| {
            let (path, query) = (request.uri().path(), request.uri().query());
            if let ("/painted", Some(at)) = (path, query) {
                let _ = writeln!(io::stdout(), "{at}");
            }
            let length = path.trim_start_matches('/').parse().ok();
            let (kind, body) = match length {
                Some(length) => ("application/octet-stream", vec![b'x'; length]),
                None => ("text/html", page.clone()),
            };
            let mut response = Response::new(body);
            let headers = response.headers_mut();
            headers.insert("content-type", HeaderValue::from_static(kind));
            headers.insert("cache-control", HeaderValue::from_static("no-store"));
            responder.respond(response);
        })
        .setup(move |app| {
            let mut window = WebviewWindowBuilder::new(app, "main", url.clone());
            if let Some(data) = &data {
                window = window.data_directory(PathBuf::from(data).join("webview"));
            }
            window.build()?;
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

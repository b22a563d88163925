//! A window with nothing behind its protocol but bytes in memory: what any app of this kind
//! costs at least. The benchmark measures the app beside it.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tauri::Builder::default()
        .register_asynchronous_uri_scheme_protocol("bare", |_, request, responder| {
            let length = request.uri().path().trim_start_matches('/').parse().ok();
            let (kind, body) = match length {
                Some(length) => ("application/octet-stream", vec![b'x'; length]),
                None => ("text/html", b"<!doctype html><title>bare</title>".to_vec()),
            };
            let mut response = tauri::http::Response::new(body);
            let headers = response.headers_mut();
            headers.insert("content-type", tauri::http::HeaderValue::from_static(kind));
            headers.insert("cache-control", tauri::http::HeaderValue::from_static("no-store"));
            responder.respond(response);
        })
        .setup(|app| {
            let url = tauri::WebviewUrl::CustomProtocol("bare://localhost/".parse()?);
            tauri::WebviewWindowBuilder::new(app, "main", url).build()?;
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

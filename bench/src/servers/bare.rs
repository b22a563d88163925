//! The site over HTTP: hyper, the bodies in memory, and nothing else. As a program it is what
//! the gateway can cost at least; within the benchmark it is the site behind the others.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Outcome;
use crate::site::{self, Bodies};

/// Serves on a runtime with the one thread that its core has, until it is ended.
pub(crate) fn serve() -> Outcome<()> {
    // As the gateway's, which has as many threads as cores.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let address = start(Bodies::new()).await?;
        writeln!(io::stdout(), "http://{address}/")?;
        std::future::pending().await
    })
}

/// Serves beside whatever else there is.
pub(crate) async fn start(bodies: Bodies) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // As the gateway does.
            let _ = stream.set_nodelay(true);
            let bodies = bodies.clone();
            let answer = service_fn(move |request| {
                let response = answer(&bodies, &request);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            tokio::spawn(async move {
                // Clients go when they please.
                let _ = connection.await;
            });
        }
    });
    Ok(address)
}

/// `/octets/<length>/<number>`.
fn answer(bodies: &Bodies, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let mut segments = request.uri().path().split('/').skip(2);
    let mut number = || segments.next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let (length, number): (usize, usize) = (number(), number());
    let mut response = Response::new(Full::new(bodies.get(length, number)));
    *response.headers_mut() = site::headers("application/octet-stream");
    response
}

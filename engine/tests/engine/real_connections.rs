//! What real sockets, names and certificates say about the connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use holdfast_engine::{
    Body, Cause, Connection, Destination, Engine, Foundation, Http, NetworkError, Redirects,
    Request, Site, Transport,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(30);

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    (listener, at)
}

/// Why an address cannot be reached.
async fn cause(url: &str) -> Cause {
    let url = Url::parse(url).unwrap();
    let http = Http::to(&url).unwrap();
    let sent = http.send(&url, http::Request::new(Body::empty()));
    match timeout(PATIENCE, sent).await.unwrap() {
        Err(NetworkError::Connect { cause, .. }) => cause,
        Err(other) => panic!("{}", other.in_full()),
        Ok(response) => panic!("it answered {}", response.status()),
    }
}

#[tokio::test]
async fn port_where_nobody_listens_is_unreachable() {
    let (listener, at) = listener().await;
    drop(listener);
    assert_eq!(cause(&format!("http://{at}/")).await, Cause::Unreachable);
    assert_eq!(cause(&format!("https://{at}/")).await, Cause::Unreachable);
}

/// "The domain "invalid." … users are free to assume that queries for "invalid" names will
/// always return NXDOMAIN" (RFC 6761 §6.4); without a resolver there is no answer either.
#[tokio::test]
async fn name_that_nobody_knows_is_not_found() {
    assert_eq!(cause("https://polls.invalid/").await, Cause::NameNotFound);
}

#[tokio::test]
async fn certificate_that_nobody_trusts_is_refused() {
    let (listener, at) = listener().await;
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut server = JoinSet::new();
    server.spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // Whoever does not trust it breaks off.
        let _ = acceptor.accept(stream).await;
    });
    assert_eq!(cause(&format!("https://{at}/")).await, Cause::TlsRefused);
    server.join_next().await.unwrap().unwrap();
}

#[tokio::test]
async fn server_that_speaks_no_tls_is_refused() {
    let (listener, at) = listener().await;
    let mut server = JoinSet::new();
    server.spawn(answer_all(listener, "HTTP/1.1 400 Bad Request\r\n\r\n".to_owned()));
    assert_eq!(cause(&format!("https://{at}/")).await, Cause::TlsRefused);
}

#[tokio::test]
async fn portal_that_answers_in_the_sites_place_is_found() {
    let (listener, at) = listener().await;
    let portal = "http://wifi.example/welcome";
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {portal}\r\nContent-Length: 0\r\n\r\n");
    let mut server = JoinSet::new();
    server.spawn(answer_all(listener, answer));
    let profile =
        format!("[site]\nname = \"Polls\"\norigin = \"http://{at}\"\nstart = \"/polls/\"\n");
    let directory = tempfile::tempdir().unwrap();
    let site = Site::read("site.toml", &profile).unwrap();
    let engine = Engine::open(site, directory.path(), Foundation::default()).unwrap();
    let page = Request::get(engine.site().address("/polls/").unwrap(), Destination::Document);
    engine.handle(Request { redirects: Redirects::Follow, ..page }).await;
    let mut connection = engine.connection();
    let is_captured = |state: &Connection| *state == Connection::Offline(Cause::CaptivePortal);
    timeout(PATIENCE, connection.wait_for(is_captured)).await.unwrap().unwrap();
    assert_eq!(engine.portal().map(String::from).as_deref(), Some(portal));
    engine.close().await;
}

/// Reads a request and answers the same, whatever it was, until the test ends.
async fn answer_all(listener: TcpListener, answer: String) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

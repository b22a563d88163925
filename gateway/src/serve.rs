//! The listener: from the first connection to the last.

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use holdfast_engine::{Engine, Foundation, OpenError, Problems, Site, in_full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::{select, time};
use url::Url;

use crate::command_line::Serve;
use crate::edge::Gateway;

/// How long requests may take to finish once the gateway was told to end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
/// About how many bytes a request's head may have; one that is longer is answered with
/// 431. It is also the most that is read ahead of a body.
const HEAD_LIMIT: usize = 64 << 10;
/// How long to wait before accepting again when the system has no room for a connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Each problem says where it is and how to mend it.
    #[error("the profile cannot be used")]
    Profile(#[source] Problems),
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("what is listened on has no address")]
    Address(#[source] url::ParseError),
    #[error("cannot open the engine")]
    Open(#[source] OpenError),
    #[error("cannot start threads or wait for signals")]
    System(#[source] io::Error),
}

/// Serves until it is told to end.
///
/// # Errors
///
/// Why it did not begin.
pub(crate) fn run(options: &Serve) -> Result<(), Failure> {
    let site = Site::read_file(&options.site).map_err(Failure::Profile)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::System)?;
    runtime.block_on(serve(site, options))
}

async fn serve(site: Site, options: &Serve) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(Failure::System)?;
    let (listener, address) = listen(options.listen).await?;
    let own = Url::parse(&format!("http://{address}/")).map_err(Failure::Address)?;
    let announcement = announcement(address, &site);
    let engine = Engine::open(site, &options.data, Foundation::default()).map_err(Failure::Open)?;
    // Whoever started it may not read on; that is no reason to end.
    let _ = writeln!(io::stdout(), "{announcement}");

    let gateway = Gateway::new(engine.clone(), own);
    let connections = GracefulShutdown::new();
    select! {
        () = accept(&listener, &gateway, &connections) => {}
        () = signals.next() => {}
    }
    drop(listener);
    select! {
        () = connections.shutdown() => {}
        () = time::sleep(LAST_REQUESTS) => tracing::warn!("requests took too long to finish"),
        () = signals.next() => tracing::warn!("told twice to end, so requests are cut off"),
    }
    engine.close().await;
    Ok(())
}

/// Listens, and says on which port where 0 was asked for.
async fn listen(asked: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |source| Failure::Listen { address: asked, source };
    let listener = TcpListener::bind(asked).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// What is said once connections are accepted. Scripts read the address from it.
fn announcement(address: SocketAddr, site: &Site) -> String {
    let origin = site.origin.origin().ascii_serialization();
    format!("holdfast-gateway: http://{address}/ serves {origin} ({})", site.name)
}

/// Accepts connections for ever.
async fn accept(listener: &TcpListener, gateway: &Gateway, connections: &GracefulShutdown) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                tokio::spawn(converse(stream, from.ip(), gateway.clone(), connections));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection is not accepted");
                time::sleep(NO_ROOM).await;
            }
        }
    }
}

/// Answers the requests of one connection, one after the other.
fn converse(
    stream: TcpStream,
    machine: IpAddr,
    gateway: Gateway,
    connections: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + use<> {
    // Pieces go out as they come in.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let gateway = gateway.clone();
        async move { Ok::<_, Infallible>(gateway.answer(request, machine).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), answer);
    let connection = connections.watch(connection);
    async move {
        if let Err(error) = connection.await {
            // Clients go when they please, and bodies of the site break off.
            tracing::debug!(error = in_full(&error), "a connection broke");
        }
    }
}

/// What tells a process to end: Ctrl-C, and on Unix what supervisors send.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { interrupt, terminate })
    }

    async fn next(&mut self) {
        select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    async fn next(&mut self) {
        self.interrupt.recv().await;
    }
}

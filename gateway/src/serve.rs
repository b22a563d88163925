//! The listener: from the first connection to the last.

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use holdfast_engine::{
    Engine, Foundation, OpenError, Problems, Remote, RemoteTerms, Site, TrialStanding, in_full,
};
use holdfast_loopback::{Endpoint, NotTold, Program, Wanted};
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
    #[error("cannot tell how the device is")]
    Status(#[source] NotTold),
    #[error("the signed profile cannot be looked for: {0}")]
    Remote(String),
    #[error("which profile is used cannot be remembered")]
    Memory(#[source] io::Error),
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

async fn serve(built_in: Site, options: &Serve) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(Failure::System)?;
    let terms = remote_terms(&built_in, options)?;
    let (mut listener, address) = listen(options.listen).await?;
    let own = Url::parse(&format!("http://{address}/")).map_err(Failure::Address)?;
    let started_at = SystemTime::now();
    loop {
        let (remote, site) = match &terms {
            None => (None, built_in.clone()),
            Some(terms) => {
                let (terms, now) = (terms.clone(), SystemTime::now());
                let begun = Remote::begin(built_in.clone(), terms, &options.data, now);
                let (remote, site) = begun.map_err(Failure::Memory)?;
                (Some(Arc::new(remote)), site)
            }
        };
        let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let program = Program { name, version, started_at, remote };
        match serve_site(site, (listener, &own), (program, options), &mut signals).await? {
            Ended::Told => return Ok(()),
            Ended::RolledBack => (listener, _) = listen(address).await?,
        }
    }
}

/// Why nothing is served any more.
enum Ended {
    /// The program is to end.
    Told,
    /// The profile came to no good state: the one before is used from here on.
    RolledBack,
}

async fn serve_site(
    site: Site,
    (listener, own): (TcpListener, &Url),
    (program, options): (Program, &Serve),
    signals: &mut Signals,
) -> Result<Ended, Failure> {
    let announcement = announcement(own, &site);
    let status = match Wanted::of(options.status.clone(), &site, &options.data) {
        Some(wanted) => Some(Endpoint::open(&wanted).await.map_err(Failure::Status)?),
        None => None,
    };
    let engine = Engine::open(site, &options.data, Foundation::default()).map_err(Failure::Open)?;
    // Whoever started it may not read on; that is no reason to end.
    let _ = writeln!(io::stdout(), "{announcement}");
    let remote = program.remote.clone();
    let telling = status.map(|endpoint| {
        let told = &endpoint.address;
        let _ = writeln!(io::stdout(), "holdfast-gateway: {told}status tells how the device is");
        tokio::spawn(endpoint.serve(program, engine.clone()))
    });

    let gateway = Gateway::new(engine.clone(), own.clone());
    let connections = GracefulShutdown::new();
    let ended = select! {
        () = accept(&listener, &gateway, &connections) => Ended::Told,
        () = follow(remote, &engine) => Ended::RolledBack,
        () = signals.next() => Ended::Told,
    };
    drop(listener);
    select! {
        () = connections.shutdown() => {}
        () = time::sleep(LAST_REQUESTS) => tracing::warn!("requests took too long to finish"),
        () = signals.next() => tracing::warn!("told twice to end, so requests are cut off"),
    }
    if let Some(telling) = telling {
        telling.abort();
        // It listens until then.
        let _ = telling.await;
    }
    engine.close().await;
    Ok(ended)
}

/// What the person asked for, or else the profile.
fn remote_terms(site: &Site, options: &Serve) -> Result<Option<RemoteTerms>, Failure> {
    let Some((url, file)) = &options.remote else { return Ok(site.remote.clone()) };
    let key = std::fs::read_to_string(file)
        .map_err(|error| Failure::Remote(format!("{}: {error}", file.display())))?;
    RemoteTerms::of(url, &key).map(Some).map_err(Failure::Remote)
}

/// Looks after the profile: until the one that is used has failed.
async fn follow(remote: Option<Arc<Remote>>, engine: &Engine) {
    let Some(remote) = remote else { return std::future::pending().await };
    let standing = || TrialStanding {
        is_good: engine.is_installed(),
        is_usable: engine.connection().borrow().is_usable(),
    };
    remote.run(SystemTime::now, standing).await;
}

/// Listens, and says on which port where 0 was asked for.
async fn listen(asked: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |source| Failure::Listen { address: asked, source };
    let listener = TcpListener::bind(asked).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// What is said once connections are accepted. Scripts read the address from it.
fn announcement(own: &Url, site: &Site) -> String {
    let origin = site.origin.origin().ascii_serialization();
    format!("holdfast-gateway: {own} serves {origin} ({})", site.name)
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

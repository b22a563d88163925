//! The way between the gateway and the site, which cuts, refuses and delays.
//!
//! Two threads for each connection, one for each way; what they do to a piece is decided in
//! `fault`. Bytes pass as they are, or not at all.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::chance::Chance;
use super::fault::{Exchange, Fault, Then, Way};
use super::journal::Journal;
use crate::failure::{Failure, Outcome};

/// How often it is looked whether something has changed.
const MOMENT: Duration = Duration::from_millis(2);
/// Below those that the system gives to whoever asks for any (32768 and up), since the port
/// is nobody's while connections are refused.
const PORTS: (u16, u64) = (20000, 10000);

/// Listens where the profile says that the site is.
pub(super) struct Proxy {
    pub(super) port: u16,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// What happens to the next exchange.
pub(super) type Faults = Box<dyn FnMut() -> Fault + Send>;

struct Shared {
    journal: Arc<Journal>,
    faults: Mutex<Faults>,
    /// The site's own port, 0 while it has none.
    site: AtomicU16,
    /// While connections are refused.
    is_closed: AtomicBool,
    /// Once nothing goes wrong any more.
    is_fair: AtomicBool,
    has_ended: AtomicBool,
    connections: Mutex<Vec<Arc<Connection>>>,
    cuts: AtomicU64,
}

struct Connection {
    gateway: TcpStream,
    site: TcpStream,
    exchange: Mutex<Exchange>,
}

impl Proxy {
    /// Begins to listen, on any port.
    ///
    /// Fails if none is free.
    pub(super) fn start(
        ports: &mut Chance,
        faults: Faults,
        journal: Arc<Journal>,
    ) -> Outcome<Self> {
        let (first, count) = PORTS;
        let any = || first + ports.below(count) as u16;
        let found = std::iter::repeat_with(any).take(100).find_map(|port| {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok().map(|listener| (port, listener))
        });
        let (port, listener) =
            found.ok_or_else(|| Failure::new("no port is free for the proxy"))?;
        let shared = Arc::new(Shared {
            journal,
            faults: Mutex::new(faults),
            site: AtomicU16::new(0),
            is_closed: AtomicBool::new(false),
            is_fair: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            connections: Mutex::default(),
            cuts: AtomicU64::new(0),
        });
        let accepting = shared.clone();
        let acceptor = thread::spawn(move || accepting.accept(port, listener));
        Ok(Self { port, shared, acceptor: Some(acceptor) })
    }

    /// Where the site is now.
    pub(super) fn lead_to(&self, port: u16) {
        self.shared.site.store(port, Ordering::SeqCst);
    }

    /// Refuses connections from now on; those that are open go on.
    pub(super) fn close(&self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
    }

    /// Cuts every connection.
    pub(super) fn cut_all(&self) {
        for connection in lock(&self.shared.connections).iter() {
            connection.cut();
            self.shared.cuts.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn open(&self) {
        self.shared.is_closed.store(false, Ordering::SeqCst);
    }

    /// Ends all faults: from now on it only passes on, and at once what was held back.
    pub(super) fn clear_up(&self) {
        self.shared.is_fair.store(true, Ordering::SeqCst);
        self.open();
    }

    /// How many connections were cut.
    pub(super) fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::Relaxed)
    }

    /// Whether nothing is on its way any more, as far as it is known here.
    pub(super) fn is_idle(&self) -> bool {
        lock(&self.shared.connections).is_empty()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.has_ended.store(true, Ordering::SeqCst);
        self.clear_up();
        self.cut_all();
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    fn accept(self: Arc<Self>, port: u16, listener: TcpListener) {
        let mut listener = Some(listener);
        while !self.has_ended.load(Ordering::SeqCst) {
            if self.is_closed.load(Ordering::SeqCst) {
                listener = None;
            } else if listener.is_none() {
                listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok();
            }
            let accepted = listener.as_ref().and_then(accepted);
            match accepted {
                Some(gateway) => {
                    let shared = self.clone();
                    thread::spawn(move || shared.lead(gateway));
                }
                None => thread::sleep(MOMENT),
            }
        }
    }

    /// Brings a connection to the site, or drops it if the site is not there.
    fn lead(&self, gateway: TcpStream) {
        let site = TcpStream::connect((Ipv4Addr::LOCALHOST, self.site.load(Ordering::SeqCst)));
        let site = match site {
            Ok(site) => site,
            Err(_) => return self.journal.note(format_args!("proxy: the site is not there")),
        };
        let (_, _) = (gateway.set_nodelay(true), site.set_nodelay(true));
        let exchange = Mutex::new(Exchange::new());
        let connection = Arc::new(Connection { gateway, site, exchange });
        lock(&self.connections).push(connection.clone());
        thread::scope(|scope| {
            scope.spawn(|| self.pass_on(&connection, Way::Request));
            scope.spawn(|| self.pass_on(&connection, Way::Answer));
        });
        lock(&self.connections).retain(|other| !Arc::ptr_eq(other, &connection));
    }

    /// Passes on what goes one way until it ends.
    fn pass_on(&self, connection: &Connection, way: Way) {
        let (mut from, mut to) = match way {
            Way::Request => (&connection.gateway, &connection.site),
            Way::Answer => (&connection.site, &connection.gateway),
        };
        let mut buffer = vec![0; 16 << 10];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let (piece, _) = buffer.split_at(length);
            let passage = lock(&connection.exchange).pass(way, length, || self.fault(piece));
            self.wait(passage.wait);
            let (passes, _) = piece.split_at(passage.length);
            if to.write_all(passes).is_err() {
                return connection.cut();
            }
            match passage.then {
                Then::GoOn => {}
                Then::Cut => {
                    self.cuts.fetch_add(1, Ordering::Relaxed);
                    return connection.cut();
                }
            }
        }
        // What goes the other way may still arrive.
        let _ = to.shutdown(Shutdown::Write);
    }

    /// What happens to the exchange that begins with this piece.
    fn fault(&self, piece: &[u8]) -> Fault {
        if self.is_fair.load(Ordering::SeqCst) {
            return Fault::Nothing;
        }
        let fault = lock(&self.faults)();
        let text = String::from_utf8_lossy(piece);
        let line = text.lines().next().unwrap_or_default();
        self.journal.note(format_args!("proxy: {line}: {fault:?}"));
        fault
    }

    /// Waits, unless everything is to go well again.
    fn wait(&self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until && !self.is_fair.load(Ordering::SeqCst) {
            thread::sleep(MOMENT.min(time));
        }
    }
}

impl Connection {
    fn cut(&self) {
        // One that has ended already cannot be cut, and need not.
        let _ = self.gateway.shutdown(Shutdown::Both);
        let _ = self.site.shutdown(Shutdown::Both);
    }
}

/// A connection, if one has come.
fn accepted(listener: &TcpListener) -> Option<TcpStream> {
    listener.set_nonblocking(true).ok()?;
    match listener.accept() {
        Ok((stream, _)) => {
            stream.set_nonblocking(false).ok()?;
            Some(stream)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Err(_) => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A proxy with the same fault for everything, and the site that it leads to.
    fn proxy(fault: Fault) -> (Proxy, TcpListener) {
        let journal = Arc::new(Journal::in_file(Path::new("/dev/null")).unwrap());
        let mut ports = Chance::new(u64::from(std::process::id()), &format!("{fault:?}"));
        let proxy = Proxy::start(&mut ports, Box::new(move || fault), journal).unwrap();
        let site = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        proxy.lead_to(site.local_addr().unwrap().port());
        (proxy, site)
    }

    fn connect(proxy: &Proxy) -> std::io::Result<TcpStream> {
        TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port))
    }

    /// What has come when the connection ends, however it does.
    fn read(mut stream: &TcpStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        bytes
    }

    /// What the site gets of a request, and the gateway of the answer.
    fn exchanged(fault: Fault, request: &[u8], answer: &[u8]) -> (Vec<u8>, Vec<u8>, u64) {
        let (proxy, site) = proxy(fault);
        let mut gateway = connect(&proxy).unwrap();
        gateway.write_all(request).unwrap();
        let (mut site, _) = site.accept().unwrap();
        // The whole request, or what comes of it before the connection ends.
        let mut got = vec![0; request.len()];
        let mut length = 0;
        while length < got.len() {
            match site.read(&mut got[length..]) {
                Ok(0) | Err(_) => break,
                Ok(more) => length += more,
            }
        }
        got.truncate(length);
        let _ = site.write_all(answer);
        let _ = site.shutdown(Shutdown::Write);
        let came = read(&gateway);
        (got, came, proxy.cuts())
    }

    #[test]
    fn bytes_pass_as_they_are_or_not_at_all() {
        let (request, answer) = (b"POST /polls/ HTTP/1.1", b"HTTP/1.1 302 Found");
        let check = |fault, sent: usize, answered: usize, cuts| {
            let (got, came, cut) = exchanged(fault, request, answer);
            let expected = (&request[..sent], &answer[..answered], cuts);
            assert_eq!((got.as_slice(), came.as_slice(), cut), expected, "{fault:?}");
        };
        check(Fault::Nothing, 21, 18, 0);
        check(Fault::CutRequest { after: 0 }, 0, 0, 1);
        check(Fault::CutRequest { after: 7 }, 7, 0, 1);
        check(Fault::CutRequest { after: 21 }, 21, 18, 0);
        check(Fault::CutAnswer { after: 0 }, 21, 0, 1);
        check(Fault::CutAnswer { after: 17 }, 21, 17, 1);
        check(Fault::LateRequest(MOMENT), 21, 18, 0);
        check(Fault::LateAnswer(MOMENT), 21, 18, 0);
    }

    #[test]
    fn nobody_gets_through_while_it_is_closed() {
        let (proxy, _site) = proxy(Fault::Nothing);
        proxy.close();
        let until = |what, is_so: &dyn Fn() -> bool| {
            let begun = Instant::now();
            while !is_so() {
                assert!(begun.elapsed() < Duration::from_secs(10), "connections are still {what}");
                thread::sleep(MOMENT);
            }
        };
        until("accepted", &|| connect(&proxy).is_err());
        proxy.open();
        until("refused", &|| connect(&proxy).is_ok());
    }
}

//! The gateway and what it stands beside, each as a program of its own on a core of its own.

pub(crate) mod bare;
mod others;

pub(crate) use others::Nginx;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// The core of the servers, and that of the client.
const SERVER_CORE: &str = "0";
const CLIENT_CORE: &str = "1";
/// How long a server may take to answer first.
const START: Duration = Duration::from_secs(10);
/// Of the times in `/proc`: Linux tells programs 100 a second whatever it counts itself.
const TICK: Duration = Duration::from_millis(10);

/// A running server, ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// The gateway as it is released.
    pub(crate) fn gateway(folder: &Path, origin: SocketAddr) -> Outcome<Self> {
        let own = std::env::current_exe()?;
        let program = own.with_file_name("holdfast-gateway");
        if !program.exists() {
            return Err(format!("{} is not built", program.display()).into());
        }
        let profile = folder.join("site.toml");
        fs::write(
            &profile,
            format!(
                "[site]\nname = \"Bench\"\norigin = \"http://{origin}\"\n\
                 [[route]]\nname = \"all\"\nwhen = {{ path = \"/*\" }}\nstrategy = \"cache-first\"\n"
            ),
        )?;
        let mut command = pinned(SERVER_CORE, &program);
        command.arg("--site").arg(&profile).args(["--listen", "127.0.0.1:0", "--data"]);
        Self::announced(command.arg(folder.join("data")), folder)
    }

    /// This program with nothing but hyper and the bodies.
    pub(crate) fn bare(folder: &Path) -> Outcome<Self> {
        let mut command = pinned(SERVER_CORE, &std::env::current_exe()?);
        Self::announced(command.arg("--bare-server"), folder)
    }

    /// One that prints its address in its first line.
    fn announced(command: &mut Command, folder: &Path) -> Outcome<Self> {
        let errors = File::create(folder.join("errors.log"))?;
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn()?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split('/').next());
        let address = address.and_then(|address| address.parse().ok());
        let unused = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        // Made first, so that it ends with the error.
        let mut server = Self { child, address: unused };
        server.address = address.ok_or_else(|| format!("the server only said {line:?}"))?;
        Ok(server)
    }

    /// One that listens where it is told.
    fn told(command: &mut Command, address: SocketAddr, folder: &Path) -> Outcome<Self> {
        let log = File::create(folder.join("server.log"))?;
        let child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut server = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = server.child.try_wait()?;
            if ended.is_some() || begun.elapsed() > START {
                let log = fs::read_to_string(folder.join("server.log"))?;
                return Err(format!("a server does not start: {log}").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// Its process, which may have others below it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The processor time that it and what it started have used, in nanoseconds.
    pub(crate) fn processor_time(&self) -> Outcome<f64> {
        let mut parents = Vec::new();
        for entry in fs::read_dir("/proc")? {
            // What has ended meanwhile is not counted.
            let Ok(stat) = fs::read_to_string(entry?.path().join("stat")) else { continue };
            let Some((id, rest)) = stat.split_once(" (") else { continue };
            // The name may have spaces and brackets of its own.
            let Some((_, rest)) = rest.rsplit_once(") ") else { continue };
            let fields: Vec<&str> = rest.split(' ').collect();
            let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u32>().ok());
            if let (Ok(id), Some(parent), Some(user), Some(system)) =
                (id.parse::<u32>(), number(1), number(11), number(12))
            {
                parents.push((id, parent, user + system));
            }
        }
        let mut family = vec![self.id()];
        let mut ticks = 0;
        while let Some(one) = family.pop() {
            family.extend(parents.iter().filter(|(_, parent, _)| *parent == one).map(|row| row.0));
            ticks += parents.iter().filter(|(id, ..)| *id == one).map(|row| row.2).sum::<u32>();
        }
        Ok((TICK * ticks).as_secs_f64() * 1e9)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked to, it takes what it started along.
        let asked = Command::new("kill").arg(self.id().to_string()).status();
        if asked.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// A program that ends with this one, on one core.
fn pinned(core: &str, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core, "setpriv", "--pdeathsig", "TERM", "--"]).arg(program);
    // Debian keeps servers where not every user looks.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin")).stdin(Stdio::null());
    command
}

/// An address that nobody listens on.
fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The status of one answer, read to its end.
pub(crate) fn get(target: &str) -> Outcome<String> {
    let rest = target.strip_prefix("http://").ok_or("only http is spoken here")?;
    let (authority, path) = rest.split_once('/').ok_or("there is no path")?;
    let mut connection = TcpStream::connect(authority)?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    let line = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).into_owned())
}

/// What a client measured.
pub(crate) struct Load {
    pub(crate) requests: f64,
    pub(crate) per_second: f64,
}

/// Asks for the same again and again over 16 connections.
pub(crate) fn load(target: &str, time: Duration) -> Outcome<Load> {
    let mut wrk = pinned(CLIENT_CORE, Path::new("wrk"));
    let seconds = format!("-d{}s", time.as_secs());
    let output = wrk.args(["-t1", "-c16", &seconds, target]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if let Some(refused) = text.lines().find(|line| line.contains("Non-2xx")) {
        return Err(format!("{target}: {}", refused.trim()).into());
    }
    // "  123456 requests in 3.00s, 1.00GB read", "Requests/sec: 41152.00"
    let before = |mark: &str| {
        let line = text.lines().find(|line| line.contains(mark))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let after =
        |mark: &str| text.lines().find_map(|line| line.strip_prefix(mark))?.trim().parse().ok();
    match (before(" requests in "), after("Requests/sec:")) {
        (Some(requests), Some(per_second)) => Ok(Load { requests, per_second }),
        _ => {
            Err(format!("wrk says nothing: {text}{}", String::from_utf8_lossy(&output.stderr))
                .into())
        }
    }
}

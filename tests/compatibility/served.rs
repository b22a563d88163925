//! An application that is served for a trial.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};

use holdfast_tests::{Process, python, root};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time;

use crate::Application;

/// How long one may take to be installed and to begin.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running application.
pub(crate) struct Served {
    pub(crate) origin: String,
    application: Application,
    port: u16,
    process: Process,
    folder: TempDir,
}

impl Served {
    /// Installs it in a folder of its own and serves it on a free port.
    ///
    /// # Panics
    ///
    /// If it does not begin in time.
    pub(crate) async fn start(application: Application) -> Self {
        let folder = TempDir::new().expect("a temporary directory can be made");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let port = free.expect("a port is free").port();
        let command = command(application, &folder, port);
        let mut process = Process::start("the application", command, folder.path());
        begun(&mut process, port).await;
        if application == Application::Admin {
            crate::admin::fill(folder.path());
        }
        Self { origin: format!("http://127.0.0.1:{port}"), application, port, process, folder }
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        // PHP's server has processes that do its work.
        let children = format!("pkill -KILL -P {}", self.process.id());
        let _ = Command::new("sh").args(["-c", &children]).status();
        self.process.kill();
    }

    /// Starts it again where it was.
    pub(crate) async fn start_again(&mut self) {
        let command = command(self.application, &self.folder, self.port);
        self.process = Process::start("the application", command, self.folder.path());
        begun(&mut self.process, self.port).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

fn command(application: Application, folder: &TempDir, port: u16) -> Command {
    let (target, scripts) =
        (root().join("target/compatibility"), root().join("tests/compatibility/serve"));
    let own_python = target.join("venv/bin/python");
    let mut command = match application {
        Application::Admin => {
            let mut command = Process::command(python());
            command.arg(root().join("tests/polls_site/serve.py"));
            command.arg("--database").arg(folder.path().join("polls.sqlite3"));
            command
        }
        Application::Wagtail => {
            let mut command = Process::command(own_python);
            command.arg(scripts.join("cms.py")).arg("--folder").arg(folder.path());
            command
        }
        Application::Roundup => {
            let mut command = Process::command(own_python);
            command.arg(scripts.join("tracker.py")).arg("--folder").arg(folder.path());
            command
        }
        Application::MediaWiki => {
            let mut command = Process::command(own_python);
            command.arg(scripts.join("mediawiki.py")).arg("--folder").arg(folder.path());
            command.arg("--source").arg(target.join("debian"));
            command
        }
    };
    command.args(["--port", &port.to_string()]).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

async fn begun(process: &mut Process, port: u16) {
    let asked = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
        let ended = process.ended();
        assert!(ended.is_none(), "the application has ended: {ended:?}\n{}", process.log());
        assert!(asked.elapsed() < PATIENCE, "the application does not begin\n{}", process.log());
        time::sleep(Duration::from_millis(50)).await;
    }
}

//! The programs of a test: the gateway and the polls site, each ended with the test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{self, Instant};

/// Nothing that works takes longer, also on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A running program, killed when this is dropped.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
    /// What it has printed and nobody has read.
    printed: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a program and waits for the address in the line that it prints once it
    /// accepts connections.
    async fn start(name: &'static str, mut command: Command, log: PathBuf) -> (Self, String) {
        let output = File::options().append(true).create(true).open(&log).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(output).kill_on_drop(true);
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let stdout = child.stdout.take().unwrap();
        let mut process = Self { name, child, log, printed: Some(BufReader::new(stdout)) };
        let line = process.line().await;
        (process, line)
    }

    /// The next line that it prints.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        let printed = self.printed.as_mut().expect("somebody reads what it prints");
        let read = time::timeout(DEADLINE, printed.read_line(&mut line)).await;
        let name = self.name;
        assert!(matches!(read, Ok(Ok(1..))), "{name} printed nothing more:\n{}", self.log());
        line.trim_end().to_owned()
    }

    /// Starts a program that prints no address.
    pub(crate) fn spawn(name: &'static str, mut command: Command, log: PathBuf) -> Self {
        let output = File::options().append(true).create(true).open(&log).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output).kill_on_drop(true);
        let child =
            command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name, child, log, printed: None }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("the process runs")
    }

    /// Ends it as a crash would, without a chance to tidy up.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Sends a signal by name: `STOP`, `CONT`, `TERM`, `INT`.
    pub(crate) fn signal(&self, signal: &str) {
        let command = format!("kill -{signal} {}", self.id());
        let status = std::process::Command::new("sh").args(["-c", &command]).status().unwrap();
        assert!(status.success(), "{command}");
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        time::timeout(DEADLINE, self.child.wait()).await.expect("the process ends").unwrap()
    }

    /// What it has written to its standard error so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- {} said:\n{}", self.name, self.log());
        }
    }
}

/// The polls site on its own database.
pub(crate) struct Polls {
    pub(crate) process: Process,
    pub(crate) origin: String,
    pub(crate) database: PathBuf,
}

impl Polls {
    pub(crate) async fn start(directory: &Path) -> Self {
        Self::start_on(directory, "0").await
    }

    /// The same, which does what it is asked with an `Idempotency-Key` once.
    pub(crate) async fn start_with_receipts(directory: &Path) -> Self {
        let mut command = Command::new(python());
        command.env("DJANGO_SETTINGS_MODULE", "tests.settings");
        command.env("PYTHONPATH", root().join("receipts/django"));
        Self::start_by(command, directory, "0").await
    }

    async fn start_on(directory: &Path, port: &str) -> Self {
        Self::start_by(Command::new(python()), directory, port).await
    }

    async fn start_by(mut command: Command, directory: &Path, port: &str) -> Self {
        let database = directory.join("polls.sqlite3");
        command.arg(root().join("tests/polls_site/serve.py")).args(["--port", port]);
        command.arg("--database").arg(&database).env("PYTHONDONTWRITEBYTECODE", "1");
        let (process, line) =
            Process::start("the polls site", command, directory.join("polls.log")).await;
        let origin = line.strip_prefix("polls site: ").and_then(|url| url.strip_suffix("/polls/"));
        let origin = origin.unwrap_or_else(|| panic!("no address in {line:?}")).to_owned();
        Self { process, origin, database }
    }

    pub(crate) async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Starts it again where it was.
    pub(crate) async fn start_again(&mut self) {
        let port = self.origin.rsplit(':').next().unwrap().to_owned();
        *self = Self::start_on(self.database.parent().unwrap(), &port).await;
    }

    /// Makes every page with votes fail, or mends it.
    pub(crate) fn rename_table(&self, from: &str, to: &str) {
        self.execute(&format!("ALTER TABLE {from} RENAME TO {to}"));
    }

    /// Changes something behind the site's back.
    pub(crate) fn execute(&self, sql: &str) {
        let database = rusqlite::Connection::open(&self.database).unwrap();
        database.busy_timeout(DEADLINE).unwrap();
        database.execute_batch(sql).unwrap();
    }
}

/// The gateway before one site.
pub(crate) struct Gateway {
    pub(crate) process: Process,
    /// What it printed when it was ready.
    pub(crate) line: String,
    /// `http://127.0.0.1:PORT`
    pub(crate) origin: String,
    profile: PathBuf,
    directory: PathBuf,
}

impl Gateway {
    /// Starts it with a profile; data and log lie in the directory.
    pub(crate) async fn start(directory: &Path, profile: &str) -> Self {
        Self::start_asked(directory, profile, &[]).await
    }

    /// The same, with more options.
    pub(crate) async fn start_asked(directory: &Path, profile: &str, options: &[&str]) -> Self {
        let file = directory.join("site.toml");
        fs::write(&file, profile).unwrap();
        Self::start_with(directory, file, options).await
    }

    async fn start_with(directory: &Path, profile: PathBuf, options: &[&str]) -> Self {
        let mut command = program();
        command.args(["--listen", "127.0.0.1:0"]).args(options).arg("--site").arg(&profile);
        command.arg("--data").arg(directory.join("store"));
        command.arg("--trace").arg(directory.join("trace.json"));
        // The log tells when the engine has installed what the profile lists.
        command.env("RUST_LOG", "holdfast_engine=debug,holdfast_gateway=debug");
        let log = directory.join("gateway.log");
        let (process, line) = Process::start("the gateway", command, log).await;
        let address =
            line.strip_prefix("holdfast-gateway: ").and_then(|rest| rest.split('/').nth(2));
        let origin =
            format!("http://{}", address.unwrap_or_else(|| panic!("no address in {line:?}")));
        Self { process, line, origin, profile, directory: directory.to_owned() }
    }

    /// Kills it and starts it again on the same data; the port is another.
    pub(crate) async fn start_again(&mut self) {
        self.process.kill().await;
        *self = Self::start_with(&self.directory, self.profile.clone(), &[]).await;
    }

    pub(crate) fn profile(&self) -> &Path {
        &self.profile
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("store")
    }

    /// Where it writes down where the time goes.
    pub(crate) fn trace(&self) -> PathBuf {
        self.directory.join("trace.json")
    }

    pub(crate) async fn installed(&self) {
        until("the install is complete", async || {
            self.process.log().contains("Installed").then_some(())
        })
        .await;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn authority(&self) -> &str {
        self.origin.strip_prefix("http://").unwrap()
    }

    /// The most memory it ever held, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kibibytes << 10
    }
}

/// The polls site with the gateway before it.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) polls: Polls,
    /// Removed last, with everything in it.
    _directory: TempDir,
}

impl World {
    /// Everything up and installed.
    pub(crate) async fn new() -> Self {
        Self::with(|profile| profile).await
    }

    /// The same with a profile that differs from the one that ships.
    pub(crate) async fn with(change: impl FnOnce(String) -> String) -> Self {
        let directory = TempDir::new().unwrap();
        let polls = Polls::start(directory.path()).await;
        let profile = replaced(&shipped_profile(), "http://127.0.0.1:8000", &polls.origin);
        let gateway = Gateway::start(directory.path(), &change(profile)).await;
        gateway.installed().await;
        Self { gateway, polls, _directory: directory }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.gateway.url(path)
    }
}

/// The gateway's program, untouched by the environment of whoever runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast-gateway"));
    command.env_remove("HOLDFAST_SITE").env_remove("RUST_LOG");
    command
}

/// The profile of the polls site.
pub(crate) fn shipped_profile() -> String {
    fs::read_to_string(root().join("src-tauri/site.toml")).unwrap()
}

/// `text` with `from` replaced; `from` has to be there.
pub(crate) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from:?} is not in:\n{text}");
    text.replace(from, to)
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < DEADLINE, "waited in vain until {what}");
        time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("HOLDFAST_PYTHON") {
        return python.into();
    }
    let folder = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let python = root().join("target/venv").join(folder);
    assert!(
        python.exists(),
        "there is no Python with Django for the polls site: `cargo xtask test` puts one at {}, \
         or HOLDFAST_PYTHON names another",
        python.display()
    );
    python
}

//! The polls site: real Django, on its own database.

use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;

use super::places::{python, root};
use super::process::Process;
use super::until::DEADLINE;

/// A running polls site.
pub struct Polls {
    process: Process,
    origin: String,
    directory: PathBuf,
}

impl Polls {
    /// Starts it on a free port, with its database in `directory`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn start(directory: &Path) -> Self {
        Self::start_on(directory, "0", &[]).await
    }

    async fn start_on(directory: &Path, port: &str, environment: &[(&str, &str)]) -> Self {
        let mut command = Process::command(python());
        command.arg(root().join("tests/polls_site/serve.py")).args(["--port", port]);
        command.arg("--database").arg(directory.join("polls.sqlite3"));
        command.env("PYTHONDONTWRITEBYTECODE", "1").envs(environment.iter().copied());
        let mut process = Process::start("the polls site", command, directory);
        let line = process.first_line().await;
        let origin = line.strip_prefix("polls site: ").and_then(|url| url.strip_suffix("/polls/"));
        let origin = origin.unwrap_or_else(|| panic!("no address in {line:?}")).to_owned();
        Self { process, origin, directory: directory.to_owned() }
    }

    /// `http://127.0.0.1:PORT`
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Where uploaded files are.
    pub fn media(&self) -> PathBuf {
        self.directory.join("media")
    }

    /// Ends it as a crash would: connections are refused from then on.
    ///
    /// # Panics
    ///
    /// If it runs no more.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn start_again(&mut self) {
        self.start_again_with(&[]).await;
    }

    /// The same with other settings: see `tests/polls_site/mysite/settings.py`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn start_again_with(&mut self, environment: &[(&str, &str)]) {
        let (_, port) = self.origin.rsplit_once(':').expect("an origin with a port");
        *self = Self::start_on(&self.directory, port, environment).await;
    }

    /// Somebody else saves a question in the admin; its number.
    ///
    /// # Panics
    ///
    /// If the admin does not take it.
    pub fn save_question(&self, text: &str) -> u32 {
        let mut command = Command::new(python());
        command.arg(root().join("tests/support/admin.py")).arg(&self.origin).arg(text);
        let output = command.output().expect("Python starts");
        let printed = String::from_utf8_lossy(&output.stdout).trim().parse();
        printed.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Makes it silent: connections are accepted, nothing is answered.
    ///
    /// # Panics
    ///
    /// If it runs no more.
    pub fn freeze(&self) {
        self.process.signal("STOP");
    }

    /// Lets it answer again, also what it was asked meanwhile.
    ///
    /// # Panics
    ///
    /// If it runs no more.
    pub fn thaw(&self) {
        self.process.signal("CONT");
    }

    /// Makes every page with choices fail with a 500.
    ///
    /// # Panics
    ///
    /// If it is broken already.
    pub fn break_choices(&self) {
        self.execute("ALTER TABLE polls_choice RENAME TO polls_choice_broken");
    }

    /// Mends it again.
    ///
    /// # Panics
    ///
    /// If it is not broken.
    pub fn mend_choices(&self) {
        self.execute("ALTER TABLE polls_choice_broken RENAME TO polls_choice");
    }

    /// How many votes a choice has.
    ///
    /// # Panics
    ///
    /// If there is no such choice.
    pub fn votes(&self, choice: u32) -> u32 {
        let sql = "SELECT votes FROM polls_choice WHERE id = ?1";
        self.database().query_row(sql, [choice], |row| row.get(0)).expect("the choice is there")
    }

    /// How many votes there are.
    ///
    /// # Panics
    ///
    /// If the table is not there.
    pub fn all_votes(&self) -> u32 {
        let sql = "SELECT SUM(votes) FROM polls_choice";
        self.database().query_row(sql, [], |row| row.get(0)).expect("the table is there")
    }

    /// Changes the database past the site.
    ///
    /// # Panics
    ///
    /// If the database refuses.
    pub fn execute(&self, sql: &str) {
        self.database().execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The site's database.
    ///
    /// # Panics
    ///
    /// If it cannot be opened.
    pub fn database(&self) -> Connection {
        let database = Connection::open(self.directory.join("polls.sqlite3"))
            .expect("the site has made its database");
        database.busy_timeout(DEADLINE).expect("a connection takes a timeout");
        database
    }
}

//! The way to WebDriver, where now and then an answer is lost.
//!
//! A command that meets a page just as it is left, or comes back from the history, may never be
//! answered. The client has one command under way at a time, so that every later one would wait
//! behind it: the next one goes through another client of the same session.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fantoccini::Client;
use fantoccini::error::CmdError;
use fantoccini::wd::WindowHandle;
use hyper_util::client::legacy::connect::HttpConnector;
use tokio::time::{self, Instant};

use super::until::DEADLINE;

/// What is answered at all is answered sooner, also on a busy machine.
const LOST: Duration = Duration::from_secs(15);

/// The process of a page was seen to crash when it was asked something while it was being made.
const SETTLING: Duration = Duration::from_millis(400);

/// A session of WebDriver.
pub(super) struct Driver {
    address: String,
    session: String,
    client: Mutex<Client>,
    /// The windows, each with when it was first there.
    windows: Mutex<Vec<(WindowHandle, Instant)>>,
}

impl Driver {
    /// The session that `client` has begun at `address`.
    pub(super) async fn of(client: Client, address: String) -> Self {
        let session = client.session_id().await.ok().flatten();
        Self {
            address,
            session: session.expect("it has begun"),
            client: Mutex::new(client),
            windows: Mutex::default(),
        }
    }

    /// Whether a window has been there for long enough to be asked something.
    pub(super) fn is_settled(&self, window: &WindowHandle) -> bool {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        match windows.iter().find(|(known, _)| known == window) {
            Some((_, since)) => since.elapsed() > SETTLING,
            None => {
                windows.push((window.clone(), Instant::now()));
                false
            }
        }
    }

    /// What a command comes to; one whose answer is lost is given once more.
    pub(super) async fn ask<T, F>(&self, command: impl Fn(Client) -> F) -> Result<T, CmdError>
    where
        F: Future<Output = Result<T, CmdError>>,
    {
        match time::timeout(LOST, command(self.client())).await {
            Ok(answer) => answer,
            Err(_) => {
                eprintln!("an answer of the driver is lost: it is asked again");
                self.begin_anew().await;
                self.ask_once(command).await
            }
        }
    }

    /// The same for a command that may take as long as anything may, or must not be repeated.
    pub(super) async fn ask_once<T, F>(
        &self,
        command: impl FnOnce(Client) -> F,
    ) -> Result<T, CmdError>
    where
        F: Future<Output = Result<T, CmdError>>,
    {
        match time::timeout(DEADLINE, command(self.client())).await {
            Ok(answer) => answer,
            Err(_) => {
                self.begin_anew().await;
                Err(CmdError::WaitTimeout)
            }
        }
    }

    fn client(&self) -> Client {
        self.client.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn begin_anew(&self) {
        let again =
            Client::with_existing_session(&self.address, &self.session, HttpConnector::new());
        let again = again.await.expect("the address was good before");
        let former = std::mem::replace(
            &mut *self.client.lock().unwrap_or_else(PoisonError::into_inner),
            again,
        );
        // Should the answer come after all, the former one must not end the session.
        tokio::spawn(async move { former.persist().await });
    }
}

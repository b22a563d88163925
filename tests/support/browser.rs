//! A browser as people have one, for what goes through the gateway.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time;

use super::driver::Driver;
use super::page::Page;
use super::process::Process;
use super::until::DEADLINE;

/// Chromium without a window, ended when this is dropped.
pub struct Browser {
    /// What it shows.
    pub page: Page,
    driver: Process,
}

impl Browser {
    /// Starts it; what it keeps lies in `directory`.
    ///
    /// # Panics
    ///
    /// If it or its driver is not installed.
    pub async fn start(directory: &Path) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
        let port = free.expect("a port is free").port();
        let mut command = Process::command("chromedriver");
        command.arg(format!("--port={port}"));
        let mut driver = Process::start("the browser", command, directory);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err() {
            let ended = driver.ended();
            assert!(ended.is_none(), "chromedriver does not start: {ended:?}\n{}", driver.log());
            time::sleep(Duration::from_millis(10)).await;
        }
        let profile = format!("--user-data-dir={}", directory.join("browser").display());
        let arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=en", &profile];
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "pageLoadStrategy": "none",
        });
        let capabilities = capabilities.as_object().expect("it is one").clone();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let session = builder.capabilities(capabilities).connect(&address);
        let client = time::timeout(DEADLINE, session).await.expect("it starts in time");
        let client = client.unwrap_or_else(|error| panic!("{error}\n{}", driver.log()));
        Self { page: Page::of(Driver::of(client, address).await), driver }
    }

    /// Ends it tidily; its driver ends the rest.
    pub async fn close(self) {
        self.page.end().await;
        drop(self.driver);
    }
}

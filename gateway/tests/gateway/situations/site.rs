//! A site that says everywhere the same, according to how it is, and counts who asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time;

/// How long a slow site takes: longer than the `timeout` of the profile.
const SLOW: Duration = Duration::from_secs(2);

pub(super) const STRATEGIES: [&str; 10] = [
    "cache-only",
    "network-only",
    "cache-first",
    "stale-while-revalidate",
    "cache-then-network",
    "cache-network-race",
    "http",
    "http-fresh",
    "template",
    // Last, because it finds a slow site suspicious.
    "network-first",
];

/// How the site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Situation {
    Before,
    Online,
    Slow,
    Failing,
    Gone,
}

impl Situation {
    pub(super) const ALL: [Self; 4] = [Self::Online, Self::Slow, Self::Failing, Self::Gone];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Online => "online",
            Self::Slow => "slow",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    const fn says(self) -> &'static str {
        match self {
            Self::Before => "old",
            Self::Online => "new",
            Self::Slow => "late",
            Self::Failing | Self::Gone => "failing",
        }
    }
}

/// A site that says everywhere the same, according to how it is.
pub(super) struct Site {
    url: String,
    state: Arc<Mutex<State>>,
    listener: AbortHandle,
}

struct State {
    situation: Situation,
    /// How often each address was asked for since the site was told how it is.
    asked: BTreeMap<String, usize>,
}

impl Site {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State { situation: Situation::Before, asked: BTreeMap::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = state.clone();
        let listening = tokio::spawn(async move {
            // Dropped with this task, so that the site is gone at once.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let state = shared.clone();
                connections.spawn(async move {
                    // The gateway may go at any time.
                    let _ = converse(stream, &state).await;
                });
            }
        });
        Self { url, state, listener: listening.abort_handle() }
    }

    pub(super) fn becomes(&self, situation: Situation) {
        self.state.lock().unwrap().situation = situation;
        if situation == Situation::Gone {
            self.listener.abort();
        }
    }

    pub(super) fn forget(&self) {
        self.state.lock().unwrap().asked.clear();
    }

    pub(super) fn asked(&self, path: &str) -> usize {
        self.state.lock().unwrap().asked.get(path).copied().unwrap_or_default()
    }
}

async fn converse(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut connection = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if connection.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let situation = {
        let mut state = state.lock().unwrap();
        *state.asked.entry(path.clone()).or_default() += 1;
        state.situation
    };
    // What is not part of the table is always there: by it the site is found to be there.
    let is_well = !path.starts_with("/s/") || situation == Situation::Before;
    if situation == Situation::Slow && !is_well {
        time::sleep(SLOW).await;
    }
    let is_missing = path.ends_with("never.json");
    let status = match situation {
        Situation::Failing if !is_well => "500 Internal Server Error",
        _ if is_missing => "404 Not Found",
        Situation::Before
        | Situation::Online
        | Situation::Slow
        | Situation::Failing
        | Situation::Gone => "200 OK",
    };
    let says = if is_well { Situation::Before.says() } else { situation.says() };
    let (type_, body) = match path.rsplit_once('.') {
        Some((_, "json")) => ("application/json", format!("{{\"says\": \"{says}\"}}")),
        Some((_, "png")) => ("image/png", "a picture".to_owned()),
        Some((_, "woff2")) => ("font/woff2", "a font".to_owned()),
        _ if path == "/page" => ("text/html", "made of {{ says }}".to_owned()),
        _ if path == "/offline" => ("text/html", "nothing is here".to_owned()),
        _ => ("text/html", says.to_owned()),
    };
    let age = if path.contains("/http-fresh/") { 1000 } else { 0 };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {type_}\r\ncontent-length: {length}\r\n\
         cache-control: max-age={age}\r\nconnection: close\r\n\r\n{body}"
    );
    connection.write_all(answer.as_bytes()).await?;
    connection.shutdown().await
}

pub(super) fn profile(site: &Site) -> String {
    let mut profile = format!(
        "[site]\nname = \"Site\"\norigin = \"{}\"\n\n\
         [install]\nrequired = [\"/offline\", \"/none.png\", \"/plain.woff2\", \"/page\"{}]\n\n\
         [fallback]\ndocument = \"/offline\"\nimage = \"/none.png\"\nfont = \"/plain.woff2\"\n",
        site.url,
        Situation::ALL.map(|now| format!(", \"/s/cache-only/{}/seen\"", now.name())).concat()
    );
    for strategy in STRATEGIES {
        let more = match strategy {
            "network-first" => "timeout = \"1s\"\n",
            "template" => "template = \"/page\"\ndata = \"/s/data/:now/:seen.json\"\n",
            _ => "",
        };
        profile.push_str(&format!(
            "\n[[route]]\nname = \"{strategy}\"\nwhen = {{ path = \"/s/{strategy}/:now/:seen\" }}\n\
             strategy = \"{}\"\n{more}",
            strategy.trim_end_matches("-fresh")
        ));
    }
    profile.push_str(
        "\n[[route]]\nname = \"data\"\nwhen = { path = \"/s/data/*\" }\nstrategy = \"cache-first\"\n\
         \n[[route]]\nname = \"page\"\nwhen = { path = \"/page\" }\nstrategy = \"cache-first\"\n",
    );
    profile
}

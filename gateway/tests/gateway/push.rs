//! What a site tells by itself, over real connections: by the polls site's own view, by nginx
//! with nchan, and by a hub that speaks as Mercure does.
//!
//! The gateway has nobody to show a notice to, so the engine is asked here for what it would tell.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use holdfast_engine::{Cookies, Destination, Engine, Foundation, Notice, Redirects, Request, Site};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use crate::processes::{Polls, Process, World, replaced, shipped_profile, until};

/// The engine on a site, as the app has it.
fn engine(profile: &str, directory: &Path) -> Engine {
    let site = Site::read("site.toml", profile).unwrap();
    Engine::open(site, directory, Foundation::default()).unwrap()
}

/// Waits until the stream is open, and it is known where.
async fn open(directory: &Path) {
    until("the stream is open", async || {
        let state = rusqlite::Connection::open(directory.join("state.sqlite3")).unwrap();
        let is_open = state.prepare("SELECT 1 FROM push_cursor").unwrap().exists([]).ok()?;
        is_open.then_some(())
    })
    .await;
}

/// Waits for the one notice there is, and takes it.
async fn told(engine: &Engine) -> Notice {
    let told = until("somebody is told", async || {
        let told = engine.notices().unwrap();
        assert!(told.len() <= 1, "{told:#?}");
        told.into_iter().next()
    })
    .await;
    engine.notices_shown(std::slice::from_ref(&told.key)).await.unwrap();
    told
}

/// The page at a path, as the app's window asks for it.
async fn page(engine: &Engine, path: &str) -> String {
    let url = engine.site().address(path).unwrap();
    let request = Request {
        cookies: Cookies::Jar,
        redirects: Redirects::Manual,
        ..Request::get(url, Destination::Document)
    };
    let response = engine.handle(request).await;
    String::from_utf8(response.body.collect().await.unwrap().to_vec()).unwrap()
}

fn ask(polls: &Polls, question: &str) {
    polls.execute(&format!(
        "INSERT INTO polls_question (question_text, pub_date, picture)
         VALUES ('{question}', '2026-01-01 00:00:00', '')"
    ));
}

fn profile_of(polls: &Polls) -> String {
    replaced(&shipped_profile(), "http://127.0.0.1:8000", &polls.origin)
}

#[tokio::test]
async fn a_new_poll_is_stored_and_told_by_the_polls_site() {
    let directory = TempDir::new().unwrap();
    let mut polls = Polls::start(directory.path()).await;
    let store = directory.path().join("store");
    let engine = engine(&profile_of(&polls), &store);
    open(&store).await;
    ask(&polls, "Why not?");
    let new = told(&engine).await;
    assert_eq!((&*new.kind, &*new.title), ("poll", "New poll"));
    assert_eq!((new.body.as_deref(), new.is_refreshed), (Some("Why not?"), true));
    polls.kill().await;
    let path = new.open.unwrap();
    assert!(page(&engine, &path).await.contains("Why not?"));
    assert!(page(&engine, "/polls/").await.contains("Why not?"));

    // What is missed while the site is away comes when it is back.
    ask(&polls, "What else?");
    polls.start_again().await;
    assert_eq!(told(&engine).await.body.as_deref(), Some("What else?"));
    engine.close().await;
}

#[tokio::test]
async fn the_gateway_keeps_what_is_told_up_to_date() {
    let world = World::new().await;
    open(&world.gateway.data()).await;
    ask(&world.polls, "Is it there?");
    until("the page is stored", async || {
        let cache = rusqlite::Connection::open(world.gateway.data().join("cache.sqlite3")).unwrap();
        let sql =
            "SELECT 1 FROM response WHERE instr(body, 'Is it there?') AND url LIKE '%/polls/'";
        cache.prepare(sql).unwrap().exists([]).ok()?.then_some(())
    })
    .await;
}

#[tokio::test]
async fn threads_of_the_polls_site_end_with_their_readers() {
    let directory = TempDir::new().unwrap();
    let polls = Polls::start(directory.path()).await;
    for _ in 0..40 {
        let url = format!("{}/polls/stream/", polls.origin);
        assert_eq!(reqwest::get(url).await.unwrap().status(), 200);
    }
    let page = reqwest::get(format!("{}/polls/", polls.origin)).await.unwrap();
    assert_eq!(page.status(), 200);
}

const NCHAN: &str = r#"
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:PORT;
        location = /stream { nchan_subscriber eventsource; nchan_channel_id polls; }
        location = /publish { nchan_publisher; nchan_channel_id polls; }
        location /polls/ { default_type text/html; return 200 "<h1>A poll</h1>"; }
    }
}
"#;

async fn nginx(directory: &Path, port: u16) -> Process {
    let config = directory.join("nginx.conf");
    std::fs::write(&config, NCHAN.replace("PORT", &port.to_string())).unwrap();
    let mut command = tokio::process::Command::new("nginx");
    command.arg("-p").arg(directory).arg("-c").arg(&config);
    let nginx = Process::spawn("nginx", command, directory.join("nginx.log"));
    until("nginx listens", async || TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
    nginx
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn nginx_with_nchan_is_understood() {
    let directory = TempDir::new().unwrap();
    let port = free_port();
    let origin = format!("http://127.0.0.1:{port}");
    let profile = format!(
        "[site]\nname = \"Polls\"\norigin = \"{origin}\"\n[push]\nstream = \"/stream\"\n\
         [[push.message]]\nrefresh = [\"/polls/{{id}}/\"]\ntitle = \"New: {{question}}\"\n"
    );
    let publish = async |id: u8, question: &str| {
        let said = format!("{{\"id\": {id}, \"question\": \"{question}\"}}");
        let url = format!("{origin}/publish");
        let answer = reqwest::Client::new().post(url).body(said).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    };
    let mut nginx = nginx(directory.path(), port).await;
    let store = directory.path().join("store");
    let engine = engine(&profile, &store);
    publish(1, "Why?").await;
    let first = told(&engine).await;
    assert_eq!((&*first.title, first.is_refreshed), ("New: Why?", true));
    assert_eq!(page(&engine, "/polls/1/").await, "<h1>A poll</h1>");

    // What was said while nobody listened comes after what was read last, and that not again.
    engine.close().await;
    publish(2, "Who?").await;
    let engine = self::engine(&profile, &store);
    assert_eq!(told(&engine).await.title, "New: Who?");
    engine.close().await;
    nginx.kill().await;
}

/// A hub as the Mercure protocol has it: updates on topics, for who brings the token.
struct Hub {
    origin: String,
    updates: Arc<Mutex<Vec<(String, String)>>>,
    news: broadcast::Sender<()>,
    listener: AbortHandle,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Hub {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let updates: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let (news, _) = broadcast::channel(16);
        let (kept, sender) = (updates.clone(), news.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone(), sender.subscribe()));
            }
        });
        Self { origin, updates, news, listener: task.abort_handle() }
    }

    fn publish(&self, topic: &str, data: &str) {
        self.updates.lock().unwrap().push((topic.to_owned(), data.to_owned()));
        let _ = self.news.send(());
    }
}

async fn serve(
    stream: TcpStream,
    updates: Arc<Mutex<Vec<(String, String)>>>,
    mut news: broadcast::Receiver<()>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let found = lines.iter().find_map(|line| {
            line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name))
        });
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let target = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
    // The site's pages give the cookie for the hub.
    let cookie = match &*target {
        "/" => "set-cookie: mercureAuthorization=jwt; Path=/.well-known/mercure\r\n",
        _ => "",
    };
    let plain = |status: &str, said: &str| {
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\
             {cookie}connection: close\r\n\r\n{said}",
            said.len()
        )
    };
    let Some(query) = target.strip_prefix("/.well-known/mercure?") else {
        let said = if target == "/token/" { "jwt" } else { "<h1>A poll</h1>" };
        return stream.write_all(plain("200 OK", said).as_bytes()).await;
    };
    let is_allowed = header("authorization") == "Bearer jwt"
        || header("cookie").contains("mercureAuthorization=jwt");
    if !is_allowed {
        return stream.write_all(plain("401 Unauthorized", "").as_bytes()).await;
    }
    let topics: Vec<String> = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("topic="))
        .map(|topic| topic.replace("%3A", ":").replace("%2F", "/"))
        .collect();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n:\n";
    stream.write_all(head.as_bytes()).await?;
    let last = header("last-event-id");
    let number = last.strip_prefix("urn:uuid:").and_then(|number| number.parse::<usize>().ok());
    let mut next = number.map_or_else(|| updates.lock().unwrap().len(), |number| number + 1);
    loop {
        let due = updates.lock().unwrap().get(next).cloned();
        match due {
            Some((topic, data)) => {
                if topics.contains(&topic) {
                    let said =
                        format!("id: urn:uuid:{next}\r\nevent: poll\r\ndata: {data}\r\n\r\n");
                    stream.write_all(said.as_bytes()).await?;
                }
                next += 1;
            }
            None if news.recv().await.is_err() => return Ok(()),
            None => {}
        }
    }
}

#[tokio::test]
async fn a_mercure_hub_is_understood() {
    for token in ["token = { path = \"/token/\" }", ""] {
        let hub = Hub::start().await;
        let directory = TempDir::new().unwrap();
        let profile = format!(
            "[site]\nname = \"Polls\"\norigin = \"{}\"\n[push]\nstream = \"/.well-known/mercure\"\n\
             topics = [\"https://polls.example/new\"]\n{token}\n\
             [[push.message]]\nevent = \"poll\"\nrefresh = [\"/polls/{{id}}/\"]\ntitle = \"{{id}}\"\n",
            hub.origin
        );
        let engine = engine(&profile, directory.path());
        // The site gives the cookie with its pages.
        page(&engine, "/").await;
        until("the hub has a reader", async || (hub.news.receiver_count() > 0).then_some(())).await;
        hub.publish("https://polls.example/other", "{\"id\": 1}");
        // Who is not there yet when something is said asks for nothing that was before.
        let first = until("somebody is told", async || {
            hub.publish("https://polls.example/new", "{\"id\": 2}");
            engine.notices().unwrap().into_iter().next()
        })
        .await;
        assert_eq!((&*first.title, first.is_refreshed), ("2", true));
        engine.close().await;
        hub.publish("https://polls.example/new", "{\"id\": 3}");
        let engine = self::engine(&profile, directory.path());
        if token.is_empty() {
            page(&engine, "/").await;
        }
        until("what was missed is told", async || {
            engine.notices().unwrap().iter().any(|notice| notice.title == "3").then_some(())
        })
        .await;
        engine.close().await;
    }
}

//! Each strategy in each situation of the site, over plain HTTP: what the client gets, what
//! is said about it, and what the site was asked.

mod site;

use futures::future::join_all;
use tempfile::TempDir;

use crate::http::{Browser, PAGE};
use crate::processes::{Gateway, until};
use site::{STRATEGIES, Site, Situation, profile};

/// What each is about, is served, says of itself, and how often its address was asked for
/// afterwards. What was seen said "old" then; a slow site says "late" at last.
#[rustfmt::skip] // A table reads better aligned.
const EXPECTED: &str = "
cache-only             | online  | seen  | 200 old             | hit; detail=strategy                       | 0
cache-only             | online  | never | 503 nothing is here | fwd=miss; detail=strategy                  | 0
network-only           | online  | seen  | 200 new             | fwd=bypass; fwd-status=200                 | 1
network-only           | online  | never | 200 new             | fwd=bypass; fwd-status=200                 | 1
cache-first            | online  | seen  | 200 old             | hit; detail=strategy                       | 0
cache-first            | online  | never | 200 new             | fwd=miss; fwd-status=200; stored           | 1
stale-while-revalidate | online  | seen  | 200 old             | hit; detail=strategy                       | 1
stale-while-revalidate | online  | never | 200 new             | fwd=miss; fwd-status=200; stored           | 1
cache-then-network     | online  | seen  | 200 old             | hit; detail=strategy                       | 1
cache-then-network     | online  | never | 200 new             | fwd=miss; fwd-status=200; stored           | 1
cache-network-race     | online  | seen  | 200 either          | either                                     | 1
cache-network-race     | online  | never | 200 new             | fwd=miss; fwd-status=200; stored           | 1
http                   | online  | seen  | 200 new             | fwd=stale; fwd-status=200; stored          | 1
http                   | online  | never | 200 new             | fwd=miss; fwd-status=200; stored           | 1
http-fresh             | online  | seen  | 200 old             | hit; detail=strategy                       | 0
http-fresh             | online  | never | 200 new             | fwd=miss; fwd-status=200; stored           | 1
template               | online  | seen  | 200 made of old     | fwd=miss; detail=strategy                  | 0
template               | online  | never | 200 new             | fwd=miss; fwd-status=200; stored           | 1
network-first          | online  | seen  | 200 new             | fwd=stale; fwd-status=200; stored          | 1
network-first          | online  | never | 200 new             | fwd=miss; fwd-status=200; stored           | 1
cache-only             | slow    | seen  | 200 old             | hit; detail=strategy                       | 0
cache-only             | slow    | never | 503 nothing is here | fwd=miss; detail=strategy                  | 0
network-only           | slow    | seen  | 200 late            | fwd=bypass; fwd-status=200                 | 1
network-only           | slow    | never | 200 late            | fwd=bypass; fwd-status=200                 | 1
cache-first            | slow    | seen  | 200 old             | hit; detail=strategy                       | 0
cache-first            | slow    | never | 200 late            | fwd=miss; fwd-status=200; stored           | 1
stale-while-revalidate | slow    | seen  | 200 old             | hit; detail=strategy                       | 1
stale-while-revalidate | slow    | never | 200 late            | fwd=miss; fwd-status=200; stored           | 1
cache-then-network     | slow    | seen  | 200 old             | hit; detail=strategy                       | 1
cache-then-network     | slow    | never | 200 late            | fwd=miss; fwd-status=200; stored           | 1
cache-network-race     | slow    | seen  | 200 old             | hit; detail=strategy                       | 1
cache-network-race     | slow    | never | 200 late            | fwd=miss; fwd-status=200; stored           | 1
http                   | slow    | seen  | 200 late            | fwd=stale; fwd-status=200; stored          | 1
http                   | slow    | never | 200 late            | fwd=miss; fwd-status=200; stored           | 1
http-fresh             | slow    | seen  | 200 old             | hit; detail=strategy                       | 0
http-fresh             | slow    | never | 200 late            | fwd=miss; fwd-status=200; stored           | 1
template               | slow    | seen  | 200 made of old     | fwd=miss; detail=strategy                  | 0
template               | slow    | never | 200 late            | fwd=miss; fwd-status=200; stored           | 1
network-first          | slow    | seen  | 200 old             | hit; detail=slow                           | 1
network-first          | slow    | never | 200 late            | fwd=miss; fwd-status=200; stored           | 1
cache-only             | failing | seen  | 200 old             | hit; detail=strategy                       | 0
cache-only             | failing | never | 503 nothing is here | fwd=miss; detail=strategy                  | 0
network-only           | failing | seen  | 500 failing         | fwd=bypass; fwd-status=500                 | 1
network-only           | failing | never | 500 failing         | fwd=bypass; fwd-status=500                 | 1
cache-first            | failing | seen  | 200 old             | hit; detail=strategy                       | 0
cache-first            | failing | never | 500 failing         | fwd=miss; fwd-status=500                   | 1
stale-while-revalidate | failing | seen  | 200 old             | hit; detail=strategy                       | 1
stale-while-revalidate | failing | never | 500 failing         | fwd=miss; fwd-status=500                   | 1
cache-then-network     | failing | seen  | 200 old             | hit; detail=strategy                       | 1
cache-then-network     | failing | never | 500 failing         | fwd=miss; fwd-status=500                   | 1
cache-network-race     | failing | seen  | 200 old             | either                                     | 1
cache-network-race     | failing | never | 500 failing         | fwd=miss; fwd-status=500                   | 1
http                   | failing | seen  | 500 failing         | fwd=stale; fwd-status=500                  | 1
http                   | failing | never | 500 failing         | fwd=miss; fwd-status=500                   | 1
http-fresh             | failing | seen  | 200 old             | hit; detail=strategy                       | 0
http-fresh             | failing | never | 500 failing         | fwd=miss; fwd-status=500                   | 1
template               | failing | seen  | 200 made of old     | fwd=miss; detail=strategy                  | 0
template               | failing | never | 500 failing         | fwd=miss; fwd-status=500                   | 1
network-first          | failing | seen  | 200 old             | hit; detail=server-error                   | 1
network-first          | failing | never | 500 failing         | fwd=miss; fwd-status=500                   | 1
cache-only             | gone    | seen  | 200 old             | hit; detail=strategy                       | 0
cache-only             | gone    | never | 503 nothing is here | fwd=miss; detail=strategy                  | 0
network-only           | gone    | seen  | 503 nothing is here | fwd=miss; detail=offline                   | 0
network-only           | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
cache-first            | gone    | seen  | 200 old             | hit; detail=strategy                       | 0
cache-first            | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
stale-while-revalidate | gone    | seen  | 200 old             | hit; detail=offline                        | 0
stale-while-revalidate | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
cache-then-network     | gone    | seen  | 200 old             | hit; detail=offline                        | 0
cache-then-network     | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
cache-network-race     | gone    | seen  | 200 old             | hit; detail=offline                        | 0
cache-network-race     | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
http                   | gone    | seen  | 200 old             | hit; detail=offline                        | 0
http                   | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
http-fresh             | gone    | seen  | 200 old             | hit; detail=strategy                       | 0
http-fresh             | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
template               | gone    | seen  | 200 made of old     | fwd=miss; detail=strategy                  | 0
template               | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
network-first          | gone    | seen  | 200 old             | hit; detail=offline                        | 0
network-first          | gone    | never | 503 nothing is here | fwd=miss; detail=offline                   | 0
";

/// The site with a gateway before it that has installed and seen what the tables need.
struct Scene {
    site: Site,
    browser: Browser,
    _gateway: Gateway,
    /// Removed last.
    _directory: TempDir,
}

impl Scene {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let site = Site::start().await;
        let gateway = Gateway::start(directory.path(), &profile(&site)).await;
        gateway.installed().await;
        let browser = Browser::new(&gateway.origin);
        for strategy in STRATEGIES {
            for situation in Situation::ALL {
                let path = format!("/s/{strategy}/{}/seen", situation.name());
                assert_eq!(browser.open(&path).await.status, 200, "{path}");
            }
        }
        site.forget();
        Self { site, browser, _gateway: gateway, _directory: directory }
    }

    /// Asks until the site counts as there, or as gone.
    async fn settles(&self, situation: Situation) {
        until("it is known how the site is", async || {
            let status = self.browser.open("/mended").await.cache_status().to_owned();
            let is_gone = status.ends_with("detail=offline");
            (is_gone == (situation == Situation::Gone) && !status.ends_with("detail=slow"))
                .then_some(())
        })
        .await;
    }

    /// One line of the table, and whose requests are to be counted for it.
    async fn line(&self, strategy: &str, situation: Situation, seen: &str) -> (String, String) {
        let path = format!("/s/{strategy}/{}/{seen}", situation.name());
        let answer = self.browser.get(&path, PAGE).await;
        let status = answer.cache_status().strip_prefix("Holdfast; ").unwrap().to_owned();
        let is_race = strategy == "cache-network-race" && seen == "seen";
        let (body, status) = match situation {
            // Either may win, and what wins says what it is.
            Situation::Online if is_race => {
                let is_stored = status.starts_with("hit");
                assert_eq!(answer.text(), if is_stored { "old" } else { "new" }, "{status}");
                ("either".to_owned(), "either".to_owned())
            }
            Situation::Failing if is_race => (answer.text(), "either".to_owned()),
            Situation::Before
            | Situation::Online
            | Situation::Slow
            | Situation::Failing
            | Situation::Gone => (answer.text(), status),
        };
        let (name, http) = (situation.name(), answer.status);
        let line = format!("{strategy:22} | {name:7} | {seen:5} | {http} {body:15} | {status:42}");
        (line, path)
    }
}

#[tokio::test]
async fn each_strategy_answers_in_each_situation_as_it_says() {
    let scene = Scene::new().await;
    let mut lines = Vec::new();
    for situation in Situation::ALL {
        scene.site.becomes(situation);
        scene.settles(situation).await;
        let (last, others) = STRATEGIES.split_last().unwrap();
        // All at once, since each waits for a slow site.
        let of_both =
            |strategy| ["seen", "never"].map(|seen| scene.line(strategy, situation, seen));
        lines.extend(join_all(others.iter().copied().flat_map(of_both)).await);
        for seen in ["seen", "never"] {
            scene.settles(situation).await;
            lines.push(scene.line(last, situation, seen).await);
        }
    }
    let table: String =
        lines.iter().map(|(line, path)| format!("{line} | {}\n", scene.site.asked(path))).collect();
    for (line, expected) in table.lines().zip(EXPECTED.trim().lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(table.trim(), EXPECTED.trim());
}

/// What stands in for what was never seen is of its kind, and says that it is not what was
/// asked for; an error of the site is shown as the site sent it.
#[tokio::test]
async fn each_kind_has_its_own_in_its_place() {
    let scene = Scene::new().await;
    let problem = "application/problem+json";
    let check = async |path: &str, accept: &str, status: u16, type_: &str, body: &str| {
        let answer = scene.browser.get(&format!("/s/{path}"), accept).await;
        let got = (answer.status, answer.header("content-type"));
        assert_eq!(got, (status, type_), "{path}");
        assert!(answer.text().contains(body), "{path}: {}", answer.text());
        // A status that says nothing of what was asked for must not be kept for it.
        if status == 200 {
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
        assert!(!answer.cache_status().contains("stored"), "{path}");
    };
    let image = "image/avif,image/webp,*/*;q=0.8";
    scene.site.becomes(Situation::Failing);
    for strategy in STRATEGIES.into_iter().filter(|name| *name != "cache-only") {
        let answer = scene.browser.get(&format!("/s/{strategy}/gone/a.png"), image).await;
        let got = (answer.status, answer.header("content-type"), answer.text());
        assert_eq!(got, (500, "image/png", "a picture".to_owned()), "{strategy}");
    }
    scene.site.becomes(Situation::Gone);
    scene.settles(Situation::Gone).await;
    for strategy in STRATEGIES.into_iter().filter(|name| *name != "template") {
        let path = |name: &str| format!("{strategy}/gone/{name}");
        check(&path("b"), PAGE, 503, "text/html", "nothing is here").await;
        check(&path("b.png"), image, 200, "image/png", "a picture").await;
        check(&path("b.woff2"), "*/*", 200, "font/woff2", "a font").await;
        let why = if strategy == "cache-only" { "the network is not to be asked" } else { "" };
        check(&path("b.json"), "application/json", 504, problem, why).await;
        check(&path("b.json"), "application/json", 504, problem, "\"title\":\"No answer\"").await;
    }
    check("template/gone/b", PAGE, 503, "text/html", "nothing is here").await;
}

//! Links that lead out of the site, and links that want a window of their own.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use holdfast_tests::{Answer, Echo, Polls, World, shipped_profile, until};
use tempfile::TempDir;

/// A program in place of the system's browser and of others, which writes down what it is to open.
pub(crate) struct Browser(TempDir);

impl Browser {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let program = folder.path().join("xdg-open");
        let opened = folder.path().join("opened");
        fs::write(&program, format!("#!/bin/sh\necho \"$1\" >> '{}'\n", opened.display())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let path = std::env::var("PATH").unwrap();
        vec![("PATH".to_owned(), format!("{}:{path}", self.0.path().display()))]
    }

    /// Waits until it has opened so many addresses.
    pub(crate) async fn opened(&self, count: usize) -> Vec<String> {
        until("the browser is asked to open something", || async {
            let text = fs::read_to_string(self.0.path().join("opened")).unwrap_or_default();
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            (lines.len() >= count).then_some(lines)
        })
        .await
    }
}

#[tokio::test]
async fn a_link_to_another_site_opens_in_the_browser_and_the_window_stays() {
    let browser = Browser::new();
    let world = World::polls_with(browser.environment()).await;
    let page = world.page();
    page.follow("About").await;
    assert_eq!(browser.opened(1).await, ["https://www.djangoproject.com/"]);
    assert_eq!(page.text("location.href").await, "polls://localhost/polls/");
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
}

#[tokio::test]
async fn a_link_that_wants_a_window_opens_in_the_only_one() {
    let world = World::polls().await;
    let page = world.page();
    page.follow("Is the sky blue?").await;
    page.at("/polls/1/").await;
    page.follow("Questions in a new window").await;
    page.at("/polls/").await;
    page.back().await;
    page.at("/polls/1/").await;
}

#[tokio::test]
async fn a_redirect_to_another_site_opens_in_the_browser_and_leads_back() {
    let browser = Browser::new();
    let site = Echo::start(|request| match request.path.as_str() {
        "/" => Some(Answer::html(
            "<title>start</title><a href=out>out</a> <a href=blank target=_blank>blank</a>\
             <form method=post action=post><button>post</button></form>",
        )),
        "/out" => Some(Answer::redirect(302, "https://example.org/out")),
        "/blank" => Some(Answer::redirect(302, "https://example.org/blank")),
        "/post" => Some(Answer::redirect(303, "https://example.org/post")),
        _ => None,
    });
    let profile = site.profile();
    let mut world = World::not_yet_open(site, &profile).await;
    world.settings.environment = browser.environment();
    world.open().await;
    let page = world.page();
    page.at("/").await;
    for (count, link) in ["out", "blank", "post"].into_iter().enumerate() {
        match link {
            "post" => page.click("button").await,
            _ => page.follow(link).await,
        }
        let opened = browser.opened(count + 1).await;
        assert_eq!(opened[count], format!("https://example.org/{link}"));
        page.at("/").await;
    }
}

#[tokio::test]
async fn addresses_that_lead_nowhere_leave_the_page_alone() {
    let browser = Browser::new();
    let directory = TempDir::new().unwrap();
    let polls = Polls::start(directory.path()).await;
    let profile = shipped_profile(polls.origin());
    let mut world = World::not_yet_open(polls, &profile).await;
    world.settings.environment = browser.environment();
    world.open().await;
    let page = world.page();
    page.at("/polls/").await;
    for address in [
        "file:///etc/passwd",
        "polls://elsewhere/polls/",
        "data:text/html,x",
        "holdfast-problem://localhost/",
    ] {
        page.js_with("location.assign(arguments[0])", vec![address.into()]).await;
        // What follows is asked for later, and so shows that the first led nowhere.
        page.visit("/polls/1/").await;
        page.at("/polls/1/").await;
    }
    page.js("location.assign('mailto:a@example.org')").await;
    assert_eq!(browser.opened(1).await, ["mailto:a@example.org"]);
}

//! What waits to be sent: what the bar says of it, and what the person does about it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use fantoccini::key::Key;
use holdfast_tests::{Answer, Echo, Received, World};
use serde_json::{Value, json};

use crate::library::{PLACE, choose, leave, press, rows, until_rows, until_said, vote, world};

#[tokio::test]
async fn the_bar_says_what_waits_and_then_that_it_was_sent() {
    let mut world = world().await;
    let page = world.page();
    leave(&mut world, 1).await;
    vote(&page, 1, 2).await;
    page.until_note("1 vote waiting to be sent.").await;
    page.screenshot("saved").await;

    page.visit("/polls/1/results/").await;
    page.until_note("Your vote for “No” is waiting to be sent.").await;
    assert_eq!(page.until_bar("offline").await.button, None);
    page.screenshot("waiting").await;
    page.resize(360, 640).await;
    page.screenshot("waiting-narrow").await;
    page.resize(1024, 768).await;

    page.dismiss_bar().await;
    page.until_no_bar().await;
    vote(&page, 1, 3).await;
    page.until_note("2 votes waiting to be sent.").await;
    page.visit("/polls/1/results/").await;
    page.until_note("2 votes waiting to be sent.").await;

    world.site.start_again().await;
    page.until_note("Your vote for “Sometimes” was sent.").await;
    page.screenshot("sent").await;
    // What was sent has changed what is shown.
    page.until_bar("changed").await;
    page.leave(page.press_bar()).await;
    page.until_no_bar().await;
    assert_eq!((world.site.votes(2), world.site.votes(3), world.site.all_votes()), (1, 1, 2));
}

#[tokio::test]
async fn what_waits_can_be_sent_now() {
    let world = world().await;
    let page = world.page();
    page.visit("/polls/1/").await;
    world.site.break_choices();
    vote(&page, 1, 2).await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.until(&format!("{PLACE}.querySelectorAll('li').length === 1")).await;
    world.site.mend_choices();
    press(&page, 0).await;
    until_rows(&page, json!([])).await;
    assert_eq!((world.site.votes(2), world.site.all_votes()), (1, 1));
}

#[tokio::test]
async fn what_waits_is_edited_where_it_was_entered() {
    let mut world = world().await;
    let page = world.page();
    leave(&mut world, 1).await;
    vote(&page, 1, 2).await;
    page.until_note("1 vote waiting to be sent.").await;
    page.press_note().await;
    page.look_at_library().await;
    page.until(&format!("{PLACE}.querySelectorAll('li').length === 1")).await;
    choose(&page, 0, "Edit").await;

    page.look_at_site().await;
    page.at("/polls/1/").await;
    page.until_note("This is what you entered. Change it and send it again.").await;
    assert_eq!(page.js("return document.querySelector('#choice2').checked").await, true);
    page.screenshot("editing").await;
    page.click("#choice1").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/vote/").await;
    page.until_note("1 vote waiting to be sent.").await;
    page.look_at_library().await;
    let changed = json!([["Vote for “Yes” · Is the sky blue?", "waiting for a connection"]]);
    until_rows(&page, changed).await;

    world.site.start_again().await;
    until_rows(&page, json!([])).await;
    assert_eq!((world.site.votes(1), world.site.all_votes()), (1, 1));
}

#[tokio::test]
async fn what_waits_is_exported_and_what_is_known_is_not_imported_twice() {
    let mut world = world().await;
    let config = world.path("config");
    let downloads = world.path("downloads");
    fs::create_dir_all(&config).unwrap();
    let folders = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display());
    fs::write(config.join("user-dirs.dirs"), folders).unwrap();
    let config = ("XDG_CONFIG_HOME".to_owned(), config.to_str().unwrap().to_owned());
    world.settings.environment.push(config);
    world.restart().await;
    let page = world.page();
    page.at("/polls/").await;
    leave(&mut world, 1).await;
    vote(&page, 1, 2).await;
    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.until(&format!("{PLACE}.querySelectorAll('li').length === 1")).await;
    choose(&page, 0, "Export").await;
    let said = until_said(&page, "Saved as ").await;
    let file = downloads.join("Polls.holdfast");
    assert_eq!(said, format!("Saved as {}", file.display()));

    let import = format!(
        "const input = {PLACE}.querySelector('input[type=file]');\
         const files = new DataTransfer();\
         files.items.add(new File([arguments[0]], 'a.holdfast'));\
         input.files = files.files;\
         input.dispatchEvent(new Event('change'));"
    );
    page.js_with(&import, vec![fs::read_to_string(&file).unwrap().into()]).await;
    until_said(&page, "New from the file: 0. Here already: 1.").await;
    page.js_with(&import, vec!["{}".into()]).await;
    until_said(&page, "This file cannot be read").await;
    assert_eq!(rows(&page).await.as_array().unwrap().len(), 1);
}

/// A site that cannot take votes, then asks who votes, then says no to whoever it is.
fn strict(stage: Arc<AtomicU8>) -> impl Fn(&Received) -> Option<Answer> + Send + Sync + 'static {
    move |request| {
        let form = "<!doctype html><title>A poll</title><form method=post action=/vote>\
                    <label><input type=radio name=choice value=1 checked>Yes</label><button>Vote</button></form>";
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/") => Some(Answer::html(form)),
            ("POST", "/vote") => Some(match stage.load(Ordering::Relaxed) {
                0 => Answer::html("<h1>Busy</h1>").status(503),
                1 => Answer::redirect(303, "/login"),
                _ => Answer::html(
                    "<!doctype html><title>No</title><h1>This poll is closed</h1>\
                     <script>document.querySelector('h1').textContent = 'ran'</script>",
                )
                .status(409),
            }),
            ("GET", "/login") => {
                Some(Answer::html("<!doctype html><title>Sign in</title><h1>Sign in</h1>"))
            }
            _ => None,
        }
    }
}

#[tokio::test]
async fn what_needs_a_sign_in_leads_to_it_and_what_was_refused_shows_why() {
    let stage = Arc::new(AtomicU8::new(0));
    let site = Echo::start(strict(stage.clone()));
    let profile = format!(
        "{}\n[[route]]\nname = \"votes\"\nwhen = {{ path = \"/vote\", method = \"POST\" }}\n\
         strategy = \"network-only\"\n[route.outbox]\nkind = \"vote\"\naccept = {{ redirect = \"/done\" }}\n\
         [[route]]\nname = \"pages\"\nwhen = {{ destination = \"document\" }}\nstrategy = \"network-first\"\n",
        site.profile()
    );
    let world = World::of(site, &profile).await;
    let page = world.page();
    page.at("/").await;
    page.click("button").await;
    page.at("/vote").await;
    page.until_note("1 vote waiting to be sent.").await;

    page.press_letter(Key::Control, 'l').await;
    page.look_at_library().await;
    page.until(&format!("{PLACE}.querySelectorAll('li').length === 1")).await;
    stage.store(1, Ordering::Relaxed);
    press(&page, 0).await;
    until_rows(&page, json!([["Vote for “Yes” · A poll", "⚠ needs you to sign in"]])).await;
    page.screenshot("library-sign-in").await;
    page.look_at_site().await;
    page.until_note("Sign in to send your vote.").await;
    page.leave(page.press_note()).await;
    page.at("/login").await;
    page.visit("/").await;
    page.look_at_library().await;
    press(&page, 0).await;
    page.look_at_site().await;
    page.at("/login").await;

    stage.store(2, Ordering::Relaxed);
    page.look_at_library().await;
    choose(&page, 0, "Send now").await;
    until_rows(&page, json!([["Vote for “Yes” · A poll", "⚠ the site did not take it"]])).await;
    press(&page, 0).await;
    let dialog = format!("{PLACE}.querySelector('holdfast-answer').shadowRoot");
    page.until(&format!("{dialog}.querySelector('iframe').srcdoc.includes('This poll is closed')"))
        .await;
    // Nothing in it runs, and nobody reaches into it.
    assert_eq!(
        page.js(&format!("return {dialog}.querySelector('iframe').contentDocument")).await,
        Value::Null
    );
    page.screenshot("library-answer").await;
    page.look_at_site().await;
    page.until_note("A vote needs your attention.").await;
}

#[tokio::test]
async fn a_choice_that_is_gone_is_said_and_chosen_anew() {
    let mut world = world().await;
    let page = world.page();
    leave(&mut world, 1).await;
    vote(&page, 1, 3).await;
    page.until_note("1 vote waiting to be sent.").await;
    world.site.execute("DELETE FROM polls_choice WHERE id = 3");
    world.site.start_again().await;
    page.until_note("A vote needs your attention.").await;
    page.press_note().await;
    page.look_at_library().await;
    let what = "Vote for “Sometimes” · Is the sky blue?";
    until_rows(&page, json!([[what, "⚠ the choice has changed: please look"]])).await;
    page.screenshot("library-changed").await;
    press(&page, 0).await;

    page.look_at_site().await;
    page.at("/polls/1/").await;
    let said =
        "Not everything that you entered has a place here any more. Choose anew and send it again.";
    page.until_note(said).await;
    page.screenshot("choosing-anew").await;
    page.click("#choice1").await;
    page.click("input[type=submit]").await;
    page.at("/polls/1/results/").await;
    page.look_at_library().await;
    until_rows(&page, json!([])).await;
    assert_eq!((world.site.votes(1), world.site.all_votes()), (1, 1));
    // It was sent while the person looked, which needs no word.
    page.look_at_site().await;
    assert_eq!(page.bar().await, None);
}

//! `holdfast-gateway explain --site FILE --data DIR URL`

use tempfile::TempDir;

use crate::http::Browser;
use crate::origin::Origin;
use crate::processes::{Gateway, World, program, until};

/// What `explain` says of a request, beside the gateway that runs.
async fn explained(world: &World, arguments: &[&str]) -> String {
    let mut command = program();
    command.arg("explain").arg("--site").arg(world.gateway.profile());
    command.arg("--data").arg(world.gateway.data()).args(arguments);
    let output = command.output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn it_says_which_route_why_and_what_would_be_served() {
    let world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    browser.get("/static/polls/app.js", "*/*").await;
    let said = explained(&world, &["/static/polls/app.js?utm_source=x"]).await;
    for part in [
        ", for a script",
        "route         static: yes, cache-first\n",
        "/static/polls/app.js\n",
        "stored        200, ",
        "for everybody, installed",
        "online        the stored one\n",
        "offline       the stored one\n",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    let said = explained(&world, &["/polls/3/", "-H", "Accept-Language: de"]).await;
    for part in [
        "static: no, the path does not match /static/*\n",
        "votes: no, the method is not POST\n",
        "polls: yes, network-first, timeout 3 s\n",
        "stored        nothing\n",
        "online        the site's answer\n",
        "after timeout the site's answer, waited for\n",
        "offline       /polls/offline/ in its place\n",
    ] {
        assert!(said.contains(part), "{part:?} is not in:\n{said}");
    }
    let said = explained(&world, &["--method", "POST", "/polls/1/vote/"]).await;
    assert!(said.contains("votes: yes, network-only\n"), "{said}");
    assert!(said.contains("offline       not sent, and said so\n"), "{said}");
}

#[tokio::test]
async fn stats_says_what_is_installed_and_what_is_stored() {
    let world = World::new().await;
    Browser::new(&world.gateway.origin).open("/polls/2/").await;
    let said = stats(&world.gateway).await;
    assert!(said.contains(" serves, "), "{said}");
    assert!(said.contains("install installed: "), "{said}");
    assert!(said.contains("polls "), "{said}");

    let mut command = program();
    command.args(["stats", "--data", "nowhere"]);
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no directory nowhere"));
}

/// Who looks after a site must be able to see why its next version does not come.
#[tokio::test]
async fn stats_says_which_address_keeps_a_version_from_being_installed_and_why() {
    let directory = TempDir::new().unwrap();
    let origin = Origin::start().await;
    origin.put("/there", "200 OK\r\nContent-Type: text/css\r\nContent-Length: 3", b"a{}");
    let start = async |required: &str| {
        let profile = format!("{}\n[install]\nrequired = {required}\n", origin.profile());
        Gateway::start(directory.path(), &profile).await
    };
    let mut gateway = start("[\"/there\"]").await;
    gateway.installed().await;
    gateway.process.kill().await;
    for (required, expected) in [
        ("[\"/there\", \"/missing\"]", "failed        /missing: the site answered 404 Not Found\n"),
        ("[\"/there\", \"/short\"]", "failed        /short: the body broke off: "),
    ] {
        let mut gateway = start(required).await;
        // Of the one that does not come it is told beside the one that is there.
        let said = until("the failure is noted", async || {
            let said = stats(&gateway).await;
            said.contains(expected).then_some(said)
        })
        .await;
        assert!(said.contains(" serves, 1 response\n"), "{said}");
        assert!(said.contains(" is being installed, "), "{said}");
        assert!(said.contains("install installed: "), "{said}");
        gateway.process.kill().await;
    }
}

async fn stats(gateway: &Gateway) -> String {
    let mut command = program();
    command.args(["stats", "--data"]).arg(gateway.data());
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn an_address_elsewhere_is_refused() {
    let world = World::new().await;
    let mut command = program();
    command.arg("explain").arg("--site").arg(world.gateway.profile()).arg("https://example.org/");
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("`https://example.org/` is not an address of http://127.0.0.1"),
        "{said}"
    );
}

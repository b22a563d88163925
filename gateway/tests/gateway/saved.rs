//! Pages that are saved on the command line, and read through the gateway when the site is gone.

use crate::http::Browser;
use crate::processes::{World, program};

/// What a command about saved pages says, and whether it could be done.
async fn command(world: &World, arguments: &[&str]) -> Result<String, String> {
    let gateway = &world.gateway;
    let mut command = program();
    command.arg("saved").args(arguments);
    command.arg("--data").arg(gateway.data()).arg("--site").arg(gateway.profile());
    let output = command.output().await.unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

/// Saved while a gateway runs on the same directory, and read by who has never seen it.
#[tokio::test]
async fn a_page_is_saved_beside_a_gateway_and_read_when_the_site_is_gone() {
    let mut world = World::new().await;
    let said = command(&world, &["add", "/polls/1/"]).await.unwrap();
    assert!(said.contains(" saved, /polls/1/ “"), "{said}");
    let listed = command(&world, &["list", "--json"]).await.unwrap();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        (&listed[0]["state"], &listed[0]["missing"]),
        (&"saved".into(), &[(); 0].as_slice().into())
    );
    world.polls.kill().await;
    let browser = Browser::new(&world.gateway.origin);
    for (path, accept) in [
        ("/polls/1/", "text/html"),
        ("/polls/1/results/", "text/html"),
        ("/static/polls/style.css", "text/css"),
    ] {
        assert_eq!(browser.get(path, accept).await.status, 200, "{path}");
    }
    let key = listed[0]["key"].as_str().unwrap();
    command(&world, &["remove", key]).await.unwrap();
    assert_eq!(command(&world, &["list"]).await.unwrap(), "nothing is saved\n");
    let refused = command(&world, &["add", "/admin/"]).await.unwrap_err();
    assert_eq!(refused, "holdfast-gateway: the profile has no `save` for /admin/\n");
}

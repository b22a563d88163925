//! Each client keeps its own cookies, and sees nobody else's pages.

use crate::http::{Browser, raw};
use crate::processes::World;

#[tokio::test]
async fn a_sign_in_is_its_own_clients_and_nobody_elses() {
    let mut world = World::new().await;
    let editor = Browser::new(&world.gateway.origin);
    let reader = Browser::new(&world.gateway.origin);
    editor.sign_in().await;

    let admin = editor.open("/admin/").await;
    assert_eq!(admin.status, 200);
    assert!(admin.text().contains("Site administration"));
    let refused = reader.open("/admin/").await;
    assert_eq!((refused.status, refused.header("location")), (302, "/admin/login/?next=/admin/"));

    // What only the editor has seen is shown to the editor only, also from the store.
    assert_eq!(editor.open("/polls/2/").await.status, 200);
    assert_eq!(reader.open("/polls/1/").await.status, 200);
    world.polls.kill().await;
    editor.open_stored("/polls/2/", "offline").await;
    reader.open_stored("/polls/1/", "offline").await;
    let hidden = reader.open("/polls/2/").await;
    assert_eq!(hidden.status, 503);
    assert!(!hidden.text().contains("Tea or coffee?"));
}

#[tokio::test]
async fn cookies_keep_what_protects_them_in_the_client() {
    let world = World::new().await;
    let browser = Browser::new(&world.gateway.origin);
    let page = "/admin/login/";
    let form = browser.open(page).await;
    let cookie = form.header("set-cookie");
    assert!(cookie.starts_with("csrftoken=") && cookie.contains("SameSite=Lax"), "{cookie}");

    let (token, cookie) = (form.token(), cookie.split(';').next().unwrap());
    let fields = format!("csrfmiddlewaretoken={token}&username=admin&password=admin-password");
    let authority = world.gateway.authority();
    let answer = raw(
        authority,
        &format!(
            "POST {page} HTTP/1.1\r\nHost: {authority}\r\nOrigin: http://{authority}\r\n\
             Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{fields}",
            fields.len()
        ),
    )
    .await;
    let session = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: sessionid="))
        .unwrap_or_else(|| panic!("no session in {answer}"));
    for attribute in ["HttpOnly", "Path=/", "SameSite=Lax"] {
        assert!(session.contains(attribute), "{attribute} is not in {session}");
    }
}

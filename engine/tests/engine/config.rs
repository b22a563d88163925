//! What a profile's author is told.

use std::time::Duration;

use holdfast_engine::{Kiosk, Pin, PinHash, Problems, Reload, Shortcut, Site, Strategy};
use proptest::prelude::*;

const MINIMAL: &str = "[site]\nname = \"Polls\"\norigin = \"http://127.0.0.1:8000\"\n";

#[track_caller]
fn problems(text: &str) -> Problems {
    Site::read("site.toml", text).map(|_| ()).unwrap_err()
}

/// What is said about a profile with `more` after the minimal one.
#[track_caller]
fn said(more: &str) -> String {
    let problems = problems(&format!("{MINIMAL}{more}"));
    problems
        .0
        .iter()
        .map(|problem| format!("{}: {}", problem.key, problem.message))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_profile_that_ships_is_read() {
    let site = Site::read("site.toml", include_str!("../../../src-tauri/site.toml")).unwrap();
    assert_eq!(site.name, "Polls");
    assert_eq!(site.fallback.document.as_deref(), Some("/polls/offline/"));
    assert_eq!(site.quota, 256 << 20);
    let names: Vec<_> = site.routes.iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["static", "votes", "admin", "polls", "pages", "default"]);
}

#[test]
fn little_is_enough() {
    let site = Site::read("site.toml", MINIMAL).unwrap();
    assert_eq!((site.start.as_str(), site.scheme.as_str()), ("/", "holdfast"));
    assert!(matches!(site.routes[0].strategy, Strategy::NetworkFirst { .. }));
}

#[test]
fn shortcuts_have_a_name_and_lead_to_the_site() {
    let more = "[[shortcut]]\nname = \"New\"\npath = \"/new/?a=1\"\n";
    let site = Site::read("site.toml", &format!("{MINIMAL}{more}")).unwrap();
    let (name, path) = ("New".to_owned(), "/new/?a=1".to_owned());
    assert_eq!(site.shortcuts, [Shortcut { name, path }]);
    insta::assert_snapshot!(
        said("[[shortcut]]\npath = \"https://elsewhere.example/\"\n[[shortcut]]\nname = \" \"\n"),
        @"
    shortcut[0].name: `shortcut[0].name` is missing
    shortcut[0].path: `https://elsewhere.example/` is not a path on the site
    shortcut[1].path: `shortcut[1].path` is missing
    shortcut[1].name: the name is empty
    "
    );
}

#[test]
fn a_misspelt_strategy_is_shown_where_it_stands() {
    let text = format!(
        "{MINIMAL}\n[[route]]\nname = \"statics\"\nwhen = {{ path = \"/static/*\" }}\nstrategy = \"cache-frist\"\n"
    );
    insta::assert_snapshot!(problems(&text), @r#"
    site.toml:8:12: unknown strategy `cache-frist`, did you mean `cache-first`?
      |
    8 | strategy = "cache-frist"
      |            ^
      = key: route[0].strategy
      = expected: one of `cache-only`, `cache-first`, `network-first`, `network-only`, `stale-while-revalidate`, `cache-network-race`, `cache-then-network`, `http`, `template`
    "#);
}

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_file() {
    let text = "\
[site]
name = 5
origin = \"http://example.org\"
\"ü\" = 1

[fallback]
document = \"/offline/\"

[[route]]
name = \"a\"
when = { path = \"polls\", destination = \"documents\" }
strategy = \"network-first\"
timeout = 3
";
    let told: Vec<_> = problems(text)
        .0
        .iter()
        .map(|problem| {
            format!("{}:{} {}: {}", problem.line, problem.column, problem.key, problem.message)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    2:8 site.name: `site.name` is the number 5
    3:10 site.origin: `http://example.org` would be fetched unencrypted
    4:1 site.ü: unknown key `ü`
    7:12 fallback.document: `/offline/` would not be there when it is needed
    11:17 route[0].when.path: `polls` is not a pattern: it does not begin with "/"
    11:40 route[0].when.destination: unknown destination `documents`, did you mean `document`?
    13:11 route[0].timeout: `route[0].timeout` is the number 3
    "#);
}

#[rustfmt::skip] // A table reads better aligned.
#[test]
fn each_mistake_is_named() {
    let check = |more: &str, expected: &str| assert_eq!(said(more), expected);
    check("sesion-cookie = \"a\"",               "site.sesion-cookie: unknown key `sesion-cookie`, did you mean `session-cookie`?");
    check("start = \"polls/\"",                  "site.start: `polls/` is not a path on the site");
    check("start = \"//example.org/\"",          "site.start: `//example.org/` is not a path on the site");
    check("session-cookie = \"\"",             "site.session-cookie: `` is not the name of a cookie");
    check("session-cookie = \"a b\"",          "site.session-cookie: `a b` is not the name of a cookie");
    check("start = \"/polls/#top\"",           "site.start: `/polls/#top` is not a path on the site");
    check("version = 1",                       "site.version: `site.version` is the number 1");
    check("scheme = \"https\"",                  "site.scheme: the scheme `https` is taken");
    check("scheme = \"My App\"",                 "site.scheme: `My App` is not a scheme");
    check("[install]\nrequired = [\"/a\", \"/a\"]", "install.required[1]: `/a` is listed twice");
    check("[install]\nrequired = \"/a\"",        "install.required: `install.required` is \"/a\"");
    check("[storage]\nquota = \"much\"",         "storage.quota: `storage.quota` is \"much\"");
    check("[instal]",                            "instal: unknown key `instal`, did you mean `install`?");
    check("[[route]]\nname = \"a\"\nwhen = 1\nstrategy = \"network-only\"", "route[0].when: `route[0].when` is the number 1");
    check("[route]",                           "route: `route` is a table");
    check("[[route]]\nname = \"a\"\nwhen = {}",  "route[0].strategy: `route[0].strategy` is missing");
    check("[[route]]\nname = \"a\"\nwhen = {}\nstrategy = \"cache-first\"\ntimeout = \"1s\"", "route[0].timeout: `cache-first` has no timeout");
    check("[[route]]\nname = \"a\"\nwhen = { method = \"post\" }\nstrategy = \"network-only\"", "route[0].when.method: `post` is not a method");
    check("[[route]]\nname = \"a\"\nwhen = {}\nstrategy = \"network-only\"\n[route.outbox]", "route[0].outbox.accept: `route[0].outbox.accept` is missing");
    check("[[route]]\nname = \"a\"\nwhen = {}\nstrategy = \"network-first\"\nsave = \"yes\"", "route[0].save: `route[0].save` is \"yes\"");
    check("[[route]]\nname = \"a\"\nwhen = {}\nstrategy = \"network-first\"\n[route.save]\ninclude = [\"polls/\"]", "route[0].save.include[0]: `polls/` is not a path on the site");
    check("[[route]]\nname = \"a\"\nwhen = {}\nstrategy = \"network-first\"\n[route.save]\nurls = \"list\"", "route[0].save.urls: `list` is not a path on the site");
    check("[[route]]\nname = \"a\"\nwhen = {}\nstrategy = \"network-first\"\n[route.save]\nmax-bytes = 5", "route[0].save.max-bytes: `route[0].save.max-bytes` is the number 5");
    check("[[route]]\nname = \"a\"\nwhen = {}\nstrategy = \"network-first\"\n[route.save]\ninclud = []", "route[0].save.includ: unknown key `includ`, did you mean `include`?");
    check("[push]",                            "push.stream: `push.stream` is missing");
    check("[push]\nstream = \"polls/\"",         "push.stream: `polls/` is not a path on the site");
    check("[push]\nstream = \"https://hub.example/\"", "push.stream: `https://hub.example/` is not a path on the site");
    check("[push]\nstream = 1",                 "push.stream: `push.stream` is the number 1");
    check("[[push.stream]]\ntopics = [\"a\"]",   "push.stream[0].path: `push.stream[0].path` is missing");
    check("[[push.stream]]\npath = \"/s\"\ntopic = \"a\"", "push.stream[0].topic: unknown key `topic`, did you mean `topics`?");
    check("[push]\nstream = \"/s\"\nkeep-alive = \"1ms\"", "push.keep-alive: 1ms is too short");
    check("[push]\nstream = \"/s\"\non-failure = \"wiat\"", "push.on-failure: unknown way `wiat`, did you mean `wait`?");
    check("[push]\nstream = \"/s\"\ntoken = {}", "push.token.cookie: `push.token.cookie` is missing");
    check("[push]\nstream = \"/s\"\ntoken = { cookie = \"a b\" }", "push.token.cookie: `a b` is not the name of a cookie");
    check("[push]\nstream = \"/s\"\ntoken = { path = \"x\" }", "push.token.path: `x` is not a path on the site");
    check("[push]\nstream = \"/s\"\n[push.kinds]\npoll = 1", "push.kinds.poll: `push.kinds.poll` is the number 1");
    check("[push]\nstream = \"/s\"\n[push.kinds]\npoll = \"Polls\"\n[[push.message]]\nkind = \"pol\"", "push.message[0].kind: unknown kind `pol`, did you mean `poll`?");
    check("[push]\nstream = \"/s\"\n[[push.message]]\nrefresh = [\"polls/{id}/\"]", "push.message[0].refresh[0]: `polls/{id}/` is not a path on the site");
    check("[push]\nstream = \"/s\"\n[[push.message]]\ntitle = \"{}\"", "push.message[0].title: `{}` has a brace that is no field's");
    check("[push]\nstream = \"/s\"\n[[push.message]]\ntitle = \"{a\"", "push.message[0].title: `{a` has a brace that is no field's");
    check("[push]\nstream = \"/s\"\n[[push.message]]\nopen = \"/{id}/\"", "push.message[0].open: nobody is told without a `title`");
    check("[kiosk]\nidel = \"60s\"",           "kiosk.idel: unknown key `idel`, did you mean `idle`?");
    check("[kiosk]\nidle = 60",                 "kiosk.idle: `kiosk.idle` is the number 60");
    check("[kiosk]\nidle = \"10ms\"",          "kiosk.idle: 10ms is too short");
    check("[kiosk]\ncursor = \"0s\"",          "kiosk.cursor: 0ns is too short");
    check("[kiosk]\nhang = \"never\"",         "kiosk.hang: `kiosk.hang` is \"never\"");
    check("[kiosk]\nshred = \"yes\"",          "kiosk.shred: `kiosk.shred` is \"yes\"");
    check("[kiosk]\nprint = 1",                "kiosk.print: `kiosk.print` is the number 1");
    check("[kiosk]\nmemory = \"1 MiB\"",       "kiosk.memory: no page runs in that little memory");
    check("[kiosk]\nreload = \"4:00\"",        "kiosk.reload: `4:00` is neither a time of day nor a duration");
    check("[kiosk]\nreload = \"24:00\"",       "kiosk.reload: `24:00` is neither a time of day nor a duration");
    check("[kiosk]\nreload = \"+4:00\"",       "kiosk.reload: `+4:00` is neither a time of day nor a duration");
    check("[kiosk]\nreload = \"1ms\"",         "kiosk.reload: 1ms is too often");
    check("[kiosk]\nreload = 4",               "kiosk.reload: `kiosk.reload` is the number 4");
    check("[kiosk]\npin = \"4711\"",           "kiosk.pin: it is not the hash of a PIN");
    check("[kiosk]\npin = 4711",               "kiosk.pin: `kiosk.pin` is the number 4711");
    check("[kiosk]\npin = { file = \"pin\" }", "kiosk.pin.file: `pin` is not an absolute path");
    check("[kiosk]\npin = {}",                 "kiosk.pin.file: `kiosk.pin.file` is missing");
    check("[kiosk]\nallow = \"/polls/*\"",     "kiosk.allow: `kiosk.allow` is \"/polls/*\"");
    check("[kiosk]\nallow = [\"/*\", \"polls\"]", "kiosk.allow[1]: `polls` is not a pattern: it does not begin with \"/\"");
    check("[kiosk]\nallow = [\"/*\", \"/*\"]", "kiosk.allow[1]: `/*` is listed twice");
    check("[kiosk]\nallow = [\"/polls/*\"]",   "kiosk.allow: the first page, `/`, is not allowed");
}

#[test]
fn a_kiosk_is_as_its_table_says_and_careful_where_it_says_nothing() {
    let read = |more: &str| Site::read("site.toml", &format!("{MINIMAL}{more}")).unwrap().kiosk;
    assert_eq!(read(""), None);
    assert_eq!(read("[kiosk]"), Some(Kiosk::default()));
    let hash = PinHash::of("4711").unwrap();
    let kiosk = read(&format!(
        "start = \"/polls/?first\"\n[kiosk]\nidle = \"90s\"\nshred = true\npin = \"{hash}\"\n\
         allow = [\"/polls/*\"]\nprint = true\nfiles = true\ncursor = \"2s\"\nreload = \"04:05\"\n\
         memory = \"512 MiB\"\nhang = \"5s\"\n"
    ));
    let kiosk = kiosk.unwrap();
    assert!(kiosk.allows("/polls/1/") && !kiosk.allows("/admin/"));
    let expected = Kiosk {
        idle: Duration::from_secs(90),
        shred: true,
        pin: Some(Pin::Hash(hash)),
        allow: kiosk.allow.clone(),
        print: true,
        files: true,
        cursor: Duration::from_secs(2),
        reload: Some(Reload::Daily { hour: 4, minute: 5 }),
        memory: 512 << 20,
        hang: Duration::from_secs(5),
    };
    assert_eq!(kiosk, expected);
    let kiosk = read("[kiosk]\npin = { file = \"/etc/pin\" }\nreload = \"6h\"\n").unwrap();
    assert_eq!(kiosk.pin, Some(Pin::File("/etc/pin".into())));
    assert_eq!(kiosk.reload, Some(Reload::Every(Duration::from_secs(6 * 3600))));
}

/// One mistake is told once: what has the wrong type is not missing as well.
#[test]
fn a_table_that_is_none_is_told_once() {
    let told: Vec<_> = problems("site = 3\n").0.into_iter().map(|told| told.message).collect();
    assert_eq!(told, ["`site` is the number 3"]);
}

#[rustfmt::skip] // A table reads better aligned.
#[test]
fn a_site_is_fetched_encrypted_or_from_this_machine() {
    let check = |origin: &str, expected: Option<&str>| {
        let read = Site::read("site.toml", &format!("[site]\nname = \"a\"\norigin = \"{origin}\"\n"));
        let told = read.err().map(|problems| problems.0[0].message.clone());
        assert_eq!(told.as_deref(), expected, "{origin}");
    };
    check("https://example.org",         None);
    check("http://127.0.0.1:8000",       None);
    check("http://127.1.2.3",            None);
    check("http://[::1]:8000",           None);
    check("http://localhost:8000",       None);
    check("http://polls.localhost",      None);
    check("http://example.org",          Some("`http://example.org` would be fetched unencrypted"));
    check("http://localhost.example.org", Some("`http://localhost.example.org` would be fetched unencrypted"));
    check("http://192.168.1.2",          Some("`http://192.168.1.2` would be fetched unencrypted"));
    check("http://0.0.0.0",              Some("`http://0.0.0.0` would be fetched unencrypted"));
    check("https://example.org/polls/",  Some("`https://example.org/polls/` is more than an origin"));
    check("https://a:b@example.org",     Some("`https://a:b@example.org` is more than an origin"));
    check("ftp://example.org",           Some("the scheme `ftp` is not the web's"));
    check("example.org",                 Some("`example.org` is not a URL: relative URL without a base"));
}

/// Characters count, not bytes: the caret stands under what is meant.
#[test]
fn the_caret_stands_where_the_reader_sees_it() {
    let text = "[site]\r\nname = \"Umfragen\"\r\norigin = \"http://127.0.0.1:8000\"\r\n\
                [install]\r\noptional = [\"/über/\", \"polls\"]\r\n";
    insta::assert_snapshot!(problems(text), @r#"
    site.toml:5:23: `polls` is not a path on the site
      |
    5 | optional = ["/über/", "polls"]
      |                       ^
      = key: install.optional[1]
      = expected: a path on the site that begins with "/"
    "#);
}

#[test]
fn two_routes_cannot_share_a_name() {
    let route = "[[route]]\nname = \"a\"\nwhen = {}\nstrategy = \"network-only\"\n";
    assert_eq!(said(&format!("{route}{route}")), "route[1].name: there is a route `a` already");
}

#[test]
fn a_route_has_a_name() {
    let route = "[[route]]\nname = \" \"\nwhen = {}\nstrategy = \"network-only\"\n";
    assert_eq!(said(route), "route[0].name: the name is empty");
}

#[test]
fn what_is_missing_is_named() {
    let told: Vec<_> =
        problems("[site]\n").0.iter().map(|problem| problem.message.clone()).collect();
    assert_eq!(told, ["`site.name` is missing", "`site.origin` is missing"]);
    assert_eq!(problems("").0[0].message, "`site` is missing");
}

#[test]
fn text_that_is_no_toml_is_shown_where_it_ends_to_be() {
    let problem = &problems("[site]\nname = \"Polls\norigin = 1\n").0[0];
    assert_eq!(problem.line, 2);
    assert_eq!(problem.text, "name = \"Polls");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let problems = Site::read_file("no/such/site.toml".as_ref()).map(|_| ()).unwrap_err();
    assert!(problems.to_string().starts_with("no/such/site.toml: cannot read the profile"));
}

proptest! {
    #[test]
    fn any_text_gives_a_site_or_problems(text in "\\PC*") {
        if let Err(problems) = Site::read("site.toml", &text) {
            prop_assert!(!problems.0.is_empty());
        }
    }

    #[test]
    fn a_slip_anywhere_is_told_where_it_is(
        at in any::<proptest::sample::Index>(),
        length in 0_usize..8,
        slip in "(\\PC{0,4}|[a-z0-9\"\\[\\]{}=,.#/: \n-]{0,6})",
    ) {
        let whole = include_str!("../../../src-tauri/site.toml");
        let start = at.index(whole.len());
        let end = (start + length).min(whole.len());
        let text = format!("{}{slip}{}", &whole[..start], &whole[end..]);
        let Err(Problems(problems)) = Site::read("site.toml", &text) else { return Ok(()) };
        prop_assert!(!problems.is_empty());
        prop_assert!(problems.is_sorted_by_key(|problem| (problem.line, problem.column)));
        for problem in problems {
            let line = text.split('\n').nth(problem.line - 1).unwrap_or_default();
            prop_assert_eq!(line.trim_end_matches('\r'), &problem.text);
            prop_assert!((1..=line.chars().count() + 1).contains(&problem.column));
        }
    }

    #[test]
    fn any_value_in_a_known_place_gives_a_site_or_problems(
        key in "(name|origin|start|scheme|version|session-cookie)",
        value in "(\"\\PC*\"|[0-9]{1,4}|true|\\[\\]|\\{\\})",
    ) {
        let text = format!("[site]\n{key} = {value}\n");
        prop_assert!(Site::read("site.toml", &text).is_err(), "a name and an origin are needed");
    }
}

#[test]
fn what_is_fetched_by_itself_needs_a_name_a_pause_and_pages() {
    let said = |keys: &str| said(&format!("[[sync]]\n{keys}"));
    assert_eq!(
        said("every = \"30s\"\nurls = [\"polls\"]"),
        "sync[0].name: `sync[0].name` is missing\n\
         sync[0].every: 30s is too often\n\
         sync[0].urls[0]: `polls` is not a path on the site"
    );
    assert_eq!(
        said("name = \"polls\"\nurls = []"),
        "sync[0].every: `sync[0].every` is missing\nsync[0].urls: there is nothing in it"
    );
    let one = "name = \"polls\"\nevery = \"1m\"\nurls = [\"/polls/\"]\n";
    assert_eq!(
        said(&format!("{one}[[sync]]\n{one}")),
        "sync[1].name: there is a group `polls` already"
    );
    let site = Site::read("site.toml", &format!("{MINIMAL}[[sync]]\n{one}")).unwrap();
    assert_eq!(site.syncs[0].urls, ["/polls/"]);
}

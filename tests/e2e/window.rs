//! What people expect of a window: keys, a place that is remembered, zoom, finding words, and that
//! nothing leads away that is dropped.

use std::fs;

use holdfast_tests::{Answer, Echo, Gate, Page, Received, Sight, Windows, World, until};
use serde_json::{Value, json};

const PAGE: &str = r##"<!doctype html><title>words</title>
    <style>body { margin: 0; font: 20px sans-serif } p { margin: 10px }
    #far { margin-top: 3000px } #hidden { display: none }</style>
    <p><a href="/other" id="link">A long link that can be dragged somewhere else</a></p>
    <p>The gr<b>een</b> door, a GREEN roof.</p><p id="hidden">green</p>
    <iframe srcdoc="<p>Green in a frame</p>" height="60"></iframe>
    <p id="accents">Grün, gru\u0308n &amp; Gr\u00fcn</p>
    <p id="blocks">gr</p><p>een</p><input id="field" value="green"><img id="image" src="image.svg">
    <p id="far">The last green one.</p>"##;

fn respond(request: &Received) -> Option<Answer> {
    Some(match request.path.as_str() {
        "/" => Answer::html(&PAGE.replace("\\u0308", "\u{308}").replace("\\u00fc", "ü")),
        "/other" => Answer::html("<title>other</title>other"),
        "/image.svg" => Answer::of(
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='40'><rect width='40' height='40'/></svg>",
        ),
        _ => return None,
    })
}

/// The app on a desktop with a window manager, where real keys are pressed.
async fn world() -> (World<Echo>, Windows) {
    let site = Echo::start(respond);
    let profile = site.profile();
    let mut world = World::not_yet_open_apart(site, &profile).await;
    let windows = world.windows().await;
    world.open().await;
    world.page().at("/").await;
    windows.until(&[("words – Echo", Sight::Open)]).await;
    (world, windows)
}

#[tokio::test]
async fn the_site_is_shown_larger_and_smaller_and_so_the_next_time() {
    let (mut world, windows) = world().await;
    let page = world.page();
    let wide = page.js("return innerWidth").await.as_f64().unwrap();
    let shown = async |percent: f64| {
        let page = world.page();
        page.until(&format!("Math.abs(innerWidth - {wide} / {percent} * 100) < 2")).await;
    };
    windows.press("ctrl+plus").await;
    shown(110.0).await;
    windows.press("ctrl+equal").await;
    shown(120.0).await;
    windows.press("ctrl+minus").await;
    shown(110.0).await;
    windows.press("ctrl+0").await;
    shown(100.0).await;
    turn(&page, &windows, 4).await;
    shown(110.0).await;
    turn(&page, &windows, 5).await;
    shown(100.0).await;
    for _ in 0..4 {
        windows.press("ctrl+plus").await;
    }
    shown(150.0).await;
    page.screenshot("zoomed").await;
    page.visit("/other").await;
    shown(150.0).await;
    world.restart().await;
    let page = world.page();
    page.at("/").await;
    page.until(&format!("Math.abs(innerWidth - {wide} / 1.5) < 2")).await;
    let kept = fs::read_to_string(world.settings.data.join("settings.json")).unwrap();
    assert!(kept.contains("\"zoom\": 150"), "{kept}");
}

/// Turns the wheel while Ctrl is held.
async fn turn(page: &Page, windows: &Windows, button: u8) {
    page.js("window.isHeld = false;\
         addEventListener('keydown', ({ key }) => { window.isHeld ||= key === 'Control' }, true)")
        .await;
    windows.point_at("words – Echo", [300, 300]);
    windows.hold("ctrl", true);
    page.until("isHeld").await;
    // What listens to a wheel is known where it is turned once the page is drawn.
    page.promise(
        "await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))",
    )
    .await;
    windows.click(button);
    page.promise(
        "await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))",
    )
    .await;
    windows.hold("ctrl", false);
}

/// What the bar says that finds words, once it says `text`.
async fn found(page: &Page, text: &str) {
    page.until(&format!(
        "{FIND_BAR}?.querySelector('output').textContent === {}",
        Value::from(text)
    ))
    .await;
}

const FIND_BAR: &str = "document.querySelector('holdfast-find')?.shadowRoot";

async fn type_in(windows: &Windows, text: &str) {
    for letter in text.chars() {
        windows.press(&letter.to_string()).await;
    }
}

#[tokio::test]
async fn words_are_found_counted_and_shown() {
    let (world, windows) = world().await;
    let page = world.page();
    windows.press("ctrl+f").await;
    found(&page, "").await;
    page.until("document.activeElement.localName === 'holdfast-find'").await;
    type_in(&windows, "green").await;
    // Across elements, in a frame, far below; not what is hidden, in a field or in two blocks.
    found(&page, "1 of 4").await;
    let marked = "return [CSS.highlights.get('holdfast-found').size, CSS.highlights.get('holdfast-shown').size]";
    assert_eq!(page.js(marked).await, json!([2, 1]));
    assert_eq!(
        page.js("return [...CSS.highlights.get('holdfast-shown')].map(String)").await,
        json!(["green"])
    );
    page.screenshot("find").await;
    windows.press("Return").await;
    found(&page, "2 of 4").await;
    windows.press("F3").await;
    found(&page, "3 of 4").await;
    windows.press("ctrl+g").await;
    found(&page, "4 of 4").await;
    page.until("scrollY > 1000").await;
    windows.press("F3").await;
    found(&page, "1 of 4").await;
    page.until("scrollY < 1000").await;
    windows.press("shift+F3").await;
    found(&page, "4 of 4").await;
    // The page changes.
    page.js("document.querySelector('#far').textContent += ' And a green one more.'").await;
    found(&page, "4 of 5").await;
    windows.press("Escape").await;
    page.until("document.querySelector('holdfast-find') === null").await;
    assert_eq!(page.text("String(getSelection())").await, "green");
    assert_eq!(page.js(marked).await, json!([0, 0]));

    // Neither case nor accents count, and what is selected is what is looked for.
    page.js("getSelection().selectAllChildren(document.querySelector('#accents')); getSelection().modify('move', 'backward', 'character')")
        .await;
    windows.press("ctrl+f").await;
    windows.press("ctrl+a").await;
    type_in(&windows, "grun").await;
    found(&page, "1 of 3").await;
    type_in(&windows, "zz").await;
    found(&page, "Not found").await;
    page.screenshot("find-nothing").await;
    windows.press("Escape").await;
    page.until("document.querySelector('holdfast-find') === null").await;
}

#[tokio::test]
async fn a_site_that_has_a_key_for_itself_keeps_it() {
    let (world, windows) = world().await;
    let page = world.page();
    page.js("window.keys = [];\
         addEventListener('keydown', (event) => { if (event.ctrlKey && event.key.length === 1) { keys.push(event.key); event.preventDefault(); } })")
        .await;
    let wide = page.js("return innerWidth").await;
    for key in ["ctrl+f", "ctrl+plus", "ctrl+p"] {
        windows.press(key).await;
    }
    page.until("keys.length === 3").await;
    assert_eq!(page.js("return keys").await, json!(["f", "+", "p"]));
    assert_eq!(
        page.js("return [innerWidth, document.querySelector('holdfast-find')]").await,
        json!([wide, null])
    );
    // What is the window's is not the page's.
    windows.press("ctrl+w").await;
    windows.until(&[]).await;
}

#[tokio::test]
async fn the_window_has_the_keys_that_browsers_have() {
    let (world, windows) = world().await;
    let page = world.page();
    let (wide, high) = (page.js("return innerWidth").await, page.js("return innerHeight").await);
    windows.press("F11").await;
    page.until("innerWidth === 1280 && innerHeight === 900").await;
    windows.press("F11").await;
    page.until(&format!("innerWidth === {wide} && innerHeight === {high}")).await;

    page.visit("/other").await;
    page.leave(windows.press("alt+Home")).await;
    page.at("/").await;
    windows.press("alt+Left").await;
    page.at("/other").await;
    page.leave(windows.press("F5")).await;

    windows.press("ctrl+p").await;
    let site = world.page().text("document.title").await + " – Echo";
    windows.until(&[(&site, Sight::Open), ("Print", Sight::Open)]).await;
    windows.screenshot("print");
    windows.press("Escape").await;
    windows.until(&[(&site, Sight::Open)]).await;
}

#[tokio::test]
async fn the_window_comes_back_where_it_was() {
    let (mut world, windows) = world().await;
    let place = || windows.place("words – Echo");
    windows.put("words – Echo", [150, 90, 700, 500]).await;
    let before = place();
    windows.press("ctrl+w").await;
    windows.until(&[]).await;
    world.ended().await;
    world.open().await;
    world.page().at("/").await;
    until("the window is where it was", || async { (place() == before).then_some(()) }).await;

    // Maximised it comes back so, and knows how large it was.
    windows.maximise("words – Echo");
    world.page().until("innerWidth > 1200").await;
    world.restart().await;
    let page = world.page();
    page.at("/").await;
    page.until("innerWidth > 1200").await;
    windows.maximise("words – Echo");
    page.until("innerWidth === 700").await;

    // On a screen that is no more.
    world.close().await;
    let file = world.settings.data.join("settings.json");
    let mut kept: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    kept["window"] =
        json!({ "x": 5000, "y": -700, "width": 700, "height": 500, "isMaximised": false });
    fs::write(&file, kept.to_string()).unwrap();
    world.open().await;
    world.page().at("/").await;
    let [left, top, width, height] = place();
    assert!(
        (0..=1280 - width).contains(&left) && (0..=900 - height).contains(&top),
        "{:?}",
        place()
    );
    assert_eq!([width, height], [700, 500]);
}

#[tokio::test]
async fn the_menu_of_the_page_has_what_an_app_has() {
    let (world, windows) = world().await;
    let page = world.page();
    let ask = async |selector: &str, entries: &str| {
        let script = format!(
            "const {{ left, top }} = document.querySelector('{selector}').getBoundingClientRect();\
             return [left + 5, top + 5]"
        );
        let at = page.js(&script).await;
        let at = [0, 1].map(|index| at[index].as_f64().unwrap() as i32);
        windows.point_at("words – Echo", at);
        windows.click(3);
        world.logged(&format!("entries=\"{entries}\"")).await;
        windows.screenshot(&format!("menu-of-{}", selector.trim_start_matches('#')));
        windows.key("Escape");
        at
    };
    let inspect = " InspectElement";
    ask("#blocks", &format!("GoBack GoForward Reload{inspect} Print")).await;
    ask("#link", &format!("DownloadLinkToDisk CopyLinkToClipboard{inspect}")).await;
    let at = ask("#image", &format!("DownloadImageToDisk CopyImageToClipboard{inspect}")).await;

    // And does it: the first entry saves the picture.
    windows.point_at("words – Echo", at);
    windows.click(3);
    windows.key("Down");
    windows.key("Return");
    let file = world.downloads().join("image.svg");
    until("the picture is saved", || std::future::ready(fs::read(&file).ok())).await;
}

#[tokio::test]
async fn a_link_that_is_dropped_leads_nowhere_and_a_field_takes_it() {
    let (world, windows) = world().await;
    let page = world.page();
    page.js("window.isMarked = true; window.drags = [];\
         for (const name of ['dragstart', 'dragover', 'drop', 'dragend'])\
             addEventListener(name, () => drags.push(name), { capture: true })")
        .await;
    drag(&page, &windows, [500, 320]).await;
    assert_eq!(
        page.js("return [location.pathname, isMarked, drags.includes('drop')]").await,
        json!(["/", true, false])
    );
    assert!(world.site.received("GET", "/other").is_empty());

    // A place of the site's own still takes what is dropped.
    page.js("drags.length = 0;\
         document.body.addEventListener('dragover', (event) => event.preventDefault());\
         document.body.addEventListener('drop', (event) => { event.preventDefault(); window.dropped = event.dataTransfer.getData('text/uri-list'); })")
        .await;
    drag(&page, &windows, [500, 100]).await;
    page.until("window.dropped === 'echo://localhost/other'").await;
    assert_eq!(page.js("return [location.pathname, isMarked]").await, json!(["/", true]));
}

/// Drags the link to a place of the window.
async fn drag(page: &Page, windows: &Windows, to: [i32; 2]) {
    windows.point_at("words – Echo", [60, 25]);
    windows.grip(true);
    // WebKit takes a link for dragged after 40 pixels.
    for step in [80, 130, 180, 230] {
        windows.point_at("words – Echo", [step, 30]);
    }
    page.until("drags.includes('dragstart')").await;
    let moved = page.js("return drags.length").await;
    // GTK begins later than the page: what moves before that is no drag yet.
    until("it is dragged there", || async {
        windows.point_at("words – Echo", [to[0] - 5, to[1]]);
        windows.point_at("words – Echo", to);
        page.js(&format!("return drags.length > {moved}")).await.as_bool()?.then_some(())
    })
    .await;
    windows.grip(false);
    page.until("drags.includes('dragend')").await;
}

#[tokio::test]
async fn a_middle_click_pastes_no_address_into_the_window() {
    let (world, windows) = world().await;
    let page = world.page();
    page.js("window.isMarked = true; window.clicks = 0;\
         addEventListener('auxclick', () => window.clicks++);\
         const field = document.querySelector('#field');\
         field.value = 'echo://localhost/other'; field.focus(); field.select()")
        .await;
    // Selected by a key of the person, it is what a middle click pastes.
    windows.press("ctrl+a").await;
    windows.point_at("words – Echo", [500, 320]);
    windows.click(2);
    page.until("clicks === 1").await;
    page.promise("await fetch('/later')").await;
    assert_eq!(page.js("return [location.pathname, isMarked]").await, json!(["/", true]));
    assert!(world.site.received("GET", "/other").is_empty());
}

#[tokio::test]
async fn a_dark_system_has_a_dark_window_from_the_beginning() {
    let gate = Gate::default();
    let held = gate.clone();
    let site = Echo::start(move |request| {
        let page = Answer::html(
            "<!doctype html><title>dark</title><style>\
             @media (prefers-color-scheme: dark) { html { background: #004000; color: white } }\
             </style>page",
        );
        (request.path == "/").then(|| page.held(10, &held))
    });
    let profile = site.profile();
    let mut world = World::not_yet_open_apart(site, &profile).await;
    world.settings.environment = vec![("GTK_THEME".to_owned(), "Adwaita:dark".to_owned())];
    let windows = world.windows().await;
    let mut app = world.start("the app", &[]);
    windows.until(&[("Echo", Sight::Open)]).await;
    world.site.first("GET", "/").await;
    // What is seen while the site is waited for.
    let colour = windows.colour_at([640, 450]);
    assert!(colour.iter().all(|part| *part < 80), "{colour:?}");
    windows.screenshot("dark-before");
    gate.open();
    until("the page is drawn as it is in the dark", || async {
        (windows.colour_at([640, 450]) == [0, 64, 0]).then_some(())
    })
    .await;
    windows.screenshot("dark-after");
    app.kill();
    world.open().await;
    let page = world.page();
    page.at("/").await;
    assert_eq!(page.js("return matchMedia('(prefers-color-scheme: dark)').matches").await, true);
    page.screenshot("dark").await;
}

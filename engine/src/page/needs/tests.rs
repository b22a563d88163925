//! What awkward pages need.

use http::header::{CONTENT_TYPE, HeaderValue};
use proptest::prelude::*;

use super::*;

fn headers(content_type: &str) -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap())])
}

/// A line for each need, without the site's origin.
fn read(body: &[u8], content_type: &str, path: &str, destination: Destination) -> String {
    let site = Url::parse("http://127.0.0.1:8000").unwrap();
    let found = needs(body, &headers(content_type), &site.join(path).unwrap(), destination);
    let line = |need: &Need| {
        let address = need.url.as_str().replace("http://127.0.0.1:8000", "");
        format!("{:8} {address}", need.destination.as_str())
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn page(body: &[u8], path: &str) -> String {
    read(body, "text/html; charset=utf-8", path, Destination::Document)
}

macro_rules! saved {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/pages/", $name))
    };
}

pub(super) use saved;

const SCRIPT: &str = "text/javascript; charset=utf-8";

#[test]
fn awkward_markup_needs_what_browsers_read_in_it() {
    insta::assert_snapshot!(page(saved!("awkward.html"), "/polls/"), @"
    style    /polls/before-base.css
    style    /deep/folder/alternate.css?a=1&b=2&copy=3
    image    /favicon.ico
    image    /deep/folder/touch%20icon.png
    image    /mask.svg
    data     /deep/folder/app.webmanifest
    font     /preloaded.woff2
    image    /deep/folder/hero-1.png
    image    /deep/folder/hero-2.png
    image    /deep/folder/hero.png
    script   /js/preloaded.js
    script   /js/vue.js
    script   /js/lib/widget.js
    script   /deep/folder/late.js
    script   /js/app.js?v=3
    style    /deep/folder/imported.css
    image    /deep/folder/background.png
    font     /deep/folder/x.woff2?
    font     /deep/folder/x.woff
    image    /deep/folder/pixel.gif
    image    /deep/folder/wall.png
    image    /deep/folder/styled.png
    image    /deep/folder/unquoted.png/alt=x
    image    /deep/folder/two.png
    image    /w_1,h_2/three.png
    image    /deep/folder/twice.png
    image    /deep/folder/image.png
    image    /deep/folder/small.avif
    image    /deep/folder/large.avif
    image    /deep/folder/inner.webp
    image    /deep/folder/fallback.jpg
    image    /deep/folder/poster.jpg
    media    /deep/folder/film.mp4
    media    /deep/folder/film.webm
    media    /deep/folder/film.vtt
    media    /deep/folder/sound.ogg
    image    /deep/folder/button.png
    document /deep/folder/document.svg
    document /deep/folder/embedded.pdf
    document /deep/folder/framed.html
    image    /deep/folder/in-srcdoc.png
    image    /deep/folder/in-srcdoc-2.png
    image    /deep/folder/in-shadow-root.png
    image    /deep/folder/pattern.svg
    image    /deep/folder/mask.png
    image    /deep/folder/svg-href.png
    image    /deep/folder/svg-xlink.png
    image    /sprite.svg
    image    /deep/folder/filter.svg
    image    /deep/folder/in-foreign-object.png
    image    /deep/folder/in-foreign.png
    image    /deep/folder/table.png
    image    /deep/folder/cell.png
    image    http://example.org/elsewhere.png
    ");
    let title = title(saved!("awkward.html"), &headers("text/html"));
    assert_eq!(title.as_deref(), Some("Awkward & markup"));
}

#[test]
fn awkward_style_sheets_need_what_browsers_read_in_them() {
    insta::assert_snapshot!(sheet(saved!("awkward.css")), @"
    style    /static/admin/css/string.css
    style    /static/admin/css/unquoted.css
    style    /static/admin/css/layered.css
    style    /static/admin/css/escaped.css
    style    /static/admin/css/src.css
    font     /static/admin/css/a.woff2
    font     /static/admin/css/a.woff?
    image    /static/admin/css/content.png
    image    /static/admin/css/b).png
    image    /static/admin/css/c)d.png
    image    /static/admin/css/escaped-function.png
    image    /static/admin/css/upper.png
    image    /static/admin/css/set-1.png
    image    /static/admin/css/set-2.png
    image    /static/admin/css/set-3.avif
    image    /static/admin/css/webkit.png
    image    /static/admin/css/cursor.cur
    image    /static/admin/css/custom.png
    image    /static/admin/css/src.png
    image    /static/admin/css/mask.svg
    image    /static/admin/css/nested.png
    image    /static/admin/css/nesting.png
    image    /static/admin/css/after-bad.png
    image    /static/admin/css/fade-1.png
    image    /static/admin/css/fade-2.png
    image    /static/admin/css/after-brace.png
    image    /static/admin/css/unterminated.png
    ");
}

#[test]
fn awkward_scripts_need_what_they_import_and_nothing_they_only_say() {
    let needs = read(saved!("awkward.js"), SCRIPT, "/js/app/main.js", Destination::Script);
    assert!(!needs.contains("/not-"), "{needs}");
    insta::assert_snapshot!(needs, @"
    script   /js/app/side-effect.js
    script   /js/app/names.js
    script   /absolute.js
    script   /js/app/minified.js
    script   /js/app/braces.js
    script   /js/app/from.js
    script   /js/app/from-2.js
    script   /js/up.js
    script   /js/app/as.js
    script   /js/app/re-exported.js
    script   /js/app/after-export.js
    data     /js/app/data.json
    style    /js/app/sheet.css
    script   https://example.org/elsewhere.js
    script   /js/app/lazy.js
    script   /js/app/template.js
    data     /js/app/more.json
    script   /js/app/in-hole.js
    script   /js/app/after-regex.js
    image    /js/app/image.png
    script   /js/app/worker.js
    data     /js/app/unknown
    script   /js/app/one.js
    script   /js/app/two.js
    script   /js/app/escaped.js
    script   /js/app/deep.js
    script   /js/app/after-division.js
    ");
}

pub(super) fn sheet(body: &[u8]) -> String {
    read(body, "text/css", "/static/admin/css/a.css", Destination::Style)
}

const DRAWING: &str = "<?xml version='1.0'?><?xml-stylesheet type='text/css' href='look.css'?>\
    <svg:svg xmlns:svg='x'><svg:style/><svg:image xlink:href='a.png'/><style>\
    <![CDATA[ a > b { fill: url(b.svg#c) } ]]></style><script href='c.js'/><use href='#d'/></svg:svg>";

#[test]
fn a_drawing_needs_what_it_names_unless_it_is_shown_as_an_image() {
    let drawing =
        |destination| read(DRAWING.as_bytes(), "image/svg+xml", "/img/a.svg", destination);
    insta::assert_snapshot!(drawing(Destination::Document), @"
    style    /img/look.css
    image    /img/a.png
    image    /img/b.svg
    script   /img/c.js
    ");
    assert_eq!(drawing(Destination::Image), "");
}

#[test]
fn a_manifest_needs_its_icons() {
    let manifest = br#"{"start_url": "/", "screenshots": [{"src": "/wide.png"}],
        "icons": [{"src": "icon.png", "sizes": "48x48"}, {"sizes": "any"}, 1, {"src": "/big.png"}],
        "shortcuts": [{"url": "/new/", "icons": [{"src": "new.png"}]}, null]}"#;
    let expected = "image    /app/icon.png\nimage    /big.png\nimage    /app/new.png";
    for (content_type, path) in [
        ("application/manifest+json", "/app/x"),
        ("application/octet-stream", "/app/site.webmanifest"),
        ("application/json", "/app/manifest.json"),
    ] {
        assert_eq!(read(manifest, content_type, path, Destination::Data), expected);
    }
    assert_eq!(read(manifest, "application/json", "/polls/json/", Destination::Data), "");
    assert_eq!(read(b"{", "application/manifest+json", "/app/x", Destination::Data), "");
}

#[test]
fn what_is_no_text_of_the_web_needs_nothing() {
    let body = b"<img src=a.png>";
    for content_type in ["text/plain", "application/json", "image/png", "x"] {
        assert_eq!(read(body, content_type, "/a", Destination::Data), "");
    }
    let mut coded = headers("text/html");
    coded.insert(CONTENT_ENCODING, HeaderValue::from_static("zstd"));
    let url = Url::parse("http://127.0.0.1:8000/").unwrap();
    assert_eq!(needs(body, &coded, &url, Destination::Document), []);
    assert_eq!(needs(body, &HeaderMap::new(), &url, Destination::Document), []);
}

#[test]
fn addresses_are_those_that_a_browser_makes_of_them() {
    let page = |body: &[u8], charset| {
        read(body, &format!("text/html; charset={charset}"), "/a/?b#c", Destination::Document)
    };
    assert_eq!(page(b"<img src='\xe4?\xe4'>", "latin1"), "image    /a/%C3%A4?%E4");
    assert_eq!(page("<img src='ä?ä'>".as_bytes(), "utf-8"), "image    /a/%C3%A4?%C3%A4");
    assert_eq!(page(b"<iframe src='?b'><!-- the page itself -->", "utf-8"), "");
    let foreign =
        b"<base href=//example.org/x/><img src=a.png><img src=http://127.0.0.1:8000/b.png>";
    assert_eq!(page(foreign, "utf-8"), "image    http://example.org/x/a.png\nimage    /b.png");
    assert_eq!(page(b"<base href=data:,x><img src=a.png>", "utf-8"), "image    /a/a.png");
    assert_eq!(
        page(b"<base target=_top><base href=/b/><img src=a.png>", "utf-8"),
        "image    /b/a.png"
    );
}

#[test]
fn a_title_says_something_or_there_is_none() {
    let check = |page: &str, expected: Option<&str>| {
        assert_eq!(title(page.as_bytes(), &headers("text/html")).as_deref(), expected, "{page}");
    };
    check("<title>A\n poll</title><title>B</title>", Some("A poll"));
    check("<svg><title>A drawing</title></svg><title>A poll", Some("A poll"));
    check("<title> </title>", None);
    check("<p>A poll", None);
}

#[test]
fn a_body_of_any_size_and_depth_is_read_in_a_moment() {
    let long = |piece: &str| piece.repeat((1 << 18) / piece.len()).into_bytes();
    let nested = ["<div>", "<b>", "<svg>", "<template>", "<noscript>", "<table><td>", "</p>", "<!"];
    for piece in nested {
        assert_eq!(page(&long(piece), "/"), "", "{piece}");
    }
    let attributes: String = (0..20_000).map(|number| format!(" a{number}")).collect();
    assert_eq!(page(format!("<p{attributes}").as_bytes(), "/"), "");
    for piece in ["(", "{", "[", "a(", "@a{", "url(", "url( \"", "@import ", "\"\\\"", "/*"] {
        let body = long(piece);
        read(&body, "text/css", "/", Destination::Style);
    }
    for piece in ["(", "{", "`${", "\"\\\"", "=/[", "/a ", "import{", "import(", "<!--\n", "'"] {
        let body = [b"import ".to_vec(), long(piece)].concat();
        assert_eq!(read(&body, SCRIPT, "/", Destination::Script), "", "{piece}");
    }
    let many = needs(
        &long("<img srcset='a, b, c'><img src=1>"),
        &headers("text/html"),
        &Url::parse("http://127.0.0.1/").unwrap(),
        Destination::Document,
    );
    assert_eq!(many.len(), 4);
    let comment = format!("<p><!-- {} --><img src=a.png>", "a b".repeat(100_000));
    assert_eq!(page(comment.as_bytes(), "/"), "image    /a.png");
    let cut = [vec![b' '; LOOKED_AT], b"<img src=a.png>".to_vec()].concat();
    assert_eq!(page(&cut, "/"), "");
    let numbers: String = (0..20_000).map(|number| format!("<img src={number}>")).collect();
    assert_eq!(page(numbers.as_bytes(), "/").lines().count(), MOST);
}

/// Pieces of bodies, well and badly written.
const PIECES: [&str; 40] = [
    "<base href=/x/>",
    "<img src=",
    "<img srcset='a 1x,",
    "<link rel=stylesheet href='",
    "<script type=module>",
    "</script>",
    "<script type=importmap>",
    "{\"imports\":{\"a\":\"/b\"}}",
    "<style>",
    "</style>",
    "<svg>",
    "</svg>",
    "<svg><style><![CDATA[",
    "]]>",
    "<iframe srcdoc='",
    "<noscript>",
    "</noscript>",
    "<template>",
    "</template>",
    "url(",
    "url('a')",
    ")",
    "@import 'a';",
    "@font-face{",
    "}",
    "image-set(",
    "/*",
    "*/",
    "\\",
    "import 'a'",
    "import {a} from",
    "import(",
    "new URL('a',import.meta.url)",
    "`${",
    "`",
    "/",
    "\"",
    "'",
    ">",
    "\u{e4}\0\r\n",
];

const TYPES: [&str; 7] = [
    "text/html; charset=utf-8",
    "text/html; charset=shift_jis",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/css",
    "text/javascript",
    "application/manifest+json",
];

proptest! {
    #[test]
    fn any_body_needs_addresses_each_of_them_once(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..30),
        bytes in proptest::collection::vec(any::<u8>(), 0..20),
        content_type in proptest::sample::select(&TYPES[..]),
    ) {
        let body = [pieces.concat().into_bytes(), bytes].concat();
        let url = Url::parse("http://127.0.0.1:8000/polls/").unwrap();
        let found = needs(&body, &headers(content_type), &url, Destination::Document);
        let addresses: HashSet<_> = found.iter().map(|need| need.url.as_str()).collect();
        prop_assert_eq!(addresses.len(), found.len());
        prop_assert!(found.iter().all(|need| need.url.fragment().is_none() && need.url != url));
        title(&body, &headers(content_type));
    }
}

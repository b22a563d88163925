//! MediaWiki, with its own skin.

use std::fs;
use std::path::Path;

use holdfast_tests::{Page, root};

use crate::Step;

pub(crate) const SEEN: &[(&str, &str)] = &[
    (
        "/index.php/Main_Page",
        "document.querySelector('#firstHeading')?.textContent.includes('Main Page')",
    ),
    (
        "/index.php/Sandbox",
        "document.querySelector('.mw-parser-output')?.textContent.includes('first words')",
    ),
    ("/index.php/File:Cloud.png", "document.querySelector('.fullImageLink img')?.naturalWidth > 0"),
];
pub(crate) const UNSEEN: (&str, &str) = (
    "/index.php/Special:Version",
    "document.querySelector('#firstHeading')?.textContent === 'Version'",
);

/// Every page has all that it is made of from one address, and each of a person's is a cookie's.
pub(crate) fn completed(written: &str) -> String {
    written.to_owned()
}

pub(crate) async fn step(step: Step, page: &Page, folder: &Path) -> bool {
    match step {
        Step::SignIn => {
            page.visit("/index.php?title=Special:UserLogin&returnto=Main+Page").await;
            page.type_into("#wpName1", "Admin").await;
            page.type_into("#wpPassword1", "administrator-1").await;
            page.click("#wpLoginAttempt").await;
            page.until("document.querySelector('#pt-userpage, #pt-userpage-2')?.textContent.includes('Admin')").await;
        }
        Step::Edit => {
            page.visit("/index.php?title=Sandbox&action=edit").await;
            page.type_into("#wpTextbox1", "The first words.").await;
            page.click("#wpSave").await;
            page.until(
                "document.querySelector('.mw-parser-output')?.textContent.includes('first words')",
            )
            .await;
        }
        Step::Upload => {
            let picture = folder.join("cloud.png");
            let of_site = "tests/polls_site/polls/static/polls/images/background.png";
            fs::copy(root().join(of_site), &picture).expect("the folder can be written to");
            page.visit("/index.php/Special:Upload").await;
            page.type_into("#wpUploadFile", picture.to_str().expect("it is text")).await;
            page.click("[name=wpUpload]").await;
            page.until("document.querySelector('.fullImageLink img')?.naturalWidth > 0").await;
        }
        Step::Search => {
            page.visit("/index.php?title=Special:Search&fulltext=1").await;
            page.type_into("#ooui-php-1, [name=search][type=search]", "words").await;
            page.click("#search button[type=submit], #powersearch button[type=submit]").await;
            page.until("/search=words/.test(location.search) && document.querySelector('#firstHeading') !== null").await;
        }
        Step::Paginate => {
            page.visit("/index.php?title=Special:Log&limit=1").await;
            page.click("a.mw-nextlink").await;
            page.until("/offset=/.test(location.search) && document.querySelector('.mw-logevent-loglines, #mw-content-text ul') !== null").await;
        }
        Step::Popup => return false,
        Step::Offline | Step::Unsent | Step::Back => return false,
    }
    true
}

//! Wagtail's administration of what `wagtail start` makes.

use std::fs;
use std::path::Path;

use holdfast_tests::{Page, root, until};

use crate::Step;

pub(crate) const SEEN: &[(&str, &str)] = &[
    ("/admin/pages/3/?p=2", "document.body.innerText.includes('Trial page 5')"),
    (
        "/admin/pages/search/?q=page+07",
        "document.querySelector('main').textContent.includes('Trial page 07')",
    ),
    ("/admin/pages/4/edit/", "document.querySelector('#id_title')?.value.endsWith('again')"),
    (
        "/admin/images/",
        "document.querySelector('main img')?.naturalWidth > 0 \
         && document.querySelector('[data-sprite] svg') !== null",
    ),
];
/// A form, and the button that sends it.
pub(crate) const FORM: (&str, &str) = ("/admin/pages/4/edit/", "button.action-save");
pub(crate) const UNSEEN: (&str, &str) =
    ("/admin/pages/9/edit/", "document.querySelector('#id_title')?.value === 'Trial page 05'");

/// The picture with all symbols, which a script asks for and which is to be kept nowhere either.
const SYMBOLS: &str = "
[[route]]
name     = \"symbols\"
when     = { path = \"/admin/sprite/\" }
strategy = \"stale-while-revalidate\"
ignore-no-store = true
";

pub(crate) fn completed(written: &str) -> String {
    crate::kept_although_forbidden(written) + SYMBOLS
}

pub(crate) async fn step(step: Step, page: &Page, folder: &Path) -> bool {
    match step {
        Step::SignIn => {
            page.type_into("#id_username", "admin").await;
            page.type_into("#id_password", "admin-password").await;
            page.click("button[type=submit]").await;
            page.at("/admin/").await;
        }
        Step::Edit => {
            page.visit("/admin/pages/4/edit/").await;
            page.js("document.querySelector('#id_title').value = ''").await;
            page.type_into("#id_title", "Trial page again").await;
            page.click("button.action-save").await;
            until("the page is saved", || async {
                page.visit("/admin/pages/4/edit/").await;
                let title = "return document.querySelector('#id_title')?.value.endsWith('again')";
                (page.js(title).await == true).then_some(())
            })
            .await;
        }
        Step::Upload => {
            let picture = folder.join("cloud.png");
            let of_site = "tests/polls_site/polls/static/polls/images/background.png";
            fs::copy(root().join(of_site), &picture).expect("the folder can be written to");
            page.visit("/admin/images/multiple/add/").await;
            // What sends it is there once the page's scripts have run.
            page.until("window.jQuery?.('#fileupload').data('blueimpFileupload') !== undefined")
                .await;
            page.type_into("#fileupload", picture.to_str().expect("it is text")).await;
            page.until("document.querySelector('#upload-list input[name*=title]') !== null").await;
            page.visit("/admin/images/").await;
            page.until("document.querySelector('main img')?.naturalWidth > 0").await;
        }
        Step::Search => {
            page.visit("/admin/pages/search/?q=page+07").await;
            page.until("document.querySelector('main').textContent.includes('Trial page 07')")
                .await;
        }
        Step::Paginate => {
            page.visit("/admin/pages/3/").await;
            // What the page keeps at its lower edge may lie over it.
            page.js("document.querySelector('nav a[href*=\\'p=2\\']').click()").await;
            page.at("/admin/pages/3/?p=2").await;
        }
        Step::Popup => return false,
        Step::Offline | Step::Unsent | Step::Back => return false,
    }
    true
}

//! Roundup's classic tracker.

use std::fs;
use std::path::Path;

use holdfast_tests::Page;

use crate::Step;

const SECOND_PAGE: &str = "/issue?@startwith=50&@pagesize=50&@columns=id,activity,title,creator,assignedto,status&@sort=-activity&@group=priority&@filter=status&status=-1,1,2,3,4,5,6,7";

pub(crate) const SEEN: &[(&str, &str)] = &[
    (SECOND_PAGE, "document.body.innerText.includes('Trial issue')"),
    ("/issue1", "document.querySelector('#title')?.value.endsWith('again')"),
];
/// A form, and the button that sends it.
pub(crate) const FORM: (&str, &str) = ("/issue1", "#submit_button");
pub(crate) const UNSEEN: (&str, &str) =
    ("/issue9", "document.querySelector('#title')?.value === 'Trial issue 08'");

/// The name of its session cookie only shows once somebody signs in.
pub(crate) fn completed(written: &str) -> String {
    let line = "# session-cookie = \"sessionid\"";
    assert!(written.contains(line), "{line:?} is not in:\n{written}");
    written.replace(line, "session-cookie = \"roundup_session_Roundupissuetracker\"")
}

pub(crate) async fn step(step: Step, page: &Page, folder: &Path) -> bool {
    match step {
        Step::SignIn => {
            page.type_into("[name=__login_name]", "admin").await;
            page.type_into("[name=__login_password]", "admin-password").await;
            page.click("input[type=submit][value=Login]").await;
            page.until("document.body?.innerText.includes('Welcome admin')").await;
        }
        Step::Edit => {
            page.visit("/issue1").await;
            page.js("document.querySelector('#title').value = ''").await;
            page.type_into("#title", "Trial issue again").await;
            page.click("#submit_button").await;
            page.until("document.body?.innerText.includes('edited ok')").await;
        }
        Step::Upload => {
            let file = folder.join("attached.txt");
            fs::write(&file, "what is attached").expect("the folder can be written to");
            page.visit("/issue1").await;
            page.type_into("[name='@file']", file.to_str().expect("it is text")).await;
            page.click("#submit_button").await;
            page.until("document.querySelector('.files')?.textContent.includes('attached.txt')")
                .await;
        }
        Step::Search => {
            page.visit("/").await;
            page.type_into("#search-text", "07").await;
            page.click("form[action=issue] [type=submit]").await;
            page.until("/search_text=07/.test(location.search) && document.body !== null").await;
            page.until("document.body.innerText.includes('Trial issue 07')").await;
        }
        Step::Paginate => {
            page.visit("/").await;
            page.click("a[href*='startwith=50']").await;
            page.until("/startwith=50/.test(location.search) && document.body?.innerText.includes('Trial issue')").await;
        }
        Step::Popup => {
            page.visit("/issue2").await;
            page.keep_popups().await;
            page.click("a.classhelp[href*='property=nosy']").await;
            // It is asked for and made by the page that opens it, in a window without an address.
            page.until("opened?.document.querySelector('#popup-apply') != null").await;
            page.js("[...opened.document.querySelectorAll('tr.row-style')]\
                 .find((row) => row.textContent.includes('anonymous')).click();\
                 opened.document.querySelector('#popup-apply').click()")
                .await;
            page.until("document.querySelector('[name=nosy]')?.value.includes('anonymous')").await;
            page.until("opened.closed").await;
        }
        Step::Offline | Step::Unsent | Step::Back => return false,
    }
    true
}

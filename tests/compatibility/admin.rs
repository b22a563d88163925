//! Django's admin, of the polls site.

use std::fs;
use std::path::Path;

use holdfast_tests::{Page, root};
use rusqlite::Connection;

use crate::Step;

pub(crate) const SEEN: &[(&str, &str)] = &[
    (
        "/admin/polls/question/?o=1&p=2",
        "document.querySelectorAll('#result_list tbody tr').length > 5",
    ),
    (
        "/admin/polls/question/?q=077",
        "document.querySelector('#result_list tbody th')?.textContent.includes('077')",
    ),
    (
        "/admin/polls/question/1/change/",
        "document.querySelector('#id_question_text')?.value.endsWith('Really')",
    ),
];
/// A form, and the button that sends it.
pub(crate) const FORM: (&str, &str) = ("/admin/polls/question/1/change/", "input[name=_save]");
pub(crate) const UNSEEN: (&str, &str) = (
    "/admin/polls/question/?q=078",
    "document.querySelector('#result_list tbody th')?.textContent.includes('078')",
);

/// Enough questions for a second page of them.
pub(crate) fn fill(folder: &Path) {
    let database = Connection::open(folder.join("polls.sqlite3")).expect("the site has made it");
    let sql =
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 130)
               INSERT INTO polls_question (question_text, pub_date, picture)
               SELECT printf('Question %03d of many?', n), datetime('now'), '' FROM numbers";
    database.execute_batch(sql).expect("the table is there");
}

pub(crate) async fn step(step: Step, page: &Page, folder: &Path) -> bool {
    match step {
        Step::SignIn => {
            page.type_into("#id_username", "admin").await;
            page.type_into("#id_password", "admin-password").await;
            page.click("input[type=submit]").await;
            page.at("/admin/").await;
        }
        Step::Edit => {
            page.visit("/admin/polls/question/1/change/").await;
            page.js("document.querySelector('#id_question_text').value = ''").await;
            page.type_into("#id_question_text", "Is the sky blue? Really").await;
            page.click("input[name=_save]").await;
            page.at("/admin/polls/question/").await;
            page.until("document.querySelector('.messagelist .success') !== null").await;
        }
        Step::Upload => {
            let picture = folder.join("cloud.png");
            let of_site = "tests/polls_site/polls/static/polls/images/background.png";
            fs::copy(root().join(of_site), &picture).expect("the folder can be written to");
            page.visit("/admin/polls/question/1/change/").await;
            page.type_into("#id_picture", picture.to_str().expect("it is text")).await;
            page.click("input[name=_continue]").await;
            page.until("document.querySelector('.file-upload a')?.textContent.includes('cloud')")
                .await;
        }
        Step::Search => {
            page.visit("/admin/polls/question/").await;
            page.type_into("#searchbar", "077").await;
            page.click("#changelist-search [type=submit]").await;
            page.at("/admin/polls/question/?q=077").await;
            page.until("document.querySelectorAll('#result_list tbody tr').length === 1").await;
        }
        Step::Paginate => {
            page.visit("/admin/polls/question/?o=1").await;
            page.click(".paginator a[href*='p=2']").await;
            page.at("/admin/polls/question/?o=1&p=2").await;
        }
        Step::Popup => {
            page.visit("/admin/auth/user/1/change/").await;
            page.keep_popups().await;
            page.click("#add_id_groups").await;
            page.until("opened?.document.querySelector('#id_name') != null").await;
            page.js("opened.document.querySelector('#id_name').value = 'Weather people';\
                 opened.document.querySelector('input[name=_save]').click()")
                .await;
            page.until("document.querySelector('#id_groups_to')?.textContent.includes('Weather')")
                .await;
            page.until("opened.closed").await;
        }
        Step::Offline | Step::Unsent | Step::Back => return false,
    }
    true
}

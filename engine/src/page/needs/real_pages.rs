//! What pages of the polls site and of the Django admin need, as they were saved.

use super::tests::{page, saved, sheet};

#[test]
fn pages_of_the_polls_site_need_their_style_their_script_and_a_picture() {
    insta::assert_snapshot!(page(saved!("polls-index.html"), "/polls/"), @"
    style    /static/polls/style.css
    script   /static/polls/app.js
    ");
    insta::assert_snapshot!(page(saved!("polls-detail.html"), "/polls/1/"), @"
    style    /static/polls/style.css
    script   /static/polls/app.js
    image    /media/pictures/sky.png
    ");
    insta::assert_snapshot!(page(saved!("polls-results.html"), "/polls/1/results/"), @"
    style    /static/polls/style.css
    script   /static/polls/app.js
    ");
}

#[test]
fn pages_of_the_django_admin_need_what_they_link() {
    insta::assert_snapshot!(page(saved!("admin-login.html"), "/admin/login/"), @"
    style    /static/admin/css/base.css
    style    /static/admin/css/dark_mode.css
    script   /static/admin/js/theme.js
    style    /static/admin/css/nav_sidebar.css
    script   /static/admin/js/nav_sidebar.js
    style    /static/admin/css/login.css
    style    /static/admin/css/responsive.css
    ");
    insta::assert_snapshot!(page(saved!("admin-index.html"), "/admin/"), @"
    style    /static/admin/css/base.css
    style    /static/admin/css/dark_mode.css
    script   /static/admin/js/theme.js
    style    /static/admin/css/nav_sidebar.css
    script   /static/admin/js/nav_sidebar.js
    style    /static/admin/css/dashboard.css
    style    /static/admin/css/responsive.css
    ");
    insta::assert_snapshot!(page(saved!("admin-list.html"), "/admin/polls/question/"), @"
    style    /static/admin/css/base.css
    style    /static/admin/css/dark_mode.css
    script   /static/admin/js/theme.js
    style    /static/admin/css/nav_sidebar.css
    script   /static/admin/js/nav_sidebar.js
    style    /static/admin/css/changelists.css
    script   /admin/jsi18n/
    script   /static/admin/js/vendor/jquery/jquery.min.js
    script   /static/admin/js/jquery.init.js
    script   /static/admin/js/core.js
    script   /static/admin/js/admin/RelatedObjectLookups.js
    script   /static/admin/js/actions.js
    script   /static/admin/js/urlify.js
    script   /static/admin/js/prepopulate.js
    script   /static/admin/js/vendor/xregexp/xregexp.min.js
    script   /static/admin/js/filters.js
    style    /static/admin/css/responsive.css
    image    /static/admin/img/search.svg
    image    /static/admin/img/icon-no.svg
    ");
    insta::assert_snapshot!(page(saved!("admin-change.html"), "/admin/polls/question/1/change/"), @"
    style    /static/admin/css/base.css
    style    /static/admin/css/dark_mode.css
    script   /static/admin/js/theme.js
    style    /static/admin/css/nav_sidebar.css
    script   /static/admin/js/nav_sidebar.js
    style    /static/admin/css/forms.css
    script   /admin/jsi18n/
    script   /static/admin/js/vendor/jquery/jquery.min.js
    script   /static/admin/js/calendar.js
    script   /static/admin/js/jquery.init.js
    script   /static/admin/js/admin/DateTimeShortcuts.js
    script   /static/admin/js/core.js
    script   /static/admin/js/inlines.js
    script   /static/admin/js/admin/RelatedObjectLookups.js
    script   /static/admin/js/actions.js
    script   /static/admin/js/urlify.js
    script   /static/admin/js/prepopulate.js
    script   /static/admin/js/vendor/xregexp/xregexp.min.js
    style    /static/admin/css/responsive.css
    script   /static/admin/js/change_form.js
    script   /static/admin/js/prepopulate_init.js
    ");
}

#[test]
fn style_sheets_of_the_django_admin_need_their_icons() {
    insta::assert_snapshot!(sheet(saved!("admin-base.css")), @"
    image    /static/admin/img/sorting-icons.svg
    image    /static/admin/img/icon-yes.svg
    image    /static/admin/img/icon-alert.svg
    image    /static/admin/img/icon-no.svg
    image    /static/admin/img/icon-viewlink.svg
    image    /static/admin/img/icon-hidelink.svg
    image    /static/admin/img/icon-addlink.svg
    image    /static/admin/img/icon-changelink.svg
    image    /static/admin/img/icon-deletelink.svg
    image    /static/admin/img/tooltag-arrowright.svg
    image    /static/admin/img/tooltag-add.svg
    ");
    insta::assert_snapshot!(sheet(saved!("admin-widgets.css")), @"
    image    /static/admin/img/selector-icons.svg
    image    /static/admin/img/icon-unknown.svg
    image    /static/admin/img/icon-unknown-alt.svg
    image    /static/admin/img/search.svg
    image    /static/admin/img/icon-clock.svg
    image    /static/admin/img/icon-calendar.svg
    image    /static/admin/img/calendar-icons.svg
    image    /static/admin/img/inline-delete.svg
    ");
    assert_eq!(sheet(saved!("admin-login.css")), "");
}

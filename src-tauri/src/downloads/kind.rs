//! Which answers to a navigation are files, and no pages.

use holdfast_engine::Response;
use http::header::{CONTENT_TYPE, HeaderMap};

use super::name::Disposition;

/// What is text and for other programs: a page of it says little.
const FOR_OTHERS: [&str; 10] = [
    "csv",
    "tab-separated-values",
    "calendar",
    "x-calendar",
    "x-vcalendar",
    "vcard",
    "x-vcard",
    "directory",
    "rtf",
    "ldif",
];
/// Pictures that every webview shows.
const PICTURES: [&str; 12] = [
    "png",
    "apng",
    "jpeg",
    "jpg",
    "pjpeg",
    "gif",
    "webp",
    "avif",
    "bmp",
    "svg+xml",
    "x-icon",
    "vnd.microsoft.icon",
];
/// Of `application/…`, what is shown as a page, besides what is written in XML or JSON.
const DOCUMENTS: [&str; 6] = ["xml", "json", "javascript", "x-javascript", "ecmascript", "pdf"];

/// Whether such an answer is to be saved and not shown.
pub(super) fn is_file(response: &Response) -> bool {
    response.status.is_success()
        && (Disposition::of(&response.headers).is_attachment || !can_be_shown(&response.headers))
}

/// Whether a webview shows such a page; what it has no type for it looks at.
fn can_be_shown(headers: &HeaderMap) -> bool {
    let Some(line) = headers.get(CONTENT_TYPE) else { return true };
    let line = line.to_str().unwrap_or_default();
    let essence = line.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.split_once('/') {
        Some(("text", kind)) => !FOR_OTHERS.contains(&kind),
        Some(("image", kind)) => PICTURES.contains(&kind),
        Some(("application", kind)) => {
            kind.ends_with("+xml") || kind.ends_with("+json") || DOCUMENTS.contains(&kind)
        }
        None | Some(("audio" | "video", _) | ("multipart", "x-mixed-replace")) => true,
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_engine::Because;
    use http::StatusCode;
    use http::header::{CONTENT_DISPOSITION, HeaderValue};

    fn answer(
        status: StatusCode,
        kind: Option<&'static str>,
        how: Option<&'static str>,
    ) -> Response {
        let mut response = Response::problem(status, "", "", Because::Strategy);
        response.headers.clear();
        let value = |text| HeaderValue::from_static(text);
        response.headers.extend(kind.map(|kind| (CONTENT_TYPE, value(kind))));
        response.headers.extend(how.map(|how| (CONTENT_DISPOSITION, value(how))));
        response
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_is_no_page_is_saved() {
        let html = Some("text/html; charset=utf-8");
        let attachment = Some("attachment; filename=a.html");
        let check = |kind, how, expected| {
            assert_eq!(is_file(&answer(StatusCode::OK, kind, how)), expected, "{kind:?}, {how:?}");
        };
        check(html,                           None,           false);
        check(html,                           Some("inline"), false);
        check(html,                           attachment,     true);
        check(None,                           None,           false);
        check(Some("nonsense"),               None,           false);
        check(Some("text/plain"),             None,           false);
        check(Some("text/csv"),               None,           true);
        check(Some("image/png"),              None,           false);
        check(Some("image/tiff"),             None,           true);
        check(Some("application/json"),       None,           false);
        check(Some("application/xhtml+xml"),  None,           false);
        check(Some("Application/ZIP"),        None,           true);
        check(Some("application/octet-stream"), None,         true);
        check(Some("font/woff2"),             None,           true);
        assert!(!is_file(&answer(StatusCode::NOT_FOUND, html, attachment)), "what is said is read");
    }
}

//! The window for when the app cannot open the site: it says what is wrong and where.

use holdfast_engine::{Problem, Problems};
use serde::Serialize;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder};

use crate::language;

/// The page, which has places for the problems and the language.
const PAGE: &str = include_str!("../../ui/dist/problem.html");
/// The scheme it is served under; no profile can have it.
const SCHEME: &str = "holdfast-problem";
const LABEL: &str = "problem";

/// What is shown.
struct Page(String);

/// What cannot be used, and so what can be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Matter {
    /// The profile has mistakes.
    Profile,
    /// What is stored is of a newer version of the app.
    NewerState,
    /// What is stored cannot be opened.
    Stored,
}

/// Lets an app show problems.
pub(crate) fn with_protocol(builder: tauri::Builder<tauri::Wry>) -> tauri::Builder<tauri::Wry> {
    builder.register_uri_scheme_protocol(SCHEME, |context, _| {
        let page = context.app_handle().try_state::<Page>();
        response(page.map(|page| page.0.clone()).unwrap_or_default())
    })
}

/// Runs an app that only shows what is wrong with the profile.
pub(crate) fn run(problems: Problems) -> tauri::Result<()> {
    with_protocol(tauri::Builder::default())
        .setup(|app| Ok(open_window(app.handle(), Matter::Profile, problems)?))
        .build(tauri::generate_context!())?
        .run(|_, _| {});
    Ok(())
}

/// Shows what is wrong.
pub(crate) fn open_window(
    app: &AppHandle,
    matter: Matter,
    problems: Problems,
) -> tauri::Result<()> {
    tracing::error!("{problems}");
    app.manage(Page(page(matter, &problems.0)));
    let address = crate::origin::of_page(SCHEME).map_err(tauri::Error::InvalidUrl)?;
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address))
        .title("Holdfast")
        .inner_size(900.0, 640.0)
        .use_https_scheme(true)
        .build()?;
    Ok(())
}

fn response(page: String) -> http::Response<Vec<u8>> {
    let mut response = http::Response::new(page.into_bytes());
    let html = http::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, html);
    response
}

/// A problem as the page knows it: what there is none of is null, and not said.
fn shown(problem: &Problem) -> serde_json::Value {
    let Problem { file, line, column, key, message, expected, text } = problem;
    let number = |number: usize| (number > 0).then_some(number);
    let words = |text: &String| (!text.is_empty()).then(|| text.clone());
    serde_json::json!({
        "file": file, "line": number(*line), "column": number(*column), "key": words(key),
        "message": message, "expected": words(expected), "text": words(text),
    })
}

fn page(matter: Matter, problems: &[Problem]) -> String {
    // In a script, `<` could end the element.
    let json = |value: serde_json::Value| value.to_string().replace('<', "\\u003c");
    let problems = json(problems.iter().map(shown).collect());
    let language = json(serde_json::json!(language::of_system()));
    PAGE.replace("\"__HOLDFAST_PROBLEMS__\"", &problems)
        .replace("\"__HOLDFAST_MATTER__\"", &json(serde_json::json!(matter)))
        .replace("\"__HOLDFAST_LANGUAGE__\"", &language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_its_places() {
        let problem = Problem {
            file: "</script>.toml".to_owned(),
            line: 3,
            column: 5,
            key: "route[0].strategy".to_owned(),
            message: "unknown strategy".to_owned(),
            expected: String::new(),
            text: String::new(),
        };
        let page = page(Matter::NewerState, &[problem]);
        assert!(page.contains("\\u003c/script>.toml"));
        assert!(!page.contains("__HOLDFAST_"));
        assert!(page.contains("matter: \"newer-state\""));
        assert!(page.contains("\"line\":3") && page.contains("\"expected\":null"));
    }
}

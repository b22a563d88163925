//! What a profile says about what is fetched by itself now and then, and what makes it valid.

use std::time::Duration;

use url::Url;

use super::reader::Table;
use super::site::read_paths;

/// More often would be rude to the site, and push is for what is that urgent.
const SHORTEST: Duration = Duration::from_secs(60);

/// A group of pages that is fetched by itself now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRule {
    /// What it is called; the person sees it.
    pub name: String,
    /// How long after it was fetched it is fetched again.
    pub every: Duration,
    /// The paths and queries of the pages.
    pub urls: Vec<String>,
}

/// Reads one `[[sync]]`; its name must be none of `earlier`.
pub(super) fn read_sync(
    table: &Table<'_, '_>,
    earlier: &[SyncRule],
    origin: Option<&Url>,
) -> Option<SyncRule> {
    let name = table.required("name", "a name of its own for the group", |name| {
        if name.trim().is_empty() {
            return Err("the name is empty".to_owned());
        }
        if earlier.iter().any(|rule| rule.name == name) {
            return Err(format!("there is a group `{name}` already"));
        }
        Ok(name.to_owned())
    });
    const EVERY: &str = "a duration such as \"15m\", at least \"1m\"";
    let every = table.duration("every");
    match (table.get("every"), every) {
        (None, _) => table.report_missing("every", EVERY),
        (Some(found), Some(every)) if every < SHORTEST => {
            table.report(&found, format!("{every:?} is too often"), EVERY);
        }
        (Some(_), _) => {}
    }
    let urls = read_paths(table, "urls", origin);
    match table.get("urls") {
        None => table.report_missing("urls", "a list of paths on the site"),
        Some(found) if urls.is_empty() && found.value.as_array().is_some_and(|a| a.is_empty()) => {
            table.report(&found, "there is nothing in it".to_owned(), "at least one path");
        }
        Some(_) => {}
    }
    table.finish();
    Some(SyncRule { name: name?, every: every?, urls })
}

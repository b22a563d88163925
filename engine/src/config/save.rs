//! What a profile says about saving pages, and what makes it valid.

use super::reader::{Found, Table};
use crate::route::Save;

/// Reads `save = true` or `[route.save]`: what belongs to a page that is saved.
pub(super) fn read_save(table: &Table<'_, '_>) -> Option<Save> {
    if table.get("save").is_some_and(|found| found.value.is_bool()) {
        return table.truth("save").filter(|may_be_saved| *may_be_saved).map(|_| Save::default());
    }
    let table = table.table("save")?;
    let default = Save::default();
    let include = table.texts("include", "a list of paths with the route's parameters");
    for (path, found) in &include {
        check_path(&table, path, found);
    }
    let urls = table.parsed("urls", "the path of a JSON array of paths", |text| {
        match text.starts_with('/') {
            true => Ok(text.to_owned()),
            false => Err(format!("`{text}` is not a path on the site")),
        }
    });
    let save = Save {
        include: include.into_iter().map(|(path, _)| path).collect(),
        urls,
        depth: table.count("depth").map_or(0, |depth| u32::try_from(depth).unwrap_or(u32::MAX)),
        max_bytes: table.size("max-bytes").unwrap_or(default.max_bytes),
        refresh: table.duration("refresh").unwrap_or(default.refresh),
    };
    table.finish();
    Some(save)
}

fn check_path(table: &Table<'_, '_>, path: &str, found: &Found<'_, '_>) {
    if !path.starts_with('/') {
        let message = format!("`{path}` is not a path on the site");
        table.report(found, message, "a path such as \"/polls/:id/results/\"");
    }
}

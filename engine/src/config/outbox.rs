//! What a profile says about submissions, and what makes it valid.

use http::StatusCode;

use super::problem::unknown;
use super::reader::{Table, listed};
use super::route::read_pattern;
use super::site::SignInPages;
use crate::route::{Accept, AtSignOut, DEFAULT_EXPIRY, DEFAULT_SUBMISSION, Outbox, Verify};
use crate::seen::Kind;

/// Reads `[route.outbox]`.
pub(super) fn read_outbox(table: &Table<'_, '_>, sign_in: &SignInPages) -> Outbox {
    let kinds = Kind::ALL.map(Kind::as_str);
    let kind = table.parsed("kind", &format!("one of {}", listed(&kinds)), |text| {
        Kind::of(text).ok_or_else(|| unknown("kind", text, kinds))
    });
    let expected = "what counts as delivered: `{ redirect = \"/polls/:id/results/\" }`";
    let accept = table.required_table("accept", expected).map(|accept| read_accept(&accept));
    let refresh = table.texts("refresh", "a list of paths with the route's parameters");
    let receipt = read_path(table, "receipt", "the path of an installed page");
    let receipts = table.parsed("receipts", "\"idempotency-key\"", |text| match text {
        "idempotency-key" => Ok(()),
        _ => Err(unknown("kind of receipts", text, ["idempotency-key"])),
    });
    let verify = table.table("verify").and_then(|verify| read_verify(&verify));
    let max_bytes = table.size("max-bytes").unwrap_or(DEFAULT_SUBMISSION);
    let expire = table.duration("expire").unwrap_or(DEFAULT_EXPIRY);
    let sign_out = table.parsed("sign-out", "\"keep\" or \"discard\"", |text| match text {
        "keep" => Ok(AtSignOut::Keep),
        "discard" => Ok(AtSignOut::Discard),
        _ => Err(unknown("way", text, ["keep", "discard"])),
    });
    if let (Some(AtSignOut::Discard), None, Some(found)) =
        (sign_out, &sign_in.sign_out, table.get("sign-out"))
    {
        let message = "nobody could be warned before it is discarded".to_owned();
        table.report(&found, message, "with `sign-out` in `[sign-in]`, the path that signs out");
    }
    table.finish();
    Outbox {
        kind: kind.unwrap_or_default(),
        accept: accept.unwrap_or_default(),
        refresh: refresh.into_iter().map(|(path, _)| path).collect(),
        receipt,
        has_receipts: receipts.is_some(),
        verify,
        max_bytes,
        expire,
        sign_out: sign_out.unwrap_or_default(),
    }
}

fn read_path(table: &Table<'_, '_>, key: &'static str, expected: &str) -> Option<String> {
    table.parsed(key, expected, |text| {
        if text.starts_with('/') {
            Ok(text.to_owned())
        } else {
            Err(format!("`{text}` is not a path on the site"))
        }
    })
}

fn read_verify(table: &Table<'_, '_>) -> Option<Verify> {
    let path = read_path(table, "path", "a path with the route's parameters, `{key}` and fields");
    let contains = table.text("contains", "a text that is there if it has arrived");
    for (key, is_there) in [("path", path.is_some()), ("contains", contains.is_some())] {
        if !is_there && table.get(key).is_none() {
            table.report_missing(key, "where to look, and for what");
        }
    }
    table.finish();
    Some(Verify { path: path?, contains: contains? })
}

fn read_accept(table: &Table<'_, '_>) -> Accept {
    let redirect = read_pattern(table, "redirect");
    let status = table.count("status").and_then(|number| {
        let status =
            u16::try_from(number).ok().and_then(|number| StatusCode::from_u16(number).ok());
        if let (None, Some(found)) = (status, table.get("status")) {
            table.report(&found, format!("{number} is not a status"), "a status such as 201");
        }
        status
    });
    let contains = table.text("contains", "a text that the answer must have");
    if ["redirect", "status", "contains"].into_iter().all(|key| table.get(key).is_none()) {
        table.report_missing("redirect", "the path a delivered submission is redirected to");
    }
    table.finish();
    Accept { redirect, status, contains }
}

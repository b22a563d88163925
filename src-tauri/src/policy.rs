//! The content security policy of pages in the app.

use http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue};

/// What a page may load in the app: its own site, through the engine, and what it makes
/// itself. A frame of another site could otherwise reach the app's commands on some
/// platforms, and a resource of another site would be fetched past the engine.
const OURS: &str = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; \
                    connect-src 'self' data: blob: ipc: http://ipc.localhost https://ipc.localhost; \
                    frame-src 'self' data: blob:; object-src 'self' data: blob:";

/// Where the app's commands are.
const DOOR: &str = "ipc: http://ipc.localhost https://ipc.localhost";

const REPORT_ONLY: HeaderName = http::header::CONTENT_SECURITY_POLICY_REPORT_ONLY;

/// Adds the app's policy to the site's, which still holds, but for the app's commands.
pub(crate) fn apply(headers: &mut HeaderMap) {
    let site: Vec<HeaderValue> = headers
        .get_all(CONTENT_SECURITY_POLICY)
        .iter()
        .filter_map(|policy| HeaderValue::try_from(with_door(policy.to_str().ok()?)).ok())
        .collect();
    headers.remove(CONTENT_SECURITY_POLICY);
    // Its reports would go past the engine.
    headers.remove(REPORT_ONLY);
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(OURS));
    for policy in site {
        headers.append(CONTENT_SECURITY_POLICY, policy);
    }
}

/// A policy, or several with commas between, that lets the app's commands through: without,
/// they would take a way on which a file of some megabytes takes seconds.
fn with_door(policies: &str) -> String {
    let opened = policies.split(',').map(|policy| {
        let directives: Vec<&str> =
            policy.split(';').map(str::trim).filter(|directive| !directive.is_empty()).collect();
        let find = |name: &str| {
            directives.iter().find(|directive| {
                let first = directive.split_whitespace().next().unwrap_or_default();
                first.eq_ignore_ascii_case(name)
            })
        };
        // "connect-src … falls back to default-src" (CSP §6.1.2)
        let Some(governing) = find("connect-src").or_else(|| find("default-src")) else {
            return policy.trim().to_owned();
        };
        let sources: Vec<&str> = governing
            .split_whitespace()
            .skip(1)
            .filter(|source| !source.eq_ignore_ascii_case("'none'"))
            .collect();
        let connect = format!("connect-src {} {DOOR}", sources.join(" "));
        let others = directives
            .iter()
            .filter(|directive| !directive.to_ascii_lowercase().starts_with("connect-src"));
        let mut kept: Vec<&str> = others.copied().collect();
        kept.push(&connect);
        kept.join("; ")
    });
    opened.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_sites_policy_lets_the_commands_through_and_nothing_else() {
        let check = |policy: &str, expected: &str| {
            assert_eq!(with_door(policy), expected.replace("DOOR", DOOR));
        };
        check("default-src 'self'",             "default-src 'self'; connect-src 'self' DOOR");
        check("default-src 'none'",             "default-src 'none'; connect-src  DOOR");
        check("connect-src a.example; img-src *", "img-src *; connect-src a.example DOOR");
        check("style-src 'self'",               "style-src 'self'");
        check("default-src a, img-src b",       "default-src a; connect-src a DOOR, img-src b");
    }

    #[test]
    fn both_policies_hold() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("script-src 'self'"));
        apply(&mut headers);
        let policies: Vec<_> = headers.get_all(CONTENT_SECURITY_POLICY).iter().collect();
        assert_eq!(policies, [OURS, "script-src 'self'"]);
    }
}

//! The profile that ships, with votes that wait.

use super::Receipts;

/// Where the shipped profile says that the site is.
const SHIPPED: &str = "http://127.0.0.1:8000";
const VOTES: &str = "name     = \"votes\"";
const OUTBOX: &str = "[route.outbox]";
const ACCEPT: &str = "accept = { redirect = \"/polls/:id/results/\" }";
const RECEIPTS: &str = "receipts = \"idempotency-key\"";

/// The shipped profile for a site at `origin`, if it still has what is changed in it.
pub(super) fn profile(shipped: &str, origin: &str, receipts: Receipts) -> Option<String> {
    if !shipped.contains(SHIPPED) {
        return None;
    }
    let text = shipped.replace(SHIPPED, origin);
    let (before, votes) = text.split_once(VOTES)?;
    let end = votes.find("\n[[").or_else(|| votes.find("\n[storage]"))?;
    let (votes, after) = votes.split_at(end);
    let mut votes = votes.trim_end().to_owned();
    if !votes.contains(OUTBOX) {
        votes += &format!("\n{OUTBOX}\n{ACCEPT}");
    }
    let mut lines: Vec<&str> =
        votes.lines().filter(|line| !line.trim_start().starts_with("receipts")).collect();
    let outbox = lines.iter().position(|line| *line == OUTBOX)?;
    match receipts {
        Receipts::Given => lines.insert(outbox + 1, RECEIPTS),
        Receipts::None => {}
    }
    Some(format!("{before}{VOTES}{}\n{after}", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "[site]\norigin = \"http://127.0.0.1:8000\"\n\n[[route]]\n";
    const VOTE: &str = "name     = \"votes\"\nstrategy = \"network-only\"\n";
    const AFTER: &str = "\n[[route]]\nname = \"pages\"\n";

    #[test]
    fn votes_wait_whether_the_profile_that_ships_has_an_outbox_or_not() {
        let check = |outbox: &str, receipts, expected: &str| {
            let made = profile(&format!("{BEFORE}{VOTE}{outbox}{AFTER}"), "http://h", receipts);
            let before = "[site]\norigin = \"http://h\"\n\n[[route]]\n";
            let expected = format!("{before}{VOTE}[route.outbox]\n{expected}\n{AFTER}");
            assert_eq!(made.as_deref(), Some(expected.as_str()));
        };
        check("", Receipts::None, ACCEPT);
        check("", Receipts::Given, &format!("{RECEIPTS}\n{ACCEPT}"));
        let own = "[route.outbox]\nkind = \"vote\"\n";
        check(own, Receipts::None, "kind = \"vote\"");
        check(own, Receipts::Given, &format!("{RECEIPTS}\nkind = \"vote\""));
        let with = format!("[route.outbox]\n{RECEIPTS}\nkind = \"vote\"\n");
        check(&with, Receipts::None, "kind = \"vote\"");
        check(&with, Receipts::Given, &format!("{RECEIPTS}\nkind = \"vote\""));
    }

    #[test]
    fn a_profile_that_is_another_one_is_not_guessed_at() {
        assert_eq!(profile("[site]\n", "http://h", Receipts::None), None);
    }
}

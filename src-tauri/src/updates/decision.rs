//! Whether an update may be installed now.

use serde::Serialize;

/// What keeps an update from being installed, for the person to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Obstacle {
    /// Something is being sent.
    Sending,
    /// A page is being saved.
    Saving,
    /// Something was entered on a page and not submitted, or nobody can tell.
    Entered,
}

/// What the app is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) is_sending: bool,
    pub(super) is_saving: bool,
    pub(super) entered: Entered,
}

/// What was entered on the pages that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entered {
    Nothing,
    Something,
    /// A page does not say so.
    Unknown,
}

/// How the app ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) by: By,
    /// What ran is finished or written down.
    pub(super) is_tidy: bool,
    /// Installing asks for a password, as with what the system's packages have installed.
    pub(super) asks_for_password: bool,
}

/// Who ends the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Person,
    /// The end of the session, which waits for nobody.
    System,
}

/// Whether it may be installed when the person says so, while the app runs.
pub(super) fn now(work: Work) -> Result<(), Obstacle> {
    let Work { is_sending, is_saving, entered } = work;
    if is_sending {
        return Err(Obstacle::Sending);
    }
    if is_saving {
        return Err(Obstacle::Saving);
    }
    match entered {
        Entered::Nothing => Ok(()),
        Entered::Something | Entered::Unknown => Err(Obstacle::Entered),
    }
}

/// Whether it may be installed when the app has ended. Pages and what was entered on them are
/// gone by then, as the person wanted it.
pub(super) fn at_the_end(ending: Ending) -> bool {
    let Ending { by, is_tidy, asks_for_password } = ending;
    // A question that comes up after the windows have gone belongs to nothing.
    by == By::Person && is_tidy && !asks_for_password
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_runs_is_named_before_what_was_entered() {
        let check = |is_sending, is_saving, entered, expected| {
            assert_eq!(now(Work { is_sending, is_saving, entered }), expected);
        };
        //    sending  saving  entered              expected
        check(false,   false,  Entered::Nothing,    Ok(()));
        check(false,   false,  Entered::Something,  Err(Obstacle::Entered));
        check(false,   false,  Entered::Unknown,    Err(Obstacle::Entered));
        check(false,   true,   Entered::Something,  Err(Obstacle::Saving));
        check(true,    true,   Entered::Something,  Err(Obstacle::Sending));
        check(true,    false,  Entered::Nothing,    Err(Obstacle::Sending));
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn nothing_is_installed_at_an_end_that_nobody_has_chosen() {
        let check = |by, is_tidy, asks_for_password, expected| {
            assert_eq!(at_the_end(Ending { by, is_tidy, asks_for_password }), expected);
        };
        //    by           tidy   password  expected
        check(By::Person,  true,  false,    true);
        check(By::Person,  true,  true,     false);
        check(By::Person,  false, false,    false);
        check(By::System,  true,  false,    false);
    }

    proptest! {
        #[test]
        fn work_that_would_be_lost_keeps_the_version(
            is_sending: bool,
            is_saving: bool,
            entered in prop_oneof![
                Just(Entered::Nothing),
                Just(Entered::Something),
                Just(Entered::Unknown),
            ],
        ) {
            let may = now(Work { is_sending, is_saving, entered }).is_ok();
            prop_assert_eq!(may, !is_sending && !is_saving && entered == Entered::Nothing);
        }
    }
}

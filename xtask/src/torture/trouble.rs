//! What goes wrong while people vote, one thing after the other.

use std::thread;
use std::time::{Duration, Instant};

use super::chance::Chance;
use super::stage::Stage;
use crate::failure::Outcome;

/// The longest time between two troubles.
const QUIET: Duration = Duration::from_millis(1600);
/// The longest that a gateway, the site or the way to it is gone.
const GATEWAY_GONE: Duration = Duration::from_secs(2);
const SITE_GONE: Duration = Duration::from_secs(2);
const WAY_GONE: Duration = Duration::from_secs(3);
const MOMENT: Duration = Duration::from_millis(2);

/// One thing that goes wrong, with all that is random about it, so that a seed repeats it
/// whatever the state of things is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trouble {
    KillFirst {
        again: Duration,
    },
    /// A second gateway comes to the same data directory.
    StartSecond,
    KillSecond,
    EndSecond,
    /// Connections are refused; those that are open are cut as well, or go on.
    Refuse {
        time: Duration,
        cuts_all: bool,
    },
    KillSite {
        again: Duration,
        refuses: bool,
    },
    Nothing,
}

impl Trouble {
    pub(super) fn any(chance: &mut Chance) -> Self {
        let (kind, half) = (chance.below(100), chance.hits(50));
        match kind {
            0..=34 => Self::KillFirst { again: chance.mostly_short(GATEWAY_GONE) },
            35..=46 => Self::StartSecond,
            47..=56 => Self::KillSecond,
            57..=61 => Self::EndSecond,
            62..=76 => Self::Refuse { time: chance.up_to(WAY_GONE), cuts_all: half },
            77..=84 => Self::KillSite { again: chance.up_to(SITE_GONE), refuses: half },
            _ => Self::Nothing,
        }
    }
}

/// Makes trouble until a point in time, and leaves things as they are then.
pub(super) fn make(stage: &mut Stage<'_>, until: Instant) -> Outcome<()> {
    let mut chance = stage.scene.chance("troubles");
    let mut next = Instant::now() + chance.up_to(QUIET);
    let mut opens_at = None;
    while Instant::now() < until {
        stage.look()?;
        let now = Instant::now();
        if opens_at.map_or(false, |at| at <= now) {
            stage.proxy.open();
            opens_at = None;
        }
        if next <= now {
            let trouble = Trouble::any(&mut chance);
            next = now + chance.up_to(QUIET);
            stage.scene.journal.note(format_args!("trouble: {trouble:?}"));
            let closed_for = carry_out(trouble, stage)?;
            opens_at = closed_for.map_or(opens_at, |time| Some(now + time));
        }
        thread::sleep(MOMENT);
    }
    Ok(())
}

/// For how long connections are refused from now on, if they are.
fn carry_out(trouble: Trouble, stage: &mut Stage<'_>) -> Outcome<Option<Duration>> {
    match trouble {
        Trouble::KillFirst { again } => stage.kill_gateway(0, Some(again)),
        Trouble::StartSecond => stage.start_gateway(1),
        Trouble::KillSecond => stage.kill_gateway(1, None),
        Trouble::EndSecond => stage.end_gateway(1)?,
        Trouble::Refuse { time, cuts_all } => {
            stage.proxy.close();
            if cuts_all {
                stage.proxy.cut_all();
            }
            return Ok(Some(time));
        }
        Trouble::KillSite { again, refuses } => {
            stage.kill_site(again);
            if refuses {
                stage.proxy.close();
                return Ok(Some(again));
            }
        }
        Trouble::Nothing => {}
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_the_troubles() {
        let drawn = |seed| {
            let mut chance = Chance::new(seed, "troubles");
            (0..50).map(|_| Trouble::any(&mut chance)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(3), drawn(3));
        assert_ne!(drawn(3), drawn(4));
    }
}

//! What the site has to tell by itself: a new poll, an answer.
//!
//! The engine keeps each until it is said to be shown, and that is said only after the system
//! has it: killed in between, the app shows it once more. What the person does not want to hear
//! is not shown; what comes in their quiet hours waits for the end of them.
//!
//! ```text
//! up to three ── a notification each; one with the same tag takes its place
//! more than three that nobody has seen to ── one, which says how many
//! ```

use std::collections::BTreeSet;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures::future::join_all;
use holdfast_engine::{Notice, StoreError, in_full};
use tauri::AppHandle;
use tokio::time;

use super::{End, Ended, Notifications, Place, Sight, words};
use crate::background;
use crate::shell::Shell;

/// How many are shown beside one another.
pub(super) const PLACES: usize = 3;
/// How many of many are named.
const NAMED: usize = 3;
/// While something is held: the time of a sleep does not count, and clocks are set.
const LOOKED_AGAIN: Duration = Duration::from_secs(600);

/// What is shown of what the site has to tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shelf {
    /// Which notice is shown in each place.
    places: [Option<String>; PLACES],
    /// Those that are shown as one.
    gathered: BTreeSet<String>,
    /// How many more there were, of which nothing else is known.
    others: usize,
    /// The titles of the newest of them, newest first.
    titles: Vec<String>,
}

/// What is done for notices to be shown.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Show(usize, Notice),
    Clear(usize),
    /// One says that there are so many.
    Gather {
        count: usize,
        titles: Vec<String>,
    },
}

impl Shelf {
    /// What is done for these, oldest first, and so many others.
    fn take(&mut self, due: Vec<Notice>, others: usize) -> Vec<Step> {
        let mut newest: Vec<Notice> = Vec::new();
        for notice in due {
            newest.retain(|other| identity(other) != identity(&notice));
            newest.push(notice);
        }
        let is_shown = |notice: &Notice| self.place_of(&identity(notice)).is_some();
        let new = newest.iter().filter(|notice| !is_shown(notice)).count();
        let free = self.places.iter().filter(|place| place.is_none()).count();
        if !self.gathered.is_empty() || others > 0 || new > free {
            self.others += others;
            return self.gather(&newest);
        }
        let mut steps = Vec::new();
        for notice in newest {
            let identity = identity(&notice);
            let place = self.place_of(&identity);
            let place = place.or_else(|| self.places.iter().position(Option::is_none));
            let Some((place, kept)) = place.and_then(|at| Some((at, self.places.get_mut(at)?)))
            else {
                continue;
            };
            *kept = Some(identity);
            steps.push(Step::Show(place, notice));
        }
        steps
    }

    fn gather(&mut self, new: &[Notice]) -> Vec<Step> {
        let mut steps = Vec::new();
        for (index, place) in self.places.iter_mut().enumerate() {
            if let Some(identity) = place.take() {
                self.gathered.insert(identity);
                steps.push(Step::Clear(index));
            }
        }
        self.gathered.extend(new.iter().map(identity));
        let titles = new.iter().rev().map(|notice| notice.title.clone());
        self.titles = titles.chain(self.titles.drain(..)).take(NAMED).collect();
        steps.push(Step::Gather {
            count: self.gathered.len() + self.others,
            titles: self.titles.clone(),
        });
        steps
    }

    fn place_of(&self, identity: &str) -> Option<usize> {
        self.places.iter().position(|place| place.as_deref() == Some(identity))
    }

    /// Notes that what was shown in a place is there no more.
    fn end(&mut self, place: Place, identity: Option<&str>) {
        match place {
            Place::Notice(index) => {
                // Something else may have come there meanwhile.
                if let Some(kept) =
                    self.places.get_mut(index).filter(|kept| kept.as_deref() == identity)
                {
                    *kept = None;
                }
            }
            Place::Summary => {
                self.gathered.clear();
                self.titles.clear();
                self.others = 0;
            }
            Place::Matter => {}
        }
    }
}

/// What one is known by on the display: "one with the same tag takes its place".
fn identity(notice: &Notice) -> String {
    match &notice.tag {
        Some(tag) => format!("tag {tag}"),
        None => format!("key {}", notice.key),
    }
}

impl Notifications {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that nothing of it is shown any more.
    pub(super) fn forget_notices(&self) {
        *self.shelf() = Shelf::default();
    }
}

/// Tells what the site has to tell, for as long as the app runs.
pub(crate) fn begin(app: AppHandle, shell: Arc<Shell>) {
    tauri::async_runtime::spawn(async move {
        loop {
            let held_until = tell(&app, &shell).await.unwrap_or_else(|error| {
                tracing::warn!(error, "what the site has to tell is not told");
                None
            });
            let something = shell.notifications.has_notices.notified();
            match held_until {
                None => something.await,
                Some(until) => {
                    let left = until.duration_since(SystemTime::now()).unwrap_or_default();
                    // Whichever comes first.
                    let _ = time::timeout(left.min(LOOKED_AGAIN), something).await;
                }
            }
        }
    });
}

/// Tells what is due; until when it is held, if it is.
async fn tell(app: &AppHandle, shell: &Arc<Shell>) -> Result<Option<SystemTime>, String> {
    let engine = shell.engine.clone();
    let read = move || Ok::<_, StoreError>((engine.notices()?, engine.notices_left_out()?));
    let read = tauri::async_runtime::spawn_blocking(read).await;
    let (due, others) = read.map_err(|error| in_full(&error))?.map_err(|error| in_full(&error))?;
    let is_wanted = |notice: &Notice| shell.preferences.wants(&notice.kind);
    let (wanted, unwanted): (Vec<_>, Vec<_>) = due.into_iter().partition(is_wanted);
    say_shown(shell, unwanted.into_iter().map(|notice| notice.key).collect()).await?;
    if wanted.is_empty() {
        return Ok(None);
    }
    if let Some(until) = shell.preferences.quiet_until(SystemTime::now()) {
        tracing::debug!(held = wanted.len(), "the person wants quiet now");
        return Ok(Some(until));
    }
    let keys: Vec<_> = wanted.iter().map(|notice| notice.key.clone()).collect();
    let others = usize::try_from(others).unwrap_or(usize::MAX);
    let steps = shell.notifications.shelf().take(wanted, others);
    let done = steps.into_iter().map(|step| follow(app, shell, step));
    // Where nobody shows them, they are kept for when somebody does.
    if join_all(done).await.contains(&Sight::Unseen) {
        shell.notifications.forget_notices();
        return Ok(None);
    }
    tracing::debug!(count = keys.len(), "the person is told what the site has to tell");
    say_shown(shell, keys).await?;
    Ok(None)
}

async fn say_shown(shell: &Shell, keys: Vec<String>) -> Result<(), String> {
    if keys.is_empty() {
        return Ok(());
    }
    shell.engine.notices_shown(&keys).await.map_err(|error| in_full(&error))
}

async fn follow(app: &AppHandle, shell: &Arc<Shell>, step: Step) -> Sight {
    let board = &shell.notifications.board;
    let tag = shell.preferences.language();
    let sender = shell.engine.site().name.clone();
    match step {
        Step::Show(index, notice) => {
            let place = Place::Notice(index);
            let ended = leading(app, shell, place, Some(identity(&notice)), notice.open.clone());
            let said = words::told(&tag, sender, &notice);
            board.show(place, said, ended).await
        }
        Step::Gather { count, titles } => {
            let ended = leading(app, shell, Place::Summary, None, None);
            board.show(Place::Summary, words::gathered(&tag, sender, count, &titles), ended).await
        }
        Step::Clear(index) => {
            board.clear(Place::Notice(index)).await;
            Sight::Seen
        }
    }
}

/// Leads the person to the page that a notice is about, or to where the site begins.
fn leading(
    app: &AppHandle,
    shell: &Arc<Shell>,
    place: Place,
    identity: Option<String>,
    page: Option<String>,
) -> Ended {
    let (app, shell) = (app.clone(), Arc::clone(shell));
    Box::new(move |end| {
        shell.notifications.shelf().end(place, identity.as_deref());
        if end == End::Dismissed {
            return;
        }
        let page = page.unwrap_or_else(|| shell.engine.site().start.clone());
        tracing::debug!(page, "the notification is pressed");
        if let Err(error) = background::show_page(&app, &shell, &page) {
            tracing::warn!(error = in_full(&error), "the notification leads nowhere");
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn notice(key: &str, tag: Option<&str>) -> Notice {
        Notice {
            key: key.to_owned(),
            kind: "poll".to_owned(),
            title: format!("Poll {key}"),
            body: None,
            open: Some(format!("/polls/{key}/")),
            tag: tag.map(str::to_owned),
            is_refreshed: true,
            at: UNIX_EPOCH,
        }
    }

    fn notices(keys: std::ops::Range<usize>) -> Vec<Notice> {
        keys.map(|key| notice(&key.to_string(), None)).collect()
    }

    /// Each step in a word: a key and where it is shown, a place that is cleared, a count.
    fn words(steps: &[Step]) -> Vec<String> {
        let word = |step: &Step| match step {
            Step::Show(place, notice) => format!("{} at {place}", notice.key),
            Step::Clear(place) => format!("clear {place}"),
            Step::Gather { count, titles } => format!("{count}: {}", titles.join(", ")),
        };
        steps.iter().map(word).collect()
    }

    #[test]
    fn up_to_three_are_shown_beside_one_another() {
        let mut shelf = Shelf::default();
        assert_eq!(words(&shelf.take(notices(0..1), 0)), ["0 at 0"]);
        assert_eq!(words(&shelf.take(notices(1..3), 0)), ["1 at 1", "2 at 2"]);
        shelf.end(Place::Notice(1), Some("key 1"));
        assert_eq!(words(&shelf.take(notices(3..4), 0)), ["3 at 1"]);
        // What ends late ends nothing that has come since.
        shelf.end(Place::Notice(1), Some("key 1"));
        assert_eq!(shelf.place_of("key 3"), Some(1));
    }

    #[test]
    fn one_with_the_same_tag_takes_its_place() {
        let mut shelf = Shelf::default();
        shelf.take(vec![notice("0", None), notice("1", Some("a"))], 0);
        assert_eq!(words(&shelf.take(vec![notice("2", Some("a"))], 0)), ["2 at 1"]);
        let both = vec![notice("3", Some("b")), notice("4", Some("b"))];
        assert_eq!(words(&shelf.take(both, 0)), ["4 at 2"]);
        assert_eq!(words(&shelf.take(vec![notice("5", Some("a"))], 0)), ["5 at 1"]);
    }

    #[test]
    fn more_than_three_become_one_that_counts_them() {
        let mut shelf = Shelf::default();
        assert_eq!(words(&shelf.take(notices(0..12), 0)), ["12: Poll 11, Poll 10, Poll 9"]);
        assert_eq!(words(&shelf.take(notices(12..13), 0)), ["13: Poll 12, Poll 11, Poll 10"]);
        // One that is counted already is not counted again.
        assert_eq!(words(&shelf.take(notices(12..13), 0)), ["13: Poll 12, Poll 12, Poll 11"]);
        assert_eq!(words(&shelf.take(notices(13..14), 86)), ["100: Poll 13, Poll 12, Poll 12"]);
        shelf.end(Place::Summary, None);
        assert_eq!(words(&shelf.take(notices(13..14), 0)), ["13 at 0"]);
        assert_eq!(words(&shelf.take(notices(14..15), 1)), ["clear 0", "3: Poll 14"]);
    }

    #[test]
    fn those_that_nobody_has_seen_to_are_counted_among_many() {
        let mut shelf = Shelf::default();
        shelf.take(notices(0..2), 0);
        let steps = shelf.take(notices(2..4), 0);
        assert_eq!(words(&steps), ["clear 0", "clear 1", "4: Poll 3, Poll 2"]);
    }
}

//! What the system tells the person while they look elsewhere.
//!
//! Something that waited needs its person: the bar says so in the page, and as long as no
//! window of the app has the focus, a notification does, which leads to where it is seen to.
//! There is one at a time. It goes when somebody looks at the app, or has seen to it elsewhere.
//!
//! What the site has to tell by itself is another matter ([`notices`]): no window says it.

#[cfg(desktop)]
mod desktop;
#[cfg(mobile)]
mod mobile;
mod notices;
mod words;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::{BoxFuture, FutureExt, join_all};
use holdfast_engine::{SubmissionState, Waiting, in_full};
use tauri::AppHandle;
use tokio::sync::{Mutex, Notify};

use crate::outbox::{Kind, Outbox};
use crate::shell::Shell;
use crate::{commands, library, platform};
use notices::Shelf;

pub(crate) use notices::begin;

/// Where notifications are shown, one in each place.
trait Board: Send + Sync {
    /// Shows this instead of what is shown there. The future is done once the system has it,
    /// and nobody has to wait for it.
    fn show(&self, place: Place, said: Said, ended: Ended) -> BoxFuture<'static, Sight>;
    /// Takes away what is shown there; done when the future is, which nobody has to wait for.
    fn clear(&self, place: Place) -> BoxFuture<'static, ()>;
}

/// What is done when what is shown has ended, unless something else took its place.
type Ended = Box<dyn FnOnce(End) + Send>;

/// How a notification ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The person wants to go where it leads.
    Pressed,
    Dismissed,
}

/// Whether the person sees what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Seen,
    /// Nobody shows it here.
    Unseen,
}

/// Where something is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// What waits and needs the person.
    Matter,
    /// Something that the site has to tell.
    Notice(usize),
    /// Many such things, as one.
    Summary,
}

impl Place {
    const ALL: [Self; 2 + notices::PLACES] =
        [Self::Matter, Self::Notice(0), Self::Notice(1), Self::Notice(2), Self::Summary];
}

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    /// Who speaks: what the person calls the site.
    sender: String,
    title: String,
    text: String,
    /// What pressing it does.
    button: &'static str,
}

/// What needs the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matter {
    /// To sign in.
    SignIn,
    /// To decide.
    Attention,
}

/// Whether the person looks at a window of the app, where the same is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gaze {
    Here,
    Elsewhere,
}

/// What becomes of the notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Stays,
    Shows(Matter),
    Goes,
}

/// What the person was told, and where.
pub(crate) struct Notifications {
    board: Box<dyn Board>,
    /// Locked while a list is read as well, or an older one could pass for news.
    told: Mutex<Told>,
    /// What is shown of what the site has to tell.
    shelf: std::sync::Mutex<Shelf>,
    /// There may be something else to tell.
    has_notices: Notify,
    /// Nobody looked at a window when the app was started.
    began_hidden: AtomicBool,
}

/// What the last list was, and what was shown of it.
#[derive(Default)]
struct Told {
    states: HashMap<String, SubmissionState>,
    shown: Option<Matter>,
}

impl Notifications {
    /// Those of the app. Nobody is asked for permission before there is something to say.
    pub(crate) fn of(app: &AppHandle) -> Self {
        #[cfg(desktop)]
        let board = Box::new(desktop::Desktop::of(app));
        #[cfg(mobile)]
        let board = Box::new(mobile::Phone::of(app));
        Self {
            board,
            told: Mutex::default(),
            shelf: std::sync::Mutex::default(),
            has_notices: Notify::new(),
            began_hidden: AtomicBool::new(false),
        }
    }

    /// Takes away what the window says now: the person looks at it.
    pub(crate) fn seen(&self) -> BoxFuture<'static, ()> {
        self.board.clear(Place::Matter)
    }

    /// Takes away all that is shown: nobody wants it, or the app ends and it can lead nowhere.
    pub(crate) fn clear(&self) -> BoxFuture<'static, ()> {
        self.forget_notices();
        join_all(Place::ALL.map(|place| self.board.clear(place))).map(drop).boxed()
    }

    /// Looks again at what the site has to tell: there is more, or the person has chosen anew
    /// what they want to hear.
    pub(crate) fn reconsider(&self) {
        self.has_notices.notify_one();
    }

    /// Notes that the app has begun without a window that could say anything.
    pub(crate) fn begin_hidden(&self) {
        self.began_hidden.store(true, Ordering::Relaxed);
    }
}

/// Reads what waits and tells what is new of it to a person who looks elsewhere.
///
/// Before a page is open there is nothing to tell: what waited already when the app was
/// started is told at most once, and not before a window could say it. Where the app begins
/// without one, that is at once.
///
/// # Errors
///
/// If what waits cannot be read.
pub(crate) async fn read_and_tell(
    app: &AppHandle,
    shell: &Arc<Shell>,
) -> Result<Vec<Waiting>, String> {
    let mut told = shell.notifications.told.lock().await;
    let waiting = library::commands::waiting(shell).await?;
    if shell.kiosk.is_some() {
        // The public looks at nothing else.
        return Ok(waiting);
    }
    shell.tray.tell(shell, &waiting);
    // Somebody else may be signed in now, and be told other things.
    shell.notifications.reconsider();
    let board = &shell.notifications.board;
    if !commands::has_page(shell) && !shell.notifications.began_hidden.load(Ordering::Relaxed) {
        return Ok(waiting);
    }
    match change(&told, &waiting, gaze(app, shell)) {
        Change::Stays => {}
        // They do not want to be told, and the bar says it all the same.
        Change::Shows(_) if !shell.preferences.notifies() => {}
        Change::Shows(matter) => {
            told.shown = Some(matter);
            if let Some((kind, count)) = matter.counted(&waiting) {
                tracing::debug!(?matter, count, "the person is notified");
                let said = words::said(&shell.preferences.language(), matter, (kind, count));
                let name = &shell.engine.site().name;
                let said = Said {
                    sender: name.clone(),
                    title: name.clone(),
                    text: said.text,
                    button: said.button,
                };
                drop(board.show(Place::Matter, said, leading(app, shell, matter, &waiting)));
            }
        }
        Change::Goes => {
            told.shown = None;
            // It goes by itself.
            drop(board.clear(Place::Matter));
        }
    }
    told.states = states_of(&waiting);
    Ok(waiting)
}

fn states_of(waiting: &[Waiting]) -> HashMap<String, SubmissionState> {
    waiting.iter().map(|one| (one.key.clone(), one.state)).collect()
}

/// What becomes of the notification when `after` follows on what was told.
fn change(told: &Told, after: &[Waiting], gaze: Gaze) -> Change {
    let is_new = |one: &Waiting| told.states.get(&one.key) != Some(&one.state);
    let has_new = |matter| after.iter().any(|one| Matter::of(one) == Some(matter) && is_new(one));
    // A sign-in sends what it helps, and comes first in the bar too.
    let news = [Matter::SignIn, Matter::Attention].into_iter().find(|matter| has_new(*matter));
    match (news, gaze) {
        (Some(matter), Gaze::Elsewhere) => Change::Shows(matter),
        (Some(_), Gaze::Here) | (None, Gaze::Here | Gaze::Elsewhere) => {
            let is_over = |matter| !after.iter().any(|one| Matter::of(one) == Some(matter));
            if told.shown.is_some_and(is_over) { Change::Goes } else { Change::Stays }
        }
    }
}

impl Matter {
    /// What one needs of the person, by the rules of the bar.
    fn of(one: &Waiting) -> Option<Self> {
        if Outbox::is_helped_by_sign_in(one) {
            Some(Self::SignIn)
        } else if one.is_of_visitor && one.state.needs_attention() {
            Some(Self::Attention)
        } else {
            None
        }
    }

    /// How many there are of it.
    fn counted(self, waiting: &[Waiting]) -> Option<(Kind, usize)> {
        crate::outbox::counted(waiting.iter().filter(|one| Self::of(one) == Some(self)))
            .map(|counted| (counted.kind, counted.count))
    }
}

fn gaze(app: &AppHandle, shell: &Shell) -> Gaze {
    if platform::is_looked_at(app, shell) { Gaze::Here } else { Gaze::Elsewhere }
}

/// Leads the person to where the matter is seen to.
fn leading(app: &AppHandle, shell: &Arc<Shell>, matter: Matter, waiting: &[Waiting]) -> Ended {
    let (app, shell) = (app.clone(), Arc::clone(shell));
    let page = match matter {
        Matter::SignIn => waiting.iter().find_map(|one| one.sign_in.clone()),
        Matter::Attention => None,
    };
    Box::new(move |end| {
        if end == End::Dismissed {
            return;
        }
        tracing::debug!(?matter, "the notification is pressed");
        let led = match page {
            Some(path) => library::commands::show_page(&app, &shell, &path),
            None => library::open(&app, &shell).map_err(|error| in_full(&error)),
        };
        if let Err(error) = led {
            tracing::warn!(error, "the notification leads nowhere");
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    use Change::{Goes, Shows, Stays};
    use SubmissionState::{
        Changed, Expired, HandedOver, NeedsSignIn, Queued, Refused, Sending, Uncertain,
    };

    fn one(key: &str, state: SubmissionState) -> Waiting {
        Waiting {
            key: key.to_owned(),
            route: "votes".to_owned(),
            kind: holdfast_engine::Kind::Vote,
            method: "POST".to_owned(),
            url: "http://127.0.0.1:8000/polls/1/vote/".to_owned(),
            page: None,
            title: None,
            labels: Vec::new(),
            fields: Vec::new(),
            bytes: 8,
            is_of_visitor: true,
            state,
            tries: 1,
            created_at: UNIX_EPOCH,
            next_try_at: None,
            reason: None,
            answer_status: None,
            sign_in: (state == NeedsSignIn).then(|| "/login".to_owned()),
            shown_on: Vec::new(),
        }
    }

    fn all(states: &[SubmissionState]) -> Vec<Waiting> {
        (0..).zip(states).map(|(key, state)| one(&format!("{key}"), *state)).collect()
    }

    fn told(before: &[Waiting], shown: Option<Matter>) -> Told {
        Told { states: states_of(before), shown }
    }

    fn check(before: &[SubmissionState], after: &[SubmissionState], expected: Change) {
        let told = told(&all(before), None);
        assert_eq!(change(&told, &all(after), Gaze::Elsewhere), expected, "{before:?} {after:?}");
        assert_eq!(change(&told, &all(after), Gaze::Here), Stays, "{before:?} {after:?}");
    }

    const SIGN_IN: Change = Shows(Matter::SignIn);
    const ATTENTION: Change = Shows(Matter::Attention);

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_newly_needs_the_person_is_told_to_who_looks_elsewhere() {
        //    before             after                      expected
        check(&[],               &[],                       Stays);
        check(&[],               &[Queued, HandedOver],     Stays);
        check(&[Sending],        &[NeedsSignIn],            SIGN_IN);
        check(&[Sending],        &[Refused],                ATTENTION);
        check(&[Sending],        &[Changed],                ATTENTION);
        check(&[Sending],        &[Uncertain],              ATTENTION);
        check(&[NeedsSignIn],    &[Expired],                ATTENTION);
        check(&[NeedsSignIn],    &[NeedsSignIn],            Stays);
        check(&[Refused],        &[Refused, Queued],        Stays);
        check(&[Refused],        &[Refused, NeedsSignIn],   SIGN_IN);
        check(&[NeedsSignIn],    &[NeedsSignIn, Refused],   ATTENTION);
        check(&[],               &[Refused, NeedsSignIn],   SIGN_IN);
    }

    #[test]
    fn a_notification_goes_when_nobody_is_needed_for_it_any_more() {
        let check = |shown, after: &[SubmissionState], expected| {
            let after = all(after);
            for gaze in [Gaze::Here, Gaze::Elsewhere] {
                assert_eq!(change(&told(&after, Some(shown)), &after, gaze), expected);
            }
        };
        check(Matter::SignIn, &[NeedsSignIn, Refused], Stays);
        check(Matter::SignIn, &[Sending], Goes);
        check(Matter::SignIn, &[Refused], Goes);
        check(Matter::Attention, &[NeedsSignIn, Refused], Stays);
        check(Matter::Attention, &[], Goes);
    }

    #[test]
    fn of_anothers_only_the_sign_in_is_told() {
        let anothers = |state| [Waiting { is_of_visitor: false, ..one("1", state) }];
        let change = |after: &[Waiting]| change(&told(&[], None), after, Gaze::Elsewhere);
        assert_eq!(change(&anothers(Refused)), Stays);
        assert_eq!(change(&anothers(NeedsSignIn)), SIGN_IN);
        // Where nobody knows where to sign in, the Library says what there is to do.
        let nowhere = Waiting { sign_in: None, ..one("1", NeedsSignIn) };
        assert_eq!(change(&[nowhere]), ATTENTION);
    }
}

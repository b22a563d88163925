//! Pages that the person keeps for offline, and what the device has of them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A page that the person has asked to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedPage {
    /// What it is known by.
    pub key: String,
    /// Its path and query on the site.
    pub path: String,
    /// The title that its newest copy has.
    pub title: Option<String>,
    /// Whether who is signed in now may see it: it is theirs, or everybody's.
    pub is_of_visitor: bool,
    /// How it stands.
    pub state: SavedState,
    /// How far it is, while it is being fetched.
    pub progress: Option<SaveProgress>,
    /// When the copy that is shown was last what the site has.
    pub saved_at: Option<SystemTime>,
    /// The bytes of the copy that is shown.
    pub bytes: u64,
    /// How many things the copy that is shown has.
    pub items: u64,
    /// What the copy that is shown lacks.
    pub missing: Vec<Missing>,
    /// Why the last attempt has brought no copy.
    pub why: Option<Why>,
    /// Its copies, the newest first.
    pub copies: Vec<SavedCopy>,
}

/// How a saved page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedState {
    /// It is being fetched, or waits for the site.
    Saving,
    /// All that was found to belong to it is there.
    Saved,
    /// It was shown from its copy alone, and asked for nothing else.
    Complete,
    /// Something that belongs to it is not there.
    Incomplete,
    /// There is no copy of it.
    Failed,
}

/// How far a page is that is being saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SaveProgress {
    /// How many things are there.
    pub items: u64,
    /// How many were found until now to belong to it.
    pub all_items: u64,
    /// The bytes that are there.
    pub bytes: u64,
    /// How many bytes there will be, as far as that can be told from an earlier copy.
    pub all_bytes: Option<u64>,
}

/// What a copy lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its path and query.
    pub path: String,
    /// Why.
    pub why: Why,
}

macro_rules! reasons {
    ($($(#[$meta:meta])* $variant:ident: $name:literal, $words:literal;)+) => {
        /// Why something is not there, as far as the person can do something about it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Why {
            $($(#[$meta])* $variant,)+
        }

        impl Why {
            /// Every reason there is.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for it in reports.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The same in a sentence.
            pub const fn in_words(self) -> &'static str {
                match self { $(Self::$variant => $words,)+ }
            }
        }
    };
}

reasons! {
    /// The site does not have it.
    Gone:       "gone",        "the site does not have it";
    /// The site asks who is there.
    SignIn:     "sign-in",     "the site asks to sign in";
    /// The site does not hand it out to this person.
    NotAllowed: "not-allowed", "the site does not hand it out";
    /// The site does not allow it to be kept.
    NotKept:    "not-kept",    "the site does not allow it to be kept";
    /// The site has answered that something is wrong with it.
    Site:       "site",        "the site is not answering properly";
    /// The site could not be reached.
    Offline:    "offline",     "there was no connection";
    /// The site took too long.
    Slow:       "slow",        "the network took too long";
    /// It has more bytes than may be saved.
    TooLarge:   "too-large",   "it is larger than what may be saved";
    /// With it the page would have more bytes than may be saved of one.
    Full:       "full",        "what may be saved of one page is full";
    /// It is not on the site.
    Elsewhere:  "elsewhere",   "it is not on the site";
    /// It should be a list of addresses, and is none.
    NoList:     "no-list",     "it is no list of addresses";
    /// The profile does not let it be saved.
    NotOnRoute: "not-on-route", "the profile does not let it be saved any more";
}

/// One complete set of what a page needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedCopy {
    /// What it is known by.
    pub number: i64,
    /// When it was last what the site has.
    pub saved_at: SystemTime,
    /// Its bytes.
    pub bytes: u64,
    /// Whether it is the one that is shown.
    pub is_shown: bool,
}

/// How often saved pages are looked at anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Refresh {
    /// As often as the profile says.
    #[default]
    AsProfiled,
    /// This often.
    Every(Duration),
    /// Only when the person asks for it.
    Never,
}

/// The copies that are being made.
#[derive(Debug, Default)]
pub(crate) struct Saves {
    making: Mutex<HashMap<String, Making>>,
    refresh: Mutex<Refresh>,
    /// Something is to be saved, or not any more.
    pub(crate) woken: Notify,
}

#[derive(Debug, Default)]
struct Making {
    progress: SaveProgress,
    cancel: CancellationToken,
    told_at: Option<Instant>,
}

/// As often is told how far a copy is.
const TELLS: Duration = Duration::from_millis(100);

impl Saves {
    /// A copy is being made: what ends that.
    pub(crate) fn begin(&self, key: &str) -> CancellationToken {
        self.lock().entry(key.to_owned()).or_default().cancel.clone()
    }

    /// Nothing is being made any more.
    pub(crate) fn end(&self, key: &str) {
        self.lock().remove(key);
    }

    /// Ends the making of a copy, if one is being made.
    pub(crate) fn cancel(&self, key: &str) {
        if let Some(making) = self.lock().get(key) {
            making.cancel.cancel();
        }
    }

    pub(crate) fn is_making(&self, key: &str) -> bool {
        self.lock().contains_key(key)
    }

    /// How many are being made.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Notes how far a copy is; whether it is time to tell.
    pub(crate) fn note(&self, key: &str, progress: SaveProgress) -> bool {
        let mut all = self.lock();
        let Some(making) = all.get_mut(key) else { return false };
        making.progress = progress;
        let now = Instant::now();
        let is_time = making.told_at.is_none_or(|at| now.duration_since(at) >= TELLS);
        if is_time {
            making.told_at = Some(now);
        }
        is_time
    }

    /// How far a copy is that is being made.
    pub(crate) fn progress(&self, key: &str) -> Option<SaveProgress> {
        self.lock().get(key).map(|making| making.progress)
    }

    pub(crate) fn refresh(&self) -> Refresh {
        *self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_refresh(&self, refresh: Refresh) {
        *self.refresh.lock().unwrap_or_else(PoisonError::into_inner) = refresh;
        self.woken.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Making>> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

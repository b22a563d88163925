//! Pages that the person keeps for offline, and what the device has of them.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

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
    pub reason: Option<String>,
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
    /// Why, in words.
    pub reason: String,
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

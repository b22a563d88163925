//! What belongs to a page that the person saves.

use std::time::Duration;

/// How many bytes one saved page may have if the profile does not say.
pub const DEFAULT_SAVED: u64 = 50 << 20;
/// How often a saved page is looked at anew if the profile does not say.
pub const DEFAULT_REFRESH: Duration = Duration::from_hours(24);

/// That pages of a route may be saved, and what belongs to each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// Paths with the route's parameters that belong to the page.
    pub include: Vec<String>,
    /// A path whose JSON array names what belongs to the page.
    pub urls: Option<String>,
    /// How many links deep the pages belong to it that it leads to and that may be saved too.
    pub depth: u32,
    /// How many bytes a copy may have.
    pub max_bytes: u64,
    /// How often the site is asked whether it has changed.
    pub refresh: Duration,
}

impl Default for Save {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            urls: None,
            depth: 0,
            max_bytes: DEFAULT_SAVED,
            refresh: DEFAULT_REFRESH,
        }
    }
}

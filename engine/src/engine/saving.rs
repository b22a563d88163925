//! What the person saves, as whoever has a window offers it.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use url::Url;

use super::Engine;
use crate::error::{SaveError, StoreError, in_full};
use crate::exchange;
use crate::request::{Request, key};
use crate::response::Response;
use crate::save;
use crate::saved::{Refresh, SavedCopy, SavedPage, SavedState};
use crate::store::{Copy, Shown, Wish};

impl Engine {
    /// Whether the page at this address of the site may be saved: its route says so, and the device is
    /// not one that the next person uses.
    pub fn can_save(&self, url: &Url) -> bool {
        !self.context.store.shreds() && save::rule(&self.context, url).is_some()
    }

    /// Begins to save a page, or to refresh it if it is saved: its key. It is noted on the disk
    /// when this returns, and goes on after a crash. Of the `headers` that the page was asked for
    /// with, those that answers vary by are kept.
    ///
    /// # Errors
    ///
    /// That the profile does not say that it may be saved, or what the store reports.
    pub async fn save(&self, url: &Url, headers: &HeaderMap) -> Result<String, SaveError> {
        let mut url = url.clone();
        url.set_fragment(None);
        if !self.can_save(&url) {
            return Err(SaveError::NotOnRoute { path: url.path().to_owned() });
        }
        let context = &self.context;
        let kept = [ACCEPT_LANGUAGE, USER_AGENT].into_iter();
        let kept = kept.filter_map(|name| Some((name.clone(), headers.get(&name)?.clone())));
        let whose = save::partition_at(context, url.clone());
        let (at, now) = ((key(&url).into_owned(), whose), context.clock.now());
        let key = context.store.wish(at, kept.collect(), now).await?;
        context.saves.woken.notify_one();
        save::tell(context, &key, save::path_of(url.as_str()));
        Ok(key)
    }

    /// Fetches a new copy of a saved page.
    ///
    /// # Errors
    ///
    /// That there is none by this key, or what the store reports.
    pub async fn refresh_saved(&self, key: &str) -> Result<(), SaveError> {
        let wish = save::one(&self.context, key)?;
        self.context.store.want(wish.key).await?;
        self.context.saves.woken.notify_one();
        save::tell(&self.context, key, save::path_of(&wish.url));
        Ok(())
    }

    /// Ends the saving of a page; one that has no copy yet is not saved then.
    ///
    /// # Errors
    ///
    /// That there is none by this key, or what the store reports.
    pub async fn cancel_save(&self, key: &str) -> Result<(), SaveError> {
        save::cancel(&self.context, key).await
    }

    /// What is saved, the newest first.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn saved(&self) -> Result<Vec<SavedPage>, StoreError> {
        let wishes = self.context.store.wishes()?;
        if wishes.is_empty() {
            return Ok(Vec::new());
        }
        let copies = self.context.store.copies()?;
        Ok(wishes.into_iter().map(|wish| self.saved_page(wish, &copies)).collect())
    }

    fn saved_page(&self, wish: Wish, copies: &[Copy]) -> SavedPage {
        let shown = save::shown(copies, &wish.key).filter(|copy| copy.items > 0);
        let progress = self.context.saves.progress(&wish.key);
        let state = match shown {
            _ if progress.is_some() => SavedState::Saving,
            None if wish.is_wanted || wish.why.is_none() => SavedState::Saving,
            None => SavedState::Failed,
            Some(copy) if !copy.missing.is_empty() => SavedState::Incomplete,
            Some(copy) if copy.is_proven => SavedState::Complete,
            Some(_) => SavedState::Saved,
        };
        let own = copies.iter().filter(|copy| copy.save == wish.key && copy.items > 0);
        let copies = own.map(|copy| SavedCopy {
            number: copy.id,
            saved_at: copy.saved_at,
            bytes: copy.bytes,
            is_shown: copy.shown != Shown::Not,
        });
        SavedPage {
            is_of_visitor: save::is_theirs(&self.context, &wish),
            path: save::path_of(&wish.url),
            title: Some(wish.title).filter(|title| !title.is_empty()),
            state,
            progress,
            saved_at: shown.map(|copy| copy.saved_at),
            bytes: shown.map_or(0, |copy| copy.bytes),
            items: shown.map_or(0, |copy| copy.items),
            missing: shown.map(|copy| copy.missing.clone()).unwrap_or_default(),
            why: wish.why,
            copies: copies.collect(),
            key: wish.key,
        }
    }

    /// Removes a saved page with all its copies.
    ///
    /// # Errors
    ///
    /// That there is none by this key, or what the store reports.
    pub async fn remove_saved(&self, key: &str) -> Result<(), SaveError> {
        save::one(&self.context, key)?;
        save::remove(&self.context, key).await
    }

    /// Shows another copy of a page, before anything newer, until the person refreshes it.
    ///
    /// # Errors
    ///
    /// That there is no such page or copy, or what the store reports.
    pub async fn show_copy(&self, key: &str, number: i64) -> Result<(), SaveError> {
        let wish = save::one(&self.context, key)?;
        if !self.context.store.hold_copy(key.to_owned(), number).await? {
            return Err(SaveError::NoCopy { key: key.to_owned(), number });
        }
        save::tell(&self.context, key, save::path_of(&wish.url));
        Ok(())
    }

    /// Answers from the copy of a saved page alone, as without a network: for a window that
    /// shows whether the page is complete. `None`: it is not in there.
    pub fn from_copy(&self, key: &str, request: &Request<()>) -> Option<Response> {
        let copies = self.context.store.copies();
        let copy = copies.and_then(|copies| match save::shown(&copies, key) {
            Some(copy) => exchange::from_copy(&self.context, request, copy.id),
            None => Ok(None),
        });
        copy.unwrap_or_else(|error| {
            tracing::warn!(error = in_full(&error), "a copy is not readable");
            None
        })
    }

    /// Takes note of what a page asked for in vain that was shown from its copy alone; what the
    /// site has of it comes into the copy. Whether anything did: then it is to be shown once
    /// more.
    ///
    /// # Errors
    ///
    /// That there is no such page, or what the store reports.
    pub async fn proven(&self, key: &str, missing: Vec<String>) -> Result<bool, SaveError> {
        save::proven(&self.context, key, missing).await
    }

    /// Says how often saved pages are looked at anew.
    pub fn refresh_saved_every(&self, refresh: Refresh) {
        self.context.saves.set_refresh(refresh);
    }
}

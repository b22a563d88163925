//! What the site has told, as whoever can tell the person shows it.

use super::Engine;
use crate::error::StoreError;
use crate::event::Event;
use crate::notice::Notice;

impl Engine {
    /// What the person is to be told, the oldest first. It is kept until it is said to be shown.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn notices(&self) -> Result<Vec<Notice>, StoreError> {
        self.context.store.notices(&self.visitor(&self.context.site.origin))
    }

    /// How many more there were than [`Engine::notices`] has, which keeps the newest.
    ///
    /// # Errors
    ///
    /// What the database reports.
    pub fn notices_left_out(&self) -> Result<u64, StoreError> {
        self.context.store.notices_left_out(&self.visitor(&self.context.site.origin))
    }

    /// Notes that the person was told these, and how many more there were.
    ///
    /// # Errors
    ///
    /// What the database reports; they are told again then.
    pub async fn notices_shown(&self, keys: &[String]) -> Result<(), StoreError> {
        let visitor = self.visitor(&self.context.site.origin);
        self.context.store.notices_shown(visitor, keys.to_vec()).await?;
        self.context.tell(Event::Notice);
        Ok(())
    }
}

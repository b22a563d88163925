//! Somebody leaves a device that the next person uses.

use http::HeaderValue;
use url::Url;

use super::Engine;
use crate::error::StoreError;
use crate::event::Event;
use crate::policy::{Partition, Visitor};
use crate::store::Seal;

impl Engine {
    /// Ends the session of whoever uses the device: their cookies, what was stored for them
    /// alone and what they asked for are gone, and what they submitted is sealed. That is sent
    /// with the cookies that they had, and shown to nobody but to them, should they sign in
    /// again. What everybody is shown stays.
    ///
    /// # Errors
    ///
    /// What a database reports. Their cookies are not used any more all the same.
    pub async fn end_session(&self) -> Result<(), StoreError> {
        let context = &self.context;
        let visitor = self.visitor(&context.site.origin);
        let cookies = context.network.jar.hand_over();
        // What is on its way is for who has left.
        context.flights.end_boarding();
        context.diary.clear();
        let nobody = Partition::Of(Visitor::Anonymous).to_string();
        let seal = move |url: &Url, partition: &str| -> Seal<Option<HeaderValue>> {
            if partition == visitor {
                Seal::With(cookies.header(url))
            } else if partition == nobody {
                // From before they signed in.
                Seal::With(None)
            } else {
                // Of somebody who signed out, and who may sign in again.
                Seal::Not
            }
        };
        let shredded = context.store.shred().await;
        let ended = context.store.end_session(seal).await.and(shredded);
        context.outbox.notify_one();
        context.tell(Event::Outbox);
        ended
    }
}

//! What the system and the app say about the network, and what is fetched by itself.

use url::Url;

use super::Engine;
use crate::connectivity;
use crate::event::{Background, SystemLink};
use crate::synced::SyncGroup;

impl Engine {
    /// Where the network wants the person, in the system's browser, before it lets anybody
    /// through to the site.
    pub fn portal(&self) -> Option<Url> {
        self.context.network.link.portal()
    }

    /// Says what the system knows of the machine's connection to any network; ignored for a
    /// site on the machine itself. A hint: the site is asked at once, and its answer counts.
    pub fn system_link(&self, link: SystemLink) {
        connectivity::system_says(&self.context, link);
    }

    /// Says whether what nobody waits for may use the network.
    pub fn background(&self, background: Background) {
        self.context.syncs.set_background(background);
    }

    /// The groups of pages that are fetched by themselves now and then, as in the profile.
    pub fn syncs(&self) -> Vec<SyncGroup> {
        self.context.syncs.groups()
    }

    /// Fetches all groups now, one after the other, whatever [`Engine::background`] says: the
    /// person wants it.
    pub fn sync_now(&self) {
        self.context.syncs.want();
    }
}

//! Whether the machine is connected to any network, as the system knows it.
//!
//! Linux is asked: NetworkManager says so the moment it changes. On other systems the engine
//! finds out by its requests alone. Crates that know more systems watch addresses of
//! interfaces, which says less (a machine has some without any network) and wakes up more.

use std::sync::Arc;

use crate::shell::Shell;

/// Tells the engine for as long as the app runs.
pub(crate) fn follow(shell: Arc<Shell>) {
    #[cfg(target_os = "linux")]
    tauri::async_runtime::spawn(network_manager::follow(shell));
    #[cfg(not(target_os = "linux"))]
    drop(shell);
}

#[cfg(target_os = "linux")]
mod network_manager {
    use std::sync::Arc;

    use futures::StreamExt;
    use holdfast_engine::{SystemLink, in_full};
    use zbus::{Connection, Proxy};

    use crate::shell::Shell;

    const SERVICE: &str = "org.freedesktop.NetworkManager";
    const PATH: &str = "/org/freedesktop/NetworkManager";

    pub(super) async fn follow(shell: Arc<Shell>) {
        if let Err(error) = tell(&shell).await {
            let error = in_full(&error);
            tracing::debug!(error, "the system does not say whether there is a network");
        }
    }

    async fn tell(shell: &Shell) -> zbus::Result<()> {
        let bus = Connection::system().await?;
        let system = Proxy::new(&bus, SERVICE, PATH, SERVICE).await?;
        // Asked once, so that what changes is known from then on.
        let _: u32 = system.get_property("State").await?;
        let mut states = system.receive_property_changed("State").await;
        let mut told = None;
        while let Some(state) = states.next().await {
            let link = meaning(state.get().await?);
            if told != Some(link) {
                told = Some(link);
                shell.engine.system_link(link);
            }
        }
        Ok(())
    }

    /// What NetworkManager's word means (D-Bus API, NMState).
    const fn meaning(state: u32) -> SystemLink {
        match state {
            // "NM_STATE_ASLEEP = 10: Networking is not enabled …"
            // "NM_STATE_DISCONNECTED = 20: There is no active network connection …"
            // "NM_STATE_DISCONNECTING = 30: Network connections are being cleaned up …"
            // "NM_STATE_CONNECTING = 40: A network connection is being started …"
            10..=40 => SystemLink::Down,
            // "NM_STATE_UNKNOWN = 0: Networking state is unknown … and applications should
            // assume the network might be available"
            // "NM_STATE_CONNECTED_LOCAL = 50": the site may be near.
            _ => SystemLink::Up,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_not_known_may_be_a_network() {
            let links = [0, 10, 20, 30, 40, 50, 60, 70].map(meaning);
            let (up, down) = (SystemLink::Up, SystemLink::Down);
            assert_eq!(links, [up, down, down, down, down, up, up, up]);
        }
    }
}

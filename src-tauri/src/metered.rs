//! Whether somebody pays for what is fetched by how much it is.
//!
//! Linux is asked, which knows by the network or guesses. Other systems are taken for not
//! metered.

#[cfg(target_os = "linux")]
pub(crate) use network_manager::is_metered;

/// Whether the connection is metered, as far as the system can tell.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn is_metered() -> bool {
    false
}

#[cfg(target_os = "linux")]
mod network_manager {
    use std::time::Duration;

    use holdfast_engine::in_full;
    use zbus::{Connection, Proxy};

    const SERVICE: &str = "org.freedesktop.NetworkManager";
    const PATH: &str = "/org/freedesktop/NetworkManager";
    /// A bus that does not answer by then is as good as none.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Whether the connection is metered, as far as the system can tell.
    pub(crate) async fn is_metered() -> bool {
        let asked = tokio::time::timeout(PATIENCE, ask()).await;
        let metered = asked.unwrap_or_else(|_elapsed| {
            tracing::debug!("the bus of the system does not answer");
            Ok(UNKNOWN)
        });
        metered.map(means_metered).unwrap_or_else(|error| {
            tracing::debug!(error = in_full(&error), "nobody knows whether it is metered");
            false
        })
    }

    async fn ask() -> zbus::Result<u32> {
        let bus = Connection::system().await?;
        Proxy::new(&bus, SERVICE, PATH, SERVICE).await?.get_property("Metered").await
    }

    /// "NM_METERED_UNKNOWN = 0: The metered status is unknown"
    const UNKNOWN: u32 = 0;

    /// What NetworkManager's word means (D-Bus API, NMMetered).
    const fn means_metered(word: u32) -> bool {
        // "NM_METERED_YES = 1: Metered, the value was explicitly configured"
        // "NM_METERED_GUESS_YES = 3: Metered, the value was guessed"
        matches!(word, 1 | 3)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_not_known_is_not_metered() {
            let metered = [UNKNOWN, 1, 2, 3, 4, 5].map(means_metered);
            assert_eq!(metered, [false, true, false, true, false, false]);
        }
    }
}

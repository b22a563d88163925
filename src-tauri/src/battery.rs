//! Whether the battery is low, so that nothing is fetched that can wait.
//!
//! Linux is asked. Other systems hold back what runs in the background by themselves, and are
//! taken for charged.

#[cfg(target_os = "linux")]
pub(crate) use upower::is_low;

/// Whether the battery is low, as far as the system can tell.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn is_low() -> bool {
    false
}

#[cfg(target_os = "linux")]
mod upower {
    use std::time::Duration;

    use holdfast_engine::in_full;
    use zbus::{Connection, Proxy};

    const SERVICE: &str = "org.freedesktop.UPower";
    /// What the system's own display shows: all batteries together.
    const PATH: &str = "/org/freedesktop/UPower/devices/DisplayDevice";
    const INTERFACE: &str = "org.freedesktop.UPower.Device";
    /// A bus that does not answer by then is as good as none.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// Whether the battery is low, as far as the system can tell.
    pub(crate) async fn is_low() -> bool {
        match tokio::time::timeout(PATIENCE, ask()).await {
            Ok(Ok(level)) => means_low(level),
            Ok(Err(error)) => {
                tracing::debug!(error = in_full(&error), "nobody knows of a battery");
                false
            }
            Err(_elapsed) => {
                tracing::debug!("the bus of the system does not answer");
                false
            }
        }
    }

    async fn ask() -> zbus::Result<u32> {
        let bus = Connection::system().await?;
        Proxy::new(&bus, SERVICE, PATH, INTERFACE).await?.get_property("WarningLevel").await
    }

    /// What UPower's word means (D-Bus API, UpDeviceLevel). One that is being charged has none.
    const fn means_low(level: u32) -> bool {
        // "0: Unknown, 1: None, 2: Discharging (only for UPSes), 3: Low, 4: Critical, 5: Action"
        matches!(level, 3..=5)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_not_known_is_not_low() {
            let low = [0, 1, 2, 3, 4, 5, 6].map(means_low);
            assert_eq!(low, [false, false, false, true, true, true, false]);
        }
    }
}

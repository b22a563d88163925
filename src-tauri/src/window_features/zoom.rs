//! How large the site is shown, remembered for it.

use std::sync::{Mutex, PoisonError};

use tauri::WebviewWindow;

use crate::settings::Preferences;

/// Under which name it is kept, in hundredths.
const KEPT: &str = "zoom";

/// The steps that browsers have, in hundredths.
const STEPS: [u16; 16] =
    [30, 50, 67, 80, 90, 100, 110, 120, 133, 150, 170, 200, 240, 300, 400, 500];
/// As the site is.
const ONE: u16 = 100;

/// How large that is now, in hundredths.
pub(super) struct Zoom(Mutex<u16>);

impl Default for Zoom {
    fn default() -> Self {
        Self(Mutex::new(ONE))
    }
}

impl Zoom {
    /// Shows the site as large as it was shown the last time.
    pub(super) fn begin(&self, window: &WebviewWindow, preferences: &Preferences) {
        let Some(percent) = preferences.kept::<u16>(KEPT).map(nearest) else { return };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = percent;
        if let Err(error) = show(window, percent) {
            tracing::warn!(%error, "the site is not as large as it was");
        }
    }

    /// Shows it larger or smaller.
    ///
    /// # Errors
    ///
    /// If the window is gone.
    pub(super) fn step(
        &self,
        window: &WebviewWindow,
        preferences: &Preferences,
        steps: isize,
    ) -> tauri::Result<()> {
        self.change(window, preferences, |percent| stepped(percent, steps))
    }

    /// Shows it as it is.
    ///
    /// # Errors
    ///
    /// If the window is gone.
    pub(super) fn reset(
        &self,
        window: &WebviewWindow,
        preferences: &Preferences,
    ) -> tauri::Result<()> {
        self.change(window, preferences, |_| ONE)
    }

    fn change(
        &self,
        window: &WebviewWindow,
        preferences: &Preferences,
        change: impl FnOnce(u16) -> u16,
    ) -> tauri::Result<()> {
        // Locked until it is shown and kept, or the last of two could come first.
        let mut percent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = change(*percent);
        if changed == *percent {
            return Ok(());
        }
        *percent = changed;
        preferences.keep(KEPT, (changed != ONE).then_some(changed));
        show(window, changed)
    }
}

fn show(window: &WebviewWindow, percent: u16) -> tauri::Result<()> {
    window.set_zoom(f64::from(percent) / 100.0)
}

fn stepped(percent: u16, steps: isize) -> u16 {
    let at = STEPS.iter().position(|step| *step == nearest(percent)).unwrap_or_default();
    let last = STEPS.len() - 1;
    STEPS.get(at.saturating_add_signed(steps).min(last)).copied().unwrap_or(ONE)
}

/// Whatever was kept, one of the steps.
fn nearest(percent: u16) -> u16 {
    STEPS.into_iter().min_by_key(|step| step.abs_diff(percent)).unwrap_or(ONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_leads_to_the_next_one_and_no_further_than_there_are_any() {
        assert_eq!([stepped(100, 1), stepped(100, -1)], [110, 90]);
        assert_eq!([stepped(500, 1), stepped(30, -1)], [500, 30]);
        assert_eq!([stepped(101, 1), stepped(0, 1)], [110, 50]);
    }

    #[test]
    fn what_was_kept_is_one_of_the_steps() {
        assert_eq!([nearest(0), nearest(125), nearest(60_000)], [30, 120, 500]);
    }
}

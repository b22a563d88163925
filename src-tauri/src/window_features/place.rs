//! Where the window of the site is and how large, remembered in the data directory.
//!
//! `tauri-plugin-window-state` keeps one file for all data directories of an app, and writes it for
//! each window; here it is one window of one site, beside what else the person has chosen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, PhysicalPosition, PhysicalSize, WebviewWindow, WindowEvent};

use super::Builder;
use crate::settings::Preferences;
use crate::shell::Shell;

/// Under which name it is kept.
const KEPT: &str = "window";

/// How much of the top of a window must be seen, in pixels: there it is moved by.
const HANDLE: (i64, i64) = (120, 24);

/// A rectangle on the screens, in their pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Rectangle {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    /// Where it is when it is not maximised.
    #[serde(flatten)]
    normal: Rectangle,
    is_maximised: bool,
}

/// A screen, or what panels leave of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Screen {
    area: Rectangle,
    scale: f64,
}

/// Where the window is.
#[derive(Default)]
pub(super) struct Places(Mutex<Known>);

#[derive(Default)]
struct Known {
    place: Option<Place>,
    /// Where it was before: a system may say how large a window has become before it says that
    /// it is maximised.
    before: Option<Rectangle>,
}

impl Places {
    /// Has a window begin where the last one was, if the person can see it there.
    pub(super) fn prepare<'a>(
        &self,
        builder: Builder<'a>,
        app: &AppHandle,
        preferences: &Preferences,
    ) -> Builder<'a> {
        let kept = self.lock().place.or_else(|| preferences.kept(KEPT));
        let Some(place) = kept else { return builder };
        let Some((shown, scale)) = on_screen(place.normal, &screens(app)) else { return builder };
        tracing::debug!(?shown, is_maximised = place.is_maximised, "the window is where it was");
        *self.lock() = Known { place: Some(Place { normal: shown, ..place }), before: None };
        let position = PhysicalPosition::new(shown.x, shown.y).to_logical::<f64>(scale);
        let size = PhysicalSize::new(shown.width, shown.height).to_logical::<f64>(scale);
        builder
            .position(position.x, position.y)
            .inner_size(size.width, size.height)
            .maximized(place.is_maximised)
    }

    /// Notes from now on where the window is, and keeps that when it is closed.
    pub(super) fn follow(&self, window: &WebviewWindow, shell: &Arc<Shell>) {
        let (followed, shell) = (window.clone(), Arc::clone(shell));
        window.on_window_event(move |event| {
            if let WindowEvent::Resized(_) | WindowEvent::Moved(_) = event {
                shell.features.places.note(&followed);
            }
            if let WindowEvent::CloseRequested { .. } = event {
                shell.features.places.note(&followed);
                shell.features.keep(&shell);
            }
        });
    }

    /// Keeps it for the next start.
    pub(super) fn keep(&self, preferences: &Preferences) {
        if let Some(place) = self.lock().place
            && preferences.kept(KEPT) != Some(place)
        {
            preferences.keep(KEPT, Some(place));
        }
    }

    fn note(&self, window: &WebviewWindow) {
        match seen(window) {
            Ok(Some((now, is_maximised))) => self.lock().note(now, is_maximised),
            // A window that is hidden, minimised or full of one page has no place.
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "nobody knows where the window is"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn note(&mut self, now: Rectangle, is_maximised: bool) {
        let normal = match self.place {
            Some(Place { normal, .. }) if !is_maximised => {
                if normal != now {
                    self.before = Some(normal);
                }
                now
            }
            // What was taken for its place a moment ago is that of a maximised window.
            Some(Place { normal, .. }) if normal == now => self.before.unwrap_or(normal),
            Some(Place { normal, .. }) => normal,
            None => now,
        };
        self.place = Some(Place { normal, is_maximised });
    }
}

/// Where the window is, and whether it is maximised.
fn seen(window: &WebviewWindow) -> tauri::Result<Option<(Rectangle, bool)>> {
    if window.is_fullscreen()? || window.is_minimized()? || !window.is_visible()? {
        return Ok(None);
    }
    let (position, size) = (window.outer_position()?, window.inner_size()?);
    let now = Rectangle { x: position.x, y: position.y, width: size.width, height: size.height };
    Ok(Some((now, window.is_maximized()?)))
}

/// The first is the person's main one.
fn screens(app: &AppHandle) -> Vec<Screen> {
    let screen = |monitor: tauri::Monitor| {
        let area = monitor.work_area();
        let (position, size) = (area.position, area.size);
        let area =
            Rectangle { x: position.x, y: position.y, width: size.width, height: size.height };
        Screen { area, scale: monitor.scale_factor() }
    };
    let first = app.primary_monitor().ok().flatten();
    let others = app.available_monitors().unwrap_or_default();
    first.into_iter().chain(others).map(screen).collect()
}

/// Where a window is shown that was at `place`, and the scale of that screen: there, if the person
/// can take hold of it, else on the screen that has most of it; `None` without a screen.
fn on_screen(place: Rectangle, screens: &[Screen]) -> Option<(Rectangle, f64)> {
    let most = |one: &&Screen, other: &&Screen| {
        // Of equals, `max_by` takes the last, and the first is wanted.
        overlap(place, one.area).cmp(&overlap(place, other.area)).then(std::cmp::Ordering::Greater)
    };
    let screen = screens.iter().max_by(most)?;
    let (width, height) = HANDLE;
    let top = Rectangle { height: u32::try_from(height).unwrap_or_default(), ..place };
    let is_within_reach = screens.iter().any(|screen| {
        let (wide, high) = shared(top, screen.area);
        wide >= width.min(i64::from(place.width)) && high >= height
    });
    if is_within_reach && place.width > 0 && place.height > 0 {
        return Some((place, screen.scale));
    }
    let area = screen.area;
    let (width, height) = (place.width.min(area.width), place.height.min(area.height));
    let x = place.x.clamp(area.x, area.x.saturating_add_unsigned(area.width - width));
    let y = place.y.clamp(area.y, area.y.saturating_add_unsigned(area.height - height));
    Some((Rectangle { x, y, width, height }, screen.scale))
}

/// How many pixels two have in common.
fn overlap(one: Rectangle, other: Rectangle) -> i64 {
    let (width, height) = shared(one, other);
    width * height
}

/// How wide and how high what they have in common is.
fn shared(one: Rectangle, other: Rectangle) -> (i64, i64) {
    let along = |at: (i32, u32), other_at: (i32, u32)| {
        let end = |(at, length): (i32, u32)| i64::from(at) + i64::from(length);
        let first = i64::from(at.0).max(i64::from(other_at.0));
        (end(at).min(end(other_at)) - first).max(0)
    };
    (
        along((one.x, one.width), (other.x, other.width)),
        along((one.y, one.height), (other.y, other.height)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: i32, y: i32, width: u32, height: u32) -> Rectangle {
        Rectangle { x, y, width, height }
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn a_window_that_could_not_be_seen_comes_back_onto_a_screen() {
        let one = [Screen { area: at(0, 30, 1280, 870), scale: 1.0 }];
        let two = [one[0], Screen { area: at(1280, 0, 2560, 1440), scale: 2.0 }];
        let check = |place, screens: &[Screen], expected, scale| {
            assert_eq!(on_screen(place, screens), Some((expected, scale)), "{place:?}");
        };
        check(at(100, 100, 800, 600),    &one, at(100, 100, 800, 600),   1.0);
        // Partly beside the screen, as some like it.
        check(at(1100, 500, 800, 600),   &one, at(1100, 500, 800, 600),  1.0);
        check(at(-600, 100, 800, 600),   &one, at(-600, 100, 800, 600),  1.0);
        check(at(-700, 100, 800, 600),   &one, at(0, 100, 800, 600),     1.0);
        check(at(100, -200, 800, 600),   &one, at(100, 30, 800, 600),    1.0);
        check(at(100, 5000, 800, 600),   &one, at(100, 300, 800, 600),   1.0);
        // Its screen is gone.
        check(at(1400, 100, 2000, 1300), &one, at(0, 30, 1280, 870),     1.0);
        check(at(1400, 100, 2000, 1300), &two, at(1400, 100, 2000, 1300), 2.0);
        check(at(-9999, -9999, 800, 600), &two, at(0, 30, 800, 600),     1.0);
        check(at(i32::MAX, i32::MIN, u32::MAX, 600), &one, at(0, 30, 1280, 600), 1.0);
        check(at(100, 100, 0, 0),        &one, at(100, 100, 0, 0),       1.0);
        assert_eq!(on_screen(at(0, 0, 800, 600), &[]), None);
    }

    #[test]
    fn a_maximised_window_knows_how_large_it_was() {
        let (normal, large) = (at(10, 20, 800, 600), at(0, 0, 1280, 900));
        let check = |events: &[(Rectangle, bool)], expected: Rectangle, is_maximised: bool| {
            let mut known = Known::default();
            for (now, is_maximised) in events {
                known.note(*now, *is_maximised);
            }
            assert_eq!(known.place, Some(Place { normal: expected, is_maximised }), "{events:?}");
        };
        check(&[(normal, false)], normal, false);
        check(&[(normal, false), (large, true)], normal, true);
        // The system says too late that it is.
        check(&[(normal, false), (large, false), (large, true)], normal, true);
        check(&[(normal, false), (large, true), (normal, false)], normal, false);
        check(&[(large, true)], large, true);
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let place = Place { normal: at(-5, 6, 700, 800), is_maximised: true };
        let kept = serde_json::to_value(place).unwrap();
        let expected = serde_json::json!({
            "x": -5, "y": 6, "width": 700, "height": 800, "isMaximised": true
        });
        assert_eq!(kept, expected);
        assert_eq!(serde_json::from_value::<Place>(kept).unwrap(), place);
    }
}

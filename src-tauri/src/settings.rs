//! What the person has chosen, kept in `settings.json` beside what is stored of the site.
//!
//! Whether the app starts when they log in is kept by the system, where they can change it too.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use holdfast_engine::{Background, Refresh, in_full};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tauri::{AppHandle, Runtime, State, Wry, command};
use tauri_plugin_store::{Store, StoreBuilder};
use tokio::sync::Notify;

use crate::platform::menu;
use crate::quiet::QuietHours;
use crate::shell::Shell;
use crate::{battery, language, login, metered};

/// Where it is kept.
const FILE: &str = "settings.json";
/// How long after the start the system is asked about the connection and the battery.
const AFTER_THE_START: Duration = Duration::from_secs(10);
/// And how often: one network may follow another without a word.
const ASKED_AGAIN: Duration = Duration::from_secs(600);

/// What the person has chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    #[cfg_attr(test, ts(inline))]
    language: Language,
    /// Whether any are shown.
    notifications: bool,
    /// The kinds of which none are shown.
    muted_kinds: Vec<String>,
    /// When none are shown: they come afterwards.
    quiet_hours: Option<QuietHours>,
    /// How often what is saved is refreshed.
    #[cfg_attr(test, ts(inline))]
    refresh_every: RefreshEvery,
    /// Nothing where the system has no such thing.
    start_at_login: Option<bool>,
    /// Also where what is fetched costs money.
    refreshes_on_metered: bool,
    /// Also while the battery is low.
    syncs_on_low_battery: bool,
    /// Whether the app goes on in the tray when its window is closed.
    keeps_running: bool,
}

/// The settings, and what there is to choose from here.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Choosable {
    #[serde(flatten)]
    chosen: Settings,
    /// The notifications that the site sends.
    kinds: Vec<NoticeKind>,
    can_keep_running: bool,
}

/// Notifications of one sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export_to = "app-types.ts"))]
struct NoticeKind {
    name: String,
    label: String,
}

impl From<holdfast_engine::NoticeKind> for NoticeKind {
    fn from(kind: holdfast_engine::NoticeKind) -> Self {
        let holdfast_engine::NoticeKind { name, label } = kind;
        Self { name, label }
    }
}

/// The language of the app, not of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Language {
    System,
    En,
    De,
}

/// How often something is done by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(crate) enum RefreshEvery {
    #[serde(rename = "never")]
    Never,
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "6h")]
    SixHours,
    #[serde(rename = "1d")]
    Day,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::System,
            notifications: true,
            muted_kinds: Vec::new(),
            quiet_hours: None,
            refresh_every: RefreshEvery::SixHours,
            start_at_login: None,
            refreshes_on_metered: false,
            syncs_on_low_battery: false,
            keeps_running: true,
        }
    }
}

impl Settings {
    /// What was kept, and the default for what was not or is no such thing.
    fn of_kept(kept: impl Fn(&str) -> Option<Value>) -> Self {
        fn one<T: DeserializeOwned>(
            kept: impl Fn(&str) -> Option<Value>,
            key: &str,
            default: T,
        ) -> T {
            let Some(value) = kept(key) else { return default };
            serde_json::from_value(value).unwrap_or_else(|error| {
                tracing::error!(key, %error, "a setting is not understood, and is as if never made");
                default
            })
        }
        let default = Self::default();
        Self {
            language: one(&kept, "language", default.language),
            notifications: one(&kept, "notifications", default.notifications),
            muted_kinds: one(&kept, "mutedKinds", default.muted_kinds),
            quiet_hours: one(&kept, "quietHours", default.quiet_hours),
            refresh_every: one(&kept, "refreshEvery", default.refresh_every),
            start_at_login: None,
            refreshes_on_metered: one(&kept, "refreshesOnMetered", default.refreshes_on_metered),
            syncs_on_low_battery: one(&kept, "syncsOnLowBattery", default.syncs_on_low_battery),
            keeps_running: one(&kept, "keepsRunning", default.keeps_running),
        }
    }

    /// What is kept of it: all but what the system itself keeps. `null` where nothing is.
    fn to_keep(&self) -> serde_json::Result<serde_json::Map<String, Value>> {
        let kept = serde_json::to_value(Self { start_at_login: None, ..self.clone() })?;
        serde_json::from_value(kept)
    }
}

/// How often what is saved is to be refreshed by itself, wherever that costs nothing.
const fn refresh_every(settings: &Settings) -> Option<Duration> {
    const HOUR: u64 = 60 * 60;
    match settings.refresh_every {
        RefreshEvery::Never => None,
        RefreshEvery::Hour => Some(Duration::from_secs(HOUR)),
        RefreshEvery::SixHours => Some(Duration::from_secs(6 * HOUR)),
        RefreshEvery::Day => Some(Duration::from_secs(24 * HOUR)),
    }
}

/// The settings as they are now, for everybody who goes by them.
pub(crate) struct Preferences {
    chosen: RwLock<Settings>,
    /// The system's language.
    system: String,
    /// `None` where the file cannot be had: then a choice holds until the app ends.
    file: Option<Arc<Store<Wry>>>,
    changed: Notify,
}

impl Preferences {
    /// Those that are kept in a data directory. Whatever is wrong with them, the app begins.
    pub(crate) fn read(app: &AppHandle, data: &Path) -> Self {
        let file = match open(app, data) {
            Ok(file) => Some(file),
            Err(error) => {
                tracing::error!(error = in_full(&error), "no setting can be kept");
                None
            }
        };
        let kept = |key: &str| file.as_ref()?.get(key);
        let chosen = RwLock::new(Settings::of_kept(kept));
        Self { chosen, system: language::of_system(), file, changed: Notify::new() }
    }

    /// The language that the person wants the app to speak, as a BCP 47 tag.
    pub(crate) fn language(&self) -> String {
        language::chosen(self.chosen().language, &self.system)
    }

    /// Whether the person wants to be told while they look elsewhere.
    pub(crate) fn notifies(&self) -> bool {
        self.chosen().notifications
    }

    /// Whether the person wants to be told of such things.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        let chosen = self.chosen();
        chosen.notifications && !chosen.muted_kinds.iter().any(|muted| muted == kind)
    }

    /// Until when nothing is shown, if that is so now.
    pub(crate) fn quiet_until(&self, now: SystemTime) -> Option<SystemTime> {
        // Read each time: the person may travel.
        self.chosen().quiet_hours?.until(now, &TimeZone::system())
    }

    /// Whether the app is to go on in the tray when its window is closed.
    pub(crate) fn keeps_running(&self) -> bool {
        self.chosen().keeps_running
    }

    /// Whether nothing is to be fetched that nobody has asked for, where the app is now.
    pub(crate) async fn holds_back(&self) -> bool {
        let chosen = self.chosen();
        (!chosen.refreshes_on_metered && metered::is_metered().await)
            || (!chosen.syncs_on_low_battery && battery::is_low().await)
    }

    fn chosen(&self) -> Settings {
        self.chosen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is kept beside the settings under a name, if it is understood.
    #[cfg_attr(phone, allow(dead_code, reason = "a window of a phone has no place"))]
    pub(crate) fn kept<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let kept = self.file.as_ref()?.get(key)?;
        let read = serde_json::from_value(kept);
        read.inspect_err(|error| tracing::warn!(key, %error, "what was kept is not understood"))
            .ok()
    }

    /// Keeps something under a name that no setting has, or nothing any more. What cannot be kept
    /// holds until the app ends.
    #[cfg_attr(phone, allow(dead_code, reason = "a window of a phone has no place"))]
    pub(crate) fn keep<T: Serialize>(&self, key: &str, value: Option<T>) {
        let Some(file) = &self.file else { return };
        match value.map(serde_json::to_value).transpose() {
            Ok(Some(value)) => file.set(key, value),
            Ok(None) => {
                file.delete(key);
            }
            Err(error) => tracing::error!(key, %error, "it has no form to be kept in"),
        }
        if let Err(error) = file.save() {
            tracing::warn!(key, error = in_full(&error), "it is not kept");
        }
    }

    /// Keeps these from now on.
    fn change(&self, settings: Settings) -> Result<(), String> {
        if let Some(file) = &self.file {
            let kept = settings.to_keep().map_err(|error| in_full(&error))?;
            for (key, value) in kept {
                if value.is_null() {
                    file.delete(key);
                } else {
                    file.set(key, value);
                }
            }
            file.save().map_err(|error| in_full(&error))?;
        }
        *self.chosen.write().unwrap_or_else(PoisonError::into_inner) = settings;
        self.changed.notify_one();
        Ok(())
    }
}

/// Finds out what may be fetched by itself and how often, and again whenever the person has
/// chosen anew or the connection may be another one.
pub(crate) fn follow(shell: Arc<Shell>) {
    tauri::async_runtime::spawn(async move {
        let mut connection = shell.engine.connection();
        // A start has no time for the bus.
        tokio::time::sleep(AFTER_THE_START).await;
        loop {
            let is_held = shell.preferences.holds_back().await;
            let every = refresh_every(&shell.preferences.chosen()).filter(|_| !is_held);
            shell.engine.background(if is_held { Background::Held } else { Background::Allowed });
            shell.engine.refresh_saved_every(every.map_or(Refresh::Never, Refresh::Every));
            tokio::select! {
                () = shell.preferences.changed.notified() => {}
                changed = connection.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(ASKED_AGAIN) => {}
            }
        }
    });
}

/// The file in a data directory. One that cannot be read is as if it were empty.
fn open<R: Runtime>(
    app: &AppHandle<R>,
    data: &Path,
) -> Result<Arc<Store<R>>, tauri_plugin_store::Error> {
    // Absolute, or the plugin would look for it in another folder.
    let data = std::path::absolute(data)?;
    let file = StoreBuilder::new(app, data.join(FILE)).disable_auto_save().build()?;
    // Or the plugin would write it whenever the app ends, although nothing was chosen.
    file.close_resource();
    match file.reload() {
        Ok(()) => {}
        Err(tauri_plugin_store::Error::Io(error))
            if error.kind() == std::io::ErrorKind::NotFound => {}
        // It is written anew with the next choice.
        Err(error) => tracing::error!(error = in_full(&error), "no setting can be read"),
    }
    Ok(file)
}

/// What the person has chosen, and can choose.
#[command]
pub(crate) async fn settings(
    app: AppHandle,
    shell: State<'_, Arc<Shell>>,
) -> Result<Choosable, String> {
    Ok(choosable(&app, &shell, shell.preferences.chosen()))
}

fn choosable(app: &AppHandle, shell: &Shell, chosen: Settings) -> Choosable {
    let chosen = Settings { start_at_login: login::is_enabled(app), ..chosen };
    let kinds = shell.engine.site().push.kinds.iter().cloned().map(NoticeKind::from);
    Choosable { chosen, kinds: kinds.collect(), can_keep_running: shell.tray.is_there() }
}

/// Chooses anew; what is chosen then.
///
/// # Errors
///
/// If a choice cannot be kept. Then it holds no longer than this, or not at all.
#[command]
pub(crate) async fn change_settings(
    app: AppHandle,
    shell: State<'_, Arc<Shell>>,
    settings: Settings,
) -> Result<Choosable, String> {
    let (changed, asked, chosen) = (Arc::clone(&shell), app.clone(), settings.clone());
    let change = move || {
        if let Some(starts) = chosen.start_at_login
            && login::is_enabled(&asked) != Some(starts)
        {
            if starts { login::enable(&asked) } else { login::disable(&asked) }?;
        }
        changed.preferences.change(chosen)
    };
    let change = tauri::async_runtime::spawn_blocking(change).await;
    change.map_err(|error| in_full(&error))??;
    if !settings.notifications {
        // Nobody has to wait for it.
        drop(shell.notifications.clear());
    }
    // The person may speak another language, or the night be over.
    shell.tray.refresh(&shell);
    menu::refresh(&app, &shell);
    shell.notifications.reconsider();
    Ok(choosable(&app, &shell, settings))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::quiet::tests::hours;

    fn of(kept: &Value) -> Settings {
        Settings::of_kept(|key| kept.get(key).cloned())
    }

    #[test]
    fn what_was_chosen_is_there_after_a_restart() {
        let settings = Settings {
            language: Language::De,
            notifications: false,
            muted_kinds: vec!["poll".to_owned()],
            quiet_hours: Some(hours("22:00", "07:00")),
            refresh_every: RefreshEvery::Day,
            start_at_login: None,
            refreshes_on_metered: true,
            syncs_on_low_battery: true,
            keeps_running: false,
        };
        let kept = Value::Object(settings.to_keep().unwrap());
        assert_eq!(
            kept,
            json!({
                "language": "de", "notifications": false, "mutedKinds": ["poll"],
                "quietHours": { "from": "22:00", "to": "07:00" }, "refreshEvery": "1d",
                "startAtLogin": null, "refreshesOnMetered": true, "syncsOnLowBattery": true,
                "keepsRunning": false
            })
        );
        assert_eq!(of(&kept), settings);
    }

    #[test]
    fn what_is_not_understood_is_as_if_it_had_not_been_chosen() {
        let default = Settings::default();
        assert_eq!(of(&json!({})), default);
        assert_eq!(of(&json!({ "language": "fr", "refreshEvery": "2h" })), default);
        assert_eq!(of(&json!({ "notifications": "no", "refreshesOnMetered": 1 })), default);
        assert_eq!(of(&json!({ "quietHours": { "from": "25:00", "to": "7" } })), default);
        assert_eq!(of(&json!({ "quietHours": null, "mutedKinds": "all" })), default);
        assert_eq!(
            of(&json!({ "language": 7, "notifications": false, "colour": "blue" })),
            Settings { notifications: false, ..default },
            "the others hold"
        );
    }

    /// The system keeps that, and may have changed it.
    #[test]
    fn whether_it_starts_at_login_is_not_kept() {
        let settings = Settings { start_at_login: Some(true), ..Settings::default() };
        let kept = settings.to_keep().unwrap();
        assert_eq!(kept["startAtLogin"], Value::Null);
        assert_eq!(of(&json!({ "startAtLogin": true })).start_at_login, None);
    }

    #[test]
    fn who_wants_to_be_told_of_nothing_is_told_of_nothing() {
        let wants = |kept: &Value, kind: &str| {
            let (chosen, system) = (RwLock::new(of(kept)), "en".to_owned());
            let changed = Notify::new();
            Preferences { chosen, system, file: None, changed }.wants(kind)
        };
        assert!(wants(&json!({}), "poll"));
        assert!(!wants(&json!({ "notifications": false }), "poll"));
        assert!(!wants(&json!({ "mutedKinds": ["news", "poll"] }), "poll"));
        assert!(wants(&json!({ "mutedKinds": ["poll"] }), "polls"));
    }

    #[test]
    fn intervals_are_what_they_are_called() {
        let every = |word: &str| refresh_every(&of(&json!({ "refreshEvery": word })));
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
        assert_eq!(every("never"), None);
        assert_eq!([every("1h"), every("6h"), every("1d")], [hours(1), hours(6), hours(24)]);
    }
}

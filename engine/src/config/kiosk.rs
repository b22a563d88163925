//! What a profile says about the app as a public terminal, and what makes it valid.

use std::path::PathBuf;
use std::time::Duration;

use super::pin::{self, PinHash};
use super::reader::{Table, parse_duration};
use crate::route::Pattern;

/// How long nobody touches anything until the session ends, if the profile does not say.
const DEFAULT_IDLE: Duration = Duration::from_secs(60);
/// How long the pointer rests until it is hidden, if the profile does not say.
const DEFAULT_CURSOR: Duration = Duration::from_secs(5);
/// How long a page may say nothing, if the profile does not say.
const DEFAULT_HANG: Duration = Duration::from_secs(10);
/// How much memory a page may take, if the profile does not say.
const DEFAULT_MEMORY: u64 = 1 << 30;
/// Nobody reads a page faster, and no page is there sooner.
const SHORTEST: Duration = Duration::from_secs(1);
/// A page needs more than this for itself.
const LEAST_MEMORY: u64 = 64 << 20;

/// The app as a public terminal.
#[derive(Debug, Clone, PartialEq)]
pub struct Kiosk {
    /// How long nobody touches anything until the session ends.
    pub idle: Duration,
    /// Whether what is stored of a session is encrypted with a key that ends with it.
    pub shred: bool,
    /// What ends the app; without one nothing does but the system.
    pub pin: Option<Pin>,
    /// The paths that the public may go to; none are all of the site.
    pub allow: Vec<Pattern>,
    /// Whether pages may be printed.
    pub print: bool,
    /// Whether files of the machine may be chosen for a form.
    pub files: bool,
    /// How long the pointer rests until it is hidden.
    pub cursor: Duration,
    /// When the page is loaded afresh by itself.
    pub reload: Option<Reload>,
    /// How many bytes of memory a page may take until it is started afresh.
    pub memory: u64,
    /// How long a page may say nothing until it is started afresh.
    pub hang: Duration,
}

impl Default for Kiosk {
    fn default() -> Self {
        Self {
            idle: DEFAULT_IDLE,
            shred: false,
            pin: None,
            allow: Vec::new(),
            print: false,
            files: false,
            cursor: DEFAULT_CURSOR,
            reload: None,
            memory: DEFAULT_MEMORY,
            hang: DEFAULT_HANG,
        }
    }
}

impl Kiosk {
    /// Whether the public may go to the path of a URL.
    pub fn allows(&self, path: &str) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|pattern| pattern.matches(path))
    }
}

/// Where the hash of the PIN is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// In the profile.
    Hash(PinHash),
    /// In a file of its own, which is read each time.
    File(PathBuf),
}

/// When a page is loaded afresh by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// Each day at this time on the wall.
    Daily {
        /// From 0 to 23.
        hour: u8,
        /// From 0 to 59.
        minute: u8,
    },
    /// After so long each time.
    Every(Duration),
}

/// Reads `[kiosk]`. Pages are shown from `start` on, which must be allowed.
pub(super) fn read_kiosk(table: &Table<'_, '_>, start: &str) -> Kiosk {
    let default = Kiosk::default();
    let kiosk = Kiosk {
        idle: read_duration(table, "idle").unwrap_or(default.idle),
        shred: table.truth("shred").unwrap_or(default.shred),
        pin: read_pin(table),
        allow: read_allow(table, start),
        print: table.truth("print").unwrap_or(default.print),
        files: table.truth("files").unwrap_or(default.files),
        cursor: read_duration(table, "cursor").unwrap_or(default.cursor),
        reload: read_reload(table),
        memory: read_memory(table).unwrap_or(default.memory),
        hang: read_duration(table, "hang").unwrap_or(default.hang),
    };
    table.finish();
    kiosk
}

fn read_duration(table: &Table<'_, '_>, key: &'static str) -> Option<Duration> {
    let duration = table.duration(key)?;
    if let Some(found) = table.get(key)
        && duration < SHORTEST
    {
        table.report(&found, format!("{duration:?} is too short"), "at least \"1s\"");
    }
    Some(duration)
}

fn read_memory(table: &Table<'_, '_>) -> Option<u64> {
    let memory = table.size("memory")?;
    if let Some(found) = table.get("memory")
        && memory < LEAST_MEMORY
    {
        let message = "no page runs in that little memory".to_owned();
        table.report(&found, message, "at least \"64 MiB\"");
    }
    Some(memory)
}

fn read_pin(table: &Table<'_, '_>) -> Option<Pin> {
    let found = table.get("pin")?;
    if !found.value.is_table() {
        return table.parsed("pin", pin::EXPECTED, PinHash::parse).map(Pin::Hash);
    }
    let table = table.table("pin")?;
    let file = table.required("file", "the absolute path of a file with the hash", |text| {
        let path = PathBuf::from(text);
        if path.has_root() { Ok(path) } else { Err(format!("`{text}` is not an absolute path")) }
    });
    table.finish();
    file.map(Pin::File)
}

const PATTERN: &str = "a path pattern such as \"/polls/*\"";

fn read_allow(table: &Table<'_, '_>, start: &str) -> Vec<Pattern> {
    let mut allow: Vec<Pattern> = Vec::new();
    let texts = table.texts("allow", "a list of path patterns such as [\"/polls/*\"]");
    let is_complete = !texts.is_empty();
    for (text, found) in texts {
        match Pattern::parse(&text) {
            Ok(pattern) if allow.contains(&pattern) => {
                table.report(&found, format!("`{text}` is listed twice"), "each pattern once");
            }
            Ok(pattern) => allow.push(pattern),
            Err(problem) => {
                table.report(&found, format!("`{text}` is not a pattern: {problem}"), PATTERN);
            }
        }
    }
    let path = start.split(['?', '#']).next().unwrap_or_default();
    if let Some(found) = table.get("allow")
        && is_complete
        && !allow.iter().any(|pattern| pattern.matches(path))
    {
        let message = format!("the first page, `{path}`, is not allowed");
        table.report(&found, message, "a pattern that matches `site.start` as well");
    }
    allow
}

fn read_reload(table: &Table<'_, '_>) -> Option<Reload> {
    let expected = "a time of day such as \"04:00\", or a duration such as \"6h\"";
    table.parsed("reload", expected, |text| {
        let reload = match text.split_once(':') {
            Some((hour, minute)) => time_of_day(hour, minute),
            None => parse_duration(text).map(Reload::Every),
        };
        match reload {
            Some(Reload::Every(pause)) if pause < SHORTEST => {
                Err(format!("{pause:?} is too often"))
            }
            Some(reload) => Ok(reload),
            None => Err(format!("`{text}` is neither a time of day nor a duration")),
        }
    })
}

/// "04" and "00", as clocks write it.
fn time_of_day(hour: &str, minute: &str) -> Option<Reload> {
    let number = |digits: &str, end: u8| {
        let is_written_so = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|number: &u8| is_written_so && *number < end)
    };
    Some(Reload::Daily { hour: number(hour, 24)?, minute: number(minute, 60)? })
}

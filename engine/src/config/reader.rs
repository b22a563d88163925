//! Reads TOML tables key by key and remembers where everything stands, so that each
//! mistake can be reported with its line and all of them at once.

use std::cell::RefCell;
use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, unknown};

/// A profile being read: its text and what was found wrong so far.
pub(super) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

/// A table of the profile. [`Table::finish`] reports the keys that nobody asked for.
pub(super) struct Table<'r, 't> {
    reader: &'r Reader<'t>,
    path: String,
    span: Range<usize>,
    entries: &'r DeTable<'t>,
    asked: RefCell<Vec<&'static str>>,
}

/// A value and where it stands.
pub(super) struct Found<'r, 't> {
    pub(super) value: &'r DeValue<'t>,
    pub(super) key: String,
    pub(super) span: Range<usize>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, problems: RefCell::default() }
    }

    /// Notes that something is wrong at `span`.
    pub(super) fn report(
        &self,
        span: &Range<usize>,
        key: &str,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        let start = span.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let text =
            self.text.get(line_start..).unwrap_or_default().lines().next().unwrap_or_default();
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        self.problems.borrow_mut().push(Problem {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column,
            key: key.to_owned(),
            message: message.into(),
            expected: expected.into(),
            text: text.to_owned(),
        });
    }

    /// What was found wrong, in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }

    /// The whole file as a table; `entries` was parsed from this reader's text.
    pub(super) fn root<'r>(&'r self, entries: &'r DeTable<'t>) -> Table<'r, 't> {
        Table { reader: self, path: String::new(), span: 0..0, entries, asked: RefCell::default() }
    }
}

impl<'r, 't> Table<'r, 't> {
    /// Notes that something is wrong with a value of this table.
    pub(super) fn report(&self, found: &Found<'_, '_>, message: String, expected: &str) {
        self.reader.report(&found.span, &found.key, message, expected);
    }

    /// Where the table begins, for what is missing in it.
    pub(super) fn report_missing(&self, key: &str, expected: &str) {
        let full = self.key(key);
        self.reader.report(&self.span, &full, format!("`{full}` is missing"), expected);
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of `key`, if it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<Found<'r, 't>> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        let value: &'r Spanned<DeValue<'t>> = self.entries.get(key)?;
        Some(Found { value: value.get_ref(), key: self.key(key), span: value.span() })
    }

    fn typed<T>(
        &self,
        key: &'static str,
        expected: &str,
        read: impl FnOnce(&'r DeValue<'t>) -> Option<T>,
    ) -> Option<T> {
        let found = self.get(key)?;
        let value = read(found.value);
        if value.is_none() {
            let message = format!("`{}` is {}", found.key, described(found.value));
            self.report(&found, message, expected);
        }
        value
    }

    /// A string.
    pub(super) fn text(&self, key: &'static str, expected: &str) -> Option<String> {
        self.typed(key, expected, |value| value.as_str().map(str::to_owned))
    }

    /// A string that `parse` understands; what `parse` says against it is reported.
    ///
    /// A mistake reads like an absence: no site comes of a profile with mistakes.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(key, expected)?;
        let found = self.get(key)?;
        parse(&text).map_err(|message| self.report(&found, message, expected)).ok()
    }

    /// Like [`Table::parsed`], for a key that must be there.
    pub(super) fn required<T>(
        &self,
        key: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.get(key).is_none() {
            self.report_missing(key, expected);
        }
        self.parsed(key, expected, parse)
    }

    /// `true` or `false`.
    pub(super) fn truth(&self, key: &'static str) -> Option<bool> {
        self.typed(key, "true or false", DeValue::as_bool)
    }

    /// A number of things, from 0.
    pub(super) fn count(&self, key: &'static str) -> Option<u64> {
        self.typed(key, "a whole number such as 100", |value| {
            value.as_integer()?.as_str().replace('_', "").parse().ok()
        })
    }

    /// A duration such as "3s".
    pub(super) fn duration(&self, key: &'static str) -> Option<Duration> {
        self.typed(key, "a duration such as \"3s\", \"500ms\" or \"2m\"", |value| {
            parse_duration(value.as_str()?)
        })
    }

    /// A size in bytes such as "256 MiB".
    pub(super) fn size(&self, key: &'static str) -> Option<u64> {
        self.typed(key, "a size such as \"256 MiB\" or \"64 KiB\"", |value| {
            parse_size(value.as_str()?)
        })
    }

    /// A list of strings, each with its place.
    pub(super) fn texts(&self, key: &'static str, expected: &str) -> Vec<(String, Found<'r, 't>)> {
        let Some(found) = self.get(key) else { return Vec::new() };
        let Some(items) = found.value.as_array() else {
            let message = format!("`{}` is {}", found.key, described(found.value));
            self.report(&found, message, expected);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = Found {
                value: item.get_ref(),
                key: format!("{}[{index}]", found.key),
                span: item.span(),
            };
            match place.value.as_str() {
                Some(text) => texts.push((text.to_owned(), place)),
                None => {
                    let message = format!("`{}` is {}", place.key, described(place.value));
                    self.report(&place, message, expected);
                }
            }
        }
        texts
    }

    /// The strings of a table whose keys are names, in the order of the names.
    pub(super) fn names(&self, key: &'static str, expected: &str) -> Vec<(String, String)> {
        let Some(found) = self.get(key) else { return Vec::new() };
        let Some(entries) = self.typed_again(&found, "a table", DeValue::as_table) else {
            return Vec::new();
        };
        let mut names = Vec::new();
        for (name, value) in entries {
            let name = name.get_ref();
            let place = Found {
                value: value.get_ref(),
                key: format!("{}.{name}", found.key),
                span: value.span(),
            };
            if let Some(text) = self.typed_again(&place, expected, DeValue::as_str) {
                names.push((name.to_string(), text.to_owned()));
            }
        }
        names
    }

    /// A table within this one.
    pub(super) fn table(&self, key: &'static str) -> Option<Table<'r, 't>> {
        let reader = self.reader;
        let found = self.get(key)?;
        let entries = self.typed_again(&found, "a table", DeValue::as_table)?;
        Some(Table {
            reader,
            path: found.key,
            span: found.span,
            entries,
            asked: RefCell::default(),
        })
    }

    /// Like [`Table::table`], for one that must be there.
    pub(super) fn required_table(
        &self,
        key: &'static str,
        expected: &str,
    ) -> Option<Table<'r, 't>> {
        if self.get(key).is_none() {
            self.report_missing(key, expected);
        }
        self.table(key)
    }

    /// The tables of an array such as `[[route]]`.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'r, 't>> {
        let reader = self.reader;
        let Some(found) = self.get(key) else { return Vec::new() };
        let expected = format!("one or more `[[{key}]]` tables");
        let Some(items) = self.typed_again(&found, &expected, DeValue::as_array) else {
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let place = Found {
                value: item.get_ref(),
                key: format!("{}[{index}]", found.key),
                span: item.span(),
            };
            if let Some(entries) = self.typed_again(&place, &expected, DeValue::as_table) {
                let (path, span) = (place.key, place.span);
                tables.push(Table { reader, path, span, entries, asked: RefCell::default() });
            }
        }
        tables
    }

    fn typed_again<T>(
        &self,
        found: &Found<'r, 't>,
        expected: &str,
        read: impl FnOnce(&'r DeValue<'t>) -> Option<T>,
    ) -> Option<T> {
        let value = read(found.value);
        if value.is_none() {
            let message = format!("`{}` is {}", found.key, described(found.value));
            self.report(found, message, expected);
        }
        value
    }

    /// Reports every key that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        for (key, _) in self.entries {
            let name = key.get_ref().as_ref();
            if asked.contains(&name) {
                continue;
            }
            let message = unknown("key", name, asked.iter().copied());
            let place = self.key(name);
            self.reader.report(&key.span(), &place, message, format!("one of {}", listed(&asked)));
        }
    }
}

/// The words as a sentence names them.
pub(super) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{text}\""),
        DeValue::Integer(number) => format!("the number {}", number.as_str()),
        DeValue::Float(number) => format!("the number {}", number.as_str()),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(time) => format!("the time {time}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// "3s", "500ms", "2m", "1h", "30d".
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number * seconds).ok()
}

/// "256 MiB", "64 KiB", "1 GiB", "500 kB", "100 B".
fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let bytes = match unit {
        "B" => 1.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1_048_576.0,
        "GiB" => 1_073_741_824.0,
        _ => return None,
    };
    let size = number * bytes;
    // Exact below 2^53 bytes, which is eight pebibytes.
    (0.0..9e15).contains(&size).then_some(size as u64)
}

fn split_unit(text: &str) -> Option<(f64, &str)> {
    let at = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, unit) = text.split_at(at);
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn durations_and_sizes_need_a_unit() {
        assert_eq!(parse_duration("3s"), Some(Duration::from_secs(3)));
        assert_eq!(parse_duration("1.5 s"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("30d"), Some(Duration::from_secs(30 * 86400)));
        assert_eq!(parse_duration("3"), None);
        assert_eq!(parse_duration("s"), None);
        assert_eq!(parse_duration("-1s"), None);
        assert_eq!(parse_size("256 MiB"), Some(256 << 20));
        assert_eq!(parse_size("64KiB"), Some(64 << 10));
        assert_eq!(parse_size("256 mb"), None);
        assert_eq!(parse_size("99999999999999999999 GiB"), None);
    }
}

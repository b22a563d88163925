//! What is wrong with a profile, said so that it can be mended.

use std::fmt;

/// One thing wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1; 0 where the file itself could not be read.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key it is about, with its tables: `route[2].strategy`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// The line itself.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, key, message, expected, text } = self;
        if *line == 0 {
            return write!(formatter, "{file}: {message}");
        }
        writeln!(formatter, "{file}:{line}:{column}: {message}")?;
        let margin = line.to_string().len();
        writeln!(formatter, "{:margin$} |", "")?;
        writeln!(formatter, "{line} | {text}")?;
        // A width of the formatter's own ends at 65535, and a line may be longer.
        let indent = " ".repeat(column.saturating_sub(1));
        write!(formatter, "{:margin$} | {indent}^", "")?;
        if !key.is_empty() {
            write!(formatter, "\n{:margin$} = key: {key}", "")?;
        }
        if !expected.is_empty() {
            write!(formatter, "\n{:margin$} = expected: {expected}", "")?;
        }
        Ok(())
    }
}

/// Everything wrong with a profile, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n\n")?;
            }
            write!(formatter, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Says that `word` is not known, and which known word may have been meant.
pub(super) fn unknown<'a>(
    kind: &str,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut message = format!("unknown {kind} `{word}`");
    if let Some(near) = nearest(word, known) {
        message.push_str(&format!(", did you mean `{near}`?"));
    }
    message
}

/// The known word nearest to `word`, if one is near enough to be meant.
fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_far_along_a_line_is_pointed_at() {
        let problem = Problem {
            file: "site.toml".to_owned(),
            line: 1,
            column: 70_000,
            key: String::new(),
            message: "it is wrong".to_owned(),
            expected: String::new(),
            text: "x".repeat(70_000),
        };
        let pointer = format!("  | {}^", " ".repeat(69_999));
        assert_eq!(problem.to_string().lines().last(), Some(&*pointer));
    }
}

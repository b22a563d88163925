//! Versions as tools print them.

use std::fmt;

/// Major, minor and patch; what follows them (`-nightly`, `+dfsg1`) does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// The first version in what a tool says about itself, such as
    /// `cargo 1.66.0 (d65d197ad 2022-11-15)`, `v20.19.2` or `1.95`.
    pub(crate) fn in_text(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::in_word)
    }

    fn in_word(word: &str) -> Option<Self> {
        let digits = word.strip_prefix('v').unwrap_or(word);
        let end = digits.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(digits.len());
        let mut numbers = digits[..end].split('.').map(|number| number.parse().ok());
        let major = numbers.next()??;
        let minor = numbers.next()??;
        let patch = numbers.next().flatten().unwrap_or(0);
        Some(Self(major, minor, patch))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn versions_are_found_in_what_tools_print() {
        let check = |text, expected| assert_eq!(Version::in_text(text), expected, "{text}");
        check("cargo 1.66.0 (d65d197ad 2022-11-15)", Some(Version(1, 66, 0)));
        check("cargo 1.97.0-nightly (abc 2026-05-01)", Some(Version(1, 97, 0)));
        check("rustc 1.96.0 (built from a source tarball)", Some(Version(1, 96, 0)));
        check("v20.19.2\n",                          Some(Version(20, 19, 2)));
        check("1.95",                                Some(Version(1, 95, 0)));
        check("Python 3.11.2",                       Some(Version(3, 11, 2)));
        check("no version at all",                   None);
        check("",                                    None);
    }

    #[test]
    fn versions_compare_by_number_not_by_letter() {
        assert!(Version(1, 100, 0) > Version(1, 95, 9));
        assert!(Version(20, 19, 0) > Version(20, 9, 9));
        assert!(Version(1, 95, 0) >= Version(1, 95, 0));
        assert!(Version(1, 63, 0) < Version(1, 95, 0));
    }
}

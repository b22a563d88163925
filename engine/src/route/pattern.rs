//! Patterns for paths, as the URLPattern standard has them.

use std::collections::BTreeMap;

use urlpattern::{UrlPattern, UrlPatternInit, UrlPatternMatchInput, UrlPatternOptions};

/// A pattern such as `/polls/:id/` or `/static/*`.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    compiled: std::sync::Arc<UrlPattern>,
    /// What most patterns are, and what the compiled one takes a microsecond for.
    plain: Option<Plain>,
}

/// A pattern that says which characters a path has.
#[derive(Debug, Clone)]
enum Plain {
    /// These and no others.
    Whole(String),
    /// These first, and then any.
    Prefix(String),
}

impl Plain {
    /// `None` for a pattern of which any character means something else, or would be encoded
    /// or resolved first.
    fn of(pattern: &str) -> Option<Self> {
        let text = pattern.strip_suffix('*').unwrap_or(pattern);
        let is_itself = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
        if !text.chars().all(is_itself) || text.contains("/.") {
            return None;
        }
        let text_of_own = text.to_owned();
        Some(if text == pattern { Self::Whole(text_of_own) } else { Self::Prefix(text_of_own) })
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Whole(text) => path == text,
            Self::Prefix(text) => path.starts_with(text),
        }
    }
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with(['/', '*']) {
            return Err("it does not begin with \"/\"".to_owned());
        }
        let init = UrlPatternInit { pathname: Some(text.to_owned()), ..UrlPatternInit::default() };
        let compiled = UrlPattern::parse(init, UrlPatternOptions::default())
            .map_err(|error| error.to_string())?;
        Ok(Self { text: text.to_owned(), compiled: compiled.into(), plain: Plain::of(text) })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a path of a URL matches.
    pub fn matches(&self, path: &str) -> bool {
        if let Some(plain) = &self.plain {
            return plain.matches(path);
        }
        self.compiled.test(input(path)).unwrap_or(false)
    }

    /// The named parts of a path that matches; `None` if it does not.
    pub fn parameters(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let result = self.compiled.exec(input(path)).ok().flatten()?;
        let groups = result.pathname.groups.into_iter();
        Some(groups.filter_map(|(name, value)| Some((name, value?))).collect())
    }

    /// `other` with the named parts of a path that matches in place of `:name`; `None` if
    /// the path does not match.
    pub(crate) fn filled(&self, path: &str, other: &str) -> Option<String> {
        let mut filled = other.to_owned();
        let parameters = self.parameters(path)?;
        // A longer name may begin with a shorter one.
        let mut names: Vec<_> = parameters.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, value) in names {
            filled = filled.replace(&format!(":{name}"), value);
        }
        Some(filled)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

fn input(path: &str) -> UrlPatternMatchInput {
    UrlPatternMatchInput::Init(UrlPatternInit {
        pathname: Some(path.to_owned()),
        ..UrlPatternInit::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn paths_match_as_the_standard_says() {
        let check = |pattern: &str, path: &str, expected: bool| {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(path), expected, "{pattern} {path}");
        };
        check("/static/*",           "/static/polls/style.css", true);
        check("/static/*",           "/polls/",                 false);
        check("/polls/:id/vote/",    "/polls/12/vote/",         true);
        check("/polls/:id/vote/",    "/polls/1/2/vote/",        false);
        check("/polls/:id(\\d+)/",   "/polls/latest/",          false);
        check("/polls{/:id}?/",      "/polls/",                 true);
        check("*",                   "/anything",               true);
    }

    #[test]
    fn parameters_are_named() {
        let pattern = Pattern::parse("/polls/:id/vote/").unwrap();
        assert_eq!(pattern.parameters("/polls/7/vote/").unwrap()["id"], "7");
        assert_eq!(pattern.parameters("/polls/"), None);
    }

    #[test]
    fn another_path_is_filled_with_the_parts_of_the_first() {
        let pattern = Pattern::parse("/polls/:id/:id2/").unwrap();
        let filled = pattern.filled("/polls/7/8/", "/polls/:id2/of/:id/json/");
        assert_eq!(filled.as_deref(), Some("/polls/8/of/7/json/"));
        assert_eq!(pattern.filled("/", "/polls/"), None);
    }

    #[test]
    fn a_malformed_pattern_is_refused() {
        assert!(Pattern::parse("/polls/(").is_err());
        assert!(Pattern::parse("polls/").is_err());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        /// A path of a URL matches a plain pattern as it would the compiled one.
        #[test]
        fn plain_patterns_match_as_the_standard_says(
            pattern in r"(/[a-bA%._-]{0,3}){1,3}\*?|\*",
            path in r"(/[a-bA%.é?:~_-]{0,3}){1,3}",
        ) {
            let url = url::Url::parse(&format!("http://h{path}")).unwrap();
            if let Ok(pattern) = Pattern::parse(&pattern) {
                let compiled = pattern.compiled.test(input(url.path())).unwrap_or(false);
                proptest::prop_assert_eq!(pattern.matches(url.path()), compiled);
            }
        }
    }
}

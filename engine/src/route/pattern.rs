//! Patterns for paths, as the URLPattern standard has them.

use std::collections::BTreeMap;

use regex::Regex;
use urlpattern::{UrlPatternInit, UrlPatternOptions, quirks};

/// A pattern such as `/polls/:id/` or `/static/*`.
///
/// The standard's own matching brings the path into its canonical form first, which takes
/// thirty times as long as the match itself. The path of a parsed URL is in that form, so
/// only the regular expression that the pattern stands for is kept.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    expression: Regex,
    names: Vec<String>,
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
        let options = UrlPatternOptions::default();
        let parsed = quirks::parse_pattern::<Regex>(init, options);
        let path = parsed.map_err(|error| error.to_string())?.pathname;
        let expression = Regex::new(&path.regexp_string).map_err(|error| error.to_string())?;
        Ok(Self { text: text.to_owned(), expression, names: path.group_name_list })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A regular expression of the same, as scripts know it too.
    pub fn expression(&self) -> &str {
        self.expression.as_str()
    }

    /// Whether the path of a URL matches.
    pub fn matches(&self, path: &str) -> bool {
        self.expression.is_match(path)
    }

    /// The named parts of a path that matches; `None` if it does not.
    pub fn parameters(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let parts = self.expression.captures(path)?;
        let named = self.names.iter().zip(parts.iter().skip(1));
        Some(named.filter_map(|(name, part)| Some((name.clone(), part?.as_str().into()))).collect())
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

#[cfg(test)]
mod tests {
    use urlpattern::{UrlPattern, UrlPatternMatchInput};

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
        check("/café/",              "/caf%C3%A9/",             true);
        check("/a b/",               "/a%20b/",                 true);
        check("/polls",              "/polls/",                 false);
        check("/Polls/",             "/polls/",                 false);
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
        /// The path of a URL matches as the standard's own test of the pattern has it.
        #[test]
        fn paths_of_urls_match_as_the_standards_test_says(
            pattern in r"(/[a-bA%:*._-]{0,3}){1,3}\*?|\*",
            path in r"(/[a-bA%.é?:~_-]{0,3}){1,3}",
        ) {
            let url = url::Url::parse(&format!("http://h{path}")).unwrap();
            let path = || Some(url.path().to_owned());
            let init = |pathname| UrlPatternInit { pathname, ..UrlPatternInit::default() };
            let compiled = <UrlPattern>::parse(init(Some(pattern.clone())), UrlPatternOptions::default());
            if let (Ok(ours), Ok(compiled)) = (Pattern::parse(&pattern), compiled) {
                let input = UrlPatternMatchInput::Init(init(path()));
                proptest::prop_assert_eq!(ours.matches(url.path()), compiled.test(input).unwrap_or(false));
            }
        }
    }
}

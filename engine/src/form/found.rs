//! A form on a page, as far as sending it again goes.

use std::collections::BTreeSet;

use dom_query::{Document, NodeRef};
use url::Url;

use crate::seen::Label;

/// A form that was found again.
#[derive(Debug, Default)]
pub(crate) struct FoundForm {
    /// Names and values of its hidden fields.
    pub(crate) hidden: Vec<(String, String)>,
    /// What can be chosen, with the words beside it.
    pub(crate) choices: Vec<Label>,
    names: BTreeSet<String>,
}

/// Why a form is not the one that the person saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// What was chosen is not among the choices.
    NoChoice,
    /// What was chosen has other words beside it.
    OtherWords,
}

/// The form on a page that is sent to `action` and has fields of all these names.
pub(crate) fn find(html: &str, page: &Url, action: &Url, names: &[&str]) -> Option<FoundForm> {
    let document = Document::from(html);
    let base = document.base_uri().and_then(|base| page.join(&base).ok());
    let base = base.unwrap_or_else(|| page.clone());
    let forms = document.select("form");
    let found = forms.nodes().iter().filter(|form| leads_to(form, &base, page, action));
    let mut found = found.map(|form| read(&document, form));
    found.find(|form| names.iter().all(|name| form.names.contains(*name)))
}

impl FoundForm {
    /// Whether what was entered can be sent with this form and means what the person saw.
    ///
    /// # Errors
    ///
    /// What is different.
    pub(crate) fn check(
        &self,
        entered: &[(String, String)],
        seen: &[Label],
    ) -> Result<(), Mismatch> {
        for (name, value) in entered {
            let mut same_name =
                self.choices.iter().filter(|choice| choice.name == *name).peekable();
            let is_choice = same_name.peek().is_some();
            let offered = same_name.find(|choice| choice.value == *value);
            let words = seen.iter().find(|label| label.name == *name && label.value == *value);
            match (offered, words) {
                (None, _) if is_choice => return Err(Mismatch::NoChoice),
                (None, Some(_)) => return Err(Mismatch::NoChoice),
                (Some(offered), Some(words)) if offered.text != words.text => {
                    return Err(Mismatch::OtherWords);
                }
                (Some(_), Some(_) | None) | (None, None) => {}
            }
        }
        Ok(())
    }

    /// The words beside what was chosen.
    pub(crate) fn labels(&self, entered: &[(String, String)]) -> Vec<Label> {
        let is_entered = |choice: &&Label| {
            let mut pairs = entered.iter();
            pairs.any(|(name, value)| *name == choice.name && *value == choice.value)
        };
        self.choices.iter().filter(is_entered).cloned().collect()
    }
}

/// "If action is the empty string, let action be the URL of the form document."
/// (HTML §4.10.22.3)
fn leads_to(form: &NodeRef<'_>, base: &Url, page: &Url, action: &Url) -> bool {
    let written = form.attr("action").unwrap_or_default();
    let own = if written.trim().is_empty() { Some(page.clone()) } else { base.join(&written).ok() };
    // A button may lead elsewhere than its form.
    let buttons =
        form.descendants_it().filter_map(|node| base.join(&node.attr("formaction")?).ok());
    own.into_iter().chain(buttons).any(|mut url| {
        url.set_fragment(None);
        url == *action
    })
}

fn read(document: &Document, form: &NodeRef<'_>) -> FoundForm {
    let mut found = FoundForm::default();
    let owned = form.id_attr().map(|id| {
        let everywhere = document.root().descendants();
        let is_owned = |node: &NodeRef<'_>| node.attr("form").is_some_and(|owner| owner == id);
        everywhere.into_iter().filter(is_owned).collect::<Vec<_>>()
    });
    for control in form.descendants_it().chain(owned.unwrap_or_default()) {
        if !control.is_element() || control.has_attr("disabled") {
            continue;
        }
        let Some(name) = control.attr("name").filter(|name| !name.is_empty()) else { continue };
        let name = name.to_string();
        let value = |absent: &str| control.attr_or("value", absent).to_string();
        let kind = control.node_name().unwrap_or_default();
        match (&*kind, control.attr_or("type", "").to_ascii_lowercase().as_str()) {
            ("input", "hidden") => found.hidden.push((name.clone(), value(""))),
            ("input", "radio" | "checkbox") => {
                let text = words_beside(document, &control);
                found.choices.push(Label { name: name.clone(), value: value("on"), text });
            }
            ("input", "submit") => {
                let (value, text) = (value(""), collapsed(&value("")));
                found.choices.push(Label { name: name.clone(), value, text });
            }
            ("input", "image") => {
                found.names.extend([format!("{name}.x"), format!("{name}.y")]);
            }
            ("button", kind) if kind != "button" && kind != "reset" => {
                let text = collapsed(&control.text());
                found.choices.push(Label { name: name.clone(), value: value(""), text });
            }
            ("select", _) => found.choices.extend(options(&control, &name)),
            ("input" | "textarea", _) => {}
            _ => continue,
        }
        found.names.insert(name);
    }
    found
}

fn options(select: &NodeRef<'_>, name: &str) -> Vec<Label> {
    let options = select.descendants_it().filter(|node| node.has_name("option"));
    let enabled = options.filter(|option| !option.has_attr("disabled"));
    let label = |option: NodeRef<'_>| {
        let text = collapsed(&option.text());
        let value = option.attr("value").map_or_else(|| text.clone(), |value| value.to_string());
        Label { name: name.to_owned(), value, text }
    };
    enabled.map(label).collect()
}

/// The label of a control: one that names it, or one around it.
fn words_beside(document: &Document, control: &NodeRef<'_>) -> String {
    let labels = document.select("label");
    let names_it = |label: &&NodeRef<'_>| {
        let named = label.attr("for");
        named.is_some() && named == control.id_attr()
    };
    let around = || control.ancestors_it(None).find(|node| node.has_name("label"));
    let label = labels.nodes().iter().find(names_it).copied().or_else(around);
    label.map(|label| collapsed(&label.text())).unwrap_or_default()
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><title> A
        poll </title><form action="/search/"><input name="q"></form>
        <form action="vote/" method="post" id="f">
        <input type="hidden" name="csrf" value="new">
        <input type="radio" name="choice" id="c1" value="1"><label for="c1">Not
          <b>much</b></label>
        <label>The sky <input type="radio" name="choice" value="2"></label>
        <select name="how"><option>now<option value="x">later</select>
        </form><button form="f" name="go">Vote</button>"#;

    fn form(names: &[&str]) -> Option<FoundForm> {
        let url = |path: &str| Url::parse("http://127.0.0.1:8000/polls/1/").unwrap().join(path);
        find(PAGE, &url("").unwrap(), &url("vote/").unwrap(), names)
    }

    #[test]
    fn a_form_is_found_by_its_action_and_its_fields() {
        let found = form(&["csrf", "choice", "go"]).unwrap();
        assert_eq!(found.hidden, [("csrf".to_owned(), "new".to_owned())]);
        let words: Vec<_> = found.choices.iter().map(|choice| choice.text.as_str()).collect();
        assert_eq!(words, ["Not much", "The sky", "now", "later", "Vote"]);
        assert!(form(&["csrf", "other"]).is_none());
    }

    #[rustfmt::skip] // A table reads better aligned.
    #[test]
    fn what_was_chosen_must_be_there_and_say_the_same() {
        let check = |(name, value, seen): (&str, &str, &str), expected| {
            let label = Label { name: name.into(), value: value.into(), text: seen.into() };
            let seen = if seen.is_empty() { vec![] } else { vec![label] };
            let found = form(&[]).unwrap().check(&[(name.into(), value.into())], &seen);
            assert_eq!(found, expected, "{name}={value}, {seen:?}");
        };
        check(("choice", "1",    "Not much"), Ok(()));
        check(("choice", "1",    ""),         Ok(()));
        check(("choice", "1",    "Much"),     Err(Mismatch::OtherWords));
        check(("choice", "3",    "Not much"), Err(Mismatch::NoChoice));
        check(("choice", "3",    ""),         Err(Mismatch::NoChoice));
        check(("how",    "now",  "now"),      Ok(()));
        check(("how",    "x",    "now"),      Err(Mismatch::OtherWords));
        check(("csrf",   "old",  ""),         Ok(()));
        check(("gone",   "on",   "I agree"),  Err(Mismatch::NoChoice));
    }
}

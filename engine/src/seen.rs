//! What a person saw when something was submitted.

use serde::{Deserialize, Serialize};

/// A form as the person saw it when it was submitted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The title of its page.
    pub title: String,
    /// What stood beside each radio button, check box and option that was chosen.
    pub labels: Vec<Label>,
    /// The key of the submission that was edited and that this one replaces.
    pub replaces: Option<String>,
}

/// What stood beside something that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The name of the control.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The words beside it, with single spaces between them.
    pub text: String,
}

/// What a person would call what is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Anything.
    #[default]
    Form,
    /// Words for others.
    Message,
    /// A choice.
    Vote,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::Form, Self::Message, Self::Vote];

    /// The word for it in profiles and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Message => "message",
            Self::Vote => "vote",
        }
    }

    /// The kind that a word stands for.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

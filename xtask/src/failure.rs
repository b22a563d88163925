//! Why a command stopped.

use std::fmt;

/// What every step returns.
pub(crate) type Outcome<T> = Result<T, Failure>;

/// The reason a command stopped, in words for the person who started it, and
/// the exit status that goes with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    pub(crate) exit_code: u8,
}

impl Failure {
    /// Something that was asked for could not be done.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1 }
    }

    /// What was asked for does not exist.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 2 }
    }

    /// The same failure with the status of the program that caused it.
    pub(crate) fn with_exit_code(self, exit_code: u8) -> Self {
        Self { exit_code, ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

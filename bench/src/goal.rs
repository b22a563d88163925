//! The goals, as they are named in what was agreed on.

use std::fmt;
use std::str::FromStr;

/// One of the goals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goal {
    G1,
    G2,
    G3,
    G4,
    G5,
    G6,
    G7,
    G8,
    G9,
    G10,
    G11,
    G12,
    G13,
    G14,
    G15,
    G16,
}

impl Goal {
    /// All of them, in order.
    pub(crate) const ALL: [Self; 16] = [
        Self::G1,
        Self::G2,
        Self::G3,
        Self::G4,
        Self::G5,
        Self::G6,
        Self::G7,
        Self::G8,
        Self::G9,
        Self::G10,
        Self::G11,
        Self::G12,
        Self::G13,
        Self::G14,
        Self::G15,
        Self::G16,
    ];

    /// What it is about.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::G1 => "memory hit",
            Self::G2 => "SQLite hit",
            Self::G3 => "file hit",
            Self::G4 => "beside http-cache-reqwest",
            Self::G5 => "storing",
            Self::G6 => "evicting",
            Self::G7 => "recency",
            Self::G8 => "a long body",
            Self::G9 => "opening",
            Self::G10 => "gateway",
            Self::G11 => "allocations and copies",
            Self::G12 => "HTML",
            Self::G13 => "fetch in a page",
            Self::G14 => "statements",
            Self::G15 => "UI thread",
            Self::G16 => "start",
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

impl FromStr for Goal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|goal| goal.to_string().eq_ignore_ascii_case(text));
        known.ok_or_else(|| format!("there is no goal `{text}`; there are G1 to G16"))
    }
}

//! An authority's no.

use super::matter::Matter;

/// The authority will not have the matter. Its own code and words are kept.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind}: {said}", kind = kind.as_str(), said = coded(code, words))]
pub struct Refusal {
    pub kind: RefusalKind,
    pub code: String,
    pub words: String,
    pub number: NumberFate,
}

impl Refusal {
    /// What a channel says to a matter that it has no way for. No number was sent anywhere.
    pub fn unsupported(channel: &str, matter: &Matter<'_>) -> Self {
        Self {
            kind: RefusalKind::Refused,
            code: "not_supported".to_owned(),
            words: format!("{channel} takes nothing of this kind: {}", matter.as_str()),
            number: NumberFate::Unused,
        }
    }
}

/// What kind of failing a refusal is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusalKind {
    /// The authority could not be reached in the way it wants to be.
    Connection,
    /// It read the document and says no.
    Refused,
    /// It holds this document already, as another one.
    Duplicate,
    /// Its totals are not ours.
    Mismatch,
}

impl RefusalKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Refused => "refused",
            Self::Duplicate => "duplicate",
            Self::Mismatch => "mismatch",
        }
    }
}

/// What becomes of a refused invoice's number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NumberFate {
    /// The authority does not hold it, and another invoice may bear it.
    Unused,
    /// It is gone: the authority counts it as used, or the customer holds a receipt with it.
    Used,
}

impl NumberFate {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::Used => "used",
        }
    }
}

/// A code and what was said with it, in one text. Some authorities begin their words with the code:
/// then it stands there once.
pub fn coded(code: &str, words: &str) -> String {
    if words.split_whitespace().next() == Some(code) {
        return words.to_owned();
    }
    format!("{code} {words}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_once() {
        for (code, words, said) in [
            ("145", "145 the number is used", "145 the number is used"),
            ("145", "145", "145"),
            ("145", "1450 articles", "145 1450 articles"),
            ("145", "the number is used", "145 the number is used"),
            ("145", "", "145"),
            ("", "no", "no"),
            ("", "", ""),
        ] {
            assert_eq!(coded(code, words), said);
            assert_eq!(crate::Trouble::new(code, words).to_string(), said);
        }
    }
}

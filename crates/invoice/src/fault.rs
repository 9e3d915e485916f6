//! Faults: what is wrong with the caller's document, all of them at once.

use std::fmt;

/// One rule that a document can break: a stable code, and the sentence in three languages.
///
/// A code is for ever: clients match on it. In the sentences, `{name}` stands for a value that the
/// fault carries.
#[derive(Debug, Eq, PartialEq)]
pub struct Rule {
    pub code: &'static str,
    pub fr: &'static str,
    pub es: &'static str,
    pub en: &'static str,
}

/// A rule broken at a place of the caller's document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    rule: &'static Rule,
    pointer: String,
    values: Vec<(&'static str, String)>,
}

/// The languages in which a fault can be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Language {
    French,
    Spanish,
    English,
}

impl Fault {
    /// `pointer` is an RFC 6901 JSON pointer into the document that the caller sent.
    pub fn new(rule: &'static Rule, pointer: impl Into<String>) -> Self {
        Self { rule, pointer: pointer.into(), values: Vec::new() }
    }

    /// Adds a value that the rule's sentence names as `{name}`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.values.push((name, value.to_string()));
        self
    }

    /// The same, of a document that stands at `place` in the caller's.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        Self { pointer: format!("{place}{}", self.pointer), ..self }
    }

    pub fn code(&self) -> &'static str {
        self.rule.code
    }

    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    pub fn message(&self, language: Language) -> String {
        let sentence = match language {
            Language::French => self.rule.fr,
            Language::Spanish => self.rule.es,
            Language::English => self.rule.en,
        };
        self.values.iter().fold(sentence.to_owned(), |sentence, (name, value)| {
            sentence.replace(&format!("{{{name}}}"), value)
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} at {:?}: {}",
            self.code(),
            self.pointer,
            self.message(Language::English)
        )
    }
}

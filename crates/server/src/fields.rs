//! Reading the small documents of this crate, with every fault at its JSON pointer.

use invoice::{Fault, Json, Rule};

use crate::limits::WORDS_BYTES_MAX;
use crate::problem::Problem;
use crate::rules::{FIELD_MISSING, FIELD_TYPE, FIELD_UNKNOWN, VALUE_UNUSABLE, WORDS_MALFORMED};

/// An object of a document, and what is wrong with it so far.
pub(crate) struct Fields<'a> {
    json: &'a Json,
    pointer: String,
    faults: Vec<Fault>,
}

impl<'a> Fields<'a> {
    /// Of an object whose members are all in `allowed`.
    pub(crate) fn of(json: &'a Json, allowed: &[&str]) -> Self {
        Self::at(json, String::new(), allowed)
    }

    /// Of a member that is an object, if it is there.
    pub(crate) fn within(&mut self, key: &str, allowed: &[&str]) -> Option<Fields<'a>> {
        let json = self.json.member(key)?;
        Some(Self::at(json, self.path(key), allowed))
    }

    fn at(json: &'a Json, pointer: String, allowed: &[&str]) -> Self {
        let mut fields = Self { json, pointer, faults: Vec::new() };
        match json {
            Json::Object(members) => {
                for (key, _) in members.iter().filter(|(key, _)| !allowed.contains(&key.as_str())) {
                    let fault = fields.fault(FIELD_UNKNOWN, key).with("field", key);
                    fields.faults.push(fault.with("allowed", allowed.join(", ")));
                }
            }
            _ => fields
                .faults
                .push(Fault::new(FIELD_TYPE, fields.pointer.clone()).with("expected", "{…}")),
        }
        fields
    }

    pub(crate) fn member(&self, key: &str) -> Option<&'a Json> {
        self.json.member(key)
    }

    /// A text that must be there; an empty stand-in where it is not, and a fault.
    pub(crate) fn text(&mut self, key: &str) -> String {
        if self.member(key).is_none() {
            self.missing(key);
        }
        self.optional_text(key).unwrap_or_default()
    }

    pub(crate) fn optional_text(&mut self, key: &str) -> Option<String> {
        let Json::String(text) = self.member(key)? else {
            self.note(FIELD_TYPE, key, |fault| fault.with("expected", "\"…\""));
            return None;
        };
        let is_sane = (1..=WORDS_BYTES_MAX).contains(&text.trim().len())
            && !text.chars().any(char::is_control);
        if !is_sane {
            self.note(WORDS_MALFORMED, key, |fault| fault.with("maximum", WORDS_BYTES_MAX));
            return None;
        }
        Some(text.trim().to_owned())
    }

    /// A list of at most `maximum` texts; nothing where it is not there or, with a fault, not that.
    pub(crate) fn optional_texts(&mut self, key: &str, maximum: usize) -> Option<Vec<&'a str>> {
        let texts = match self.member(key)? {
            Json::Array(items) if items.len() <= maximum => {
                items.iter().map(Json::as_str).collect::<Option<Vec<&str>>>()
            }
            _ => None,
        };
        if texts.is_none() {
            let expected = format!("[\"…\"] (0–{maximum})");
            self.note(FIELD_TYPE, key, |fault| fault.with("expected", expected));
        }
        texts
    }

    /// A text that must be there and must read as something; `None` goes with a fault.
    pub(crate) fn parsed<T, E: std::fmt::Display>(
        &mut self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let before = self.faults.len();
        let text = self.text(key);
        if self.faults.len() > before {
            return None;
        }
        parse(&text).map_err(|reason| self.unusable(key, &reason)).ok()
    }

    /// The same of a text that names something: `rule` is told of one that names nothing.
    pub(crate) fn known<T>(
        &mut self,
        key: &str,
        rule: &'static Rule,
        find: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let before = self.faults.len();
        let text = self.text(key);
        if self.faults.len() > before {
            return None;
        }
        let found = find(&text);
        if found.is_none() {
            self.note(rule, key, |fault| fault);
        }
        found
    }

    pub(crate) fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(crate) fn missing(&mut self, key: &str) {
        self.note(FIELD_MISSING, key, |fault| fault.with("field", key));
    }

    pub(crate) fn unusable(&mut self, key: &str, reason: &impl std::fmt::Display) {
        self.note(VALUE_UNUSABLE, key, |fault| fault.with("reason", reason));
    }

    pub(crate) fn note(
        &mut self,
        rule: &'static Rule,
        key: &str,
        values: impl FnOnce(Fault) -> Fault,
    ) {
        let fault = values(self.fault(rule, key));
        self.faults.push(fault);
    }

    /// Takes over what is wrong with a member.
    pub(crate) fn absorb(&mut self, member: Fields<'_>) {
        self.faults.extend(member.faults);
    }

    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::of_faults(self.faults)) }
    }

    fn fault(&self, rule: &'static Rule, key: &str) -> Fault {
        Fault::new(rule, self.path(key))
    }

    fn path(&self, key: &str) -> String {
        match key {
            "" => self.pointer.clone(),
            key => format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1")),
        }
    }
}

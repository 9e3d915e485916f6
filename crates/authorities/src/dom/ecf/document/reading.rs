//! Reading values out of a tree: what is missing or malformed is collected, not met one by one.

use std::fmt::Display;

use invoice::{Amount, Timestamp};
use jiff::civil::Date;

use super::{Encf, Rnc, read_date, read_moment};
use crate::dom::ecf::schema::{
    Breach, FAULTS_MAX, Kind, SchemaFault, check, check_unsigned, ends_unsigned, told,
};
use crate::dom::xml::Element;

/// A tree that is being read, and what was wrong with it so far.
pub(super) struct Reading<'a> {
    kind: Kind,
    root: &'a Element,
    pub(super) faults: Vec<SchemaFault>,
}

impl<'a> Reading<'a> {
    /// Reads a document whatever else it holds: only what is asked for must be right.
    pub(super) fn loosely(kind: Kind, root: &'a Element) -> Self {
        Self { kind, root, faults: Vec::new() }
    }

    /// Reads a document that is valid by its schema, with its signature or before it has one.
    pub(super) fn strictly(kind: Kind, root: &'a Element) -> Result<Self, Vec<SchemaFault>> {
        let unsigned = ends_unsigned(kind, root);
        let faults = if unsigned { check_unsigned(kind, root) } else { check(kind, root) };
        if faults.is_empty() { Ok(Self { kind, root, faults }) } else { Err(faults) }
    }

    pub(super) fn root(&self) -> &'a Element {
        self.root
    }

    /// A text that may be absent; none, too, where it is empty.
    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        self.root.value_at(path).map(trimmed).filter(|text| !text.is_empty())
    }

    /// A value that may be absent, but not malformed.
    pub(super) fn optional<T>(&mut self, path: &str, read: fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(path)?;
        let value = read(text);
        if value.is_none() {
            self.report(path, Breach::Pattern, text);
        }
        value
    }

    /// A value that must be there.
    pub(super) fn required<T>(&mut self, path: &str, read: fn(&str) -> Option<T>) -> Option<T> {
        if self.text(path).is_none() {
            self.report(path, Breach::Missing, "");
        }
        self.optional(path, read)
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, path: &str) -> Option<String> {
        let text = self.text(path);
        if text.is_none() {
            self.report(path, Breach::Missing, "");
        }
        text.map(str::to_owned)
    }

    /// A text that may be absent; none, too, where it is empty.
    pub(super) fn optional_text(&self, path: &str) -> Option<String> {
        self.text(path).map(str::to_owned)
    }

    /// Reports an element, by its path below the root.
    pub(super) fn report(&mut self, path: &str, breach: Breach, found: &str) {
        let expected = match breach {
            Breach::Missing => String::new(),
            _ => told(self.kind, path),
        };
        self.push(path, breach, found, expected);
    }

    /// Reports an element that says otherwise than the rest of the document.
    pub(super) fn report_mismatch(&mut self, path: &str, expected: impl Display) {
        let found = self.text(path).unwrap_or_default();
        self.push(path, Breach::Mismatch, found, expected.to_string());
    }

    pub(super) fn push(&mut self, path: &str, breach: Breach, found: &str, expected: String) {
        if self.faults.len() >= FAULTS_MAX {
            return;
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let place = if breach == Breach::Missing { parent } else { path };
        let full_path = format!("/{}/{place}", self.kind.root());
        let full_path = full_path.trim_end_matches('/').to_owned();
        let fault = SchemaFault::new(full_path, name, breach);
        self.faults.push(fault.found(found).expected(expected));
    }

    /// What was read, unless anything was wrong.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Vec<SchemaFault>> {
        match read {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(self.faults),
        }
    }
}

/// Values as the readers want them: without the blanks that a schema lets stand around numbers.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

pub(super) fn rnc(text: &str) -> Option<Rnc> {
    Rnc::parse(text).ok()
}

pub(super) fn encf(text: &str) -> Option<Encf> {
    Encf::parse(text).ok()
}

pub(super) fn amount(text: &str) -> Option<Amount> {
    Amount::parse(text.strip_prefix('+').unwrap_or(text)).ok()
}

pub(super) fn date(text: &str) -> Option<Date> {
    read_date(text)
}

pub(super) fn moment(text: &str) -> Option<Timestamp> {
    read_moment(text)
}

pub(super) fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

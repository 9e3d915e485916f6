//! Reading what a caller sent: every fault of shape at its JSON pointer.
//!
//! The reader never stops at the first fault: it notes it, takes a harmless stand-in and goes on.
//! Whoever reads hands the result out only if nothing was noted.

use jiff::civil::Date;

use crate::decimal::{Decimal, DecimalError, INTEGER_DIGITS_MAX};
use crate::draft::{
    DECIMAL_AS_NUMBER, EMPTY_TEXT, FORBIDDEN_CHARACTER, MALFORMED_DATE, MALFORMED_DECIMAL,
    MISSING_FIELD, NUMBER_TOO_LARGE, TEXT_TOO_LONG, TOO_MANY, TOO_MANY_DECIMALS, UNKNOWN_FIELD,
    UNKNOWN_FIELD_BESIDE_A_SECTION, UNKNOWN_KEY, WRONG_TYPE,
};
use crate::fault::{Fault, Rule};
use crate::json::Json;
use crate::section::Section;
use crate::text::{TEXT_CHARACTERS_MAX, TextError, normalise_up_to};

/// An object of a caller's document, the pointer to it, and the faults so far.
pub struct Reader<'a> {
    value: &'a Json,
    place: Place<'a>,
    faults: &'a mut Vec<Fault>,
}

/// Where an object stands. It is written out only when there is a fault to tell.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// At a pointer that was given.
    Start(&'a str),
    Member(&'a Place<'a>, &'a str),
    /// At an index of a list that is a member.
    Item(&'a Place<'a>, &'a str, usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Start(pointer) => (*pointer).to_owned(),
            Self::Member(parent, key) => format!("{}/{}", parent.pointer(), escaped(key)),
            Self::Item(parent, key, index) => {
                format!("{}/{}/{index}", parent.pointer(), escaped(key))
            }
        }
    }
}

impl<'a> Reader<'a> {
    /// A value that stands at a pointer of the caller's document; faults go to the list.
    pub fn new(value: &'a Json, pointer: &'a str, faults: &'a mut Vec<Fault>) -> Self {
        let mut reader = Self { value, place: Place::Start(pointer), faults };
        reader.expect_object();
        reader
    }

    /// Where the object stands: a JSON pointer.
    pub fn pointer(&self) -> String {
        self.place.pointer()
    }

    fn within<'b>(&'b mut self, value: &'b Json, key: &'b str) -> Reader<'b> {
        Reader { value, place: Place::Member(&self.place, key), faults: self.faults }
    }

    /// The pointer to a member.
    pub fn path(&self, key: &str) -> String {
        Place::Member(&self.place, key).pointer()
    }

    /// Notes a fault of the value, or of what it means.
    pub fn note(&mut self, fault: Fault) {
        // A document of nothing but faults need not be told more than a person would read.
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    /// Notes a rule that a member breaks.
    pub fn note_at(&mut self, key: &str, rule: &'static Rule) {
        let fault = Fault::new(rule, self.path(key));
        self.note(fault);
    }

    /// Notes that a member is not there.
    pub fn note_missing(&mut self, key: &str) {
        // Where the object itself is of another type, that one fault says it all.
        if matches!(self.value, Json::Object(_)) {
            let fault = Fault::new(MISSING_FIELD, self.path(key)).with("field", key);
            self.note(fault);
        }
    }

    /// Notes that a member is of another type than the one shown.
    pub fn note_type(&mut self, key: &str, expected: &str) {
        let fault = Fault::new(WRONG_TYPE, self.path(key)).with("expected", expected);
        self.note(fault);
    }

    fn expect_object(&mut self) {
        if !matches!(self.value, Json::Object(_)) {
            let fault = Fault::new(WRONG_TYPE, self.pointer()).with("expected", "{…}");
            self.note(fault);
        }
    }

    /// Notes each member that is not one of these.
    pub fn allow(&mut self, allowed: &[&str]) {
        self.allow_as(UNKNOWN_FIELD, allowed, |_| false);
    }

    /// As [`Self::allow`], and the section of whichever country.
    pub(crate) fn allow_with_section(&mut self, allowed: &[&str]) {
        self.allow_as(UNKNOWN_FIELD_BESIDE_A_SECTION, allowed, Section::is_name);
    }

    fn allow_as(&mut self, rule: &'static Rule, allowed: &[&str], besides: impl Fn(&str) -> bool) {
        let Json::Object(members) = self.value else {
            return;
        };
        let is_known = |key: &str| allowed.contains(&key) || besides(key);
        for (key, _) in members.iter().filter(|(key, _)| !is_known(key)) {
            let fault = unknown(rule, &self.pointer(), key, allowed);
            self.note(fault);
        }
    }

    /// A member that is there; an explicit null is taken for absence.
    pub(crate) fn member(&self, key: &str) -> Option<&'a Json> {
        self.value.member(key).filter(|value| **value != Json::Null)
    }

    /// The members that are there and go by a name of a kind.
    pub(crate) fn names(&self, is_name: impl Fn(&str) -> bool) -> Vec<&'a str> {
        let Json::Object(members) = self.value else { return Vec::new() };
        let named = members.iter().filter(|(key, value)| is_name(key) && *value != Json::Null);
        named.map(|(key, _)| key.as_str()).collect()
    }

    /// A text that must be there; an empty one stands in where it is not.
    pub fn text(&mut self, key: &str) -> String {
        if self.member(key).is_none() {
            self.note_missing(key);
        }
        self.optional_text(key).unwrap_or_default()
    }

    /// A normalised text of at most [`TEXT_CHARACTERS_MAX`].
    pub fn optional_text(&mut self, key: &str) -> Option<String> {
        self.optional_text_up_to(key, TEXT_CHARACTERS_MAX)
    }

    /// A normalised text of at most so many characters.
    pub fn optional_text_up_to(&mut self, key: &str, maximum: usize) -> Option<String> {
        let value = self.member(key)?;
        self.as_text(key, value, maximum)
    }

    fn as_text(&mut self, key: &str, value: &Json, maximum: usize) -> Option<String> {
        let Json::String(raw) = value else {
            self.note_type(key, "\"…\"");
            return None;
        };
        let fault = match normalise_up_to(raw, maximum) {
            Ok(text) => return Some(text),
            Err(TextError::Empty) => Fault::new(EMPTY_TEXT, self.path(key)),
            Err(TextError::TooLong) => {
                Fault::new(TEXT_TOO_LONG, self.path(key)).with("maximum", maximum)
            }
            Err(TextError::Forbidden(character)) => Fault::new(FORBIDDEN_CHARACTER, self.path(key))
                .with("character", format!("U+{:04X}", u32::from(character))),
        };
        self.note(fault);
        None
    }

    /// A decimal that must be there; zero stands in where it is not.
    pub fn decimal<const SCALE: u32>(&mut self, key: &str) -> Decimal<SCALE> {
        if self.member(key).is_none() {
            self.note_missing(key);
        }
        self.optional_decimal(key).unwrap_or(Decimal::ZERO)
    }

    /// A decimal in quotes.
    pub fn optional_decimal<const SCALE: u32>(&mut self, key: &str) -> Option<Decimal<SCALE>> {
        let text = match self.member(key)? {
            Json::String(text) => text,
            Json::Integer(_) | Json::OtherNumber => {
                self.note_at(key, DECIMAL_AS_NUMBER);
                return None;
            }
            Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
                self.note_type(key, "\"0.00\"");
                return None;
            }
        };
        let fault = match Decimal::parse(text) {
            Ok(decimal) => return Some(decimal),
            Err(DecimalError::Malformed) => Fault::new(MALFORMED_DECIMAL, self.path(key)),
            Err(DecimalError::TooPrecise) => {
                Fault::new(TOO_MANY_DECIMALS, self.path(key)).with("maximum", SCALE)
            }
            Err(DecimalError::TooLarge) => {
                Fault::new(NUMBER_TOO_LARGE, self.path(key)).with("maximum", INTEGER_DIGITS_MAX)
            }
        };
        self.note(fault);
        None
    }

    /// A date as `YYYY-MM-DD`.
    pub fn date(&mut self, key: &str) -> Option<Date> {
        let text = self.optional_text(key)?;
        // Only the plain form: the calendar's own reader takes times and zones as well.
        let date = (text.len() == "2026-02-28".len()).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            self.note_at(key, MALFORMED_DATE);
        }
        date
    }

    /// One of the words, by its place among them.
    pub fn word(&mut self, key: &str, words: &[&str]) -> Option<usize> {
        let word = self.optional_text(key)?;
        let place = words.iter().position(|known| *known == word);
        if place.is_none() {
            let fault = Fault::new(UNKNOWN_KEY, self.path(key))
                .with("value", word)
                .with("allowed", words.join(", "));
            self.note(fault);
        }
        place
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &str) -> Option<bool> {
        let Json::Bool(flag) = self.member(key)? else {
            self.note_type(key, "true");
            return None;
        };
        Some(*flag)
    }

    /// A whole number from 1 to a maximum.
    pub fn count(&mut self, key: &str, maximum: i64) -> Option<i64> {
        match self.member(key)? {
            Json::Integer(count) if (1..=maximum).contains(count) => Some(*count),
            _ => {
                self.note_type(key, &format!("1…{maximum}"));
                None
            }
        }
    }

    /// An object that must be there; one without members stands in where it is not.
    pub fn object<T>(&mut self, key: &str, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        if self.member(key).is_none() {
            self.note_missing(key);
            // The members of what is not there are not missed one by one.
            let mut ignored = Vec::new();
            return read(&mut Reader {
                value: &Json::Null,
                place: Place::Start(""),
                faults: &mut ignored,
            });
        }
        let value = self.member(key).unwrap_or(&Json::Null);
        let mut reader = self.within(value, key);
        reader.expect_object();
        read(&mut reader)
    }

    /// An object, if it is there.
    pub fn optional_object<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> Option<T> {
        self.member(key)?;
        Some(self.object(key, read))
    }

    /// A list of objects, at most so many.
    pub fn array<T>(
        &mut self,
        key: &str,
        maximum: usize,
        read: impl Fn(&mut Reader<'_>) -> T,
    ) -> Option<Vec<T>> {
        let items = self.items(key, maximum)?;
        let mut array = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = Place::Item(&self.place, key, index);
            let mut reader = Reader { value: item, place, faults: self.faults };
            reader.expect_object();
            array.push(read(&mut reader));
        }
        Some(array)
    }

    /// A list of texts, at most so many.
    pub fn texts(&mut self, key: &str, maximum: usize) -> Vec<String> {
        let items = self.items(key, maximum).unwrap_or_default();
        let mut array = self.within(&Json::Null, key);
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| {
                array.as_text(&index.to_string(), item, TEXT_CHARACTERS_MAX)
            })
            .collect()
    }

    fn items(&mut self, key: &str, maximum: usize) -> Option<&'a [Json]> {
        let Json::Array(items) = self.member(key)? else {
            self.note_type(key, "[…]");
            return Some(&[]);
        };
        if items.len() > maximum {
            let fault = Fault::new(TOO_MANY, self.path(key)).with("maximum", maximum);
            self.note(fault);
            return Some(&items[..1]);
        }
        Some(items)
    }
}

/// A field that does not exist at a place.
pub(crate) fn unknown_field(place: &str, key: &str, allowed: &[&str]) -> Fault {
    unknown(UNKNOWN_FIELD, place, key, allowed)
}

fn unknown(rule: &'static Rule, place: &str, key: &str, allowed: &[&str]) -> Fault {
    let shown: String = key.chars().take(40).collect();
    Fault::new(rule, format!("{place}/{}", escaped(&shown)))
        .with("field", &shown)
        .with("allowed", allowed.join(", "))
}

/// A key within a JSON pointer (RFC 6901).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Faults told of one document.
const FAULTS_MAX: usize = 100;

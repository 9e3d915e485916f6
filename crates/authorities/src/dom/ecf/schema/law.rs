//! What the formats want of every element beyond the schemas: that it stands where they make it
//! mandatory, that it is not empty, that no blanks surround its value, that its day exists.

use super::conditions;
use super::fault::{Breach, SchemaFault};
use super::form::Form;
use super::trail::Trail;
use super::tree::{Holds, Place, Schema};
use super::walk::FAULTS_MAX;
use super::{Duty, Kind};
use crate::dom::xml::Element;

pub(super) fn check(kind: Kind, root: &Element) -> Vec<SchemaFault> {
    let schema = Schema::of(kind);
    let mut survey = Survey { trail: Trail::default(), faults: Vec::new() };
    survey.trail.enter(root, 0);
    survey.group(root, &schema.places);
    let mut faults = survey.faults;
    faults.extend(conditions::check(kind, root));
    faults.truncate(FAULTS_MAX);
    faults
}

pub(super) fn check_value(kind: Kind, path: &str, text: &str) -> Option<SchemaFault> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let full_path = format!("/{}/{path}", kind.root());
    let fault = |breach| SchemaFault::new(full_path.clone(), name, breach).found(text);
    match Schema::of(kind).at(path).map(|place| &place.holds) {
        None => Some(fault(Breach::Unknown)),
        Some(Holds::Elements(_)) => Some(fault(Breach::StrayText)),
        Some(Holds::Text(form)) => {
            let breach = form.check(text).err().or_else(|| beyond(form, text));
            breach.map(|breach| fault(breach).expected(form.told()))
        }
    }
}

/// What a value that its schema allows breaks of the format.
pub(super) fn beyond(form: &Form, text: &str) -> Option<Breach> {
    if text.is_empty() {
        Some(Breach::Empty)
    } else if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
        Some(Breach::Blank)
    } else {
        (!form.is_in_calendar(text)).then_some(Breach::Calendar)
    }
}

struct Survey<'a> {
    trail: Trail<'a>,
    faults: Vec<SchemaFault>,
}

impl<'a> Survey<'a> {
    fn group(&mut self, element: &'a Element, places: &[Place]) {
        let mut at = 0;
        let mut count = 0;
        for child in element.elements() {
            if self.faults.len() >= FAULTS_MAX {
                return;
            }
            let name = child.name().qualified();
            // Elements come in the order of the places, or the schema has said so already.
            let ahead = places[at..].iter().position(|place| place.name == name);
            let Some(ahead) = ahead else { continue };
            count = if ahead == 0 { count + 1 } else { 1 };
            at += ahead;
            self.inside(child, &places[at], count);
        }
        for place in places {
            let asked = place.duty == Duty::Mandatory && place.least == 0;
            if asked && element.child(place.name).is_none() {
                self.report(place.name, Breach::Required, "", String::new());
            }
        }
    }

    fn inside(&mut self, child: &'a Element, place: &Place, count: usize) {
        self.trail.enter(child, if place.most > 1 { count } else { 0 });
        match &place.holds {
            // The summary of a consumer invoice must have a buyer, and may know nothing of it.
            Holds::Elements(_) if child.is_empty() && place.name != "Comprador" => {
                self.report(place.name, Breach::Empty, "", String::new());
            }
            Holds::Elements(places) => self.group(child, places),
            Holds::Text(form) => self.text(place.name, form, child.value().unwrap_or_default()),
        }
        self.trail.leave();
    }

    fn text(&mut self, name: &str, form: &Form, text: &str) {
        if let Some(breach) = beyond(form, text) {
            self.report(name, breach, text, form.told());
        }
    }

    fn report(&mut self, name: &str, breach: Breach, found: &str, expected: String) {
        let fault = SchemaFault::new(self.trail.path(), name, breach);
        self.faults.push(fault.found(found).expected(expected));
    }
}

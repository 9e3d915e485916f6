//! The walk: a document against its schema, element by element, as the official schemas judge it.
//!
//! It says yes to exactly what they say yes to, with the defects that their readers overlook (see
//! [`super::shape::anchored_letters`] and [`super::letter::is_word`]). Where they say no, it tries
//! to go on behind the fault, so that all of them are told at once.

use super::Kind;
use super::fault::{Breach, SchemaFault};
use super::form::Form;
use super::letter::is_space;
use super::trail::Trail;
use super::tree::{Holds, Place, Schema};
use crate::dom::xml::{Element, Node};

/// Faults that one document is told of: whoever has more mends these first, and a hostile document
/// of ten thousand wrong lines costs no more than they do.
pub const FAULTS_MAX: usize = 100;

/// Whether a document bears its signature already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    Signed,
    Unsigned,
}

pub(super) fn check(kind: Kind, root: &Element, stage: Stage) -> Vec<SchemaFault> {
    let schema = Schema::of(kind);
    let mut walk = Walk { trail: Trail::default(), faults: Vec::new() };
    if root.name().qualified() == schema.root {
        walk.trail.enter(root, 0);
        walk.own(root);
        let last = Last::of(schema, stage);
        walk.group(root, &schema.places, last);
    } else {
        let fault = walk.fault(root.name().qualified(), Breach::Root);
        walk.report(fault.found(root.name().qualified()).expected(schema.root));
    }
    walk.faults
}

/// What may follow the last place of a group: any element at all, in the root, which is meant for
/// the signature.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Last {
    Nothing,
    MaybeAnything,
    Anything,
}

impl Last {
    fn of(schema: &Schema, stage: Stage) -> Self {
        match stage {
            Stage::Unsigned => Self::Nothing,
            Stage::Signed if schema.signature_required => Self::Anything,
            Stage::Signed => Self::MaybeAnything,
        }
    }
}

struct Walk<'a> {
    trail: Trail<'a>,
    faults: Vec<SchemaFault>,
}

/// How far a group has been read.
struct Progress<'s> {
    places: &'s [Place],
    /// The place that the last element stood at.
    at: usize,
    /// How many stood there.
    count: usize,
    last: Last,
}

impl<'a> Walk<'a> {
    /// What an element has of its own: no namespace, no attributes.
    fn own(&mut self, element: &Element) {
        let spaces = element.namespaces();
        if spaces.iter().any(|space| space.prefix().is_empty() && !space.uri().is_empty()) {
            let fault = self.fault(element.name().qualified(), Breach::Namespace);
            self.report(fault);
        }
        for attribute in element.attributes() {
            if !self.trail.is_schema_hint(attribute) {
                let fault = self.fault(element.name().qualified(), Breach::Attribute);
                self.report(fault.found(attribute.name().qualified()));
            }
        }
    }

    fn group(&mut self, element: &'a Element, places: &[Place], last: Last) {
        let mut progress = Progress { places, at: 0, count: 0, last };
        for node in element.children() {
            if self.faults.len() >= FAULTS_MAX {
                return;
            }
            match node {
                Node::Text(text) if text.chars().all(is_space) => {}
                Node::Text(text) => {
                    let fault = self.fault(element.name().qualified(), Breach::StrayText);
                    self.report(fault.found(text.trim()));
                }
                Node::Element(child) => self.child(child, &mut progress),
            }
        }
        self.missing(&progress, places.len());
        if progress.last == Last::Anything {
            let fault = self.fault("Signature", Breach::Missing);
            self.report(fault);
        }
    }

    fn child(&mut self, child: &'a Element, progress: &mut Progress<'_>) {
        let name = child.name().qualified();
        match progress.find(name) {
            Found::Here(index) => {
                self.missing(progress, index);
                progress.stand(index);
                self.inside(child, &progress.places[index], progress.count);
            }
            Found::Anything => progress.last = Last::Nothing,
            Found::Full => {
                let most = progress.places[progress.at].most;
                let fault = self.fault(name, Breach::TooMany);
                self.report(fault.expected(most.to_string()));
            }
            Found::Late => {
                let fault = self.fault(name, Breach::Order);
                self.report(fault.expected(progress.next_names()));
            }
            Found::Nowhere => {
                let fault = self.fault(name, Breach::Unknown);
                self.report(fault.found(name).expected(progress.next_names()));
            }
        }
    }

    fn inside(&mut self, child: &'a Element, place: &Place, count: usize) {
        self.trail.enter(child, if place.most > 1 { count } else { 0 });
        self.own(child);
        match &place.holds {
            Holds::Elements(places) => self.group(child, places, Last::Nothing),
            Holds::Text(form) => self.text(child, form),
        }
        self.trail.leave();
    }

    fn text(&mut self, child: &Element, form: &Form) {
        let name = child.name().qualified();
        let Some(text) = child.value() else {
            let fault = self.fault(name, Breach::Nested);
            return self.report(fault);
        };
        if let Err(breach) = form.check(text) {
            let fault = self.fault(name, breach);
            self.report(fault.found(text).expected(form.told()));
        }
    }

    /// What should have stood before the place `until`.
    fn missing(&mut self, progress: &Progress<'_>, until: usize) {
        for index in progress.at..until {
            let place = &progress.places[index];
            let stood = if index == progress.at { progress.count } else { 0 };
            if stood < place.least {
                let fault = self.fault(place.name, Breach::Missing);
                self.report(fault);
            }
        }
    }

    fn fault(&self, element: &str, breach: Breach) -> SchemaFault {
        SchemaFault::new(self.trail.path(), element, breach)
    }

    fn report(&mut self, fault: SchemaFault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }
}

/// Where an element of a name belongs.
enum Found {
    /// At this place, which lies here or ahead.
    Here(usize),
    /// Behind all places, where any element may stand.
    Anything,
    /// Here, but there is no more room.
    Full,
    /// At a place that has been passed.
    Late,
    Nowhere,
}

impl Progress<'_> {
    fn find(&self, name: &str) -> Found {
        let ahead = self.places[self.at..].iter().position(|place| place.name == name);
        match ahead {
            Some(0) if self.count < self.places[self.at].most => Found::Here(self.at),
            Some(ahead) if ahead > 0 => Found::Here(self.at + ahead),
            _ if self.is_at_end() && self.last != Last::Nothing => Found::Anything,
            Some(_) => Found::Full,
            None if self.places[..self.at].iter().any(|place| place.name == name) => Found::Late,
            None => Found::Nowhere,
        }
    }

    /// Whether all that must stand does, so that what may end the group can come.
    fn is_at_end(&self) -> bool {
        let rest = &self.places[self.at..];
        rest.iter().enumerate().all(|(index, place)| {
            let stood = if index == 0 { self.count } else { 0 };
            stood >= place.least
        })
    }

    fn stand(&mut self, index: usize) {
        if index == self.at {
            self.count += 1;
        } else {
            (self.at, self.count) = (index, 1);
        }
    }

    /// The names that may come now, up to the first that must.
    fn next_names(&self) -> String {
        let mut names = Vec::new();
        for (index, place) in self.places.iter().enumerate().skip(self.at) {
            let stood = if index == self.at { self.count } else { 0 };
            if stood < place.most {
                names.push(place.name);
            }
            if stood < place.least {
                break;
            }
        }
        names.join(", ")
    }
}

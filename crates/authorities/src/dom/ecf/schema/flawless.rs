//! Both checks in one walk that tells nothing but yes: what nearly every document of ours is asked.
//!
//! The checks that tell faults keep the path to where they are and look at every element several
//! times. This one looks once, and gives up at the first thing that may be a fault, so that they are
//! asked only then. A test holds it against them.

use super::law::beyond;
use super::tree::{Holds, Place, Schema};
use super::{Duty, Kind, conditions};
use crate::dom::xml::{Element, Node};

/// Whether a document that is not signed yet is as its schema, its format and the DGII's services
/// want it. No means that they have to be asked.
pub(super) fn is_flawless(kind: Kind, root: &Element) -> bool {
    let schema = Schema::of(kind);
    root.name().qualified() == schema.root
        && is_bare(root)
        && group(root, &schema.places)
        && conditions::check(kind, root).is_empty()
}

/// Neither declarations nor attributes: some would be allowed.
fn is_bare(element: &Element) -> bool {
    element.namespaces().is_empty() && element.attributes().is_empty()
}

/// Elements in the order of their places, none missing, none too often, and no text between.
fn group(element: &Element, places: &[Place]) -> bool {
    let mut progress = Progress { places, count: 0 };
    element.children().all(|node| match node {
        Node::Element(child) => {
            progress.reach(child.name().qualified()).is_some_and(|place| inside(child, place))
        }
        Node::Text(_) => false,
    }) && progress.is_complete()
}

fn inside(child: &Element, place: &Place) -> bool {
    is_bare(child)
        && match &place.holds {
            Holds::Elements(places) => !child.is_empty() && group(child, places),
            Holds::Text(form) => child
                .value()
                .is_some_and(|text| form.check(text).is_ok() && beyond(form, text).is_none()),
        }
}

/// How far a group has been read.
struct Progress<'s> {
    /// From the one at which the last element stood.
    places: &'s [Place],
    /// How many stood there.
    count: usize,
}

impl<'s> Progress<'s> {
    /// Goes on to the place of the next element; nothing where it has none, or one before it is not
    /// filled.
    fn reach(&mut self, name: &str) -> Option<&'s Place> {
        loop {
            let (place, rest) = self.places.split_first()?;
            if place.name == name && self.count < place.most {
                self.count += 1;
                return Some(place);
            }
            if !is_filled(place, self.count) {
                return None;
            }
            (self.places, self.count) = (rest, 0);
        }
    }

    fn is_complete(&self) -> bool {
        let Some((place, rest)) = self.places.split_first() else { return true };
        is_filled(place, self.count) && rest.iter().all(|place| is_filled(place, 0))
    }
}

/// Whether as many stand there as the schema wants, and the one that the format does.
fn is_filled(place: &Place, count: usize) -> bool {
    count >= place.least && (count > 0 || place.duty != Duty::Mandatory)
}

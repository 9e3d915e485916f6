//! The schema of each document: the tables as trees, grown once.

use std::sync::LazyLock;

use super::form::Form;
use super::rows::{self, Content, Repeats, Row};
use super::{Duty, Kind, Print};
use crate::dom::ecf::document::DocumentType;

/// The schema of one document.
pub(super) struct Schema {
    pub(super) root: &'static str,
    pub(super) places: Vec<Place>,
    /// Whether a signature must follow; it may in any case.
    pub(super) signature_required: bool,
}

/// Where an element may stand.
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) holds: Holds,
    pub(super) duty: Duty,
    pub(super) print: Print,
}

/// What an element may hold.
pub(super) enum Holds {
    Elements(Vec<Place>),
    Text(Form),
}

impl Schema {
    pub(super) fn of(kind: Kind) -> &'static Self {
        static ECF: LazyLock<[Schema; 10]> = LazyLock::new(|| DocumentType::ALL.map(ecf));
        static RFCE: LazyLock<Schema> = LazyLock::new(|| side("RFCE", rows::RFCE, true));
        static ACECF: LazyLock<Schema> = LazyLock::new(|| side("ACECF", rows::ACECF, false));
        static ARECF: LazyLock<Schema> = LazyLock::new(|| side("ARECF", rows::ARECF, false));
        static ANECF: LazyLock<Schema> = LazyLock::new(|| side("ANECF", rows::ANECF, true));
        static SEED: LazyLock<Schema> = LazyLock::new(|| side("SemillaModel", rows::SEED, true));
        match kind {
            Kind::Ecf(document_type) => &ECF[document_type.column()],
            Kind::Rfce => &RFCE,
            Kind::Acecf => &ACECF,
            Kind::Arecf => &ARECF,
            Kind::Anecf => &ANECF,
            Kind::Seed => &SEED,
        }
    }

    /// The place at the end of a path of names below the root.
    pub(super) fn at(&self, path: &str) -> Option<&Place> {
        let mut names = path.split('/');
        let first = find(&self.places, names.next()?)?;
        names.try_fold(first, |place, name| find(place.places(), name))
    }
}

impl Place {
    /// The places inside; none in a leaf.
    pub(super) fn places(&self) -> &[Place] {
        match &self.holds {
            Holds::Elements(places) => places,
            Holds::Text(_) => &[],
        }
    }
}

fn find<'a>(places: &'a [Place], name: &str) -> Option<&'a Place> {
    places.iter().find(|place| place.name == name)
}

fn ecf(document_type: DocumentType) -> Schema {
    let rows: Vec<&Row> = rows::ECF.iter().copied().flatten().collect();
    Schema { root: "ECF", places: grow(&rows, document_type), signature_required: true }
}

fn side(root: &'static str, rows: &'static [Row], signature_required: bool) -> Schema {
    let rows: Vec<&Row> = rows.iter().collect();
    // One column serves: these documents are of no type.
    Schema { root, places: grow(&rows, DocumentType::FiscalCredit), signature_required }
}

/// The places of one level: each row of the first one's depth, with the deeper rows that follow.
fn grow(rows: &[&Row], document_type: DocumentType) -> Vec<Place> {
    let column = document_type.column();
    let mut places = Vec::new();
    let mut rest = rows;
    while let Some((row, after)) = rest.split_first() {
        let inside = after.iter().take_while(|inner| inner.depth > row.depth).count();
        let (inner, next) = after.split_at(inside);
        match row.schema.as_bytes()[column] {
            b'.' => assert!(inner.iter().all(|row| row.schema.as_bytes()[column] == b'.')),
            occurs => places.push(place(row, usize::from(occurs == b'1'), inner, document_type)),
        }
        rest = next;
    }
    places
}

fn place(row: &Row, least: usize, inner: &[&Row], document_type: DocumentType) -> Place {
    Place {
        name: row.name,
        least,
        most: match row.repeats {
            Repeats::Times(times) => times,
            Repeats::Lines => document_type.lines_max(),
        },
        holds: match row.content {
            Content::Elements => Holds::Elements(grow(inner, document_type)),
            Content::Value(value) => Holds::Text(value.form(document_type)),
            Content::Form(form) => Holds::Text(form),
        },
        duty: Duty::read(row.law.as_bytes()[document_type.column()], least),
        print: Print::read(row.print),
    }
}

//! The formats of the DGII as data, and the check of a document against them.
//!
//! Two layers: [`check`] says what the official schemas say, yes or no, element by element;
//! [`check_obligatoriness`] adds what the formats and the DGII's services want beyond them. The
//! tables are in `rows`; nothing here is decided by code that a table could decide.

mod calendar;
mod case;
mod conditions;
mod fault;
mod flawless;
mod form;
mod instant;
mod law;
mod letter;
mod number;
mod rows;
mod rules;
mod shape;
mod trail;
mod tree;
mod value;
mod walk;

pub use case::Case;
pub use fault::{Breach, FOUND_MAX, SchemaFault};
pub use rules::RULES;
pub use walk::FAULTS_MAX;

use super::document::DocumentType;
use crate::dom::xml::Element;
use tree::{Holds, Schema};
use walk::Stage;

/// A document with a schema of its own.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// An electronic fiscal receipt of one of ten types.
    Ecf(DocumentType),
    /// The summary of a small consumer invoice.
    Rfce,
    /// A commercial approval or rejection.
    Acecf,
    /// An acknowledgement of receipt.
    Arecf,
    /// An annulment of numbers.
    Anecf,
    /// What is signed to get a token.
    Seed,
}

impl Kind {
    /// What a document says that it is, by its root and, of an e-CF, its `TipoeCF`. Nothing where
    /// it is none of these.
    pub fn of(root: &Element) -> Option<Self> {
        match root.name().qualified() {
            "ECF" => {
                let code = root.value_at("Encabezado/IdDoc/TipoeCF")?;
                DocumentType::parse(code.trim()).map(Self::Ecf)
            }
            "RFCE" => Some(Self::Rfce),
            "ACECF" => Some(Self::Acecf),
            "ARECF" => Some(Self::Arecf),
            "ANECF" => Some(Self::Anecf),
            "SemillaModel" => Some(Self::Seed),
            _ => None,
        }
    }

    /// The name of its root.
    pub fn root(self) -> &'static str {
        Schema::of(self).root
    }
}

/// What a format says of an element in a type of document (Formato e-CF, codes of obligation).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Duty {
    /// 0: it must not appear.
    Forbidden,
    /// 1: it must.
    Mandatory,
    /// 2: it must where a condition holds.
    Conditional,
    /// 3: as one likes.
    Optional,
}

/// What a printed representation does with an element (Formato e-CF, codes of printing).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Print {
    /// I: it is printed as it is.
    AsIs,
    /// P: it is printed in words, or translated.
    InWords,
    /// N: it need not be printed.
    Free,
}

/// All in which a signed document breaks its schema; nothing where it is valid.
pub fn check(kind: Kind, root: &Element) -> Vec<SchemaFault> {
    walk::check(kind, root, Stage::Signed)
}

/// The same for a document that is not signed yet, and so is valid by no schema: all but its
/// signature must be right.
pub fn check_unsigned(kind: Kind, root: &Element) -> Vec<SchemaFault> {
    walk::check(kind, root, Stage::Unsigned)
}

/// Whether a document ends before a signature: with the last element that its format names.
pub(in crate::dom::ecf) fn ends_unsigned(kind: Kind, root: &Element) -> bool {
    let last = root.elements().next_back().map(|last| last.name().qualified());
    last.is_none_or(|last| Schema::of(kind).places.last().is_some_and(|place| place.name == last))
}

/// What the format and the DGII's services want beyond the schema: elements that they make
/// mandatory, no empty ones, no blanks around values, days that exist, and the codes that a type
/// takes. It asks for nothing that [`check`] asks for already.
pub fn check_obligatoriness(kind: Kind, root: &Element) -> Vec<SchemaFault> {
    law::check(kind, root)
}

/// Whether both [`check_unsigned`] and [`check_obligatoriness`] find nothing, in a third of their
/// time. Where it says no, they tell what it is; of a document with layout or namespaces that may be
/// nothing.
pub fn is_flawless(kind: Kind, root: &Element) -> bool {
    flawless::is_flawless(kind, root)
}

/// What the format says of the element at a path below the root, as in
/// `Encabezado/Comprador/RNCComprador`. Where the format is silent, the schema decides.
pub fn duty(kind: Kind, path: &str) -> Duty {
    Schema::of(kind).at(path).map_or(Duty::Forbidden, |place| place.duty)
}

/// What a printed representation does with the element at a path below the root.
pub fn print(kind: Kind, path: &str) -> Print {
    Schema::of(kind).at(path).map_or(Print::Free, |place| place.print)
}

/// How often the element at a path below the root may follow itself; zero where it has no place.
pub fn repeats_max(kind: Kind, path: &str) -> usize {
    Schema::of(kind).at(path).map_or(0, |place| place.most)
}

/// What may stand in the leaf at a path below the root, in signs of no language.
pub(in crate::dom::ecf) fn told(kind: Kind, path: &str) -> String {
    match Schema::of(kind).at(path).map(|place| &place.holds) {
        Some(Holds::Text(form)) => form.told(),
        Some(Holds::Elements(_)) | None => String::new(),
    }
}

/// Why a value cannot stand in the element at a path below the root: for a field of a draft that
/// becomes that element, before there is a document. An element without a place is a fault too.
pub fn check_value(kind: Kind, path: &str, text: &str) -> Option<SchemaFault> {
    law::check_value(kind, path, text)
}

impl Duty {
    fn read(code: u8, least: usize) -> Self {
        match code {
            b'0' => Self::Forbidden,
            b'1' => Self::Mandatory,
            b'2' => Self::Conditional,
            b'-' if least > 0 => Self::Mandatory,
            b'3' | b'-' => Self::Optional,
            _ => unreachable!("the tables know four codes"),
        }
    }
}

impl Print {
    fn read(code: char) -> Self {
        match code {
            'I' => Self::AsIs,
            'P' => Self::InWords,
            'N' => Self::Free,
            _ => unreachable!("the tables know three codes"),
        }
    }
}

#[cfg(test)]
pub(in crate::dom::ecf) mod tests;

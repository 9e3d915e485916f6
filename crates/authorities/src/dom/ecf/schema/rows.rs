//! The e-CF of all ten types as one table: a row an element, and in it a column a type (Formato
//! e-CF v1.0 of September 2024 with the currency of October 2025, and the ten schemas).

mod closing;
mod header;
mod lines;
mod parties;
mod side;
mod totals;
mod transport;

use super::form::Form;
use super::value::Value;

pub(super) use side::{ACECF, ANECF, ARECF, RFCE, SEED};

/// The e-CF, area by area, below its root.
pub(super) const ECF: &[&[Row]] = &[
    header::HEADER,
    parties::PARTIES,
    transport::TRANSPORT,
    totals::TOTALS,
    lines::LINES,
    closing::CLOSING,
];

/// One element of a format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// How far below the root; what is inside an element follows it, one deeper.
    pub(super) depth: usize,
    /// A column a type, of the schemas: `1` mandatory, `?` optional, `.` there is none.
    pub(super) schema: &'static str,
    /// A column a type, of the format: `0` to `3`, as in [`super::Duty`]; `-` where it is silent.
    pub(super) law: &'static str,
    /// `I` as it is, `P` in words, `N` not at all.
    pub(super) print: char,
    pub(super) name: &'static str,
    pub(super) repeats: Repeats,
    pub(super) content: Content,
}

/// How often an element may follow itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Repeats {
    Times(usize),
    /// As often as the type has room for lines.
    Lines,
}

/// What an element holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    Elements,
    /// A text whose form depends on the type.
    Value(Value),
    /// A text of one form.
    Form(Form),
}

const fn group(depth: usize, schema: &'static str, law: &'static str, name: &'static str) -> Row {
    row(depth, schema, law, 'N', name, Content::Elements)
}

const fn leaf(
    depth: usize,
    schema: &'static str,
    law: &'static str,
    print: char,
    name: &'static str,
    value: Value,
) -> Row {
    row(depth, schema, law, print, name, Content::Value(value))
}

const fn row(
    depth: usize,
    schema: &'static str,
    law: &'static str,
    print: char,
    name: &'static str,
    content: Content,
) -> Row {
    assert!(schema.len() == law.len(), "both have a column a type");
    Row { depth, schema, law, print, name, repeats: Repeats::Times(1), content }
}

impl Row {
    const fn repeated(self, times: usize) -> Self {
        Self { repeats: Repeats::Times(times), ..self }
    }

    const fn of_every_line(self) -> Self {
        Self { repeats: Repeats::Lines, ..self }
    }
}

//! Subtotals (`Subtotales`), which a document may state of any of its lines: which they are nobody says,
//! so each is held against itself and against the document. What is wrong is a condition.

use rust_decimal::Decimal;

use super::super::verdict::Findings;
use super::super::xml::Element;
use super::amounts::{agrees, amount, or_zero, total, whole};
use super::codes::GENERIC;
use super::totals::Totals;

pub(super) fn check(totals: &Totals, findings: &mut Findings) {
    for (at, subtotal) in totals.root.every("Subtotales/Subtotal").enumerate() {
        let counts = wrong_counts(subtotal, at + 1, totals.lines.len());
        let sums = wrong_sums(subtotal, totals.tolerance);
        for field in counts.chain(sums).chain(exceeding(subtotal, totals)) {
            let text = format!(
                "El campo {field} del subtotal {} de la sección Subtotales no es válido.",
                at + 1
            );
            findings.conditions(GENERIC, text);
        }
    }
}

/// Its own number, and that of its lines, where they are stated.
fn wrong_counts(
    subtotal: &Element,
    place: usize,
    lines: usize,
) -> impl Iterator<Item = &'static str> {
    let wrong = |field: &'static str, least: usize, most: usize| {
        let stated = whole(subtotal, field).and_then(|number| usize::try_from(number).ok());
        stated.filter(|stated| !(least..=most).contains(stated)).map(|_| field)
    };
    [wrong("NumeroSubTotal", place, place), wrong("Lineas", 1, lines)].into_iter().flatten()
}

/// Sums that are not those of their parts, where a part is stated.
fn wrong_sums(subtotal: &Element, tolerance: Decimal) -> impl Iterator<Item = &'static str> {
    let is_wrong = move |(field, parts): &&(&'static str, &'static [&'static str])| {
        let parts: Vec<_> = parts.iter().filter_map(|part| amount(subtotal, part)).collect();
        let sum = total(parts.iter().copied().map(Some));
        let stated = amount(subtotal, field).filter(|_| !parts.is_empty());
        stated.is_some_and(|stated| !agrees(stated, sum, tolerance))
    };
    SUMS.iter().filter(is_wrong).map(|(field, _)| *field)
}

/// Amounts that are more than the whole document's.
fn exceeding(subtotal: &Element, totals: &Totals) -> impl Iterator<Item = &'static str> {
    let exceeds = |(field, of_document): &&(&'static str, &'static str)| {
        let most = or_zero(totals.stated, of_document).checked_add(totals.tolerance);
        amount(subtotal, field).zip(most).is_some_and(|(stated, most)| stated > most)
    };
    FIELDS.iter().filter(exceeds).map(|(field, _)| *field)
}

/// What is the sum of what. The format's names of the ITBIS lack a letter.
const SUMS: [(&str, &[&str]); 3] = [
    (
        "SubTotalMontoGravadoTotal",
        &["SubTotalMontoGravadoI1", "SubTotalMontoGravadoI2", "SubTotalMontoGravadoI3"],
    ),
    ("SubTotaITBIS", &["SubTotaITBIS1", "SubTotaITBIS2", "SubTotaITBIS3"]),
    (
        "MontoSubTotal",
        &[
            "SubTotalMontoGravadoTotal",
            "SubTotalExento",
            "SubTotaITBIS",
            "SubTotalImpuestoAdicional",
        ],
    ),
];

/// The fields of a subtotal, and the document's.
const FIELDS: [(&str, &str); 11] = [
    ("SubTotalMontoGravadoTotal", "MontoGravadoTotal"),
    ("SubTotalMontoGravadoI1", "MontoGravadoI1"),
    ("SubTotalMontoGravadoI2", "MontoGravadoI2"),
    ("SubTotalMontoGravadoI3", "MontoGravadoI3"),
    ("SubTotaITBIS", "TotalITBIS"),
    ("SubTotaITBIS1", "TotalITBIS1"),
    ("SubTotaITBIS2", "TotalITBIS2"),
    ("SubTotaITBIS3", "TotalITBIS3"),
    ("SubTotalImpuestoAdicional", "MontoImpuestoAdicional"),
    ("SubTotalExento", "MontoExento"),
    ("MontoSubTotal", "MontoTotal"),
];

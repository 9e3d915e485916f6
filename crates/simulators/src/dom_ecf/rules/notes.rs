//! Rules of references: credit and debit notes, and invoices that replace or refer.

use rust_decimal::Decimal;

use super::super::number::Number;
use super::super::register::Registration;
use super::super::verdict::Findings;
use super::super::xml::Element;
use super::Setting;
use super::amounts::{or_zero, whole};
use super::codes::{
    BALANCE, CREDIT_NOTE_INDICATOR, GENERIC, MODIFIED_DATE, NOT_ISSUED, invalid, mandatory,
};
use crate::dom_ecf::moment;

pub(super) fn check(root: &Element, setting: &Setting, findings: &mut Findings) {
    let Some(reference) = root.child("InformacionReferencia") else { return };
    let Some(modified) = setting.facts.modified.as_deref() else {
        findings.rejects(GENERIC, mandatory("NCFModificado", SECTION, SECTION));
        return;
    };
    check_code(modified, setting, findings);
    check_original(reference, modified, setting, findings);
    check_indicator(root, reference, setting, findings);
}

/// Code 5 is an invoice's (31) for a consumer invoice; code 4 replaces what was issued in
/// contingency, which is paper of series B, by the equivalent type.
fn check_code(modified: &str, setting: &Setting, findings: &mut Findings) {
    let (kind, code) = (setting.facts.number.kind, setting.facts.modification);
    let is_right = match code {
        Some(5) => kind == 31 && modified.starts_with("E32"),
        Some(4) => equivalent(modified) == Some(kind),
        _ => true,
    };
    if !is_right {
        findings.rejects(GENERIC, invalid("CodigoModificacion", SECTION, SECTION));
    }
    if !matches!(modified.len(), 11 | 13 | 19) {
        findings.rejects(GENERIC, invalid("NCFModificado", SECTION, SECTION));
    }
}

/// An electronic original was accepted here, on the date that is given, for the same buyer; and all
/// its credit notes together do not exceed it. A paper one is not known here, and one of another
/// taxpayer is not looked for: the issuer's own RNC names no other.
fn check_original(reference: &Element, modified: &str, setting: &Setting, findings: &mut Findings) {
    let other = reference.text_at("RNCOtroContribuyente");
    let is_others = other.is_some_and(|other| other.trim() != setting.facts.rnc);
    if !modified.starts_with('E') || is_others {
        return;
    }
    let Some(original) = setting.original() else {
        findings.rejects(NOT_ISSUED, format!("El e-NCF modificado {modified} no ha sido emitido."));
        return;
    };
    let stated = reference.text_at("FechaNCFModificado").as_deref().and_then(moment::of_date);
    if stated != Some(original.facts.issued_on) {
        let text =
            format!("El campo FechaNCFModificado no coincide con la fecha del e-CF {modified}.");
        findings.rejects(MODIFIED_DATE, text);
    }
    check_balance(modified, original, setting, findings);
}

fn check_balance(
    modified: &str,
    original: &Registration,
    setting: &Setting,
    findings: &mut Findings,
) {
    if setting.facts.number.kind != 34 {
        return;
    }
    let (note, its) = (&setting.facts.buyer_rnc, &original.facts.buyer_rnc);
    if let (Some(note), Some(its)) = (note, its)
        && note != its
    {
        let text = format!("El RNC comprador no coincide con el del e-CF modificado {modified}.");
        findings.rejects(BALANCE, text);
    }
    let credited = setting.register.credited(&setting.facts.rnc, modified);
    if credited + setting.facts.total_amount > original.facts.total_amount {
        let text = format!("El monto excede el saldo disponible del e-CF modificado {modified}.");
        findings.rejects(BALANCE, text);
    }
}

/// Up to thirty days after the original the indicator is 0, later 1, and then no ITBIS is returned.
fn check_indicator(
    root: &Element,
    reference: &Element,
    setting: &Setting,
    findings: &mut Findings,
) {
    if setting.facts.number.kind != 34 {
        return;
    }
    let original = reference.text_at("FechaNCFModificado").as_deref().and_then(moment::of_date);
    let Some(original) = original else { return };
    let days = setting.facts.issued_on.duration_since(original).as_hours() / 24;
    let expected = u32::from(days > RETURN_DAYS);
    let is_stated = whole(root, "Encabezado/IdDoc/IndicadorNotaCredito") == Some(expected);
    let returned = or_zero(root, "Encabezado/Totales/TotalITBIS");
    if !is_stated || (expected == 1 && returned > Decimal::ZERO) {
        let text = invalid("IndicadorNotaCredito", "IdDoc", "Encabezado");
        findings.rejects(CREDIT_NOTE_INDICATOR, text);
    }
}

/// The electronic type of a paper number of series B, by its two digits.
fn equivalent(modified: &str) -> Option<u8> {
    let kind = modified.strip_prefix('B')?.get(..2)?;
    Some(match kind {
        "01" => 31,
        "02" => 32,
        "03" => 33,
        "04" => 34,
        "11" => 41,
        "13" => 43,
        "14" => 44,
        "15" => 45,
        "16" => 46,
        "17" => 47,
        _ => return None,
    })
}

/// The number of a note's original, if it is electronic.
pub(super) fn original_number(modified: &str) -> Option<Number> {
    Number::read(modified)
}

const SECTION: &str = "InformacionReferencia";

/// Days in which a credit note returns ITBIS (Formato e-CF, `IndicadorNotaCredito`).
const RETURN_DAYS: i64 = 30;

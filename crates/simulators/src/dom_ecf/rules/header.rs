//! Rules of the header: number, dates, payment, buyer.

use super::super::facts::Facts;
use super::super::limits::CLOCK_SLACK;
use super::super::moment;
use super::super::route::Environment;
use super::super::sequences::Grant;
use super::super::verdict::Findings;
use super::super::xml::Element;
use super::Setting;
use super::codes::{
    BUYER_MISSING, BUYER_NAME, BUYER_UNKNOWN, EXPIRY, GENERIC, PAYMENT_LIMIT,
    TAX_INCLUDED_INDICATOR, invalid, mandatory,
};
use super::line::Line;
use super::{CONSUMER_THRESHOLD, is_large_consumer};

pub(super) fn check(root: &Element, setting: &Setting, lines: &[Line], findings: &mut Findings) {
    let Some(header) = root.child("Encabezado") else { return };
    check_number(header, setting, findings);
    check_dates(header, root, setting, findings);
    check_payment(header, setting, findings);
    check_indicator(header, root, setting, lines, findings);
    check_buyer(header, setting, findings);
    check_threshold(setting, findings);
}

fn check_number(header: &Element, setting: &Setting, findings: &mut Findings) {
    let kind = header.text_at("IdDoc/TipoeCF");
    if kind.and_then(|kind| kind.parse().ok()) != Some(setting.facts.number.kind) {
        findings.rejects(GENERIC, invalid("eNCF", "IdDoc", "Encabezado"));
    }
    let stated = header.text_at("IdDoc/FechaVencimientoSecuencia");
    let stated = stated.as_deref().map(moment::of_date);
    if let (Some(stated), Grant::Until(granted)) = (stated, setting.grant)
        && stated != Some(granted)
    {
        findings.rejects(EXPIRY, "La fecha de vencimiento de secuencia no es válida.");
    }
}

/// Nothing is issued or signed in the future. Certification's data has dates of years ago, and may
/// have any.
fn check_dates(header: &Element, root: &Element, setting: &Setting, findings: &mut Findings) {
    let is_certification = setting.environment == Environment::Certification;
    if setting.facts.issued_on > setting.today && !is_certification {
        findings.rejects(GENERIC, invalid("FechaEmision", "Emisor", "Encabezado"));
    }
    let signed = root.text_at("FechaHoraFirma").as_deref().and_then(moment::of_stamp);
    if signed.is_none_or(|signed| signed > setting.now.saturating_add(CLOCK_SLACK)) {
        findings.rejects(GENERIC, "El campo FechaHoraFirma no es válido.");
    }
    let issued = header.text_at("Emisor/FechaEmision").as_deref().and_then(moment::of_date);
    if issued.is_none() {
        findings.rejects(GENERIC, invalid("FechaEmision", "Emisor", "Encabezado"));
    }
}

/// What the schemas leave optional and the DGII wants: the payment type of a purchase (41), the limit
/// of a credit (1100, seen of 31 to 46; that of 43 has no place for it, so no 43 is on credit). Gift cards (form 5) pay consumer invoices alone. (The document wants the income type
/// of notes, too; the DGII is not known to.)
fn check_payment(header: &Element, setting: &Setting, findings: &mut Findings) {
    let kind = setting.facts.number.kind;
    if kind == 41 && header.at("IdDoc/TipoPago").is_none() {
        findings.rejects(GENERIC, mandatory("TipoPago", "IdDoc", "Encabezado"));
    }
    let is_credit = header.text_at("IdDoc/TipoPago").as_deref() == Some("2");
    if is_credit && (31..=46).contains(&kind) && header.at("IdDoc/FechaLimitePago").is_none() {
        findings.rejects(PAYMENT_LIMIT, mandatory("FechaLimitePago", "IdDoc", "Encabezado"));
    }
    let mut forms = header.every("IdDoc/TablaFormasPago/FormaDePago");
    if kind != 32 && forms.any(|form| form.text_at("FormaPago").as_deref() == Some("5")) {
        findings.rejects(GENERIC, invalid("FormaPago", "IdDoc", "Encabezado"));
    }
}

/// Whether prices hold the tax must be said where lines are taxed; Norma 10-07 wants them to.
fn check_indicator(
    header: &Element,
    root: &Element,
    setting: &Setting,
    lines: &[Line],
    findings: &mut Findings,
) {
    let stated = header.text_at("IdDoc/IndicadorMontoGravado");
    let is_wanted = matches!(setting.facts.number.kind, 31 | 32 | 34 | 41 | 45);
    let is_taxed = lines.iter().any(|line| matches!(line.indicator, 1 | 2));
    let mut adjustments = root.every("DescuentosORecargos/DescuentoORecargo");
    let is_norma =
        adjustments.any(|each| each.text_at("IndicadorNorma1007").as_deref() == Some("1"));
    let is_missing = stated.is_none() && is_wanted && is_taxed;
    if is_missing || (is_norma && stated.as_deref() != Some("1")) {
        let text = invalid("IndicadorMontoGravado", "IdDoc", "Encabezado");
        findings.rejects(TAX_INCLUDED_INDICATOR, text);
    }
}

/// A large consumer invoice, a note on one, and a special regime name their buyer. The buyer of an
/// export has a country, unless it has an RNC: the DGII's own test data has such exports without.
fn check_buyer(header: &Element, setting: &Setting, findings: &mut Findings) {
    let Facts { number, buyer_rnc, foreign_buyer, buyer, .. } = setting.facts;
    let is_named = buyer_rnc.is_some() || foreign_buyer.is_some();
    let is_large = is_large_consumer(setting.facts) || modifies_large_consumer(setting);
    if !is_named && (is_large || number.kind == 44) {
        findings.rejects(BUYER_MISSING, mandatory("RNCComprador", "Comprador", "Encabezado"));
    }
    if buyer.is_none() && is_large {
        findings.rejects(BUYER_NAME, mandatory("RazonSocialComprador", "Comprador", "Encabezado"));
    }
    if setting.is_buyer_unknown {
        findings.conditions(BUYER_UNKNOWN, invalid("RNCComprador", "Comprador", "Encabezado"));
    }
    let is_export_abroad = number.kind == 46 && buyer_rnc.is_none();
    if is_export_abroad && header.at("Comprador/PaisComprador").is_none() {
        findings.rejects(GENERIC, mandatory("PaisComprador", "Comprador", "Encabezado"));
    }
}

fn modifies_large_consumer(setting: &Setting) -> bool {
    let original = setting.original();
    original.is_some_and(|original| is_large_consumer(&original.facts))
}

/// A consumer invoice below the threshold goes as a summary; the whole one follows it in test and
/// certification alone. Sent here on its own it is refused (in our own words).
fn check_threshold(setting: &Setting, findings: &mut Findings) {
    let is_small =
        setting.facts.number.kind == 32 && setting.facts.total_amount < CONSUMER_THRESHOLD;
    if is_small && !setting.is_support {
        findings.rejects(
            GENERIC,
            "Las facturas de consumo menores a RD$250,000.00 deben ser enviadas como resumen (RFCE).",
        );
    }
}

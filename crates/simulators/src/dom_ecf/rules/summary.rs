//! Rules of a summary (RFCE), which has no lines.

use rust_decimal::Decimal;

use super::super::sequences::Grant;
use super::super::verdict::Findings;
use super::super::xml::Element;
use super::amounts::{agrees, amount, or_zero};
use super::codes::{GENERIC, SUMMARY_TOTAL, SUMMARY_UNAUTHORISED, invalid};
use super::{CONSUMER_THRESHOLD, Setting};

pub(super) fn check(root: &Element, setting: &Setting, findings: &mut Findings) {
    if setting.grant == Grant::Unauthorised {
        findings.conditions(SUMMARY_UNAUTHORISED, "Número de secuencia no autorizada.");
    }
    if setting.facts.number.kind != 32 {
        findings.rejects(GENERIC, invalid("eNCF", "IdDoc", "Encabezado"));
    }
    if setting.facts.total_amount >= CONSUMER_THRESHOLD {
        let text =
            "Las facturas de consumo de RD$250,000.00 o más no se envían como resumen (RFCE).";
        findings.rejects(GENERIC, text);
    }
    if setting.facts.issued_on > setting.today {
        findings.rejects(GENERIC, invalid("FechaEmision", "Emisor", "Encabezado"));
    }
    if let Some(totals) = root.at("Encabezado/Totales") {
        check_totals(totals, findings);
    }
}

/// The sums of what is stated, within a peso: how many lines there were is not known here.
fn check_totals(totals: &Element, findings: &mut Findings) {
    let part = |field: &str| or_zero(totals, field);
    let sum = part("MontoGravadoTotal")
        + part("MontoExento")
        + part("TotalITBIS")
        + part("MontoImpuestoAdicional");
    if !agrees(part("MontoTotal"), Some(sum), Decimal::ONE) {
        findings.conditions(SUMMARY_TOTAL, "El campo MontoTotal del área Totales no es correcto.");
    }
    for (total, parts) in [("MontoGravadoTotal", "MontoGravadoI"), ("TotalITBIS", "TotalITBIS")] {
        let sum: Decimal = (1..=3).filter_map(|k| amount(totals, &format!("{parts}{k}"))).sum();
        if !agrees(part(total), Some(sum), Decimal::ONE) {
            findings.conditions(GENERIC, invalid(total, "Totales", "Encabezado"));
        }
    }
}

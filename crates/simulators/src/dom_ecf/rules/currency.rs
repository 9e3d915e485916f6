//! Amounts in another currency: each is the peso amount divided by the exchange rate. What does not
//! agree is a condition; its code is not known.

use rust_decimal::Decimal;

use super::super::verdict::Findings;
use super::super::xml::Element;
use super::amounts::{agrees, amount, quotient};
use super::codes::{GENERIC, invalid, mandatory};

pub(super) fn check(root: &Element, tolerance: Decimal, findings: &mut Findings) {
    let Some(header) = root.child("Encabezado") else { return };
    let Some(other) = header.child("OtraMoneda") else { return };
    for field in ["TipoMoneda", "TipoCambio"] {
        if other.child(field).is_none() {
            findings.rejects(GENERIC, mandatory(field, AREA, "Encabezado"));
        }
    }
    let Some(rate) = amount(other, "TipoCambio").filter(|rate| !rate.is_zero()) else { return };
    for (field, pesos) in FIELDS {
        let Some(stated) = amount(other, field) else { continue };
        let pesos = amount(header, &format!("Totales/{pesos}"));
        if !agrees(stated, pesos.and_then(|pesos| quotient(pesos, rate)), tolerance) {
            findings.conditions(GENERIC, invalid(field, AREA, "Encabezado"));
        }
    }
}

const AREA: &str = "OtraMoneda";

/// Each amount in the other currency, and the one in pesos.
const FIELDS: [(&str, &str); 11] = [
    ("MontoGravadoTotalOtraMoneda", "MontoGravadoTotal"),
    ("MontoGravado1OtraMoneda", "MontoGravadoI1"),
    ("MontoGravado2OtraMoneda", "MontoGravadoI2"),
    ("MontoGravado3OtraMoneda", "MontoGravadoI3"),
    ("MontoExentoOtraMoneda", "MontoExento"),
    ("TotalITBISOtraMoneda", "TotalITBIS"),
    ("TotalITBIS1OtraMoneda", "TotalITBIS1"),
    ("TotalITBIS2OtraMoneda", "TotalITBIS2"),
    ("TotalITBIS3OtraMoneda", "TotalITBIS3"),
    ("MontoImpuestoAdicionalOtraMoneda", "MontoImpuestoAdicional"),
    ("MontoTotalOtraMoneda", "MontoTotal"),
];

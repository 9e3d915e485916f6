//! Amounts in another currency: each is the peso amount divided by the exchange rate. What does not
//! agree is a condition; its code is not known.

use rust_decimal::Decimal;

use super::super::verdict::Findings;
use super::super::xml::Element;
use super::amounts::{agrees, amount, quotient};
use super::codes::{GENERIC, invalid, invalid_adjustment, invalid_in_line, mandatory};
use super::totals::Totals;

/// What an area in another currency is held against.
#[derive(Clone, Copy, Debug)]
struct Worth<'a> {
    /// The area with the amounts in pesos.
    pesos: &'a Element,
    rate: Decimal,
    tolerance: Decimal,
}

pub(super) fn check(totals: &Totals, findings: &mut Findings) {
    let Some(other) = totals.root.at("Encabezado/OtraMoneda") else { return };
    for field in ["TipoMoneda", "TipoCambio"] {
        if other.child(field).is_none() {
            findings.rejects(GENERIC, mandatory(field, AREA, "Encabezado"));
        }
    }
    let Some(rate) = amount(other, "TipoCambio").filter(|rate| !rate.is_zero()) else { return };
    let worth = Worth { pesos: totals.stated, rate, tolerance: totals.tolerance };
    for field in worth.wrong(other, &FIELDS).chain(wrong_taxes(other, worth)) {
        findings.conditions(GENERIC, invalid(field, AREA, "Encabezado"));
    }
    check_lines(totals, rate, findings);
    check_adjustments(totals, rate, findings);
}

/// A line is right within a peso of that currency, and so is its price.
fn check_lines(totals: &Totals, rate: Decimal, findings: &mut Findings) {
    for line in totals.lines {
        let Some(other) = line.element.child("OtraMonedaDetalle") else { continue };
        let worth = Worth { pesos: line.element, rate, tolerance: Decimal::ONE };
        for field in worth.wrong(other, &OF_A_LINE) {
            findings.conditions(GENERIC, invalid_in_line(field, line.place));
        }
    }
}

fn check_adjustments(totals: &Totals, rate: Decimal, findings: &mut Findings) {
    for (at, adjustment) in totals.adjustments().enumerate() {
        let worth = Worth { pesos: adjustment, rate, tolerance: Decimal::ONE };
        for field in worth.wrong(adjustment, &OF_AN_ADJUSTMENT) {
            findings.conditions(GENERIC, invalid_adjustment(field, at + 1));
        }
    }
}

impl<'a> Worth<'a> {
    /// The fields of an area that are not what the amounts in pesos come to.
    fn wrong(
        self,
        area: &'a Element,
        fields: &'static [(&'static str, &'static str)],
    ) -> impl Iterator<Item = &'static str> + 'a {
        let is_wrong = move |(field, own): &&(&'static str, &'static str)| {
            amount(area, field).is_some_and(|stated| {
                let worth = amount(self.pesos, own).and_then(|pesos| quotient(pesos, self.rate));
                !agrees(stated, worth, self.tolerance)
            })
        };
        fields.iter().filter(is_wrong).map(|(field, _)| *field)
    }
}

/// Each additional tax is the one of the same code in pesos.
fn wrong_taxes<'a>(
    other: &'a Element,
    worth: Worth<'a>,
) -> impl Iterator<Item = &'static str> + 'a {
    let taxes = other.every("ImpuestosAdicionalesOtraMoneda/ImpuestoAdicionalOtraMoneda");
    taxes.flat_map(move |tax| {
        let code = tax.text_at("TipoImpuestoOtraMoneda");
        let mut of_pesos = worth.pesos.every("ImpuestosAdicionales/ImpuestoAdicional");
        let own = of_pesos.find(|each| code.is_some() && each.text_at("TipoImpuesto") == code);
        let unknown = own.is_none().then_some("TipoImpuestoOtraMoneda");
        let wrong = own.map(|pesos| Worth { pesos, ..worth }.wrong(tax, &OF_A_TAX));
        unknown.into_iter().chain(wrong.into_iter().flatten())
    })
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

const OF_A_TAX: [(&str, &str); 3] = [
    (
        "MontoImpuestoSelectivoConsumoEspecificoOtraMoneda",
        "MontoImpuestoSelectivoConsumoEspecifico",
    ),
    ("MontoImpuestoSelectivoConsumoAdvaloremOtraMoneda", "MontoImpuestoSelectivoConsumoAdvalorem"),
    ("OtrosImpuestosAdicionalesOtraMoneda", "OtrosImpuestosAdicionales"),
];

const OF_A_LINE: [(&str, &str); 4] = [
    ("PrecioOtraMoneda", "PrecioUnitarioItem"),
    ("DescuentoOtraMoneda", "DescuentoMonto"),
    ("RecargoOtraMoneda", "RecargoMonto"),
    ("MontoItemOtraMoneda", "MontoItem"),
];

const OF_AN_ADJUSTMENT: [(&str, &str); 1] =
    [("MontoDescuentooRecargoOtraMoneda", "MontoDescuentooRecargo")];

//! Additional taxes: the legal tip, telecommunications, insurance, plates (001 to 005), and the
//! selective taxes on alcohol and tobacco, specific (006 to 022) and ad valorem (023 to 039).

use rust_decimal::Decimal;

use super::super::verdict::Findings;
use super::super::xml::Element;
use super::amounts::{agrees, amount, cents, or_zero, percent, product, quotient, total, whole};
use super::codes::{GENERIC, invalid, invalid_in_line};
use super::line::Line;
use super::totals::Totals;

/// `ImpuestosAdicionales` of the totals.
#[derive(Clone, Debug)]
pub(super) struct Taxes {
    stated: Vec<Tax>,
    /// `MontoImpuestoAdicional`.
    total: Option<Decimal>,
}

/// One of them.
#[derive(Clone, Debug)]
struct Tax {
    code: u32,
    rate: Decimal,
    specific: Option<Decimal>,
    ad_valorem: Option<Decimal>,
    other: Option<Decimal>,
}

/// `UnidadMedida` 18: in bulk.
const BULK: u32 = 18;

/// The mark-up on goods in bulk, which have no retail price.
const BULK_MARGIN: Decimal = Decimal::from_parts(130, 0, 0, false, 2);

/// The general rate of ITBIS as a divisor.
const WITH_ITBIS: Decimal = Decimal::from_parts(118, 0, 0, false, 2);

impl Taxes {
    pub(super) fn of(totals: &Element) -> Self {
        let tax = |each: &Element| Tax {
            code: whole(each, "TipoImpuesto").unwrap_or_default(),
            rate: or_zero(each, "TasaImpuestoAdicional"),
            specific: amount(each, "MontoImpuestoSelectivoConsumoEspecifico"),
            ad_valorem: amount(each, "MontoImpuestoSelectivoConsumoAdvalorem"),
            other: amount(each, "OtrosImpuestosAdicionales"),
        };
        Self {
            stated: totals.every("ImpuestosAdicionales/ImpuestoAdicional").map(tax).collect(),
            total: amount(totals, "MontoImpuestoAdicional"),
        }
    }

    /// The selective taxes as stated: ITBIS stands on them.
    pub(super) fn selective(&self) -> Decimal {
        let selective = self.stated.iter().filter(|tax| (6..=39).contains(&tax.code));
        selective.map(Tax::amount).sum()
    }

    /// What the prices of Norma 10-07 hold beside ITBIS, in per cent.
    pub(super) fn rate_of_telecommunications(line: &Line) -> Decimal {
        line.taxes.iter().map(|code| fixed_rate(*code).unwrap_or_default()).sum()
    }

    pub(super) fn check(&self, totals: &Totals, findings: &mut Findings) {
        self.check_sum(totals, findings);
        self.check_lines(totals, findings);
        for tax in &self.stated {
            tax.check_rate(findings);
            let computed = match tax.code {
                1..=4 => on_lines(tax, totals),
                5 => plain(tax, totals),
                6..=22 => specific(tax, totals),
                _ => self.ad_valorem(tax, totals),
            };
            if !agrees(tax.amount(), computed, totals.tolerance) {
                let text =
                    format!("El monto del impuesto adicional {:03} no es correcto.", tax.code);
                findings.conditions(GENERIC, text);
            }
        }
    }

    fn check_sum(&self, totals: &Totals, findings: &mut Findings) {
        let sum: Decimal = self.stated.iter().map(Tax::amount).sum();
        if !agrees(self.total.unwrap_or_default(), Some(sum), totals.tolerance) {
            findings
                .conditions(GENERIC, invalid("MontoImpuestoAdicional", "Totales", "Encabezado"));
        }
    }

    /// A tax of a line stands in the totals, with the amount of its kind; goods in bulk have no
    /// specific tax.
    fn check_lines(&self, totals: &Totals, findings: &mut Findings) {
        for line in totals.lines {
            let is_bulk = whole(line.element, "UnidadMedida") == Some(BULK);
            for code in &line.taxes {
                let stated = self.stated.iter().find(|tax| tax.code == *code);
                let is_there = stated.is_some_and(|tax| tax.own_amount().is_some());
                let is_excused = is_bulk && (6..=22).contains(code);
                if !is_there && !is_excused {
                    findings.rejects(GENERIC, invalid_in_line("TipoImpuesto", line.place));
                }
            }
        }
    }

    fn ad_valorem(&self, tax: &Tax, totals: &Totals) -> Option<Decimal> {
        let own = totals.lines.iter().filter(|line| line.taxes.contains(&tax.code));
        total(own.map(|line| self.ad_valorem_of(tax, line)))
    }

    /// On the retail price without ITBIS, the specific tax and the tax itself; in bulk, on the price
    /// and a mark-up.
    fn ad_valorem_of(&self, tax: &Tax, line: &Line) -> Option<Decimal> {
        let rate = percent(tax.rate);
        if whole(line.element, "UnidadMedida") == Some(BULK) {
            return product(&[line.price, BULK_MARGIN, rate, line.quantity]);
        }
        let units = product(&[line.quantity, or_zero(line.element, "CantidadReferencia")])?;
        // The specific tax of the same drink or cigarette is seventeen codes before.
        let specific = self.stated.iter().find(|each| each.code + 17 == tax.code);
        let specific = match specific {
            Some(specific) => quotient(cents(specific_of(specific, line)?), units)?,
            None => Decimal::ZERO,
        };
        let retail = or_zero(line.element, "PrecioUnitarioReferencia");
        let base = quotient(quotient(retail, WITH_ITBIS)? - specific, Decimal::ONE + rate)?;
        product(&[base, rate, units])
    }
}

impl Tax {
    fn amount(&self) -> Decimal {
        [self.specific, self.ad_valorem, self.other].into_iter().flatten().sum()
    }

    /// The amount in the field that the code's kind has.
    fn own_amount(&self) -> Option<Decimal> {
        match self.code {
            1..=5 => self.other,
            6..=22 => self.specific,
            _ => self.ad_valorem,
        }
    }

    /// The rates of the specific taxes change every quarter: any is taken.
    fn check_rate(&self, findings: &mut Findings) {
        if fixed_rate(self.code).is_some_and(|rate| rate != self.rate) {
            let text = invalid("TasaImpuestoAdicional", "ImpuestosAdicionales", "Encabezado");
            findings.rejects(GENERIC, text);
        }
    }
}

/// 001 to 004: the lines without tax, after their share of the global adjustments.
fn on_lines(tax: &Tax, totals: &Totals) -> Option<Decimal> {
    let own = totals.lines.iter().filter(|line| line.taxes.contains(&tax.code));
    let bases = own.map(|line| {
        let net = totals.without_tax(line)?;
        let whole = totals.net(line.indicator)?;
        let adjusted = whole + totals.adjustment(line.indicator);
        if whole.is_zero() { Some(net) } else { product(&[net, quotient(adjusted, whole)?]) }
    });
    product(&[total(bases)?, percent(tax.rate)])
}

/// 006 to 022.
fn specific(tax: &Tax, totals: &Totals) -> Option<Decimal> {
    let own = totals.lines.iter().filter(|line| line.taxes.contains(&tax.code));
    total(own.map(|line| specific_of(tax, line)))
}

/// 005: the lines as they are.
fn plain(tax: &Tax, totals: &Totals) -> Option<Decimal> {
    let own = totals.lines.iter().filter(|line| line.taxes.contains(&tax.code));
    product(&[own.map(|line| line.amount).sum(), percent(tax.rate)])
}

/// Alcohol: by the litre of pure alcohol. Cigarettes: by the pack. Nothing in bulk.
fn specific_of(tax: &Tax, line: &Line) -> Option<Decimal> {
    if whole(line.element, "UnidadMedida") == Some(BULK) {
        return Some(Decimal::ZERO);
    }
    let reference = or_zero(line.element, "CantidadReferencia");
    if tax.code >= 19 {
        return product(&[line.quantity, reference, tax.rate]);
    }
    let degrees = percent(or_zero(line.element, "GradosAlcohol"));
    let parts = line.element.every("TablaSubcantidad/SubcantidadItem");
    let litres: Decimal = parts.map(|part| or_zero(part, "Subcantidad")).sum();
    product(&[tax.rate, degrees, reference, litres, line.quantity])
}

/// The rates that the law fixes, in per cent.
fn fixed_rate(code: u32) -> Option<Decimal> {
    let rate = match code {
        1 | 4 | 23..=35 => 10,
        2 => 2,
        3 => 16,
        5 => 17,
        36..=39 => 20,
        _ => return None,
    };
    Some(Decimal::from(rate))
}

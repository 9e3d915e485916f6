//! The totals: the breakdown by rate, the taxes, the sums.
//!
//! What is missing is a rejection; what does not add up within the tolerance (one peso a line) is a
//! condition.

use rust_decimal::Decimal;

use super::super::verdict::Findings;
use super::super::xml::Element;
use super::additional::Taxes;
use super::amounts::{agrees, amount, cents, or_zero, percent, product, quotient, total, whole};
use super::codes::{
    BREAKDOWN, EXEMPT, GENERIC, ITBIS_0, ITBIS_16, ITBIS_18, PERIOD, TAXED_SUM, TOTAL, invalid,
    invalid_adjustment,
};
use super::line::Line;

/// A document's lines and what its header says about all of them.
#[derive(Clone, Debug)]
pub(super) struct Totals<'a> {
    pub(super) root: &'a Element,
    pub(super) lines: &'a [Line<'a>],
    pub(super) stated: &'a Element,
    /// `IndicadorMontoGravado` is 1: prices hold the tax.
    pub(super) is_tax_included: bool,
    /// `IndicadorNorma1007` is 1: prices hold the ITBIS and the taxes of telecommunications, and
    /// the discount does not lower the base.
    pub(super) is_norma_1007: bool,
    /// One peso a line.
    pub(super) tolerance: Decimal,
}

/// A rate of ITBIS: its indicator, its per cent, the code for a wrong tax.
pub(super) const RATES: [(u32, Decimal, u32); 3] = [
    (1, Decimal::from_parts(18, 0, 0, false, 0), ITBIS_18),
    (2, Decimal::from_parts(16, 0, 0, false, 0), ITBIS_16),
    (3, Decimal::ZERO, ITBIS_0),
];

impl<'a> Totals<'a> {
    pub(super) fn of(root: &'a Element, lines: &'a [Line<'a>]) -> Option<Self> {
        let header = root.child("Encabezado")?;
        let adjustments = "DescuentosORecargos/DescuentoORecargo";
        let mut norma = root.every(adjustments).map(|each| whole(each, "IndicadorNorma1007"));
        Some(Self {
            root,
            lines,
            stated: header.child("Totales")?,
            is_tax_included: whole(header, "IdDoc/IndicadorMontoGravado") == Some(1),
            is_norma_1007: norma.any(|indicator| indicator == Some(1)),
            tolerance: Decimal::from(lines.len()),
        })
    }

    pub(super) fn check(&self, returns_itbis: bool, findings: &mut Findings) {
        let taxes = Taxes::of(self.stated);
        for (indicator, rate, code) in RATES {
            self.check_rate(indicator, returns_itbis, findings);
            self.check_taxed(indicator, findings);
            if returns_itbis {
                self.check_itbis(indicator, (rate, code), &taxes, findings);
            }
        }
        self.check_exempt(findings);
        self.check_sums(findings);
        taxes.check(self, findings);
        self.check_adjustments(findings);
        self.check_total(findings);
        self.check_balance(findings);
        self.check_retentions(findings);
    }

    /// Whoever uses a rate states its amount, its rate and its tax, 0.00 of 0 % included; whoever
    /// does not states none of them.
    fn check_rate(&self, indicator: u32, returns_itbis: bool, findings: &mut Findings) {
        let is_used = self.lines.iter().any(|line| line.indicator == indicator);
        let names: &[&str] = if returns_itbis {
            &["MontoGravadoI", "ITBIS", "TotalITBIS"]
        } else {
            &["MontoGravadoI"]
        };
        for name in names {
            let field = format!("{name}{indicator}");
            let stated = amount(self.stated, &field);
            let is_right = match stated {
                Some(amount) => is_used || amount.is_zero() || field.starts_with("ITBIS"),
                None => !is_used,
            };
            if !is_right {
                findings.rejects(BREAKDOWN, invalid(&field, "Totales", "Encabezado"));
            }
        }
        let rate = whole(self.stated, &format!("ITBIS{indicator}")).map(Decimal::from);
        if rate.is_some_and(|stated| {
            RATES.iter().all(|(k, rate, _)| *k != indicator || *rate != stated)
        }) {
            let field = format!("ITBIS{indicator}");
            findings.rejects(BREAKDOWN, invalid(&field, "Totales", "Encabezado"));
        }
    }

    fn check_taxed(&self, indicator: u32, findings: &mut Findings) {
        let field = format!("MontoGravadoI{indicator}");
        let Some(stated) = amount(self.stated, &field) else { return };
        if !agrees(stated, self.base(indicator), self.tolerance) {
            let text = format!(
                "El campo {field} del área Totales no coincide con la sumatoria de los ítems."
            );
            findings.conditions(TAXED_SUM, text);
        }
    }

    /// The tax on the stated amount; that of 18 % stands on the selective taxes, too.
    fn check_itbis(
        &self,
        indicator: u32,
        (rate, code): (Decimal, u32),
        taxes: &Taxes,
        findings: &mut Findings,
    ) {
        let field = format!("TotalITBIS{indicator}");
        let Some(stated) = amount(self.stated, &field) else { return };
        let selective = if indicator == 1 { taxes.selective() } else { Decimal::ZERO };
        let base = or_zero(self.stated, &format!("MontoGravadoI{indicator}")) + selective;
        if !agrees(stated, product(&[base, percent(rate)]), self.tolerance) {
            let text = format!(
                "El campo {field} del área Totales no coincide con el monto gravado por la tasa."
            );
            findings.conditions(code, text);
        }
    }

    fn check_exempt(&self, findings: &mut Findings) {
        let is_used = self.lines.iter().any(|line| line.indicator == 4);
        let stated = amount(self.stated, "MontoExento");
        let is_right = stated.map_or(!is_used, |amount| is_used || amount.is_zero());
        if !is_right {
            findings.rejects(EXEMPT, invalid("MontoExento", "Totales", "Encabezado"));
        }
        if stated.is_some_and(|stated| is_used && !agrees(stated, self.base(4), self.tolerance)) {
            let text =
                "El campo MontoExento del área Totales no coincide con la sumatoria de los ítems.";
            findings.conditions(TAXED_SUM, text);
        }
    }

    /// `MontoGravadoTotal` and `TotalITBIS` are sums of what is stated; they stand where a part does.
    fn check_sums(&self, findings: &mut Findings) {
        for (total, part) in [("MontoGravadoTotal", "MontoGravadoI"), ("TotalITBIS", "TotalITBIS")]
        {
            let parts = [1, 2, 3].map(|k| amount(self.stated, &format!("{part}{k}")));
            let sum: Decimal = parts.iter().flatten().sum();
            let is_any = parts.iter().any(Option::is_some);
            match amount(self.stated, total) {
                None if is_any => {
                    findings.rejects(BREAKDOWN, invalid(total, "Totales", "Encabezado"));
                }
                Some(stated) if !agrees(stated, Some(sum), self.tolerance) => {
                    let text = format!("El campo {total} del área Totales no es correcto.");
                    findings.conditions(TAXED_SUM, text);
                }
                Some(_) | None => {}
            }
        }
    }

    fn check_total(&self, findings: &mut Findings) {
        let part = |field: &str| or_zero(self.stated, field);
        let sum = part("MontoGravadoTotal")
            + part("MontoExento")
            + part("TotalITBIS")
            + part("MontoImpuestoAdicional");
        if !agrees(part("MontoTotal"), Some(sum), self.tolerance) {
            findings.conditions(TOTAL, "El campo MontoTotal del área Totales no es correcto.");
        }
    }

    /// A percentage is of the lines of its indicator, before any adjustment. Whether the tax that
    /// prices hold is in it the DGII does not say, and either is taken.
    fn check_adjustments(&self, findings: &mut Findings) {
        for (at, adjustment) in self.adjustments().enumerate() {
            let is_share = adjustment.text_at("TipoValor").as_deref() == Some("%");
            let rate = amount(adjustment, "ValorDescuentooRecargo").filter(|_| is_share);
            if rate.is_some_and(|rate| !self.is_share(adjustment, rate)) {
                let text = invalid_adjustment("MontoDescuentooRecargo", at + 1);
                findings.conditions(GENERIC, text);
            }
        }
    }

    fn is_share(&self, adjustment: &Element, rate: Decimal) -> bool {
        let own = || self.lines.iter().filter(|line| self.is_of(adjustment, line.indicator));
        let without_tax = total(own().map(|line| self.without_tax(line)));
        let as_stated = total(own().map(|line| Some(line.amount)));
        let stated = or_zero(adjustment, "MontoDescuentooRecargo");
        [without_tax, as_stated].into_iter().any(|base| {
            let share = base.and_then(|base| product(&[base, percent(rate)]));
            agrees(stated, share, self.tolerance)
        })
    }

    /// What is not billed, the amount of the period, and what is left to pay.
    fn check_balance(&self, findings: &mut Findings) {
        let part = |field: &str| or_zero(self.stated, field);
        let not_billed: Decimal =
            self.lines.iter().filter(|line| line.indicator == 0).map(|line| line.amount).sum();
        if !agrees(part("MontoNoFacturable").abs(), Some(not_billed), self.tolerance) {
            findings.conditions(GENERIC, invalid("MontoNoFacturable", "Totales", "Encabezado"));
        }
        let period = part("MontoTotal") + part("MontoNoFacturable");
        let stated = amount(self.stated, "MontoPeriodo");
        if stated.is_some_and(|stated| !agrees(stated, Some(period), self.tolerance)) {
            findings.conditions(PERIOD, "El campo MontoPeriodo del área Totales no es correcto.");
        }
        // The documents start from MontoTotal; whoever bills a period starts from MontoPeriodo.
        let settled = part("SaldoAnterior") - part("MontoAvancePago") - self.norma_discount();
        let is_right = |stated: Decimal| {
            [part("MontoTotal"), period]
                .iter()
                .any(|start| agrees(stated, Some(*start + settled), self.tolerance))
        };
        if amount(self.stated, "ValorPagar").is_some_and(|stated| !is_right(stated)) {
            findings.conditions(GENERIC, invalid("ValorPagar", "Totales", "Encabezado"));
        }
    }

    fn check_retentions(&self, findings: &mut Findings) {
        for (total, part) in [
            ("TotalITBISRetenido", "MontoITBISRetenido"),
            ("TotalISRRetencion", "MontoISRRetenido"),
        ] {
            let field = format!("Retencion/{part}");
            let sum: Decimal = self.lines.iter().map(|line| or_zero(line.element, &field)).sum();
            // Another's perceptions stand in fields of their own; and a header may state what no
            // line does, where lines need not.
            let is_perceived = |line: &Line| {
                whole(line.element, "Retencion/IndicadorAgenteRetencionoPercepcion") == Some(2)
            };
            let is_stated = |line: &Line| amount(line.element, &field).is_some();
            if self.lines.iter().any(is_perceived) || !self.lines.iter().any(is_stated) {
                continue;
            }
            if !agrees(or_zero(self.stated, total), Some(sum), self.tolerance) {
                findings.conditions(GENERIC, invalid(total, "Totales", "Encabezado"));
            }
        }
    }

    /// What the lines of an indicator add up to without tax, less the global discounts and more the
    /// global surcharges, which are never divided by the rate.
    pub(super) fn base(&self, indicator: u32) -> Option<Decimal> {
        Some(cents(self.net(indicator)? + self.adjustment(indicator)))
    }

    /// The same before the global adjustments.
    pub(super) fn net(&self, indicator: u32) -> Option<Decimal> {
        let lines = self.lines.iter().filter(|line| line.indicator == indicator);
        total(lines.map(|line| self.without_tax(line)))
    }

    /// A line's amount without the taxes that its price holds.
    pub(super) fn without_tax(&self, line: &Line) -> Option<Decimal> {
        if !self.is_tax_included {
            return Some(line.amount);
        }
        let rate = RATES.iter().find(|(indicator, ..)| *indicator == line.indicator);
        let mut held = rate.map_or(Decimal::ZERO, |(_, rate, _)| *rate);
        if self.is_norma_1007 {
            held += Taxes::rate_of_telecommunications(line);
        }
        quotient(line.amount, Decimal::ONE + percent(held))
    }

    pub(super) fn adjustments(&self) -> impl Iterator<Item = &'a Element> {
        self.root.every("DescuentosORecargos/DescuentoORecargo")
    }

    /// Whether an adjustment is on an indicator. One that names none is on the only one there is.
    fn is_of(&self, adjustment: &Element, indicator: u32) -> bool {
        let named = whole(adjustment, "IndicadorFacturacionDescuentooRecargo");
        let is_only = || self.lines.iter().all(|line| line.indicator == indicator);
        named.map_or_else(is_only, |named| named == indicator)
    }

    /// Global surcharges less global discounts on an indicator.
    pub(super) fn adjustment(&self, indicator: u32) -> Decimal {
        let own = self.adjustments().filter(|each| {
            self.is_of(each, indicator) && whole(each, "IndicadorNorma1007") != Some(1)
        });
        own.map(signed).sum()
    }

    /// The discounts of Norma 10-07, which lower only what is paid.
    fn norma_discount(&self) -> Decimal {
        let own = self.adjustments().filter(|each| whole(each, "IndicadorNorma1007") == Some(1));
        -own.map(signed).sum::<Decimal>()
    }
}

/// A surcharge, or a discount below zero.
fn signed(adjustment: &Element) -> Decimal {
    let amount = or_zero(adjustment, "MontoDescuentooRecargo");
    if adjustment.text_at("TipoAjuste").as_deref() == Some("D") { -amount } else { amount }
}

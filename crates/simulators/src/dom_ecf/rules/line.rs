//! The lines of a document, and the rules of one line.

use rust_decimal::Decimal;

use super::super::verdict::Findings;
use super::super::xml::Element;
use super::amounts::{agrees, amount, or_zero, percent, product, whole};
use super::codes::{
    GENERIC, ITBIS_RETAINED, ONLY_EXEMPT, ONLY_SERVICES, SUB_DISCOUNT, SUB_QUANTITY, SUB_SURCHARGE,
    invalid_in_line,
};

/// One `Item`.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub(super) element: &'a Element,
    /// Its place, from 1.
    pub(super) place: usize,
    /// `IndicadorFacturacion`: 0 not billed, 1 at 18 %, 2 at 16 %, 3 at 0 %, 4 exempt.
    pub(super) indicator: u32,
    pub(super) amount: Decimal,
    pub(super) quantity: Decimal,
    pub(super) price: Decimal,
    /// `TipoImpuesto`, as numbers.
    pub(super) taxes: Vec<u32>,
}

/// The rate of ISR on what is paid abroad, as a factor.
const RETAINED_ABROAD: Decimal = Decimal::from_parts(27, 0, 0, false, 2);

impl<'a> Line<'a> {
    pub(super) fn all(root: &'a Element) -> Vec<Self> {
        root.every("DetallesItems/Item")
            .enumerate()
            .map(|(at, item)| Self::of(item, at + 1))
            .collect()
    }

    fn of(element: &'a Element, place: usize) -> Self {
        let taxes = element.every("TablaImpuestoAdicional/ImpuestoAdicional");
        Self {
            element,
            place,
            indicator: whole(element, "IndicadorFacturacion").unwrap_or_default(),
            amount: or_zero(element, "MontoItem"),
            quantity: or_zero(element, "CantidadItem"),
            price: or_zero(element, "PrecioUnitarioItem"),
            taxes: taxes.filter_map(|tax| whole(tax, "TipoImpuesto")).collect(),
        }
    }

    /// Everything that one line can break.
    pub(super) fn check(&self, kind: u8, findings: &mut Findings) {
        self.check_place(findings);
        self.check_indicator(kind, findings);
        self.check_adjustments(findings);
        self.check_amount(findings);
        self.check_subquantities(findings);
        self.check_retention(kind, findings);
    }

    fn check_place(&self, findings: &mut Findings) {
        let number = whole(self.element, "NumeroLinea").and_then(|n| usize::try_from(n).ok());
        if number != Some(self.place) {
            findings.rejects(GENERIC, invalid_in_line("NumeroLinea", self.place));
        }
    }

    /// 43, 44 and 47 are exempt, 46 is at 0 %; 44 and 46 may hold lines that are not billed.
    fn check_indicator(&self, kind: u8, findings: &mut Findings) {
        let is_right = match kind {
            43 | 47 => self.indicator == 4,
            44 => matches!(self.indicator, 0 | 4),
            46 => matches!(self.indicator, 0 | 3),
            _ => true,
        };
        if !is_right {
            findings.rejects(ONLY_EXEMPT, invalid_in_line("IndicadorFacturacion", self.place));
        }
        if kind == 47 && whole(self.element, "IndicadorBienoServicio") != Some(2) {
            findings.rejects(ONLY_SERVICES, invalid_in_line("IndicadorBienoServicio", self.place));
        }
    }

    /// The parts of a discount or a surcharge add up to it.
    fn check_adjustments(&self, findings: &mut Findings) {
        for (total, parts, part, code) in [
            ("DescuentoMonto", "TablaSubDescuento/SubDescuento", "MontoSubDescuento", SUB_DISCOUNT),
            ("RecargoMonto", "TablaSubRecargo/SubRecargo", "MontoSubRecargo", SUB_SURCHARGE),
        ] {
            let sum = self.element.every(parts).map(|each| or_zero(each, part)).sum();
            let stated = or_zero(self.element, total);
            if !agrees(stated, Some(sum), Decimal::ONE) {
                findings.rejects(code, invalid_in_line(total, self.place));
            }
            let percentage = part.replacen("Monto", "", 1) + "Porcentaje";
            let is_right = |each: &Element| self.is_share(each, &percentage, part);
            if !self.element.every(parts).all(is_right) {
                findings.rejects(code, invalid_in_line(part, self.place));
            }
        }
    }

    /// A percentage is of the price times the quantity.
    fn is_share(&self, part: &Element, percentage: &str, field: &str) -> bool {
        let Some(rate) = amount(part, percentage) else { return true };
        let share = product(&[self.price, self.quantity, percent(rate)]);
        agrees(or_zero(part, field), share, Decimal::ONE)
    }

    /// `MontoItem` = price × quantity − discount + surcharge, rounded once; outside the tolerance of
    /// one peso a condition, whose code is not known.
    fn check_amount(&self, findings: &mut Findings) {
        let discount = or_zero(self.element, "DescuentoMonto");
        let surcharge = or_zero(self.element, "RecargoMonto");
        let gross = product(&[self.price, self.quantity]);
        let computed = gross.and_then(|gross| gross.checked_sub(discount)?.checked_add(surcharge));
        // A note that corrects a text may carry a price of nothing (CodigoModificacion 2).
        if !agrees(self.amount, computed, Decimal::ONE) {
            findings.conditions(GENERIC, invalid_in_line("MontoItem", self.place));
        }
    }

    fn check_subquantities(&self, findings: &mut Findings) {
        let pairs = self.element.every("TablaSubcantidad/SubcantidadItem");
        let is_pair = |pair: &Element| {
            pair.child("Subcantidad").is_some() == pair.child("CodigoSubcantidad").is_some()
        };
        if !pairs.into_iter().all(is_pair) {
            findings.rejects(SUB_QUANTITY, invalid_in_line("TablaSubcantidad", self.place));
        }
    }

    fn check_retention(&self, kind: u8, findings: &mut Findings) {
        match kind {
            41 => self.check_purchase(findings),
            47 => self.check_abroad(findings),
            _ => {}
        }
    }

    fn retained(&self, field: &str) -> Option<Decimal> {
        amount(self.element, &format!("Retencion/{field}"))
    }

    /// A purchase from a person retains ITBIS, ISR or both; that of ITBIS is stated of an exempt line
    /// that retains, though it is nothing.
    fn check_purchase(&self, findings: &mut Findings) {
        let itbis = self.retained("MontoITBISRetenido");
        let retains = whole(self.element, "Retencion/IndicadorAgenteRetencionoPercepcion");
        let is_exempt = self.indicator == 4 && retains == Some(1);
        if itbis.is_none() && (is_exempt || self.retained("MontoISRRetenido").is_none()) {
            findings.rejects(ITBIS_RETAINED, invalid_in_line("MontoITBISRetenido", self.place));
        }
    }

    /// A payment abroad retains 27 % of ISR. Less is taken, since treaties lower it; nothing is not,
    /// nor is more than the rate.
    fn check_abroad(&self, findings: &mut Findings) {
        let text = || invalid_in_line("MontoISRRetenido", self.place);
        let due = product(&[self.amount, RETAINED_ABROAD]).unwrap_or(Decimal::MAX);
        let retained = self.retained("MontoISRRetenido").unwrap_or_default();
        if retained.is_zero() && due > Decimal::ONE {
            findings.rejects(GENERIC, text());
        }
        if retained > due && retained - due > Decimal::ONE {
            findings.conditions(GENERIC, text());
        }
    }
}

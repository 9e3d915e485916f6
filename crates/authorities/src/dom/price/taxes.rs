//! Taxes besides the ITBIS: which a line bears, and at what rate.

use invoice::{Amount, Fault, Percent, rule};

use super::exact::Exact;
use super::excise::Measures;
use super::{Pricing, rules};
use crate::dom::ecf::codes::{AdditionalTax, TaxKind, additional_tax};
use crate::dom::ecf::document::DocumentType;
use crate::dom::ecf::schema::{Duty, Kind, duty};
use crate::dom::regime::{Billing, ExciseRates, excise_on};
use crate::dom::section::Tax;

/// A tax of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineTax {
    pub tax: &'static AdditionalTax,
    /// Percent, or pesos by the unit that it is reckoned on.
    pub rate: Percent,
    /// A selective tax's amount; the others are reckoned on the sums.
    pub excise: Option<Exact>,
}

impl Pricing<'_> {
    /// The taxes that a line names, with their rates.
    pub(super) fn line_taxes(&mut self, measures: &Measures<'_>) -> Option<Vec<LineTax>> {
        let asked = &measures.asked.taxes;
        let mut taxes: Vec<LineTax> = Vec::with_capacity(asked.len());
        let before = self.faults.len();
        for (index, asked) in asked.iter().enumerate() {
            let pointer = format!("/lines/{}/do/taxes/{index}", measures.place);
            let Some(tax) = self.known_tax(&pointer, asked, measures.billing) else { continue };
            if taxes.iter().any(|earlier| earlier.tax.code == tax.code) {
                self.note(Fault::new(rules::TAX_TWICE, pointer).with("code", tax.code));
                continue;
            }
            if let Some(rate) = self.rate(&pointer, tax, asked) {
                taxes.push(LineTax { tax, rate, excise: None });
            }
        }
        let known = taxes.clone();
        for tax in &mut taxes {
            tax.excise = self.excise(measures, tax, &known);
        }
        (self.faults.len() == before).then_some(taxes)
    }

    fn known_tax(
        &mut self,
        pointer: &str,
        asked: &Tax,
        billing: Billing,
    ) -> Option<&'static AdditionalTax> {
        let code = asked.code.as_deref().unwrap_or_default();
        let Some(tax) = additional_tax(code) else {
            let fault = Fault::new(rules::UNKNOWN_TAX, format!("{pointer}/code"));
            self.note(fault.with("value", code));
            return None;
        };
        let is_forbidden = duty(Kind::Ecf(self.document_type), TAXES) == Duty::Forbidden
            || (self.document_type == DocumentType::SpecialRegime && tax.kind.is_in_itbis_base());
        if is_forbidden {
            let fault = Fault::new(rules::TAX_NOT_FOR_TYPE, format!("{pointer}/code"));
            self.note(fault.with("code", code));
            return None;
        }
        // The format adds every selective tax to the base of 18 %, whatever its line (Formato e-CF,
        // `TotalITBIS1`): on a line of another group it would be taxed at a rate that is not the
        // line's, or at none.
        if tax.kind.is_in_itbis_base() && billing != Billing::Itbis18 {
            let fault = Fault::new(rules::EXCISE_GROUP, format!("{pointer}/code"));
            self.note(fault.with("code", code));
            return None;
        }
        Some(tax)
    }

    fn rate(&mut self, pointer: &str, tax: &AdditionalTax, asked: &Tax) -> Option<Percent> {
        match (self.rate_in_force(tax), asked.rate, is_specific(tax.kind)) {
            (Some(rate), None, _) => Some(rate),
            (_, Some(stated), true) if stated.is_positive() => Some(stated),
            (_, Some(_), true) => {
                self.note_at(rule::NOT_POSITIVE, format!("{pointer}/rate"));
                None
            }
            (Some(rate), Some(_), false) => {
                let fault = Fault::new(rules::TAX_RATE_FIXED, format!("{pointer}/rate"));
                self.note(fault.with("code", tax.code).with("rate", rate.to_short_string()));
                None
            }
            (None, _, _) => {
                let fault = Fault::new(rules::TAX_RATE_UNKNOWN, format!("{pointer}/rate"));
                self.note(fault.with("code", tax.code).with("date", self.issued_on));
                None
            }
        }
    }

    /// A percentage of the law, or what the quarter of the document says.
    pub(super) fn rate_in_force(&self, tax: &AdditionalTax) -> Option<Percent> {
        let published = || excise_on(self.issued_on, &self.terms.excise_rates);
        match tax.kind {
            TaxKind::SpecificAlcohol => published().map(|rates| rates.alcohol),
            TaxKind::SpecificCigarettes => published().map(|rates| by_pack(tax, &rates)),
            TaxKind::OfAmount
            | TaxKind::FirstPlate
            | TaxKind::AdValoremAlcohol
            | TaxKind::AdValoremCigarettes => tax.figure_on(self.issued_on),
        }
    }
}

pub(super) const fn is_specific(kind: TaxKind) -> bool {
    matches!(kind, TaxKind::SpecificAlcohol | TaxKind::SpecificCigarettes)
}

/// Codes 019 and 020 are packs of twenty, 021 and 022 packs of ten.
fn by_pack(tax: &AdditionalTax, rates: &ExciseRates) -> Amount {
    match tax.code {
        "019" | "020" => rates.pack_of_20,
        _ => rates.pack_of_10,
    }
}

/// Where a line names its taxes.
const TAXES: &str = "DetallesItems/Item/TablaImpuestoAdicional";

//! Draft lines to the document's lines.

use invoice::{DraftLine, Fault, Price, PriceMode, divide_half_up, rule};

use super::entry::Entry;
use super::{Noted, Pricing, rules};
use crate::dom::ecf::document::DocumentType;
use crate::dom::regime::{Billing, regime, unit_code};
use crate::dom::section::Line;

/// A line of the draft as one of the document's: a construction service is two of these.
#[derive(Clone, Copy)]
pub(super) struct Share<'a> {
    /// The line of the draft, from 0.
    pub place: usize,
    pub line: &'a DraftLine,
    pub asked: &'a Line,
    pub billing: Billing,
    pub unit_price: Price,
    /// The code of the unit in which it is counted.
    pub unit: Option<&'static str>,
}

impl Pricing<'_> {
    /// All lines, or nothing where one has a fault that keeps it from being priced.
    pub(super) fn lines(&mut self) -> Option<Vec<Entry>> {
        let asked = std::mem::take(&mut self.asked.lines);
        let mut entries = Vec::with_capacity(self.draft.lines.len());
        let mut is_priced = true;
        for (place, (line, asked)) in self.draft.lines.iter().zip(&asked).enumerate() {
            for share in self.shares(place, line, asked) {
                match share.and_then(|share| self.entry(&share)) {
                    Some(entry) => entries.push(entry),
                    None => is_priced = false,
                }
            }
        }
        self.asked.lines = asked;
        is_priced.then_some(entries)
    }

    fn shares<'a>(
        &mut self,
        place: usize,
        line: &'a DraftLine,
        asked: &'a Line,
    ) -> Vec<Option<Share<'a>>> {
        let billing = self.billing(place, line);
        let kind = self.line_kind(place, line);
        let unit = self.unit(place, line);
        let numbers = self.line_numbers(place, line);
        let (Some(billing), Some(()), Ok(unit), Some(())) = (billing, kind, unit, numbers) else {
            return vec![None];
        };
        let unit_price = line.unit_price;
        let whole = Share { place, line, asked, billing, unit_price, unit };
        if asked.norm_07_07 { self.construction(whole) } else { vec![Some(whole)] }
    }

    /// Of a construction service nine tenths are exempt and one is taxed (Norma General 07-07).
    fn construction<'a>(&mut self, whole: Share<'a>) -> Vec<Option<Share<'a>>> {
        let asked = whole.asked;
        let is_plain = asked.taxes.is_empty()
            && asked.discounts.is_empty()
            && asked.surcharges.is_empty()
            && asked.withholding.is_none()
            && whole.line.discount.is_none();
        if whole.billing != Billing::Itbis18 || !is_plain {
            self.note_at(rules::NORM_07_07_GROUP, format!("/lines/{}/do/norm_07_07", whole.place));
            return vec![None];
        }
        let included = self.draft.price_mode == PriceMode::TaxIncluded;
        // With ITBIS on a tenth, a price of 101.8 holds 90 that are exempt.
        let of = if included { 1_018 } else { 1_000 };
        let units = divide_half_up(whole.unit_price.units() * 900, of);
        let exempt = Price::from_units(units);
        let taxed = Price::from_units(whole.unit_price.units() - units);
        vec![
            Some(Share { billing: Billing::Exempt, unit_price: exempt, ..whole }),
            Some(Share { unit_price: taxed, ..whole }),
        ]
    }

    fn billing(&mut self, place: usize, line: &DraftLine) -> Option<Billing> {
        let pointer = || format!("/lines/{place}/tax_group");
        let Some(billing) = Billing::parse(&line.tax_group) else {
            let groups = Billing::ALL.map(Billing::group).join(", ");
            self.note_unknown(pointer(), &line.tax_group, &groups);
            return None;
        };
        let group = regime().tax_group(billing.group());
        if group.is_some_and(|group| group.rate_on(self.issued_on).is_none()) {
            let fault = Fault::new(rule::GROUP_NOT_IN_FORCE, pointer());
            self.note(fault.with("group", billing.group()).with("date", self.issued_on));
            return None;
        }
        let allowed = groups_of(self.document_type);
        if !allowed.contains(&billing) {
            let groups: Vec<_> = allowed.iter().map(|billing| billing.group()).collect();
            let fault = Fault::new(rules::GROUP_NOT_FOR_TYPE, pointer());
            let fault = fault.with("kind", &self.draft.kind);
            self.note(fault.with("allowed", groups.join(", ")));
            return None;
        }
        Some(billing)
    }

    fn line_kind(&mut self, place: usize, line: &DraftLine) -> Option<()> {
        let pointer = || format!("/lines/{place}/kind");
        let is_service = match line.kind.as_str() {
            "goods" => false,
            "service" => true,
            other => {
                self.note_unknown(pointer(), other, "goods, service");
                return None;
            }
        };
        if self.document_type == DocumentType::ForeignPayment && !is_service {
            self.note_at(rules::SERVICES_ONLY, pointer());
        }
        Some(())
    }

    fn unit(&mut self, place: usize, line: &DraftLine) -> Result<Option<&'static str>, Noted> {
        let Some(written) = &line.unit else { return Ok(None) };
        let code = unit_code(written);
        if code.is_none() {
            let fault = Fault::new(rules::UNKNOWN_UNIT, format!("/lines/{place}/unit"));
            self.note(fault.with("value", written));
        }
        code.map(Some).ok_or(Noted)
    }

    fn line_numbers(&mut self, place: usize, line: &DraftLine) -> Option<()> {
        let before = self.faults.len();
        let regime = regime();
        let quantity_max = regime.quantity_decimals_max;
        if line.specific_tax.is_some() {
            self.note_at(rules::SPECIFIC_TAX_BY_CODE, format!("/lines/{place}/specific_tax"));
        }
        if !line.quantity.is_positive() {
            self.note_at(rule::NOT_POSITIVE, format!("/lines/{place}/quantity"));
        } else if !line.quantity.fits_decimals(quantity_max) {
            let fault = Fault::new(rule::TOO_MANY_DECIMALS, format!("/lines/{place}/quantity"));
            self.note(fault.with("maximum", quantity_max));
        }
        // What is given for free, and the line of a text correction, cost nothing.
        if line.unit_price < Price::ZERO {
            self.note_at(rules::NEGATIVE, format!("/lines/{place}/unit_price"));
        }
        let discount = line.discount.as_ref();
        if discount.is_some_and(|discount| discount.original_price <= line.unit_price) {
            let pointer = format!("/lines/{place}/discount/original_price");
            self.note_at(rule::DISCOUNT_NOT_LOWER, pointer);
        }
        (self.faults.len() == before).then_some(())
    }
}

/// What the types take (Formato e-CF, `IndicadorFacturacion` and the groups' totals).
const fn groups_of(document_type: DocumentType) -> &'static [Billing] {
    match document_type {
        DocumentType::FiscalCredit
        | DocumentType::Consumer
        | DocumentType::DebitNote
        | DocumentType::CreditNote
        | DocumentType::Government => &Billing::ALL,
        DocumentType::Purchase => {
            &[Billing::Itbis18, Billing::Itbis16, Billing::Itbis0, Billing::Exempt]
        }
        DocumentType::SpecialRegime => &[Billing::Exempt, Billing::NonBillable],
        DocumentType::Export => &[Billing::Itbis0, Billing::NonBillable],
        DocumentType::PettyExpense | DocumentType::ForeignPayment => &[Billing::Exempt],
    }
}

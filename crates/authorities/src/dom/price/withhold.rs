//! What is kept back of a line, or charged ahead (Formato e-CF, `Retencion`).

use invoice::{Fault, Percent, Price};

use super::exact::Exact;
use super::{Noted, Pricing, rules};
use crate::dom::ecf::document::DocumentType;
use crate::dom::ecf::schema::{Duty, Kind, duty};
use crate::dom::regime::Billing;
use crate::dom::section::{Withholding, WithholdingKind};

/// What is kept back of one line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Withheld {
    pub kind: WithholdingKind,
    pub itbis: Option<Exact>,
    pub income_tax: Option<Exact>,
}

/// Where a line says what is kept back.
const WITHHOLDING: &str = "DetallesItems/Item/Retencion";
/// Of services from abroad (Código Tributario, artículo 305: the rate of artículo 297).
const ABROAD: Percent = Percent::from_units(27_00);

impl Pricing<'_> {
    /// `net` is the line without ITBIS.
    pub(super) fn withheld(
        &mut self,
        (place, billing): (usize, Billing),
        asked: Option<&Withholding>,
        (net, itbis): (Exact, Exact),
    ) -> Result<Option<Withheld>, Noted> {
        let Some(asked) = asked else { return self.withheld_by_default(place, net) };
        let pointer = format!("/lines/{place}/do/withholding");
        if duty(Kind::Ecf(self.document_type), WITHHOLDING) == Duty::Forbidden {
            self.note_at(rules::WITHHOLDING_NOT_FOR_TYPE, pointer);
            return Err(Noted);
        }
        let of_itbis = (asked.itbis, asked.itbis_percent);
        let of_itbis = self.part(&format!("{pointer}/itbis"), of_itbis, itbis);
        let of_income = (asked.income_tax, asked.income_tax_percent);
        let of_income = self.part(&format!("{pointer}/income_tax"), of_income, net);
        let (itbis, income_tax) = (of_itbis?, of_income?);
        let kind = asked.kind.unwrap_or(WithholdingKind::Withholding);
        // An exempt line of which something is kept back keeps no ITBIS, and says so (code 260);
        // of any other line the format wants one of the two.
        let is_exempt = billing == Billing::Exempt && kind == WithholdingKind::Withholding;
        let itbis = match (self.document_type, itbis, income_tax) {
            (DocumentType::Purchase, None, None) => Some(Exact::ZERO),
            (DocumentType::Purchase, None, Some(_)) if is_exempt => Some(Exact::ZERO),
            _ => itbis,
        };
        if self.document_type == DocumentType::ForeignPayment {
            self.kept_abroad(&format!("{pointer}/income_tax"), net, income_tax)?;
        }
        Ok(Some(Withheld { kind, itbis, income_tax }))
    }

    /// Something is kept back of what is paid abroad, and no more than the law's rate: a treaty may
    /// lower it, to nothing never.
    fn kept_abroad(&mut self, pointer: &str, net: Exact, kept: Option<Exact>) -> Result<(), Noted> {
        let most = net.times(Exact::percent(ABROAD)).and_then(Exact::amount).unwrap_or_default();
        let kept = kept.and_then(Exact::amount).unwrap_or_default();
        if kept <= most && (kept.is_positive() || most.is_zero()) {
            return Ok(());
        }
        self.note(Fault::new(rules::WITHHOLDING_ABROAD, pointer).with("maximum", most));
        Err(Noted)
    }

    fn withheld_by_default(&mut self, place: usize, net: Exact) -> Result<Option<Withheld>, Noted> {
        match self.document_type {
            DocumentType::Purchase => {
                let pointer = format!("/lines/{place}/do/withholding");
                self.note_at(rules::WITHHOLDING_MISSING, pointer);
                Err(Noted)
            }
            DocumentType::ForeignPayment => {
                let pointer = format!("/lines/{place}");
                let income_tax = self.part(&pointer, (None, Some(ABROAD)), net)?;
                let kind = WithholdingKind::Withholding;
                Ok(Some(Withheld { kind, itbis: None, income_tax }))
            }
            DocumentType::FiscalCredit
            | DocumentType::Consumer
            | DocumentType::DebitNote
            | DocumentType::CreditNote
            | DocumentType::PettyExpense
            | DocumentType::SpecialRegime
            | DocumentType::Government
            | DocumentType::Export => Ok(None),
        }
    }

    /// An amount as it stands, or a percentage of a base; nothing where neither is given.
    fn part(
        &mut self,
        pointer: &str,
        (amount, percent): (Option<Price>, Option<Percent>),
        base: Exact,
    ) -> Result<Option<Exact>, Noted> {
        let part = match (amount, percent) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                self.note_at(rules::AMOUNT_OR_PERCENT, pointer);
                return Err(Noted);
            }
            (Some(amount), None) => Some(Exact::of(amount)),
            (None, Some(percent)) => base.times(Exact::percent(percent)),
        };
        match part.filter(|part| part.amount().is_some()) {
            Some(part) if part.is_negative() => self.note_at(rules::NEGATIVE, pointer),
            Some(part) => return Ok(Some(part)),
            None => self.note_too_large(pointer),
        }
        Err(Noted)
    }
}

//! What a line comes to: price times quantity, less discounts, plus surcharges, and without ITBIS.

use invoice::{Amount, Fault, Percent, Price, PriceMode, Quantity};

use super::entry::Entry;
use super::exact::Exact;
use super::excise::Measures;
use super::lines::Share;
use super::taxes::LineTax;
use super::{Pricing, rules};
use crate::dom::ecf::codes::TaxKind;
use crate::dom::regime::Billing;
use crate::dom::section::Change;

/// The discounts and surcharges of a line, and their sums.
struct Changes {
    discounts: Vec<Amount>,
    surcharges: Vec<Amount>,
    discount: Amount,
    surcharge: Amount,
}

impl Pricing<'_> {
    /// A line, priced; nothing where a fault keeps it from being so.
    pub(super) fn entry(&mut self, share: &Share<'_>) -> Option<Entry> {
        let Share { place, line, asked, billing, unit_price, unit } = *share;
        let stated_price = stated_price(share);
        let quantity = line.quantity;
        let whole = self.whole(share)?;
        let changes = self.changes_of(share, whole);
        let measures = Measures { place, asked, quantity, price: stated_price, unit };
        let taxes = self.line_taxes(&measures);
        let (Changes { discounts, surcharges, discount, surcharge }, taxes) = (changes?, taxes?);
        let amount = self.line_amount(place, whole, (discount, surcharge))?;
        let net = self.net(amount, billing, &taxes)?;
        let mut entry = Entry {
            place,
            billing,
            quantity,
            unit_price,
            stated_price,
            discounts,
            surcharges,
            discount,
            surcharge,
            amount,
            net,
            taxes,
            itbis: Exact::ZERO,
            withheld: None,
            asked: asked.clone(),
        };
        entry.itbis = self.line_itbis(&entry)?;
        entry.withheld =
            self.withheld(place, asked.withholding.as_deref(), (net, entry.itbis)).ok()?;
        Some(entry)
    }

    /// Price times quantity, before anything is taken off.
    fn whole(&mut self, share: &Share<'_>) -> Option<Exact> {
        let whole = Exact::of(stated_price(share)).times(Exact::of(share.line.quantity));
        let whole = whole.filter(|whole| whole.amount().is_some());
        if whole.is_none() {
            self.note_too_large(format!("/lines/{}", share.place));
        }
        whole
    }

    fn changes_of(&mut self, share: &Share<'_>, whole: Exact) -> Option<Changes> {
        let Share { place, line, asked, unit_price, .. } = *share;
        let discounts = self.changes((place, "discounts"), &asked.discounts, whole);
        let surcharges = self.changes((place, "surcharges"), &asked.surcharges, whole);
        let (mut discounts, surcharges) = (discounts?, surcharges?);
        let original = line.discount.as_ref().map(|discount| discount.original_price);
        let lowered = original.and_then(|price| lowered(price, unit_price, line.quantity));
        discounts.splice(0..0, lowered);
        let sums = sum(&discounts).zip(sum(&surcharges));
        if sums.is_none() {
            self.note_too_large(format!("/lines/{place}"));
        }
        let (discount, surcharge) = sums?;
        Some(Changes { discounts, surcharges, discount, surcharge })
    }

    /// Amounts of discounts or surcharges. A percentage is one of price times quantity (Formato
    /// e-CF, `MontoSubDescuento`).
    fn changes(
        &mut self,
        (place, list): (usize, &str),
        changes: &[Change],
        whole: Exact,
    ) -> Option<Vec<Amount>> {
        let mut amounts = Some(Vec::with_capacity(changes.len() + 1));
        for (index, change) in changes.iter().enumerate() {
            let pointer = format!("/lines/{place}/do/{list}/{index}");
            let amount = self.change(&pointer, change, whole);
            amounts = amounts.zip(amount).map(|(mut amounts, amount)| {
                amounts.push(amount);
                amounts
            });
        }
        amounts
    }

    fn change(&mut self, pointer: &str, change: &Change, whole: Exact) -> Option<Amount> {
        self.amount_or_part(pointer, (change.amount, change.percent), whole)
    }

    /// What is stated either as an amount or as a percentage of a whole, and is not below zero.
    pub(super) fn amount_or_part(
        &mut self,
        pointer: &str,
        stated: (Option<Amount>, Option<Percent>),
        whole: Exact,
    ) -> Option<Amount> {
        let amount = match stated {
            (Some(amount), None) => Some(amount),
            (None, Some(percent)) => whole.times(Exact::percent(percent)).and_then(Exact::amount),
            (None, None) | (Some(_), Some(_)) => {
                self.note_at(rules::AMOUNT_OR_PERCENT, pointer);
                return None;
            }
        };
        match amount {
            None => self.note_too_large(pointer),
            Some(amount) if amount < Amount::ZERO => self.note_at(rules::NEGATIVE, pointer),
            Some(_) => {}
        }
        amount.filter(|amount| *amount >= Amount::ZERO)
    }

    /// Price × quantity − discounts + surcharges, rounded once.
    fn line_amount(
        &mut self,
        place: usize,
        whole: Exact,
        (discount, surcharge): (Amount, Amount),
    ) -> Option<Amount> {
        let changed = whole
            .minus(Exact::of(discount))
            .and_then(|left| left.plus(Exact::of(surcharge)))
            .filter(|changed| changed.amount().is_some());
        let Some(changed) = changed else {
            self.note_too_large(format!("/lines/{place}"));
            return None;
        };
        if changed.is_negative() {
            let limit = whole.plus(Exact::of(surcharge)).and_then(Exact::amount);
            let fault = Fault::new(rules::DISCOUNT_EXCEEDS, format!("/lines/{place}/do/discounts"));
            self.note(fault.with("limit", limit.unwrap_or_default()));
            return None;
        }
        changed.amount()
    }

    /// The line without the ITBIS that its price includes; under rule 10-07, without the taxes on
    /// telephony either, which that price includes too.
    fn net(&mut self, amount: Amount, billing: Billing, taxes: &[LineTax]) -> Option<Exact> {
        let amount = Exact::of(amount);
        if self.draft.price_mode == PriceMode::TaxExcluded {
            return Some(amount);
        }
        let mut whole = Exact::ONE.plus(Exact::percent(billing.rate()))?;
        if self.is_norm_10_07() {
            for tax in taxes.iter().filter(|tax| is_telephony(tax)) {
                whole = whole.plus(Exact::percent(tax.rate))?;
            }
        }
        amount.over(whole)
    }

    /// ITBIS of the line alone: none of a late credit note, whose total is the base.
    fn line_itbis(&mut self, entry: &Entry) -> Option<Exact> {
        if self.is_late() {
            return Some(Exact::ZERO);
        }
        let rate = Exact::percent(entry.billing.rate());
        let base = entry.excise().and_then(|excise| entry.net.plus(excise));
        let itbis = base.and_then(|base| base.times(rate));
        let itbis = itbis.filter(|itbis| itbis.amount().is_some());
        if itbis.is_none() {
            self.note_too_large(format!("/lines/{}", entry.place));
        }
        itbis
    }
}

/// What a unit is said to cost: before it was lowered, where it was.
fn stated_price(share: &Share<'_>) -> Price {
    let discount = share.line.discount.as_ref();
    discount.map_or(share.unit_price, |discount| discount.original_price)
}

/// Codes 002 and 004: what rule 10-07 is about.
pub(super) fn is_telephony(tax: &LineTax) -> bool {
    tax.tax.kind == TaxKind::OfAmount && matches!(tax.tax.code, "002" | "004")
}

/// What a lowered price takes off.
fn lowered(original: Price, price: Price, quantity: Quantity) -> Option<Amount> {
    invoice::multiply_half_up(original.checked_sub(price)?, quantity)
}

fn sum(amounts: &[Amount]) -> Option<Amount> {
    amounts.iter().copied().try_fold(Amount::ZERO, Amount::checked_add)
}

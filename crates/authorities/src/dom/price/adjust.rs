//! Discounts and surcharges on a tax group (Formato e-CF, `DescuentosORecargos`).

use invoice::{Amount, Fault, PriceMode};

use super::amounts::is_telephony;
use super::entry::Entry;
use super::exact::Exact;
use super::{Pricing, rules};
use crate::dom::regime::Billing;
use crate::dom::section::{Adjustment, AdjustmentKind};

/// What adjustments make of the groups.
#[derive(Clone, Debug)]
pub(super) struct Adjusted {
    /// Of each adjustment, in the draft's order.
    pub amounts: Vec<Amount>,
    /// What remains of each group, as a share of what its lines are, by [`Billing::ALL`].
    pub factors: [Exact; Billing::ALL.len()],
    /// What is given under rule 10-07: it lowers what is paid and nothing else.
    pub norm_10_07: Amount,
    /// What adjustments took off in all.
    pub discount: Amount,
}

impl Pricing<'_> {
    pub(super) fn is_norm_10_07(&self) -> bool {
        self.asked.document.adjustments.iter().any(|adjustment| adjustment.norm_10_07)
    }

    pub(super) fn adjusted(&mut self, entries: &[Entry]) -> Option<Adjusted> {
        let nets = nets(entries);
        if nets.is_none() {
            self.note_too_large("/lines");
        }
        let nets = nets?;
        let adjustments = std::mem::take(&mut self.asked.document.adjustments);
        let adjusted = self.adjust(&adjustments, &nets, entries);
        self.asked.document.adjustments = adjustments;
        adjusted
    }

    fn adjust(
        &mut self,
        adjustments: &[Adjustment],
        nets: &Nets,
        entries: &[Entry],
    ) -> Option<Adjusted> {
        let mut changed = *nets;
        let mut adjusted = Adjusted {
            amounts: Vec::with_capacity(adjustments.len()),
            factors: [Exact::ONE; Billing::ALL.len()],
            norm_10_07: Amount::ZERO,
            discount: Amount::ZERO,
        };
        let before = self.faults.len();
        for (index, adjustment) in adjustments.iter().enumerate() {
            let pointer = format!("/do/adjustments/{index}");
            let Some((billing, kind, amount)) = self.adjustment(&pointer, adjustment, nets) else {
                continue;
            };
            if adjustment.norm_10_07 {
                self.norm_10_07(&pointer, billing, kind, entries);
            }
            let applied = apply(&mut adjusted, &mut changed, adjustment, (billing, kind, amount));
            if applied.is_none() {
                self.note_too_large(pointer);
            }
        }
        for billing in Billing::ALL {
            self.not_below_zero(billing, nets, &changed);
            let (net, changed) = (nets[billing as usize], changed[billing as usize]);
            if !net.is_zero() && self.faults.len() == before {
                adjusted.factors[billing as usize] = changed.over(net)?;
            }
        }
        (self.faults.len() == before).then_some(adjusted)
    }

    /// Which group, which way, and how much. A percentage is one of the group without ITBIS, which
    /// is what the adjustment changes.
    fn adjustment(
        &mut self,
        pointer: &str,
        adjustment: &Adjustment,
        nets: &Nets,
    ) -> Option<(Billing, AdjustmentKind, Amount)> {
        let billing = self.adjusted_group(pointer, adjustment, nets);
        let kind = adjustment.kind;
        if kind.is_none() {
            let fault = Fault::new(invoice::rule::MISSING_FIELD, format!("{pointer}/kind"));
            self.note(fault.with("field", "kind"));
        }
        let (billing, kind) = (billing?, kind?);
        let stated = (adjustment.amount, adjustment.percent);
        let amount = self.amount_or_part(pointer, stated, nets[billing as usize])?;
        Some((billing, kind, amount))
    }

    fn adjusted_group(
        &mut self,
        pointer: &str,
        adjustment: &Adjustment,
        nets: &Nets,
    ) -> Option<Billing> {
        let group = adjustment.group.as_deref().unwrap_or_default();
        let billing = Billing::parse(group).filter(|billing| *billing != Billing::NonBillable);
        let Some(billing) = billing else {
            let allowed = Billing::ALL[1..].iter().map(|billing| billing.group());
            let allowed = allowed.collect::<Vec<_>>().join(", ");
            self.note_unknown(format!("{pointer}/group"), group, &allowed);
            return None;
        };
        if nets[billing as usize].is_zero() {
            let fault = Fault::new(rules::ADJUSTED_GROUP_EMPTY, format!("{pointer}/group"));
            self.note(fault.with("group", group));
            return None;
        }
        Some(billing)
    }

    fn norm_10_07(
        &mut self,
        pointer: &str,
        billing: Billing,
        kind: AdjustmentKind,
        entries: &[Entry],
    ) {
        if self.draft.price_mode != PriceMode::TaxIncluded {
            self.note_at(rules::NORM_10_07_PRICES, "/prices");
        }
        let mut of_group = entries.iter().filter(|entry| entry.billing == billing);
        let both = |entry: &Entry| entry.taxes.iter().filter(|tax| is_telephony(tax)).count() == 2;
        let is_covered =
            billing == Billing::Itbis18 && kind == AdjustmentKind::Discount && of_group.all(both);
        if !is_covered {
            self.note_at(rules::NORM_10_07_TAXES, format!("{pointer}/norm_10_07"));
        }
    }

    fn not_below_zero(&mut self, billing: Billing, nets: &Nets, changed: &Nets) {
        if changed[billing as usize].is_negative() {
            let limit = nets[billing as usize].amount().unwrap_or_default();
            let fault = Fault::new(rules::DISCOUNT_EXCEEDS, "/do/adjustments");
            self.note(fault.with("limit", limit));
        }
    }
}

/// What the lines of each group come to without ITBIS.
type Nets = [Exact; Billing::ALL.len()];

fn nets(entries: &[Entry]) -> Option<Nets> {
    let mut nets = [Exact::ZERO; Billing::ALL.len()];
    for entry in entries {
        let net = &mut nets[entry.billing as usize];
        *net = net.plus(entry.net)?;
    }
    Some(nets)
}

fn apply(
    adjusted: &mut Adjusted,
    nets: &mut Nets,
    adjustment: &Adjustment,
    (billing, kind, amount): (Billing, AdjustmentKind, Amount),
) -> Option<()> {
    adjusted.amounts.push(amount);
    if kind == AdjustmentKind::Discount {
        adjusted.discount = adjusted.discount.checked_add(amount)?;
    }
    if adjustment.norm_10_07 {
        adjusted.norm_10_07 = adjusted.norm_10_07.checked_add(amount)?;
        return Some(());
    }
    let net = &mut nets[billing as usize];
    *net = match kind {
        AdjustmentKind::Discount => net.minus(Exact::of(amount))?,
        AdjustmentKind::Surcharge => net.plus(Exact::of(amount))?,
    };
    Some(())
}

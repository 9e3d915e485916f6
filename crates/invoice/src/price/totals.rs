//! Lines to groups to totals (SFE 1.5.5-1.5.10).

use jiff::civil::Date;

use super::Pricing;
use crate::decimal::{
    Amount, INTEGER_DIGITS_MAX, Percent, Price, divide_half_up, divide_up, multiply_half_up,
};
use crate::draft::{
    DraftLine, NOT_POSITIVE, PriceMode, ROUNDS_TO_ZERO, SpecificCharge, SpecificTax,
    TOTAL_TOO_LARGE,
};
use crate::fault::Fault;
use crate::invoice::{GroupTotal, Line, LineSpecificTax, SpecificMeasure, Totals};
use crate::regime::{Rounding, SpecificTaxBase, SpecificTaxRounding, TaxGroup, TaxTreatment};

/// A percentage has two decimals, so a hundred percent is this many of its units.
const HUNDRED_PERCENT: i128 = 10_000;

impl Pricing<'_> {
    /// What the line adds to its group, and the specific tax in it.
    pub(super) fn line_amount(
        &mut self,
        pointer: &str,
        line: &DraftLine,
        group: &TaxGroup,
        date: Date,
    ) -> Option<(Amount, Option<LineSpecificTax>)> {
        let rate = group.rate_on(date)?;
        let Some(goods) = multiply_half_up(line.unit_price, line.quantity) else {
            self.note_too_large(pointer);
            return None;
        };
        if goods.is_zero() && line.unit_price.is_positive() && line.quantity.is_positive() {
            self.note(Fault::new(ROUNDS_TO_ZERO, pointer));
        }
        let Some(tax) = &line.specific_tax else {
            return Some((goods, None));
        };
        let tax = self.specific_tax(pointer, line, tax, (goods, rate))?;
        let amount = self.with_specific_tax(goods, tax.amount, rate);
        if amount.is_none() {
            self.note_too_large(pointer);
        }
        Some((amount?, Some(tax)))
    }

    fn specific_tax(
        &mut self,
        pointer: &str,
        line: &DraftLine,
        tax: &SpecificTax,
        (goods, rate): (Amount, Percent),
    ) -> Option<LineSpecificTax> {
        let (measure, amount) = match tax.charge {
            SpecificCharge::Amount(amount) => (SpecificMeasure::LumpSum, Some(amount)),
            SpecificCharge::PerUnit(each) => {
                (SpecificMeasure::PerUnit(each), multiply_half_up(each, line.quantity))
            }
            SpecificCharge::Percent(percent) => {
                let amount = self.percentage_of_line(goods, percent, rate);
                (SpecificMeasure::Percent(percent), Some(amount))
            }
        };
        let Some(amount) = amount else {
            self.note_too_large(pointer);
            return None;
        };
        if !amount.is_positive() {
            self.note(Fault::new(NOT_POSITIVE, format!("{pointer}/specific_tax")));
        }
        Some(LineSpecificTax { name: tax.name.clone(), measure, amount })
    }

    fn percentage_of_line(&self, goods: Amount, percent: Percent, rate: Percent) -> Amount {
        let holds_tax = self.draft.price_mode == PriceMode::TaxIncluded
            && self.regime.specific_tax_base == SpecificTaxBase::NetOfTax;
        let denominator = HUNDRED_PERCENT + if holds_tax { rate.units() } else { 0 };
        Amount::from_units(divide_half_up(goods.units() * percent.units(), denominator))
    }

    /// Where prices include tax, so does what a specific tax adds: it raises the VAT base
    /// (SFE 1.5.10).
    fn with_specific_tax(&self, goods: Amount, tax: Amount, rate: Percent) -> Option<Amount> {
        let added = match self.draft.price_mode {
            PriceMode::TaxExcluded => tax,
            PriceMode::TaxIncluded => Amount::from_units(divide_half_up(
                tax.units().checked_mul(HUNDRED_PERCENT + rate.units())?,
                HUNDRED_PERCENT,
            )),
        };
        goods.checked_add(added)
    }

    pub(super) fn totals(
        &mut self,
        lines: &[Line],
        date: Date,
    ) -> Option<(Vec<GroupTotal>, Totals)> {
        let groups = self.groups(lines, date);
        let totals = groups.as_deref().and_then(|groups| sums(groups, lines));
        if totals.is_none() {
            self.note_too_large("/lines");
        }
        Some((groups?, totals?))
    }

    fn groups(&self, lines: &[Line], date: Date) -> Option<Vec<GroupTotal>> {
        let mut totals = Vec::new();
        for group in self.regime.tax_groups {
            let of_group = || lines.iter().filter(|line| line.tax_group == group.code);
            if of_group().next().is_none() {
                continue;
            }
            let specific_tax = sum(of_group()
                .filter_map(|line| line.specific_tax.as_ref())
                .map(|tax| tax.amount))?;
            let rate = group.rate_on(date)?;
            let entered = match self.regime.specific_tax_rounding {
                SpecificTaxRounding::PerLine => sum(of_group().map(|line| line.amount))?,
                SpecificTaxRounding::PerGroup => {
                    let goods =
                        of_group().map(|line| multiply_half_up(line.unit_price, line.quantity));
                    let goods = sum_of_options(goods)?;
                    self.with_specific_tax(goods, specific_tax, rate)?
                }
            };
            let (base, tax) = self.divide(group.treatment, entered, rate)?;
            let total = base.checked_add(tax)?;
            totals.push(GroupTotal {
                group: group.code.to_owned(),
                rate,
                base,
                tax,
                total,
                specific_tax,
            });
        }
        Some(totals)
    }

    /// Base and tax of what was entered for a group. They sum to its total by construction: one
    /// of the three is always computed from the other two (SFE 1.5.6, 1.5.7).
    fn divide(
        &self,
        treatment: TaxTreatment,
        entered: Amount,
        rate: Percent,
    ) -> Option<(Amount, Amount)> {
        match (treatment, self.draft.price_mode) {
            (TaxTreatment::WholeAmountIsTax, _) => Some((Amount::ZERO, entered)),
            (TaxTreatment::Rated, PriceMode::TaxExcluded) => {
                let tax = self.round_tax(entered.units() * rate.units(), HUNDRED_PERCENT);
                Some((entered, tax.bounded()?))
            }
            (TaxTreatment::Rated, PriceMode::TaxIncluded) => {
                let tax =
                    self.round_tax(entered.units() * rate.units(), HUNDRED_PERCENT + rate.units());
                Some((entered.checked_sub(tax)?, tax))
            }
        }
    }

    fn round_tax(&self, numerator: i128, denominator: i128) -> Amount {
        Amount::from_units(match self.regime.rounding {
            Rounding::Nearest => divide_half_up(numerator, denominator),
            Rounding::TaxUp => divide_up(numerator, denominator),
        })
    }

    pub(super) fn note_too_large(&mut self, pointer: &str) {
        self.note(Fault::new(TOTAL_TOO_LARGE, pointer).with("maximum", INTEGER_DIGITS_MAX));
    }
}

fn sums(groups: &[GroupTotal], lines: &[Line]) -> Option<Totals> {
    Some(Totals {
        base: sum(groups.iter().map(|group| group.base))?,
        tax: sum(groups.iter().map(|group| group.tax))?,
        total: sum(groups.iter().map(|group| group.total))?,
        specific_tax: sum(groups.iter().map(|group| group.specific_tax))?,
        discount: sum_of_discounts(lines)?,
    })
}

fn sum_of_discounts(lines: &[Line]) -> Option<Amount> {
    lines.iter().try_fold(Amount::ZERO, |total, line| match &line.discount {
        None => Some(total),
        Some(discount) => {
            let each = Price::checked_sub(discount.original_price, line.unit_price)?;
            total.checked_add(multiply_half_up(each, line.quantity)?)
        }
    })
}

fn sum_of_options(mut amounts: impl Iterator<Item = Option<Amount>>) -> Option<Amount> {
    amounts.try_fold(Amount::ZERO, |sum, amount| sum.checked_add(amount?))
}

fn sum(mut amounts: impl Iterator<Item = Amount>) -> Option<Amount> {
    amounts.try_fold(Amount::ZERO, Amount::checked_add)
}

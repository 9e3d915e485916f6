//! The totals of an invoice, computed from the specification alone.
//!
//! SFE 1.5.2 (to the nearest, two decimals), 1.5.6 (by group, not by article), 1.5.7 (taxable and
//! tax add up to the total), 1.5.8 (group N is wholly VAT), 1.5.10 (a specific tax enters the VAT
//! base).

use rust_decimal::{Decimal, RoundingStrategy};

use crate::drc_emcf::Rounding;
use crate::drc_emcf::rates::{Group, VatRates};

/// What the prices of an invoice include (SFE 1.5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PriceMode {
    BeforeTax,
    AllTaxes,
}

/// What one article adds to its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) group: Group,
    /// Price by quantity, rounded, in the invoice's mode and without the specific tax.
    pub(super) amount: Decimal,
    /// The line's specific tax, before VAT.
    pub(super) specific_tax: Decimal,
}

/// The totals of one group, in francs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GroupTotals {
    pub(super) total: Decimal,
    pub(super) taxable: Decimal,
    pub(super) vat: Decimal,
}

/// The totals of an invoice, in francs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) groups: [GroupTotals; Group::COUNT],
    pub(super) specific_tax: Decimal,
    pub(super) total: Decimal,
    pub(super) vat: Decimal,
}

impl Totals {
    /// Adds up `lines`, each in a group that exists on the day of `rates`.
    pub(super) fn of(
        lines: &[Line],
        mode: PriceMode,
        rates: &VatRates,
        rounding: Rounding,
    ) -> Self {
        let mut totals = Self::default();
        for group in Group::all() {
            let of_group = || lines.iter().filter(|line| line.group == group);
            let amount = of_group().map(|line| line.amount).sum();
            let specific_tax: Decimal = of_group().map(|line| line.specific_tax).sum();
            let rate = rates.of(group).unwrap_or_default();
            let sums = match (group == Group::N, mode) {
                (true, _) => wholly_vat(amount),
                (false, PriceMode::AllTaxes) => all_taxes(amount, specific_tax, rate, rounding),
                (false, PriceMode::BeforeTax) => before_tax(amount, specific_tax, rate, rounding),
            };
            totals.groups[group.index()] = sums;
            totals.specific_tax += specific_tax;
            totals.total += sums.total;
            totals.vat += sums.vat;
        }
        totals
    }
}

/// Two decimals, half up. Amounts are positive, so away from zero is up.
pub(super) fn to_centimes(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

fn wholly_vat(amount: Decimal) -> GroupTotals {
    GroupTotals { total: amount, taxable: Decimal::ZERO, vat: amount }
}

fn all_taxes(amount: Decimal, specific_tax: Decimal, rate: Decimal, by: Rounding) -> GroupTotals {
    let hundred = Decimal::ONE_HUNDRED;
    let total = to_centimes(amount + specific_tax * (hundred + rate) / hundred);
    let vat = match by {
        Rounding::Nearest => total - to_centimes(total * hundred / (hundred + rate)),
        Rounding::TaxUp => up(total * rate / (hundred + rate)),
    };
    GroupTotals { total, taxable: total - vat, vat }
}

fn before_tax(amount: Decimal, specific_tax: Decimal, rate: Decimal, by: Rounding) -> GroupTotals {
    let taxable = amount + specific_tax;
    let exact = taxable * rate / Decimal::ONE_HUNDRED;
    let vat = match by {
        Rounding::Nearest => to_centimes(exact),
        Rounding::TaxUp => up(exact),
    };
    GroupTotals { total: taxable + vat, taxable, vat }
}

fn up(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::AwayFromZero)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// year, mode, rounding | group amount specific-tax, … | total, vat, ts | group total taxable
    /// vat, …
    const TABLE: &str = "
    the worked example of the API, A and B
    2026 ttc nearest | A 3600 0, B 464 0 | 4064 64 0 | A 3600 3600 0, B 464 400 64
    a bottle of juice and two (MCF-SFE, 31h)
    2026 ttc nearest | B 930 0, B 1860 0 | 2790 384.83 0 | B 2790 2405.17 384.83
    75 francs a unit, four units: 2000 + 300 x 1.16
    2026 ttc nearest | B 2000 300 | 2348 323.86 300 | B 2348 2024.14 323.86
    ten per cent of 2000 before VAT: 172.41, and 2200.00 with it
    2026 ttc nearest | B 2000 172.41 | 2200 303.45 172.41 | B 2200 1896.55 303.45
    the same goods before tax
    2026 ht nearest | B 1724.14 172.41 | 2200 303.45 172.41 | B 2200 1896.55 303.45
    group N is wholly VAT in both modes, L is no tax base
    2026 ttc nearest | N 150.25 0, L 40 0, B 116 0 | 306.25 166.25 0 | N 150.25 0 150.25, L 40 40 0
    2026 ht nearest | N 150.25 0, L 40 0, B 100 0 | 306.25 166.25 0 | N 150.25 0 150.25, L 40 40 0
    the group is rounded, not the article: three times 33.33
    2026 ttc nearest | B 33.33 0, B 33.33 0, B 33.33 0 | 99.99 13.79 0 | B 99.99 86.20 13.79
    before tax, half a centime goes to the tax
    2026 ht nearest | C 10.10 0 | 10.61 0.51 0 | C 10.61 10.10 0.51
    five and eight per cent, by date
    2026 ttc nearest | C 105 0, G 210 0 | 315 15 0 | C 105 100 5, G 210 200 10
    2025 ttc nearest | C 108 0, G 216 0 | 324 24 0 | C 108 100 8, G 216 200 16
    one per cent
    2026 ttc nearest | O 101 0, P 1000 0 | 1101 10.90 0 | O 101 100 1, P 1000 990.10 9.90
    2026 ht nearest | O 49 0 | 49.49 0.49 0 | O 49.49 49 0.49
    the other reading: the tax always up
    2026 ttc up | B 464 0 | 464 64 0 | B 464 400 64
    2026 ttc up | B 1860 0 | 1860 256.56 0 | B 1860 1603.44 256.56
    2026 ttc nearest | B 1860 0 | 1860 256.55 0 | B 1860 1603.45 256.55
    2026 ht up | C 10.02 0 | 10.53 0.51 0 | C 10.53 10.02 0.51
    2026 ht nearest | C 10.02 0 | 10.52 0.50 0 | C 10.52 10.02 0.50
    the smallest and a large one
    2026 ttc nearest | B 0.01 0 | 0.01 0 0 | B 0.01 0.01 0
    2026 ttc nearest | B 9999999999999.99 0 | 9999999999999.99 1379310344827.58 0 | -
    ";

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn group(letter: &str) -> Group {
        Group::parse(letter).unwrap()
    }

    fn lines(cell: &str) -> Vec<Line> {
        let line = |text: &str| {
            let words: Vec<_> = text.split_whitespace().collect();
            Line {
                group: group(words[0]),
                amount: number(words[1]),
                specific_tax: number(words[2]),
            }
        };
        cell.split(',').map(line).collect()
    }

    fn totals(setting: &str, cell: &str) -> Totals {
        let words: Vec<_> = setting.split_whitespace().collect();
        let mode = if words[1] == "ht" { PriceMode::BeforeTax } else { PriceMode::AllTaxes };
        let rounding = if words[2] == "up" { Rounding::TaxUp } else { Rounding::Nearest };
        let rates = VatRates::on(date(words[0].parse().unwrap(), 6, 1));
        Totals::of(&lines(cell), mode, &rates, rounding)
    }

    fn check_groups(expected: &str, found: &Totals, row: &str) {
        for words in expected.split(',').map(|each| each.split_whitespace().collect::<Vec<_>>()) {
            if let [letter, total, taxable, vat] = words[..] {
                let sums = found.groups[group(letter).index()];
                let expected = [number(total), number(taxable), number(vat)];
                assert_eq!([sums.total, sums.taxable, sums.vat], expected, "{row}");
            }
        }
    }

    #[test]
    fn the_table() {
        let rows: Vec<_> = TABLE.lines().filter(|row| row.contains('|')).collect();
        for row in &rows {
            let cells: Vec<_> = row.split('|').collect();
            let found = totals(cells[0], cells[1]);
            let expected: Vec<_> = cells[2].split_whitespace().map(number).collect();
            assert_eq!([found.total, found.vat, found.specific_tax], expected[..], "{row}");
            check_groups(cells[3], &found, row);
        }
        assert_eq!(rows.len(), 20);
    }

    /// Benin's API counts in whole francs: 3600 at 18 % is 3051 and 549. The same in centimes.
    #[test]
    fn the_official_example_rules_out_a_tax_that_always_goes_up() {
        let rate = Decimal::from(18);
        let nearest = all_taxes(number("36.00"), Decimal::ZERO, rate, Rounding::Nearest);
        assert_eq!([nearest.taxable, nearest.vat], [number("30.51"), number("5.49")]);
        let up = all_taxes(number("36.00"), Decimal::ZERO, rate, Rounding::TaxUp);
        assert_eq!([up.taxable, up.vat], [number("30.50"), number("5.50")]);
    }

    #[test]
    fn every_total_is_the_sum_of_its_parts_in_every_reading() {
        for centimes in 1..3_000 {
            let amount = Decimal::new(centimes, 2);
            let line =
                Line { group: group("B"), amount, specific_tax: Decimal::new(centimes / 7, 2) };
            for mode in [PriceMode::AllTaxes, PriceMode::BeforeTax] {
                for by in [Rounding::Nearest, Rounding::TaxUp] {
                    let rates = VatRates::on(date(2026, 6, 1));
                    let sums = Totals::of(&[line], mode, &rates, by).groups[1];
                    assert_eq!(sums.total, sums.taxable + sums.vat, "{amount} {mode:?} {by:?}");
                    assert_eq!(sums.total.round_dp(2), sums.total);
                }
            }
        }
    }
}

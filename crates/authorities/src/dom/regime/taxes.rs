//! The tax groups: the five ways of a line, and the taxes that stand beside them.
//!
//! A tax besides the ITBIS is a group without a base, all of which is tax: no line stands in it, and
//! the total is a sum of groups all the same.

use invoice::{DatedRate, Percent, TaxGroup, TaxTreatment};
use jiff::civil::{Date, date};

use super::billing::Billing;
use crate::dom::ecf::codes::{ADDITIONAL_TAXES, TaxKind};

/// The group of a tax besides the ITBIS, by its three digits.
pub(in crate::dom) fn group_of_tax(code: &str) -> Option<&'static str> {
    let place = ADDITIONAL_TAXES.iter().position(|tax| tax.code == code)?;
    Some(BESIDE[place])
}

/// Ley 11-92, in force with its publication.
const TAX_CODE: Date = date(1992, 5, 16);
/// Ley 253-12: 18 % from the first day of 2013.
const LAW_253_12: Date = date(2013, 1, 1);
/// Ley 253-12, artículo 343: the reduced rate rose by steps and came to 16 % in 2016.
const REDUCED: Date = date(2016, 1, 1);

const fn rate(since: Date, percent: i128) -> DatedRate {
    DatedRate { since, percent: Percent::from_units(percent * 100) }
}

const fn group(
    billing: Billing,
    label: &'static str,
    tag: &'static str,
    rates: &'static [DatedRate],
) -> TaxGroup {
    TaxGroup {
        code: billing.group(),
        label,
        tag,
        treatment: TaxTreatment::Rated,
        rates,
        line_kinds: &["goods", "service"],
        exemption_required: false,
        allowed_in_export: matches!(billing, Billing::NonBillable | Billing::Itbis0),
    }
}

/// How many ways a line can be taxed.
const WAYS: usize = Billing::ALL.len();

#[rustfmt::skip]
const OF_LINES: [TaxGroup; WAYS] = [
    group(Billing::Itbis18, "ITBIS 18 %", "18%", &[rate(LAW_253_12, 18)]),
    group(Billing::Itbis16, "ITBIS 16 %", "16%", &[rate(REDUCED, 16)]),
    group(Billing::Itbis0, "ITBIS 0 %", "0%", &[rate(TAX_CODE, 0)]),
    group(Billing::Exempt, "Exento", "E", &[rate(TAX_CODE, 0)]),
    group(Billing::NonBillable, "No facturable", "NF", &[rate(TAX_CODE, 0)]),
];

/// Names of groups by the digits of their taxes.
macro_rules! beside {
    ($($code:tt)*) => { [$(concat!("additional_", stringify!($code))),*] };
}

#[rustfmt::skip]
const BESIDE: [&str; 39] = beside!(
    001 002 003 004 005 006 007 008 009 010 011 012 013 014 015 016 017 018 019 020
    021 022 023 024 025 026 027 028 029 030 031 032 033 034 035 036 037 038 039
);

const NOTHING: &[DatedRate] = &[rate(TAX_CODE, 0)];
const TWO: &[DatedRate] = &[rate(LAW_253_12, 2)];
const TEN: &[DatedRate] = &[rate(LAW_253_12, 10)];
const SIXTEEN: &[DatedRate] = &[rate(LAW_253_12, 16)];
const SEVENTEEN: &[DatedRate] = &[rate(LAW_253_12, 17)];
const TWENTY: &[DatedRate] = &[rate(LAW_253_12, 20)];

/// A percentage is the same on every day that an e-CF can bear; what is reckoned in pesos is no
/// percentage, and stands in [`super::excise`].
const fn percentages(kind: TaxKind, code: &str) -> &'static [DatedRate] {
    match (kind, code.as_bytes()) {
        (TaxKind::SpecificAlcohol | TaxKind::SpecificCigarettes, _) => NOTHING,
        (TaxKind::AdValoremCigarettes, _) => TWENTY,
        (TaxKind::FirstPlate, _) => SEVENTEEN,
        (TaxKind::OfAmount, b"002") => TWO,
        (TaxKind::OfAmount, b"003") => SIXTEEN,
        (TaxKind::OfAmount | TaxKind::AdValoremAlcohol, _) => TEN,
    }
}

/// What separates a total from the sum of its rounded parts: the format rounds each on its own.
pub(in crate::dom) const ROUNDING: &str = "rounding";

const DIFFERENCE: TaxGroup = TaxGroup {
    code: ROUNDING,
    label: "Redondeo",
    tag: "",
    line_kinds: &[],
    ..group(Billing::NonBillable, "", "", NOTHING)
};

const fn all() -> [TaxGroup; WAYS + BESIDE.len() + 1] {
    let mut groups = [DIFFERENCE; WAYS + BESIDE.len() + 1];
    let mut place = 0;
    while place < WAYS + BESIDE.len() {
        groups[place] = if place < WAYS { OF_LINES[place] } else { beside(place - WAYS) };
        place += 1;
    }
    groups
}

const fn beside(place: usize) -> TaxGroup {
    let tax = &ADDITIONAL_TAXES[place];
    TaxGroup {
        code: BESIDE[place],
        label: tax.name,
        tag: tax.code,
        treatment: TaxTreatment::WholeAmountIsTax,
        rates: percentages(tax.kind, tax.code),
        line_kinds: &[],
        exemption_required: false,
        allowed_in_export: false,
    }
}

pub(super) const GROUPS: &[TaxGroup] = &all();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_a_line_has_its_group_with_its_rate() {
        for billing in Billing::ALL {
            let group = GROUPS.iter().find(|group| group.code == billing.group()).unwrap();
            assert_eq!(group.rate_on(date(2026, 1, 1)), Some(billing.rate()), "{billing:?}");
        }
    }

    #[test]
    fn each_tax_has_its_group_with_the_formats_percentage() {
        for tax in ADDITIONAL_TAXES {
            let code = group_of_tax(tax.code).unwrap();
            assert!(code.ends_with(tax.code));
            let group = GROUPS.iter().find(|group| group.code == code).unwrap();
            let percent = group.rate_on(date(2026, 1, 1)).unwrap();
            let is_specific =
                matches!(tax.kind, TaxKind::SpecificAlcohol | TaxKind::SpecificCigarettes);
            let stated = tax.figure_on(date(2026, 1, 1)).filter(|_| !is_specific);
            assert_eq!(percent, stated.unwrap_or(Percent::ZERO), "{code}");
        }
    }

    #[test]
    fn no_two_groups_bear_one_name() {
        let names: std::collections::BTreeSet<_> = GROUPS.iter().map(|group| group.code).collect();
        assert_eq!(names.len(), 45);
    }
}

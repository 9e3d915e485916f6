//! The sixteen tax groups and their rates, by date.
//!
//! FACNO "Groupes de taxation" v1.2 (February 2026) and SFE 1.1.12.

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

/// A tax group, A to P.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group(usize);

impl Group {
    pub(super) const COUNT: usize = 16;

    /// Régimes dérogatoires: needs a document's reference in comment A.
    pub(super) const D: Self = Self(3);
    /// Exportation et opérations assimilées.
    pub(super) const E: Self = Self(4);
    /// Prélèvements sur ventes: TAX articles only.
    pub(super) const L: Self = Self(11);
    /// TVA spécifique: TAX articles only, and all of it is VAT (SFE 1.1.14, 1.5.8).
    pub(super) const N: Self = Self(13);

    pub(super) fn parse(letter: &str) -> Option<Self> {
        let mut letters = letter.bytes();
        let first = letters.next().filter(|_| letters.next().is_none())?;
        first
            .is_ascii_uppercase()
            .then(|| usize::from(first - b'A'))
            .filter(|n| *n < Self::COUNT)
            .map(Self)
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    pub(super) fn index(self) -> usize {
        self.0
    }

    pub(super) fn letter(self) -> char {
        char::from(b'a' + u8::try_from(self.0).expect("there are sixteen groups"))
    }
}

/// The rates of one day, in per cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VatRates([Option<u8>; Group::COUNT]);

impl VatRates {
    /// The rates in force on a day.
    pub(super) fn on(day: Date) -> Self {
        let row = TABLE.iter().rev().find(|(since, _)| *since <= day);
        Self(row.map_or(TABLE[0].1, |(_, rates)| *rates))
    }

    /// A group's rate in per cent, or nothing where the group does not exist yet. Group N has none
    /// of its own; it is wholly VAT.
    pub(super) fn of(&self, group: Group) -> Option<Decimal> {
        self.0[group.index()].map(Decimal::from)
    }

    /// What the API's lists say: zero where there is no rate.
    pub(super) fn shown(&self, group: Group) -> u8 {
        self.0[group.index()].unwrap_or(0)
    }
}

/// Since when, and A to P. The Loi de Finances n° 25/060 brought C and G from 8 to 5 % and created
/// O and P; that the 8 % held without a break before it is what older clients show, not what a law
/// was read to say.
const TABLE: [(Date, [Option<u8>; Group::COUNT]); 2] =
    [(date(2012, 1, 1), row(8, None)), (date(2026, 1, 1), row(5, Some(1)))];

const fn row(reduced: u8, lowest: Option<u8>) -> [Option<u8>; Group::COUNT] {
    let mut rates = [Some(0); Group::COUNT];
    rates[1] = Some(16);
    rates[2] = Some(reduced);
    rates[5] = Some(16);
    rates[6] = Some(reduced);
    rates[14] = lowest;
    rates[15] = lowest;
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(day: Date) -> Vec<u8> {
        Group::all().map(|group| VatRates::on(day).shown(group)).collect()
    }

    #[test]
    fn the_table_of_2026() {
        let expected = [0, 16, 5, 0, 0, 16, 5, 0, 0, 0, 0, 0, 0, 0, 1, 1];
        assert_eq!(shown(date(2026, 1, 1)), expected);
        assert_eq!(shown(date(2031, 7, 14)), expected);
    }

    #[test]
    fn before_it_c_and_g_were_at_eight_and_o_and_p_did_not_exist() {
        let rates = VatRates::on(date(2025, 12, 31));
        assert_eq!(rates.shown(Group::parse("C").unwrap()), 8);
        assert_eq!(rates.shown(Group::parse("G").unwrap()), 8);
        assert_eq!(rates.of(Group::parse("O").unwrap()), None);
        assert_eq!(VatRates::on(date(1999, 1, 1)), rates);
    }

    #[test]
    fn a_group_is_one_capital_letter() {
        assert_eq!(Group::parse("P").unwrap().letter(), 'p');
        for wrong in ["", "Q", "a", "AB", "É", "1"] {
            assert_eq!(Group::parse(wrong), None, "{wrong}");
        }
        for (group, letter) in [(Group::D, 'd'), (Group::E, 'e'), (Group::L, 'l'), (Group::N, 'n')]
        {
            assert_eq!(group.letter(), letter);
        }
    }
}

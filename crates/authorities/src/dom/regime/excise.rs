//! What the specific selective taxes are reckoned with: pesos that follow inflation each quarter
//! (Código Tributario, artículo 375).

use invoice::Amount;
use jiff::civil::{Date, date};

/// The amounts of a quarter. The DGII compares what a document bears with those of its date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExciseRates {
    pub since: Date,
    /// The last day that they are known to hold for. Nothing beyond: a wrong tax is worse than a
    /// question.
    pub until: Date,
    /// By the litre of pure alcohol, whatever the drink.
    pub alcohol: Amount,
    /// By the pack of twenty cigarettes, and of ten.
    pub pack_of_20: Amount,
    pub pack_of_10: Amount,
}

/// The amounts in force on a day: the outlet's own where it states them, else what was published.
pub fn excise_on(date: Date, stated: &[ExciseRates]) -> Option<ExciseRates> {
    let mut known = stated.iter().chain(PUBLISHED);
    known.find(|rates| (rates.since..=rates.until).contains(&date)).copied()
}

/// Amounts in cents.
const fn rates(since: Date, until: Date, [alcohol, of_20, of_10]: [i128; 3]) -> ExciseRates {
    ExciseRates {
        since,
        until,
        alcohol: Amount::from_units(alcohol),
        pack_of_20: Amount::from_units(of_20),
        pack_of_10: Amount::from_units(of_10),
    }
}

/// The first are those of the DGII's certification sets, whose documents bear dates of these years.
#[rustfmt::skip]
const PUBLISHED: &[ExciseRates] = &[
    rates(date(2018, 1, 1), date(2020, 12, 31), [63_385, 5_351, 2_675]),
    // Resolución DDG-AR1-2025-00006 and the one of the quarter before it.
    rates(date(2025, 7, 1), date(2025, 9, 30), [73_757, 6_239, 3_120]),
    rates(date(2025, 10, 1), date(2025, 12, 31), [74_560, 6_307, 3_153]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_has_its_own_amounts_and_an_unknown_one_has_none() {
        let alcohol = |date| excise_on(date, &[]).map(|rates| rates.alcohol.to_string());
        assert_eq!(alcohol(date(2018, 12, 1)).as_deref(), Some("633.85"));
        assert_eq!(alcohol(date(2025, 9, 30)).as_deref(), Some("737.57"));
        assert_eq!(alcohol(date(2025, 10, 1)).as_deref(), Some("745.60"));
        assert_eq!(alcohol(date(2026, 1, 1)), None);
        assert_eq!(alcohol(date(2021, 1, 1)), None);
    }

    #[test]
    fn what_an_outlet_states_comes_first() {
        let stated = [rates(date(2025, 12, 1), date(2026, 3, 31), [75_000, 6_400, 3_200])];
        let alcohol = |date| excise_on(date, &stated).map(|rates| rates.alcohol.to_string());
        assert_eq!(alcohol(date(2025, 12, 1)).as_deref(), Some("750.00"));
        assert_eq!(alcohol(date(2026, 3, 31)).as_deref(), Some("750.00"));
        assert_eq!(alcohol(date(2025, 11, 30)).as_deref(), Some("745.60"));
    }
}

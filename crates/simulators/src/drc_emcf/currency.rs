//! Foreign currency. Every amount on the wire is in francs; an invoice may name a currency and its
//! rate.

use rust_decimal::Decimal;

use crate::drc_emcf::codes::{CURRENCY, Refusal};
use crate::drc_emcf::limits::{LARGEST_AMOUNT, LARGEST_RATE, SMALLEST_RATE};
use crate::drc_emcf::request::{Exact, InvoiceRequest};
use crate::drc_emcf::totals::to_centimes;

/// The central bank's mean rate of one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyRate {
    /// Three capital letters.
    pub code: String,
    /// Its name, as the API's list shows it.
    pub description: String,
    /// Francs (CDF) for one unit of it; more than zero.
    pub rate: Decimal,
}

impl CurrencyRate {
    /// Whether the rate is a currency's: a code of three capitals, and a rate that arithmetic can
    /// bear.
    pub(super) fn is_plausible(&self) -> bool {
        let letters = self.code.len() == 3 && self.code.bytes().all(|b| b.is_ascii_uppercase());
        letters && self.rate >= SMALLEST_RATE && self.rate <= LARGEST_RATE
    }

    /// Rates as they could be in 2026.
    pub(super) fn of_an_ordinary_day() -> Vec<Self> {
        let rate = |code: &str, description: &str, rate: i64| Self {
            code: code.into(),
            description: description.into(),
            rate: Decimal::new(rate, 1),
        };
        vec![rate("USD", "United States Dollar", 23_000), rate("EUR", "Euro", 26_500)]
    }
}

/// The invoice's total in its currency, if that is a foreign one whose rate is within one per cent
/// of the day's (SFE 1.1.30). For francs public clients send the rate 0, 1, -1 or none: all are
/// taken.
pub(super) fn check(
    request: &InvoiceRequest,
    currencies: &[CurrencyRate],
    total: Decimal,
) -> Result<Option<Decimal>, Refusal> {
    let code = &request.cur_code;
    if code.is_empty() || code == "CDF" {
        return Ok(None);
    }
    let Some(day) = currencies.iter().find(|currency| currency.code == *code) else {
        return Err(CURRENCY.because(format!("curCode {code:?} n'est pas dans currencyRates")));
    };
    let Some(Exact(rate)) = request.cur_rate else {
        return Err(CURRENCY.because(format!("curRate est absent pour {code}")));
    };
    let plausible = rate > Decimal::ZERO && rate < Decimal::from(LARGEST_AMOUNT);
    if !plausible || (rate - day.rate).abs() * Decimal::ONE_HUNDRED > day.rate {
        let detail = format!("curRate {rate} s'écarte de plus de 1 % du taux du jour {}", day.rate);
        return Err(CURRENCY.because(detail));
    }
    Ok(Some(to_centimes(total / rate)))
}

//! How things stand at the e-MCF: the token's life, the day's rates, the table of groups.

use std::collections::BTreeMap;

use invoice::{Exchange, ExchangeRate, Percent, Regime, Timestamp};
use jiff::civil::Date;

use super::reply::Reply;
use super::wire::{CurrencyRateDto, Loose};
use crate::contract::{Response, Survey};

/// The questions of a survey, in their order.
pub(super) const QUESTIONS: [(&str, &str); 3] = [
    ("status", "api/invoice"),
    ("tax_groups", "api/info/taxGroups"),
    ("currency_rates", "api/info/currencyRates"),
];

/// Adds what the reply to one question says. A list that cannot be read becomes a note: a survey
/// informs, it stops nothing.
pub(super) fn learn(
    survey: &mut Survey,
    question: usize,
    response: &Response,
    (regime, today): (&Regime, Date),
) {
    match QUESTIONS[question].0 {
        "status" => status(survey, response),
        "tax_groups" => tax_groups(survey, response, regime, today),
        _ => currency_rates(survey, response),
    }
}

fn status(survey: &mut Survey, response: &Response) {
    match Reply::read(response) {
        Reply::Fine(reply) => {
            survey.token_valid_until = reply.token_valid.as_deref().and_then(Timestamp::parse);
            let count = reply.pending_requests_count.as_ref().map(Loose::text);
            survey.pending = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        }
        Reply::Code(trouble)
        | Reply::TokenRefused(trouble)
        | Reply::Unreadable(trouble)
        | Reply::Unclear(trouble) => {
            survey.notes.push(format!("status: {} {}", trouble.code, trouble.words));
        }
    }
}

fn tax_groups(survey: &mut Survey, response: &Response, regime: &Regime, today: Date) {
    let Ok(rates) = serde_json::from_slice::<BTreeMap<String, Loose>>(&response.body) else {
        return survey.notes.push("tax groups: not a list of rates".to_owned());
    };
    for group in regime.tax_groups {
        let theirs = rates.get(&group.code.to_lowercase()).and_then(Loose::decimal::<2>);
        let differs = |theirs: &Percent| group.rate_on(today) != Some(*theirs);
        if let Some(theirs) = theirs.filter(differs) {
            survey.differing_groups.push((group.code.to_owned(), theirs));
        }
    }
}

fn currency_rates(survey: &mut Survey, response: &Response) {
    let Ok(rates) = serde_json::from_slice::<Vec<CurrencyRateDto>>(&response.body) else {
        return survey.notes.push("currency rates: not a list of rates".to_owned());
    };
    survey.rates.extend(rates.into_iter().filter_map(|known| {
        let rate: ExchangeRate = known.rate.decimal()?;
        rate.is_positive().then_some(Exchange { currency: known.kind, rate })
    }));
}

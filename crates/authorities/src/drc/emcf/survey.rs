//! How things stand at the e-MCF: the token's life, the day's rates, the table of groups.

use std::collections::BTreeMap;

use invoice::{Exchange, ExchangeRate, Percent, Regime, Timestamp};
use jiff::civil::Date;
use serde::de::DeserializeOwned;

use super::reply::Reply;
use super::wire::{CurrencyRateDto, Loose, TypeDto};
use crate::contract::{Response, Survey};

/// The questions of a survey, in their order.
pub(super) const QUESTIONS: [(&str, &str); 8] = [
    ("status", "api/invoice"),
    ("tax_groups", "api/info/taxGroups"),
    ("currency_rates", "api/info/currencyRates"),
    ("invoice_types", "api/info/invoiceTypes"),
    ("payment_types", "api/info/paymentTypes"),
    ("client_types", "api/info/clientTypes"),
    ("reference_types", "api/info/referenceTypes"),
    ("item_types", "api/info/itemTypes"),
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
        "currency_rates" => currency_rates(survey, response),
        list => codes(survey, list, &ours(list, regime), response),
    }
}

/// The codes of ours that a list of the API should know.
fn ours(list: &str, regime: &Regime) -> Vec<&'static str> {
    match list {
        "invoice_types" => regime.document_kinds.iter().map(|kind| kind.coded.code).collect(),
        "payment_types" => regime.payment_methods.iter().map(|method| method.code).collect(),
        "client_types" => regime.customer_kinds.iter().map(|kind| kind.coded.code).collect(),
        "reference_types" => regime.credit_natures.iter().map(|nature| nature.coded.code).collect(),
        _ => regime.line_kinds.iter().map(|kind| kind.code).collect(),
    }
}

fn codes(survey: &mut Survey, name: &'static str, ours: &[&'static str], response: &Response) {
    let Some(theirs) = list::<Vec<TypeDto>>(response) else {
        return survey.notes.push(format!("{name}: {} and no list of types", response.status));
    };
    let is_unknown = |code: &&&str| !theirs.iter().any(|known| known.kind == **code);
    survey.unknown_codes.extend(ours.iter().filter(is_unknown).map(|code| (name, *code)));
}

fn status(survey: &mut Survey, response: &Response) {
    match Reply::read(response) {
        Reply::Fine(reply) => {
            survey.token_valid_until = reply.token_valid.as_deref().and_then(Timestamp::parse);
            let count = reply.pending_requests_count.as_ref().map(Loose::text);
            survey.pending = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        }
        Reply::TokenRefused(trouble) => survey.token_refused = Some(trouble.words),
        Reply::Code(trouble) | Reply::Unreadable(trouble) | Reply::Unclear(trouble) => {
            survey.notes.push(format!("status: {} {}", trouble.code, trouble.words));
        }
    }
}

fn tax_groups(survey: &mut Survey, response: &Response, regime: &Regime, today: Date) {
    let Some(rates) = list::<BTreeMap<String, Loose>>(response) else {
        return survey.notes.push(format!("tax groups: {} and no list of rates", response.status));
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
    let Some(rates) = list::<Vec<CurrencyRateDto>>(response) else {
        let note = format!("currency rates: {} and no list of rates", response.status);
        return survey.notes.push(note);
    };
    let rates = rates.into_iter().filter(|known| is_currency(&known.kind)).filter_map(|known| {
        let rate: ExchangeRate = known.rate.decimal()?;
        rate.is_positive().then_some(Exchange { currency: known.kind, rate })
    });
    survey.rates.extend(rates.take(RATES_MAX));
}

/// A list, where the reply is a success: an error page may be JSON too.
fn list<T: DeserializeOwned>(response: &Response) -> Option<T> {
    let succeeded = (200..=299).contains(&response.status);
    succeeded.then(|| serde_json::from_slice(&response.body).ok()).flatten()
}

/// Three capital letters (ISO 4217).
fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Rates that are kept: more than the world has currencies.
const RATES_MAX: usize = 300;

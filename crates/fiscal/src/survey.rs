//! Survey: how things stand at the authority, kept as facts and told as alerts.

use authorities::{Event, Matter, Outcome, Step, Survey};
use invoice::{Json, SECOND, Timestamp};
use ledger::{Alert, AuthorityFact, LedgerError};

use crate::desk::Desk;

/// The fact under which the rates of exchange are kept: `USD 2300.0000`, one a line.
pub const SURVEY_RATES_FACT: &str = "rates";

/// Days before a token's end at which people are told: renewing one is a matter of days.
const TOKEN_WARNING_DAYS: [i64; 3] = [30, 7, 1];
/// Steps of one survey: it asks eight questions.
const STEPS_MAX: usize = 30;

/// Asks the authority how things stand, and keeps what it says. Nothing where the line is down: a
/// survey informs, and the submissions themselves notice a line that fails.
pub async fn survey(desk: &Desk) -> Result<Option<Survey>, LedgerError> {
    let Some(survey) = ask(desk).await else { return Ok(None) };
    let now = desk.clock.now();
    if !survey.rates.is_empty() {
        keep(desk, SURVEY_RATES_FACT, rates(&survey), now).await?;
        desk.learn_rates(survey.rates.clone());
    }
    if let Some(until) = survey.token_valid_until {
        keep(desk, "token_valid_until", until.to_string(), now).await?;
        warn_of_token(desk, until, now).await?;
    }
    for (group, rate) in &survey.differing_groups {
        let told = [("group", group.as_str()), ("authority_rate", &rate.to_string())];
        let key = format!("tax_group/{}/{group}/{rate}", desk.outlet.id);
        alert(desk, "authority.tax_group_differs", key, &told, now).await?;
    }
    for (list, code) in &survey.unknown_codes {
        let key = format!("code/{}/{list}/{code}", desk.outlet.id);
        let told = [("list", *list), ("code", *code)];
        alert(desk, "authority.code_unknown", key, &told, now).await?;
    }
    refused_token(desk, survey.token_refused.as_deref(), now).await?;
    for note in &survey.notes {
        tracing::warn!(outlet.id = %desk.outlet.id, "the survey could not learn: {note}");
    }
    Ok(Some(survey))
}

/// A token that the authority refuses stops every sale; once one is taken again, the next refusal
/// is told anew.
async fn refused_token(
    desk: &Desk,
    words: Option<&str>,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let key = format!("token_refused/{}", desk.outlet.id);
    match words {
        Some(words) => alert(desk, "authority.token_refused", key, &[("words", words)], now).await,
        None => desk.ledger.clear_alert(&desk.outlet.tenant, &key).await.map(drop),
    }
}

async fn ask(desk: &Desk) -> Option<Survey> {
    let authority = &desk.authority;
    let matter = Matter::Survey { tax_id: &desk.seller.tax_id };
    let mut progress = authority.begin(&matter);
    let mut event = Event::Started;
    for _ in 0..STEPS_MAX {
        let (next, step) = authority.step(&matter, progress, event, desk.clock.now()).ok()?;
        progress = next;
        event = match step {
            Step::Send(request) => {
                desk.wire.admit(desk.clock.now()).ok()?;
                match desk.wire.exchange(&request).await {
                    Ok(response) => Event::Replied(response),
                    Err(error) => Event::Unanswered(error.to_string()),
                }
            }
            Step::Sign(bytes, role) => Event::Signed(desk.sign(&bytes, role).ok()?),
            Step::Done(Outcome::Surveyed(survey)) => return Some(survey),
            Step::Wait { .. }
            | Step::Ask(_)
            | Step::GiveUp(_)
            | Step::Sealed(_)
            | Step::Done(_) => return None,
        };
    }
    None
}

/// A token that ends stops every sale, and only a person can renew it on the authority's portal.
async fn warn_of_token(desk: &Desk, until: Timestamp, now: Timestamp) -> Result<(), LedgerError> {
    let left = until.micros_since(now);
    let day = 24 * 60 * 60 * SECOND;
    let Some(days) = TOKEN_WARNING_DAYS.into_iter().rfind(|days| left <= days * day) else {
        return Ok(());
    };
    let key = format!("token/{}/{until}/{days}", desk.outlet.id);
    let told = [("valid_until", until.to_string()), ("days", days.to_string())];
    let told: Vec<_> = told.iter().map(|(key, value)| (*key, value.as_str())).collect();
    alert(desk, "authority.token_expires", key, &told, now).await
}

async fn alert(
    desk: &Desk,
    kind: &str,
    key: String,
    told: &[(&str, &str)],
    now: Timestamp,
) -> Result<(), LedgerError> {
    let members = told.iter().map(|(key, value)| ((*key).to_owned(), Json::string(*value)));
    let body = Json::Object(members.collect()).to_canonical_bytes();
    let alert = Alert {
        tenant: desk.outlet.tenant.clone(),
        outlet: Some(desk.outlet.id.clone()),
        kind: kind.to_owned(),
        key,
        body: String::from_utf8_lossy(&body).into_owned(),
        at: now,
    };
    if desk.ledger.raise_alert(alert).await? {
        tracing::warn!(outlet.id = %desk.outlet.id, "{kind}: {told:?}");
    }
    Ok(())
}

async fn keep(desk: &Desk, key: &str, value: String, at: Timestamp) -> Result<(), LedgerError> {
    let fact = AuthorityFact { key: key.to_owned(), value, at };
    desk.ledger.set_authority_fact(&desk.outlet.tenant, &desk.outlet.id, fact).await
}

fn rates(survey: &Survey) -> String {
    let line = |known: &invoice::Exchange| format!("{} {}", known.currency, known.rate);
    survey.rates.iter().map(line).collect::<Vec<_>>().join("\n")
}

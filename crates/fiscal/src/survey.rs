//! Survey: how things stand at the authority, kept as facts and told as alerts.

use authorities::{Listing, Maintenance, Matter, Outcome, Survey};
use invoice::{Json, SECOND, Timestamp};
use ledger::{Alert, AuthorityFact, LedgerError};
use signing::Validity;

use crate::desk::Desk;
use crate::errand::{self, Errand};
use crate::keys::instant;

/// The fact under which the rates of exchange are kept: `USD 2300.0000`, one a line.
pub const SURVEY_RATES_FACT: &str = "rates";

/// Days before a token's end at which people are told: renewing one is a matter of days.
const TOKEN_WARNING_DAYS: [i64; 3] = [30, 7, 1];

/// Asks the authority how things stand, and keeps what it says. Nothing where the line is down: a
/// survey informs, and the submissions themselves notice a line that fails.
pub async fn survey(desk: &Desk) -> Result<Option<Survey>, LedgerError> {
    let now = desk.clock.now();
    warn_of_certificate(desk, now).await?;
    let asked = ask(desk).await?;
    desk.keep_reach().await?;
    let Some(survey) = asked else { return Ok(None) };
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
    services(desk, &survey, now).await?;
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

/// What came of the questions; nothing where the line is down.
async fn ask(desk: &Desk) -> Result<Option<Survey>, LedgerError> {
    let matter = Matter::Survey { tax_id: &desk.seller.tax_id };
    match errand::ask(desk, &matter).await? {
        Errand::Done(Outcome::Surveyed(survey)) => Ok(Some(*survey)),
        // The questions could not be asked for want of a session, and a person has to know why.
        Errand::Waits { login_refused: true, trouble, .. } => {
            let words = trouble.to_string();
            Ok(Some(Survey { token_refused: Some(words), ..Survey::default() }))
        }
        Errand::Waits { .. } | Errand::Done(_) | Errand::Refused(_) | Errand::GaveUp { .. } => {
            Ok(None)
        }
    }
}

/// What the authority tells of its services, and how the taxpayer stands in its directory.
async fn services(desk: &Desk, survey: &Survey, now: Timestamp) -> Result<(), LedgerError> {
    keep(desk, "services_down", survey.services_down.join("\n"), now).await?;
    let rests =
        survey.maintenance.iter().map(|Maintenance { from, until }| format!("{from} {until}"));
    keep(desk, "maintenance", rests.collect::<Vec<_>>().join("\n"), now).await?;
    let key = format!("listing/{}", desk.outlet.id);
    match &survey.listing {
        None => Ok(()),
        Some(Listing::Absent) => alert(desk, "authority.not_listed", key, &[], now).await,
        Some(Listing::At { documents, approvals }) => {
            keep(desk, "listing", format!("{documents}\n{approvals}"), now).await?;
            desk.ledger.clear_alert(&desk.outlet.tenant, &key).await.map(drop)
        }
    }
}

/// A certificate that has ended stops every document, and a new one takes weeks to get.
async fn warn_of_certificate(desk: &Desk, now: Timestamp) -> Result<(), LedgerError> {
    let Some(certificate) = desk.keys.certificate() else { return Ok(()) };
    let at = instant(now);
    let stage = match (certificate.validity(at), certificate.expires_within(at)) {
        (Validity::Expired, _) => "ended".to_owned(),
        (Validity::Current | Validity::NotYet, Some(stage)) => stage.days().to_string(),
        (Validity::Current | Validity::NotYet, None) => return Ok(()),
    };
    let until = certificate.not_after().to_string();
    let key = format!("certificate/{}/{until}/{stage}", desk.outlet.id);
    let told = [("valid_until", until.as_str()), ("days", stage.as_str())];
    alert(desk, "certificate.expires", key, &told, now).await
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
        // Foreign words are quoted, so that they end no line of the log.
        let said = told.iter().filter(|(_, value)| !value.is_empty());
        let said = said.map(|(name, value)| format!("{name}={value:?}"));
        let said: Vec<String> = std::iter::once(kind.to_owned()).chain(said).collect();
        tracing::warn!(outlet.id = %desk.outlet.id, "{}", said.join(" "));
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

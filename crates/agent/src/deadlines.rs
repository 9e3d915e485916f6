//! Alerts: invoices that a law wants at the authority by a time of their own, as those that were
//! issued while it could not be reached.

use std::collections::BTreeSet;

use authorities::SendingMode;
use fiscal::Desks;
use invoice::{InvoiceId, Json, TenantId, Timestamp};
use ledger::{Alert, InvoiceRecord, LedgerError, Stage, Submission};

use crate::alerts::OPEN;

/// How near the end is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Nearness {
    /// A third of the time is left, or less.
    Due,
    Overdue,
}

/// The part of the time that is left when people are told: a day of three, eight hours of a day.
const WARNED_PART: i64 = 3;

impl Nearness {
    const ALL: [Self; 2] = [Self::Due, Self::Overdue];

    fn of(begun: Timestamp, send_by: Timestamp, now: Timestamp) -> Option<Self> {
        let (whole, left) = (send_by.micros_since(begun), send_by.micros_since(now));
        match left {
            ..=0 => Some(Self::Overdue),
            _ if left <= whole / WARNED_PART => Some(Self::Due),
            _ => None,
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Due => "submission.due",
            Self::Overdue => "submission.overdue",
        }
    }

    /// What its keys begin with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Due => "send_due/",
            Self::Overdue => "send_overdue/",
        }
    }
}

/// Raises an alert for each open submission whose time is about to end, and for each whose time has
/// ended, once each; clears those of submissions that the authority has, or that were closed.
pub(crate) async fn sweep(
    desks: &Desks,
    tenant: &TenantId,
    open: &[Submission],
) -> Result<(), LedgerError> {
    let now = desks.clock().now();
    let mut waiting = BTreeSet::new();
    for submission in open {
        let Some(send_by) = submission.send_by else { continue };
        let Some(nearness) = Nearness::of(submission.created_at, send_by, now) else { continue };
        let Some(record) = still_waiting(desks, tenant, &submission.invoice).await? else {
            continue;
        };
        waiting.insert(submission.invoice.clone());
        let alert = alert(submission, nearness, (send_by, now), mode(&record));
        if desks.ledger().raise_alert(alert).await? {
            tracing::warn!(invoice.id = %submission.invoice, "{}: by {send_by}", nearness.kind());
        }
    }
    clear(desks, tenant, &waiting).await
}

async fn clear(
    desks: &Desks,
    tenant: &TenantId,
    waiting: &BTreeSet<InvoiceId>,
) -> Result<(), LedgerError> {
    for prefix in Nearness::ALL.map(Nearness::prefix) {
        for key in desks.ledger().alert_keys(tenant, prefix).await? {
            let invoice = key.strip_prefix(prefix).and_then(|id| InvoiceId::parse(id).ok());
            // A list of what is open that was full may lack one.
            let waits = match &invoice {
                Some(id) if waiting.contains(id) => true,
                Some(id) => still_waiting(desks, tenant, id).await?.is_some(),
                None => false,
            };
            if !waits {
                desks.ledger().clear_alert(tenant, &key).await?;
            }
        }
    }
    Ok(())
}

/// The invoice, unless the authority has it or will never. It may have it while something is still to
/// be done besides.
async fn still_waiting(
    desks: &Desks,
    tenant: &TenantId,
    id: &InvoiceId,
) -> Result<Option<InvoiceRecord>, LedgerError> {
    let record = desks.ledger().invoice(tenant, id).await?;
    Ok(record.filter(|record| {
        let state = record.submission.as_ref().map(|submission| submission.state);
        record.invoice.stage != Stage::Acknowledged && state.is_some_and(|it| OPEN.contains(&it))
    }))
}

/// The way in which it was issued, as was sealed with it.
fn mode(record: &InvoiceRecord) -> Option<SendingMode> {
    let sealed = fiscal::sealed_invoice(record).ok().flatten()?;
    let elements = sealed.elements?;
    let modes = [SendingMode::Contingency, SendingMode::Deferred].into_iter();
    modes.into_iter().find(|mode| elements.detail(mode.as_str()) == Some("true"))
}

fn alert(
    submission: &Submission,
    nearness: Nearness,
    (send_by, now): (Timestamp, Timestamp),
    mode: Option<SendingMode>,
) -> Alert {
    let member = |key: &str, value: String| (key.to_owned(), Json::String(value));
    let body = Json::Object(vec![
        member("invoice", submission.invoice.to_string()),
        member("issued_in", mode.map_or("", SendingMode::as_str).to_owned()),
        member("send_by", send_by.to_string()),
        member("state", submission.state.as_str().to_owned()),
        member("last_answer", submission.last_answer.clone().unwrap_or_default()),
    ]);
    Alert {
        tenant: submission.tenant.clone(),
        outlet: Some(submission.outlet.clone()),
        kind: nearness.kind().to_owned(),
        key: format!("{}{}", nearness.prefix(), submission.invoice),
        body: body.to_text(),
        at: now,
    }
}

#[cfg(test)]
mod tests {
    use invoice::SECOND;

    use super::*;

    #[test]
    fn a_third_of_the_time_before_its_end_and_at_its_end() {
        let hour = |hours: i64| Timestamp::from_micros(hours * 3_600 * SECOND);
        for (whole, passed, wanted) in [
            (72, 0, None),
            (72, 47, None),
            (72, 48, Some(Nearness::Due)),
            (72, 71, Some(Nearness::Due)),
            (72, 72, Some(Nearness::Overdue)),
            (72, 900, Some(Nearness::Overdue)),
            (24, 15, None),
            (24, 16, Some(Nearness::Due)),
            (24, 24, Some(Nearness::Overdue)),
        ] {
            let begun = hour(1_000);
            let found = Nearness::of(begun, hour(1_000 + whole), hour(1_000 + passed));
            assert_eq!(found, wanted, "{passed} of {whole}");
        }
    }
}

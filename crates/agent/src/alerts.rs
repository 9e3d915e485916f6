//! Alerts: what has waited too long for an authority.

use std::collections::BTreeSet;
use std::time::Duration;

use fiscal::Desks;
use invoice::{InvoiceId, Json, OutletId, SECOND, TenantId, Timestamp};
use ledger::{Alert, LedgerError, Submission, SubmissionFilter, SubmissionState};

use crate::deadlines;

/// After this long without an acknowledgement, people are told: the 48-hour rule.
pub const LATE_AFTER: Duration = Duration::from_hours(48);

/// What the keys of these alerts begin with.
const PREFIX: &str = "late/";

/// States that wait for something.
pub(crate) const OPEN: [SubmissionState; 4] = [
    SubmissionState::Queued,
    SubmissionState::Submitted,
    SubmissionState::Unanswered,
    SubmissionState::SetAside,
];

/// Raises an alert for each submission that is late, once, and clears those of submissions that
/// have been closed since.
pub(crate) async fn sweep(desks: &Desks) -> Result<(), LedgerError> {
    let now = desks.clock().now();
    for tenant in desks.ledger().tenants().await? {
        let open = open_submissions(desks, &tenant.id).await?;
        deadlines::sweep(desks, &tenant.id, &open).await?;
        let mut late = BTreeSet::new();
        for submission in open.iter().filter(|submission| is_late(submission, now)) {
            raise(desks, submission, now).await?;
            late.insert(submission.invoice.clone());
        }
        clear_closed(desks, &tenant.id, &late).await?;
    }
    Ok(())
}

/// The store says what was told: what was closed while no agent ran is cleared too.
async fn clear_closed(
    desks: &Desks,
    tenant: &TenantId,
    late: &BTreeSet<InvoiceId>,
) -> Result<(), LedgerError> {
    for key in desks.ledger().alert_keys(tenant, PREFIX).await? {
        let invoice = key.strip_prefix(PREFIX).and_then(|id| InvoiceId::parse(id).ok());
        let is_open = match &invoice {
            Some(id) if late.contains(id) => true,
            // A list of what is open that was full may lack one.
            Some(id) => {
                let standing = desks.ledger().submission(tenant, id).await?;
                standing.is_some_and(|standing| OPEN.contains(&standing.state))
            }
            None => false,
        };
        if !is_open {
            desks.ledger().clear_alert(tenant, &key).await?;
        }
    }
    Ok(())
}

/// Rows of one read: a page of the ledger.
const READ_MAX: u32 = 1_000;

/// What waits at a tenant. The ledger lists by what is due first and has no second page, and what
/// has failed for longest is due last; so a list that is full is asked for by outlet, and then by
/// state. Beyond [`READ_MAX`] of one outlet and state the rest is seen once those before are gone.
async fn open_submissions(
    desks: &Desks,
    tenant: &TenantId,
) -> Result<Vec<Submission>, LedgerError> {
    let all = read(desks, tenant, None, &OPEN).await?;
    if all.len() < READ_MAX as usize {
        return Ok(all);
    }
    let mut found = Vec::new();
    for outlet in desks.ledger().outlets(tenant).await? {
        let of_outlet = read(desks, tenant, Some(&outlet.id), &OPEN).await?;
        if of_outlet.len() < READ_MAX as usize {
            found.extend(of_outlet);
            continue;
        }
        for state in OPEN {
            found.extend(read(desks, tenant, Some(&outlet.id), &[state]).await?);
        }
    }
    Ok(found)
}

async fn read(
    desks: &Desks,
    tenant: &TenantId,
    outlet: Option<&OutletId>,
    states: &[SubmissionState],
) -> Result<Vec<Submission>, LedgerError> {
    let filter = SubmissionFilter {
        outlets: outlet.cloned().into_iter().collect(),
        states: states.to_vec(),
        after: None,
    };
    desks.ledger().submissions(tenant, filter, READ_MAX).await
}

fn is_late(submission: &Submission, now: Timestamp) -> bool {
    let waited = now.micros_since(submission.created_at);
    u128::try_from(waited).unwrap_or(0) >= LATE_AFTER.as_micros()
}

async fn raise(desks: &Desks, submission: &Submission, now: Timestamp) -> Result<(), LedgerError> {
    let hours = now.micros_since(submission.created_at) / (3600 * SECOND);
    let member = |key: &str, value: String| (key.to_owned(), Json::String(value));
    let body = Json::Object(vec![
        member("invoice", submission.invoice.to_string()),
        member("state", submission.state.as_str().to_owned()),
        member("hours", hours.to_string()),
        member("last_answer", submission.last_answer.clone().unwrap_or_default()),
    ]);
    let alert = Alert {
        tenant: submission.tenant.clone(),
        outlet: Some(submission.outlet.clone()),
        kind: "submission.late".to_owned(),
        key: key(&submission.invoice),
        body: String::from_utf8_lossy(&body.to_canonical_bytes()).into_owned(),
        at: now,
    };
    if desks.ledger().raise_alert(alert).await? {
        tracing::warn!(invoice.id = %submission.invoice, "a submission is 48 hours late");
    }
    Ok(())
}

fn key(invoice: &InvoiceId) -> String {
    format!("{PREFIX}{invoice}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Store;

    #[tokio::test]
    async fn what_is_late_is_told_once_and_cleared_when_it_is_closed() {
        let store = Store::new().await;
        let outlet = store.outlet("KIN01", r#"{"authority": {"isf": "T"}, "wire": {}}"#).await;
        let old = store.issue(&outlet).await;
        store.clock.advance(47 * 3600 * SECOND);
        store.issue(&outlet).await;
        sweep(&store.desks).await.unwrap();
        assert_eq!(store.events("submission.late").await.len(), 0);

        store.clock.advance(2 * 3600 * SECOND);
        sweep(&store.desks).await.unwrap();
        sweep(&store.desks).await.unwrap();
        let told = store.events("submission.late").await;
        assert_eq!(told.len(), 1);
        assert!(told[0].body.contains(old.as_str()) && told[0].body.contains("\"49\""));

        store.close(&old).await;
        sweep(&store.desks).await.unwrap();
        let cleared = store.desks.ledger().clear_alert(&store.tenant, &key(&old)).await;
        assert!(!cleared.unwrap(), "it is cleared already");
    }

    /// The head of the list is what is due first; the late one is due long after.
    #[tokio::test]
    async fn what_is_due_last_is_found_behind_a_long_queue() {
        let store = Store::new().await;
        let settings = r#"{"authority": {"isf": "T"}, "wire": {}}"#;
        let outlet = store.outlet("KIN01", settings).await;
        let old = store.issue(&outlet).await;
        store.postpone(&old).await;
        store.clock.advance(49 * 3600 * SECOND);
        let busy = store.outlet("KIN02", settings).await;
        for _ in 0..READ_MAX {
            store.issue(&busy).await;
        }
        sweep(&store.desks).await.unwrap();
        assert_eq!(store.events("submission.late").await.len(), 1);
    }
}

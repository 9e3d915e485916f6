//! Alerts: what has waited too long for an authority.

use std::time::Duration;

use fiscal::Desks;
use invoice::{Json, SECOND, TenantId, Timestamp};
use ledger::{Alert, LedgerError, Submission, SubmissionFilter, SubmissionState};

/// After this long without an acknowledgement, people are told: the 48-hour rule.
pub const LATE_AFTER: Duration = Duration::from_hours(48);

/// Submissions looked at in one sweep of a tenant. The oldest come first, so that a long queue is
/// told by its head.
const SWEEP_MAX: u32 = 1_000;

/// Raises an alert for each submission that is late, once.
pub(crate) async fn tell_late(desks: &Desks) -> Result<(), LedgerError> {
    let now = desks.clock().now();
    for tenant in desks.ledger().tenants().await? {
        for submission in open_submissions(desks, &tenant.id).await? {
            let waited = now.micros_since(submission.created_at);
            if u128::try_from(waited).unwrap_or(0) >= LATE_AFTER.as_micros() {
                raise(desks, &submission, waited, now).await?;
            }
        }
    }
    Ok(())
}

async fn open_submissions(
    desks: &Desks,
    tenant: &TenantId,
) -> Result<Vec<Submission>, LedgerError> {
    let filter = SubmissionFilter {
        outlet: None,
        states: vec![
            SubmissionState::Queued,
            SubmissionState::Submitted,
            SubmissionState::Unanswered,
            SubmissionState::SetAside,
        ],
    };
    desks.ledger().submissions(tenant, filter, SWEEP_MAX).await
}

async fn raise(
    desks: &Desks,
    submission: &Submission,
    waited: i64,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let member = |key: &str, value: String| (key.to_owned(), Json::String(value));
    let body = Json::Object(vec![
        member("invoice", submission.invoice.to_string()),
        member("state", submission.state.as_str().to_owned()),
        member("hours", (waited / (3600 * SECOND)).to_string()),
        member("last_answer", submission.last_answer.clone().unwrap_or_default()),
    ]);
    let alert = Alert {
        tenant: submission.tenant.clone(),
        outlet: Some(submission.outlet.clone()),
        kind: "submission.late".to_owned(),
        key: format!("late/{}", submission.invoice),
        body: String::from_utf8_lossy(&body.to_canonical_bytes()).into_owned(),
        at: now,
    };
    if desks.ledger().raise_alert(alert).await? {
        tracing::warn!(invoice.id = %submission.invoice, "a submission is 48 hours late");
    }
    Ok(())
}

//! Approve or reject: the buyer's word on a document that it received.

use std::sync::Arc;

use authorities::{Approval, Decision, NotRead};
use invoice::Timestamp;
use ledger::{InboxDocument, InboxId, Ledger, LedgerError, NewDecision, Outlet};

use crate::reception::{Reception, ReceptionError, SignatureError};

/// Why no word was given.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    #[error("there is no such document")]
    Unknown,
    #[error("a document of this kind is neither approved nor rejected")]
    NotApprovable,
    /// It was given before, and is given once.
    #[error("the document was approved or rejected before")]
    Given,
    #[error(transparent)]
    NotRead(#[from] NotRead),
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error(transparent)]
    Reception(#[from] ReceptionError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Signs the buyer's word and keeps it, due to the issuer and to the authority. The bytes that are
/// signed here are those that are sent.
///
/// `by` is whoever decides. The document as it stands afterwards comes back.
pub async fn decide(
    ledger: &Arc<Ledger>,
    outlet: Outlet,
    (id, decision): (&InboxId, Decision),
    (by, now): (String, Timestamp),
) -> Result<InboxDocument, DecisionError> {
    let tenant = outlet.tenant.clone();
    let found = ledger.inbox_document(&tenant, id).await?.ok_or(DecisionError::Unknown)?;
    if found.decision.is_some() {
        return Err(DecisionError::Given);
    }
    if !found.summary.takes_approval {
        return Err(DecisionError::NotApprovable);
    }
    let reason = match &decision {
        Decision::Approved => None,
        Decision::Rejected(reason) => Some(reason.clone()),
    };
    let reception = Reception::of_outlet(ledger, outlet).await?;
    let approval = Approval {
        tax_id: reception.tax_id.clone(),
        issuer_tax_id: found.summary.issuer_tax_id,
        number: found.summary.number,
        issued_on: found.summary.issued_on,
        total: found.summary.total,
        decision,
    };
    let unsigned = reception.approval(&approval, now)?;
    let document = reception.sign(unsigned, now).await?;
    let new = NewDecision { tenant: tenant.clone(), id: id.clone(), reason, document, by, at: now };
    ledger.decide(new).await.map_err(|error| match error {
        LedgerError::Conflict(_) => DecisionError::Given,
        other => other.into(),
    })?;
    ledger.inbox_document(&tenant, id).await?.ok_or(DecisionError::Unknown)
}

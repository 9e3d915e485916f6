//! What buyers said of documents of ours.

use deadpool_postgres::GenericClient;
use invoice::Hash;

use super::super::rows::{Params, get, hash, one, written};
use super::{lock_outlet, quota, size, tell};
use crate::error::LedgerError;
use crate::inbox::{KeptApproval, NewApproval};

pub(crate) async fn keep_approval(
    client: &impl GenericClient,
    new: &NewApproval,
) -> Result<KeptApproval, LedgerError> {
    let (outlet, decision) = (new.invoice.outlet(), decision_of(new));
    lock_outlet(client, &new.tenant, &outlet).await?;
    if says_nothing_new(client, new).await? {
        return Ok(KeptApproval::There);
    }
    if !quota::takes_approval(client, new).await? {
        return Ok(KeptApproval::TooMany);
    }
    let document_hash = Hash::of_note(&new.document).0;
    let row: Params = &[
        &new.tenant.as_str(),
        &outlet.as_str(),
        &new.invoice.as_str(),
        &new.buyer_tax_id,
        &decision,
        &new.reason,
        &new.signer,
        &new.certificate.0.as_slice(),
        &new.signer_is_party,
        &new.chain_checked,
        &new.document,
        &size(&new.document),
        &document_hash.as_slice(),
        &new.at.micros(),
    ];
    written(client, INSERT_APPROVAL, row, "approval").await?;
    let told = [
        ("buyer_tax_id", new.buyer_tax_id.clone()),
        ("invoice", new.invoice.to_string()),
        ("number", new.number.clone()),
        ("reason", new.reason.clone()),
    ];
    let kind = format!("invoice.buyer_{decision}");
    tell(client, (&new.tenant, &outlet), &kind, &told, new.at).await?;
    Ok(KeptApproval::New)
}

/// The same bytes again, whenever; or signed anew, what the same signer said last.
async fn says_nothing_new(
    client: &impl GenericClient,
    new: &NewApproval,
) -> Result<bool, LedgerError> {
    let outlet = new.invoice.outlet();
    let document_hash = Hash::of_note(&new.document).0;
    let known: Params = &[&outlet.as_str(), &new.invoice.as_str(), &document_hash.as_slice()];
    if one(client, APPROVAL_THERE, known, |_| Ok(())).await?.is_some() {
        return Ok(true);
    }
    let named: Params = &[&outlet.as_str(), &new.invoice.as_str()];
    let last = one(client, LAST_APPROVAL, named, |row| {
        Ok((get::<String>(row, 0)?, get::<String>(row, 1)?, hash(row, 2)?))
    });
    Ok(last.await?.is_some_and(|(decision, reason, certificate)| {
        (decision.as_str(), &reason, certificate)
            == (decision_of(new), &new.reason, new.certificate)
    }))
}

fn decision_of(new: &NewApproval) -> &'static str {
    if new.is_approved { "approved" } else { "rejected" }
}

const APPROVAL_THERE: &str = "-- inbox: an approval of ours that is there
    SELECT 1 FROM received_approvals WHERE outlet = $1 AND invoice = $2 AND document_hash = $3";
const LAST_APPROVAL: &str = "-- inbox: what was said last of an invoice
    SELECT decision, reason, certificate FROM received_approvals WHERE outlet = $1 AND invoice = $2
    ORDER BY ordinal DESC LIMIT 1";
const INSERT_APPROVAL: &str = "-- inbox: approval of ours
    INSERT INTO received_approvals (tenant, outlet, invoice, ordinal, buyer, decision, reason, signer,
        certificate, signer_is_party, chain_checked, document, document_bytes, document_hash, at)
    VALUES ($1, $2, $3, (SELECT 1 + coalesce(max(ordinal), 0) FROM received_approvals
                         WHERE outlet = $2 AND invoice = $3),
        $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

//! How much is kept of what anybody may send.

use deadpool_postgres::GenericClient;

use crate::error::LedgerError;
use crate::inbox::{NewApproval, NewDocument};
use crate::limits::{
    APPROVALS_A_DAY_MAX, APPROVALS_BYTES_A_DAY_MAX, APPROVALS_OF_INVOICE_MAX,
    APPROVALS_OF_SIGNER_MAX, RECEIVED_A_DAY_MAX, RECEIVED_BYTES_A_DAY_MAX, UNCHECKED_A_DAY_MAX,
    UNCHECKED_BYTES_A_DAY_MAX,
};
use crate::postgres::rows::{Params, count, one};

/// What came within a day.
#[derive(Clone, Copy, Default)]
struct Amount {
    count: u64,
    bytes: u64,
}

impl Amount {
    fn has_room_for(self, more: usize, (count_max, bytes_max): (u64, u64)) -> bool {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        self.count < count_max && self.bytes.saturating_add(more) <= bytes_max
    }
}

/// Whether a document has room within its outlet's day. Those of whose signer nobody knows who it is
/// share a part of it, and leave the rest to the others.
pub(super) async fn takes_document(
    client: &impl GenericClient,
    new: &NewDocument,
) -> Result<bool, LedgerError> {
    let since = new.at.plus_micros(-super::DAY).micros();
    let day: Params = &[&new.outlet.as_str(), &since];
    let today = one(client, RECEIVED_SINCE, day, |row| {
        let all = Amount { count: count(row, 0)?, bytes: count(row, 1)? };
        let unchecked = Amount { count: count(row, 2)?, bytes: count(row, 3)? };
        Ok((all, unchecked))
    });
    let (all, unchecked) = today.await?.unwrap_or_default();
    let size = new.document.len();
    if !all.has_room_for(size, (RECEIVED_A_DAY_MAX, RECEIVED_BYTES_A_DAY_MAX)) {
        return Ok(false);
    }
    let of_unchecked = (UNCHECKED_A_DAY_MAX, UNCHECKED_BYTES_A_DAY_MAX);
    Ok(new.chain_checked
        || unchecked.has_room_for(size, of_unchecked)
        || is_proven(client, new).await?)
}

/// Whether the authority has accepted what this very certificate signed for this issuer: whoever
/// forges a name has another key.
async fn is_proven(client: &impl GenericClient, new: &NewDocument) -> Result<bool, LedgerError> {
    let certificate = new.certificate.0;
    let who: Params =
        &[&new.outlet.as_str(), &new.issuer_tax_id, &certificate.as_slice(), &LOOKED_AT_MAX];
    Ok(one(client, PROVEN, who, |_| Ok(())).await?.is_some())
}

/// Whether a buyer's word has room on its invoice and within the day of the invoice's outlet. One
/// whose signer is known is counted among its like alone: no forger takes its room.
pub(super) async fn takes_approval(
    client: &impl GenericClient,
    new: &NewApproval,
) -> Result<bool, LedgerError> {
    let outlet = new.invoice.outlet();
    let certificate = new.certificate.0;
    let on_invoice: Params =
        &[&outlet.as_str(), &new.invoice.as_str(), &certificate.as_slice(), &new.chain_checked];
    let on_invoice =
        one(client, APPROVALS_OF_INVOICE, on_invoice, |row| Ok((count(row, 0)?, count(row, 1)?)));
    let (of_signer, of_all) = on_invoice.await?.unwrap_or_default();
    if of_signer >= APPROVALS_OF_SIGNER_MAX || of_all >= APPROVALS_OF_INVOICE_MAX {
        return Ok(false);
    }
    let since = new.at.plus_micros(-super::DAY).micros();
    let day: Params = &[&outlet.as_str(), &since, &new.chain_checked];
    let today = one(client, APPROVALS_SINCE, day, |row| {
        Ok(Amount { count: count(row, 0)?, bytes: count(row, 1)? })
    });
    let a_day = (APPROVALS_A_DAY_MAX, APPROVALS_BYTES_A_DAY_MAX);
    Ok(today.await?.unwrap_or_default().has_room_for(new.document.len(), a_day))
}

/// Documents of one certificate that are looked at for one that was accepted: a forger's many do not
/// slow the writer down.
const LOOKED_AT_MAX: i64 = 100;

const RECEIVED_SINCE: &str = "-- inbox: received since
    SELECT count(*), coalesce(sum(document_bytes), 0)::bigint,
           count(*) FILTER (WHERE NOT chain_checked),
           coalesce(sum(document_bytes) FILTER (WHERE NOT chain_checked), 0)::bigint
    FROM inbox WHERE outlet = $1 AND at > $2";
const PROVEN: &str = "-- inbox: a certificate that the authority's answers prove
    SELECT 1 FROM (
        SELECT outlet, sequence FROM inbox WHERE outlet = $1 AND issuer = $2 AND certificate = $3
        ORDER BY sequence DESC LIMIT $4
    ) i JOIN inbox_work w ON w.outlet = i.outlet AND w.sequence = i.sequence
    WHERE w.state IN ('accepted', 'accepted_conditionally') LIMIT 1";
const APPROVALS_OF_INVOICE: &str = "-- inbox: words on an invoice
    SELECT count(*) FILTER (WHERE certificate = $3), count(*) FROM received_approvals
    WHERE outlet = $1 AND invoice = $2 AND (chain_checked OR NOT $4)";
const APPROVALS_SINCE: &str = "-- inbox: words since
    SELECT count(*), coalesce(sum(document_bytes), 0)::bigint FROM received_approvals
    WHERE outlet = $1 AND at > $2 AND (chain_checked OR NOT $3)";

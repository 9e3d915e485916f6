//! Received documents, decisions on them, and buyers' words on ours.

mod approvals;
mod quota;

pub(crate) use approvals::keep_approval;

use deadpool_postgres::GenericClient;
use invoice::{Hash, Json, OutletId, TenantId, Timestamp};
use tokio_postgres::Row;

use super::registry::{read_outlet, read_taxpayer};
use super::rows::{
    Params, all, count, execute, foreign, get, hash, instant, is_refused_by_constraint, one,
    optional_instant, word, written,
};
use super::{events, leases};
use crate::error::LedgerError;
use crate::inbox::{
    AuthorityStanding, AuthorityState, DecisionDelivery, DecisionReceiver, DeliveryState,
    DocumentMark, Given, InboxDocument, InboxFilter, InboxId, InboxSummary, Kept, NewDecision,
    NewDocument, NewStanding,
};
use crate::limits::PAGE_MAX;
use crate::record::Alert;
use crate::registry::{Environment, Outlet, Taxpayer};
use crate::submission::LeaseToken;
use crate::word::{integer, short};

pub(crate) async fn outlets_of(
    client: &impl GenericClient,
    tax_id: &str,
    environment: Environment,
) -> Result<Vec<(Outlet, Taxpayer)>, LedgerError> {
    let outlets = all(client, OUTLETS_OF, &[&tax_id, &environment.as_str()], read_outlet).await?;
    let mut found = Vec::with_capacity(outlets.len());
    for outlet in outlets {
        let key: Params = &[&outlet.tenant.as_str(), &outlet.taxpayer.as_str()];
        let taxpayer = one(client, TAXPAYER_OF, key, read_taxpayer).await?;
        found.push((outlet, taxpayer.ok_or(LedgerError::Unknown("taxpayer"))?));
    }
    Ok(found)
}

pub(crate) async fn received(
    client: &impl GenericClient,
    tenant: &TenantId,
    outlet: &OutletId,
    (issuer, number, mark): (&str, &str, DocumentMark),
) -> Result<Option<(Hash, Vec<u8>)>, LedgerError> {
    let (same, certificate) = (mark.document_hash.0, mark.certificate.0);
    let named: Params = &[
        &outlet.as_str(),
        &tenant.as_str(),
        &issuer,
        &number,
        &same.as_slice(),
        &certificate.as_slice(),
    ];
    one(client, RECEIVED, named, |row| Ok((hash(row, 0)?, get(row, 1)?))).await
}

pub(crate) async fn keep_document(
    client: &impl GenericClient,
    new: &NewDocument,
) -> Result<Kept, LedgerError> {
    lock_outlet(client, &new.tenant, &new.outlet).await?;
    let document_hash = Hash::of_note(&new.document);
    let mark = DocumentMark { document_hash, certificate: new.certificate };
    let known = (new.issuer_tax_id.as_str(), new.number.as_str(), mark);
    let there = received(client, &new.tenant, &new.outlet, known).await?;
    if let Some((document_hash, receipt)) = there {
        return Ok(Kept::There { document_hash, receipt });
    }
    if !quota::takes_document(client, new).await? {
        return Ok(Kept::TooMany);
    }
    let last = one(client, LAST, &[&new.outlet.as_str()], |row| count(row, 0)).await?;
    let sequence = last.unwrap_or_default() + 1;
    insert_document(client, (new, document_hash), sequence).await?;
    let id = InboxId { outlet: new.outlet.clone(), sequence };
    let told = [
        ("document", id.to_string()),
        ("issuer_tax_id", new.issuer_tax_id.clone()),
        ("number", new.number.clone()),
        ("total", new.total.to_string()),
    ];
    tell(client, (&new.tenant, &new.outlet), "document.received", &told, new.at).await?;
    Ok(Kept::New(id))
}

/// What comes in is counted by its outlet, and two servers must not count at once. Its row is locked
/// and not its head, for which sealing would have to wait.
async fn lock_outlet(
    client: &impl GenericClient,
    tenant: &TenantId,
    outlet: &OutletId,
) -> Result<(), LedgerError> {
    execute(client, LOCK_OUTLET, &[&outlet.as_str(), &tenant.as_str()]).await.map(drop)
}

async fn insert_document(
    client: &impl GenericClient,
    (new, document_hash): (&NewDocument, Hash),
    sequence: u64,
) -> Result<(), LedgerError> {
    let row: Params = &[
        &new.tenant.as_str(),
        &new.outlet.as_str(),
        &integer(sequence),
        &new.issuer_tax_id,
        &new.issuer_name,
        &new.number,
        &new.kind,
        &new.issued_on.to_string(),
        &new.total.to_string(),
        &new.takes_approval,
        &new.inquiry_code,
        &new.signer,
        &new.certificate.0.as_slice(),
        &new.signer_is_party,
        &new.chain_checked,
        &new.sender,
        &new.document,
        &size(&new.document),
        &document_hash.0.as_slice(),
        &new.receipt,
        &new.at.micros(),
    ];
    written(client, INSERT_DOCUMENT, row, "document").await?;
    let work: Params = &[
        &new.tenant.as_str(),
        &new.outlet.as_str(),
        &integer(sequence),
        &AuthorityState::Unasked.as_str(),
        &new.at.micros(),
    ];
    written(client, INSERT_WORK, work, "document").await
}

fn size(document: &[u8]) -> i64 {
    i64::try_from(document.len()).expect("a document's length is bounded")
}

/// Newest first.
pub(crate) async fn list(
    client: &impl GenericClient,
    tenant: &TenantId,
    filter: &InboxFilter,
    limit: u32,
) -> Result<Vec<InboxSummary>, LedgerError> {
    let outlets: Vec<&str> = filter.outlets.iter().map(OutletId::as_str).collect();
    let (at, outlet, sequence) = match &filter.before {
        Some((at, id)) => (at.micros(), id.outlet.as_str(), integer(id.sequence)),
        None => (i64::MAX, "", 0),
    };
    let limit = i64::from(limit.min(PAGE_MAX));
    let row: Params = &[&tenant.as_str(), &outlets, &at, &outlet, &sequence, &limit];
    all(client, LIST, row, read_summary).await
}

pub(crate) async fn document(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &InboxId,
) -> Result<Option<InboxDocument>, LedgerError> {
    let key: Params = &[&tenant.as_str(), &id.outlet.as_str(), &integer(id.sequence)];
    let deliveries = all(client, DELIVERIES, key, read_delivery).await?;
    one(client, DOCUMENT, key, |row| {
        Ok(InboxDocument {
            summary: read_summary(row)?,
            inquiry_code: get(row, 17)?,
            signer: get(row, 18)?,
            signer_is_party: get(row, 19)?,
            sender: get(row, 20)?,
            document: get(row, 21)?,
            receipt: get(row, 22)?,
            decision: get(row, 23)?,
            deliveries,
        })
    })
    .await
}

pub(crate) async fn decide(
    client: &impl GenericClient,
    new: &NewDecision,
) -> Result<(), LedgerError> {
    let decision = if new.reason.is_some() { "rejected" } else { "approved" };
    let row: Params = &[
        &new.tenant.as_str(),
        &new.id.outlet.as_str(),
        &integer(new.id.sequence),
        &decision,
        &new.reason,
        &new.document,
        &new.by,
        &new.at.micros(),
    ];
    // The row is taken from the tenant's own document: there is none of another's.
    match execute(client, INSERT_DECISION, row).await {
        Ok(1) => {}
        Ok(_) => return Err(LedgerError::Unknown("document")),
        Err(error) if is_refused_by_constraint(&error) => {
            return Err(LedgerError::Conflict("decision"));
        }
        Err(error) => return Err(error),
    }
    for receiver in DecisionReceiver::ALL {
        let (state, words) = (DeliveryState::ToSend, String::new());
        let due = DecisionDelivery { receiver, state, words, at: new.at };
        insert_delivery(client, &new.tenant, &new.id, &due).await?;
    }
    let kind = format!("document.{decision}");
    let told = [("document", new.id.to_string())];
    tell(client, (&new.tenant, &new.id.outlet), &kind, &told, new.at).await
}

/// Of all tenants, the oldest first.
pub(crate) async fn decisions_due(
    client: &impl GenericClient,
    limit: u32,
) -> Result<Vec<(TenantId, InboxId)>, LedgerError> {
    all(client, DECISIONS_DUE, &[&i64::from(limit)], read_place).await
}

/// Of all tenants, those that are due longest first.
pub(crate) async fn inquiries_due(
    client: &impl GenericClient,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(TenantId, InboxId)>, LedgerError> {
    all(client, INQUIRIES_DUE, &[&now.micros(), &i64::from(limit)], read_place).await
}

fn read_place(row: &Row) -> Result<(TenantId, InboxId), LedgerError> {
    let id = InboxId { outlet: word(row, 1)?, sequence: count(row, 2)? };
    Ok((word(row, 0)?, id))
}

/// Under the lease, which ends with it: of two servers one tells of the final word.
pub(crate) async fn tell_standing(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &InboxId,
    (token, new): (LeaseToken, &NewStanding),
) -> Result<(), LedgerError> {
    leases::check_document(client, tenant, id, token).await?;
    let (outlet, sequence) = (id.outlet.as_str(), integer(id.sequence));
    let key: Params = &[&tenant.as_str(), &outlet, &sequence];
    let before = one(client, STATE, key, |row| get::<String>(row, 0)).await?;
    let before = before.ok_or(LedgerError::Unknown("document"))?;
    let words = short(&new.words);
    let row: Params = &[
        &tenant.as_str(),
        &outlet,
        &sequence,
        &new.state.map(AuthorityState::as_str),
        &words,
        &new.at.micros(),
        &new.ask_at.map(Timestamp::micros),
    ];
    execute(client, TELL_STANDING, row).await?;
    match new.state.filter(|state| state.is_final() && state.as_str() != before) {
        None => Ok(()),
        Some(state) => {
            let kind = format!("document.authority_{}", state.as_str());
            let told = [("document", id.to_string()), ("words", words)];
            tell(client, (tenant, &id.outlet), &kind, &told, new.at).await
        }
    }
}

pub(crate) async fn tell_delivery(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &InboxId,
    (token, delivery): (LeaseToken, &DecisionDelivery),
) -> Result<(), LedgerError> {
    lock_outlet(client, tenant, &id.outlet).await?;
    leases::check_document(client, tenant, id, token).await?;
    insert_delivery(client, tenant, id, delivery).await
}

async fn insert_delivery(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &InboxId,
    delivery: &DecisionDelivery,
) -> Result<(), LedgerError> {
    let row: Params = &[
        &tenant.as_str(),
        &id.outlet.as_str(),
        &integer(id.sequence),
        &delivery.receiver.as_str(),
        &delivery.state.as_str(),
        &short(&delivery.words),
        &delivery.at.micros(),
    ];
    match execute(client, INSERT_DELIVERY, row).await? {
        1 => {
            let tried: Params =
                &[&id.outlet.as_str(), &integer(id.sequence), &delivery.at.micros()];
            execute(client, TRIED, tried).await.map(drop)
        }
        _ => Err(LedgerError::Unknown("decision")),
    }
}

/// One event of what came in.
async fn tell(
    client: &impl GenericClient,
    (tenant, outlet): (&TenantId, &OutletId),
    kind: &str,
    told: &[(&str, String)],
    at: Timestamp,
) -> Result<(), LedgerError> {
    let member = |(key, value): &(&str, String)| ((*key).to_owned(), Json::string(value.as_str()));
    let event = Alert {
        tenant: tenant.clone(),
        outlet: Some(outlet.clone()),
        kind: kind.to_owned(),
        key: String::new(),
        body: Json::Object(told.iter().map(member).collect()).to_text(),
        at,
    };
    events::write_alert(client, &event).await
}

fn read_summary(row: &Row) -> Result<InboxSummary, LedgerError> {
    let given_at = optional_instant(row, 10)?;
    let reason = get(row, 11)?;
    Ok(InboxSummary {
        id: InboxId { outlet: word(row, 0)?, sequence: count(row, 1)? },
        issuer_tax_id: get(row, 2)?,
        issuer_name: get(row, 3)?,
        number: get(row, 4)?,
        kind: get(row, 5)?,
        issued_on: word(row, 6)?,
        total: word(row, 7)?,
        takes_approval: get(row, 8)?,
        received_at: instant(row, 9)?,
        decision: given_at.map(|at| Given { reason, at }),
        chain_checked: get(row, 12)?,
        authority: read_standing(row)?,
    })
}

fn read_standing(row: &Row) -> Result<AuthorityStanding, LedgerError> {
    let state: &str = get(row, 13)?;
    Ok(AuthorityStanding {
        state: AuthorityState::parse(state).ok_or_else(|| foreign(state))?,
        words: get(row, 14)?,
        asked: count(row, 15)?,
        at: instant(row, 16)?,
    })
}

fn read_delivery(row: &Row) -> Result<DecisionDelivery, LedgerError> {
    let (receiver, state): (&str, &str) = (get(row, 0)?, get(row, 1)?);
    Ok(DecisionDelivery {
        receiver: DecisionReceiver::parse(receiver).ok_or_else(|| foreign(receiver))?,
        state: DeliveryState::parse(state).ok_or_else(|| foreign(state))?,
        words: get(row, 2)?,
        at: instant(row, 3)?,
    })
}

const DAY: i64 = 24 * 60 * 60 * invoice::SECOND;

const LOCK_OUTLET: &str = "-- inbox: lock the outlet
    SELECT 1 FROM outlets WHERE id = $1 AND tenant = $2 FOR NO KEY UPDATE";
const OUTLETS_OF: &str = "-- inbox: outlets of a tax number
    SELECT o.id, o.tenant, o.taxpayer, o.code, o.name, o.address, o.city, o.phone, o.email, o.zone,
           o.number_template, o.authority, o.environment, o.key_uri, o.settings, o.created_at
    FROM taxpayers t JOIN outlets o ON o.tenant = t.tenant AND o.taxpayer = t.id
    WHERE t.tax_id = $1 AND o.environment = $2 ORDER BY o.id";
const TAXPAYER_OF: &str = "-- inbox: taxpayer of an outlet
    SELECT tenant, id, tax_id, name, register, regime_label, address, phone, email, created_at
    FROM taxpayers WHERE tenant = $1 AND id = $2";
const RECEIVED: &str = "-- inbox: received
    SELECT i.document_hash, i.receipt
    FROM inbox i JOIN inbox_work w ON w.outlet = i.outlet AND w.sequence = i.sequence
    WHERE i.outlet = $1 AND i.tenant = $2 AND i.issuer = $3 AND i.number = $4
      AND (i.document_hash = $5 OR i.certificate = $6 OR i.chain_checked
           OR w.state IN ('accepted', 'accepted_conditionally'))
    ORDER BY i.document_hash = $5 DESC LIMIT 1";
const LAST: &str = "-- inbox: last
    SELECT coalesce(max(sequence), 0) FROM inbox WHERE outlet = $1";
const INSERT_DOCUMENT: &str = "-- inbox: document
    INSERT INTO inbox (tenant, outlet, sequence, issuer, issuer_name, number, document_kind,
        issued_on, total, takes_approval, inquiry_code, signer, certificate, signer_is_party,
        chain_checked, sender, document, document_bytes, document_hash, receipt, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        $20, $21)";
const INSERT_WORK: &str = "-- inbox: work
    INSERT INTO inbox_work (tenant, outlet, sequence, state, words, asked, asked_at, ask_at, told_at)
    VALUES ($1, $2, $3, $4, '', 0, $5, $5, NULL)";
const STATE: &str = "-- inbox: state at the authority
    SELECT state FROM inbox_work WHERE tenant = $1 AND outlet = $2 AND sequence = $3";
const TELL_STANDING: &str = "-- inbox: standing at the authority
    UPDATE inbox_work SET state = coalesce($4, state), words = $5, asked = asked + 1,
        asked_at = $6, ask_at = $7, lease_owner = NULL, lease_until = NULL
    WHERE tenant = $1 AND outlet = $2 AND sequence = $3";
const INQUIRIES_DUE: &str = "-- inbox: inquiries due
    SELECT tenant, outlet, sequence FROM inbox_work
    WHERE ask_at IS NOT NULL AND ask_at <= $1 ORDER BY ask_at LIMIT $2";
const TRIED: &str = "-- inbox: a decision was tried
    UPDATE inbox_work SET told_at = CASE WHEN EXISTS (
        SELECT 1 FROM inbox_deliveries d
        WHERE d.outlet = $1 AND d.sequence = $2 AND d.state = 'to_send'
          AND d.ordinal = (SELECT max(ordinal) FROM inbox_deliveries
                           WHERE outlet = $1 AND sequence = $2 AND receiver = d.receiver)
    ) THEN $3::bigint END
    WHERE outlet = $1 AND sequence = $2";
const LIST: &str = "-- inbox: list
    SELECT i.outlet, i.sequence, i.issuer, i.issuer_name, i.number, i.document_kind, i.issued_on,
           i.total, i.takes_approval, i.at, d.at, d.reason, i.chain_checked, w.state, w.words,
           w.asked, w.asked_at
    FROM inbox i
    JOIN inbox_work w ON w.outlet = i.outlet AND w.sequence = i.sequence
    LEFT JOIN inbox_decisions d ON d.outlet = i.outlet AND d.sequence = i.sequence
    WHERE i.tenant = $1 AND i.outlet = ANY ($2)
      AND (i.at, i.outlet, i.sequence) < ($3, $4, $5)
    ORDER BY i.at DESC, i.outlet DESC, i.sequence DESC LIMIT $6";
const DOCUMENT: &str = "-- inbox: one
    SELECT i.outlet, i.sequence, i.issuer, i.issuer_name, i.number, i.document_kind, i.issued_on,
           i.total, i.takes_approval, i.at, d.at, d.reason, i.chain_checked, w.state, w.words,
           w.asked, w.asked_at, i.inquiry_code, i.signer, i.signer_is_party, i.sender, i.document,
           i.receipt, d.document
    FROM inbox i
    JOIN inbox_work w ON w.outlet = i.outlet AND w.sequence = i.sequence
    LEFT JOIN inbox_decisions d ON d.outlet = i.outlet AND d.sequence = i.sequence
    WHERE i.tenant = $1 AND i.outlet = $2 AND i.sequence = $3";
const INSERT_DECISION: &str = "-- inbox: decision
    INSERT INTO inbox_decisions (tenant, outlet, sequence, decision, reason, document, decided_by, at)
    SELECT tenant, outlet, sequence, $4, $5, $6, $7, $8 FROM inbox
    WHERE tenant = $1 AND outlet = $2 AND sequence = $3";
const DELIVERIES: &str = "-- inbox: deliveries
    SELECT receiver, state, words, at FROM inbox_deliveries d
    WHERE tenant = $1 AND outlet = $2 AND sequence = $3
      AND ordinal = (SELECT max(ordinal) FROM inbox_deliveries
                     WHERE outlet = $2 AND sequence = $3 AND receiver = d.receiver)
    ORDER BY receiver DESC";
const DECISIONS_DUE: &str = "-- inbox: decisions due
    SELECT tenant, outlet, sequence FROM inbox_work
    WHERE told_at IS NOT NULL ORDER BY told_at LIMIT $1";
const INSERT_DELIVERY: &str = "-- inbox: delivery
    INSERT INTO inbox_deliveries (tenant, outlet, sequence, receiver, ordinal, state, words, at)
    SELECT d.tenant, d.outlet, d.sequence, $4,
           1 + coalesce((SELECT max(ordinal) FROM inbox_deliveries
                         WHERE outlet = $2 AND sequence = $3 AND receiver = $4), 0), $5, $6, $7
    FROM inbox_decisions d WHERE d.tenant = $1 AND d.outlet = $2 AND d.sequence = $3";

//! Received documents, decisions on them, and buyers' words on ours.

mod quota;

use invoice::{Hash, Json, OutletId, TenantId, Timestamp};
use rusqlite::{Connection, ErrorCode, Row, params};

use super::registry::{read_outlet, read_taxpayer, written};
use super::rows::{all, count, foreign, hash, instant, integer, one, optional_instant, word};
use super::{events, leases};
use crate::error::LedgerError;
use crate::inbox::{
    AuthorityStanding, AuthorityState, DecisionDelivery, DecisionReceiver, DeliveryState,
    DocumentMark, Given, InboxDocument, InboxFilter, InboxId, InboxSummary, Kept, KeptApproval,
    NewApproval, NewDecision, NewDocument, NewStanding,
};
use crate::limits::{PAGE_MAX, TEXT_BYTES_MAX};
use crate::record::Alert;
use crate::registry::{Environment, Outlet, Taxpayer};
use crate::submission::LeaseToken;

pub(crate) fn outlets_of(
    connection: &Connection,
    tax_id: &str,
    environment: Environment,
) -> Result<Vec<(Outlet, Taxpayer)>, LedgerError> {
    let outlets = all(connection, OUTLETS_OF, (tax_id, environment.as_str()), read_outlet)?;
    let with_taxpayer = |outlet: Outlet| {
        let key = (outlet.tenant.as_str(), outlet.taxpayer.as_str());
        let taxpayer = one(connection, TAXPAYER_OF, key, read_taxpayer)?;
        let taxpayer = taxpayer.ok_or(LedgerError::Unknown("taxpayer"))?;
        Ok((outlet, taxpayer))
    };
    outlets.into_iter().map(with_taxpayer).collect()
}

pub(crate) fn received(
    connection: &Connection,
    tenant: &TenantId,
    outlet: &OutletId,
    (issuer, number, mark): (&str, &str, DocumentMark),
) -> Result<Option<(Hash, Vec<u8>)>, LedgerError> {
    let (same, certificate) = (mark.document_hash.0, mark.certificate.0);
    let params = (outlet.as_str(), tenant.as_str(), issuer, number, same, certificate);
    one(connection, RECEIVED, params, |row| Ok((hash(row, 0)?, row.get(1)?)))
}

pub(crate) fn keep_document(
    connection: &Connection,
    new: &NewDocument,
) -> Result<Kept, LedgerError> {
    let document_hash = Hash::of_note(&new.document);
    let mark = DocumentMark { document_hash, certificate: new.certificate };
    let known = (new.issuer_tax_id.as_str(), new.number.as_str(), mark);
    if let Some((document_hash, receipt)) = received(connection, &new.tenant, &new.outlet, known)? {
        return Ok(Kept::There { document_hash, receipt });
    }
    if !quota::takes_document(connection, new)? {
        return Ok(Kept::TooMany);
    }
    let last = one(connection, LAST, [new.outlet.as_str()], |row| count(row, 0))?;
    let sequence = last.unwrap_or_default() + 1;
    insert_document(connection, (new, document_hash), sequence)?;
    let id = InboxId { outlet: new.outlet.clone(), sequence };
    let told = [
        ("document", id.to_string()),
        ("issuer_tax_id", new.issuer_tax_id.clone()),
        ("number", new.number.clone()),
        ("total", new.total.to_string()),
    ];
    tell(connection, (&new.tenant, &new.outlet), "document.received", &told, new.at)?;
    Ok(Kept::New(id))
}

fn insert_document(
    connection: &Connection,
    (new, document_hash): (&NewDocument, Hash),
    sequence: u64,
) -> Result<(), LedgerError> {
    let row = params![
        new.tenant.as_str(),
        new.outlet.as_str(),
        integer(sequence),
        new.issuer_tax_id,
        new.issuer_name,
        new.number,
        new.kind,
        new.issued_on.to_string(),
        new.total.to_string(),
        new.takes_approval,
        new.inquiry_code,
        new.signer,
        new.certificate.0,
        new.signer_is_party,
        new.chain_checked,
        new.sender,
        new.document,
        size(&new.document),
        document_hash.0,
        new.receipt,
        new.at.micros(),
    ];
    written(connection, INSERT_DOCUMENT, row, "document")?;
    let work = (
        new.tenant.as_str(),
        new.outlet.as_str(),
        integer(sequence),
        AuthorityState::Unasked.as_str(),
        new.at.micros(),
    );
    written(connection, INSERT_WORK, work, "document")
}

fn size(document: &[u8]) -> i64 {
    i64::try_from(document.len()).expect("a document's length is bounded")
}

pub(crate) fn list(
    connection: &Connection,
    tenant: &TenantId,
    filter: &InboxFilter,
    limit: u32,
) -> Result<Vec<InboxSummary>, LedgerError> {
    let outlets = Json::Array(filter.outlets.iter().map(|id| Json::string(id.as_str())).collect());
    let (at, outlet, sequence) = match &filter.before {
        Some((at, id)) => (at.micros(), id.outlet.as_str(), integer(id.sequence)),
        None => (i64::MAX, "", 0),
    };
    let limit = limit.min(PAGE_MAX);
    let params = (tenant.as_str(), outlets.to_text(), at, outlet, sequence, limit);
    all(connection, LIST, params, read_summary)
}

pub(crate) fn document(
    connection: &Connection,
    tenant: &TenantId,
    id: &InboxId,
) -> Result<Option<InboxDocument>, LedgerError> {
    let key = (tenant.as_str(), id.outlet.as_str(), integer(id.sequence));
    let deliveries = all(connection, DELIVERIES, key, read_delivery)?;
    one(connection, DOCUMENT, key, |row| {
        Ok(InboxDocument {
            summary: read_summary(row)?,
            inquiry_code: row.get(17)?,
            signer: row.get(18)?,
            signer_is_party: row.get(19)?,
            sender: row.get(20)?,
            document: row.get(21)?,
            receipt: row.get(22)?,
            decision: row.get(23)?,
            deliveries,
        })
    })
}

pub(crate) fn decide(connection: &Connection, new: &NewDecision) -> Result<(), LedgerError> {
    let decision = if new.reason.is_some() { "rejected" } else { "approved" };
    let row = params![
        new.tenant.as_str(),
        new.id.outlet.as_str(),
        integer(new.id.sequence),
        decision,
        new.reason,
        new.document,
        new.by,
        new.at.micros(),
    ];
    // The row is taken from the tenant's own document: there is none of another's.
    match connection.prepare_cached(INSERT_DECISION)?.execute(row) {
        Ok(1) => {}
        Ok(_) => return Err(LedgerError::Unknown("document")),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            return Err(LedgerError::Conflict("decision"));
        }
        Err(error) => return Err(error.into()),
    }
    for receiver in DecisionReceiver::ALL {
        let (state, words) = (DeliveryState::ToSend, String::new());
        let due = DecisionDelivery { receiver, state, words, at: new.at };
        insert_delivery(connection, &new.tenant, &new.id, &due)?;
    }
    let kind = format!("document.{decision}");
    let told = [("document", new.id.to_string())];
    tell(connection, (&new.tenant, &new.id.outlet), &kind, &told, new.at)
}

/// Of all tenants, the oldest first.
pub(crate) fn decisions_due(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<(TenantId, InboxId)>, LedgerError> {
    all(connection, DECISIONS_DUE, [limit], read_place)
}

pub(crate) fn inquiries_due(
    connection: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(TenantId, InboxId)>, LedgerError> {
    all(connection, INQUIRIES_DUE, (now.micros(), limit), read_place)
}

fn read_place(row: &Row<'_>) -> rusqlite::Result<(TenantId, InboxId)> {
    let id = InboxId { outlet: word(row, 1)?, sequence: count(row, 2)? };
    Ok((word(row, 0)?, id))
}

pub(crate) fn tell_standing(
    connection: &Connection,
    tenant: &TenantId,
    id: &InboxId,
    (token, new): (LeaseToken, &NewStanding),
) -> Result<(), LedgerError> {
    leases::check_document(connection, tenant, id, token)?;
    let key = (tenant.as_str(), id.outlet.as_str(), integer(id.sequence));
    let before = one(connection, STATE, key, |row| row.get::<_, String>(0))?;
    let before = before.ok_or(LedgerError::Unknown("document"))?;
    let words = &new.words[..new.words.floor_char_boundary(TEXT_BYTES_MAX)];
    let (state, ask_at) = (new.state.map(AuthorityState::as_str), new.ask_at);
    let row =
        params![key.0, key.1, key.2, state, words, new.at.micros(), ask_at.map(Timestamp::micros),];
    connection.prepare_cached(TELL_STANDING)?.execute(row)?;
    match new.state.filter(|state| state.is_final() && state.as_str() != before) {
        None => Ok(()),
        Some(state) => {
            let kind = format!("document.authority_{}", state.as_str());
            let told = [("document", id.to_string()), ("words", words.to_owned())];
            tell(connection, (tenant, &id.outlet), &kind, &told, new.at)
        }
    }
}

pub(crate) fn tell_delivery(
    connection: &Connection,
    tenant: &TenantId,
    id: &InboxId,
    (token, delivery): (LeaseToken, &DecisionDelivery),
) -> Result<(), LedgerError> {
    leases::check_document(connection, tenant, id, token)?;
    insert_delivery(connection, tenant, id, delivery)
}

fn insert_delivery(
    connection: &Connection,
    tenant: &TenantId,
    id: &InboxId,
    delivery: &DecisionDelivery,
) -> Result<(), LedgerError> {
    let row = (
        tenant.as_str(),
        id.outlet.as_str(),
        integer(id.sequence),
        delivery.receiver.as_str(),
        delivery.state.as_str(),
        &delivery.words,
        delivery.at.micros(),
    );
    match connection.prepare_cached(INSERT_DELIVERY)?.execute(row)? {
        1 => {
            let tried = (id.outlet.as_str(), integer(id.sequence), delivery.at.micros());
            connection.prepare_cached(TRIED)?.execute(tried)?;
            Ok(())
        }
        _ => Err(LedgerError::Unknown("decision")),
    }
}

pub(crate) fn keep_approval(
    connection: &Connection,
    new: &NewApproval,
) -> Result<KeptApproval, LedgerError> {
    if says_nothing_new(connection, new)? {
        return Ok(KeptApproval::There);
    }
    if !quota::takes_approval(connection, new)? {
        return Ok(KeptApproval::TooMany);
    }
    let (outlet, decision) = (new.invoice.outlet(), decision_of(new));
    let row = params![
        new.tenant.as_str(),
        outlet.as_str(),
        new.invoice.as_str(),
        new.buyer_tax_id,
        decision,
        new.reason,
        new.signer,
        new.certificate.0,
        new.signer_is_party,
        new.chain_checked,
        new.document,
        size(&new.document),
        Hash::of_note(&new.document).0,
        new.at.micros(),
    ];
    written(connection, INSERT_APPROVAL, row, "approval")?;
    let told = [
        ("buyer_tax_id", new.buyer_tax_id.clone()),
        ("invoice", new.invoice.to_string()),
        ("number", new.number.clone()),
        ("reason", new.reason.clone()),
    ];
    let kind = format!("invoice.buyer_{decision}");
    tell(connection, (&new.tenant, &outlet), &kind, &told, new.at)?;
    Ok(KeptApproval::New)
}

/// The same bytes again, whenever; or signed anew, what the same signer said last.
fn says_nothing_new(connection: &Connection, new: &NewApproval) -> Result<bool, LedgerError> {
    let outlet = new.invoice.outlet();
    let known = (outlet.as_str(), new.invoice.as_str(), Hash::of_note(&new.document).0);
    if one(connection, APPROVAL_THERE, known, |_| Ok(()))?.is_some() {
        return Ok(true);
    }
    let last = one(connection, LAST_APPROVAL, (outlet.as_str(), new.invoice.as_str()), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, hash(row, 2)?))
    })?;
    Ok(last.is_some_and(|(decision, reason, certificate)| {
        (decision.as_str(), &reason, certificate)
            == (decision_of(new), &new.reason, new.certificate)
    }))
}

fn decision_of(new: &NewApproval) -> &'static str {
    if new.is_approved { "approved" } else { "rejected" }
}

/// One event of what came in.
fn tell(
    connection: &Connection,
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
    events::write_alert(connection, &event)
}

fn read_summary(row: &Row<'_>) -> rusqlite::Result<InboxSummary> {
    let outlet = word(row, 0)?;
    let issued_on: String = row.get(6)?;
    let given_at = optional_instant(row, 10)?;
    let reason = row.get(11)?;
    Ok(InboxSummary {
        id: InboxId { outlet, sequence: count(row, 1)? },
        issuer_tax_id: row.get(2)?,
        issuer_name: row.get(3)?,
        number: row.get(4)?,
        kind: row.get(5)?,
        issued_on: issued_on.parse().map_err(|_| foreign(6, &issued_on))?,
        total: word(row, 7)?,
        takes_approval: row.get(8)?,
        received_at: instant(row, 9)?,
        decision: given_at.map(|at| Given { reason, at }),
        chain_checked: row.get(12)?,
        authority: read_standing(row)?,
    })
}

fn read_standing(row: &Row<'_>) -> rusqlite::Result<AuthorityStanding> {
    let state: String = row.get(13)?;
    Ok(AuthorityStanding {
        state: AuthorityState::parse(&state).ok_or_else(|| foreign(13, &state))?,
        words: row.get(14)?,
        asked: count(row, 15)?,
        at: instant(row, 16)?,
    })
}

fn read_delivery(row: &Row<'_>) -> rusqlite::Result<DecisionDelivery> {
    let (receiver, state): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(DecisionDelivery {
        receiver: DecisionReceiver::parse(&receiver).ok_or_else(|| foreign(0, &receiver))?,
        state: DeliveryState::parse(&state).ok_or_else(|| foreign(1, &state))?,
        words: row.get(2)?,
        at: instant(row, 3)?,
    })
}

const DAY: i64 = 24 * 60 * 60 * invoice::SECOND;

const OUTLETS_OF: &str = "-- inbox: outlets of a tax number
    SELECT o.id, o.tenant, o.taxpayer, o.code, o.name, o.address, o.city, o.phone, o.email, o.zone,
           o.number_template, o.authority, o.environment, o.key_uri, o.settings, o.created_at
    FROM taxpayers t JOIN outlets o ON o.tenant = t.tenant AND o.taxpayer = t.id
    WHERE t.tax_id = ?1 AND o.environment = ?2 ORDER BY o.id";
const TAXPAYER_OF: &str = "-- inbox: taxpayer of an outlet
    SELECT tenant, id, tax_id, name, register, regime_label, address, phone, email, created_at
    FROM taxpayers WHERE tenant = ?1 AND id = ?2";
const RECEIVED: &str = "-- inbox: received
    SELECT i.document_hash, i.receipt
    FROM inbox i JOIN inbox_work w ON w.outlet = i.outlet AND w.sequence = i.sequence
    WHERE i.outlet = ?1 AND i.tenant = ?2 AND i.issuer = ?3 AND i.number = ?4
      AND (i.document_hash = ?5 OR i.certificate = ?6 OR i.chain_checked
           OR w.state IN ('accepted', 'accepted_conditionally'))
    ORDER BY i.document_hash = ?5 DESC LIMIT 1";
const LAST: &str = "-- inbox: last
    SELECT coalesce(max(sequence), 0) FROM inbox WHERE outlet = ?1";
const INSERT_DOCUMENT: &str = "-- inbox: document
    INSERT INTO inbox (tenant, outlet, sequence, issuer, issuer_name, number, document_kind,
        issued_on, total, takes_approval, inquiry_code, signer, certificate, signer_is_party,
        chain_checked, sender, document, document_bytes, document_hash, receipt, at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20, ?21)";
const INSERT_WORK: &str = "-- inbox: work
    INSERT INTO inbox_work (tenant, outlet, sequence, state, words, asked, asked_at, ask_at, told_at)
    VALUES (?1, ?2, ?3, ?4, '', 0, ?5, ?5, NULL)";
const STATE: &str = "-- inbox: state at the authority
    SELECT state FROM inbox_work WHERE tenant = ?1 AND outlet = ?2 AND sequence = ?3";
const TELL_STANDING: &str = "-- inbox: standing at the authority
    UPDATE inbox_work SET state = coalesce(?4, state), words = ?5, asked = asked + 1,
        asked_at = ?6, ask_at = ?7, lease_owner = NULL, lease_until = NULL
    WHERE tenant = ?1 AND outlet = ?2 AND sequence = ?3";
const INQUIRIES_DUE: &str = "-- inbox: inquiries due
    SELECT tenant, outlet, sequence FROM inbox_work
    WHERE ask_at IS NOT NULL AND ask_at <= ?1 ORDER BY ask_at LIMIT ?2";
const TRIED: &str = "-- inbox: a decision was tried
    UPDATE inbox_work SET told_at = CASE WHEN EXISTS (
        SELECT 1 FROM inbox_deliveries d
        WHERE d.outlet = ?1 AND d.sequence = ?2 AND d.state = 'to_send'
          AND d.ordinal = (SELECT max(ordinal) FROM inbox_deliveries
                           WHERE outlet = ?1 AND sequence = ?2 AND receiver = d.receiver)
    ) THEN ?3 END
    WHERE outlet = ?1 AND sequence = ?2";
const LIST: &str = "-- inbox: list
    SELECT i.outlet, i.sequence, i.issuer, i.issuer_name, i.number, i.document_kind, i.issued_on,
           i.total, i.takes_approval, i.at, d.at, d.reason, i.chain_checked, w.state, w.words,
           w.asked, w.asked_at
    FROM inbox i
    JOIN inbox_work w ON w.outlet = i.outlet AND w.sequence = i.sequence
    LEFT JOIN inbox_decisions d ON d.outlet = i.outlet AND d.sequence = i.sequence
    WHERE i.tenant = ?1 AND i.outlet IN (SELECT value FROM json_each(?2))
      AND (i.at, i.outlet, i.sequence) < (?3, ?4, ?5)
    ORDER BY i.at DESC, i.outlet DESC, i.sequence DESC LIMIT ?6";
const DOCUMENT: &str = "-- inbox: one
    SELECT i.outlet, i.sequence, i.issuer, i.issuer_name, i.number, i.document_kind, i.issued_on,
           i.total, i.takes_approval, i.at, d.at, d.reason, i.chain_checked, w.state, w.words,
           w.asked, w.asked_at, i.inquiry_code, i.signer, i.signer_is_party, i.sender, i.document,
           i.receipt, d.document
    FROM inbox i
    JOIN inbox_work w ON w.outlet = i.outlet AND w.sequence = i.sequence
    LEFT JOIN inbox_decisions d ON d.outlet = i.outlet AND d.sequence = i.sequence
    WHERE i.tenant = ?1 AND i.outlet = ?2 AND i.sequence = ?3";
const INSERT_DECISION: &str = "-- inbox: decision
    INSERT INTO inbox_decisions (tenant, outlet, sequence, decision, reason, document, decided_by, at)
    SELECT tenant, outlet, sequence, ?4, ?5, ?6, ?7, ?8 FROM inbox
    WHERE tenant = ?1 AND outlet = ?2 AND sequence = ?3";
const DELIVERIES: &str = "-- inbox: deliveries
    SELECT receiver, state, words, at FROM inbox_deliveries d
    WHERE tenant = ?1 AND outlet = ?2 AND sequence = ?3
      AND ordinal = (SELECT max(ordinal) FROM inbox_deliveries
                     WHERE outlet = ?2 AND sequence = ?3 AND receiver = d.receiver)
    ORDER BY receiver DESC";
const DECISIONS_DUE: &str = "-- inbox: decisions due
    SELECT tenant, outlet, sequence FROM inbox_work
    WHERE told_at IS NOT NULL ORDER BY told_at LIMIT ?1";
const INSERT_DELIVERY: &str = "-- inbox: delivery
    INSERT INTO inbox_deliveries (tenant, outlet, sequence, receiver, ordinal, state, words, at)
    SELECT d.tenant, d.outlet, d.sequence, ?4,
           1 + coalesce((SELECT max(ordinal) FROM inbox_deliveries
                         WHERE outlet = ?2 AND sequence = ?3 AND receiver = ?4), 0), ?5, ?6, ?7
    FROM inbox_decisions d WHERE d.tenant = ?1 AND d.outlet = ?2 AND d.sequence = ?3";
const APPROVAL_THERE: &str = "-- inbox: an approval of ours that is there
    SELECT 1 FROM received_approvals WHERE outlet = ?1 AND invoice = ?2 AND document_hash = ?3";
const LAST_APPROVAL: &str = "-- inbox: what was said last of an invoice
    SELECT decision, reason, certificate FROM received_approvals WHERE outlet = ?1 AND invoice = ?2
    ORDER BY ordinal DESC LIMIT 1";
const INSERT_APPROVAL: &str = "-- inbox: approval of ours
    INSERT INTO received_approvals (tenant, outlet, invoice, ordinal, buyer, decision, reason, signer,
        certificate, signer_is_party, chain_checked, document, document_bytes, document_hash, at)
    SELECT ?1, ?2, ?3, 1 + coalesce(max(ordinal), 0), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
    FROM received_approvals WHERE outlet = ?2 AND invoice = ?3";

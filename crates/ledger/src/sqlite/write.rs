//! Writes the rows of a chained batch: those without signatures while the signatures are made.

use std::collections::{BTreeMap, HashMap};

use invoice::{EntryKind, InvoiceId, OutletId, RangeId, TenantId, Timestamp};
use rusqlite::{Connection, ErrorCode, params};

use super::claims;
use super::rows::{integer, one, word};
use super::{events, log, submissions};
use crate::anchor::Rollback;
use crate::batch::{
    FIRST_LEASE, InvoiceFacts, Logs, Order, PlannedEntry, Signatures, Slot, Subject,
};
use crate::error::LedgerError;
use crate::order::{AppendOrder, Assigned, Prepared, SealOrder};
use crate::record::Head;
use crate::series::SeriesKey;
use crate::stage::Stage;

/// Writes what a round planned, but for the entries, which want their signatures; false if an order
/// had to be dropped, so that what was written must be rolled back and planned anew.
pub(super) fn rows(
    connection: &Connection,
    slots: &mut [Slot],
    heads: &HashMap<OutletId, Head>,
    logs: &Logs,
) -> Result<bool, LedgerError> {
    let dropped = write_all(connection, slots, write_rows)?;
    let all = dropped.is_none();
    drop_order(slots, dropped);
    if all {
        write_heads(connection, slots, (heads, logs))?;
        write_series(connection, slots)?;
    }
    Ok(all)
}

/// Writes the entries of all rounds, each as soon as it is signed, and what their logs have become;
/// false as in [`rows`]. Does what is given before each of them: signatures are on their way meanwhile.
pub(super) fn entries(
    connection: &Connection,
    slots: &mut [Slot],
    (logs, signatures): (&mut Logs, &mut Signatures),
    mut meanwhile: impl FnMut(&[Slot], (&Logs, &Signatures)) -> Result<(), LedgerError>,
) -> Result<bool, LedgerError> {
    events::write(connection, slots)?;
    for place in 0..slots.len() {
        if slots[place].entry().is_none() {
            continue;
        }
        meanwhile(slots, (logs, signatures))?;
        signatures.until_signed(place, slots, logs);
        if slots[place].failure.is_some() {
            // A signer that is gone fails all its orders: they are dropped together.
            signatures.gather(slots, logs);
            return Ok(false);
        }
        let dropped = write_all(connection, &slots[place..=place], write_entry)?;
        if let Some((_, failure)) = dropped {
            drop_order(slots, Some((place, failure)));
            return Ok(false);
        }
    }
    signatures.gather(slots, logs);
    if slots.iter().any(is_newly_dropped) {
        return Ok(false);
    }
    log::write(connection, logs)?;
    logs.prove(slots);
    Ok(true)
}

type Dropped = Option<(usize, LedgerError)>;

fn drop_order(slots: &mut [Slot], dropped: Dropped) {
    if let Some((index, failure)) = dropped {
        slots[index].failure.get_or_insert(failure);
    }
}

fn is_newly_dropped(slot: &Slot) -> bool {
    slot.failure.is_some() && slot.entry().is_some()
}

/// Writes one sort of rows for every planned entry. What the schema refuses drops its order;
/// anything else fails the batch.
fn write_all(
    connection: &Connection,
    slots: &[Slot],
    write: fn(&Connection, &Slot, &PlannedEntry) -> Result<(), LedgerError>,
) -> Result<Dropped, LedgerError> {
    for (index, slot) in slots.iter().enumerate() {
        let Some(entry) = slot.entry() else { continue };
        match write(connection, slot, entry) {
            Ok(()) => {}
            Err(LedgerError::Store(error)) if !is_the_orders_own(&error) => {
                return Err(error.into());
            }
            // The rows after it may hang on what it did not write, so the round ends here.
            Err(failure) => return Ok(Some((index, failure))),
        }
    }
    Ok(None)
}

fn is_the_orders_own(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
    )
}

fn write_rows(
    connection: &Connection,
    slot: &Slot,
    entry: &PlannedEntry,
) -> Result<(), LedgerError> {
    match (&slot.order, &entry.subject) {
        (Order::Seal(order, _), Subject::Opening { assigned, turn, claims }) => {
            let (_, prepared) = slot.prepared.as_ref().expect("what is written was prepared");
            insert_invoice(connection, order, assigned, (*turn, prepared))?;
            claims::key_and_credits(connection, order, assigned.sealed_at)?;
            claims::replacement(connection, order, claims.replacement_turn)?;
            claims::stand_in(connection, order, claims.stand_in_turn)?;
            insert_submission(connection, order, assigned, prepared)
        }
        (Order::Append(order, _), Subject::FollowUp { facts, stage, frees_number, .. }) => {
            follow_up(connection, order, facts, (*stage, *frees_number))
        }
        (Order::Clock(..), Subject::Outlet { .. }) => Ok(()),
        (Order::Recover(..), Subject::Recovery { rollback, .. }) => write_off(connection, rollback),
        _ => unreachable!("an order's subject is of its own sort"),
    }
}

/// Nobody gets a number that is free now: it may have been taken in what is lost.
fn write_off(connection: &Connection, rollback: &Rollback) -> Result<(), LedgerError> {
    for run in &rollback.unsure {
        let series = run.series.to_string();
        for ordinal in run.ordinals() {
            let number = (rollback.outlet.as_str(), &series, integer(ordinal));
            connection.prepare_cached(TAKE_NUMBER)?.execute(number)?;
        }
    }
    Ok(())
}

fn insert_invoice(
    connection: &Connection,
    order: &SealOrder,
    assigned: &Assigned,
    (turn, prepared): (u64, &Prepared),
) -> Result<(), LedgerError> {
    let outlet = order.invoice.outlet();
    let summary = &order.summary;
    let series = assigned.series.to_string();
    let inserted = connection.prepare_cached(INSERT_INVOICE)?.execute(params![
        outlet.as_str(),
        integer(assigned.sequence),
        order.invoice.as_str(),
        order.tenant.as_str(),
        series,
        assigned.range.as_ref().map(RangeId::as_str),
        integer(assigned.sequence_in_series),
        integer(turn),
        assigned.number,
        assigned.sealed_at.micros(),
        order.taxpayer,
        order.total.to_string(),
        order.currency,
        order.regime,
        order.payload.hash().0,
        summary.document_kind,
        summary.issued_on,
        summary.customer_name,
        summary.customer_tax_id,
        prepared.opening.stage().as_str(),
    ]);
    match inserted {
        Ok(_) => {}
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            return Err(existing(connection, &order.invoice)?.unwrap_or(error.into()));
        }
        Err(error) => return Err(error.into()),
    }
    if turn > 1 {
        let number = (outlet.as_str(), &series, integer(assigned.sequence_in_series));
        let taken = connection.prepare_cached(TAKE_NUMBER)?.execute(number)?;
        assert_eq!(taken, 1, "a number that is taken again was free");
    }
    Ok(())
}

fn existing(
    connection: &Connection,
    invoice: &InvoiceId,
) -> Result<Option<LedgerError>, LedgerError> {
    let outlet = invoice.outlet();
    let exists =
        connection.prepare_cached(INVOICE_EXISTS)?.exists((outlet.as_str(), invoice.as_str()))?;
    Ok(exists.then(|| LedgerError::InvoiceExists(invoice.clone())))
}

fn insert_submission(
    connection: &Connection,
    order: &SealOrder,
    assigned: &Assigned,
    prepared: &Prepared,
) -> Result<(), LedgerError> {
    let new = &prepared.submission;
    let at = assigned.sealed_at.micros();
    connection.prepare_cached(INSERT_SUBMISSION)?.execute(params![
        order.invoice.outlet().as_str(),
        integer(assigned.sequence),
        order.invoice.as_str(),
        order.tenant.as_str(),
        new.state.as_str(),
        new.progress,
        new.due_at.micros(),
        new.ordered,
        if new.lease.is_some() { integer(FIRST_LEASE.0) } else { 0 },
        new.lease.as_ref().map(|lease| &lease.owner),
        new.lease.as_ref().map(|lease| lease.until.micros()),
        at,
        new.send_by.map(Timestamp::micros),
    ])?;
    Ok(())
}

fn follow_up(
    connection: &Connection,
    order: &AppendOrder,
    facts: &InvoiceFacts,
    (stage, frees_number): (Stage, bool),
) -> Result<(), LedgerError> {
    let outlet = order.invoice.outlet();
    let updated = connection.prepare_cached(SET_STAGE)?.execute((
        outlet.as_str(),
        integer(facts.sequence),
        stage.as_str(),
    ))?;
    assert_eq!(updated, 1, "an entry follows upon an invoice that exists");
    if frees_number {
        connection.prepare_cached(FREE_NUMBER)?.execute((
            outlet.as_str(),
            facts.series.to_string(),
            integer(facts.ordinal),
            order.tenant.as_str(),
            integer(facts.turn + 1),
            stage.is_sealed().then_some(order.invoice.as_str()),
        ))?;
    }
    if order.kind.kind() == EntryKind::Refused {
        claims::release(connection, &order.invoice)?;
    }
    submissions::change(connection, &order.invoice, &order.change, (order.now, None))?;
    match &order.attempt {
        None => Ok(()),
        Some(attempt) => {
            submissions::record_attempt(connection, &order.tenant, &order.invoice, attempt)
        }
    }
}

fn write_entry(
    connection: &Connection,
    slot: &Slot,
    entry: &PlannedEntry,
) -> Result<(), LedgerError> {
    let signed = slot.signed.as_ref().expect("what is planned is chained");
    let (invoice, kind, content) = match (&slot.order, &entry.subject) {
        (Order::Seal(order, _), _) => {
            let (_, prepared) = slot.prepared.as_ref().expect("what is written was prepared");
            let content = (&prepared.elements, &prepared.authority_code, None);
            let payload = Some(order.payload.bytes());
            (Some(&order.invoice), prepared.opening.kind(), (content, payload))
        }
        (Order::Append(order, _), Subject::FollowUp { code, .. }) => {
            let content = (&order.elements, code, None);
            (Some(&order.invoice), order.kind.kind(), (content, None))
        }
        (Order::Clock(..), Subject::Outlet { note, .. }) => {
            (None, EntryKind::ClockAccepted, ((&None, &None, Some(note)), None))
        }
        (Order::Recover(..), Subject::Recovery { note, .. }) => {
            (None, EntryKind::Recovered, ((&None, &None, Some(note)), None))
        }
        (Order::Append(..) | Order::Clock(..) | Order::Recover(..), _) => {
            unreachable!("an order's subject is of its own sort")
        }
    };
    let ((elements, authority_code, note), payload) = content;
    let opening = match &entry.subject {
        Subject::Opening { .. } => Some(entry.sequence),
        Subject::FollowUp { facts, .. } => Some(facts.sequence),
        Subject::Outlet { .. } | Subject::Recovery { .. } => None,
    };
    let inserted = connection.prepare_cached(INSERT_ENTRY)?.execute(params![
        entry.outlet.as_str(),
        integer(entry.sequence),
        slot.order.tenant().as_str(),
        invoice.map(InvoiceId::as_str),
        opening.map(integer),
        kind.as_str(),
        entry.at.micros(),
        signed.statement,
        signed.hash.0,
        slot.order.signer().key_id,
        signed.signature.expect("an entry is written with its signature"),
        elements,
        authority_code,
        note,
        payload,
    ]);
    match (inserted, authority_code) {
        (Err(error), Some(code))
            if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) =>
        {
            Err(code_taken(connection, slot.order.tenant(), code)?.unwrap_or(error.into()))
        }
        (inserted, _) => Ok(inserted.map(|_| ())?),
    }
}

fn code_taken(
    connection: &Connection,
    tenant: &TenantId,
    code: &str,
) -> Result<Option<LedgerError>, LedgerError> {
    let invoice = one(connection, CODE_OWNER, (tenant.as_str(), code), |row| word(row, 0))?;
    Ok(invoice.map(|invoice| LedgerError::CodeTaken { code: code.to_owned(), invoice }))
}

/// The update finds the head that the batch was planned upon, or the batch fails.
fn write_heads(
    connection: &Connection,
    slots: &[Slot],
    (heads, logs): (&HashMap<OutletId, Head>, &Logs),
) -> Result<(), LedgerError> {
    let mut written: BTreeMap<&str, (&TenantId, u64)> = BTreeMap::new();
    for slot in slots {
        let Some(entry) = slot.entry() else { continue };
        written.entry(entry.outlet.as_str()).or_insert((slot.order.tenant(), 0)).1 += 1;
    }
    for (outlet, head) in heads {
        let Some((tenant, count)) = written.get(outlet.as_str()) else { continue };
        let at = head.at.expect("a head that moved has a time").micros();
        let before = head.sequence - count;
        let generation = logs.generation(outlet);
        let moved = connection.prepare_cached(MOVE_HEAD)?.execute(params![
            outlet.as_str(),
            integer(head.sequence),
            head.hash.0,
            at,
            integer(before),
            tenant.as_str(),
            logs.frontier(outlet),
            integer(generation.number),
            integer(generation.since),
        ])?;
        if moved != 1 {
            return Err(LedgerError::Corrupt(format!("the head of {outlet} moved by itself")));
        }
    }
    Ok(())
}

fn write_series(connection: &Connection, slots: &[Slot]) -> Result<(), LedgerError> {
    let mut last: BTreeMap<(&str, &SeriesKey, &TenantId), u64> = BTreeMap::new();
    for slot in slots {
        let Some(entry) = slot.entry() else { continue };
        for (series, taken) in entry.subject.taken() {
            let series = (entry.outlet.as_str(), series, slot.order.tenant());
            let ordinal = last.entry(series).or_default();
            *ordinal = taken.max(*ordinal);
        }
    }
    for ((outlet, series, tenant), ordinal) in last {
        let row = (outlet, series.to_string(), integer(ordinal), tenant.as_str());
        connection.prepare_cached(RAISE_SERIES)?.execute(row)?;
    }
    Ok(())
}

const INSERT_ENTRY: &str = "-- write: entry
    INSERT INTO entries (outlet, sequence, tenant, invoice, opening, kind, at, statement, hash,
        key_id, signature, elements, authority_code, note, payload)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
const INSERT_INVOICE: &str = "-- write: invoice
    INSERT INTO invoices (outlet, sequence, invoice, tenant, series, range, ordinal, turn, number,
        at, taxpayer, total, currency, regime, payload_hash, document_kind, issued_on,
        customer_name, customer_tax_id, stage)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        ?20)";
const INVOICE_EXISTS: &str = "-- write: invoice exists
    SELECT 1 FROM invoices WHERE outlet = ?1 AND invoice = ?2";
const TAKE_NUMBER: &str = "-- write: take a free number
    DELETE FROM free_numbers WHERE outlet = ?1 AND series = ?2 AND ordinal = ?3";
const FREE_NUMBER: &str = "-- write: free a number
    INSERT INTO free_numbers (outlet, series, ordinal, tenant, turn, held_for)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const CODE_OWNER: &str = "-- write: who has a code
    SELECT invoice FROM entries WHERE tenant = ?1 AND authority_code = ?2
    AND kind IN ('sealed', 'acknowledged') AND authority_code IS NOT NULL";
const INSERT_SUBMISSION: &str = "-- write: submission
    INSERT INTO submissions (outlet, sequence, invoice, tenant, state, progress, due_at, ordered,
        lease_token, lease_owner, lease_until, attempts, created_at, state_since, send_by)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?12, ?13)";
const SET_STAGE: &str = "-- write: stage
    UPDATE invoices SET stage = ?3 WHERE outlet = ?1 AND sequence = ?2";
const MOVE_HEAD: &str = "-- write: head
    INSERT INTO heads (outlet, sequence, hash, at, tenant, frontier, generation, recovered_at)
    VALUES (?1, ?2, ?3, ?4, ?6, ?7, ?8, ?9)
    ON CONFLICT (outlet) DO UPDATE SET sequence = ?2, hash = ?3, at = ?4, frontier = ?7,
        generation = ?8, recovered_at = ?9
    WHERE sequence = ?5";
const RAISE_SERIES: &str = "-- write: series
    INSERT INTO series (outlet, series, last, tenant) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (outlet, series) DO UPDATE SET last = max(last, ?3)";

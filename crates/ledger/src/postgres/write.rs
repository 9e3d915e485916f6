//! The rows of a chained batch: those without signatures while these are made, then the entries with
//! their events.

use std::collections::{BTreeMap, HashMap};

use invoice::{EntryKind, InvoiceId, OutletId};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Statement};

use super::columns::{
    Attempts, Changes, Credits, Freed, Released, Replacements, Stages, StandIns, Taken, Traces,
};
use super::facts::Ready;
use super::log;
use super::openings::Openings;
use super::records::{Record, Records};
use crate::anchor::Rollback;
use crate::batch::{Claims, InvoiceFacts, Logs, Order, PlannedEntry, Slot, Subject};
use crate::error::LedgerError;
use crate::limits::STATEMENT_BYTES_MAX;
use crate::order::{AppendOrder, SealOrder};
use crate::record::Head;
use crate::stage::Stage;
use crate::word::{integer, short};

/// Whether nothing but invoices is opened, which claim no line, place or receipt.
pub(super) fn is_plain(slots: &[Slot]) -> bool {
    let is_plain = |(slot, entry): (&Slot, &PlannedEntry)| match (&slot.order, &entry.subject) {
        (Order::Seal(order, _), Subject::Opening { turn: 1, .. }) => {
            order.credits.is_empty() && order.replaces.is_none() && order.stands_for.is_none()
        }
        _ => false,
    };
    written(slots).all(is_plain)
}

/// Writes what was planned, but for the entries, which want their signatures.
pub(super) async fn rows(
    ready: Ready<'_>,
    slots: &[Slot],
    (heads, logs): (&HashMap<OutletId, Head>, &Logs),
) -> Result<(), LedgerError> {
    let openings = Openings::of(slots, (heads, logs));
    let rest = Rest::of(slots)?;
    // Futures of one poll send in this order, and the server runs in it.
    let (openings, rest) = tokio::join!(biased; openings.write(ready), rest.write(ready));
    // The first of them that failed says why; after it the transaction refuses everything.
    openings?;
    rest
}

/// Writes the entries and their events, and commits: what became of the rows, and of the commit. All
/// is sent before anything is answered, and a commit after a refusal is a rollback.
pub(super) async fn entries_and_commit(
    ready: Ready<'_>,
    slots: &[Slot],
    logs: &Logs,
) -> (Result<(), Error>, Result<(), Error>) {
    let mut statements = all_entries(slots);
    let last = statements.pop().expect("there is one");
    for entries in &statements {
        let insert = &ready.statements.insert_entries;
        if let Err(error) = ready.client.execute(insert, &[entries]).await {
            return (Err(error), Ok(()));
        }
    }
    let (tenants, counts, events) = events(slots);
    let (checkpoints, tiles) = log::records(logs);
    let insert = &ready.statements.insert_last_entries;
    let rows: [&(dyn ToSql + Sync); 6] = [&last, &checkpoints, &tiles, &tenants, &counts, &events];
    let (rows, commit) = tokio::join!(biased;
        ready.client.execute(insert, &rows),
        ready.client.batch_execute("COMMIT"),
    );
    (rows.map(|_| ()), commit)
}

/// What the batch's entries are found by, once they are written. By their invoice as well: a statement
/// does not name it, and another server that seals the same thing in the same microsecond signs the
/// same.
pub(super) fn traces(slots: &[Slot]) -> Traces<'_> {
    let mut traces = Traces::default();
    for (slot, entry) in written(slots) {
        let signed = slot.signed.as_ref().expect("what is planned is chained");
        traces.outlet.push(entry.outlet.as_str());
        traces.sequence.push(integer(entry.sequence));
        traces.hash.push(&signed.hash.0);
        traces.invoice.push(content(slot, entry).0.map(InvoiceId::as_str));
    }
    traces
}

async fn write(
    ready: Ready<'_>,
    statement: &Statement,
    count: usize,
    params: Vec<&(dyn ToSql + Sync)>,
) -> Result<u64, Error> {
    if count == 0 { Ok(0) } else { ready.client.execute(statement, &params).await }
}

/// What was read under a lock is there when it is written.
fn wrote(found: u64, wanted: usize, what: &str) -> Result<(), LedgerError> {
    if found == wanted as u64 {
        Ok(())
    } else {
        Err(LedgerError::Corrupt(format!("of {wanted} {what} {found} were as they were read")))
    }
}

pub(super) fn written(slots: &[Slot]) -> impl Iterator<Item = (&Slot, &PlannedEntry)> {
    slots.iter().filter_map(|slot| Some((slot, slot.entry()?)))
}

/// What few batches write: claims, and what comes of an invoice later.
#[derive(Default)]
struct Rest<'a> {
    credits: Credits<'a>,
    replacements: Replacements<'a>,
    stand_ins: StandIns<'a>,
    stages: Stages<'a>,
    changes: Changes<'a>,
    attempts: Attempts<'a>,
    freed: Freed<'a>,
    taken: Taken<'a>,
    released: Released<'a>,
}

impl<'a> Rest<'a> {
    fn of(slots: &'a [Slot]) -> Result<Self, LedgerError> {
        let mut rows = Self::default();
        for (slot, entry) in written(slots) {
            match (&slot.order, &entry.subject) {
                (Order::Seal(order, _), Subject::Opening { assigned, turn, claims }) => {
                    if *turn > 1 {
                        let ordinal = integer(assigned.sequence_in_series);
                        rows.take(&entry.outlet, &assigned.series.to_string(), ordinal);
                    }
                    rows.claims(order, *claims)?;
                }
                (Order::Append(order, _), Subject::FollowUp { facts, stage, frees_number, .. }) => {
                    rows.follow_up(order, facts, (*stage, *frees_number));
                }
                (Order::Clock(..), Subject::Outlet { .. }) => {}
                (Order::Recover(..), Subject::Recovery { rollback, .. }) => {
                    rows.write_off(rollback);
                }
                _ => unreachable!("an order's subject is of its own sort"),
            }
        }
        Ok(rows)
    }

    async fn write(&self, ready: Ready<'_>) -> Result<(), LedgerError> {
        let write = |statement, count, params| write(ready, statement, count, params);
        let is = ready.statements;
        let (released, replaced) = (self.released.invoice.len(), self.replacements.turn.len());
        let claims = async {
            tokio::join!(biased;
                write(&is.release_credits, released, self.released.params()),
                write(&is.insert_credits, self.credits.line.len(), self.credits.params()),
                write(&is.release_replacements, released, self.released.params()),
                write(&is.insert_replacements, replaced, self.replacements.params()),
                write(&is.release_stand_ins, released, self.released.params()),
                write(&is.insert_stand_ins, self.stand_ins.turn.len(), self.stand_ins.params()),
            )
        };
        let standing = async {
            tokio::join!(biased;
                write(&is.set_stages, self.stages.outlet.len(), self.stages.params()),
                write(&is.change_submissions, self.changes.outlet.len(), self.changes.params()),
                write(&is.insert_attempts, self.attempts.outlet.len(), self.attempts.params()),
                // A number that came back in this batch may be taken in it.
                write(&is.free_some_numbers, self.freed.outlet.len(), self.freed.params()),
                write(&is.take_free_numbers, self.taken.outlet.len(), self.taken.params()),
            )
        };
        let (claims, standing) = tokio::join!(biased; claims, standing);
        let done: ([_; 6], [_; 5]) = (claims.into(), standing.into());
        let done: Vec<u64> = done.0.into_iter().chain(done.1).collect::<Result<_, Error>>()?;
        wrote(done[5], self.stand_ins.turn.len(), "outlets")?;
        wrote(done[6], self.stages.outlet.len(), "invoices")?;
        wrote(done[7], self.changes.outlet.len(), "submissions")?;
        wrote(done[8], self.attempts.outlet.len(), "submissions")?;
        wrote(done[9], self.freed.outlet.len(), "free numbers")?;
        wrote(done[10], self.taken.outlet.len(), "free numbers")
    }

    fn take(&mut self, outlet: &OutletId, series: &str, ordinal: i64) {
        self.taken.outlet.push(outlet.as_str().to_owned());
        self.taken.series.push(series.to_owned());
        self.taken.ordinal.push(ordinal);
    }

    /// The order's claims: on lines of originals, on the place of a refused invoice or of a receipt on
    /// paper.
    fn claims(&mut self, order: &'a SealOrder, claims: Claims) -> Result<(), LedgerError> {
        let mut lines: BTreeMap<(&InvoiceId, u32), i128> = BTreeMap::new();
        for claim in &order.credits {
            *lines.entry((&claim.original, claim.line)).or_default() += claim.quantity.units();
        }
        for ((original, line), units) in lines {
            let units = i64::try_from(units).map_err(|_| LedgerError::Conflict("credit"))?;
            self.credits.tenant.push(order.tenant.as_str());
            self.credits.original.push(original.as_str());
            self.credits.line.push(line.into());
            self.credits.invoice.push(order.invoice.as_str());
            self.credits.quantity.push(units);
        }
        if let (Some(replaced), Some(turn)) = (&order.replaces, claims.replacement_turn) {
            self.replacements.tenant.push(order.tenant.as_str());
            self.replacements.replaced.push(replaced.as_str());
            self.replacements.turn.push(integer(turn));
            self.replacements.invoice.push(order.invoice.as_str());
        }
        if let (Some(number), Some(turn)) = (&order.stands_for, claims.stand_in_turn) {
            self.stand_ins.tenant.push(order.tenant.as_str());
            self.stand_ins.taxpayer.push(&order.taxpayer);
            self.stand_ins.outlet.push(order.invoice.outlet().as_str().to_owned());
            self.stand_ins.number.push(number);
            self.stand_ins.turn.push(integer(turn));
            self.stand_ins.invoice.push(order.invoice.as_str());
        }
        Ok(())
    }

    /// Nobody gets a number that is free now: it may have been taken in what is lost.
    fn write_off(&mut self, rollback: &Rollback) {
        for run in &rollback.unsure {
            for ordinal in run.ordinals() {
                self.take(&rollback.outlet, &run.series.to_string(), integer(ordinal));
            }
        }
    }

    fn follow_up(
        &mut self,
        order: &'a AppendOrder,
        facts: &InvoiceFacts,
        (stage, frees_number): (Stage, bool),
    ) {
        let outlet = order.invoice.outlet().as_str().to_owned();
        let sequence = integer(facts.sequence);
        self.stages.outlet.push(outlet.clone());
        self.stages.sequence.push(sequence);
        self.stages.stage.push(stage.as_str());
        if frees_number {
            self.freed.outlet.push(outlet.clone());
            self.freed.series.push(facts.series.to_string());
            self.freed.ordinal.push(integer(facts.ordinal));
            self.freed.tenant.push(order.tenant.as_str());
            self.freed.turn.push(integer(facts.turn + 1));
            let held_for = stage.is_sealed().then_some(order.invoice.as_str());
            self.freed.held_for.push(held_for);
        }
        if order.kind.kind() == EntryKind::Refused {
            self.released.invoice.push(order.invoice.as_str());
        }
        let (rows, change) = (&mut self.changes, &order.change);
        rows.outlet.push(outlet.clone());
        rows.sequence.push(sequence);
        rows.state.push(change.state.as_str());
        rows.progress.push(&change.progress);
        rows.due_at.push(change.due_at.micros());
        rows.last_answer.push(change.last_answer.as_deref().map(short));
        rows.release.push(change.release);
        rows.now.push(order.now.micros());
        rows.tried.push(order.attempt.is_some());
        if let Some(attempt) = &order.attempt {
            let rows = &mut self.attempts;
            rows.outlet.push(outlet);
            rows.sequence.push(sequence);
            rows.at.push(attempt.at.micros());
            rows.asked.push(short(&attempt.asked));
            rows.answer.push(short(&attempt.answer));
            rows.duration_micros.push(integer(attempt.duration_micros));
            rows.outcome.push(short(&attempt.outcome));
        }
    }
}

/// In as many statements as keep each within its bytes.
pub(super) fn all_entries(slots: &[Slot]) -> Vec<Records> {
    let mut statements = vec![Records::default()];
    for (slot, entry) in written(slots) {
        let last = statements.last_mut().expect("there is one");
        if last.size() > STATEMENT_BYTES_MAX {
            statements.push(Records::default());
        }
        let rows = statements.last_mut().expect("there is one");
        rows.add(15, |row| fill_entry(row, slot, entry));
    }
    statements
}

fn fill_entry(row: &mut Record<'_>, slot: &Slot, entry: &PlannedEntry) {
    let signed = slot.signed.as_ref().expect("what is planned is chained");
    let (invoice, kind, elements, authority_code, note, payload) = content(slot, entry);
    let opening = match &entry.subject {
        Subject::Opening { .. } => Some(integer(entry.sequence)),
        Subject::FollowUp { facts, .. } => Some(integer(facts.sequence)),
        Subject::Outlet { .. } | Subject::Recovery { .. } => None,
    };
    let signature = signed.signature.as_ref().expect("an entry is written with its signature");
    row.text(entry.outlet.as_str()).number(integer(entry.sequence));
    row.text(slot.order.tenant().as_str()).maybe_text(invoice.map(InvoiceId::as_str));
    row.maybe_number(opening).text(kind.as_str()).number(entry.at.micros());
    row.blob(&signed.statement).blob(&signed.hash.0);
    row.text(&slot.order.signer().key_id).blob(signature);
    row.maybe_blob(elements).maybe_text(authority_code).maybe_blob(note).maybe_blob(payload);
}

/// What an entry has from its order: of whom, its kind, elements, code, note and payload.
type Content<'a> = (
    Option<&'a InvoiceId>,
    EntryKind,
    Option<&'a [u8]>,
    Option<&'a str>,
    Option<&'a [u8]>,
    Option<&'a [u8]>,
);

fn content<'a>(slot: &'a Slot, entry: &'a PlannedEntry) -> Content<'a> {
    match (&slot.order, &entry.subject) {
        (Order::Seal(order, _), _) => {
            let (_, prepared) = slot.prepared.as_ref().expect("what is written was prepared");
            let (elements, code) = (&prepared.elements, &prepared.authority_code);
            let (kind, payload) = (prepared.opening.kind(), Some(order.payload.bytes()));
            (Some(&order.invoice), kind, elements.as_deref(), code.as_deref(), None, payload)
        }
        (Order::Append(order, _), Subject::FollowUp { code, .. }) => {
            let (kind, elements) = (order.kind.kind(), order.elements.as_deref());
            (Some(&order.invoice), kind, elements, code.as_deref(), None, None)
        }
        (Order::Clock(..), Subject::Outlet { note, .. }) => {
            (None, EntryKind::ClockAccepted, None, None, Some(note), None)
        }
        (Order::Recover(..), Subject::Recovery { note, .. }) => {
            (None, EntryKind::Recovered, None, None, Some(note), None)
        }
        (Order::Append(..) | Order::Clock(..) | Order::Recover(..), _) => {
            unreachable!("an order's subject is of its own sort")
        }
    }
}

/// How many ids each tenant needs, and one event for every entry.
pub(super) fn events(slots: &[Slot]) -> (Vec<&str>, Vec<i64>, Records) {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    let mut events = Records::default();
    // Backwards, so that an event's place is how many of its tenant's come after it.
    let backwards: Vec<_> = written(slots).collect();
    for (slot, entry) in backwards.into_iter().rev() {
        let tenant = slot.order.tenant().as_str();
        let place = counts.entry(tenant).or_default();
        events.add(7, |row| {
            row.text(tenant).number(*place).text(entry.outlet.as_str());
            row.number(integer(entry.sequence)).maybe_text(None).maybe_number(None);
            row.maybe_text(None);
        });
        *place += 1;
    }
    let (tenants, counts) = counts.into_iter().unzip();
    (tenants, counts, events)
}

//! The rows of a chained batch, as columns: those without signatures while these are made, then
//! the entries with their events.

use std::collections::{BTreeMap, HashMap};

use invoice::{EntryKind, InvoiceId, OutletId, RangeId, TenantId, Timestamp};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Statement};

use super::columns::{
    Attempts, Changes, Credits, Entries, Events, Freed, Heads, Invoices, Keys, LastNumbers,
    Released, Replacements, Stages, StandIns, Submissions, Taken, Traces,
};
use super::facts::Ready;
use super::log;
use crate::anchor::Rollback;
use crate::batch::{Claims, FIRST_LEASE, InvoiceFacts, Logs, Order, PlannedEntry, Slot, Subject};
use crate::error::LedgerError;
use crate::limits::STATEMENT_BYTES_MAX;
use crate::order::{AppendOrder, Assigned, Prepared, SealOrder};
use crate::record::Head;
use crate::stage::Stage;
use crate::word::{integer, short};

/// Writes what was planned, but for the entries, which want their signatures.
pub(super) async fn rows(
    ready: Ready<'_>,
    slots: &[Slot],
    (heads, logs): (&HashMap<OutletId, Head>, &Logs),
) -> Result<(), LedgerError> {
    let rows = Rows::of(slots)?;
    let heads = moved(slots, (heads, logs));
    let last = last_numbers(slots);
    let write = |statement, count, params| write(ready, statement, count, params);
    let is = ready.statements;
    // Futures of one poll send in this order, and the server runs in it.
    let claims = async {
        tokio::join!(biased;
            write(&is.insert_invoices, rows.invoices.outlet.len(), rows.invoices.params()),
            write(&is.insert_keys, rows.keys.key.len(), rows.keys.params()),
            write(&is.release_credits, rows.released.invoice.len(), rows.released.params()),
            write(&is.insert_credits, rows.credits.line.len(), rows.credits.params()),
            write(&is.release_replacements, rows.released.invoice.len(), rows.released.params()),
            write(&is.insert_replacements, rows.replacements.turn.len(), rows.replacements.params()),
            write(&is.release_stand_ins, rows.released.invoice.len(), rows.released.params()),
            write(&is.insert_stand_ins, rows.stand_ins.turn.len(), rows.stand_ins.params()),
            write(&is.insert_submissions, rows.submissions.outlet.len(), rows.submissions.params()),
        )
    };
    let standing = async {
        tokio::join!(biased;
            write(&is.set_stages, rows.stages.outlet.len(), rows.stages.params()),
            write(&is.change_submissions, rows.changes.outlet.len(), rows.changes.params()),
            write(&is.insert_attempts, rows.attempts.outlet.len(), rows.attempts.params()),
            // A number that came back in this batch may be taken in it.
            write(&is.free_some_numbers, rows.freed.outlet.len(), rows.freed.params()),
            write(&is.take_free_numbers, rows.taken.outlet.len(), rows.taken.params()),
            write(&is.raise_series, last.outlet.len(), last.params()),
            write(&is.move_heads, heads.outlet.len(), heads.params()),
        )
    };
    let (claims, standing) = tokio::join!(biased; claims, standing);
    // The first of them that failed says why; after it the transaction refuses everything.
    let done: ([_; 9], [_; 7]) = (claims.into(), standing.into());
    let done: Vec<u64> = done.0.into_iter().chain(done.1).collect::<Result<_, Error>>()?;
    wrote(done[7], rows.stand_ins.turn.len(), "outlets")?;
    wrote(done[9], rows.stages.outlet.len(), "invoices")?;
    wrote(done[10], rows.changes.outlet.len(), "submissions")?;
    wrote(done[11], rows.attempts.outlet.len(), "submissions")?;
    wrote(done[12], rows.freed.outlet.len(), "free numbers")?;
    wrote(done[13], rows.taken.outlet.len(), "free numbers")?;
    wrote(done[15], heads.outlet.len(), "heads")
}

/// Writes the entries and their events, and commits: what became of the rows, and of the commit. All
/// is sent before anything is answered, and a commit after a refusal is a rollback. The counters of
/// events come last, so that the servers of one tenant wait for one another as shortly as can be.
pub(super) async fn entries_and_commit(
    ready: Ready<'_>,
    slots: &[Slot],
    logs: &Logs,
) -> (Result<(), Error>, Result<(), Error>) {
    let mut statements = all_entries(slots);
    let last = statements.pop().expect("there is one");
    let insert = &ready.statements.insert_entries;
    for entries in &statements {
        if let Err(error) = ready.client.execute(insert, &entries.params()).await {
            return (Err(error), Ok(()));
        }
    }
    let events = events(slots);
    let (checkpoints, tiles) = log::columns(logs);
    let is = ready.statements;
    let (last, grown, full, events, commit) = tokio::join!(biased;
        write(ready, insert, last.outlet.len(), last.params()),
        write(ready, &is.insert_checkpoints, checkpoints.outlet.len(), checkpoints.params()),
        write(ready, &is.insert_tiles, tiles.outlet.len(), tiles.params()),
        write(ready, &ready.statements.insert_events, events.outlet.len(), events.params()),
        ready.client.batch_execute("COMMIT"),
    );
    (last.and(grown).and(full).and(events).map(|_| ()), commit)
}

/// What the batch's entries are found by, once they are written.
pub(super) fn traces(slots: &[Slot]) -> Traces<'_> {
    let mut traces = Traces::default();
    for (slot, entry) in written(slots) {
        let signed = slot.signed.as_ref().expect("what is planned is chained");
        traces.outlet.push(entry.outlet.as_str());
        traces.sequence.push(integer(entry.sequence));
        traces.hash.push(&signed.hash.0);
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

fn written(slots: &[Slot]) -> impl Iterator<Item = (&Slot, &PlannedEntry)> {
    slots.iter().filter_map(|slot| Some((slot, slot.entry()?)))
}

/// The rows of all orders, by table.
#[derive(Default)]
struct Rows<'a> {
    invoices: Invoices<'a>,
    keys: Keys<'a>,
    credits: Credits<'a>,
    replacements: Replacements<'a>,
    stand_ins: StandIns<'a>,
    submissions: Submissions<'a>,
    stages: Stages<'a>,
    changes: Changes<'a>,
    attempts: Attempts<'a>,
    freed: Freed<'a>,
    taken: Taken<'a>,
    released: Released<'a>,
}

impl<'a> Rows<'a> {
    fn of(slots: &'a [Slot]) -> Result<Self, LedgerError> {
        let mut rows = Self::default();
        for (slot, entry) in written(slots) {
            match (&slot.order, &entry.subject) {
                (Order::Seal(order, _), Subject::Opening { assigned, turn, claims }) => {
                    let (_, prepared) =
                        slot.prepared.as_ref().expect("what is written was prepared");
                    rows.invoice(order, assigned, (*turn, prepared));
                    rows.claims(order, assigned, *claims)?;
                    rows.submission(order, assigned, prepared);
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

    fn invoice(
        &mut self,
        order: &'a SealOrder,
        assigned: &'a Assigned,
        (turn, prepared): (u64, &'a Prepared),
    ) {
        let (rows, summary) = (&mut self.invoices, &order.summary);
        let outlet = order.invoice.outlet().as_str().to_owned();
        let ordinal = integer(assigned.sequence_in_series);
        if turn > 1 {
            self.taken.outlet.push(outlet.clone());
            self.taken.series.push(assigned.series.to_string());
            self.taken.ordinal.push(ordinal);
        }
        rows.outlet.push(outlet);
        rows.sequence.push(integer(assigned.sequence));
        rows.invoice.push(order.invoice.as_str());
        rows.tenant.push(order.tenant.as_str());
        rows.series.push(assigned.series.to_string());
        rows.range.push(assigned.range.as_ref().map(RangeId::as_str));
        rows.ordinal.push(ordinal);
        rows.turn.push(integer(turn));
        rows.number.push(&assigned.number);
        rows.at.push(assigned.sealed_at.micros());
        rows.taxpayer.push(&order.taxpayer);
        rows.total.push(order.total.to_string());
        rows.currency.push(&order.currency);
        rows.regime.push(&order.regime);
        rows.payload_hash.push(order.payload.hash_bytes());
        rows.document_kind.push(&summary.document_kind);
        rows.issued_on.push(&summary.issued_on);
        rows.customer_name.push(summary.customer_name.as_deref());
        rows.customer_tax_id.push(summary.customer_tax_id.as_deref());
        rows.stage.push(prepared.opening.stage().as_str());
    }

    /// The order's claims: on its key, on lines of originals, on the place of a refused invoice or of
    /// a receipt on paper.
    fn claims(
        &mut self,
        order: &'a SealOrder,
        assigned: &Assigned,
        claims: Claims,
    ) -> Result<(), LedgerError> {
        if let Some(idempotency) = &order.idempotency {
            self.keys.tenant.push(order.tenant.as_str());
            self.keys.key.push(&idempotency.key);
            self.keys.body_hash.push(&idempotency.body_hash.0);
            self.keys.outlet.push(order.invoice.outlet().as_str().to_owned());
            self.keys.invoice.push(order.invoice.as_str());
            self.keys.at.push(assigned.sealed_at.micros());
        }
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
                self.taken.outlet.push(rollback.outlet.as_str().to_owned());
                self.taken.series.push(run.series.to_string());
                self.taken.ordinal.push(integer(ordinal));
            }
        }
    }

    fn submission(&mut self, order: &'a SealOrder, assigned: &Assigned, prepared: &'a Prepared) {
        let (rows, new) = (&mut self.submissions, &prepared.submission);
        let lease = new.lease.as_ref();
        rows.outlet.push(order.invoice.outlet().as_str().to_owned());
        rows.sequence.push(integer(assigned.sequence));
        rows.invoice.push(order.invoice.as_str());
        rows.tenant.push(order.tenant.as_str());
        rows.state.push(new.state.as_str());
        rows.progress.push(&new.progress);
        rows.due_at.push(new.due_at.micros());
        rows.ordered.push(new.ordered);
        rows.lease_token.push(lease.map_or(0, |_| integer(FIRST_LEASE.0)));
        rows.lease_owner.push(lease.map(|lease| lease.owner.as_str()));
        rows.lease_until.push(lease.map(|lease| lease.until.micros()));
        rows.at.push(assigned.sealed_at.micros());
        rows.send_by.push(new.send_by.map(Timestamp::micros));
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

/// The heads that moved, each with the sequence that the batch was planned upon.
fn moved<'a>(slots: &[Slot], (heads, logs): (&'a HashMap<OutletId, Head>, &Logs)) -> Heads<'a> {
    let mut counts: HashMap<&OutletId, u64> = HashMap::new();
    for (_, entry) in written(slots) {
        *counts.entry(&entry.outlet).or_default() += 1;
    }
    let mut rows = Heads::default();
    for (outlet, head) in heads {
        let Some(count) = counts.get(outlet) else { continue };
        rows.outlet.push(outlet.as_str());
        rows.sequence.push(integer(head.sequence));
        rows.hash.push(&head.hash.0);
        rows.at.push(head.at.expect("a head that moved has a time").micros());
        rows.before.push(integer(head.sequence - count));
        rows.frontier.push(logs.frontier(outlet));
        let generation = logs.generation(outlet);
        rows.generation.push(integer(generation.number));
        rows.recovered_at.push(integer(generation.since));
    }
    rows
}

fn last_numbers(slots: &[Slot]) -> LastNumbers<'_> {
    let mut last: BTreeMap<(&OutletId, String), (u64, &TenantId)> = BTreeMap::new();
    for (slot, entry) in written(slots) {
        for (series, taken) in entry.subject.taken() {
            let series = (&entry.outlet, series.to_string());
            let (ordinal, _) = last.entry(series).or_insert((0, slot.order.tenant()));
            *ordinal = taken.max(*ordinal);
        }
    }
    let mut rows = LastNumbers::default();
    for ((outlet, series), (ordinal, tenant)) in last {
        rows.outlet.push(outlet.as_str());
        rows.series.push(series);
        rows.last.push(integer(ordinal));
        rows.tenant.push(tenant.as_str());
    }
    rows
}

/// In as many statements as keep each within its bytes.
fn all_entries(slots: &[Slot]) -> Vec<Entries<'_>> {
    let mut statements = vec![Entries::default()];
    let mut bytes = 0;
    for (slot, entry) in written(slots) {
        if bytes > STATEMENT_BYTES_MAX {
            statements.push(Entries::default());
            bytes = 0;
        }
        let rows = statements.last_mut().expect("there is one");
        add_entry(rows, slot, entry);
        let last =
            |column: &Vec<Option<&[u8]>>| column.last().copied().flatten().map_or(0, <[u8]>::len);
        bytes += last(&rows.payload) + last(&rows.elements);
    }
    statements
}

fn add_entry<'a>(rows: &mut Entries<'a>, slot: &'a Slot, entry: &'a PlannedEntry) {
    let signed = slot.signed.as_ref().expect("what is planned is chained");
    let (invoice, kind, elements, authority_code, note, payload) = content(slot, entry);
    rows.outlet.push(entry.outlet.as_str());
    rows.sequence.push(integer(entry.sequence));
    rows.tenant.push(slot.order.tenant().as_str());
    rows.invoice.push(invoice.map(InvoiceId::as_str));
    rows.opening.push(match &entry.subject {
        Subject::Opening { .. } => Some(integer(entry.sequence)),
        Subject::FollowUp { facts, .. } => Some(integer(facts.sequence)),
        Subject::Outlet { .. } | Subject::Recovery { .. } => None,
    });
    rows.kind.push(kind.as_str());
    rows.at.push(entry.at.micros());
    rows.statement.push(&signed.statement);
    rows.hash.push(&signed.hash.0);
    rows.key_id.push(&slot.order.signer().key_id);
    let signature = signed.signature.as_ref().expect("an entry is written with its signature");
    rows.signature.push(signature);
    rows.elements.push(elements);
    rows.authority_code.push(authority_code);
    rows.note.push(note);
    rows.payload.push(payload);
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

/// One event for every entry, and how many ids each tenant needs.
fn events(slots: &[Slot]) -> Events<'_> {
    let mut counts: BTreeMap<&TenantId, i64> = BTreeMap::new();
    let mut rows = Events::default();
    // Backwards, so that an event's place is how many of its tenant's come after it.
    let backwards: Vec<_> = written(slots).collect();
    for (slot, entry) in backwards.into_iter().rev() {
        let tenant = slot.order.tenant();
        let place = counts.entry(tenant).or_default();
        rows.tenant.push(tenant.as_str());
        rows.place.push(*place);
        rows.outlet.push(entry.outlet.as_str());
        rows.sequence.push(integer(entry.sequence));
        *place += 1;
    }
    for (tenant, count) in counts {
        rows.counted.push(tenant.as_str());
        rows.count.push(count);
    }
    rows
}

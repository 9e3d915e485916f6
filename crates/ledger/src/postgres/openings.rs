//! What a batch writes of the invoices that it opens, and of the chains that it moves: of most
//! batches this is all beside the entries. The rows are encoded at once and borrow nothing, so that they
//! are on their way while the entries are being signed.

use std::collections::{BTreeMap, HashMap};

use invoice::{OutletId, RangeId, TenantId, Timestamp};
use tokio_postgres::types::ToSql;

use super::facts::Ready;
use super::records::{Record, Records};
use super::write::written;
use crate::batch::{FIRST_LEASE, Logs, Order, Slot, Subject};
use crate::error::LedgerError;
use crate::order::{Assigned, Prepared, SealOrder};
use crate::record::Head;
use crate::word::integer;

/// Rows by table, and of each head the sequence that the batch was planned upon.
#[derive(Default)]
pub(super) struct Openings {
    invoices: Records,
    keys: Records,
    submissions: Records,
    series: Records,
    heads: Records,
    before: Vec<i64>,
    /// Whose heads they are.
    outlets: Vec<OutletId>,
}

impl Openings {
    pub(super) fn of(slots: &[Slot], (heads, logs): (&HashMap<OutletId, Head>, &Logs)) -> Self {
        let mut rows = Self::default();
        for (slot, entry) in written(slots) {
            let Order::Seal(order, _) = &slot.order else { continue };
            let Subject::Opening { assigned, turn, .. } = &entry.subject else { continue };
            let (_, prepared) = slot.prepared.as_ref().expect("what is written was prepared");
            let outlet = entry.outlet.as_str();
            let turn = integer(*turn);
            rows.invoices.add(20, |row| invoice(row, outlet, order, (assigned, turn, prepared)));
            rows.submissions.add(16, |row| submission(row, outlet, order, (assigned, prepared)));
            if order.idempotency.is_some() {
                rows.keys.add(6, |row| key(row, outlet, order, assigned));
            }
        }
        rows.last_numbers(slots);
        rows.move_heads(slots, (heads, logs));
        rows
    }

    /// Fails where a head is not the one that the batch was planned upon.
    pub(super) async fn write(&self, ready: Ready<'_>) -> Result<(), LedgerError> {
        let (client, is) = (ready.client, ready.statements);
        if !self.invoices.is_empty() {
            client.execute(&is.insert_openings, &self.params()).await?;
            return Ok(());
        }
        let raised = async {
            let raised = !self.series.is_empty();
            if raised { client.execute(&is.raise_series, &[&self.series]).await } else { Ok(0) }
        };
        let moved: [&(dyn ToSql + Sync); 2] = [&self.heads, &self.before];
        let (raised, moved) = tokio::join!(biased; raised, client.execute(&is.move_heads, &moved));
        raised?;
        moved?;
        Ok(())
    }

    /// As the statements that write openings want them.
    pub(super) fn params(&self) -> [&(dyn ToSql + Sync); 6] {
        [&self.invoices, &self.keys, &self.submissions, &self.series, &self.heads, &self.before]
    }

    /// The outlets whose heads move, in the order in which these are locked.
    pub(super) fn moved(&self) -> impl Iterator<Item = &OutletId> {
        self.outlets.iter()
    }

    /// The heads that moved. Whose they are is not written again.
    fn move_heads(&mut self, slots: &[Slot], (heads, logs): (&HashMap<OutletId, Head>, &Logs)) {
        let mut counts: BTreeMap<&OutletId, u64> = BTreeMap::new();
        for (_, entry) in written(slots) {
            *counts.entry(&entry.outlet).or_default() += 1;
        }
        for (outlet, count) in counts {
            let head = &heads[outlet];
            let generation = logs.generation(outlet);
            self.heads.add(8, |row| {
                row.text(outlet.as_str()).maybe_text(None).number(integer(head.sequence));
                row.blob(&head.hash.0);
                row.number(head.at.expect("a head that moved has a time").micros());
                row.blob(&logs.frontier(outlet)).number(integer(generation.number));
                row.number(integer(generation.since));
            });
            self.before.push(integer(head.sequence - count));
            self.outlets.push(outlet.clone());
        }
    }

    fn last_numbers(&mut self, slots: &[Slot]) {
        let mut last: BTreeMap<(&OutletId, String), (u64, &TenantId)> = BTreeMap::new();
        for (slot, entry) in written(slots) {
            for (series, taken) in entry.subject.taken() {
                let series = (&entry.outlet, series.to_string());
                let (ordinal, _) = last.entry(series).or_insert((0, slot.order.tenant()));
                *ordinal = taken.max(*ordinal);
            }
        }
        for ((outlet, series), (ordinal, tenant)) in last {
            self.series.add(4, |row| {
                row.text(outlet.as_str()).text(&series).text(tenant.as_str());
                row.number(integer(ordinal));
            });
        }
    }
}

fn invoice(
    row: &mut Record<'_>,
    outlet: &str,
    order: &SealOrder,
    (assigned, turn, prepared): (&Assigned, i64, &Prepared),
) {
    let summary = &order.summary;
    row.text(outlet).number(integer(assigned.sequence)).text(order.invoice.as_str());
    row.text(order.tenant.as_str()).text(&assigned.series.to_string());
    row.maybe_text(assigned.range.as_ref().map(RangeId::as_str));
    row.number(integer(assigned.sequence_in_series)).number(turn).text(&assigned.number);
    row.number(assigned.sealed_at.micros()).text(&order.taxpayer).text(&order.total.to_string());
    row.text(&order.currency).text(&order.regime).blob(order.payload.hash_bytes());
    row.text(&summary.document_kind).text(&summary.issued_on);
    row.maybe_text(summary.customer_name.as_deref());
    row.maybe_text(summary.customer_tax_id.as_deref()).text(prepared.opening.stage().as_str());
}

fn key(row: &mut Record<'_>, outlet: &str, order: &SealOrder, assigned: &Assigned) {
    let idempotency = order.idempotency.as_ref().expect("there is a row where there is a key");
    row.text(order.tenant.as_str()).text(&idempotency.key).blob(&idempotency.body_hash.0);
    row.text(outlet).text(order.invoice.as_str()).number(assigned.sealed_at.micros());
}

fn submission(
    row: &mut Record<'_>,
    outlet: &str,
    order: &SealOrder,
    (assigned, prepared): (&Assigned, &Prepared),
) {
    let (new, at) = (&prepared.submission, assigned.sealed_at.micros());
    let lease = new.lease.as_ref();
    row.text(outlet).number(integer(assigned.sequence)).text(order.invoice.as_str());
    row.text(order.tenant.as_str()).text(new.state.as_str()).blob(&new.progress);
    row.number(new.due_at.micros()).truth(new.ordered);
    row.number(lease.map_or(0, |_| integer(FIRST_LEASE.0)));
    row.maybe_text(lease.map(|lease| lease.owner.as_str()));
    row.maybe_number(lease.map(|lease| lease.until.micros()));
    // Never tried, and in its state since it is there; nothing was answered yet.
    row.number(0).number(at).number(at).maybe_text(None);
    row.maybe_number(new.send_by.map(Timestamp::micros));
}

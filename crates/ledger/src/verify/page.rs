//! A run of an outlet's entries with all that hangs on them, before and after its checking.

use std::collections::BTreeSet;

use invoice::{EntryKind, Hash, Statement};

use super::chain::{check_entry, recovery};
use super::invoices::check_invoice;
use super::log::checkpoint_place;
use super::work::Keys;
use super::{Break, CheckpointRow, EntryRow, InvoiceRow, OutletReport};
use crate::anchor::Recovery;
use crate::log::checkpoint_text;

/// Where a page begins.
#[derive(Clone, Debug)]
pub(crate) struct PageStart {
    pub(crate) tenant: String,
    pub(crate) outlet: String,
    /// The sequence of the entry before; 0 before the first.
    pub(crate) after: u64,
    /// Of the outlet's log there: a recovery begins another.
    pub(crate) generation: u64,
}

/// Entries without a gap between what the store has, and all rows that belong to them.
pub(crate) struct Page {
    /// In their order.
    pub(crate) entries: Vec<EntryRow>,
    /// Of more entries than came before, in their order.
    pub(crate) checkpoints: Vec<CheckpointRow>,
    /// Whose first entries these are, in their order.
    pub(crate) invoices: Vec<InvoiceRow>,
    /// The later entries of those invoices, in the order of the invoices and of the chain.
    pub(crate) follow_ups: Vec<FollowUp>,
    /// Whether the outlet has no more entries.
    pub(crate) is_last: bool,
}

/// An entry of an invoice after its first.
pub(crate) struct FollowUp {
    /// The sequence of the first.
    pub(crate) opening: u64,
    pub(crate) entry: EntryRow,
}

/// What was found in a page.
pub(super) struct CheckedPage {
    pub(super) start: PageStart,
    pub(super) is_last: bool,
    pub(super) signed_by: BTreeSet<String>,
    pub(super) entries: Vec<CheckedEntry>,
    pub(super) checkpoints: Vec<CheckedCheckpoint>,
    pub(super) invoices: Result<InvoicesOfPage, Break>,
}

/// What an entry shows by itself; the rest is told after its links.
pub(super) struct CheckedEntry {
    pub(super) sequence: u64,
    pub(super) has_invoice: bool,
    pub(super) stated: Result<Stated, Break>,
    pub(super) rest: Result<(), Break>,
    pub(super) recovery: Option<Recovery>,
}

/// What links an entry to its neighbours.
pub(super) struct Stated {
    pub(super) hash: Hash,
    pub(super) previous: Hash,
    pub(super) kind: EntryKind,
    pub(super) at: i64,
}

/// A checkpoint, and whether its signature is one of what its row says.
pub(super) struct CheckedCheckpoint {
    pub(super) row: CheckpointRow,
    pub(super) signature: Result<(), Break>,
}

/// How many invoices were checked, and their entries.
#[derive(Default)]
pub(super) struct InvoicesOfPage {
    pub(super) report: OutletReport,
    pub(super) visited: u64,
}

impl Page {
    /// The generation of the log after it, if that changed within.
    pub(super) fn generation(&self) -> Option<u64> {
        let mut recoveries = self.entries.iter().filter_map(|row| recovery(row).ok().flatten());
        recoveries.next_back().map(|recovery| recovery.generation)
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let later = self.follow_ups.iter().map(|later| &later.entry);
        self.entries.iter().chain(later).map(EntryRow::bytes).sum()
    }

    /// Checks what the rows show without those before them.
    pub(super) fn check(self, start: PageStart, keys: &Keys) -> CheckedPage {
        let signed_by = self.signed_by();
        let checked = self.entries.iter().map(|row| check_entry(row, &start.tenant, keys));
        let (entries, statements): (Vec<_>, Vec<_>) = checked.unzip();
        // Where a statement cannot be relied on, the chain is broken: nobody asks for the invoices.
        let statements: Option<Vec<Statement>> = statements.into_iter().collect();
        let invoices = statements
            .map_or_else(|| Ok(InvoicesOfPage::default()), |all| self.invoices(&start, &all));
        let generation = |size| {
            let before = entries.iter().take_while(|entry: &&CheckedEntry| entry.sequence <= size);
            let last = before.filter_map(|entry| entry.recovery.as_ref()).last();
            last.map_or(start.generation, |recovery| recovery.generation)
        };
        let checkpoints = self.checkpoints.into_iter().map(|row| {
            let log = (start.outlet.as_str(), generation(row.size));
            check_checkpoint(row, log, keys)
        });
        let checkpoints = checkpoints.collect();
        CheckedPage { start, is_last: self.is_last, signed_by, entries, checkpoints, invoices }
    }

    /// The keys of its entries and checkpoints; an outlet changes its key seldom.
    fn signed_by(&self) -> BTreeSet<String> {
        let of_entries = self.entries.iter().map(|row| &row.key_id);
        let of_checkpoints = self.checkpoints.iter().map(|row| &row.key_id);
        let mut keys: Vec<&String> = of_entries.chain(of_checkpoints).collect();
        keys.dedup();
        keys.into_iter().cloned().collect()
    }

    fn invoices(
        &self,
        start: &PageStart,
        statements: &[Statement],
    ) -> Result<InvoicesOfPage, Break> {
        let mut found = InvoicesOfPage::default();
        found.report.tenant.clone_from(&start.tenant);
        let mut later = self.follow_ups.as_slice();
        for row in &self.invoices {
            let own = later.iter().take_while(|later| later.opening <= row.sequence).count();
            let (own, rest) = later.split_at(own);
            let stray = own.iter().take_while(|later| later.opening < row.sequence).count();
            let own = &own[stray..];
            later = rest;
            let index = self.entries.binary_search_by_key(&row.sequence, |entry| entry.sequence);
            let opening = index.ok().map(|index| (&self.entries[index], &statements[index]));
            found.visited += u64::from(opening.is_some()) + own.len() as u64;
            check_invoice(row, opening, own, &mut found.report)?;
        }
        Ok(found)
    }
}

/// Its root is compared with the tree's elsewhere: then this is the text that it signs.
fn check_checkpoint(
    row: CheckpointRow,
    (outlet, generation): (&str, u64),
    keys: &Keys,
) -> CheckedCheckpoint {
    let root = Hash::from_slice(&row.root).unwrap_or(Hash::ZERO);
    let text = checkpoint_text((outlet, generation), row.size, root);
    let place = || checkpoint_place(outlet, &row);
    let signature = keys.check(place, &row.key_id, (text.as_bytes(), &row.signature));
    CheckedCheckpoint { row, signature }
}

impl EntryRow {
    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let optional = [&self.elements, &self.note, &self.payload];
        let optional = optional.map(|bytes| bytes.as_ref().map_or(0, Vec::len));
        size_of::<Self>() + self.statement.len() + optional.iter().sum::<usize>()
    }
}

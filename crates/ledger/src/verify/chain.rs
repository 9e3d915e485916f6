//! One outlet's chain, entry by entry.

use std::collections::BTreeSet;

use invoice::{EntryKind, Hash, Statement, entry_hash, signed_message};
use proof::TileRoot;

use super::log::LogCheck;
use super::page::{CheckedCheckpoint, CheckedEntry, CheckedPage, InvoicesOfPage, Stated};
use super::work::Keys;
use super::{Break, OutletReport, Place};
use crate::anchor::Recovery;
use crate::stage::Stage;

/// An entry's columns as they stand.
pub(crate) struct EntryRow {
    pub(crate) outlet: String,
    pub(crate) sequence: u64,
    pub(crate) tenant: String,
    pub(crate) invoice: Option<String>,
    pub(crate) kind: String,
    pub(crate) at: i64,
    pub(crate) statement: Vec<u8>,
    pub(crate) hash: Vec<u8>,
    pub(crate) key_id: String,
    pub(crate) signature: Vec<u8>,
    pub(crate) elements: Option<Vec<u8>>,
    pub(crate) authority_code: Option<String>,
    pub(crate) note: Option<Vec<u8>>,
    pub(crate) payload: Option<Vec<u8>>,
}

/// How a chain ends, as it is stored.
pub(crate) struct StoredEnd {
    /// None where the outlet has no entry.
    pub(crate) head: Option<HeadRow>,
    /// The size of the last checkpoint; 0 where there is none.
    pub(crate) last_checkpoint: u64,
    /// How many roots of full tiles there are.
    pub(crate) tiles: u64,
    /// The first entry that belongs to no invoice's row; looked for where there is one.
    pub(crate) orphan: Option<u64>,
    /// The keys that are published as the outlet's.
    pub(crate) keys: BTreeSet<String>,
}

/// A head's columns as they stand.
pub(crate) struct HeadRow {
    pub(crate) sequence: u64,
    pub(crate) hash: Vec<u8>,
    pub(crate) at: i64,
    pub(crate) frontier: Vec<u8>,
    pub(crate) generation: i64,
    pub(crate) since: i64,
}

/// What has been seen of a chain so far.
pub(super) struct ChainCheck {
    pub(super) report: OutletReport,
    last_hash: Hash,
    last_at: i64,
    log: LogCheck,
    signed_by: BTreeSet<String>,
    /// Entries that belong to an invoice.
    of_invoices: u64,
    /// Entries that an invoice's row led to.
    visited: u64,
    /// The first invoice that is not as it should be: told after its chain.
    invoices: Result<(), Break>,
}

impl ChainCheck {
    pub(super) fn new(tenant: String, outlet: String) -> Self {
        Self {
            report: OutletReport { tenant, outlet, ..OutletReport::default() },
            last_hash: Hash::ZERO,
            last_at: i64::MIN,
            log: LogCheck::new(),
            signed_by: BTreeSet::new(),
            of_invoices: 0,
            visited: 0,
            invoices: Ok(()),
        }
    }

    /// What was found in the next page, held against what came before.
    pub(super) fn page(&mut self, page: CheckedPage) -> Result<(), Break> {
        self.signed_by.extend(page.signed_by);
        let mut checkpoints = page.checkpoints.into_iter().peekable();
        for entry in page.entries {
            self.entry(entry)?;
            let size = self.report.entries;
            while let Some(next) = checkpoints.next_if(|next| next.row.size <= size) {
                self.checkpoint(next)?;
            }
        }
        if self.invoices.is_ok() {
            self.invoices = page.invoices.map(|counted| self.count(&counted));
        }
        Ok(())
    }

    fn entry(&mut self, entry: CheckedEntry) -> Result<(), Break> {
        let place =
            || Place::Entry { outlet: self.report.outlet.clone(), sequence: entry.sequence };
        let sequence = self.report.entries + 1;
        Break::unless_equal(place, "the sequence", (&entry.sequence, &sequence))?;
        let stated = entry.stated?;
        let links = (&stated.previous.0[..], self.last_hash);
        Break::unless_hash(place, "the previous entry's hash", links)?;
        if stated.at <= self.last_at && stated.kind != EntryKind::ClockAccepted {
            let expected = format!("later than {}", self.last_at);
            return Err(Break::new(place(), "the time", (&stated.at, &expected)));
        }
        entry.rest?;
        self.report.recoveries.extend(entry.recovery);
        self.report.entries = sequence;
        self.of_invoices += u64::from(entry.has_invoice);
        self.last_hash = stated.hash;
        self.last_at = stated.at;
        self.log.entry(stated.hash);
        Ok(())
    }

    /// A checkpoint of as many entries as have been checked.
    fn checkpoint(&mut self, checkpoint: CheckedCheckpoint) -> Result<(), Break> {
        let OutletReport { tenant, outlet, .. } = &self.report;
        self.log.checkpoint((tenant, outlet), &checkpoint.row)?;
        checkpoint.signature?;
        self.report.checkpoints += 1;
        Ok(())
    }

    fn count(&mut self, counted: &InvoicesOfPage) {
        self.visited += counted.visited;
        self.report.invoices += counted.report.invoices;
        self.report.sealed += counted.report.sealed;
        self.report.requested += counted.report.requested;
        self.report.unanswered += counted.report.unanswered;
    }

    /// The roots of the tiles that the last entries filled, to be held against the stored ones.
    pub(super) fn take_filled(&mut self) -> Vec<TileRoot> {
        self.log.take_filled()
    }

    /// The chain ends where the stored head says, and so does its log; every entry belongs to the
    /// row of an invoice, or to none, and whoever signed is published as the outlet's.
    pub(super) fn end(mut self, stored: StoredEnd) -> Result<OutletReport, Break> {
        let outlet = self.report.outlet.clone();
        let place = || Place::Head { outlet: outlet.clone() };
        let recoveries = &self.report.recoveries;
        let computed = match self.report.entries {
            0 => "none".to_owned(),
            entries => {
                let (hash, generation) = (self.last_hash.to_hex(), generation(recoveries));
                let since = recoveries.last().map_or(0, |recovery| recovery.sequence);
                format!("{entries} {hash} {} of {generation} since {since}", self.last_at)
            }
        };
        let StoredEnd { head, last_checkpoint, tiles, orphan, keys } = stored;
        let (head, frontier) = head.map_or(("none".to_owned(), None), |head| {
            let hash = Hash::from_slice(&head.hash).unwrap_or(Hash::ZERO);
            let HeadRow { sequence, at, generation, since, frontier, .. } = head;
            let hash = hash.to_hex();
            let head = format!("{sequence} {hash} {at} of {generation} since {since}");
            (head, Some(frontier))
        });
        Break::unless_equal(place, "the head", (&head, &computed))?;
        self.log.end(&outlet, (last_checkpoint, frontier.as_deref(), tiles))?;
        self.invoices?;
        if self.visited != self.of_invoices {
            let place = Place::Entry { outlet, sequence: orphan.unwrap_or(0) };
            return Err(Break::new(place, "the invoice's row", (&"missing", &"one row")));
        }
        if let Some(key) = self.signed_by.difference(&keys).next() {
            let place = Place::Key { outlet, key: key.clone() };
            return Err(Break::new(place, "the outlet's key", (&"missing", &"one row")));
        }
        self.report.head = self.last_hash.to_hex();
        Ok(self.report)
    }

    /// Whether entries were read that no invoice's row led to.
    pub(super) fn has_orphans(&self) -> bool {
        self.invoices.is_ok() && self.visited != self.of_invoices
    }
}

/// What an entry shows by itself: first what its statement says, if that can be relied on.
pub(super) fn check_entry(
    row: &EntryRow,
    tenant: &str,
    keys: &Keys,
) -> (CheckedEntry, Option<Statement>) {
    let (sequence, has_invoice) = (row.sequence, row.invoice.is_some());
    match stated(row, tenant) {
        Err(broken) => {
            let (stated, rest, recovery) = (Err(broken), Ok(()), None);
            (CheckedEntry { sequence, has_invoice, stated, rest, recovery }, None)
        }
        Ok((hash, statement)) => {
            let rest = check_content(row, &statement).and_then(|()| {
                let signed = (&*signed_message(&row.statement), &*row.signature);
                keys.check(|| place(row), &row.key_id, signed)
            });
            let (rest, recovery) = match rest.and_then(|()| recovery(row)) {
                Ok(recovery) => (Ok(()), recovery),
                Err(broken) => (Err(broken), None),
            };
            let Statement { previous, kind, .. } = statement;
            let stated = Ok(Stated { hash, previous, kind, at: row.at });
            (CheckedEntry { sequence, has_invoice, stated, rest, recovery }, Some(statement))
        }
    }
}

/// What an entry says was lost, if it is one that says so.
pub(super) fn recovery(row: &EntryRow) -> Result<Option<Recovery>, Break> {
    if row.kind != EntryKind::Recovered.as_str() {
        return Ok(None);
    }
    let read = Recovery::parse(row.sequence, row.note.as_deref().unwrap_or_default());
    let unread = || Break::new(place(row), "the note", (&"something else", &"a recovery's"));
    read.map(Some).ok_or_else(unread)
}

/// Of the log after these recoveries.
fn generation(recoveries: &[Recovery]) -> u64 {
    recoveries.last().map_or(1, |recovery| recovery.generation)
}

fn stated(row: &EntryRow, tenant: &str) -> Result<(Hash, Statement), Break> {
    let place = || place(row);
    Break::unless_equal(place, "the tenant", (row.tenant.as_str(), tenant))?;
    let hash = entry_hash(&row.statement);
    Break::unless_hash(place, "the entry's hash", (&row.hash, hash))?;
    let statement = parse(row)?;
    check_columns(row, &statement)?;
    Ok((hash, statement))
}

pub(super) fn place(row: &EntryRow) -> Place {
    Place::Entry { outlet: row.outlet.clone(), sequence: row.sequence }
}

pub(super) fn parse(row: &EntryRow) -> Result<Statement, Break> {
    Statement::parse(&row.statement)
        .map_err(|error| Break::new(place(row), "the statement", (&error, &"a statement")))
}

fn check_columns(row: &EntryRow, statement: &Statement) -> Result<(), Break> {
    let place = || place(row);
    let outlet = statement.outlet.as_str();
    Break::unless_equal(place, "the stated outlet", (outlet, row.outlet.as_str()))?;
    Break::unless_equal(place, "the stated sequence", (&statement.sequence, &row.sequence))?;
    Break::unless_equal(place, "the kind", (row.kind.as_str(), statement.kind.as_str()))?;
    Break::unless_equal(place, "the time", (&row.at, &statement.sealed_at.micros()))?;
    Break::unless_equal(place, "the key", (&row.key_id, &statement.key_id))
}

/// The bytes beside the statement are those whose hashes it states.
fn check_content(row: &EntryRow, statement: &Statement) -> Result<(), Break> {
    let place = || place(row);
    let elements = row.elements.as_deref().map(Hash::of_elements);
    if elements != statement.elements_hash {
        let hex = |hash: Option<Hash>| hash.map_or("none".to_owned(), Hash::to_hex);
        let both = (&hex(elements), &hex(statement.elements_hash));
        let what = "the hash of the authority's elements";
        return Err(Break::new(place(), what, (both.0, both.1)));
    }
    let payload =
        row.payload.as_deref().map(|bytes| ("the hash of the invoice", Hash::of_invoice(bytes)));
    let note = row.note.as_deref().map(|bytes| ("the hash of the note", Hash::of_note(bytes)));
    for (what, hash) in payload.into_iter().chain(note) {
        Break::unless_hash(place, what, (&hash.0, statement.payload_hash))?;
    }
    let concerns_outlet = matches!(statement.kind, EntryKind::ClockAccepted | EntryKind::Recovered);
    let has = (row.invoice.is_some(), row.payload.is_some(), row.note.is_some());
    let has_code = row.authority_code.is_some();
    let may = match (concerns_outlet, Stage::opened_by(statement.kind)) {
        (true, _) => has == (false, false, true) && !has_code,
        (false, Some(_)) => has.0 && !has.2,
        (false, None) => has == (true, false, false),
    };
    if may {
        return Ok(());
    }
    let found = format!("(invoice, payload, note) = {has:?}");
    let kind = format!("what an entry {} holds", statement.kind.as_str());
    Err(Break::new(place(), "the content", (&found, &kind)))
}

//! One outlet's chain, entry by entry.

use std::collections::HashMap;

use invoice::{EntryKind, Hash, Statement, entry_hash, signed_message};
use proof::TileRoot;

use super::log::{CheckpointRow, LogCheck};
use super::{Break, OutletReport, Place, Verifier};
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
pub(crate) struct ChainCheck<'a> {
    pub(crate) report: OutletReport,
    keys: &'a dyn Fn(&str) -> Option<Verifier>,
    verifiers: HashMap<String, Verifier>,
    last_hash: Hash,
    last_at: i64,
    log: LogCheck,
}

impl<'a> ChainCheck<'a> {
    pub(crate) fn new(
        tenant: String,
        outlet: String,
        keys: &'a dyn Fn(&str) -> Option<Verifier>,
    ) -> Self {
        let report = OutletReport { tenant, outlet, ..OutletReport::default() };
        let verifiers = HashMap::new();
        let log = LogCheck::new();
        Self { report, keys, verifiers, last_hash: Hash::ZERO, last_at: i64::MIN, log }
    }

    pub(crate) fn entry(&mut self, row: &EntryRow) -> Result<(), Break> {
        let place = || place(row);
        let sequence = self.report.entries + 1;
        Break::unless_equal(place, "the sequence", (&row.sequence, &sequence))?;
        Break::unless_equal(place, "the tenant", (&row.tenant, &self.report.tenant))?;
        let hash = entry_hash(&row.statement);
        let stored = Hash::from_slice(&row.hash).unwrap_or(Hash::ZERO);
        Break::unless_equal(place, "the entry's hash", (&stored.to_hex(), &hash.to_hex()))?;
        let statement = parse(row)?;
        check_columns(row, &statement)?;
        self.check_links(row, &statement)?;
        check_content(row, &statement)?;
        self.check_signature(
            place,
            &row.key_id,
            (&signed_message(&row.statement), &row.signature),
        )?;
        if statement.kind == EntryKind::Recovered {
            let recovery = Recovery::parse(sequence, row.note.as_deref().unwrap_or_default());
            let unread = || Break::new(place(), "the note", (&"something else", &"a recovery's"));
            self.report.recoveries.push(recovery.ok_or_else(unread)?);
        }
        self.report.entries = sequence;
        self.last_hash = hash;
        self.last_at = row.at;
        self.log.entry(hash);
        Ok(())
    }

    /// A checkpoint of as many entries as have been checked.
    pub(crate) fn checkpoint(&mut self, row: &CheckpointRow) -> Result<(), Break> {
        let OutletReport { tenant, outlet, recoveries, .. } = &self.report;
        let generation = generation(recoveries);
        let text = self.log.checkpoint((tenant, outlet, generation), row)?;
        let place = || Place::Checkpoint { outlet: self.report.outlet.clone(), size: row.size };
        self.report.checkpoints += 1;
        let place = place();
        self.check_signature(|| place, &row.key_id, (text.as_bytes(), &row.signature))
    }

    /// The roots of the tiles that the last entries filled, to be held against the stored ones.
    pub(crate) fn take_filled(&mut self) -> Vec<TileRoot> {
        self.log.take_filled()
    }

    /// The chain ends where the stored head says, and so does its log.
    pub(crate) fn end(mut self, stored: StoredEnd) -> Result<OutletReport, Break> {
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
        let StoredEnd { head, last_checkpoint, tiles } = stored;
        let (head, frontier) = head.map_or(("none".to_owned(), None), |head| {
            let hash = Hash::from_slice(&head.hash).unwrap_or(Hash::ZERO);
            let HeadRow { sequence, at, generation, since, frontier, .. } = head;
            let hash = hash.to_hex();
            let head = format!("{sequence} {hash} {at} of {generation} since {since}");
            (head, Some(frontier))
        });
        Break::unless_equal(place, "the head", (&head, &computed))?;
        self.log.end(&outlet, (last_checkpoint, frontier.as_deref(), tiles))?;
        self.report.head = self.last_hash.to_hex();
        Ok(self.report)
    }

    fn check_links(&self, row: &EntryRow, statement: &Statement) -> Result<(), Break> {
        let place = || place(row);
        let links = (&statement.previous.to_hex(), &self.last_hash.to_hex());
        Break::unless_equal(place, "the previous entry's hash", links)?;
        let is_later = row.at > self.last_at || statement.kind == EntryKind::ClockAccepted;
        if is_later {
            return Ok(());
        }
        let expected = format!("later than {}", self.last_at);
        Err(Break::new(place(), "the time", (&row.at, &expected)))
    }

    fn check_signature(
        &mut self,
        place: impl FnOnce() -> Place,
        key_id: &str,
        (message, signature): (&[u8], &[u8]),
    ) -> Result<(), Break> {
        if !self.verifiers.contains_key(key_id) {
            let Some(verifier) = (self.keys)(key_id) else {
                return Err(Break::new(place(), "the key", (&key_id, &"a known key")));
            };
            self.verifiers.insert(key_id.to_owned(), verifier);
        }
        if self.verifiers[key_id](message, signature) {
            return Ok(());
        }
        let signer = format!("a signature by {key_id}");
        Err(Break::new(place(), "the signature", (&"of something else", &signer)))
    }
}

/// Of the log after these recoveries.
fn generation(recoveries: &[Recovery]) -> u64 {
    recoveries.last().map_or(1, |recovery| recovery.generation)
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
    let hex = |hash: Option<Hash>| hash.map_or("none".to_owned(), Hash::to_hex);
    let elements = row.elements.as_deref().map(Hash::of_elements);
    let stated = (&hex(elements), &hex(statement.elements_hash));
    Break::unless_equal(place, "the hash of the authority's elements", stated)?;
    let stated = hex(Some(statement.payload_hash));
    if let Some(payload) = &row.payload {
        let hash = hex(Some(Hash::of_invoice(payload)));
        Break::unless_equal(place, "the hash of the invoice", (&hash, &stated))?;
    }
    if let Some(note) = &row.note {
        let hash = hex(Some(Hash::of_note(note)));
        Break::unless_equal(place, "the hash of the note", (&hash, &stated))?;
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

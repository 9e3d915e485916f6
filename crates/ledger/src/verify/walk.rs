//! From page to page over all outlets: what is read next, and what was found, in its order.

use std::collections::VecDeque;

use proof::TileRoot;

use super::chain::ChainCheck;
use super::work::{Keys, Workers};
use super::{Break, OutletReport, Page, PageStart, Report, StoredEnd, Verifier, VerifyError};
use crate::error::LedgerError;

/// A verification under way. Its store reads a page wherever it is asked for one, and answers what
/// a step leaves to be compared.
pub(crate) struct Walk<'a> {
    keys: &'a dyn Fn(&str) -> Option<Verifier>,
    known: Keys,
    workers: Workers,
    /// Outlets of which not everything was read: the first is being read.
    unread: VecDeque<PageStart>,
    check: Option<ChainCheck>,
    entries: u64,
    outlets: Vec<OutletReport>,
}

/// What a page leaves to be compared with the store.
pub(crate) struct Step {
    pub(crate) outlet: String,
    /// Roots of tiles that its entries filled.
    pub(crate) filled: Vec<TileRoot>,
    pub(crate) end: Option<End>,
}

/// The outlet has no more entries.
pub(crate) struct End {
    /// Whether there are entries without an invoice's row.
    pub(crate) has_orphans: bool,
}

impl<'a> Walk<'a> {
    /// Over these outlets (tenant, id), about so many entries.
    pub(crate) fn new(
        outlets: &[(String, String)],
        keys: &'a dyn Fn(&str) -> Option<Verifier>,
        expected: u64,
    ) -> Result<Self, LedgerError> {
        let start = |(tenant, outlet): &(String, String)| PageStart {
            tenant: tenant.clone(),
            outlet: outlet.clone(),
            after: 0,
            generation: 1,
        };
        Ok(Self {
            keys,
            known: Keys::default(),
            workers: Workers::new(threads(expected)).map_err(LedgerError::Open)?,
            unread: outlets.iter().map(start).collect(),
            check: None,
            entries: 0,
            outlets: Vec::new(),
        })
    }

    /// Where the next page begins, if one is wanted now.
    pub(crate) fn wants(&self) -> Option<PageStart> {
        self.unread.front().filter(|_| self.workers.has_room()).cloned()
    }

    /// The page that was wanted.
    pub(crate) fn read(&mut self, page: Page) {
        let Some(start) = self.unread.front_mut() else { return };
        let of_page = start.clone();
        match page.entries.last() {
            Some(last) if !page.is_last => {
                start.after = last.sequence;
                start.generation = page.generation().unwrap_or(start.generation);
            }
            _ => drop(self.unread.pop_front()),
        }
        self.known.learn(&page, self.keys);
        self.workers.give(page, of_page, &self.known);
    }

    /// Takes what was found in the next page; none when all were taken.
    pub(crate) fn step(&mut self) -> Result<Option<Step>, Break> {
        let Some(page) = self.workers.take() else { return Ok(None) };
        let (outlet, is_last) = (page.start.outlet.clone(), page.is_last);
        let tenant = page.start.tenant.clone();
        let check = self.check.get_or_insert_with(|| ChainCheck::new(tenant, outlet.clone()));
        self.entries += page.entries.len() as u64;
        check.page(page)?;
        let end = is_last.then(|| End { has_orphans: check.has_orphans() });
        Ok(Some(Step { outlet, filled: check.take_filled(), end }))
    }

    /// Compares the end of an outlet's chain with the stored one.
    pub(crate) fn end(&mut self, stored: StoredEnd) -> Result<(), VerifyError> {
        if let Some(check) = self.check.take() {
            self.outlets.push(check.end(stored)?);
        }
        Ok(())
    }

    /// What was found of the chains, and the count of their outlets' numbers, in the same order.
    pub(crate) fn report(self, numbers: Vec<OutletReport>) -> Report {
        let with = |(outlet, numbers): (OutletReport, OutletReport)| {
            let OutletReport { free, annulled, unused, lost, .. } = numbers;
            OutletReport { free, annulled, unused, lost, ..outlet }
        };
        let outlets: Vec<_> = self.outlets.into_iter().zip(numbers).map(with).collect();
        let entries = outlets.iter().map(|outlet| outlet.entries).sum();
        Report { entries, outlets }
    }

    /// How many entries have been checked.
    pub(crate) fn entries(&self) -> u64 {
        self.entries
    }
}

/// Every core, where that is worth starting threads for.
fn threads(expected: u64) -> usize {
    if expected < WORTH_THREADS {
        return 0;
    }
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// So many entries take a tenth of a second on one core.
pub(crate) const WORTH_THREADS: u64 = 2_000;

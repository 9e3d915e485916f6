//! What callers were told: kept outside of everything that can crash.

use std::collections::{BTreeMap, BTreeSet};

use authorities::RangeKind;
use invoice::{Hash, InvoiceId, RangeId};
use jiff::civil::Date;

/// The callers' own books.
#[derive(Default)]
pub(crate) struct Memo {
    /// Everything that was asked for, by the mark that its customer bears.
    pub asked: BTreeMap<String, Asked>,
    pub keys: BTreeMap<String, Key>,
    /// The receipts that were handed over.
    pub receipts: Vec<Receipt>,
    /// The roots of the checkpoints that were published, by outlet and number of entries.
    pub checkpoints: BTreeMap<(usize, u64), Hash>,
    pub numbers: Numbers,
    /// What each credit note takes back of, by its mark.
    pub credits: BTreeMap<String, InvoiceId>,
    /// How often a correction of a refused invoice was asked for.
    pub asked_again: BTreeMap<InvoiceId, u32>,
    /// Refused invoices, and what was sealed in their place.
    pub corrections: Vec<(InvoiceId, InvoiceId)>,
    next: u64,
}

/// What people were told of the numbers that an authority gave out.
#[derive(Default)]
pub(crate) struct Numbers {
    pub ranges: Vec<Given>,
    /// With the outlet of each.
    pub shares: Vec<(Run, usize)>,
    pub annulments: Vec<Run>,
    /// The first number that nobody has asked about.
    pub next: u64,
}

/// A range that was recorded.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub kind: &'static RangeKind,
    pub run: Run,
    pub expires_on: Option<Date>,
}

/// Numbers of a range, both ends in it.
pub(crate) type Run = (RangeId, u64, u64);

impl Numbers {
    pub(crate) fn gave(&mut self, given: Given) {
        self.ranges.push(given);
    }

    pub(crate) fn lent(&mut self, run: Run, outlet: usize) {
        self.shares.push((run, outlet));
    }

    pub(crate) fn annulled(&mut self, run: Run) {
        self.annulments.push(run);
    }
}

/// One thing that a caller wanted, however often it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Told that nothing was written, each time; then nothing may be there.
    pub is_nothing: bool,
    /// What it was told to be.
    pub told: Option<InvoiceId>,
}

/// An idempotency key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Key {
    pub outlet: usize,
    /// The bodies that it was sent with.
    pub tried: BTreeSet<u8>,
    /// The body and the invoice that it was told to stand for.
    pub bound: Option<(u8, InvoiceId)>,
}

/// A receipt that a customer holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Receipt {
    pub mark: String,
    pub outlet: usize,
    pub id: InvoiceId,
    pub number: String,
    pub entry_hash: Hash,
}

impl Memo {
    /// With numbers that were given out before.
    pub(crate) fn of(numbers: Numbers) -> Self {
        Self { numbers, ..Self::default() }
    }

    /// A mark that nothing else bears.
    pub(crate) fn new_mark(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}-{}", self.next)
    }

    pub(crate) fn asks(&mut self, mark: &str) {
        let first = Asked { is_nothing: true, told: None };
        self.asked.entry(mark.to_owned()).or_insert(first);
    }

    /// Nobody knows what became of it.
    pub(crate) fn lost(&mut self, mark: &str) {
        if let Some(asked) = self.asked.get_mut(mark) {
            asked.is_nothing = false;
        }
    }

    /// Told which invoice it is; the complaint if it was told of another before.
    pub(crate) fn told(&mut self, mark: &str, id: &InvoiceId) -> Result<(), String> {
        let asked = self.asked.get_mut(mark).ok_or_else(|| format!("{mark} was never asked"))?;
        asked.is_nothing = false;
        match &asked.told {
            Some(before) if before != id => {
                Err(format!("{mark} was told to be {before}, and now to be {id}"))
            }
            _ => {
                asked.told = Some(id.clone());
                Ok(())
            }
        }
    }
}

//! What callers were told: kept outside of everything that can crash.

use std::collections::{BTreeMap, BTreeSet};

use invoice::{Hash, InvoiceId};

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
    next: u64,
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

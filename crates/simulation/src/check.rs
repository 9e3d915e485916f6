//! The failure conditions, as the head of the crate lists them.

mod ecf;
mod ranges;

use std::collections::{BTreeMap, BTreeSet};

use invoice::{EntryKind, Hash, InvoiceId, SecurityElements, Statement};
use ledger::{
    Entry, InvoiceFilter, InvoiceSummary, Ledger, LedgerError, PAGE_MAX, RangeStanding, Stage,
    VerifyError,
};
use proof::Frontier;

use self::ranges::Ranges;
use crate::ends::Ends;
use crate::memo::{Memo, Receipt};
use crate::module::Registered;
use crate::shop::{LEDGER, Shop, verifier};
use crate::world::{Complaint, Store, World};

/// When a check is made: some things need to be true only once everything has come to rest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    Underway,
    AtRest,
}

/// What the ledger holds, read through its own verbs.
struct Found {
    records: Vec<Record>,
    /// The chain of each outlet.
    chains: Vec<Vec<Entry>>,
}

struct Record {
    outlet: usize,
    mark: String,
    invoice: InvoiceSummary,
    /// The hash of the entry that sealed it.
    seal: Option<Hash>,
    /// The authority's code, of whichever entry has it; where outlets make it themselves, only once
    /// the authority has acknowledged it.
    code: Option<String>,
    /// The code that the outlet made itself.
    own_code: Option<String>,
    /// It was refused, and the authority does not hold its number.
    is_number_back: bool,
}

/// Whether a refusal frees the number: where its document was sealed it says so, else it does.
fn frees(shop: &Shop, refused: &Entry) -> bool {
    let words = refused.elements.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    !shop.scene.codes_itself || words.contains(r#""number":"unused""#)
}

impl World {
    /// Checks every invariant on the first server's ledger.
    pub(crate) async fn check(&mut self, moment: Moment) -> Result<(), Complaint> {
        self.calm();
        let Some(server) = self.servers.first() else { return Ok(()) };
        let ledger = &server.ledger;
        // What it finds does not heal, so once is enough; and it takes longer than all the rest.
        if moment == Moment::AtRest {
            self.verify().await.map_err(|error| match error {
                VerifyError::Break(broken) => format!("invariants 1, 2: {broken}"),
                VerifyError::Unreadable(error) => format!("invariant 3: unreadable: {error}"),
            })?;
        }
        let failed =
            |error: LedgerError| format!("invariant 3: the ledger cannot be read: {error}");
        let found = Found::read(self.shop, ledger).await.map_err(failed)?;
        self.trace.note(format_args!("  checked: {} invoices", found.records.len()));
        found.numbers(self.shop)?;
        found.chains()?;
        found.checkpoints(&self.memo)?;
        found.receipts(&self.memo)?;
        found.marks(&self.memo)?;
        keys(self.shop, ledger, &self.memo).await?;
        for (outlet, registered) in self.net.with_ends(Ends::books) {
            found.registered(outlet, &registered, moment)?;
        }
        self.check_ranges(&found, moment).await?;
        if self.shop.scene.codes_itself {
            self.check_ecf(&found)?;
        }
        if moment == Moment::AtRest { found.at_rest(&self.memo) } else { Ok(()) }
    }
}

impl World {
    /// What an auditor runs.
    pub(crate) async fn verify(&self) -> Result<(), VerifyError> {
        let mut progress = |_| {};
        let found = match &self.store {
            Store::File => {
                let path = self.servers[0].folder.join(LEDGER);
                ledger::verify(&path, &verifier, &mut progress)
            }
            Store::Database(site) => {
                let address = site.address();
                Box::pin(ledger::verify_database(&address, &verifier, &mut progress)).await
            }
        };
        found.map(|_| ())
    }

    async fn check_ranges(&self, found: &Found, moment: Moment) -> Result<(), Complaint> {
        let standings = self.servers[0].ledger.ranges(&self.shop.tenant).await;
        let standings =
            standings.map_err(|error| format!("invariant 3: ranges cannot be read: {error}"))?;
        ranges::are_there(self.shop, &standings, &self.memo)?;
        let (books, annulled) = self.net.with_ends(|ends| (ends.books(), ends.annulled()));
        let registered: Vec<Registered> = books.into_iter().flat_map(|(_, book)| book).collect();
        for kind in self.shop.scene.kinds {
            let of_kind = |standing: &&RangeStanding| standing.range.kind == kind.code;
            let ranges = Ranges {
                shop: self.shop,
                kind,
                standings: standings.iter().filter(of_kind).collect(),
                registered: &registered,
                annulled: &annulled,
            };
            ranges.check(found, &self.memo, moment)?;
        }
        Ok(())
    }
}

impl Found {
    async fn read(shop: &Shop, ledger: &Ledger) -> Result<Self, LedgerError> {
        let all = InvoiceFilter::default();
        let mut chains = Vec::new();
        for outlet in shop.outlets() {
            chains.push(ledger.entries(&shop.tenant, outlet, 0, PAGE_MAX).await?);
        }
        let invoices = ledger.invoices(&shop.tenant, all, None, PAGE_MAX).await?;
        let outlet_of = |invoice: &InvoiceSummary| {
            shop.outlets().position(|id| *id == invoice.outlet).expect("there are no others")
        };
        let records = invoices.into_iter().map(|invoice| {
            let outlet = outlet_of(&invoice);
            Record::new(shop, (outlet, invoice), &chains[outlet])
        });
        Ok(Self { records: records.collect(), chains })
    }

    /// Invariant 2, beside `verify`: each statement names the hash of the one before it.
    fn chains(&self) -> Result<(), Complaint> {
        for (outlet, entries) in self.chains.iter().enumerate() {
            let mut previous = Hash::ZERO;
            for (expected, entry) in (1..).zip(entries) {
                let statement = Statement::parse(&entry.statement);
                let statement = statement.map_err(|error| format!("invariant 2: {error}"))?;
                let is_next = statement.previous == previous && entry.sequence == expected;
                if !is_next || statement.entry_hash() != entry.hash {
                    return Err(format!(
                        "invariant 2: entry {expected} of {outlet} is not chained"
                    ));
                }
                previous = entry.hash;
            }
        }
        Ok(())
    }

    /// Invariant 6: the log has grown out of every tree that was ever shown of it.
    fn checkpoints(&self, memo: &Memo) -> Result<(), Complaint> {
        for (outlet, entries) in self.chains.iter().enumerate() {
            let mut tree = Frontier::default();
            let published = memo.checkpoints.range((outlet, 0)..=(outlet, u64::MAX));
            let mut entries = entries.iter();
            for ((_, size), root) in published {
                while tree.size() < *size
                    && let Some(entry) = entries.next()
                {
                    tree.push(entry.hash.0);
                }
                if tree.size() != *size || tree.root() != root.0 {
                    return Err(format!(
                        "invariant 6: the log of {outlet} does not hold what was shown of it at {size}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Invariant 1, beside `verify`, of outlets that count for themselves: every number from 1 on was
    /// taken, and one invoice has it.
    fn numbers(&self, shop: &Shop) -> Result<(), Complaint> {
        let mut series: BTreeMap<(usize, String), BTreeMap<u64, u32>> = BTreeMap::new();
        let counts = |record: &&Record| !shop.scene.ranged.contains(&record.outlet);
        let own = self.records.iter().filter(counts);
        for Record { outlet, invoice, .. } in own {
            let of = series.entry((*outlet, invoice.series.to_string())).or_default();
            let bearers = of.entry(invoice.sequence_in_series).or_default();
            *bearers += u32::from(invoice.stage != Stage::Refused);
        }
        for ((outlet, series), numbers) in series {
            for (expected, (number, bearers)) in (1..).zip(&numbers) {
                if expected != *number {
                    return Err(format!(
                        "invariant 1: outlet {outlet} has no {expected} of {series}"
                    ));
                }
                if *bearers > 1 {
                    return Err(format!(
                        "invariant 1: outlet {outlet} has {number} of {series} twice"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Invariant 3: what a customer holds a receipt of is there, sealed, and as it was.
    fn receipts(&self, memo: &Memo) -> Result<(), Complaint> {
        for receipt in &memo.receipts {
            let Receipt { id, number, entry_hash, .. } = receipt;
            let there = self.find(id);
            let there = there.ok_or_else(|| format!("invariant 3: {number} ({id}) is gone"))?;
            if there.seal != Some(*entry_hash) || there.invoice.number != *number {
                return Err(format!("invariant 3: {number} ({id}) is not what was sealed"));
            }
        }
        Ok(())
    }

    /// Invariants 3 and 4: everything that was asked for made one invoice at most, the one that its
    /// caller was told of, and none where the caller was told so.
    fn marks(&self, memo: &Memo) -> Result<(), Complaint> {
        let mut made: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
        for record in &self.records {
            made.entry(&record.mark).or_default().push(record);
        }
        for (mark, asked) in &memo.asked {
            let made = made.remove(mark.as_str()).unwrap_or_default();
            let ids: Vec<&InvoiceId> = made.iter().map(|made| &made.invoice.invoice).collect();
            match (ids.as_slice(), &asked.told) {
                ([], None) => {}
                ([], Some(told)) => return Err(format!("invariant 3: {mark} ({told}) is gone")),
                ([one], Some(told)) if *one == told => {}
                ([_], None) if !asked.is_nothing => {}
                ([one], None) => {
                    return Err(format!("{mark} was told that nothing was written: {one} was"));
                }
                (ids, _) => return Err(format!("invariant 4: {mark} made {ids:?}")),
            }
        }
        match made.keys().next() {
            None => Ok(()),
            Some(mark) => Err(format!("nobody asked for {mark}")),
        }
    }

    /// Invariant 5: what the authority registered maps to one invoice of ours, and back.
    fn registered(
        &self,
        outlet: Option<usize>,
        registered: &[Registered],
        moment: Moment,
    ) -> Result<(), Complaint> {
        let (mut marks, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for Registered { code, document, .. } in registered {
            let (mark, number) = (&document.mark, &document.number);
            if !marks.insert(mark) {
                return Err(format!("invariant 5: {mark} is registered twice, again as {code}"));
            }
            if !numbers.insert(number) {
                return Err(format!("invariant 5: {number} is registered twice, again as {code}"));
            }
            let bears = |record: &&Record| {
                record.is_of(outlet) && record.mark == *mark && record.invoice.number == *number
            };
            let Some(ours) = self.records.iter().find(bears) else {
                return Err(format!("invariant 5: {number} ({mark}) is registered, and not ours"));
            };
            let stage = ours.invoice.stage;
            if ours.is_refused() {
                return Err(format!("invariant 5: {number} is registered, and {stage:?} here"));
            }
            let is_known = ours.code.as_ref() == Some(code);
            if !(is_known || ours.code.is_none() && moment == Moment::Underway) {
                return Err(format!("invariant 5: {number} is {code} there, {:?} here", ours.code));
            }
        }
        let codes: BTreeSet<&str> = registered.iter().map(|known| known.code.as_str()).collect();
        for record in self.records.iter().filter(|record| record.is_of(outlet)) {
            if let Some(code) = record.code.as_deref().filter(|code| !codes.contains(code)) {
                return Err(format!("invariant 5: {} is not registered as {code}", record.mark));
            }
        }
        Ok(())
    }

    /// Everything comes to an end once the line is up and people have answered.
    fn at_rest(&self, memo: &Memo) -> Result<(), Complaint> {
        let ends = self.records.iter().filter(|record| !self.is_orphan(record, memo));
        for Record { invoice, mark, code, .. } in ends {
            let stage = invoice.stage;
            let is_over = match stage {
                Stage::Refused | Stage::SealedRefused => code.is_none(),
                Stage::Acknowledged | Stage::Sealed => code.is_some(),
                Stage::Requested | Stage::Unanswered | Stage::SealedUnanswered => false,
            };
            if !is_over {
                return Err(format!("{mark} does not come to an end: {stage:?}"));
            }
        }
        Ok(())
    }

    /// A note of a document that was refused, or a note of such a note: nobody has anything to correct
    /// any more, and a person was told so.
    fn is_orphan(&self, note: &Record, memo: &Memo) -> bool {
        let original = memo.credits.get(&note.mark).and_then(|original| self.find(original));
        let is_gone = |original: &Record| original.is_refused() || self.is_orphan(original, memo);
        original.is_some_and(is_gone) && note.invoice.stage == Stage::Sealed
    }

    fn find(&self, id: &InvoiceId) -> Option<&Record> {
        self.records.iter().find(|record| record.invoice.invoice == *id)
    }
}

impl Record {
    fn new(shop: &Shop, (outlet, invoice): (usize, InvoiceSummary), chain: &[Entry]) -> Self {
        let own = || chain.iter().filter(|entry| entry.invoice.as_ref() == Some(&invoice.invoice));
        let given = || own().find_map(|entry| entry.authority_code.clone());
        let is_acknowledged = |entry: &&Entry| entry.kind == EntryKind::Acknowledged;
        let acknowledged = || {
            let elements = own().find(is_acknowledged)?.elements.as_deref();
            Some(SecurityElements::parse(elements?)?.code)
        };
        Self {
            outlet,
            mark: invoice.summary.customer_name.clone().unwrap_or_default(),
            seal: own().find(|entry| entry.kind == EntryKind::Sealed).map(|entry| entry.hash),
            code: if shop.scene.codes_itself { acknowledged() } else { given() },
            own_code: given().filter(|_| shop.scene.codes_itself),
            is_number_back: own()
                .any(|entry| entry.kind == EntryKind::Refused && frees(shop, entry)),
            invoice,
        }
    }

    fn is_of(&self, outlet: Option<usize>) -> bool {
        outlet.is_none_or(|outlet| outlet == self.outlet)
    }

    fn is_refused(&self) -> bool {
        matches!(self.invoice.stage, Stage::Refused | Stage::SealedRefused)
    }
}

/// Invariant 4: what a key was told to stand for, it stands for.
async fn keys(shop: &Shop, ledger: &Ledger, memo: &Memo) -> Result<(), Complaint> {
    for (key, known) in &memo.keys {
        let Some((_, id)) = &known.bound else { continue };
        let found = ledger.invoice_by_key(&shop.tenant, key).await;
        let found = found.map_err(|error| format!("invariant 3: unreadable: {error}"))?;
        if found.as_ref().map(|(found, _)| found) != Some(id) {
            return Err(format!("invariant 4: key {key} stood for {id}, now for {found:?}"));
        }
    }
    Ok(())
}

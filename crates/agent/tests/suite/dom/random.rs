//! Drafts at random of all ten types: whatever our regime prices, the DGII's own arithmetic accepts,
//! without a condition. The simulator reckons all sums again from the bytes and knows nothing of ours.

mod drafts;

use std::collections::BTreeMap;
use std::sync::Arc;

use fiscal::{Desk, NewRange};
use invoice::{InvoiceId, SecurityElements};
use serde_json::Value;

use self::drafts::Dice;
use super::notes::tried;
use super::world::Shop;

/// Of each type, so many are priced, sealed, sent and accepted.
const ACCEPTED: usize = 200;
/// The rest of the drafts are refused by our own regime, in words: more than that would show that
/// the drafts are no longer what it takes.
const DRAWN_MAX: usize = 2 * ACCEPTED;
/// Among them, whatever a type can have stands in more than so many.
const SEEN_MIN: usize = 3;
/// How many are on their way at once.
const SENT_TOGETHER: usize = 50;

macro_rules! types {
    ($($name:ident $code:literal $kind:literal,)*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let mut trial = Trial::new($code, $kind).await;
            trial.run().await;
        })*
    };
}

types! {
    tax_credit_invoices_at_random_are_accepted "31" "tax_credit_invoice",
    consumer_invoices_at_random_are_accepted "32" "consumer_invoice",
    debit_notes_at_random_are_accepted "33" "debit_note",
    credit_notes_at_random_are_accepted "34" "credit_note",
    purchases_at_random_are_accepted "41" "purchase",
    minor_expenses_at_random_are_accepted "43" "minor_expense",
    special_regime_invoices_at_random_are_accepted "44" "special_regime_invoice",
    government_invoices_at_random_are_accepted "45" "government_invoice",
    export_invoices_at_random_are_accepted "46" "export_invoice",
    foreign_payments_at_random_are_accepted "47" "foreign_payment",
}

struct Trial {
    shop: Shop,
    desk: Arc<Desk>,
    kind: &'static str,
    dice: Dice,
    /// Of notes, what they correct: an invoice of this ledger.
    originals: Vec<(String, Value)>,
}

impl Trial {
    async fn new(code: &'static str, kind: &'static str) -> Self {
        let shop = Shop::new().await;
        let outlet = shop.desk.outlet.clone();
        let desk = shop.desk_of(&outlet).await;
        range(&desk, code).await;
        let dice = Dice::new(code.parse().unwrap());
        let mut trial = Self { shop, desk, kind, dice, originals: Vec::new() };
        if kind.ends_with("_note") {
            range(&trial.desk, "31").await;
            trial.sell().await;
        }
        trial
    }

    /// Invoices for the notes to correct.
    async fn sell(&mut self) {
        let mut sent = Vec::new();
        while self.originals.len() < SENT_TOGETHER {
            let draft = self.dice.draft("tax_credit_invoice", &[]);
            let Ok(id) = tried(&self.desk, &draft).await else { continue };
            let number = self.shop.record(&id).await.invoice.number;
            self.originals.push((number, draft.clone()));
            sent.push((id, draft));
        }
        self.deliver(&sent).await;
    }

    async fn run(&mut self) {
        let (mut drawn, mut accepted, mut faults) = (0, 0, Vec::new());
        let mut seen = BTreeMap::new();
        while accepted < ACCEPTED {
            let mut sent = Vec::new();
            while sent.len() < SENT_TOGETHER {
                assert!(
                    drawn < DRAWN_MAX,
                    "only {accepted} of {drawn} were priced: {:#?}",
                    faults.first_chunk::<9>()
                );
                drawn += 1;
                let draft = self.dice.draft(self.kind, &self.originals);
                match tried(&self.desk, &draft).await {
                    Ok(id) => sent.push((id, draft)),
                    Err(told) => faults.push(told),
                }
            }
            self.deliver(&sent).await;
            accepted += sent.len();
            for (_, draft) in &sent {
                for part in drafts::parts(draft) {
                    *seen.entry(part).or_insert(0) += 1;
                }
            }
        }
        for (part, kinds) in drafts::PARTS {
            let is_seen = seen.get(part).copied().unwrap_or(0) > SEEN_MIN;
            assert!(is_seen || !kinds.contains(&self.kind), "{part}: {seen:?}");
        }
        println!("{}: {accepted} accepted of {drawn}", self.kind);
        self.shop.verify().await;
    }

    /// Sends, and finds each accepted without a word.
    async fn deliver(&self, sent: &[(InvoiceId, Value)]) {
        // A range of its own numbers the desk's invoices, and the shop's desk drives them as well.
        self.shop.deliver_with(&self.desk).await;
        for (id, draft) in sent {
            let record = self.shop.record(id).await;
            let told = record.entries.iter().filter_map(|entry| entry.elements.as_deref());
            let told: Vec<_> = told.filter_map(SecurityElements::parse).collect();
            let status = told.iter().find_map(|told| told.detail("status"));
            if status != Some("accepted") {
                let number = &record.invoice.number;
                let arrived = self.shop.list(&format!("arrivals?encf={number}")).await;
                let verdicts: Vec<_> = arrived.iter().map(|one| &one["verdict"]).collect();
                panic!("{number} {:?} {verdicts:#?}\n{draft:#}", record.invoice.stage);
            }
        }
    }
}

async fn range(desk: &Desk, kind: &str) {
    let new = NewRange {
        kind: kind.to_owned(),
        first: format!("E{kind}0000000001"),
        last: format!("E{kind}0000002000"),
        // Those of consumer invoices and credit notes do not expire.
        expires_on: (!["32", "34"].contains(&kind)).then(|| jiff::civil::date(2028, 12, 31)),
        reference: None,
        lend_to: None,
    };
    fiscal::authorise_range(desk, new).await.unwrap();
}

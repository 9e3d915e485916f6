//! Credit notes against the ledger and the DGII: how late they may be, and what they name. The
//! numbers are of real ranges, so that a note names its original as the DGII does.

use std::sync::Arc;

use fiscal::{Desk, IssueError, Issued, NewRange, Order, Patience};
use invoice::{InvoiceId, OutletId, SECOND, SecurityElements};
use ledger::{Outlet, Stage, SubmissionState};
use serde_json::{Value, json};

use super::world::{BUYER, Shop, tax_credit_invoice};
use crate::world::read;

const DAY: i64 = 24 * 3_600 * SECOND;
const ACKNOWLEDGED: (Stage, SubmissionState) = (Stage::Acknowledged, SubmissionState::Acknowledged);
const ORIGINAL: &str = "E310000000001";

impl Shop {
    /// With numbers as the DGII gives them out, not those that are made up for the other tests.
    async fn with_ranges() -> Self {
        let mut shop = Self::new().await;
        let outlet = shop.desk.outlet.clone();
        shop.desk = shop.desk_of(&outlet).await;
        range(&shop.desk, "31", 1).await;
        range(&shop.desk, "34", 1).await;
        shop
    }

    pub(super) async fn desk_of(&self, outlet: &Outlet) -> Arc<Desk> {
        self.desks().desk(&outlet.tenant, &outlet.id).await.unwrap()
    }

    /// A second outlet of the same taxpayer, with credit note numbers of its own.
    async fn second_desk(&self) -> Arc<Desk> {
        let id = OutletId::from_random([4; 10]);
        let outlet = Outlet { id, code: "SD02".into(), ..self.desk.outlet.clone() };
        self.ledger().create_outlet(outlet.clone()).await.unwrap();
        let desk = self.desk_of(&outlet).await;
        range(&desk, "34", 101).await;
        desk
    }

    /// A sale that the DGII has.
    async fn sold(&self) -> InvoiceId {
        let id = self.issue(&tax_credit_invoice()).await;
        self.deliver().await;
        assert_eq!(self.stands(&id).await, ACKNOWLEDGED);
        id
    }
}

async fn range(desk: &Desk, kind: &str, first: u64) {
    let new = NewRange {
        kind: kind.to_owned(),
        first: format!("E{kind}{first:010}"),
        last: format!("E{kind}{:010}", first + 99),
        // Those of consumer invoices and credit notes do not expire.
        expires_on: (kind == "31").then(|| jiff::civil::date(2028, 12, 31)),
        reference: None,
        lend_to: None,
    };
    fiscal::authorise_range(desk, new).await.unwrap();
}

/// A note that takes back a part of the sale, named as the ledger names it.
fn note(price: &str) -> Value {
    let mut draft = tax_credit_invoice();
    draft["kind"] = json!("credit_note");
    draft["lines"][0]["unit_price"] = json!(price);
    draft["credit"] = json!({"nature": "amount_correction", "original": {"number": ORIGINAL}});
    draft
}

/// The same, named as a document that the ledger does not hold would be.
fn referring(price: &str, number: &str, issued_on: &str) -> Value {
    let mut draft = note(price);
    draft["credit"] = json!({"nature": "amount_correction"});
    draft["do"] = json!({"reference": {"number": number, "issued_on": issued_on}});
    draft
}

pub(super) async fn tried(desk: &Arc<Desk>, draft: &Value) -> Result<InvoiceId, String> {
    let order = Order { draft: read(&draft.to_string()), idempotency: None };
    match fiscal::issue(desk, order, Patience::None).await {
        Ok(Issued::Sealed(sealed, _)) => Ok(sealed.id),
        Err(IssueError::Faults(faults)) => {
            let shown = faults.iter().map(|fault| format!("{} {}", fault.code(), fault.pointer()));
            Err(shown.collect::<Vec<_>>().join(", "))
        }
        other => panic!("{other:?}"),
    }
}

/// Formato e-CF, `IndicadorNotaCredito`: after thirty days no ITBIS is given back.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_the_thirty_first_day_gives_no_itbis_back_and_the_dgii_takes_it() {
    let shop = Shop::with_ranges().await;
    shop.sold().await;
    for (days, total) in [(30, "118.00"), (1, "100.00")] {
        shop.clock.advance(days * DAY);
        let id = shop.issue(&note("100")).await;
        let invoice = fiscal::invoice_of(&shop.record(&id).await).unwrap();
        assert_eq!(invoice.totals().total.to_string(), total);
        shop.deliver().await;
        assert_eq!(shop.stands(&id).await, ACKNOWLEDGED, "{total}");
        let told = shop.record(&id).await.entries[1].elements.clone().unwrap();
        let told = SecurityElements::parse(&told).unwrap();
        assert_eq!(told.detail("status"), Some("accepted"), "without conditions");
    }
    let registered = shop.registered().await;
    assert_eq!(registered.len(), 3);
    shop.verify().await;
}

/// A document of the ledger is held against its date, its buyer and its total by whatever name.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_refers_to_an_own_document_by_its_number_is_held_against_it() {
    let shop = Shop::with_ranges().await;
    shop.sold().await;
    let other = shop.second_desk().await;
    let today = "2026-11-20";
    let mut of_another = referring("1", ORIGINAL, today);
    of_another["customer"]["tax_id"] = json!("101000001");
    assert_ne!(BUYER, "101000001");
    for desk in [&shop.desk, &other] {
        for (draft, faults) in [
            (
                referring("1", ORIGINAL, "2026-11-19"),
                "do_reference_date_differs /do/reference/issued_on",
            ),
            (referring("1001", ORIGINAL, today), "do_note_above_original /lines"),
            (of_another.clone(), "do_note_for_other_customer /customer/tax_id"),
        ] {
            assert_eq!(tried(desk, &draft).await, Err(faults.to_owned()));
        }
    }
    // All notes together stay within the original, of whatever outlet and however they name it.
    let part = tried(&other, &referring("600", ORIGINAL, today)).await.unwrap();
    for (desk, draft) in [
        (&shop.desk, referring("500", ORIGINAL, today)),
        (&shop.desk, note("500")),
        (&other, referring("500", ORIGINAL, today)),
    ] {
        assert_eq!(tried(desk, &draft).await, Err("credits_exceed_total /lines".to_owned()));
    }
    let rest = tried(&shop.desk, &referring("400", ORIGINAL, today)).await.unwrap();
    for id in [&part, &rest] {
        let invoice = fiscal::invoice_of(&shop.record(id).await).unwrap();
        let original = invoice.credit().unwrap().original.clone().unwrap();
        assert_eq!(original.number, ORIGINAL);
    }
    shop.verify().await;
}

/// What was issued before this ledger is named by its number, and is a dissolved taxpayer's where
/// the draft says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_on_what_the_ledger_does_not_hold_is_taken_at_its_word() {
    let shop = Shop::with_ranges().await;
    shop.sold().await;
    let unknown = referring("5000", "E310000009999", "2026-11-01");
    let mut of_another_taxpayer = referring("5000", ORIGINAL, "2026-11-01");
    of_another_taxpayer["do"]["reference"]["other_tax_id"] = json!("101000001");
    for draft in [unknown, of_another_taxpayer] {
        let id = tried(&shop.desk, &draft).await.unwrap();
        let invoice = fiscal::invoice_of(&shop.record(&id).await).unwrap();
        assert_eq!(invoice.credit().unwrap().original, None);
    }
    shop.verify().await;
}

/// Nothing is numbered for an original that the DGII has refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_note_on_a_refused_document_is_a_fault() {
    let shop = Shop::with_ranges().await;
    let verdict = json!({"environment": "testecf", "encf": ORIGINAL, "verdict": "rejected",
                         "code": 145, "reusable": false});
    shop.order("verdicts", &verdict).await;
    let id = shop.issue(&tax_credit_invoice()).await;
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await.0, Stage::SealedRefused);
    for (draft, fault) in [
        (note("100"), "original_refused /credit/original"),
        (referring("100", ORIGINAL, "2026-11-20"), "original_refused /do/reference/number"),
    ] {
        assert_eq!(tried(&shop.desk, &draft).await, Err(fault.to_owned()));
    }
    let ranges = shop.ledger().ranges(&shop.desk.outlet.tenant).await.unwrap();
    let notes = ranges.iter().find(|standing| standing.range.kind == "34").unwrap();
    assert_eq!(notes.shares[0].left, 100, "no number was taken");
}

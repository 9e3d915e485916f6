//! What the law allows while nothing can be sent, or issued: each mode with its mark on the
//! document, its clock and its alerts.

use agent::look;
use fiscal::{IssueError, Issued, Order, PaperReceipt, Patience};
use invoice::{Amount, InvoiceId, Json, SECOND, SecurityElements, Timestamp};
use ledger::{PaperId, PaperState, Stage, SubmissionState};
use serde_json::{Value, json};
use simulators::dom_ecf;

use super::world::{Shop, consumer_invoice, tax_credit_invoice};
use crate::world::read;

const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;
const ACKNOWLEDGED: (Stage, SubmissionState) = (Stage::Acknowledged, SubmissionState::Acknowledged);

impl Shop {
    /// The line to the DGII is cut, and the outlet has noticed.
    async fn cut_off(&self) {
        for operation in ["seed", "token", "reception", "summary"] {
            self.arm(operation, "lost_request", 10_000).await;
        }
        while self.desk.reach.cut_off_since().is_none() {
            fiscal::survey(&self.desk).await.unwrap();
            self.clock.advance(60 * SECOND);
        }
    }

    async fn back(&self) {
        self.order("faults/calm", &json!({})).await;
        self.clock.advance(120 * SECOND);
        fiscal::survey(&self.desk).await.unwrap();
        assert_eq!(self.desk.reach.cut_off_since(), None);
    }

    async fn sealed(&self, id: &InvoiceId) -> SecurityElements {
        let record = self.record(id).await;
        fiscal::sealed_invoice(&record).unwrap().unwrap().elements.unwrap()
    }

    /// For how many hours the sending of an invoice may wait, as it was sealed.
    async fn hours(&self, id: &InvoiceId) -> Option<i64> {
        let submission = self.record(id).await.submission.unwrap();
        submission.send_by.map(|by| by.micros_since(submission.created_at) / HOUR)
    }

    async fn alerts_that_hold(&self, prefix: &'static str) -> usize {
        let tenant = &self.desk.outlet.tenant;
        self.ledger().alert_keys(tenant, prefix).await.unwrap().len()
    }
}

fn is_deferred(elements: &SecurityElements) -> bool {
    elements.document.as_ref().unwrap().contains("<IndicadorEnvioDiferido>1<")
}

/// Decreto 587-24: without a line it is sealed as ever, says so, and is sent within 72 hours.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_issued_while_cut_off_says_so_and_has_three_days() {
    let mut shop = Shop::new().await;
    let before = shop.issue(&tax_credit_invoice()).await;
    shop.deliver().await;
    assert_eq!(shop.sealed(&before).await.detail("contingency"), None);
    assert_eq!(shop.hours(&before).await, None);

    shop.cut_off().await;
    assert_eq!(shop.told("authority.unreachable").await.len(), 1);
    let whole = shop.issue(&tax_credit_invoice()).await;
    let small = shop.issue(&consumer_invoice()).await;
    for id in [&whole, &small] {
        let elements = shop.sealed(id).await;
        assert_eq!(elements.detail("contingency"), Some("true"));
        assert!(!is_deferred(&elements));
        assert_eq!(shop.hours(id).await, Some(72));
    }
    // A process that starts while the line is down knows of it before it has asked.
    shop.restart().await;
    assert!(shop.desk.reach.cut_off_since().is_some());

    for (hours, due, overdue) in [(47, 0, 0), (2, 2, 0), (22, 2, 0), (2, 2, 2), (30, 2, 2)] {
        shop.clock.advance(hours * HOUR);
        // Another process tells of nothing twice either.
        look(shop.desks()).await;
        let told = (shop.told("submission.due").await, shop.told("submission.overdue").await);
        assert_eq!((told.0.len(), told.1.len()), (due, overdue), "after {hours} hours more");
    }
    let told = &shop.told("submission.overdue").await[0];
    assert_eq!(told["issued_in"], "contingency");
    assert!(Timestamp::parse(told["send_by"].as_str().unwrap()).is_some());

    shop.back().await;
    shop.deliver().await;
    for id in [&whole, &small] {
        assert_eq!(shop.stands(id).await, ACKNOWLEDGED);
    }
    look(shop.desks()).await;
    assert_eq!(shop.alerts_that_hold("send_due/").await, 0);
    assert_eq!(shop.alerts_that_hold("send_overdue/").await, 0);
    assert_eq!(shop.alerts_that_hold("unreachable/").await, 0);
    let after = shop.issue(&consumer_invoice()).await;
    assert_eq!(shop.sealed(&after).await.detail("contingency"), None);
    shop.deliver().await;
    assert_eq!(shop.registered().await.len(), 4, "each once");
    shop.verify().await;
}

/// What is sent in time is told of by nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_comes_back_in_time_ends_the_clock() {
    let shop = Shop::new().await;
    shop.cut_off().await;
    let id = shop.issue(&consumer_invoice()).await;
    shop.clock.advance(40 * HOUR);
    shop.back().await;
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
    shop.clock.advance(100 * HOUR);
    look(shop.desks()).await;
    for kind in ["submission.due", "submission.overdue"] {
        assert_eq!(shop.told(kind).await, Vec::<Value>::new());
    }
}

/// A server that errs answers: the document waits, as it always did, and is in no contingency.
#[tokio::test(flavor = "multi_thread")]
async fn a_dgii_that_errs_is_reached() {
    let shop = Shop::new().await;
    shop.arm("seed", "server_error", 5).await;
    for _ in 0..5 {
        fiscal::survey(&shop.desk).await.unwrap();
        shop.clock.advance(60 * SECOND);
    }
    let id = shop.issue(&consumer_invoice()).await;
    assert_eq!(shop.sealed(&id).await.detail("contingency"), None);
    assert_eq!(shop.hours(&id).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_document_says_so_in_its_xml_and_has_a_day() {
    let shop = Shop::with(&json!({"deferred_sending": true}), dom_ecf::Options::calm).await;
    let id = shop.issue(&tax_credit_invoice()).await;
    let elements = shop.sealed(&id).await;
    assert!(is_deferred(&elements));
    assert_eq!((elements.detail("deferred"), elements.detail("contingency")), (Some("true"), None));
    assert_eq!(shop.hours(&id).await, Some(24));

    // Types that do not know the indicator are not deferred.
    let mut expense = consumer_invoice();
    expense["kind"] = json!("minor_expense");
    expense["lines"][0]["tax_group"] = json!("exempt");
    let expense = shop.issue(&expense).await;
    assert!(!is_deferred(&shop.sealed(&expense).await));
    assert_eq!(shop.hours(&expense).await, None);

    for (hours, due, overdue) in [(15, 0, 0), (2, 1, 0), (8, 1, 1)] {
        shop.clock.advance(hours * HOUR);
        look(shop.desks()).await;
        let told = (shop.told("submission.due").await, shop.told("submission.overdue").await);
        assert_eq!((told.0.len(), told.1.len()), (due, overdue), "after {hours} hours more");
    }
    assert_eq!(shop.told("submission.due").await[0]["issued_in"], "deferred");
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
    look(shop.desks()).await;
    assert_eq!(shop.alerts_that_hold("send_overdue/").await, 0);

    // Without a line it is in contingency: one mode a document, which all of it agrees on.
    shop.cut_off().await;
    let cut_off = shop.issue(&tax_credit_invoice()).await;
    let elements = shop.sealed(&cut_off).await;
    assert!(!is_deferred(&elements) && elements.detail("deferred").is_none());
    assert_eq!(elements.detail("contingency"), Some("true"));
    assert_eq!(shop.hours(&cut_off).await, Some(72));
}

fn on_paper(number: &str, draft: &Value) -> PaperReceipt {
    PaperReceipt {
        number: number.to_owned(),
        issued_on: "2026-11-18".parse().unwrap(),
        since: None,
        total: Amount::parse("1180.00").unwrap(),
        draft: Json::parse(draft.to_string().as_bytes()).unwrap(),
        by: "ak_test".to_owned(),
    }
}

impl Shop {
    async fn record_on_paper(&self, number: &str) -> PaperId {
        let receipt = on_paper(number, &tax_credit_invoice());
        fiscal::record_paper(&self.desk, receipt).await.unwrap().0
    }

    async fn regularise(&self, id: &PaperId) -> Issued {
        fiscal::regularise(&self.desk, id, Patience::None).await.unwrap()
    }

    async fn paper_state(&self, id: &PaperId) -> PaperState {
        let paper = self.ledger().paper(&self.desk.outlet.tenant, id).await.unwrap();
        paper.unwrap().summary.state
    }
}

fn sealed(issued: Issued) -> InvoiceId {
    match issued {
        Issued::Sealed(sealed, _) => sealed.id,
        other => panic!("{other:?}"),
    }
}

/// Series B: recorded, stood for by an e-CF with code 4, which goes to the DGII alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_on_paper_is_regularised_once_and_for_the_dgii_alone() {
    let shop = Shop::new().await;
    let paper = shop.record_on_paper("B0100000007").await;
    assert_eq!(shop.paper_state(&paper).await, PaperState::Recorded);
    let id = sealed(shop.regularise(&paper).await);
    assert_eq!(shop.paper_state(&paper).await, PaperState::Standing(id.clone()));
    let document = shop.sealed(&id).await.document.unwrap();
    for leaf in [
        "<NCFModificado>B0100000007</NCFModificado>",
        "<FechaNCFModificado>18-11-2026</FechaNCFModificado>",
        "<CodigoModificacion>4</CodigoModificacion>",
        "<FechaEmision>20-11-2026</FechaEmision>",
    ] {
        assert!(document.contains(leaf), "{leaf} in {document}");
    }
    let again = shop.regularise(&paper).await;
    assert!(matches!(again, Issued::Replayed(by) if by == id), "one invoice stands for it");

    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
    assert_eq!(shop.paper_state(&paper).await, PaperState::Settled(id.clone()));
    assert_eq!(shop.asked("counterpart_reception").await, 0, "the buyer holds the receipt");
    let registered = shop.registered().await;
    assert_eq!((registered.len(), &registered[0]["encf"]), (1, &json!(shop.encf(&id).await)));
    shop.verify().await;
}

/// Nor does a draft of one's own stand for a receipt that an invoice stands for, recorded or not.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_invoice_for_a_receipt_is_refused() {
    let shop = Shop::new().await;
    let paper = shop.record_on_paper("B0100000007").await;
    sealed(shop.regularise(&paper).await);
    let mut draft = tax_credit_invoice();
    draft["credit"] = json!({"nature": "contingency_replacement"});
    for (number, refused) in [("B0100000007", true), ("B0100000008", false), ("B0100000008", true)]
    {
        draft["do"] = json!({"reference": {"number": number, "issued_on": "2026-11-18"}});
        let order = Order { draft: read(&draft.to_string()), idempotency: None };
        match fiscal::issue(&shop.desk, order, Patience::None).await {
            Ok(_) => assert!(!refused, "{number}"),
            Err(IssueError::Faults(faults)) => {
                assert!(refused, "{faults:?}");
                assert_eq!(faults[0].code(), "paper_stood_for");
            }
            Err(other) => panic!("{other}"),
        }
        shop.clock.advance(SECOND);
    }
    shop.verify().await;
}

/// What the DGII refuses stands for nothing, so that another may.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_invoice_gives_its_receipt_back() {
    let shop = Shop::new().await;
    let paper = shop.record_on_paper("B0100000007").await;
    let first = sealed(shop.regularise(&paper).await);
    let encf = shop.encf(&first).await;
    let verdict = json!({"environment": "testecf", "encf": encf, "verdict": "rejected", "code": 145,
                         "reusable": false});
    shop.order("verdicts", &verdict).await;
    shop.deliver().await;
    assert_eq!(shop.stands(&first).await, (Stage::SealedRefused, SubmissionState::Refused));
    assert_eq!(shop.paper_state(&paper).await, PaperState::Recorded);
    let second = sealed(shop.regularise(&paper).await);
    assert_ne!(second, first);
    shop.deliver().await;
    assert_eq!(shop.paper_state(&paper).await, PaperState::Settled(second));
    shop.verify().await;
}

/// Fifteen days of paper, and thirty for the invoice: told before the end, at the end, once each.
#[tokio::test(flavor = "multi_thread")]
async fn paper_has_its_clocks() {
    let shop = Shop::new().await;
    let paper = shop.record_on_paper("B0100000007").await;
    let kinds = ["paper.ending", "paper.due", "paper.overdue"];
    // It is of the eighteenth, and now is the twentieth: paper until the second of December, an
    // invoice by the eighteenth.
    for (days, counts) in [
        (0, [0, 0, 0]),
        (9, [1, 0, 0]),
        (1, [1, 0, 0]),
        (11, [1, 1, 0]),
        (7, [1, 1, 0]),
        (1, [1, 1, 1]),
    ] {
        shop.clock.advance(days * DAY);
        look(shop.desks()).await;
        for (kind, count) in kinds.iter().zip(counts) {
            assert_eq!(shop.told(kind).await.len(), count, "{kind} after {days} days more");
        }
    }
    assert_eq!(shop.alerts_that_hold("paper_").await, 1, "only that it is too late holds");
    assert_eq!(shop.told("paper.overdue").await[0]["number"], "B0100000007");

    // Standing is not enough: the DGII must have it.
    sealed(shop.regularise(&paper).await);
    look(shop.desks()).await;
    assert_eq!(shop.alerts_that_hold("paper_").await, 1);
    shop.deliver().await;
    look(shop.desks()).await;
    assert_eq!(shop.alerts_that_hold("paper_").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_receipt_is_told_and_nothing_is_recorded() {
    let shop = Shop::new().await;
    let right = || on_paper("B0100000007", &tax_credit_invoice());
    let mut named = tax_credit_invoice();
    named["do"] = json!({"reference": {"number": "B0100000007"}});
    let mut wrong = tax_credit_invoice();
    wrong["lines"][0]["quantity"] = json!("0");
    let mut dated = tax_credit_invoice();
    dated["issued_on"] = json!("2026-11-18");
    let day = |text: &str| text.parse().unwrap();
    for (receipt, code, pointer) in [
        (on_paper("E310000000001", &tax_credit_invoice()), "do_not_series_b", "/number"),
        (on_paper("B0200000007", &tax_credit_invoice()), "do_paper_of_another_type", "/draft/kind"),
        (on_paper("B0100000007", &named), "do_paper_named_by_itself", "/draft/do/reference"),
        (on_paper("B0100000007", &dated), "paper_dated_twice", "/draft/issued_on"),
        (on_paper("B0100000007", &wrong), "not_positive", "/draft/lines/0/quantity"),
        (PaperReceipt { issued_on: day("2026-11-21"), ..right() }, "paper_in_future", "/issued_on"),
        (PaperReceipt { since: Some(day("2026-11-19")), ..right() }, "paper_since_later", "/since"),
        (
            PaperReceipt { total: Amount::parse("1180.01").unwrap(), ..right() },
            "paper_total_differs",
            "/total",
        ),
    ] {
        let error = fiscal::record_paper(&shop.desk, receipt).await.unwrap_err();
        let fiscal::PaperError::Faults(faults) = error else { panic!("{error}") };
        assert_eq!((faults[0].code(), faults[0].pointer()), (code, pointer), "{faults:?}");
    }
    // Once; the same again is the same, and another of its number is refused.
    let (id, is_new) = fiscal::record_paper(&shop.desk, right()).await.unwrap();
    assert!(is_new);
    assert_eq!(fiscal::record_paper(&shop.desk, right()).await.unwrap(), (id, false));
    let other = PaperReceipt { issued_on: day("2026-11-17"), ..right() };
    let error = fiscal::record_paper(&shop.desk, other).await.unwrap_err();
    assert!(error.to_string().contains("paper_held"), "{error}");
    // Paper beyond the fifteenth day is recorded, for it was issued, and told of.
    let late = PaperReceipt {
        since: Some(day("2026-11-03")),
        ..on_paper("B0100000008", &tax_credit_invoice())
    };
    fiscal::record_paper(&shop.desk, late).await.unwrap();
    assert_eq!(shop.told("paper.too_long").await[0]["paper_until"], "2026-11-17");
}

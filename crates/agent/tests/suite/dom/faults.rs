//! A lost request and a lost reply look alike; whatever the network does, each e-NCF is registered
//! once, with the document that was sealed.

use invoice::{EntryKind, InvoiceId, SECOND};
use ledger::{Stage, SubmissionState};
use serde_json::{Value, json};
use simulators::{Faults, dom_ecf};
use tokio::task::JoinSet;

use super::world::{Shop, consumer_invoice, tax_credit_invoice};

const KINDS: [&str; 7] = [
    "lost_request",
    "lost_reply",
    "server_error",
    "slow",
    "duplicate",
    "processing_error",
    "unauthorised",
];

/// The operation, the fault, and how often in a row.
type Case = (&'static str, &'static str, u32);

const SIDE_BY_SIDE: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn slow_every_fault_at_every_step_of_a_whole_document() {
    let operations = [
        "seed",
        "token",
        "reception",
        "result",
        "track_ids",
        "inquiry",
        "directory_by_rnc",
        "counterpart_seed",
        "counterpart_token",
        "counterpart_reception",
    ];
    each_fault(&operations, &tax_credit_invoice(), "reception").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_every_fault_at_every_step_of_a_summary() {
    each_fault(&["seed", "token", "summary", "summary_inquiry"], &consumer_invoice(), "summary")
        .await;
}

async fn each_fault(operations: &[&'static str], draft: &Value, sent_by: &'static str) {
    let cases = operations
        .iter()
        .flat_map(|operation| KINDS.map(|kind| [(*operation, kind, 1), (*operation, kind, 2)]));
    let cases: Vec<_> = cases.flatten().collect();
    // Most of a case is waiting for the DGII to decide.
    for some in cases.chunks(SIDE_BY_SIDE) {
        let mut running = JoinSet::new();
        for case in some {
            let (draft, case) = (draft.clone(), *case);
            running.spawn(async move { one_fault(&draft, sent_by, case).await });
        }
        running.join_all().await;
    }
}

async fn one_fault(draft: &Value, sent_by: &str, (operation, kind, count): Case) {
    let case = format!("{operation} {kind} {count}");
    let shop = Shop::new().await;
    // So that the steps of recovery are met too, a reply is lost first.
    if ["track_ids", "inquiry", "summary_inquiry"].contains(&operation) {
        shop.arm(sent_by, "lost_reply", 1).await;
    }
    shop.arm(operation, kind, count).await;
    let id = shop.issue(draft).await;
    shop.deliver().await;
    settled(&shop, &id, &case).await;
    shop.verify().await;
}

/// Registered once, and acknowledged with the document that was sealed.
async fn settled(shop: &Shop, id: &InvoiceId, case: &str) {
    let standing = shop.stands(id).await;
    let words = shop.record(id).await.submission.unwrap().last_answer;
    assert_eq!(standing, (Stage::Acknowledged, SubmissionState::Acknowledged), "{case}: {words:?}");
    let encf = shop.encf(id).await;
    let registered = shop.list(&format!("registered?encf={encf}")).await;
    assert_eq!(registered.len(), 1, "{case}: registered once");
    let record = shop.record(id).await;
    let seals = record.entries.iter().filter(|entry| entry.kind == EntryKind::Sealed);
    assert_eq!(seals.count(), 1, "{case}: sealed once");
    let sealed = fiscal::sealed_invoice(&record).unwrap().unwrap().elements.unwrap();
    assert_eq!(registered[0]["security_code"], sealed.detail("security_code").unwrap(), "{case}");
    // Whatever arrived, it was one document.
    let mut arrivals = shop.list(&format!("arrivals?encf={encf}")).await;
    arrivals.dedup_by_key(|arrival| arrival["bytes"].clone());
    assert_eq!(arrivals.len(), 1, "{case}");
}

/// A crash at each point: what is stored resumes with a question.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_the_request_resumes_with_a_question() {
    for (draft, operation, question) in [
        (tax_credit_invoice(), "reception", "track_ids"),
        (consumer_invoice(), "summary", "summary_inquiry"),
    ] {
        let mut shop = Shop::new().await;
        shop.arm(operation, "lost_reply", 1).await;
        // And the line is dead afterwards, until the process dies too.
        shop.arm(question, "lost_request", 1_000).await;
        let id = shop.issue(&draft).await;
        let now = shop.clock.now();
        let lease = ledger::NewLease { owner: "test".into(), until: now.plus_micros(60 * SECOND) };
        let leased = shop.ledger().lease_due(lease, 1, now).await.unwrap().remove(0);
        let drive = fiscal::drive(&shop.desk, leased, fiscal::Patience::None);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(700), drive).await;
        shop.restart().await;
        shop.order("faults/calm", &json!({})).await;
        shop.clock.advance(600 * SECOND);
        shop.deliver().await;
        settled(&shop, &id, operation).await;
        assert_eq!(shop.asked(operation).await, 1, "nothing was sent twice");
    }
}

/// A thousand documents are the cli's; here are enough to meet every fault by chance.
#[tokio::test(flavor = "multi_thread")]
async fn slow_a_hostile_day_registers_each_document_once() {
    let hostile =
        |options: dom_ecf::Options| dom_ecf::Options { faults: Faults::at(150), ..options };
    let shop = Shop::with(&json!({}), hostile).await;
    let mut ids = Vec::new();
    for turn in 0..60 {
        let draft = if turn % 2 == 0 { tax_credit_invoice() } else { consumer_invoice() };
        ids.push(shop.issue(&draft).await);
    }
    shop.deliver().await;
    for id in &ids {
        settled(&shop, id, "a hostile day").await;
    }
    assert_eq!(shop.registered().await.len(), ids.len());
    shop.verify().await;
}

//! Documents on their way, without faults.

use fiscal::Patience;
use invoice::SECOND;
use ledger::{Stage, SubmissionState};
use serde_json::json;
use simulators::dom_ecf;

use super::world::{BUYER, ISSUER, Shop, consumer_invoice, tax_credit_invoice};

const ACKNOWLEDGED: (Stage, SubmissionState) = (Stage::Acknowledged, SubmissionState::Acknowledged);

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_sealed_at_once_and_acknowledged_by_the_dgii_and_by_its_receiver() {
    let shop = Shop::new().await;
    let id = shop.issue(&tax_credit_invoice()).await;
    assert_eq!(shop.stands(&id).await.0, Stage::Sealed);
    assert_eq!(shop.asked("seed").await, 0, "no network stands between customer and receipt");
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);

    let record = shop.record(&id).await;
    let sealed = fiscal::sealed_invoice(&record).unwrap().unwrap().elements.unwrap();
    let registered = shop.registered().await;
    assert_eq!(registered.len(), 1);
    assert_eq!(registered[0]["encf"], shop.encf(&id).await.as_str());
    assert_eq!(registered[0]["security_code"], sealed.detail("security_code").unwrap());
    let bytes = data_encoding::BASE64.decode(registered[0]["bytes"].as_str().unwrap().as_bytes());
    assert_eq!(String::from_utf8(bytes.unwrap()).ok(), sealed.document, "byte for byte");

    // The DGII's answer and the receiver's stand in the chain, one behind the other.
    let told: Vec<_> = record.entries[1..]
        .iter()
        .map(|entry| invoice::SecurityElements::parse(entry.elements.as_deref().unwrap()).unwrap())
        .collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].detail("status"), Some("accepted"));
    assert_eq!(told[1].detail("receiver"), Some("received"));
    assert!(told[1].document.as_ref().unwrap().contains("ARECF"));
    assert_eq!(shop.asked("counterpart_reception").await, 1);
    let report = shop.verify().await;
    assert_eq!((report.entries, report.outlets[0].sealed), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_small_consumer_invoice_the_summary_goes() {
    let shop = Shop::new().await;
    let id = shop.issue(&consumer_invoice()).await;
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
    let registered = shop.registered().await;
    assert_eq!((registered.len(), &registered[0]["channel"]), (1, &json!("summary")));
    assert_eq!(shop.asked("reception").await, 0);
    shop.verify().await;
}

/// Outlets that sign with one key share a login, and many drives at once do not log in each.
#[tokio::test(flavor = "multi_thread")]
async fn many_deliveries_share_one_login() {
    let shop = Shop::new().await;
    for _ in 0..30 {
        shop.issue(&consumer_invoice()).await;
    }
    shop.deliver().await;
    assert_eq!(shop.registered().await.len(), 30);
    assert_eq!((shop.asked("seed").await, shop.asked("token").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_renewed_when_it_ends_and_when_it_is_refused() {
    let shop = Shop::new().await;
    for (turn, seconds) in [(1, 0), (2, 2 * 3_600), (2, 60)] {
        shop.clock.advance(seconds * SECOND);
        let id = shop.issue(&consumer_invoice()).await;
        shop.deliver().await;
        assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
        assert_eq!(shop.asked("token").await, turn);
    }
    // A good token that is refused once: the same request leaves again in a new session.
    shop.arm("summary", "unauthorised", 1).await;
    let id = shop.issue(&consumer_invoice()).await;
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
    assert_eq!(shop.asked("token").await, 3);
    let attempts = shop.ledger().attempts(&shop.desk.outlet.tenant, &id).await.unwrap();
    assert_eq!(attempts.len(), 1, "{attempts:?}");
}

/// A login that is refused holds everything back, loses nothing, and says why.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_act_for_the_taxpayer_is_told_so() {
    let shop = Shop::new().await;
    let delegate =
        |delegated: bool| json!({"rnc": ISSUER, "person": "00100000019", "delegated": delegated});
    shop.order("delegations", &json!({"rnc": ISSUER, "person": "00100000027"})).await;
    let id = shop.issue(&consumer_invoice()).await;
    let now = shop.clock.now();
    let lease = ledger::NewLease { owner: "test".into(), until: now.plus_micros(SECOND) };
    let leased = shop.ledger().lease_due(lease, 1, now).await.unwrap().remove(0);
    fiscal::drive(&shop.desk, leased, Patience::None).await;
    let record = shop.record(&id).await;
    let submission = record.submission.unwrap();
    let words = submission.last_answer.clone().unwrap_or_default();
    assert!(words.contains("delegado") || record.invoice.stage == Stage::SealedRefused, "{words}");
    drop(delegate(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trouble_that_is_over_is_told_no_more() {
    let shop = Shop::new().await;
    let available = |available| json!({"environment": "testecf", "available": available});
    shop.order("availability", &available(false)).await;
    let id = shop.issue(&tax_credit_invoice()).await;
    let now = shop.clock.now();
    let lease = ledger::NewLease { owner: "test".into(), until: now.plus_micros(SECOND) };
    let leased = shop.ledger().lease_due(lease, 1, now).await.unwrap().remove(0);
    fiscal::drive(&shop.desk, leased, Patience::None).await;
    let said = async || shop.record(&id).await.submission.unwrap().last_answer;
    assert!(said().await.is_some(), "it is told while it lasts");
    shop.order("availability", &available(true)).await;
    shop.clock.advance(60 * SECOND);
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
    assert_eq!(said().await, None);
}

/// One late document does not hold back the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_the_dgii_keeps_in_process_holds_nobody_up() {
    let shop = Shop::new().await;
    let stuck = shop.issue(&tax_credit_invoice()).await;
    let encf = shop.encf(&stuck).await;
    let verdict = json!({"environment": "testecf", "encf": encf, "verdict": "stuck"});
    shop.order("verdicts", &verdict).await;
    let next = shop.issue(&tax_credit_invoice()).await;
    let now = shop.clock.now();
    let lease = ledger::NewLease { owner: "test".into(), until: now.plus_micros(60 * SECOND) };
    let due = shop.ledger().lease_due(lease, 10, now).await.unwrap();
    assert_eq!(due.len(), 2, "both at once");
    for leased in due {
        fiscal::drive(&shop.desk, leased, Patience::None).await;
    }
    assert_eq!(shop.stands(&stuck).await, (Stage::Sealed, SubmissionState::Submitted));
    assert_eq!(shop.stands(&next).await.0, Stage::Acknowledged);
}

/// `secuenciaUtilizada`: a number that the DGII says is unused goes to the next document, and one
/// that it says is used does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_documents_number_is_used_or_not_as_the_dgii_says() {
    for reusable in [true, false] {
        let shop = Shop::new().await;
        let first = shop.issue(&tax_credit_invoice()).await;
        let encf = shop.encf(&first).await;
        shop.order(
            "verdicts",
            &json!({"environment": "testecf", "encf": encf, "verdict": "rejected", "code": 145,
                    "reusable": reusable}),
        )
        .await;
        shop.deliver().await;
        assert_eq!(shop.stands(&first).await, (Stage::SealedRefused, SubmissionState::Refused));
        let words = shop.record(&first).await.submission.unwrap().last_answer.unwrap();
        assert!(words.contains("145"), "{words}");
        shop.clock.advance(SECOND);
        // The customer of the refused document holds the number: nobody else gets it.
        let other = shop.issue(&tax_credit_invoice()).await;
        assert_ne!(shop.encf(&other).await, encf);
        let mut draft = tax_credit_invoice();
        draft["replaces"] = json!(first.as_str());
        let corrected = shop.issue(&draft).await;
        assert_eq!(shop.encf(&corrected).await == encf, reusable);
        shop.deliver().await;
        assert_eq!(shop.stands(&corrected).await, ACKNOWLEDGED);
        assert_eq!(shop.stands(&other).await, ACKNOWLEDGED);
        assert_eq!(shop.registered().await.len(), 2);
        shop.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_acceptance_is_one_with_its_messages() {
    let shop = Shop::new().await;
    let id = shop.issue(&tax_credit_invoice()).await;
    let encf = shop.encf(&id).await;
    let verdict =
        json!({"environment": "testecf", "encf": encf, "verdict": "conditional", "code": 1934});
    shop.order("verdicts", &verdict).await;
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
    let record = shop.record(&id).await;
    let told = record.entries[1].elements.as_deref().unwrap();
    let told = invoice::SecurityElements::parse(told).unwrap();
    assert_eq!(told.detail("status"), Some("accepted_conditionally"));
    assert!(told.detail("messages").unwrap().contains("1934"));
}

/// The receiver's system changes nothing about what the DGII has said.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_undoes_nothing() {
    let shop = Shop::new().await;
    shop.order(
        "receivers",
        &json!({"rnc": BUYER, "nombre": "Ozama", "urlRecepcion": "http://127.0.0.1:9",
                "urlAceptacion": "http://127.0.0.1:9", "urlOpcional": ""}),
    )
    .await;
    let id = shop.issue(&tax_credit_invoice()).await;
    let now = shop.clock.now();
    let lease = ledger::NewLease { owner: "test".into(), until: now.plus_micros(60 * SECOND) };
    let leased = shop.ledger().lease_due(lease, 1, now).await.unwrap().remove(0);
    fiscal::drive(&shop.desk, leased, Patience::None).await;
    assert_eq!(shop.stands(&id).await, (Stage::Acknowledged, SubmissionState::Submitted));
    shop.verify().await;
    shop.clock.advance(25 * 3_600 * SECOND);
    shop.deliver().await;
    assert_eq!(shop.stands(&id).await, ACKNOWLEDGED);
    let events = shop.ledger().events(&shop.desk.outlet.tenant, 0, 100).await.unwrap();
    let told: Vec<_> = events.iter().filter(|e| e.kind == "submission.not_delivered").collect();
    assert_eq!(told.len(), 1, "a person is told");
    shop.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn awkward_replies_are_understood() {
    let awkward = |options: dom_ecf::Options| dom_ecf::Options {
        awkward: dom_ecf::Awkwardness::all(),
        ..options.calm()
    };
    let shop = Shop::with(&json!({}), awkward).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(shop.issue(&tax_credit_invoice()).await);
        ids.push(shop.issue(&consumer_invoice()).await);
    }
    shop.deliver().await;
    for id in &ids {
        assert_eq!(shop.stands(id).await, ACKNOWLEDGED);
    }
    assert_eq!(shop.registered().await.len(), ids.len());
    shop.verify().await;
}

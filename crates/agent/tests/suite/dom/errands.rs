//! Surveys, annulments and approvals over the real wire.

use std::sync::Mutex;

use authorities::{Annulment, Listing, Matter, NumberRun, Outcome, Progress};
use fiscal::Errand;
use serde_json::json;
use simulators::dom_ecf;

use super::world::{ISSUER, Shop, tax_credit_invoice};

#[tokio::test(flavor = "multi_thread")]
async fn a_survey_learns_of_directory_services_and_maintenance() {
    let shop = Shop::with(&json!({"service_status": true}), dom_ecf::Options::calm).await;
    shop.order("availability", &json!({"environment": "testecf", "available": false})).await;
    shop.order("faults/calm", &json!({})).await;
    shop.order("availability", &json!({"environment": "testecf", "available": true})).await;
    let survey = fiscal::survey(&shop.desk).await.unwrap().unwrap();
    assert!(matches!(survey.listing, Some(Listing::At { .. })), "{survey:?}");
    assert_eq!(survey.services_down, Vec::<String>::new());
    assert_eq!(survey.notes, Vec::<String>::new());
    let facts = shop.ledger().authority_facts(&shop.desk.outlet.tenant, &shop.desk.outlet.id);
    let listing = facts.await.unwrap().into_iter().find(|fact| fact.key == "listing").unwrap();
    assert!(listing.value.contains("emisorreceptor"), "{}", listing.value);
}

/// 60, 30 and 7 days before its end, and once it has ended: once each.
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_ends_is_told_of_in_time() {
    let shop = Shop::new().await;
    let day = 24 * 3_600 * invoice::SECOND;
    let told = || async {
        let events = shop.ledger().events(&shop.desk.outlet.tenant, 0, 1_000).await.unwrap();
        events.into_iter().filter(|event| event.kind == "certificate.expires").count()
    };
    // It is valid until the end of 2027, and now is the twentieth of November 2026.
    for (days, count) in [(0, 0), (340, 0), (10, 1), (1, 1), (30, 2), (20, 3), (10, 4)] {
        shop.clock.advance(days * day);
        fiscal::survey(&shop.desk).await.unwrap();
        assert_eq!(told().await, count, "{days}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_will_not_be_used_are_annulled() {
    let shop = Shop::new().await;
    shop.arm("annulment", "lost_request", 1).await;
    let annulment = Annulment {
        tax_id: ISSUER.to_owned(),
        runs: vec![NumberRun {
            kind: "31".to_owned(),
            first: "E310000000100".to_owned(),
            last: "E310000000149".to_owned(),
        }],
        signed: None,
    };
    let matter = Matter::Annulment(&annulment);
    let kept = Mutex::new(Vec::new());
    let keep = |progress: Progress| -> fiscal::Keeping<'_> {
        kept.lock().unwrap().push(progress);
        Box::pin(async { Ok(()) })
    };
    let first = fiscal::tell(&shop.desk, &matter, None, &keep).await.unwrap();
    let Errand::Waits { progress, .. } = first else { panic!("{first:?}") };
    let stored = String::from_utf8(kept.lock().unwrap()[0].as_bytes().to_vec()).unwrap();
    assert!(stored.contains("SignatureValue"), "it was durable before it left");
    let done = fiscal::tell(&shop.desk, &matter, Some(progress), &keep).await.unwrap();
    let Errand::Done(Outcome::Taken(receipt)) = done else { panic!("{done:?}") };
    assert!(receipt.document.contains("ANECF"));
    assert_eq!(shop.list("annulled").await.len(), 1);
}

fn annulment(first: &str, last: &str) -> Annulment {
    let run = NumberRun { kind: "31".to_owned(), first: first.to_owned(), last: last.to_owned() };
    Annulment { tax_id: ISSUER.to_owned(), runs: vec![run], signed: None }
}

/// The second one is refused because of the first: that is the first one's success.
#[tokio::test(flavor = "multi_thread")]
async fn an_annulment_whose_answer_was_lost_is_taken_all_the_same() {
    let shop = Shop::new().await;
    shop.arm("annulment", "lost_reply", 1).await;
    let annulment = annulment("E310000000100", "E310000000149");
    let matter = Matter::Annulment(&annulment);
    let keep = |_: Progress| -> fiscal::Keeping<'_> { Box::pin(async { Ok(()) }) };
    let first = fiscal::tell(&shop.desk, &matter, None, &keep).await.unwrap();
    let Errand::Waits { progress, .. } = first else { panic!("{first:?}") };
    let done = fiscal::tell(&shop.desk, &matter, Some(progress), &keep).await.unwrap();
    let Errand::Done(Outcome::Taken(receipt)) = done else { panic!("{done:?}") };
    assert!(receipt.words.contains("utilizadas"), "{}", receipt.words);
    assert_eq!((shop.asked("annulment").await, shop.asked("track_ids").await), (2, 1));
    assert_eq!(shop.list("annulled").await.len(), 1);
    // Where nothing of ours was on its way, the same answer is a no.
    let stranger = fiscal::tell(&shop.desk, &matter, None, &keep).await.unwrap();
    assert!(matches!(stranger, Errand::Refused(_)), "{stranger:?}");
}

/// What a document bears is never taken for annulled, however the first answer was lost.
#[tokio::test(flavor = "multi_thread")]
async fn an_annulment_of_a_used_number_stays_refused() {
    let shop = Shop::new().await;
    let id = shop.issue(&tax_credit_invoice()).await;
    shop.deliver().await;
    let number = shop.encf(&id).await;
    shop.arm("annulment", "lost_reply", 1).await;
    let before = shop.asked("track_ids").await;
    let annulment = annulment(&number, &number);
    let matter = Matter::Annulment(&annulment);
    let keep = |_: Progress| -> fiscal::Keeping<'_> { Box::pin(async { Ok(()) }) };
    let first = fiscal::tell(&shop.desk, &matter, None, &keep).await.unwrap();
    let Errand::Waits { progress, .. } = first else { panic!("{first:?}") };
    let refused = fiscal::tell(&shop.desk, &matter, Some(progress), &keep).await.unwrap();
    let Errand::Refused(refusal) = refused else { panic!("{refused:?}") };
    assert!(refusal.words.contains("utilizadas"), "{refusal}");
    assert_eq!(shop.asked("track_ids").await, before + 1);
    assert!(shop.list("annulled").await.is_empty());
}

//! What becomes of what was received.

use authorities::dom::dsig::verify;
use authorities::dom::ecf::document::{Acecf, Verdict};
use invoice::{Hash, InvoiceId};
use ledger::{APPROVALS_OF_SIGNER_MAX, KeptApproval, NewApproval};
use serde_json::json;

use super::kit::{APPROVALS, BUYER, DOCUMENTS, ISSUER, Person, World, ecf};
use crate::testing::{TestApp, draft};

async fn with_a_document() -> (World, String, Vec<u8>) {
    let world = World::new("optional").await;
    let document = Person::new("00100000002").sign(&ecf("31", 7, (ISSUER, BUYER)));
    world.post(DOCUMENTS, &document, &[]).await.assert_status(200);
    let id = world.app.get("/v1/inbox").await.text("/items/0/id").to_owned();
    (world, id, document)
}

#[tokio::test]
async fn a_document_is_shown_as_it_came_to_its_tenant_alone() {
    let (world, id, document) = with_a_document().await;
    let app = &world.app;
    let shown = app.get(&format!("/v1/inbox/{id}")).await;
    shown.assert_status(200);
    assert_eq!(shown.text("/document").as_bytes(), document);
    assert_eq!(shown.text("/issuer_name"), "Proveedora & Compañía SRL");
    for (member, value) in [
        ("/issuer_tax_id", ISSUER),
        ("/number", "E310000000007"),
        ("/total", "1180.00"),
        ("/issued_on", "2026-11-20"),
        ("/state", "received"),
        ("/signer", "00100000002"),
    ] {
        assert_eq!(shown.text(member), value);
    }
    let narrow = app.key_for(&app.outlet).await;
    for key in [&app.stranger, &narrow] {
        for path in [format!("/v1/inbox/{id}"), "/v1/inbox/rd_x_1".to_owned()] {
            app.get_as(key, &path).await.assert_problem(404, "document_unknown");
        }
        let path = format!("/v1/inbox/{id}/approve");
        app.post_empty_as(key, &path).await.assert_problem(404, "document_unknown");
        let none = app.get_as(key, "/v1/inbox").await;
        assert_eq!(none.at("/items"), &json!([]));
    }
    let live = app.live_key().await;
    app.get_as(&live, &format!("/v1/inbox/{id}")).await.assert_problem(403, "wrong_environment");
    let events = app.get("/v1/events").await;
    assert_eq!(events.text("/items/0/kind"), "document.received");
}

#[tokio::test]
async fn a_word_is_given_once_and_is_due_to_two() {
    let (world, id, _) = with_a_document().await;
    let app = &world.app;
    let approved = app.post_empty(&format!("/v1/inbox/{id}/approve")).await;
    approved.assert_status(200);
    assert_eq!(approved.text("/state"), "approved");
    for (place, receiver) in [(0, "issuer"), (1, "authority")] {
        assert_eq!(approved.text(&format!("/deliveries/{place}/receiver")), receiver);
        assert_eq!(approved.text(&format!("/deliveries/{place}/state")), "to_send");
    }
    let verified = verify(approved.text("/decision").as_bytes()).unwrap();
    let said = Acecf::read(verified.document().root()).unwrap();
    assert_eq!(said.verdict, Verdict::Accepted);
    assert_eq!((said.issuer.as_str(), said.buyer.as_str()), (ISSUER, BUYER));
    assert_eq!(said.total.to_string(), "1180.00");
    let again = app.post(&format!("/v1/inbox/{id}/reject"), &json!({"reason": "No."})).await;
    again.assert_problem(409, "document_decided");
    let again = app.post_empty(&format!("/v1/inbox/{id}/approve")).await;
    again.assert_problem(409, "document_decided");
}

#[tokio::test]
async fn a_rejection_has_a_reason_of_bounded_length() {
    let (world, id, _) = with_a_document().await;
    let path = format!("/v1/inbox/{id}/reject");
    let app = &world.app;
    for reason in [json!({}), json!({"reason": ""}), json!({"reason": "ñ".repeat(251)})] {
        app.post(&path, &reason).await.assert_problem(422, "invalid_document");
    }
    let reason = "ñ".repeat(250);
    let rejected = app.post(&path, &json!({"reason": reason})).await;
    rejected.assert_status(200);
    assert_eq!((rejected.text("/state"), rejected.text("/reason")), ("rejected", &*reason));
    assert!(rejected.text("/decision").contains(&reason));
}

#[tokio::test]
async fn pages_of_the_inbox_follow_one_another() {
    let world = World::new("optional").await;
    let sender = Person::new("00100000002");
    for number in 1..=5 {
        let document = sender.sign(&ecf("31", number, (ISSUER, BUYER)));
        world.post(DOCUMENTS, &document, &[]).await.assert_status(200);
        world.app.clock.advance(i64::from(number % 2));
    }
    let mut numbers = Vec::new();
    let mut path = "/v1/inbox?limit=2".to_owned();
    loop {
        let page = world.app.get(&path).await;
        let items = page.at("/items").as_array().unwrap().clone();
        numbers.extend(items.iter().map(|one| one["number"].as_str().unwrap()[10..].to_owned()));
        let Some(cursor) = page.json["next_cursor"].as_str() else { break };
        path = format!("/v1/inbox?limit=2&cursor={cursor}");
    }
    assert_eq!(numbers, ["005", "004", "003", "002", "001"]);
}

fn acecf(issuer: &str, number: &str, total: &str) -> String {
    format!(
        "<ACECF><DetalleAprobacionComercial><Version>1.0</Version><RNCEmisor>{issuer}</RNCEmisor>\
         <eNCF>{number}</eNCF><FechaEmision>20-11-2026</FechaEmision><MontoTotal>{total}</MontoTotal>\
         <RNCComprador>{ISSUER}</RNCComprador><Estado>2</Estado>\
         <DetalleMotivoRechazo>No lo pedimos.</DetalleMotivoRechazo>\
         <FechaHoraAprobacionComercial>20-11-2026 05:20:00</FechaHoraAprobacionComercial>\
         </DetalleAprobacionComercial></ACECF>"
    )
}

#[tokio::test]
async fn a_buyers_word_on_what_we_never_issued_is_refused() {
    let world = World::new("optional").await;
    let buyer = Person::new("00100000002");
    for word in [
        buyer.sign(&acecf(BUYER, "E310000000001", "1180.00")),
        buyer.sign(&acecf("101999999", "E310000000001", "1180.00")),
        acecf(BUYER, "E310000000001", "1180.00").into_bytes(),
    ] {
        let answer = world.post(APPROVALS, &word, &[]).await;
        answer.assert_status(400);
    }
    let unknown = buyer.sign(&acecf(BUYER, "E310000000001", "1180.00"));
    world.post(APPROVALS, &unknown, &[]).await.assert_problem(400, "approval_not_ours");
}

#[tokio::test]
async fn a_buyers_word_is_kept_once_and_told() {
    let app = TestApp::direct().await;
    let issued = app.issue("k1", &draft()).await;
    let word = NewApproval {
        tenant: app.tenant.clone(),
        invoice: InvoiceId::parse(issued.text("/id")).unwrap(),
        number: "E310000000001".to_owned(),
        buyer_tax_id: ISSUER.to_owned(),
        is_approved: false,
        reason: "No lo pedimos.".to_owned(),
        signer: "00100000002".to_owned(),
        certificate: Hash([1; 32]),
        signer_is_party: false,
        chain_checked: false,
        document: b"<ACECF/>".to_vec(),
        at: app.clock.now(),
    };
    let keep = |reason: &str, document: &str| {
        let (reason, document) = (reason.to_owned(), document.as_bytes().to_vec());
        app.ledger().keep_approval(NewApproval { reason, document, ..word.clone() })
    };
    assert_eq!(keep("No.", "a").await.unwrap(), KeptApproval::New);
    assert_eq!(keep("No.", "a").await.unwrap(), KeptApproval::There, "the same bytes");
    assert_eq!(keep("No.", "b").await.unwrap(), KeptApproval::There, "signed anew");
    let events = app.get("/v1/events").await;
    assert_eq!(events.at("/items").as_array().map(Vec::len), Some(2));
    assert_eq!(events.text("/items/1/kind"), "invoice.buyer_rejected");
    // Ever new words: each is kept and told until there are too many, and then none is.
    for count in 1..APPROVALS_OF_SIGNER_MAX + 5 {
        let kept = keep(&format!("No {count}."), &count.to_string()).await.unwrap();
        let expected = count < APPROVALS_OF_SIGNER_MAX;
        assert_eq!(kept == KeptApproval::New, expected, "{count}: {kept:?}");
    }
    assert_eq!(keep("No.", "a").await.unwrap(), KeptApproval::There, "what is there stays known");
    let events = app.get("/v1/events?limit=200").await;
    let told = events.at("/items").as_array().map(Vec::len);
    assert_eq!(told, Some(1 + usize::try_from(APPROVALS_OF_SIGNER_MAX).unwrap()));
}

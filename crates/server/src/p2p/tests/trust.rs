//! Whose certificates count.

use super::kit::{
    APPROVALS, Authority, BUYER, DOCUMENTS, ISSUER, Person, TOKEN, World, ecf, text_of,
};

async fn motive(world: &World, document: &[u8]) -> Option<String> {
    let answer = world.post(DOCUMENTS, document, &[]).await;
    answer.assert_status(200);
    let text = String::from_utf8(answer.body).unwrap();
    text_of(&text, "CodigoMotivoNoRecibido").map(str::to_owned)
}

fn document(signer: &Person, number: u32) -> Vec<u8> {
    signer.sign(&ecf("31", number, (ISSUER, BUYER)))
}

#[tokio::test]
async fn with_roots_only_their_certificates_sign_documents() {
    let (trusted, foreign) = (Authority::new("Raiz"), Authority::new("Raiz"));
    let world = World::trusting("optional", &[&trusted]).await;
    let delegate = Person::certified_by(&trusted, "IDCDO-00100000002");
    assert_eq!(motive(&world, &document(&delegate, 1)).await, None);
    for stranger in [
        Person::certified_by(&foreign, "IDCDO-00100000002"),
        Person::new("00100000002"),
        // Another company's certificate, of a trusted authority: it signs for nobody else.
        Person::certified_by(&trusted, "VATDO-101999999"),
    ] {
        assert_eq!(motive(&world, &document(&stranger, 2)).await.as_deref(), Some("2"));
    }
    let own = Person::certified_by(&trusted, &format!("VATDO-{ISSUER}"));
    assert_eq!(motive(&world, &document(&own, 3)).await, None);
    let listed = world.app.get("/v1/inbox").await;
    let found: Vec<_> = (0..2).map(|row| listed.text(&format!("/items/{row}/chain"))).collect();
    assert_eq!(found, ["checked", "checked"]);
    for (row, standing) in [(0, "party"), (1, "other")] {
        let id = listed.text(&format!("/items/{row}/id"));
        let shown = world.app.get(&format!("/v1/inbox/{id}")).await;
        assert_eq!(shown.text("/signer_standing"), standing);
    }
}

#[tokio::test]
async fn with_roots_only_their_certificates_get_tokens_and_approve() {
    let trusted = Authority::new("Raiz");
    let world = World::trusting("required", &[&trusted]).await;
    let stranger = Person::new("00100000002");
    let refused = world.post(TOKEN, &stranger.sign(&world.seed().await), &[]).await;
    refused.assert_problem(400, "seed_refused");
    assert!(refused.text("/detail").contains("root"), "{}", refused.text("/detail"));
    let delegate = Person::certified_by(&trusted, "IDCDO-00100000002");
    let bearer = world.bearer(&delegate).await;
    let headers = [("authorization", &*bearer)];
    let word = format!(
        "<ACECF><DetalleAprobacionComercial><Version>1.0</Version><RNCEmisor>{BUYER}</RNCEmisor>\
         <eNCF>E310000000001</eNCF><FechaEmision>20-11-2026</FechaEmision>\
         <MontoTotal>1180.00</MontoTotal><RNCComprador>{ISSUER}</RNCComprador><Estado>1</Estado>\
         <FechaHoraAprobacionComercial>20-11-2026 05:20:00</FechaHoraAprobacionComercial>\
         </DetalleAprobacionComercial></ACECF>"
    );
    let untrusted = world.post(APPROVALS, &stranger.sign(&word), &headers).await;
    untrusted.assert_problem(400, "document_unreadable");
    // The trusted one is read, and is about a document that we never issued.
    let read = world.post(APPROVALS, &delegate.sign(&word), &headers).await;
    read.assert_problem(400, "approval_not_ours");
}

#[tokio::test]
async fn without_roots_the_inbox_says_that_nobody_looked() {
    let world = World::new("optional").await;
    let sender = Person::new("00100000002");
    assert_eq!(motive(&world, &document(&sender, 1)).await, None);
    let listed = world.app.get("/v1/inbox").await;
    assert_eq!(listed.text("/items/0/chain"), "not_checked");
    assert_eq!(listed.text("/items/0/authority/state"), "unasked");
}

/// Receiving with fewer checks than were asked for would be worse than not receiving.
#[tokio::test]
async fn roots_that_cannot_be_read_close_the_door() {
    let world = World::new("optional").await;
    let receiving = serde_json::json!({"trusted_roots": "/nowhere/roots.pem"});
    let settings = serde_json::json!({ "receiving": receiving }).to_string();
    let ledger = world.app.ledger();
    let outlet = (&world.app.tenant, &world.outlet);
    ledger.update_outlet_settings(outlet.0, outlet.1, &settings).await.unwrap();
    let answer = world.post(DOCUMENTS, &document(&Person::new("00100000002"), 1), &[]).await;
    answer.assert_problem(503, "reception_unavailable");
    assert!(!answer.text("/detail").contains("nowhere"), "that is the operator's to know");
}

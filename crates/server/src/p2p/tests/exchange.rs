//! The exchange as it should go.

use authorities::dom::dsig::verify;
use authorities::dom::ecf::document::{Arecf, Motive, Receipt};

use super::kit::{BUYER, DOCUMENTS, ISSUER, Person, TOKEN, World, ecf, ecf_of, text_of};

fn receipt(bytes: &[u8]) -> Arecf {
    let verified = verify(bytes).unwrap();
    assert_eq!(verified.certificate().taxpayer_number(), Some("00100000001"));
    Arecf::read(verified.document().root()).unwrap()
}

#[tokio::test]
async fn a_document_is_received_with_a_token_and_acknowledged() {
    let world = World::new("required").await;
    let sender = Person::new("00100000002");
    let bearer = world.bearer(&sender).await;
    let document = sender.sign(&ecf("31", 1, (ISSUER, BUYER)));
    let answer = world.post(DOCUMENTS, &document, &[("authorization", &bearer)]).await;
    answer.assert_status(200);
    assert_eq!(answer.header("content-type"), Some("application/xml"));
    let receipt = receipt(&answer.body);
    assert_eq!(receipt.receipt, Receipt::Received);
    assert_eq!((receipt.issuer.as_str(), receipt.buyer.as_str()), (ISSUER, BUYER));
    assert_eq!(receipt.encf.to_string(), "E310000000001");
    let text = String::from_utf8(answer.body).unwrap();
    assert_eq!(text_of(&text, "FechaHoraAcuseRecibo"), Some("20-11-2026 05:30:00"));
}

#[tokio::test]
async fn the_same_bytes_get_the_same_answer_and_others_are_a_duplicate() {
    let world = World::new("optional").await;
    let sender = Person::new("00100000002");
    let document = sender.sign(&ecf("31", 1, (ISSUER, BUYER)));
    let first = world.post(DOCUMENTS, &document, &[]).await;
    world.app.clock.advance(3_600 * invoice::SECOND);
    let again = world.post(DOCUMENTS, &document, &[]).await;
    again.assert_status(200);
    assert_eq!(again.body, first.body);
    let other = ecf("31", 1, (ISSUER, BUYER)).replace("Arroz", "Habichuelas");
    let other = world.post(DOCUMENTS, &sender.sign(&other), &[]).await;
    other.assert_status(200);
    let other = String::from_utf8(other.body).unwrap();
    assert_eq!(text_of(&other, "Estado"), Some("1"));
    assert_eq!(text_of(&other, "CodigoMotivoNoRecibido"), Some("3"));
    let inbox = world.app.get("/v1/inbox").await;
    assert_eq!(inbox.at("/items").as_array().map(Vec::len), Some(1));
}

/// What others' clients really do.
#[tokio::test]
async fn it_is_liberal_in_what_it_takes() {
    let world = World::new("optional").await;
    let sender = Person::new("00100000002");
    let signed = |number| sender.sign(&ecf("31", number, (ISSUER, BUYER)));
    let with_bom = [b"\xEF\xBB\xBF", &signed(1)[..]].concat();
    let text = String::from_utf8(signed(2)).unwrap();
    let undeclared = text.split_once("?>").unwrap().1.as_bytes().to_vec();
    let indented = String::from_utf8(signed(3)).unwrap();
    let indented = indented.replace("<Encabezado>", "\n  <Encabezado>\n    ");
    for (path, content_type, body) in [
        (DOCUMENTS, "application/xml", with_bom),
        ("/FE/Recepcion/api/eCF", "text/xml; charset=utf-8", undeclared),
        ("/fe/recepci%C3%B3n/api/ecf/", "application/octet-stream", indented.into_bytes()),
    ] {
        let answer = world.post_body(path, (content_type, body), &[]).await;
        answer.assert_status(200);
        let text = String::from_utf8(answer.body).unwrap();
        assert_eq!(text_of(&text, "Estado"), Some("0"), "{path}: {text}");
    }
    // One popular client sends the authority's own token to everybody.
    let stale = [("authorization", "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"), ("accept", "*/*")];
    world.post(DOCUMENTS, &signed(4), &stale).await.assert_status(200);
    let inbox = world.app.get("/v1/inbox").await;
    assert_eq!(inbox.at("/items").as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn a_token_comes_as_json_or_as_xml() {
    let world = World::new("required").await;
    let sender = Person::new("00100000002");
    let signed = sender.sign(&world.seed().await);
    let answer = world.post(TOKEN, &signed, &[("accept", "application/json, */*")]).await;
    assert_eq!(answer.text("/expedido"), "2026-11-20T09:30:00Z");
    assert_eq!(answer.text("/expira"), "2026-11-20T10:30:00Z");
    let signed = sender.sign(&world.seed().await);
    let answer = world.post(TOKEN, &signed, &[("accept", "application/xml")]).await;
    assert_eq!(answer.header("content-type"), Some("application/xml"));
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.contains("<RespuestaAutenticacion><token>"), "{text}");
    let bearer = format!("bearer {}", text_of(&text, "token").unwrap());
    let document = sender.sign(&ecf("33", 1, (ISSUER, BUYER)));
    world.post(DOCUMENTS, &document, &[("authorization", &bearer)]).await.assert_status(200);
}

/// Of the ten types four are handed to receivers. A note on a small consumer
/// invoice comes as a note does, and only the invoice itself never comes.
#[tokio::test]
async fn each_type_that_goes_to_receivers_is_received_and_no_other() {
    let world = World::new("optional").await;
    let sender = Person::new("00100000002");
    for (number, kind) in (1..).zip(["31", "33", "34", "44"]) {
        let document = sender.sign(&ecf_of(kind, number, (ISSUER, BUYER)));
        let answer = world.post(DOCUMENTS, &document, &[]).await;
        answer.assert_status(200);
        let received = receipt(&answer.body);
        assert_eq!(received.receipt, Receipt::Received, "{kind}");
        assert_eq!(received.encf.to_string(), format!("E{kind}{number:010}"));
    }
    for (number, kind) in (1..).zip(["32", "41", "43", "45", "46", "47"]) {
        let document = sender.sign(&ecf(kind, number, (ISSUER, BUYER)));
        let answer = world.post(DOCUMENTS, &document, &[]).await;
        answer.assert_status(200);
        let refused = receipt(&answer.body).receipt;
        assert_eq!(refused, Receipt::NotReceived(Some(Motive::Specification)), "{kind}");
    }
    let inbox = world.app.get("/v1/inbox").await;
    let kinds = inbox.at("/items").as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|row| row["document_kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["44", "34", "33", "31"]);
    // Every one of them may be approved.
    for row in inbox.at("/items").as_array().unwrap() {
        let path = format!("/v1/inbox/{}/approve", row["id"].as_str().unwrap());
        world.app.post_empty(&path).await.assert_status(200);
    }
}

//! What must not pass.

use std::time::Duration;

use super::kit::{APPROVALS, BUYER, DOCUMENTS, ISSUER, Person, SEED, TOKEN, World, ecf, text_of};
use crate::limits::{BODIES_RECEIVED_MAX, DOCUMENTS_READ_MAX};

async fn motive(world: &World, document: &[u8]) -> Option<String> {
    let answer = world.post(DOCUMENTS, document, &[]).await;
    answer.assert_status(200);
    let text = String::from_utf8(answer.body).unwrap();
    assert_eq!(text_of(&text, "Estado"), Some("1"), "{text}");
    text_of(&text, "CodigoMotivoNoRecibido").map(str::to_owned)
}

#[tokio::test]
async fn each_motive_has_its_code_and_nothing_of_it_is_kept() {
    let world = World::new("optional").await;
    let sender = Person::new("00100000002");
    let good = ecf("31", 1, (ISSUER, BUYER));
    let signed = String::from_utf8(sender.sign(&good)).unwrap();
    let expired = Person::until("00100000003", "260101000000Z");
    for (document, expected) in [
        (sender.sign(&ecf("45", 1, (ISSUER, BUYER))), "1"),
        (sender.sign(&ecf("32", 1, (ISSUER, BUYER))), "1"),
        (sender.sign(&good.replace("<TipoPago>1</TipoPago>", "")), "1"),
        (sender.sign(&good.replace("1180.00", "mil")), "1"),
        (signed.replace("Arroz", "Arroz caro").into_bytes(), "2"),
        (good.clone().into_bytes(), "2"),
        (expired.sign(&good), "2"),
        (sender.sign(&ecf("31", 1, (ISSUER, "101999999"))), "4"),
    ] {
        let found = motive(&world, &document).await;
        assert_eq!(found.as_deref(), Some(expected), "{}", String::from_utf8_lossy(&document));
    }
    let inbox = world.app.get("/v1/inbox").await;
    assert_eq!(inbox.at("/items").as_array().map(Vec::len), Some(0));
    world.post(DOCUMENTS, signed.as_bytes(), &[]).await.assert_status(200);
    let inbox = world.app.get("/v1/inbox").await;
    assert_eq!(inbox.at("/items").as_array().map(Vec::len), Some(1), "none took its number");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let world = World::new("optional").await;
    let entity = "<!DOCTYPE ECF [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><ECF>&x;</ECF>";
    for document in [entity, "<ECF/>", "<ECF", "nothing", "{}", "<a><b></a></b>"] {
        let answer = world.post(DOCUMENTS, document.as_bytes(), &[]).await;
        answer.assert_problem(400, "document_unreadable");
    }
    world.post(DOCUMENTS, b"", &[]).await.assert_problem(400, "document_missing");
    let huge = vec![b'<'; ledger::RECEIVED_BYTES_MAX + 70_000];
    let answer = world.post_body(DOCUMENTS, ("application/xml", huge), &[]).await;
    answer.assert_problem(413, "body_too_large");
    let deep = "<a>".repeat(100_000);
    let answer = world.post_body(DOCUMENTS, ("text/xml", deep.into_bytes()), &[]).await;
    answer.assert_problem(400, "document_unreadable");
}

#[tokio::test]
async fn without_a_token_of_ours_nothing_is_taken_where_one_is_wanted() {
    let world = World::new("required").await;
    let sender = Person::new("00100000002");
    let document = sender.sign(&ecf("31", 1, (ISSUER, BUYER)));
    for headers in [&[][..], &[("authorization", "Bearer x")], &[("authorization", "x")]] {
        for service in [DOCUMENTS, APPROVALS] {
            let answer = world.post(service, &document, headers).await;
            answer.assert_problem(401, "peer_unauthenticated");
        }
    }
    let bearer = world.bearer(&sender).await;
    world.app.clock.advance(3_600 * invoice::SECOND);
    let late = world.post(DOCUMENTS, &document, &[("authorization", &bearer)]).await;
    late.assert_problem(401, "peer_unauthenticated");
}

#[tokio::test]
async fn a_seed_is_good_once_and_not_for_long() {
    let world = World::new("required").await;
    let sender = Person::new("00100000002");
    let seed = world.seed().await;
    assert_ne!(seed, world.seed().await);
    let signed = sender.sign(&seed);
    world.post(TOKEN, &signed, &[]).await.assert_status(200);
    world.post(TOKEN, &signed, &[]).await.assert_problem(400, "seed_refused");
    let old = sender.sign(&world.seed().await);
    world.app.clock.advance(300 * invoice::SECOND);
    world.post(TOKEN, &old, &[]).await.assert_problem(400, "seed_refused");
    let seed = world.seed().await;
    let made_up = seed.replace("<valor>", "<valor>A");
    let altered = String::from_utf8(sender.sign(&seed)).unwrap().replace("<valor>", "<valor>A");
    let expired = Person::until("00100000003", "260101000000Z");
    for seed in [
        sender.sign(&made_up),
        altered.into_bytes(),
        seed.clone().into_bytes(),
        expired.sign(&seed),
        sender.sign(&ecf("31", 1, (ISSUER, BUYER))),
    ] {
        world.post(TOKEN, &seed, &[]).await.assert_problem(400, "seed_refused");
    }
}

#[tokio::test]
async fn there_are_no_other_doors() {
    let world = World::new("optional").await;
    let app = &world.app;
    for path in [
        format!("/receive/live/{BUYER}{SEED}"),
        format!("/receive/test/{ISSUER}{SEED}"),
        format!("/receive/test/{BUYER}/fe"),
        format!("/receive/x/{BUYER}{SEED}"),
        format!("/receive/test/{}{SEED}", "1".repeat(100)),
    ] {
        app.get_as("", &path).await.assert_problem(404, "not_found");
    }
    let answer = app.get_as("", &format!("/receive/test/{BUYER}{DOCUMENTS}")).await;
    answer.assert_problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    // Whose inbox would it be?
    let world = World::new("optional").await;
    world.add_outlet("SDQ02", "dom/ecf", &serde_json::json!({"receiving": {}})).await;
    let answer = world.app.get_as("", &format!("/receive/test/{BUYER}{SEED}")).await;
    answer.assert_problem(503, "reception_unavailable");
}

#[tokio::test]
async fn a_number_is_not_taken_by_whoever_forges_it_first() {
    let world = World::new("optional").await;
    // Another key, in the very name of the true one.
    let (forger, sender) = (Person::new("00100000002"), Person::new("00100000002"));
    let forged = ecf("31", 1, (ISSUER, BUYER)).replace("Arroz", "Nada");
    assert!(is_taken(&world, &forger.sign(&forged)).await);
    let document = sender.sign(&ecf("31", 1, (ISSUER, BUYER)));
    assert!(is_taken(&world, &document).await);
    let again = forged.replace("Nada", "Nada de nada");
    assert_eq!(motive(&world, &forger.sign(&again)).await.as_deref(), Some("3"));
    let inbox = world.app.get("/v1/inbox").await;
    let numbers = inbox.at("/items").as_array().unwrap().iter().map(|row| row["number"].as_str());
    assert_eq!(numbers.collect::<Vec<_>>(), [Some("E310000000001"); 2], "both are shown");
}

async fn is_taken(world: &World, document: &[u8]) -> bool {
    let answer = world.post(DOCUMENTS, document, &[]).await;
    answer.assert_status(200);
    text_of(&String::from_utf8(answer.body).unwrap(), "Estado") == Some("0")
}

/// Whoever waits to be read holds its file, so that it holds the permit for it too, and not for long.
#[tokio::test]
async fn a_file_that_waits_is_counted_and_soon_sent_away() {
    let world = World::new("optional").await;
    let document = Person::new("00100000002").sign(&ecf("31", 1, (ISSUER, BUYER)));
    let p2p = world.app.app.p2p();
    let readings = u32::try_from(DOCUMENTS_READ_MAX).unwrap();
    let readings = p2p.readings.acquire_many(readings).await.unwrap();
    for service in [DOCUMENTS, APPROVALS] {
        let counted = async {
            while p2p.bodies.available_permits() == BODIES_RECEIVED_MAX {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let counted = tokio::time::timeout(Duration::from_mins(1), counted);
        let (answer, counted) = tokio::join!(world.post(service, &document, &[]), counted);
        assert_eq!(counted, Ok(()), "{service}: it waits and is not counted");
        answer.assert_problem(503, "overloaded");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(p2p.bodies.available_permits(), BODIES_RECEIVED_MAX);
    }
    drop(readings);
    assert!(is_taken(&world, &document).await);
    assert_eq!(p2p.bodies.available_permits(), BODIES_RECEIVED_MAX);
    assert_eq!(p2p.readings.available_permits(), DOCUMENTS_READ_MAX);
}

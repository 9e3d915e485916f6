//! Each example of a request is sent as it stands, but for what a caller fills in: its own outlet, and
//! the id in the path.

use serde_json::{Value, json};

use super::document;
use crate::p2p::tests::kit::World;
use crate::testing::{Answer, TestApp, draft};

/// The example of an operation, at that outlet where it names one.
fn example(path: &str, outlet: &str) -> Value {
    let document = document();
    let operation = &document["paths"][path]["post"];
    let mut body = operation["requestBody"]["content"]["application/json"]["example"].clone();
    assert!(body.is_object(), "{path} has no example");
    if body.get("outlet").is_some() {
        body["outlet"] = json!(outlet);
    }
    if body.get("outlets").is_some() {
        body["outlets"] = json!([outlet]);
    }
    body
}

async fn send(app: &TestApp, path: &str, id: &str, outlet: &str) -> Answer {
    let body = example(path, outlet);
    let key = [("idempotency-key", "example")];
    app.post_with(&path.replace("{id}", id), &body, &key).await
}

#[tokio::test]
async fn the_examples_of_requests_are_taken() {
    let app = TestApp::direct().await;
    let outlet = app.outlet.to_string();
    send(&app, "/v1/invoices", "", &outlet).await.assert_status(201);
    let mut new_outlet = example("/v1/outlets", &outlet);
    // The outlet of the tests has the example's code already.
    new_outlet["code"] = json!("KIN02");
    app.post("/v1/outlets", &new_outlet).await.assert_status(201);
    send(&app, "/v1/outlets/{id}/clock", &outlet, &outlet)
        .await
        .assert_problem(409, "clock_not_behind");
    send(&app, "/v1/inbox/{id}/reject", "rd_aeaqcaibaeaqcaib_1", &outlet)
        .await
        .assert_problem(404, "document_unknown");
    send(&app, "/v1/api-keys", "", &outlet).await.assert_status(201);
}

#[tokio::test]
async fn the_examples_about_numbers_and_paper_are_taken() {
    let world = World::new("none").await;
    let (app, outlet) = (&world.app, world.outlet.to_string());
    let made = send(app, "/v1/sequences", "", &outlet).await;
    made.assert_status(201);
    let path = "/v1/sequences/{id}/shares";
    send(app, path, made.text("/id"), &outlet).await.assert_status(200);
    let annulled = send(app, "/v1/annulments", "", &outlet).await;
    assert!(matches!(annulled.status.as_u16(), 200..300), "{}", annulled.json);
    send(app, "/v1/paper-receipts", "", &outlet).await.assert_status(201);
}

#[tokio::test]
async fn the_example_of_an_answer_from_the_portal_is_taken() {
    let app = TestApp::losing_the_confirmation().await;
    let asked = app.issue("k1", &draft()).await;
    let answer = send(&app, "/v1/invoices/{id}/answer", asked.text("/id"), "").await;
    answer.assert_status(200);
}

#[test]
fn every_example_of_a_request_is_among_them() {
    let document = document();
    let with_body = document["paths"].as_object().unwrap().iter();
    let with_body = with_body.filter(|(_, item)| item["post"].get("requestBody").is_some());
    let mut paths: Vec<&str> = with_body.map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    let sent = include_str!("examples_tests.rs");
    for path in paths {
        assert!(sent.contains(&format!("\"{path}\"")), "{path} is sent by no test here");
    }
}

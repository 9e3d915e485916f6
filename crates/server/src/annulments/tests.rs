//! Numbers that nobody will use, through the API.

use serde_json::{Value, json};

use crate::p2p::tests::kit::World;

fn numbers(outlet: &str) -> Value {
    json!({"outlet": outlet, "kind": "31", "first": "E310000000051", "last": "E310000000060"})
}

/// There is no such service while certifying: told on the spot, and the numbers stay in use.
#[tokio::test]
async fn where_the_authority_takes_no_annulments_nothing_is_recorded() {
    let world = World::new("none").await;
    let app = &world.app;
    let own = app.ledger().outlet(&app.tenant, &world.outlet).await.unwrap().unwrap();
    let mut settings: Value = serde_json::from_str(&own.settings).unwrap();
    settings["authority"] = json!({"environment": "certification"});
    settings.as_object_mut().unwrap().remove("receiving");
    let certifying = world.add_outlet("SDQ02", "dom/ecf", &settings).await;
    world.lend_numbers(&certifying).await;
    let refused = app.post("/v1/annulments", &numbers(certifying.as_str())).await;
    refused.assert_problem(409, "annulment_not_taken");
    assert!(refused.text("/detail").contains("while certifying"), "{}", refused.json);
    let listed = app.get("/v1/annulments").await;
    assert_eq!(listed.at("/items"), &json!([]));
    let sequences = app.get("/v1/sequences").await;
    assert_eq!(sequences.at("/items/0/shares/0/left"), &json!(100), "{}", sequences.json);
}

/// The line is dead: what is known of why stands in the answer.
#[tokio::test]
async fn where_nobody_answers_the_annulment_is_recorded_and_says_why_it_waits() {
    let world = World::new("none").await;
    let app = &world.app;
    world.lend_numbers(&world.outlet).await;
    for _ in 0..2 {
        let recorded = app.post("/v1/annulments", &numbers(world.outlet.as_str())).await;
        recorded.assert_status(202);
        assert_eq!(recorded.text("/state"), "recorded");
        assert!(!recorded.text("/words").is_empty(), "{}", recorded.json);
    }
    let listed = app.get("/v1/annulments").await;
    assert_eq!(listed.at("/items").as_array().map(Vec::len), Some(1), "{}", listed.json);
}

use authorities::dom::dsig;
use serde_json::{Value, json};

use crate::Settings;
use crate::p2p::tests::kit::World;
use crate::testing::{Answer, Script, TestApp, draft};

fn sale() -> Value {
    json!({
        "kind": "tax_credit_invoice", "prices": "tax_excluded",
        "operator": {"name": "Yesenia"},
        "customer": {"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": "131888888"},
        "lines": [{"kind": "goods", "name": "Articulo", "quantity": "1", "unit_price": "1000",
                   "tax_group": "itbis_18"}],
    })
}

async fn issued() -> (World, Answer) {
    let world = World::new("none").await;
    world.lend_numbers(&world.outlet).await;
    let issued = world.app.issue_at("k1", &world.outlet, &sale()).await;
    issued.assert_status(201);
    (world, issued)
}

#[tokio::test]
async fn the_bytes_that_were_signed_are_served_and_verify() {
    let (World { app, .. }, issued) = issued().await;
    let path = issued.text("/links/document");
    let served = app.get(path).await;
    served.assert_status(200);
    assert_eq!(served.header("content-type"), Some("application/xml"));
    let named = "attachment; filename=\"E310000000001.xml\"";
    assert_eq!(served.header("content-disposition"), Some(named));
    let verified = dsig::verify(&served.body).unwrap();
    let code = issued.text("/authority/details/security_code");
    assert_eq!(verified.security_code().to_string(), code);
    // Nothing is signed again: later it is the same file.
    app.clock.advance(90 * invoice::SECOND);
    assert_eq!(app.get(path).await.body, served.body);
    let shown = app.get(issued.text("/links/self")).await;
    assert_eq!(shown.text("/links/document"), path);
    // Its code is looked up as it stands.
    assert_eq!(issued.text("/authority/code_formatted"), format!("101000001E310000000001{code}"));
}

#[tokio::test]
async fn whoever_does_not_reach_the_invoice_does_not_reach_its_document() {
    let (World { app, .. }, issued) = issued().await;
    let path = issued.text("/links/document");
    let elsewhere = app.key_for(&app.outlet).await;
    for key in [&app.stranger, &elsewhere] {
        app.get_as(key, path).await.assert_problem(404, "invoice_unknown");
    }
    app.get_as(&app.live_key().await, path).await.assert_problem(403, "wrong_environment");
    app.get("/v1/invoices/4711/document").await.assert_problem(404, "invoice_unknown");
}

#[tokio::test]
async fn there_is_none_where_the_channel_signs_none() {
    for (authority, script) in [("drc/cloud", Script::Silent), ("drc/emcf", Script::Sealing)] {
        let app = TestApp::with(authority, script, Settings::default()).await;
        let issued = app.issue("k1", &draft()).await;
        assert_eq!(issued.json.pointer("/links/document"), None, "{}", issued.json);
        let problem = app.get(&format!("{}/document", issued.text("/links/self"))).await;
        problem.assert_problem(404, "no_signed_document");
        assert!(problem.text("/detail").contains(issued.text("/id")), "{}", problem.json);
    }
}

#[tokio::test]
async fn an_outlet_that_cannot_work_still_shows_what_it_signed() {
    let (World { app, outlet, .. }, issued) = issued().await;
    let path = issued.text("/links/document");
    let before = app.get(path).await;
    let broken = r#"{"taxpayer_key":"file:/nowhere"}"#;
    app.ledger().update_outlet_settings(&app.tenant, &outlet, broken).await.unwrap();
    assert_eq!(app.get(path).await.body, before.body);
}

//! Contingency through the API: receipts on paper, and what is issued without a line.

use serde_json::{Value, json};

use crate::p2p::tests::kit::World;

fn receipt(world: &World) -> Value {
    json!({
        "outlet": world.outlet.as_str(), "number": "B0100000007", "issued_on": "2026-11-18",
        "total": "1180.00",
        "draft": {
            "kind": "tax_credit_invoice", "prices": "tax_excluded",
            "operator": {"name": "Yesenia"},
            "customer": {"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": "131888888"},
            "lines": [{"kind": "goods", "name": "Articulo", "quantity": "1",
                       "unit_price": "1000", "tax_group": "itbis_18"}],
        },
    })
}

async fn world() -> World {
    let world = World::new("none").await;
    let sequence = json!({
        "outlet": world.outlet.as_str(), "kind": "31", "first": "E310000000001",
        "last": "E310000000100", "expires_on": "2027-12-31",
    });
    world.app.post("/v1/sequences", &sequence).await.assert_status(201);
    world
}

#[tokio::test]
async fn a_receipt_is_recorded_once_and_regularised_once() {
    let world = world().await;
    let app = &world.app;
    let made = app.post("/v1/paper-receipts", &receipt(&world)).await;
    made.assert_status(201);
    for (member, value) in [
        ("/number", "B0100000007"),
        ("/state", "recorded"),
        ("/since", "2026-11-18"),
        ("/paper_until", "2026-12-02"),
        ("/stand_by", "2026-12-18"),
        ("/currency", "DOP"),
        ("/customer_tax_id", "131888888"),
        ("/draft/kind", "tax_credit_invoice"),
    ] {
        assert_eq!(made.text(member), value, "{member}");
    }
    let again = app.post("/v1/paper-receipts", &receipt(&world)).await;
    again.assert_status(200);
    assert_eq!(again.json, made.json);

    let own = format!("/v1/paper-receipts/{}", made.text("/id"));
    let regularise = format!("{own}/regularise");
    let stood = app.post_empty(&regularise).await;
    stood.assert_status(201);
    assert_eq!(stood.text("/state"), "standing");
    let invoice = app.get(&format!("/v1/invoices/{}", stood.text("/invoice"))).await;
    assert_eq!(invoice.text("/number"), "E310000000001");
    let again = app.post_empty(&regularise).await;
    again.assert_status(200);
    assert_eq!(again.text("/invoice"), stood.text("/invoice"));
    assert_eq!(app.get(&own).await.text("/invoice"), stood.text("/invoice"));
}

#[tokio::test]
async fn lists_have_pages_and_show_what_a_key_reaches() {
    let world = world().await;
    let app = &world.app;
    for number in ["B0100000001", "B0100000002", "B0100000003"] {
        let mut receipt = receipt(&world);
        receipt["number"] = json!(number);
        app.post("/v1/paper-receipts", &receipt).await.assert_status(201);
    }
    let first = app.get("/v1/paper-receipts?limit=2&unsettled=true").await;
    let numbers = |page: &crate::testing::Answer| -> Vec<String> {
        let items = page.at("/items").as_array().unwrap();
        items.iter().map(|item| item["number"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(numbers(&first), ["B0100000003", "B0100000002"]);
    let next = format!("/v1/paper-receipts?limit=2&cursor={}", first.text("/next_cursor"));
    assert_eq!(numbers(&app.get(&next).await), ["B0100000001"]);
    app.get("/v1/paper-receipts?cursor=x").await.assert_problem(400, "bad_cursor");

    let own = format!("/v1/paper-receipts/{}", first.text("/items/0/id"));
    for stranger in [app.stranger.clone(), app.live_key().await, app.key_for(&app.outlet).await] {
        let listed = app.get_as(&stranger, "/v1/paper-receipts").await;
        assert_eq!(listed.at("/items"), &json!([]));
        let shown = app.get_as(&stranger, &own).await;
        assert!([403, 404].contains(&shown.status.as_u16()), "{}", shown.json);
        let regularised = app.post_empty_as(&stranger, &format!("{own}/regularise")).await;
        assert!([403, 404].contains(&regularised.status.as_u16()), "{}", regularised.json);
    }
    app.get("/v1/paper-receipts/pr_x").await.assert_problem(404, "paper_receipt_unknown");
}

#[tokio::test]
async fn what_is_wrong_is_named_at_its_place() {
    let world = world().await;
    for (member, value, code, pointer) in [
        ("number", json!("E310000000001"), "do_not_series_b", "/number"),
        ("issued_on", json!("soon"), "value_unusable", "/issued_on"),
        ("total", json!("1180.01"), "paper_total_differs", "/total"),
        ("total", json!("much"), "value_unusable", "/total"),
        ("since", json!("2026-11-19"), "paper_since_later", "/since"),
        ("draft", json!({}), "missing_field", "/draft/kind"),
        ("more", json!(1), "field_unknown", "/more"),
    ] {
        let mut receipt = receipt(&world);
        receipt[member] = value;
        let refused = world.app.post("/v1/paper-receipts", &receipt).await;
        refused.assert_problem(422, "invalid_document");
        let faults = refused.at("/faults").as_array().unwrap();
        let is_it = |fault: &Value| fault["code"] == code && fault["pointer"] == pointer;
        assert!(faults.iter().any(is_it), "{code} at {pointer} in {}", refused.json);
    }
    assert_eq!(world.app.get("/v1/paper-receipts").await.at("/items"), &json!([]));
}

#[tokio::test]
async fn an_authority_that_knows_no_paper_takes_none() {
    let world = world().await;
    let mut receipt = receipt(&world);
    receipt["outlet"] = json!(world.app.outlet.as_str());
    let refused = world.app.post("/v1/paper-receipts", &receipt).await;
    refused.assert_problem(422, "invalid_document");
    assert_eq!(refused.text("/faults/0/code"), "paper_unknown");
}

/// From the line that is cut to what the customer holds in hand.
#[tokio::test]
async fn without_a_line_an_invoice_says_so_on_its_receipt_and_in_its_submission() {
    let world = world().await;
    let app = &world.app;
    let draft = receipt(&world)["draft"].clone();
    let before = app.issue_at("k1", &world.outlet, &draft).await;
    before.assert_status(201);
    let desk = app.app.desks().desk(&app.tenant, &world.outlet).await.unwrap();
    for _ in 0..3 {
        fiscal::survey(&desk).await.unwrap();
        app.clock.advance(2 * invoice::SECOND);
    }
    let cut_off = app.issue_at("k2", &world.outlet, &draft).await;
    cut_off.assert_status(201);
    for (invoice, says_so) in [(&before, false), (&cut_off, true)] {
        for format in ["text", "html"] {
            let path = format!("/v1/invoices/{}/receipt?format={format}", invoice.text("/id"));
            let printed = app.get(&path).await;
            printed.assert_status(200);
            let printed = String::from_utf8(printed.body).unwrap();
            assert_eq!(printed.contains("Contingencia"), says_so, "{format}: {printed}");
        }
    }
    let submissions = app.get("/v1/submissions").await;
    let of = |invoice: &crate::testing::Answer| {
        let items = submissions.at("/items").as_array().unwrap().iter();
        let mut found = items.filter(|item| item["invoice"] == invoice.text("/id"));
        found.next().unwrap()["send_by"].clone()
    };
    assert_eq!(of(&before), Value::Null);
    let send_by = of(&cut_off);
    assert!(send_by.as_str().unwrap().starts_with("2026-11-23T09:30:0"), "{send_by}");
    let events = app.get("/v1/events").await;
    let kinds: Vec<&Value> =
        events.at("/items").as_array().unwrap().iter().map(|event| &event["kind"]).collect();
    assert!(kinds.contains(&&json!("authority.unreachable")), "{kinds:?}");
}

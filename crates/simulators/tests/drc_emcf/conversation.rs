//! The whole conversation, in the forms that public clients use.

use serde_json::{Value, json};
use simulators::Clock;
use simulators::drc_emcf::{Decimal, Options};

use crate::wire::{NOON, Shop, ask, calm_options, confirmation, milk, with};

/// The worked example, with prices in quotes.
fn example() -> Value {
    let mut example = milk("FAC01/2026");
    example["items"] = json!([
        {"code": "001", "type": "BIE", "name": "EAU", "price": "720.00", "quantity": "5",
         "taxGroup": "A", "taxSpecificValue": "0%", "taxSpecificAmount": 0},
        {"code": "002", "type": "BIE", "name": "LAIT GR", "price": "464.00", "quantity": 1,
         "taxGroup": "B"},
    ]);
    example["payment"] =
        json!([{"name": "ESPECES", "amount": 4064.00, "currencyCode": "CDF", "currencyRate": 0}]);
    example
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worked_example_in_full() {
    let shop = Shop::calm().await;
    let reply = shop.ask("POST", "/api/invoice", &example().to_string());
    assert_eq!(reply.status, 200);
    for member in [
        "\"ta\":0",
        "\"tb\":16",
        "\"tp\":1",
        "\"taa\":3600.00",
        "\"haa\":3600.00",
        "\"vaa\":0.00",
        "\"tab\":464.00",
        "\"hab\":400.00",
        "\"vab\":64.00",
        "\"tap\":0.00",
        "\"vap\":0.00",
        "\"ts\":0.00",
        "\"total\":4064.00",
        "\"vtotal\":64.00",
    ] {
        assert!(reply.text.contains(member), "{member} is not in {}", reply.text);
    }
    let totals = reply.json();
    assert!(totals.get("errorCode").is_none() && totals.get("errorDesc").is_none());
    assert!(totals.get("curTotal").is_none());
    assert_eq!(totals["uid"].as_str().unwrap().len(), 36);

    let confirmed = shop.confirm(&totals);
    assert_eq!(confirmed["dateTime"], "08/06/2026 16:04:42");
    assert_eq!(confirmed["counters"], "1/1 FV");
    assert_eq!(confirmed["nim"], "CD01000001-1");
    let code = confirmed["codeDEFDGI"].as_str().unwrap();
    assert_eq!((code.len(), code.matches('-').count(), &code[..5]), (29, 5, "TEST-"));
    let plain = code.replace('-', "");
    let qr = format!("RDCDEF01;CD01000001-1;{plain};A1234567B;20260608160442");
    assert_eq!(confirmed["qrCode"], qr.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn both_slash_forms_any_case_and_the_test_prefix() {
    let shop = Shop::calm().await;
    for (post, action) in [
        ("/api/invoice", "confirm"),
        ("/api/invoice/", "CONFIRM"),
        ("/edef/api/invoice/", "Confirmer"),
    ] {
        let totals = shop.ask("POST", post, &milk("F").to_string()).json();
        let path = format!("/api/invoice/{}/{action}", totals["uid"].as_str().unwrap());
        let confirmed = shop.ask("PUT", &path, &confirmation(&totals)).json();
        assert!(confirmed["qrCode"].is_string(), "{confirmed}");
    }
    for action in ["cancel", "CANCEL", "annuler", "Annuler/"] {
        let totals = shop.post(&milk("F"));
        let uid = totals["uid"].as_str().unwrap().to_uppercase();
        let cancelled = shop.ask("PUT", &format!("/edef/api/invoice/{uid}/{action}"), "").json();
        assert_eq!(cancelled["codeDEFDGI"], "");
        assert_eq!(cancelled["qrCode"], "");
        assert_eq!(cancelled["nim"], "CD01000001-1");
        assert!(cancelled.get("errorCode").is_none());
    }
    assert_eq!(shop.count("/registered"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_details_and_lists() {
    let shop = Shop::calm().await;
    let totals = shop.post(&with(milk("FAC 7"), &json!({"cmtb": "caisse 2"})));
    let status = shop.ask("GET", "/api/invoice/", "").json();
    assert_eq!(status["status"], true);
    assert_eq!(status["version"], "1.0");
    assert_eq!(status["nif"], "A1234567B");
    assert_eq!(status["serverDateTime"], "2026-06-08T16:04:42+01:00");
    assert_eq!(status["tokenValid"], "2027-06-08T16:04:42+01:00");
    assert_eq!(status["pendingRequestsCount"], 1);
    assert_eq!(status["pendingRequestsList"][0]["uid"], totals["uid"]);
    assert_eq!(status["pendingRequestsList"][0]["date"], "2026-06-08T16:04:42+01:00");

    let path = format!("/api/invoice/{}", totals["uid"].as_str().unwrap());
    let details = shop.ask("GET", &path, "").json();
    assert_eq!(details["rn"], "FAC 7");
    assert_eq!(details["cmtb"], "caisse 2");
    assert_eq!(details["items"][0]["name"], "LAIT GR");
    assert_eq!(details["operator"]["name"], "JACQUES");

    let info = shop.ask("GET", "/api/info/status", "").json();
    assert_eq!(info["emcfList"].as_array().unwrap().len(), 2);
    assert_eq!(info["emcfList"][1]["nim"], "CD01000002-1");
    assert_eq!(info["emcfList"][1]["status"], "Actif");
    let groups = shop.ask("GET", "/api/info/taxGroups", "").json();
    assert_eq!(groups.as_object().unwrap().len(), 16);
    assert_eq!((&groups["b"], &groups["c"], &groups["p"]), (&json!(16), &json!(5), &json!(1)));
    for (list, length, first) in [
        ("invoiceTypes", 6, "FV"),
        ("paymentTypes", 7, "ESPECES"),
        ("clientTypes", 5, "PP"),
        ("referenceTypes", 4, "COR"),
        ("itemTypes", 3, "BIE"),
        ("currencyRates", 2, "USD"),
    ] {
        let list = shop.ask("GET", &format!("/api/info/{list}"), "").json();
        assert_eq!(list.as_array().unwrap().len(), length);
        assert_eq!(list[0]["type"], first);
        assert!(list[0]["description"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tax_groups_follow_the_authoritys_calendar() {
    let clock = Clock::standing_at(NOON);
    clock.advance(-365 * 24 * 60 * 60);
    let shop = Shop::open(Options::new(clock, 1).calm()).await;
    assert_eq!(shop.ask("GET", "/api/info/taxGroups", "").json()["c"], 8);
    let mut invoice = milk("F1");
    invoice["items"][0]["taxGroup"] = json!("C");
    assert_eq!(shop.post(&invoice)["vac"], 34.37);
    invoice["items"][0]["taxGroup"] = json!("O");
    assert_eq!(shop.post(&invoice)["errorCode"], "9", "O did not exist in 2025");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_ask_is_told_401() {
    let shop = Shop::calm().await;
    let url = format!("{}/api/invoice", shop.running.url);
    let token = shop.running.tokens[0].token.clone();
    let raw = ask("GET", &url, Some(&token), "").unwrap();
    assert_eq!(raw.status, 200, "a raw token is taken");
    let stranger = Shop::calm().await;
    for (authorization, what) in [
        (None, "none"),
        (Some("Bearer "), "empty"),
        (Some("Bearer a.b.c"), "nonsense"),
        (Some(stranger.bearer.as_str()), "another run's, with other keys"),
        (Some("Basic dXNlcjpwYXNz"), "another scheme"),
    ] {
        assert_eq!(ask("GET", &url, authorization, "").unwrap().status, 401, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_expires_and_is_made_anew() {
    let mut options = calm_options();
    options.emcfs[0].token_lifetime = std::time::Duration::from_secs(90);
    let mut shop = Shop::open(options).await;
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 200);
    shop.pass(90);
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 401);
    let renewed = shop.manage("/emcfs", &json!({"nif": "A1234567B", "nim": "CD01000001-1"})).json();
    shop.bearer = format!("Bearer {}", renewed["token"].as_str().unwrap());
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_the_json_expected_is_400() {
    let shop = Shop::calm().await;
    for body in ["", "  ", "{", "[]", "\"x\"", "null", r#"{"items":[{"price":"12,5"}]}"#] {
        let reply = shop.ask("POST", "/api/invoice", body);
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.json()["status"], 400);
    }
    let deep = format!("{{\"items\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(shop.ask("POST", "/api/invoice", &deep).status, 400);
    let uid = shop.post(&milk("F"))["uid"].as_str().unwrap().to_owned();
    assert_eq!(shop.ask("PUT", &format!("/api/invoice/{uid}/confirm"), "").status, 400);
    assert_eq!(shop.ask("DELETE", "/api/invoice", "").status, 405);
    assert_eq!(shop.ask("GET", "/api/nothing", "").status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_an_end_is_cut_off() {
    let shop = Shop::calm().await;
    let large = format!("{{\"isf\":\"{}\"}}", "x".repeat(2_000_000));
    // The refusal may overtake the upload, and then the connection breaks under it.
    let reply = shop.try_ask("POST", "/api/invoice", &large);
    assert!(reply.is_none_or(|reply| reply.status == 413));
    assert_eq!(shop.count("/requests"), 0, "it never came to a route");
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn awkward_replies_say_the_same() {
    let mut options = calm_options();
    options.dialect.awkward = simulators::drc_emcf::Awkwardness::all();
    let shop = Shop::open(options).await;
    let mut forms = std::collections::BTreeSet::new();
    for number in 0..40 {
        let reply = shop.ask("POST", "/api/invoice", &milk(&format!("F{number}")).to_string());
        let totals = reply.json();
        let total: Decimal = totals["total"].to_string().parse().unwrap();
        assert_eq!(total, Decimal::from(464));
        assert!(totals.get("errorCode").is_none());
        forms.insert(reply.text.chars().take(12).collect::<String>());
        assert!(shop.confirm(&totals)["codeDEFDGI"].is_string());
    }
    assert!(forms.len() > 10, "the keys hardly move: {forms:?}");
    assert_eq!(shop.count("/registered"), 40);
}

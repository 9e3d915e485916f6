//! The management port.

use serde_json::json;
use simulators::SimulatorError;
use simulators::drc_emcf::{self, Emcf};

use crate::wire::{Shop, ask, calm_options, milk, with};

#[tokio::test(flavor = "multi_thread")]
async fn registered_shows_every_element() {
    let shop = Shop::calm().await;
    let confirmed = shop.register(&milk("F1"));
    let registered = shop.look("/registered");
    let shown = &registered[0];
    for (key, value) in [
        ("rn", "F1"),
        ("nif", "A1234567B"),
        ("nim", "CD01000001-1"),
        ("type", "FV"),
        ("total", "464.00"),
        ("vtotal", "64.00"),
        ("counters", "1/1 FV"),
        ("dateTime", "08/06/2026 16:04:42"),
        ("reference", ""),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    assert_eq!(shown["qrCode"], confirmed["qrCode"]);
    let code = confirmed["codeDEFDGI"].as_str().unwrap().replace('-', "");
    assert_eq!(shown["code"], code.as_str());
    assert_eq!(shown["confirmed_count"], 1);
    assert_eq!(shown["uid"].as_str().unwrap().len(), 36);
    for number in 2..6 {
        shop.register(&milk(&format!("F{number}")));
    }
    let page = shop.look("/registered?from=1&limit=2");
    assert_eq!(
        (&page[0]["rn"], &page[1]["rn"], &page[2]),
        (&json!("F2"), &json!("F3"), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_shows_a_taxpayer_its_own() {
    let mut shop = Shop::calm().await;
    let confirmed = shop.register(&milk("F1"));
    shop.bearer = shop.bearer_of(1);
    shop.register(&milk("F2"));
    let mine = shop.look("/portal/factures?nif=A1234567B");
    assert_eq!(mine.as_array().unwrap().len(), 2, "all the shops of the taxpayer");
    assert_eq!(mine[0]["codeDEFDGI"], confirmed["codeDEFDGI"]);
    assert_eq!(mine[0]["qrCode"], confirmed["qrCode"]);
    assert_eq!(mine[1]["nim"], "CD01000002-1");
    assert_eq!(shop.look("/portal/factures?nif=B0000000B"), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn emcfs_are_added_switched_off_and_given_new_tokens() {
    let mut shop = Shop::calm().await;
    let added = json!({"nif": "B7654321C", "nim": "CD09000001-1", "shop_name": "MARCHE"});
    let token = shop.manage("/emcfs", &added).json()["token"].as_str().unwrap().to_owned();
    shop.bearer = format!("Bearer {token}");
    shop.register(&with(milk("F1"), &json!({"nif": "B7654321C"})));
    let info = shop.ask("GET", "/api/info/status", "").json();
    assert_eq!(info["emcfList"].as_array().unwrap().len(), 1, "another taxpayer's are not shown");
    shop.pass(1);
    let renewed = shop.manage("/emcfs", &added).json()["token"].as_str().unwrap().to_owned();
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 401, "the earlier token is void");
    shop.bearer = format!("Bearer {renewed}");
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 200);
    let off = shop.manage("/emcfs", &with(added, &json!({"active": false}))).json();
    shop.bearer = format!("Bearer {}", off["token"].as_str().unwrap());
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 401);
    assert_eq!(shop.count("/tokens"), 3);
    let wrong = shop.manage("/emcfs", &json!({"nif": "A|B", "nim": "CD1"}));
    assert_eq!(wrong.status, 400);
    assert!(wrong.text.contains("letters, digits"), "{}", wrong.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_of_the_day_are_set() {
    let shop = Shop::calm().await;
    let invoice = with(milk("F1"), &json!({"curCode": "USD", "curRate": 2900}));
    assert_eq!(shop.post(&invoice)["errorCode"], "25");
    assert_eq!(shop.manage("/rates", &json!({"type": "USD", "rate": "2900.5"})).status, 200);
    assert_eq!(shop.post(&invoice)["curTotal"], 0.16);
    let listed = shop.ask("GET", "/api/info/currencyRates", "").json();
    assert_eq!(listed[0]["rate"], 2900.5);
    assert_eq!(listed[0]["description"], "United States Dollar");
    for wrong in [json!({"type": "usd", "rate": 1}), json!({"type": "XAF", "rate": 0})] {
        assert_eq!(shop.manage("/rates", &wrong).status, 400, "{wrong}");
    }
    assert_eq!(shop.manage("/rates", &json!({"type": "XAF", "rate": 4.1})).status, 200);
    assert_eq!(shop.ask("GET", "/api/info/currencyRates", "").json()[2]["type"], "XAF");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_moves_both_ways() {
    let shop = Shop::calm().await;
    shop.pass(3_600);
    assert_eq!(shop.look("/clock")["now"], "2026-06-08T17:04:42.000000+01:00");
    shop.pass(-7_200);
    assert_eq!(shop.look("/clock")["now"], "2026-06-08T15:04:42.000000+01:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_told_apart() {
    let shop = Shop::calm().await;
    for wrong in [
        json!({"operation": "confirm", "kind": "lost_reply", "count": 0}),
        json!({"operation": "confirm", "kind": "explode"}),
        json!({"operation": "everything", "kind": "slow"}),
    ] {
        let status = shop.manage("/faults", &wrong).status;
        assert!((400..500).contains(&status), "{wrong} gave {status}");
    }
    let elsewhere = format!("{}/faults", shop.running.url);
    let mixed_up = ask("POST", &elsewhere, None, "{}").unwrap();
    assert_eq!(mixed_up.status, 404, "the authority's own port manages nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulator_starts_on_the_loopback_with_sound_emcfs_or_not_at_all() {
    let mut options = calm_options();
    options.management = "0.0.0.0:0".parse().unwrap();
    let refused = drc_emcf::start(options).await.unwrap_err();
    assert!(matches!(refused, SimulatorError::NotLoopback { port: "management", .. }));
    let mut options = calm_options();
    options.emcfs = vec![Emcf::new("A1234567B", "", "X")];
    assert!(matches!(drc_emcf::start(options).await.unwrap_err(), SimulatorError::Emcf { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_closes_both_ports() {
    let shop = Shop::calm().await;
    let urls = [shop.running.url.clone(), shop.running.management_url.clone()];
    shop.running.stop().await;
    for url in urls {
        let address = url.strip_prefix("http://").unwrap();
        assert!(std::net::TcpStream::connect(address).is_err(), "{url} still answers");
    }
}

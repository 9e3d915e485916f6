//! Two minutes, ten at a time, once.

use serde_json::json;
use simulators::drc_emcf::InvoiceNumberReuse;

use crate::wire::{Shop, calm_options, milk, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_demande_expires_after_two_minutes() {
    let shop = Shop::calm().await;
    let first = shop.post(&milk("F1"));
    shop.pass(119);
    let second = shop.post(&milk("F2"));
    assert_eq!(shop.count("/pending"), 2);
    shop.pass(1);
    assert_eq!(shop.count("/pending"), 1);
    assert_eq!(shop.confirm(&first)["errorCode"], "20");
    assert!(shop.confirm(&second)["qrCode"].is_string());
    assert_eq!(shop.look("/ended")[0]["how"], "expired");
    assert_eq!(shop.look("/refused")[0]["detail"], "expirée");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_wait_and_the_eleventh_is_refused() {
    let shop = Shop::calm().await;
    let waiting: Vec<_> = (0..10).map(|number| shop.post(&milk(&format!("F{number}")))).collect();
    let eleventh = shop.post(&milk("F10"));
    assert_eq!(eleventh["uid"], json!(null));
    assert_eq!(eleventh["errorCode"], "1");
    assert_eq!(eleventh["errorDesc"], "Le nombre maximum de factures en attente est dépassé");
    shop.confirm(&waiting[4]);
    assert!(shop.post(&milk("F11"))["uid"].is_string(), "a confirm makes room");
    shop.pass(120);
    assert!(shop.post(&milk("F12"))["uid"].is_string(), "expiry makes room");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_is_each_modules_own() {
    let mut shop = Shop::calm().await;
    for number in 0..10 {
        shop.post(&milk(&format!("F{number}")));
    }
    let first = shop.bearer.clone();
    shop.bearer = shop.bearer_of(1);
    let other = shop.post(&milk("G1"));
    assert!(other["uid"].is_string());
    shop.bearer = first;
    assert_eq!(shop.confirm(&other)["errorCode"], "20", "another module's uid is unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_over() {
    let shop = Shop::calm().await;
    let confirmed = shop.post(&milk("F1"));
    shop.confirm(&confirmed);
    let cancelled = shop.post(&milk("F2"));
    let path =
        |totals: &serde_json::Value| format!("/api/invoice/{}", totals["uid"].as_str().unwrap());
    shop.ask("PUT", &format!("{}/cancel", path(&cancelled)), "");
    for (totals, why) in [(&confirmed, "déjà finalisée"), (&cancelled, "annulée")] {
        let again = shop.confirm(totals);
        assert_eq!(again["errorCode"], "20");
        assert_eq!(
            again["errorDesc"],
            "La facture n'existe pas ou elle est déjà finalisée / annulée"
        );
        assert_eq!(shop.look("/refused").as_array().unwrap().last().unwrap()["detail"], why);
        let cancel = shop.ask("PUT", &format!("{}/cancel", path(totals)), "").json();
        assert_eq!(cancel["errorCode"], "20");
        assert_eq!(shop.ask("GET", &path(totals), "").json()["errorCode"], "20");
    }
    let unknown = "/api/invoice/00000000-0000-4000-8000-000000000000/confirm";
    let reply = shop.ask("PUT", unknown, r#"{"total":1,"vtotal":0}"#).json();
    assert_eq!(reply["errorCode"], "20");
    let registered = shop.look("/registered");
    assert_eq!(registered.as_array().unwrap().len(), 1);
    assert_eq!(registered[0]["confirmed_count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_count_by_type_and_by_module() {
    let mut shop = Shop::calm().await;
    let counters = |shop: &Shop, kind: &str| {
        shop.register(&with(milk("F"), &json!({ "type": kind })))["counters"].clone()
    };
    assert_eq!(counters(&shop, "FV"), "1/1 FV");
    assert_eq!(counters(&shop, "FT"), "1/2 FT");
    assert_eq!(counters(&shop, "FV"), "2/3 FV");
    shop.bearer = shop.bearer_of(1);
    assert_eq!(counters(&shop, "FV"), "1/1 FV");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirm_repeats_both_totals_exactly() {
    let shop = Shop::calm().await;
    let totals = shop.post(&milk("F1"));
    for (total, vtotal) in [("464.01", "64"), ("464", "63.99"), ("464", "null"), ("0", "0")] {
        let path = format!("/api/invoice/{}/confirm", totals["uid"].as_str().unwrap());
        let body = format!("{{\"total\":{total},\"vtotal\":{vtotal}}}");
        let reply = shop.ask("PUT", &path, &body).json();
        let said = reply["errorDesc"].as_str().unwrap();
        assert!(said.starts_with("Le montant n'est pas valide"), "{said}");
        assert_eq!(reply["errorCode"], "23");
    }
    assert_eq!(shop.count("/registered"), 0);
    assert!(shop.confirm(&totals)["qrCode"].is_string(), "it is still pending");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_comes_again_is_the_dialects_matter() {
    for (reuse, last_again, older_again) in [
        (InvoiceNumberReuse::Accepted, true, true),
        (InvoiceNumberReuse::RefusedIfLast, false, true),
        (InvoiceNumberReuse::Refused, false, false),
    ] {
        let mut options = calm_options();
        options.dialect.invoice_number_reuse = reuse;
        let shop = Shop::open(options).await;
        let both = [shop.post(&milk("F1")), shop.post(&milk("F1"))];
        shop.confirm(&both[0]);
        assert_eq!(shop.confirm(&both[1]).get("errorCode").is_none(), last_again, "{reuse:?}");
        assert_eq!(shop.post(&milk("F1"))["uid"].is_string(), last_again, "{reuse:?}");
        shop.register(&milk("F2"));
        assert_eq!(shop.post(&milk("F1"))["uid"].is_string(), older_again, "{reuse:?}");
    }
}

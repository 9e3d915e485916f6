//! A refusal on the wire: HTTP 200, a null uid, the code as a string, and the section.

use serde_json::json;

use crate::wire::{Shop, calm_options, milk, with};

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_explains_itself() {
    let shop = Shop::calm().await;
    let reply =
        shop.ask("POST", "/api/invoice", &with(milk("F"), &json!({"nif": "Z"})).to_string());
    assert_eq!(reply.status, 200);
    let refused = reply.json();
    assert_eq!(refused["uid"], json!(null));
    assert_eq!(refused["errorCode"], "13");
    let mut invoice = milk("F1");
    invoice["items"][0]["price"] = json!(1.005);
    let refused = shop.post(&invoice);
    assert_eq!(refused["errorDesc"], "Trop de décimales : items[0] price 1.005 (SFE 1.5.1)");
    let log = shop.look("/refused");
    assert_eq!(log[1]["rn"], "F1");
    assert_eq!(log[1]["operation"], "invoice");
    assert_eq!(log[1]["rule"], "SFE 1.5.1");
    assert_eq!(log[1]["nim"], "CD01000001-1");
    assert_eq!(shop.count("/pending"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_make_up_the_total() {
    let shop = Shop::calm().await;
    let paid = |amounts: &[f64]| {
        let payment = |amount: &f64| json!({"name": "MOBILEMONEY", "amount": amount});
        let payments: Vec<_> = amounts.iter().map(payment).collect();
        shop.post(&with(milk("F1"), &json!({ "payment": payments })))
    };
    assert!(paid(&[400.5, 63.5])["uid"].is_string());
    assert_eq!(paid(&[400.5, 63.49])["errorCode"], "27");
}

#[tokio::test(flavor = "multi_thread")]
async fn strict_wants_the_scheme_and_the_media_type() {
    let mut options = calm_options();
    options.dialect.strict = true;
    let mut shop = Shop::open(options).await;
    let raw = shop.running.tokens[0].token.clone();
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 200);
    let bearer = std::mem::replace(&mut shop.bearer, raw);
    assert_eq!(shop.ask("GET", "/api/invoice", "").status, 401);
    // A header smuggled in behind the token makes the media type ambiguous; the first one counts.
    shop.bearer = format!("{bearer}\r\nContent-Type: text/plain");
    assert_eq!(shop.ask("POST", "/api/invoice", "{}").status, 415);
}

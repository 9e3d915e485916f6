//! Credit notes against the sales that this authority has registered.

use serde_json::{Value, json};

use crate::wire::{Shop, calm_options, milk, with};

/// Three litres of milk.
fn sale(rn: &str) -> Value {
    let mut sale = milk(rn);
    sale["items"][0]["quantity"] = json!(3);
    sale
}

fn code_of(confirmed: &Value) -> String {
    confirmed["codeDEFDGI"].as_str().unwrap().replace('-', "")
}

fn note(rn: &str, code: &str, quantity: i64) -> Value {
    let mut note =
        with(milk(rn), &json!({"type": "FA", "reference": code, "referenceType": "RAM"}));
    note["items"][0]["quantity"] = json!(quantity);
    note
}

#[tokio::test(flavor = "multi_thread")]
async fn several_notes_take_back_no_more_than_the_sale() {
    let shop = Shop::calm().await;
    let code = code_of(&shop.register(&sale("F1")));
    assert_eq!(shop.register(&note("A1", &code, 1))["counters"], "1/2 FA");
    let waiting = [shop.post(&note("A2", &code, 2)), shop.post(&note("A3", &code, 2))];
    assert!(shop.confirm(&waiting[0])["qrCode"].is_string());
    assert_eq!(shop.confirm(&waiting[1])["errorCode"], "12", "the first has taken the rest");
    assert_eq!(shop.post(&note("A4", &code, 1))["errorCode"], "12");
    assert_eq!(shop.look("/registered")[1]["reference"], code.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_original_must_be_a_sale_of_this_taxpayer() {
    let mut shop = Shop::calm().await;
    let code = code_of(&shop.register(&sale("F1")));
    let unknown = note("A1", "TESTFACTHQBAX2F3K22NMDYR", 1);
    assert_eq!(shop.post(&unknown)["errorCode"], "11");
    let credit = code_of(&shop.register(&note("A2", &code, 1)));
    assert_eq!(shop.post(&note("A3", &credit, 1))["errorCode"], "11", "a note is no original");
    let export = with(note("A4", &code, 1), &json!({"type": "EA"}));
    assert_eq!(shop.post(&export)["errorCode"], "11", "a domestic sale, an export note");
    shop.bearer = shop.bearer_of(1);
    assert!(shop.post(&note("A5", &code, 1))["uid"].is_string(), "another shop of the taxpayer");
    let other = json!({"nif": "B7654321C", "nim": "CD09000001-1"});
    let token = shop.manage("/emcfs", &other).json()["token"].as_str().unwrap().to_owned();
    shop.bearer = format!("Bearer {token}");
    let foreign = with(note("A6", &code, 1), &json!({"nif": "B7654321C"}));
    assert_eq!(shop.post(&foreign)["errorCode"], "11");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebate_refers_to_nothing() {
    let shop = Shop::calm().await;
    let rebate = with(
        milk("A1"),
        &json!({
            "type": "FA", "reference": "RRR", "referenceType": "RRR", "referenceDesc": "Remise"
        }),
    );
    assert!(shop.register(&rebate)["qrCode"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_strict_dialect_compares_the_articles() {
    let mut options = calm_options();
    options.dialect.strict = true;
    let shop = Shop::open(options).await;
    let person = json!({"client": {"type": "PP"}});
    let code = code_of(&shop.register(&with(sale("F1"), &person)));
    let note = |rn: &str, quantity| with(note(rn, &code, quantity), &person);
    shop.register(&note("A1", 2));
    let mut cheaper = note("A2", 2);
    cheaper["items"][0]["price"] = json!(100);
    let mut other = note("A3", 1);
    other["items"][0]["name"] = json!("FROMAGE");
    let mut split = note("A4", 1);
    let half = with(split["items"][0].clone(), &json!({"quantity": 0.5}));
    split["items"] = json!([half, half]);
    for (wrong, why) in [(cheaper, "prix"), (other, "n'est pas sur")] {
        let refused = shop.post(&wrong);
        assert_eq!(refused["errorCode"], "30");
        assert!(refused["errorDesc"].as_str().unwrap().contains(why), "{refused}");
    }
    shop.register(&split);
    assert_eq!(shop.post(&note("A5", 1))["errorCode"], "12");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verification_may_be_out_of_order() {
    let shop = Shop::calm().await;
    let code = code_of(&shop.register(&sale("F1")));
    shop.arm("invoice", "reference_unverified");
    assert_eq!(shop.post(&note("A1", &code, 1))["errorCode"], "10");
    assert!(shop.post(&note("A1", &code, 1))["uid"].is_string(), "later it works");
}

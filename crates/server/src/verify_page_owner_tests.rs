//! What the page shows of whose a key is: of a test that it is one, and of a false owner nothing.

use invoice::{Hash, OutletId};
use serde_json::{Value, json};

use super::turns::DOCUMENT;
use super::{evaluated, judged, keys_alone, ran};
use crate::testing::{TestApp, draft};

/// A page that was opened by the address of a seal: what it shows, by its elements' names.
struct Shown {
    seal: String,
    keys: Value,
    number: String,
}

impl Shown {
    /// With keys that are of such outlets, or do not say of which.
    async fn of(outlets: impl FnOnce(&str) -> Option<Value>) -> Self {
        let app = TestApp::direct().await;
        let issued = app.issue("k1", &draft()).await;
        let url = issued.text("/seal/verify_url").to_owned();
        let (statement, _) = invoice::parse_verify_url(&url).unwrap();
        let statement = invoice::Statement::parse(&statement).unwrap();
        let seller = Hash::of_seller(&statement.taxpayer, &statement.outlet);
        let mut keys = keys_alone(&app).await;
        if let Some(outlets) = outlets(&data_encoding::BASE64URL_NOPAD.encode(&seller.0)) {
            keys[0]["outlets"] = outlets;
        }
        let (_, seal) = url.split_once('#').unwrap();
        Self { seal: seal.to_owned(), keys, number: issued.text("/number").to_owned() }
    }

    /// Its tone, whether it shows the number, and whether some text stands in it.
    fn with(&self, text: &str) -> Option<Value> {
        let given = format!("const SEAL = {}, KEYS = {};", json!(self.seal), self.keys);
        let looked = format!(
            "await (async () => {{ for (const comes of waiting.splice(0)) comes(); \
             return [await judged(), shows({}), shows({})]; }})()",
            json!(self.number),
            json!(text),
        );
        ran(&format!("{given}{DOCUMENT}"), &looked)
    }
}

#[tokio::test]
async fn a_test_is_shown_as_a_test_with_its_facts() {
    let of = |seller: &str| Some(json!([{ "seller": seller, "environment": "test" }]));
    let shown = Shown::of(of).await;
    let Some(told) = shown.with("Ceci est un test") else { return };
    assert_eq!(told, json!(["test", true, true]));
    assert_eq!(shown.with("Ce que dit le sceau · TEST"), Some(json!(["test", true, true])));
    assert_eq!(shown.with("authentique"), Some(json!(["test", true, false])));
}

/// With the list as the server gives it, where its outlets are registered to test.
#[tokio::test]
async fn the_servers_own_list_says_of_a_test_that_it_is_one() {
    let app = TestApp::direct().await;
    let issued = app.issue("k1", &draft()).await;
    let (_, seal) = issued.text("/seal/verify_url").split_once('#').unwrap();
    let keys = app.get_as("", "/.well-known/stalela-keys.json").await.at("/keys").clone();
    let Some(verdicts) = judged(&[seal.to_owned()], &keys) else { return };
    assert_eq!(verdicts[0]["verdict"], "test");
    assert_eq!(verdicts[0]["facts"]["number"], *issued.at("/number"));
}

#[tokio::test]
async fn a_live_sellers_seal_is_genuine_and_nothing_is_left_open_about_its_key() {
    let of = |seller: &str| Some(json!([{ "seller": seller, "environment": "live" }]));
    let shown = Shown::of(of).await;
    let Some(told) = shown.with("Sceau authentique") else { return };
    assert_eq!(told, json!(["good", true, true]));
    assert_eq!(shown.with("à qui sont ses clés"), Some(json!(["good", true, false])));
    assert_eq!(shown.with("· TEST"), Some(json!(["good", true, false])));
}

#[tokio::test]
async fn a_seal_by_anothers_key_is_false_and_shows_nothing() {
    let other = data_encoding::BASE64URL_NOPAD.encode(&[7; 32]);
    for outlets in [json!([]), json!([{ "seller": other, "environment": "live" }])] {
        let shown = Shown::of(|_| Some(outlets)).await;
        let Some(told) = shown.with("La clé d'un autre") else { return };
        assert_eq!(told, json!(["bad", false, true]));
    }
}

#[tokio::test]
async fn an_older_list_is_said_to_leave_open_whose_its_keys_are() {
    let shown = Shown::of(|_| None).await;
    let Some(told) = shown.with("à qui sont ses clés") else { return };
    assert_eq!(told, json!(["good", true, true]));
}

/// The bytes of the statement are hashed, and not what a text becomes that was read of them: a mark
/// at the beginning of a text is lost there.
#[test]
fn the_page_names_a_seller_as_the_ledger_does() {
    let outlet = OutletId::from_random([1; 10]);
    for tax_id in ["A1234567B", "\u{feff}A1234567B", "N° é", &"9".repeat(300)] {
        let statement = invoice::Statement {
            taxpayer: tax_id.to_owned(),
            outlet: outlet.clone(),
            sequence: 1,
            kind: invoice::EntryKind::Sealed,
            number: "N-1".to_owned(),
            total: None,
            currency: "XTS".to_owned(),
            sealed_at: invoice::Timestamp::from_micros(0),
            regime: String::new(),
            payload_hash: Hash::ZERO,
            previous: Hash::ZERO,
            key_id: String::new(),
            elements_hash: None,
        };
        let statement = statement.to_bytes();
        let told = evaluated(&format!("await sellerOf(Uint8Array.from({}))", json!(statement)));
        let Some(told) = told else { return };
        let seller = Hash::of_seller(tax_id, &outlet).0;
        assert_eq!(told, data_encoding::BASE64URL_NOPAD.encode(&seller), "{tax_id}");
    }
}

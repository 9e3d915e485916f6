//! Settings of outlets, as an operator's file or a caller of the API writes them; and the map of
//! several stores.

use std::sync::LazyLock;

use agent::Lines;
use authorities::{Environment, authority_named, names};
use fiscal::{AlertSettings, Clock, wire_settings};
use invoice::Json;
use ledger::StoreMap;

use super::told;
use super::world::{AUTHORITIES, facts, now};
use crate::Target;

pub(super) const TARGET: Target =
    Target { name: "settings", read, seeds, words: WORDS, limit: 256 * 1024, rounds: 1_000 };

static LINES: LazyLock<Lines> =
    LazyLock::new(|| Lines::new(Clock::manual(now())).with_test_hosts(["test.example".to_owned()]));

fn read(bytes: &[u8]) {
    if let Err(why) = StoreMap::parse(bytes) {
        told(why);
    }
    let Ok(settings) = Json::parse(bytes) else { return };
    for name in names() {
        for environment in [Environment::Test, Environment::Live] {
            match authority_named(name, &settings, environment) {
                Ok(authority) => used(authority.as_ref()),
                Err(why) => told(why),
            }
        }
    }
    if let Err(why) = AlertSettings::read(&settings) {
        told(why);
    }
    for authority in AUTHORITIES.iter() {
        let wire = wire_settings(authority.as_ref(), &settings);
        for environment in [ledger::Environment::Test, ledger::Environment::Live] {
            if let Err(why) = LINES.open(environment, &wire) {
                told(why);
            }
        }
    }
}

/// What was configured serves.
fn used(authority: &dyn authorities::Authority) {
    assert!(authority.under_way_max() > 0);
    for draft in super::seeds::drafts() {
        let Ok(tree) = Json::parse(&draft) else { continue };
        let Ok(draft) = invoice::Draft::read(&tree) else { continue };
        let _ = authority.price(&draft, &facts());
    }
}

fn seeds() -> Vec<Vec<u8>> {
    [
        r#"{"isf":"TEST01"}"#,
        r#"{"environment":"certification","model":"printed"}"#,
        r#"{"wire":{"base_url":"http://127.0.0.1:1/x","token":"env:NO_SUCH_TOKEN","scheme":"Bearer",
            "requests_per_second":5,"bases":{"summaries":{"url":"http://localhost:2","token":"env:T"}}},
            "alerts":{"numbers_low":500,"numbers_expire_days":60}}"#,
        r#"{"wire":{"base_url":"https://test.example","scheme":"none","token":"file:/nothing"}}"#,
        r#"{"stores":{"east":"postgres://a:s3cret@h/s","west":{"url":"w.db","password_file":"p","anchors":"k"}},
            "tenants":{"tn_aeaqcaibaeaqcaib":"west"},"default":"east"}"#,
        r#"{"excise_rates":[{"from":"2026-10-01","code":"023","rate":"700.00"}],"lines_per_page":20}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

const WORDS: &[&str] = &[
    "{\"wire\":{",
    "\"base_url\":\"",
    "http://127.0.0.1",
    "https://user:secret@h/",
    "http://[::1]:99999",
    "https://test.example@evil.example",
    "\\u0000",
    "\"scheme\":\"Apikey\"",
    "\"bases\":{",
    "\"token\":\"env:\"",
    "\"token\":\"file:\"",
    "\"isf\":\"",
    "\"excise_rates\":",
    "\"lines_per_page\":0",
    "\"stores\":{",
    "\"default\":\"east\"",
    "postgres://a@h:1,h:2/s?host=/run",
    "\"alerts\":{",
    "\"numbers_low\":-1",
    "\"requests_per_second\":1000",
    "\"sessions\":true",
    "xn--",
    "..",
    "//",
    "%2e",
];

//! An independent client, in another language, written from the published forms alone.

use std::process::Command;

use simulators::drc_emcf::Awkwardness;

use crate::wire::{Shop, calm_options};

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_talks_to_a_calm_authority() {
    converse(&Shop::calm().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_talks_to_an_awkward_authority() {
    for seed in 0..5 {
        let mut options = calm_options();
        options.seed = seed;
        options.dialect.awkward = Awkwardness::all();
        converse(&Shop::open(options).await);
    }
}

fn converse(shop: &Shop) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/emcf_client.py");
    let base = format!("{}/edef", shop.running.url);
    let token = shop.running.tokens[0].token.as_str();
    let Ok(done) = Command::new("python3").args([script, &base, token]).output() else {
        println!("skipped: there is no python3 here");
        return;
    };
    let said = String::from_utf8_lossy(&done.stdout);
    let complained = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{complained}");
    assert!(said.trim_end().ends_with("OK"), "{said}");
    let registered = shop.look("/registered");
    let types: Vec<_> = registered.as_array().unwrap().iter().map(|each| &each["type"]).collect();
    assert_eq!(types, ["FV", "FV", "FA", "FA"]);
    assert_eq!(registered[0]["rn"], "PY-0001");
    assert_eq!(shop.count("/pending"), 0);
}

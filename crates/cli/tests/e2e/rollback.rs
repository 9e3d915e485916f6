//! An older state of the store that is put back, by its users' hands: noticed, refused, recovered.

use std::path::Path;

use private_postgres::Cluster;
use serde_json::Value;
use simulators::dom_ecf;
use simulators::drc_emcf::Options;

use crate::ecf_storms;
use crate::postgres::{cluster, migrated};
use crate::shop::{SALE, Shop, output_json, stalela, store};

/// Sells one, and returns its number.
async fn sell(shop: &Shop, key: &str) -> String {
    let (status, invoice) = shop.try_issue(key, SALE).await.unwrap();
    assert_eq!(status, 201, "{invoice}");
    invoice["number"].as_str().unwrap().to_owned()
}

fn stop(shop: &Shop) {
    shop.terminate();
    let end = || shop.ended_well();
    assert!(tokio::task::block_in_place(end));
}

fn anchors(shop: &Shop) -> String {
    shop.folder.path().join("anchors").display().to_string()
}

fn recover(shop: &Shop, more: &[&str]) -> std::process::Output {
    let (store, anchors) = (store(shop.folder.path()), anchors(shop));
    let words = ["--json", "outlet", "recover", &shop.outlet, "--operator", "J. Ilunga"];
    let place = ["--reason", "the disk failed", "--store", &store, "--anchors", &anchors];
    stalela(&[&words[..], &place, more].concat())
}

/// The server is up over an older store. It serves, but for the outlet, until an operator has spoken.
async fn is_noticed_and_goes_on(shop: &Shop) {
    shop.start();
    let ready = reqwest::get(format!("{}/readyz", shop.url().unwrap())).await.unwrap();
    assert_eq!(ready.status().as_u16(), 200, "other outlets go on");
    let ready = ready.text().await.unwrap();
    assert!(ready.contains(&format!("store_rolled_back {}", shop.outlet)), "{ready}");
    for key in ["till/5", "till/1"] {
        let (status, problem) = shop.try_issue(key, SALE).await.unwrap();
        assert_eq!(
            (status, &problem["code"]),
            (409, &Value::from("store_rolled_back")),
            "{problem}"
        );
        assert!(problem.to_string().contains("outlet recover"), "{problem}");
    }
    stop(shop);

    let unasked = recover(shop, &[]);
    assert_eq!(unasked.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unasked.stdout).contains("--yes"));
    let recovered = output_json(&recover(shop, &["--yes"]));
    let run = serde_json::json!({ "series": series(), "first": 3, "last": 4 });
    assert_eq!(recovered["written_off"], Value::from(vec![run]), "{recovered}");
    let again = recover(shop, &["--yes"]);
    assert_eq!(again.status.code(), Some(1), "there is nothing more to recover");

    shop.start();
    let number = sell(shop, "till/5").await;
    assert!(number.ends_with("000005"), "{number}");
    // What anchors were written, or not, is no loss.
    shop.kill();
    shop.start();
    assert!(sell(shop, "till/6").await.ends_with("000006"));
    let report = shop.verify();
    let outlet = &report["outlets"][0];
    assert_eq!(outlet["lost"], 2, "{outlet}");
    assert_eq!(outlet["recoveries"][0]["entry"], recovered["sequence"]);
    assert_eq!(outlet["recoveries"][0]["reason"], "the disk failed");
}

/// The fiscal year of the sales: that of today.
fn series() -> String {
    let now = fiscal::Clock::System.now().to_string();
    now[..4].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_file_that_is_put_back_is_noticed_and_recovered() {
    let shop = Shop::new("drc/cloud", Options::calm).await;
    let folder = shop.folder.path().to_owned();
    shop.start();
    for number in 1..=2 {
        sell(&shop, &format!("till/{number}")).await;
    }
    stop(&shop);
    let backup = tempfile::tempdir().unwrap();
    copy(&folder, backup.path());
    shop.start();
    for number in 3..=4 {
        sell(&shop, &format!("till/{number}")).await;
    }
    stop(&shop);
    copy(backup.path(), &folder);
    is_noticed_and_goes_on(&shop).await;
}

/// What was lent or taken since the backup is lent nowhere else and not annulled, by nobody's hands.
#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_of_an_older_file_are_neither_lent_nor_annulled() {
    let shop = ecf_storms::shop(dom_ecf::Options::calm).await;
    let folder = shop.folder.path().to_owned();
    let sell = async |number: usize| {
        let draft = ecf_storms::draft(number, None).to_string();
        let (status, invoice) = shop.try_issue(&format!("till/{number}"), &draft).await.unwrap();
        assert_eq!(status, 201, "{invoice}");
    };
    let stop = || {
        shop.terminate();
        assert!(tokio::task::block_in_place(|| shop.ended_well()));
    };
    shop.start();
    sell(0).await;
    stop();
    let backup = tempfile::tempdir().unwrap();
    copy(&folder, backup.path());
    shop.start();
    sell(1).await;
    stop();
    copy(backup.path(), &folder);

    let place =
        ["--store", &store(&folder), "--anchors", &folder.join("anchors").display().to_string()];
    let numbers = |verb: &str, first: &str, last: &str| {
        let words = ["--json", "sequence", verb, &shop.outlet, "--kind", "32"];
        stalela(&[&words[..], &["--first", first, "--last", last], &place].concat())
    };
    let (new, unused) = (("E320000002001", "E320000003000"), ("E320000001001", "E320000002000"));
    let both = || [numbers("add", new.0, new.1), numbers("annul", unused.0, unused.1)];
    for refused in both() {
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
        let told = String::from_utf8_lossy(&refused.stdout);
        assert!(told.contains(&format!("stalela outlet recover {}", shop.outlet)), "{told}");
    }
    let list = ["--json", "sequence", "list", "--store", &store(&folder)];
    let listed = output_json(&stalela(&list)).to_string();
    assert!(!listed.contains(new.0) && !listed.contains(unused.0), "nothing was written: {listed}");

    let recover = ["outlet", "recover", &shop.outlet, "--operator", "J. Ilunga", "--yes"];
    let reason = ["--reason", "the disk failed"];
    let recovered = stalela(&[&recover[..], &reason, &place].concat());
    assert!(recovered.status.success(), "{recovered:?}");
    for done in both() {
        assert!(done.status.success(), "{done:?}");
    }
}

/// A ledger that nobody has open.
fn copy(from: &Path, to: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let name = format!("stalela.db{ending}");
        let _ = std::fs::remove_file(to.join(&name));
        if from.join(&name).exists() {
            std::fs::copy(from.join(&name), to.join(&name)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_that_is_put_back_is_noticed_and_recovered() {
    let cluster = cluster();
    let shop = Shop::over(&migrated(&cluster), "drc/cloud").await;
    shop.start();
    for number in 1..=2 {
        sell(&shop, &format!("till/{number}")).await;
    }
    stop(&shop);
    put(&cluster, ("stalela", "backup"));
    shop.start();
    for number in 3..=4 {
        sell(&shop, &format!("till/{number}")).await;
    }
    stop(&shop);
    cluster.sql("postgres", "DROP DATABASE stalela WITH (FORCE)");
    put(&cluster, ("backup", "stalela"));
    is_noticed_and_goes_on(&shop).await;
}

fn put(cluster: &Cluster, (from, to): (&str, &str)) {
    cluster.sql("postgres", &format!("CREATE DATABASE {to} TEMPLATE {from}"));
}

//! The real binary over a real PostgreSQL, which keeps what it promises: set up, served, killed,
//! drained, verified, and copied.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use private_postgres::Cluster;
use serde_json::Value;

use crate::shop::{SALE, Shop, binary, output_json, stalela};

/// A database that is nobody's yet, and a login for servers.
pub(crate) fn cluster() -> Cluster {
    let cluster = Cluster::start(&["fsync = on"]);
    cluster.sql("postgres", "CREATE ROLE app LOGIN");
    cluster.sql("postgres", "CREATE DATABASE stalela");
    cluster
}

/// As the owner; returns the address that servers use.
pub(crate) fn migrated(cluster: &Cluster) -> String {
    let owner = cluster.address("stalela");
    let migrate = ["--json", "migrate", "--store", &owner, "--application", "app"];
    assert!(output_json(&stalela(&migrate))["steps"].as_u64().unwrap() >= 1);
    assert_eq!(output_json(&stalela(&migrate))["steps"], 0, "again is nothing");
    cluster.address_of("stalela", "app")
}

fn told(arguments: &[&str]) -> (Option<i32>, String) {
    let output = stalela(arguments);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_database_without_its_schema_is_refused_in_words_that_help() {
    let cluster = cluster();
    let address = cluster.address_of("stalela", "app");
    let commands: [&[&str]; 4] =
        [&["serve", "--listen", "127.0.0.1:0"], &["agent"], &["verify"], &["outlet", "list"]];
    for command in commands {
        let (code, words) = told(&[command, &["--store", &address]].concat());
        assert_eq!(code, Some(3), "{command:?}: {words}");
        assert!(words.contains("stalela migrate"), "{command:?}: {words}");
    }
    let owner = cluster.address("stalela");
    assert_eq!(told(&["migrate", "--store", &owner]).0, Some(0));
    let (code, words) = told(&["verify", "--store", &address]);
    assert_eq!(code, Some(3));
    assert!(words.contains("GRANT stalela_application TO app"), "{words}");
    let (code, words) = told(&["migrate", "--store", &address]);
    assert_eq!(code, Some(3));
    assert!(words.contains("permission denied") && words.contains("owner"), "{words}");
}

/// What `docs/operations.md` has an administrator type.
fn set_up_of_the_documents() -> Vec<String> {
    let operations = include_str!("../../../../docs/operations.md");
    let (_, rest) = operations.split_once("```sql\n").unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    block.lines().map(str::to_owned).collect()
}

#[test]
fn the_set_up_of_the_documents_works_for_an_owner_without_other_rights() {
    let cluster = Cluster::start(&["fsync = on"]);
    for line in set_up_of_the_documents() {
        cluster.sql("postgres", &line);
    }
    let rights = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles
        WHERE rolname = 'stalela_owner'";
    assert_eq!(cluster.sql("postgres", rights).trim(), "f");
    let owner = cluster.address_of("stalela", "stalela_owner");
    let (code, words) = told(&["migrate", "--store", &owner, "--application", "stalela"]);
    assert_eq!(code, Some(0), "{words}");
    let address = cluster.address_of("stalela", "stalela");
    assert_eq!(told(&["outlet", "list", "--store", &address]), (Some(0), String::new()));
}

#[test]
fn an_owner_that_may_make_no_role_is_told_both_cures_and_other_trouble_neither() {
    let cluster = Cluster::start(&["fsync = on"]);
    cluster.sql("postgres", "CREATE ROLE stalela_owner LOGIN");
    cluster.sql("postgres", "CREATE DATABASE stalela OWNER stalela_owner");
    let owner = cluster.address_of("stalela", "stalela_owner");
    let migrate = ["migrate", "--store", &owner];
    let (code, words) = told(&migrate);
    assert_eq!(code, Some(3), "{words}");
    for cure in ["permission denied", "CREATEROLE", "CREATE ROLE stalela_application NOLOGIN"] {
        assert!(words.contains(cure), "{cure} is not in {words}");
    }
    cluster.sql("postgres", "ALTER ROLE stalela_owner CREATEROLE");
    assert_eq!(told(&migrate).0, Some(0));
    let (code, words) = told(&[&migrate[..], &["--application", "nobody"]].concat());
    assert_eq!(code, Some(3));
    assert!(words.contains("nobody") && !words.contains("CREATEROLE"), "{words}");
}

#[test]
fn no_password_is_repeated() {
    let secret = "postgres://app:s3cret@127.0.0.1:1/stalela";
    let words =
        ["postgres://app:s3cret@127.0.0.1:port/stalela", "mysql://app:s3cret@host/db", secret];
    for store in words {
        for command in [&["verify"][..], &["serve", "--listen", "127.0.0.1:0"], &["outlet", "list"]]
        {
            let output = stalela(&[command, &["--store", store]].concat());
            assert!(!output.status.success(), "{store}");
            let words = [output.stdout, output.stderr].concat();
            assert!(!String::from_utf8_lossy(&words).contains("s3cret"), "{store} {command:?}");
        }
    }
    let help =
        Command::new(binary()).args(["serve", "--help"]).env("STALELA_STORE", secret).output();
    assert!(!String::from_utf8_lossy(&help.unwrap().stdout).contains("s3cret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill_and_moves_to_a_file() {
    let cluster = cluster();
    let address = migrated(&cluster);
    let shop = Shop::over(&address, "drc/cloud").await;
    shop.start();
    let mut issued = Vec::new();
    for number in 0..6 {
        let (status, invoice) = shop.try_issue(&format!("till/{number}"), SALE).await.unwrap();
        assert_eq!(status, 201, "{invoice}");
        issued.push(invoice);
        if number == 2 {
            // What an agent holds when it is killed waits for its lease to run out.
            delivered(&shop, 3).await;
            shop.kill();
            shop.start();
        }
    }
    let (status, again) = shop.try_issue("till/1", SALE).await.unwrap();
    assert_eq!((status, &again["id"]), (201, &issued[1]["id"]), "{again}");
    delivered(&shop, 6).await;
    let beside = shop.verify();
    assert_eq!(beside["outlets"][0]["sealed"], 6);

    shop.terminate();
    assert!(shop.ended_well());
    let file = shop.folder.path().join("copy.db").display().to_string();
    let rows = output_json(&stalela(&["--json", "store", "copy", &address, &file]));
    assert_eq!(rows["rows"]["invoices"], 6);
    let verified = output_json(&stalela(&["--json", "verify", "--store", &file]));
    assert_eq!(verified, shop.verify());
    let (code, words) = told(&["store", "copy", &file, &address]);
    assert_eq!(code, Some(3));
    assert!(words.contains("is copied to where there is none"), "{words}");

    cluster.sql("postgres", "CREATE DATABASE second");
    let owner = cluster.address("second");
    output_json(&stalela(&["--json", "migrate", "--store", &owner, "--application", "app"]));
    let second = cluster.address_of("second", "app");
    let back =
        output_json(&stalela(&["--json", "store", "copy", &format!("sqlite://{file}"), &second]));
    assert_eq!(back, rows);
    assert_eq!(output_json(&stalela(&["--json", "verify", "--store", &second])), verified);
}

/// Waits until the authority has them all.
async fn delivered(shop: &Shop, invoices: usize) {
    let end = Instant::now() + Duration::from_mins(1);
    loop {
        let path = "/v1/invoices?state=acknowledged&limit=100";
        let page = shop.get(path).await.unwrap_or(Value::Null);
        if page["items"].as_array().map_or(0, Vec::len) == invoices {
            return;
        }
        assert!(Instant::now() < end, "not delivered: {page}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_delivers_what_a_server_seals_and_a_server_drains_before_it_ends() {
    let cluster = cluster();
    let address = migrated(&cluster);
    let shop = Shop::over(&address, "drc/cloud").await;
    shop.start_with(&["--no-agent", "--drain", "600"], "error");
    assert_eq!(shop.status("/readyz").await, 200);
    assert_eq!(shop.try_issue("till/1", SALE).await.unwrap().0, 201);
    let mut agents = [agent(&address, "one"), agent(&address, "two")];
    delivered(&shop, 1).await;
    agents[0].kill().unwrap();
    agents[0].wait().unwrap();
    assert_eq!(shop.try_issue("till/2", SALE).await.unwrap().0, 201);
    delivered(&shop, 2).await;

    shop.terminate();
    let end = Instant::now() + Duration::from_secs(30);
    while shop.status("/readyz").await != 503 {
        assert!(Instant::now() < end, "it does not drain");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shop.status("/healthz").await, 200);
    assert_eq!(shop.try_issue("till/3", SALE).await.unwrap().0, 201, "it serves while it drains");
    delivered(&shop, 3).await;
    shop.terminate();
    assert!(shop.ended_well(), "who asks twice means now");
    let asked = Command::new("kill").args(["-TERM", &agents[1].id().to_string()]).status();
    assert!(asked.unwrap().success());
    assert!(agents[1].wait().unwrap().success());
    assert_eq!(shop.verify()["outlets"][0]["sealed"], 3);
}

fn agent(address: &str, name: &str) -> Child {
    Command::new(binary())
        .args(["agent", "--store", address, "--name", name, "--anchors", "none"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

//! Every command, with what it prints and how it exits.

use std::process::Command;

use crate::shop::{SALE, Shop, binary, output_json, stalela};

#[test]
fn keys_are_made_once_shown_and_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let uri = format!("file:{}", folder.path().join("key.pem").display());
    let made = output_json(&stalela(&["--json", "keys", "new", &uri]));
    let shown = output_json(&stalela(&["--json", "keys", "show", &uri]));
    assert_eq!(made, shown);
    assert_eq!(made["kty"], "EC");
    let again = stalela(&["keys", "new", &uri]);
    assert_eq!(again.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&again.stderr).contains("key.pem"));
}

#[test]
fn words_that_are_not_commands_exit_with_two_and_help_with_nought() {
    assert_eq!(stalela(&["sael"]).status.code(), Some(2));
    let help = stalela(&["issue", "--help"]);
    assert!(help.status.success());
    assert!(String::from_utf8_lossy(&help.stdout).contains("Example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_show_and_verify() {
    let shop = Shop::new("drc/emcf", simulators::drc_emcf::Options::calm).await;
    shop.start();
    let draft = shop.folder.path().join("draft.json");
    std::fs::write(&draft, SALE).unwrap();
    let run = |arguments: &[&str]| {
        Command::new(binary())
            .args(arguments)
            .env("STALELA_URL", shop.url().unwrap())
            .env("STALELA_API_KEY", &shop.api_key)
            .output()
            .unwrap()
    };
    let draft = draft.display().to_string();
    let issue = ["--json", "issue", &draft, "--outlet", &shop.outlet, "--key", "till-1/1"];
    let invoice = output_json(&run(&issue));
    assert_eq!(invoice["totals"]["total"], "4064.00");
    assert_eq!(output_json(&run(&issue))["id"], invoice["id"], "the same key, the same invoice");

    let id = invoice["id"].as_str().unwrap();
    assert_eq!(output_json(&run(&["--json", "show", id]))["number"], invoice["number"]);
    let receipt = run(&["show", id, "--receipt", "text", "--copy"]);
    let receipt = String::from_utf8_lossy(&receipt.stdout).into_owned();
    for word in ["DUPLICATA", "FACTURE DE VENTE", "TEST-", "4.064"] {
        assert!(receipt.contains(word), "{word} is not in\n{receipt}");
    }
    let pdf = run(&["show", id, "--receipt", "pdf"]);
    assert!(pdf.stdout.starts_with(b"%PDF-"));

    std::fs::write(&draft, SALE.replace("\"5\"", "\"-5\"")).unwrap();
    let refused = run(&["issue", &draft, "--outlet", &shop.outlet]);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("/lines/0/quantity") && told.contains("not_positive"), "{told}");
    assert_eq!(shop.verify()["outlets"][0]["sealed"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_was_tampered_with_exits_with_four() {
    let shop = Shop::new("drc/cloud", simulators::drc_emcf::Options::calm).await;
    shop.start();
    assert_eq!(shop.try_issue("1", SALE).await.unwrap().0, 201);
    shop.kill();
    let store = shop.folder.path().join("stalela.db");
    let connection = rusqlite::Connection::open(&store).unwrap();
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for trigger in triggers {
        connection.execute(&format!("DROP TRIGGER {trigger}"), []).unwrap();
    }
    let changed = connection
        .execute("UPDATE entries SET signature = zeroblob(64) WHERE sequence = 1", [])
        .unwrap();
    assert_eq!(changed, 1);
    drop(connection);
    let verified = stalela(&["verify", "--store", store.to_str().unwrap()]);
    assert_eq!(verified.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&verified.stderr).contains("signature"));
}

#[test]
fn the_bench_measures_and_prints_its_ratios() {
    let bench = stalela(&["--json", "bench", "seal", "--seconds", "1", "--clients", "4"]);
    let rows = output_json(&bench);
    let names: Vec<&str> =
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    for name in ["seal, in process", "plain insert of the same bytes, batches of 512"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn the_demonstration_issues_three_invoices_and_prints_a_receipt() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo").display().to_string();
    for _ in 0..2 {
        let demo = stalela(&["demo", "--once", "--data", &data, "--listen", "127.0.0.1:0"]);
        let told = String::from_utf8_lossy(&demo.stdout).into_owned();
        let errors = String::from_utf8_lossy(&demo.stderr).into_owned();
        assert!(demo.status.success(), "{told}{errors}");
        for word in ["KIN01-", "CODE DEF/DGI", "FACTURE DE VENTE", "API key"] {
            assert!(told.contains(word), "{word} is not in\n{told}");
        }
    }
}

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

    let number = invoice["number"].as_str().unwrap();
    assert_eq!(output_json(&run(&["--json", "show", number]))["id"], *id);
    assert_eq!(run(&["show", number, "--receipt", "pdf"]).stdout, pdf.stdout);
    let unknown = run(&["show", "KIN01-2026-999999"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no invoice of the number"));

    let listed = run(&["invoice", "list", "--state", "acknowledged,sealed", "--kind", "sale"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(
        listed.starts_with("ID ") && listed.contains(id) && listed.contains(number),
        "{listed}"
    );
    let none = run(&["invoice", "list", "--customer-tax-id", "O'Neil & Co"]);
    assert_eq!(String::from_utf8_lossy(&none.stdout), "no invoices\n");
    let page =
        output_json(&run(&["--json", "invoice", "list", "--number", number, "--limit", "1"]));
    assert_eq!(page["items"][0]["id"], *id);
    assert_eq!(run(&["invoice", "list", "--state", "lost"]).status.code(), Some(1));

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
fn where_no_ledger_is_nothing_is_verified_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("empty"), "").unwrap();
    std::fs::write(path("letter"), "Dear auditor, all is well. Yours, the shop").unwrap();
    rusqlite::Connection::open(path("foreign")).unwrap().execute("CREATE TABLE x (y)", []).unwrap();
    for name in ["missing", "empty", "letter", "foreign"] {
        for command in [&["verify"][..], &["outlet", "list"]] {
            let ended = stalela(&[command, &["--store", &path(name)]].concat());
            assert_eq!(ended.status.code(), Some(1), "{command:?} {name}");
            let told = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(told.contains("there is no ledger") && told.contains("--store"), "{told}");
            assert!(ended.stdout.is_empty());
        }
    }
    assert!(!std::path::Path::new(&path("missing")).exists());
}

#[tokio::test]
async fn an_empty_ledger_is_told_to_be_empty() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("stalela.db");
    let made = ledger::Ledger::open(&store, ledger::Options::default()).unwrap();
    made.close().await;
    let verified = stalela(&["verify", "--store", store.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success());
    assert!(told.contains("0 entries") && told.contains("empty"), "{told}");
    assert!(!told.contains("as it was written"), "{told}");
}

#[test]
fn where_the_port_is_taken_nothing_is_left_behind() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("data");
    let store = inside.join("stalela.db").display().to_string();
    let inside_text = inside.display().to_string();
    for (command, named) in [
        (["serve", "--store", &store], &["--listen"][..]),
        (["demo", "--data", &inside_text], &["--listen", "--data"]),
    ] {
        let ended = stalela(&[&command[..], &["--listen", &listen]].concat());
        assert_eq!(ended.status.code(), Some(3));
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(told.contains(&listen), "{told}");
        assert!(named.iter().all(|option| told.contains(option)), "{told}");
        assert!(!inside.exists(), "{command:?} left something behind");
    }
}

/// One of each, as docs/operations.md tells them.
#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_are_what_the_documents_say() {
    let shop = Shop::new("drc/cloud", simulators::drc_emcf::Options::calm).await;
    shop.start();
    let store = crate::shop::store(shop.folder.path());
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nowhere.local_addr().unwrap());
    drop(nowhere);
    let there = shop.url().unwrap();
    for (arguments, code) in [
        (&["--version"][..], 0),
        (&["verify", "--store", &store], 0),
        (&["outlet", "list", "--store", &store], 0),
        (&["verify", "--store", "/nowhere/stalela.db"], 1),
        (&["issue", "/nowhere/draft.json", "--api-key", "x"], 1),
        (&["show", "in_x", "--url", &there, "--api-key", "x"], 1),
        (&["outlet", "create", "/nowhere/outlet.json", "--store", &store], 1),
        (&["api-key", "new", "--tenant", "somebody"], 2),
        (&["api-key", "new", "--tenant", "tn_aaaaaaaaaaaaaaaa", "--operation", "all"], 2),
        (&["simulate", "drc-emcf", "--faults", "1001"], 2),
        (&["outlet", "set", "KIN01", "--settings", "x"], 2),
        (&["show", "in_x", "--url", &url, "--api-key", "x"], 3),
        (&["serve", "--store", &store, "--listen", "127.0.0.1:0"], 3),
        (&["keys", "show", "file:/nowhere/key.pem"], 3),
    ] {
        let ended = stalela(arguments);
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {told}");
        assert_eq!(told.is_empty(), code == 0, "{arguments:?}: {told}");
    }
    let locked = stalela(&["serve", "--store", &store, "--listen", "127.0.0.1:0"]);
    let told = String::from_utf8_lossy(&locked.stderr).into_owned();
    assert!(told.contains("--store") && told.contains("Stop it"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn outlets_are_listed_while_a_server_has_the_store_open() {
    let shop = Shop::new("drc/cloud", simulators::drc_emcf::Options::calm).await;
    let store = crate::shop::store(shop.folder.path());
    let list = || output_json(&stalela(&["--json", "outlet", "list", "--store", &store]));
    let before = list();
    shop.start();
    assert_eq!(shop.try_issue("1", SALE).await.unwrap().0, 201);
    assert_eq!(list(), before);
    assert_eq!(before[0]["id"], shop.outlet);
    assert_eq!(before[0]["code"], "KIN01");
    assert_eq!(shop.try_issue("2", SALE).await.unwrap().0, 201, "and it goes on");
}

/// Nobody listens where the authority should be: nothing has left, and that is what is told.
#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_cannot_be_reached_leaves_no_doubt() {
    let shop = Shop::new("drc/emcf", simulators::drc_emcf::Options::calm).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let token = shop.folder.path().join("token-KIN01-0").display().to_string();
    let settings = serde_json::json!({
        "authority": { "isf": "STLTEST01" },
        "wire": {
            "base_url": format!("http://{}", free.local_addr().unwrap()),
            "token": format!("file:{token}"),
        },
    });
    drop(free);
    let file = shop.folder.path().join("settings.json");
    std::fs::write(&file, settings.to_string()).unwrap();
    let store = crate::shop::store(shop.folder.path());
    let file = file.display().to_string();
    let set = stalela(&["outlet", "set", &shop.outlet, "--settings", &file, "--store", &store]);
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
    shop.start_with(&["--patience", "1"], "off");
    let (status, pending) = shop.try_issue("1", SALE).await.unwrap();
    assert_eq!((status, &pending["state"]), (202, &serde_json::json!("requested")), "{pending}");
    let said = pending["last_answer"].as_str().unwrap();
    // Or that the line rests: the survey at the start may have found it dead already.
    assert!(said.starts_with("nothing was sent: "), "{said}");
    let draft = shop.folder.path().join("draft.json");
    std::fs::write(&draft, SALE).unwrap();
    let issued = Command::new(binary())
        .args(["issue", draft.to_str().unwrap(), "--outlet", &shop.outlet, "--key", "1b"])
        .env("STALELA_URL", shop.url().unwrap())
        .env("STALELA_API_KEY", &shop.api_key)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&issued.stdout).into_owned();
    for words in ["nothing may be handed over yet", "nothing was sent: ", "stalela show in_"] {
        assert!(told.contains(words), "{words} is not in\n{told}");
    }
    let path = format!("/v1/invoices/{}/attempts", pending["id"].as_str().unwrap());
    let attempts = shop.get(&path).await.unwrap();
    let attempts = attempts["items"].as_array().unwrap();
    assert!(attempts.iter().all(|attempt| attempt["outcome"] == "not_sent"), "{attempts:?}");
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
        for word in ["KIN01-", "CODE DEF/DGI", "FACTURE DE VENTE", "it has ended"] {
            assert!(told.contains(word), "{word} is not in\n{told}");
        }
        // What is told to type next is true: its server is gone.
        for word in ["STALELA_URL", " show in_", "/docs"] {
            assert!(!told.contains(word), "{word} leads nowhere in\n{told}");
        }
        let (_, verify) = told.split_once("stalela verify ").unwrap();
        let words: Vec<&str> = verify.split_whitespace().take(2).collect();
        assert!(stalela(&[&["verify"][..], &words].concat()).status.success(), "{verify}");
    }
}

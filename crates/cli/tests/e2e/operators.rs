//! What an operator does: outlets that break and are mended, keys while the server runs, outlets
//! that are created through the API, a portal that shows one number twice.

use std::process::{Command, Output};

use serde_json::{Value, json};
use simulators::drc_emcf::{Emcf, Options};

use crate::shop::{DEAD_PROXY, SALE, Shop, binary, create_outlet, output_json, stalela, store};

impl Shop {
    fn store(&self) -> String {
        store(self.folder.path())
    }

    fn outlet_of(&self, code: &str, token: usize) -> String {
        let key = format!("file:{}", self.folder.path().join("keys/outlet.pem").display());
        let folder = self.folder.path();
        let made = create_outlet(folder, &self.simulator, ("drc/emcf", &key), code, token);
        output_json(&made)[0]["id"].as_str().unwrap().to_owned()
    }

    /// A key of the tenant with every outlet and, for once, every right.
    fn all_rights(&self) -> String {
        let store = self.store();
        let listed = output_json(&stalela(&["--json", "outlet", "list", "--store", &store]));
        let tenant = listed[0]["tenant"].as_str().unwrap().to_owned();
        let mut new = vec!["--json", "api-key", "new", "--tenant", &tenant, "--store", &store];
        for operation in server::Operation::ALL {
            new.extend(["--operation", operation.as_str()]);
        }
        output_json(&stalela(&new))["api_key"].as_str().unwrap().to_owned()
    }

    /// A command that asks the server, with a key.
    fn ask(&self, key: &str, arguments: &[&str]) -> Output {
        Command::new(binary())
            .args(arguments)
            .args(["--url", &self.url().unwrap()])
            .envs(DEAD_PROXY)
            .env("STALELA_API_KEY", key)
            .output()
            .unwrap()
    }

    async fn fetch(&self, key: &str, path: &str) -> Value {
        let request = reqwest::Client::new().get(format!("{}{path}", self.url().unwrap()));
        let reply = request.bearer_auth(key).send().await.unwrap();
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
    }

    /// Bodies of different lengths are different requests.
    async fn post(&self, key: &str, path: &str, body: &Value) -> (u16, Value) {
        let reply = reqwest::Client::new()
            .post(format!("{}{path}", self.url().unwrap()))
            .bearer_auth(key)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", format!("{body}").len().to_string())
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap())
    }
}

/// `serve` where it is to fail: it is ended if it serves.
fn failing_serve(shop: &Shop, arguments: &[&str]) -> Output {
    Command::new("timeout")
        .args(["20", binary().to_str().unwrap(), "serve", "--listen", "127.0.0.1:0"])
        .args(["--store", &shop.store()])
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn draft_at(outlet: &str) -> Value {
    let mut draft: Value = serde_json::from_str(SALE).unwrap();
    draft["outlet"] = json!(outlet);
    draft
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_outlet_stops_nobody_else_and_is_mended() {
    let shop = Shop::new("drc/emcf", Options::calm).await;
    let broken = shop.outlet_of("GOM02", 1);
    let key = shop.all_rights();
    std::fs::remove_file(shop.folder.path().join("token-GOM02-1")).unwrap();

    shop.start_with(&[], "off");
    assert_eq!(shop.try_issue("1", SALE).await.unwrap().0, 201, "the other one sells");
    let (status, problem) = shop.post(&key, "/v1/invoices", &draft_at(&broken)).await;
    assert_eq!((status, &problem["code"]), (503, &json!("outlet_unusable")), "{problem}");
    let events = shop.fetch(&key, "/v1/events").await;
    assert!(events.to_string().contains("outlet.unusable"), "{events}");
    shop.kill();

    let strict = failing_serve(&shop, &["--strict"]);
    assert_eq!(strict.status.code(), Some(3), "{}", text(&strict.stderr));
    let told = text(&strict.stderr);
    assert!(told.contains("GOM02") && told.contains("token-GOM02-1"), "{told}");

    let settings = shop.folder.path().join("settings.json");
    let set = |token: &str| {
        let wire = json!({ "base_url": shop.simulator.url, "token": format!("file:{token}") });
        let json = json!({ "authority": { "isf": "STLTEST01" }, "wire": wire });
        std::fs::write(&settings, json.to_string()).unwrap();
        let file = settings.to_str().unwrap();
        stalela(&["outlet", "set", &broken, "--settings", file, "--store", &shop.store()])
    };
    let refused = set("/nowhere");
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("Nothing was written"));
    let token = shop.folder.path().join("renewed");
    std::fs::write(&token, &shop.simulator.tokens[1].token).unwrap();
    let mended = set(token.to_str().unwrap());
    assert!(mended.status.success(), "{}", text(&mended.stderr));
    shop.start_with(&["--strict"], "error");
    let (status, invoice) = shop.post(&key, "/v1/invoices", &draft_at(&broken)).await;
    assert_eq!(status, 201, "{invoice}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_outlet_can_be_used_nothing_is_served() {
    let shop = Shop::new("drc/emcf", Options::calm).await;
    std::fs::remove_file(shop.folder.path().join("token-KIN01-0")).unwrap();
    let failed = failing_serve(&shop, &[]);
    assert_eq!(failed.status.code(), Some(3), "{}", text(&failed.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_and_revoked_while_the_server_runs() {
    let shop = Shop::new("drc/emcf", Options::calm).await;
    let key = shop.all_rights();
    shop.start();
    let new = ["--json", "api-key", "new", "--label", "till-2", "--outlet", &shop.outlet];
    let made = output_json(&shop.ask(&key, &new));
    let (id, till) = (made["id"].as_str().unwrap(), made["api_key"].as_str().unwrap());
    let (status, invoice) = shop.post(till, "/v1/invoices", &draft_at(&shop.outlet)).await;
    assert_eq!(status, 201, "{invoice}");

    let forbidden = shop.ask(till, &new);
    assert_eq!(forbidden.status.code(), Some(1));
    assert!(text(&forbidden.stdout).contains("keys:write"), "{}", text(&forbidden.stdout));
    let revoked = shop.ask(&key, &["api-key", "revoke", id]);
    assert!(revoked.status.success(), "{}", text(&revoked.stderr));
    let (status, problem) = shop.post(till, "/v1/invoices", &draft_at(&shop.outlet)).await;
    assert_eq!((status, &problem["code"]), (401, &json!("api_key_revoked")));
}

/// Its days would not be the authority's: said before anything is written.
#[tokio::test(flavor = "multi_thread")]
async fn an_outlet_in_a_zone_that_is_none_of_its_authoritys_is_not_created() {
    let shop = Shop::new("drc/emcf", Options::calm).await;
    let file = shop.folder.path().join("outlet.json");
    let mut outlet: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    (outlet["code"], outlet["zone"]) = (json!("FAR01"), json!("Pacific/Kiritimati"));
    std::fs::write(&file, outlet.to_string()).unwrap();
    let store = shop.store();
    let refused = stalela(&["outlet", "create", file.to_str().unwrap(), "--store", &store]);
    assert!(!refused.status.success());
    let words = text(&refused.stderr);
    assert!(words.contains("Africa/Kinshasa or Africa/Lubumbashi"), "{words}");
    let listed = output_json(&stalela(&["--json", "outlet", "list", "--store", &store]));
    assert_eq!(listed.as_array().unwrap().len(), 1, "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outlet_created_through_the_api_takes_a_wire_of_the_operator() {
    let shop = Shop::new("drc/emcf", Options::calm).await;
    let key = shop.all_rights();
    let new = json!({
        "code": "API01", "name": "Limete", "zone": "Africa/Kinshasa", "authority": "drc/emcf",
        "settings": { "authority": { "isf": "STLTEST01" }, "wire": "simulator" },
    });
    shop.start();
    let (status, problem) = shop.post(&key, "/v1/outlets", &new).await;
    assert_eq!((status, &problem["code"]), (403, &json!("outlets_not_created_here")));
    shop.kill();

    let token = format!("file:{}", shop.folder.path().join("token-KIN01-0").display());
    let wires = shop.folder.path().join("wires.json");
    let wire = |url: &str| json!({ "base_url": url, "token": token });
    let all = json!({
        "simulator": wire(&shop.simulator.url),
        "test-system": wire("https://test.example.org"),
        "production": wire("https://production.example.org"),
    });
    std::fs::write(&wires, all.to_string()).unwrap();
    let signer = format!("file:{}", shop.folder.path().join("keys/outlet.pem").display());
    let arguments = ["--new-outlet-key", &signer, "--wires", wires.to_str().unwrap()];
    shop.start_with(&[&arguments[..], &["--test-hosts", "test.example.org"]].concat(), "off");
    for (code, wire, expected) in [
        ("API02", json!(wire("http://127.0.0.1:1")), 422),
        ("API03", json!("production"), 422),
        ("API04", json!("test-system"), 201),
        ("API05", json!("simulator"), 201),
    ] {
        let mut outlet = new.clone();
        (outlet["code"], outlet["settings"]["wire"]) = (json!(code), wire);
        let (status, answer) = shop.post(&key, "/v1/outlets", &outlet).await;
        assert_eq!(status, expected, "{code} {answer}");
        if code == "API05" {
            let draft = draft_at(answer["id"].as_str().unwrap());
            let (status, invoice) = shop.post(&key, "/v1/invoices", &draft).await;
            assert_eq!(status, 201, "{invoice}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_two_taxpayers_ask_about_wants_its_outlet() {
    let two_taxpayers = |options: Options| {
        let mut options = options.calm();
        options.emcfs[1] = Emcf::new("B7654321A", "CD02000001-1", "BOUTIQUE LIMETE");
        options
    };
    let shop = Shop::new("drc/emcf", two_taxpayers).await;
    let other = shop.outlet_of("KIN01", 1);
    let key = shop.all_rights();
    shop.start();
    let fault = json!({ "operation": "confirm", "kind": "lost_reply", "count": 2 });
    let armed = reqwest::Client::new()
        .post(format!("{}/faults", shop.simulator.management_url))
        .header("Content-Type", "application/json")
        .body(fault.to_string());
    assert!(armed.send().await.unwrap().status().is_success());
    let mut numbers = Vec::new();
    for outlet in [&shop.outlet, &other] {
        let mut draft = draft_at(outlet);
        draft["reference"] = json!("x".repeat(numbers.len() + 1));
        let (status, pending) = shop.post(&key, "/v1/invoices", &draft).await;
        assert_eq!((status, &pending["state"]), (202, &json!("unanswered")), "{pending}");
        let path = format!("/v1/invoices/{}", pending["id"].as_str().unwrap());
        let invoice = shop.fetch(&key, &path).await;
        numbers.push(invoice["number"].as_str().unwrap().to_owned());
    }
    assert_eq!(numbers[0], numbers[1]);

    let nif = &shop.simulator.tokens[1].nif;
    let rows = shop.managed(&format!("/portal/factures?nif={nif}")).await;
    let mut row = crate::shop::portal_row(&rows[0]);
    let file = shop.folder.path().join("portal.json");
    let reconcile = |row: &Value| {
        std::fs::write(&file, json!([row]).to_string()).unwrap();
        shop.ask(&key, &["--json", "reconcile", file.to_str().unwrap()])
    };
    let refused = reconcile(&row);
    assert_eq!(refused.status.code(), Some(1));
    let told = text(&refused.stdout);
    assert!(told.contains("several invoices of this number") && told.contains(&other), "{told}");
    row["outlet"] = json!(other);
    let told = reconcile(&row);
    assert!(told.status.success(), "{}", text(&told.stdout));
    assert_eq!(
        serde_json::from_slice::<Value>(&told.stdout).unwrap()["told"],
        json!(1),
        "the other taxpayer's waits on"
    );
}

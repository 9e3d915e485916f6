//! Tenants spread over several stores by a map: one server and one agent, and a database that is lost.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use private_postgres::Cluster;
use serde_json::{Value, json};
use simulators::drc_emcf::{self, Options, Running as Simulator};
use tempfile::TempDir;

use crate::fleet::Node;
use crate::postgres::{cluster, migrated};
use crate::shop::{SALE, output_json, stalela};

const PATIENCE: Duration = Duration::from_mins(2);

/// Two stores, a tenant in each, and what they are asked with.
pub(crate) struct Spread {
    folder: TempDir,
    simulator: Simulator,
    pub map: String,
    pub east: Seller,
    pub west: Seller,
    http: reqwest::Client,
}

/// A tenant with an outlet.
#[derive(Clone)]
pub(crate) struct Seller {
    pub tenant: String,
    outlet: String,
    api_key: String,
}

impl Spread {
    /// The one in the east comes where new tenants come; the one in the west was there before the map.
    pub(crate) async fn over(east: &str, west: &str) -> Self {
        let clock = simulators::Clock::of(|| fiscal::Clock::System.now().micros());
        let simulator = drc_emcf::start(Options::new(clock, 11).calm()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let map = folder.path().join("stores.json").display().to_string();
        let text = json!({ "stores": { "east": east }, "default": "east" });
        std::fs::write(&map, text.to_string()).unwrap();
        let here = (folder.path(), &simulator);
        let east_made = create(here, ("East SA", 0, "E1"), ["--store-map", &map]);
        assert_eq!(east_made["store"], "east", "a new tenant comes to the default");
        let west_made = create(here, ("West SA", 1, "W1"), ["--store", west]);
        let text = json!({
            "stores": { "east": { "url": east }, "west": west },
            "tenants": { west_made["tenant"].as_str().unwrap(): "west" },
            "default": "east",
        });
        std::fs::write(&map, text.to_string()).unwrap();
        let (east, west) = (seller(&east_made, &map), seller(&west_made, &map));
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(40)).build();
        Self { folder, simulator, map, east, west, http: http.unwrap() }
    }

    fn anchors(&self) -> String {
        self.folder.path().join("anchors").display().to_string()
    }

    pub(crate) fn server(&self, more: &[&str]) -> Node {
        Node::server_of_map(&self.map, &[&["--anchors", &self.anchors()], more].concat())
    }

    pub(crate) async fn sell(&self, server: &Node, seller: &Seller, key: &str) -> (u16, Value) {
        let mut draft: Value = serde_json::from_str(SALE).unwrap();
        draft["outlet"] = seller.outlet.as_str().into();
        let asked = self
            .http
            .post(format!("{}/v1/invoices", server.url()))
            .bearer_auth(&seller.api_key)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .body(draft.to_string());
        let reply = asked.send().await.unwrap();
        let status = reply.status().as_u16();
        (status, serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap())
    }

    /// Asks until it is answered so.
    pub(crate) async fn sells(
        &self,
        server: &Node,
        seller: &Seller,
        (key, wanted): (&str, u16),
    ) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let (status, told) = self.sell(server, seller, key).await;
            if status == wanted {
                return told;
            }
            assert!(Instant::now() < end, "{key}: {status} {told}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) async fn get(&self, url: &str, key: &str) -> (u16, String) {
        let asked = self.http.get(url);
        let asked = if key.is_empty() { asked } else { asked.bearer_auth(key) };
        let reply = asked.send().await.unwrap();
        (reply.status().as_u16(), reply.text().await.unwrap())
    }

    pub(crate) async fn is_ready(&self, node: &Node, wanted: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let (status, told) = self.get(&format!("{}/readyz", node.url()), "").await;
            if told == wanted {
                assert_eq!(status, 200, "who is taken out takes the other tenants with it");
                return;
            }
            assert!(Instant::now() < end, "{told:?} and not {wanted:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until the authority has so many of a tenant.
    async fn delivered(&self, server: &Node, (seller, invoices): (&Seller, usize)) {
        let end = Instant::now() + PATIENCE;
        let url = format!("{}/v1/invoices?state=acknowledged&limit=100", server.url());
        loop {
            let (_, told) = self.get(&url, &seller.api_key).await;
            let page: Value = serde_json::from_str(&told).unwrap_or_default();
            if page["items"].as_array().map_or(0, Vec::len) == invoices {
                return;
            }
            assert!(Instant::now() < end, "not delivered: {told}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn stalela(&self, words: &[&str]) -> Output {
        stalela(&[&["--json"], words, &["--store-map", &self.map]].concat())
    }

    /// `verify` over all of them: its exit code and what it says.
    fn verify(&self) -> (Option<i32>, Value) {
        let output = self.stalela(&["verify"]);
        let told = serde_json::from_slice(&output.stdout);
        (output.status.code(), told.unwrap_or_else(|error| panic!("{error}: {output:?}")))
    }

    /// That both are sound, with so many sealed.
    pub(crate) fn both_are_sound(&self, east: u64, west: u64) {
        let (code, told) = self.verify();
        assert_eq!(code, Some(0), "{told}");
        for (at, (name, sealed)) in [("east", east), ("west", west)].into_iter().enumerate() {
            let store = &told["stores"][at];
            assert_eq!(store["store"], name);
            let outlets = store["report"]["outlets"].as_array().unwrap().iter();
            let found: u64 = outlets.filter_map(|outlet| outlet["sealed"].as_u64()).sum();
            assert_eq!(found, sealed, "{store}");
        }
    }
}

/// A tenant with an outlet, or another one of the same tenant; the row that tells of it.
fn create(
    (folder, simulator): (&Path, &Simulator),
    (tenant, token, code): (&str, usize, &str),
    place: [&str; 2],
) -> Value {
    let path = |name: String| folder.join(name).display().to_string();
    let (key, secret) = (path(format!("{code}.pem")), path(format!("{code}.token")));
    let uri = format!("file:{key}");
    assert!(stalela(&["keys", "new", &uri]).status.success());
    let token = &simulator.tokens[token];
    std::fs::write(&secret, &token.token).unwrap();
    let outlet = json!({
        "tenant": tenant,
        "taxpayer": { "tax_id": token.nif, "name": tenant, "regime_label": "Assujetti à la TVA" },
        "code": code, "name": "Gombe", "city": "Kinshasa", "zone": "Africa/Kinshasa",
        "authority": "drc/cloud", "environment": "test", "key_uri": uri,
        "settings": {
            "authority": { "isf": "STLTEST01" },
            "wire": { "base_url": simulator.url, "token": format!("file:{secret}") },
        },
    });
    let file = path(format!("{code}.json"));
    std::fs::write(&file, outlet.to_string()).unwrap();
    let made = stalela(&[&["--json", "outlet", "create", &file], &place[..]].concat());
    output_json(&made)[0].clone()
}

fn seller(made: &Value, map: &str) -> Seller {
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    let (tenant, outlet) = (text("tenant"), text("id"));
    let api_key = api_key(&tenant, map);
    Seller { tenant, outlet, api_key }
}

/// A new one.
pub(crate) fn api_key(tenant: &str, map: &str) -> String {
    let new = ["--json", "api-key", "new", "--tenant", tenant, "--store-map", map];
    output_json(&stalela(&new))["api_key"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_a_lost_database_takes_its_own_tenants_with_it_and_no_others() {
    let (east, west): (Cluster, Cluster) = (cluster(), cluster());
    let spread = Spread::over(&migrated(&east), &migrated(&west)).await;
    let server = spread.server(&["--no-agent"]);
    let agent = Node::agent_of_map(&spread.map, &["--anchors", &spread.anchors()]);
    spread.is_ready(&server, "ready").await;
    for (number, seller) in [&spread.east, &spread.west].into_iter().enumerate() {
        let sold = spread.sells(&server, seller, ("till/1", 201)).await;
        let id = sold["id"].as_str().unwrap();
        assert_eq!(id[3..19], seller.outlet[3..], "an id begins with its outlet's");
        let log = format!("{}/v1/outlets/{}/log/checkpoint", server.url(), seller.outlet);
        assert_eq!(spread.get(&log, "").await.0, 200);
        spread.delivered(&server, (seller, 1)).await;
        let (_, keys) =
            spread.get(&format!("{}/.well-known/stalela-keys.json", server.url()), "").await;
        let keys: Value = serde_json::from_str(&keys).unwrap();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 2, "after sale {number}: {keys}");
    }
    spread.both_are_sound(1, 1);

    west.kill();
    spread.is_ready(&server, "ready\nstore_unavailable west").await;
    spread.is_ready(&agent, "ready\nstore_unavailable west").await;
    let refused = spread.sells(&server, &spread.west, ("till/2", 503)).await;
    assert_eq!(refused["code"], "ledger_unavailable", "{refused}");
    for number in 2..=5 {
        let (status, told) = spread.sell(&server, &spread.east, &format!("till/{number}")).await;
        assert_eq!(status, 201, "{told}");
    }
    spread.delivered(&server, (&spread.east, 5)).await;
    let (code, told) = spread.verify();
    assert_eq!(code, Some(3), "{told}");
    assert_eq!(told["stores"][0]["report"]["outlets"][0]["sealed"], 5, "{told}");
    assert_eq!(told["stores"][1]["exit_code"], 3, "{told}");

    // What is started meanwhile works over the one, and over the other as soon as it is there.
    drop(agent);
    let late = spread.server(&["--no-agent"]);
    let agent = Node::agent_of_map(&spread.map, &["--anchors", &spread.anchors()]);
    spread.is_ready(&agent, "ready\nstore_unavailable west").await;
    spread.sells(&late, &spread.east, ("till/6", 201)).await;
    assert_eq!(spread.sell(&late, &spread.west, "till/2").await.0, 503);
    assert!(!spread.stalela(&["serve", "--listen", "127.0.0.1:0", "--strict"]).status.success());
    west.restart();
    let sold = spread.sells(&server, &spread.west, ("till/2", 201)).await;
    let again = spread.sells(&late, &spread.west, ("till/2", 201)).await;
    assert_eq!(sold["id"], again["id"]);
    for node in [&server, &late, &agent] {
        spread.is_ready(node, "ready").await;
    }
    spread.delivered(&server, (&spread.east, 6)).await;
    spread.delivered(&server, (&spread.west, 2)).await;
    spread.both_are_sound(6, 2);
    // Each store has its own anchors: two servers and an agent have each a file of it.
    for (store, other) in [(&spread.east, &spread.west), (&spread.west, &spread.east)] {
        let name = if store.outlet == spread.east.outlet { "east" } else { "west" };
        let kept = kept(&spread.folder.path().join("anchors").join(name));
        assert!(kept.contains(&store.outlet) && !kept.contains(&other.outlet), "{kept}");
    }
}

/// All anchors of a folder.
fn kept(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let anchors = files.filter(|path| path.extension().is_some_and(|name| name == "anchors"));
    anchors
        .map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_and_a_database_are_worked_over_side_by_side() {
    let cluster = cluster();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("west.db").display().to_string();
    let spread = Spread::over(&migrated(&cluster), &file).await;
    let server = spread.server(&[]);
    for seller in [&spread.east, &spread.west] {
        spread.sells(&server, seller, ("till/1", 201)).await;
        spread.delivered(&server, (seller, 1)).await;
    }
    let (status, _) = spread.get(&format!("{}/v1/invoices", server.url()), "sk_test_no").await;
    assert_eq!(status, 401);
    drop(server);
    spread.both_are_sound(1, 1);

    // Commands find the store of what they are told of.
    let here = (spread.folder.path(), &spread.simulator);
    let second = create(here, ("West SA", 1, "W2"), ["--store-map", &spread.map]);
    assert_eq!(
        (&second["store"], &second["tenant"]),
        (&"west".into(), &spread.west.tenant.as_str().into())
    );
    let listed = output_json(&spread.stalela(&["outlet", "list"]));
    let stores: Vec<&str> =
        listed.as_array().unwrap().iter().map(|row| row["store"].as_str().unwrap()).collect();
    assert_eq!(stores, ["east", "west", "west"]);
    let settings = spread.folder.path().join("settings.json");
    let wire = json!({ "base_url": spread.simulator.url, "token": format!("file:{}", settings.display()) });
    let text = json!({ "authority": { "isf": "STLTEST02" }, "wire": wire });
    std::fs::write(&settings, text.to_string()).unwrap();
    let settings = settings.display().to_string();
    let set = spread.stalela(&["outlet", "set", &spread.west.outlet, "--settings", &settings]);
    assert_eq!(output_json(&set)[0]["store"], "west");
    let nowhere =
        spread.stalela(&["outlet", "set", "ou_aaaaaaaaaaaaaaaa", "--settings", &settings]);
    assert_eq!(nowhere.status.code(), Some(1));

    is_not_served_by_a_wrong_map(&spread);
    a_broken_store_is_the_worst(&spread, &file);
}

/// A map that has the tenants elsewhere than they stand.
fn is_not_served_by_a_wrong_map(spread: &Spread) {
    let right = std::fs::read_to_string(&spread.map).unwrap();
    std::fs::write(&spread.map, right.replace(&spread.west.tenant, &spread.east.tenant)).unwrap();
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["agent"], &["verify"]] {
        let output = spread.stalela(command);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {output:?}");
        let told = String::from_utf8_lossy(&output.stdout);
        for seller in [&spread.east, &spread.west] {
            assert!(told.contains(&seller.tenant), "{command:?}: {told}");
        }
        assert!(told.contains("stands in west, and the map has it in east"), "{told}");
    }
    std::fs::write(&spread.map, right).unwrap();
}

/// By the hands of somebody who can do anything to the file.
fn a_broken_store_is_the_worst(spread: &Spread, file: &str) {
    let connection = rusqlite::Connection::open(file).unwrap();
    let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    let mut triggers = connection.prepare(triggers).unwrap();
    let names: Vec<String> =
        triggers.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    drop(triggers);
    for name in names {
        connection.execute(&format!("DROP TRIGGER {name}"), []).unwrap();
    }
    connection
        .execute("UPDATE entries SET signature = zeroblob(64) WHERE sequence = 1", [])
        .unwrap();
    drop(connection);
    let (code, told) = spread.verify();
    assert_eq!(code, Some(4), "{told}");
    assert_eq!(
        told["stores"][0]["report"]["entries"].as_u64().map(|entries| entries > 0),
        Some(true)
    );
    assert_eq!(told["stores"][1]["exit_code"], 4, "{told}");
    std::fs::remove_file(file).unwrap();
    let (code, told) = spread.verify();
    assert_eq!(code, Some(1), "what is not there is no sound ledger: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_store_of_several_is_noticed_by_its_own_anchors_and_recovered() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (east, west, backup) = (place("east.db"), place("west.db"), place("backup.db"));
    let spread = Spread::over(&east, &west).await;
    let session = async |first: u32| {
        let server = spread.server(&["--no-agent"]);
        for seller in [&spread.east, &spread.west] {
            for number in first..first + 2 {
                spread.sells(&server, seller, (&format!("till/{number}"), 201)).await;
            }
        }
        ended(server);
    };
    session(1).await;
    std::fs::copy(&west, &backup).unwrap();
    session(3).await;
    std::fs::copy(&backup, &west).unwrap();

    let server = spread.server(&["--no-agent"]);
    let rolled_back = format!("ready\nstore_rolled_back {}", spread.west.outlet);
    spread.is_ready(&server, &rolled_back).await;
    spread.sells(&server, &spread.east, ("till/5", 201)).await;
    let (status, told) = spread.sell(&server, &spread.west, "till/5").await;
    assert_eq!((status, &told["code"]), (409, &Value::from("store_rolled_back")), "{told}");
    ended(server);
    let anchors = spread.anchors();
    let words = ["outlet", "recover", &spread.west.outlet, "--operator", "J. Ilunga", "--yes"];
    let reason = ["--reason", "the disk failed", "--anchors", &anchors];
    let recovered = output_json(&spread.stalela(&[&words[..], &reason].concat()));
    assert_eq!(
        (&recovered["anchored"], &recovered["found"]),
        (&4.into(), &2.into()),
        "{recovered}"
    );
    let server = spread.server(&["--no-agent"]);
    let sold = spread.sells(&server, &spread.west, ("till/5", 201)).await;
    assert!(sold["number"].as_str().unwrap().ends_with("000005"), "{sold}");
    drop(server);
    spread.both_are_sound(5, 3);
}

/// Told to stop, and waited for: a file is whole then, without its log.
pub(crate) fn ended(server: Node) {
    server.terminate();
    assert!(tokio::task::block_in_place(|| server.ended_well()));
}

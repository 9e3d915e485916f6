//! A shop with its own store, set up by the command line; its server is a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};
use simulators::drc_emcf::{self, Options, Running};
use tempfile::TempDir;

/// `S` is the simulator of its authority.
pub(crate) struct Shop<S = Running> {
    pub folder: TempDir,
    pub simulator: S,
    pub api_key: String,
    pub outlet: String,
    http: reqwest::Client,
    server: Mutex<Option<Server>>,
    /// A server that somebody else started.
    elsewhere: Mutex<Option<String>>,
}

struct Server {
    child: Child,
    url: String,
}

/// A proxy that is not there, for whatever asks one.
pub(crate) const DEAD_PROXY: [(&str, &str); 4] = [
    ("http_proxy", "http://127.0.0.1:9"),
    ("https_proxy", "http://127.0.0.1:9"),
    ("no_proxy", ""),
    ("NO_PROXY", ""),
];

pub(crate) const SALE: &str = r#"{
  "kind": "sale", "prices": "tax_included",
  "operator": { "name": "JACQUES" }, "customer": { "kind": "person" },
  "lines": [
    { "code": "001", "kind": "goods", "name": "EAU", "quantity": "5", "unit_price": "720.00", "tax_group": "A" },
    { "code": "002", "kind": "goods", "name": "LAIT GR", "quantity": "1", "unit_price": "464.00", "tax_group": "B" }
  ]
}"#;

impl Shop {
    pub(crate) async fn new(authority: &str, change: impl FnOnce(Options) -> Options) -> Self {
        Self::within(tempfile::tempdir().unwrap(), authority, change).await
    }

    /// A shop whose store is a database.
    pub(crate) async fn over(database: &str, authority: &str) -> Self {
        Self::over_with(database, authority, Options::calm).await
    }

    pub(crate) async fn over_with(
        database: &str,
        authority: &str,
        change: impl FnOnce(Options) -> Options,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(ADDRESS), database).unwrap();
        Self::within(folder, authority, change).await
    }

    async fn within(
        folder: TempDir,
        authority: &str,
        change: impl FnOnce(Options) -> Options,
    ) -> Self {
        let clock = simulators::Clock::of(|| fiscal::Clock::System.now().micros());
        let simulator = drc_emcf::start(change(Options::new(clock, 11))).await.unwrap();
        let (tenant, outlet) = set_up(folder.path(), &simulator, authority);
        Self::open(folder, simulator, (&tenant, outlet))
    }

    /// What the simulator's management port says.
    pub(crate) async fn managed(&self, path: &str) -> Vec<Value> {
        self.listed(format!("{}{path}", self.simulator.management_url)).await
    }

    /// The operator's evening: exports the portal, and reconciles what was unanswered.
    pub(crate) async fn reconcile(&self) -> Output {
        let nif = &self.simulator.tokens[0].nif;
        let rows = self.managed(&format!("/portal/factures?nif={nif}")).await;
        let mut rows: Vec<Value> = rows.iter().map(portal_row).collect();
        let there: Vec<Value> = rows.iter().map(|row| row["number"].clone()).collect();
        let asked = self.get("/v1/invoices?state=unanswered&limit=100").await.unwrap();
        for invoice in asked["items"].as_array().unwrap() {
            if !there.contains(&invoice["number"]) {
                let row = json!({ "number": invoice["number"], "not_registered": true });
                rows.push(row);
            }
        }
        let file = self.folder.path().join("portal.json");
        std::fs::write(&file, Value::from(rows).to_string()).unwrap();
        let url = self.url().unwrap();
        let key = self.api_key.clone();
        tokio::task::spawn_blocking(move || {
            Command::new(binary())
                .args(["--json", "reconcile", file.to_str().unwrap(), "--url", &url])
                .envs(DEAD_PROXY)
                .env("STALELA_API_KEY", key)
                .output()
                .unwrap()
        })
        .await
        .unwrap()
    }
}

impl<S> Shop<S> {
    /// A shop whose store holds that tenant and outlet, and now a key for its server.
    pub(crate) fn open(folder: TempDir, simulator: S, (tenant, outlet): (&str, String)) -> Self {
        let store = store(folder.path());
        let new = ["--json", "api-key", "new", "--tenant", tenant, "--outlet", &outlet];
        let key = stalela(&[&new[..], &["--store", &store]].concat());
        let api_key = output_json(&key)["api_key"].as_str().unwrap().to_owned();
        let http = reqwest::Client::new();
        let (server, elsewhere) = (Mutex::default(), Mutex::default());
        Self { folder, simulator, api_key, outlet, http, server, elsewhere }
    }

    /// Starts the server, and waits until it says where it listens.
    pub(crate) fn start(&self) {
        self.start_with(&[], "error");
    }

    pub(crate) fn start_with(&self, arguments: &[&str], log: &str) {
        let mut child = Command::new(binary())
            .args(["--json", "serve", "--listen", "127.0.0.1:0", "--rate", "0"])
            .args(["--store", &store(self.folder.path())])
            .args(arguments)
            .env("STALELA_ANCHORS", self.folder.path().join("anchors"))
            .env("STALELA_LOG", log)
            // Nobody listens there: what goes to this machine goes through no proxy.
            .envs(DEAD_PROXY)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("it said {line:?}"));
        let url = format!("http://{}", told["listening"].as_str().unwrap());
        *self.server.lock().unwrap() = Some(Server { child, url });
    }

    /// `kill -9`.
    pub(crate) fn kill(&self) {
        let mut server = self.server.lock().unwrap().take().unwrap();
        server.child.kill().unwrap();
        server.child.wait().unwrap();
    }

    /// As a supervisor asks: SIGTERM. The server may still be asked while it ends.
    pub(crate) fn terminate(&self) {
        let id = self.server.lock().unwrap().as_ref().unwrap().child.id();
        let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status();
        assert!(asked.unwrap().success());
    }

    /// Waits for its end, and tells whether it was a good one.
    pub(crate) fn ended_well(&self) -> bool {
        let mut server = self.server.lock().unwrap().take().unwrap();
        server.child.wait().unwrap().success()
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        let url = format!("{}{path}", self.url().unwrap());
        self.http.get(url).send().await.unwrap().status().as_u16()
    }

    /// From now on that server is asked, which somebody else started.
    pub(crate) fn ask_at(&self, url: String) {
        *self.elsewhere.lock().unwrap() = Some(url);
    }

    pub(crate) fn url(&self) -> Option<String> {
        if let Some(url) = &*self.elsewhere.lock().unwrap() {
            return Some(url.clone());
        }
        self.server.lock().unwrap().as_ref().map(|server| server.url.clone())
    }

    /// One attempt to issue: the status and the body, or nothing where nobody answered.
    pub(crate) async fn try_issue(&self, key: &str, draft: &str) -> Option<(u16, Value)> {
        let reply = self
            .http
            .post(format!("{}/v1/invoices", self.url()?))
            .bearer_auth(&self.api_key)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .body(draft.to_owned())
            .send()
            .await
            .ok()?;
        let status = reply.status().as_u16();
        Some((status, serde_json::from_slice(&reply.bytes().await.ok()?).ok()?))
    }

    pub(crate) async fn get(&self, path: &str) -> Option<Value> {
        let url = format!("{}{path}", self.url()?);
        let reply = self.http.get(url).bearer_auth(&self.api_key).send().await.ok()?;
        serde_json::from_slice(&reply.bytes().await.ok()?).ok()
    }

    /// A list of a management port.
    pub(crate) async fn listed(&self, url: String) -> Vec<Value> {
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
    }

    pub(crate) fn verify(&self) -> Value {
        output_json(&stalela(&["--json", "verify", "--store", &store(self.folder.path())]))
    }
}

impl<S> Drop for Shop<S> {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.lock().unwrap().take() {
            let _ = server.child.kill();
            let _ = server.child.wait();
        }
    }
}

pub(crate) fn portal_row(row: &Value) -> Value {
    json!({
        "number": row["rn"],
        "registered": {
            "code": row["codeDEFDGI"], "qr": row["qrCode"], "total": decimal(&row["total"]),
            "details": {
                "nim": row["nim"], "counters": row["counters"], "time": row["dateTime"],
            },
        },
    })
}

fn decimal(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The outlet, as `stalela outlet create` makes it.
fn set_up(folder: &Path, simulator: &Running, authority: &str) -> (String, String) {
    let key = folder.join("keys/outlet.pem");
    let uri = format!("file:{}", key.display());
    assert!(stalela(&["keys", "new", &uri]).status.success());
    let made = output_json(&create_outlet(folder, simulator, (authority, &uri), "KIN01", 0));
    let text = |key: &str| made[0][key].as_str().unwrap().to_owned();
    (text("tenant"), text("id"))
}

/// An outlet of the taxpayer whose token that is.
pub(crate) fn create_outlet(
    folder: &Path,
    simulator: &Running,
    (authority, key): (&str, &str),
    code: &str,
    token: usize,
) -> Output {
    let emcf = &simulator.tokens[token];
    let token = folder.join(format!("token-{code}-{token}"));
    std::fs::write(&token, &emcf.token).unwrap();
    let outlet = json!({
        "tenant": "Supermarché Central",
        "taxpayer": {
            "tax_id": emcf.nif, "name": "SUPERMARCHÉ CENTRAL",
            "regime_label": "Assujetti à la TVA", "email": "info@example.cd",
        },
        "code": code, "name": "Gombe", "city": "Kinshasa", "zone": "Africa/Kinshasa",
        "authority": authority, "environment": "test", "key_uri": key,
        "settings": {
            "authority": { "isf": "STLTEST01" },
            "wire": { "base_url": simulator.url, "token": format!("file:{}", token.display()) },
        },
    });
    let file = folder.join("outlet.json");
    std::fs::write(&file, outlet.to_string()).unwrap();
    let file = file.display().to_string();
    stalela(&["--json", "outlet", "create", &file, "--store", &store(folder)])
}

/// Where the shop's store is: at the address that lies in its folder, or a file beside it.
pub(crate) fn store(folder: &Path) -> String {
    let file = || folder.join("stalela.db").display().to_string();
    std::fs::read_to_string(folder.join(ADDRESS)).unwrap_or_else(|_| file())
}

const ADDRESS: &str = "address-of-store";

pub(crate) fn binary() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_stalela"))
}

pub(crate) fn stalela(arguments: &[&str]) -> Output {
    // No command leaves anchors where the tests are run.
    Command::new(binary()).args(arguments).env("STALELA_ANCHORS", "none").output().unwrap()
}

pub(crate) fn output_json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

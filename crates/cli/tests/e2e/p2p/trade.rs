//! A Dominican taxpayer that issues and receives: its store, its server, and the DGII's simulator.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use simulators::dom_ecf::{self, Options, Running};

use crate::shop::{DEAD_PROXY, binary, output_json, stalela, store};

/// The taxpayer.
pub(super) const TAX_ID: &str = "101000001";
/// To whom it issues.
pub(super) const CUSTOMER: &str = "131888888";

pub(super) struct Trade {
    pub folder: tempfile::TempDir,
    pub simulator: Running,
    api_key: String,
    server: Child,
    pub url: String,
    http: reqwest::Client,
}

impl Trade {
    /// A server that asks whoever knocks for a token.
    pub(super) async fn new() -> Self {
        Self::beside(|options| options).await
    }

    /// The same beside a simulator that is calm but for what `change` changes.
    pub(super) async fn beside(change: impl FnOnce(Options) -> Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = simulators::Clock::of(|| fiscal::Clock::System.now().micros());
        let simulator = dom_ecf::start(change(Options::new(clock, 5).calm())).await.unwrap();
        person(folder.path(), "taxpayer", "00100000001");
        let api_key = set_up(folder.path(), &simulator);
        let (server, url) = serve(folder.path());
        Self { folder, simulator, api_key, server, url, http: reqwest::Client::new() }
    }

    /// Where others reach the taxpayer, as it would stand in the directory.
    pub(super) fn door(&self) -> String {
        format!("{}/receive/test/{TAX_ID}", self.url)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that asks the server.
    pub(super) fn ask(&self, arguments: &[&str]) -> Output {
        Command::new(binary())
            .args(arguments)
            .envs(DEAD_PROXY)
            .env("STALELA_URL", &self.url)
            .env("STALELA_API_KEY", &self.api_key)
            .output()
            .unwrap()
    }

    pub(super) fn ask_json(&self, arguments: &[&str]) -> Value {
        output_json(&self.ask(&[&["--json"], arguments].concat()))
    }

    /// Issues the example of a tax credit invoice.
    pub(super) fn issue(&self) -> Value {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/do");
        self.ask_json(&["issue", examples.join("tax_credit_invoice.json").to_str().unwrap()])
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.api_key);
        json_of(request).await.1
    }

    /// What the simulator's management port shows of its counterpart.
    pub(super) async fn counterpart(&self) -> Value {
        self.managed("/counterpart").await
    }

    /// What the simulator's management port shows.
    pub(super) async fn managed(&self, path: &str) -> Value {
        json_of(self.http.get(format!("{}{path}", self.simulator.management_url))).await.1
    }

    /// Stops the server.
    pub(super) fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Tells the simulator's management port something.
    pub(super) async fn manage(&self, path: &str, order: &Value) {
        let request = self.http.post(format!("{}{path}", self.simulator.management_url));
        let request = request.header("Content-Type", "application/json");
        let (status, told) = json_of(request.body(order.to_string())).await;
        assert_eq!(status, 200, "{told}");
    }

    /// Has the counterpart send us a document, and tells what it says of it.
    pub(super) async fn order_document(&self) -> Value {
        self.order_document_of("31").await
    }

    /// The same of a type.
    pub(super) async fn order_document_of(&self, kind: &str) -> Value {
        let door = self.door();
        let order = json!({
            "rnc": TAX_ID, "tipoEncf": kind, "urlRecepcion": door, "urlAutenticacion": door,
        });
        let (status, sent) = self.order("emisioncomprobantes", &order).await;
        assert_eq!(status, 200, "{sent}");
        sent
    }

    /// Has the counterpart do something; it wants a token like anybody.
    pub(super) async fn order(&self, path: &str, order: &Value) -> (u16, Value) {
        let host = format!("{}/testecf/emisorreceptor", self.simulator.url);
        let seed = self.http.get(format!("{host}/fe/autenticacion/api/semilla"));
        let seed = seed.send().await.unwrap().bytes().await.unwrap();
        fs::write(self.path("seed.xml"), &seed).unwrap();
        let key = format!("file:{}", self.path("taxpayer.pem").display());
        let (file, certificate) = (self.path("seed.xml"), self.path("taxpayer.crt"));
        let sign = ["ecf", "sign", file.to_str().unwrap(), "--key", &key, "--certificate"];
        let signed = stalela(&[&sign[..], &[certificate.to_str().unwrap()]].concat());
        assert!(signed.status.success(), "{signed:?}");
        let validate = format!("{host}/fe/autenticacion/api/validacioncertificado");
        let validate = self.http.post(validate).header("Content-Type", "application/xml");
        let token = json_of(validate.body(signed.stdout)).await.1;
        let request = self.http.post(format!("{host}/api/emision/{path}"));
        let request = request.bearer_auth(token["token"].as_str().unwrap());
        let request = request.header("Content-Type", "application/json");
        json_of(request.body(order.to_string())).await
    }
}

impl Drop for Trade {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

async fn json_of(request: reqwest::RequestBuilder) -> (u16, Value) {
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    let body = reply.bytes().await.unwrap();
    let told = serde_json::from_slice(&body);
    (status, told.unwrap_or_else(|_| panic!("{status} {}", String::from_utf8_lossy(&body))))
}

/// The outlet with numbers to issue under, and a key of the API.
fn set_up(folder: &Path, simulator: &Running) -> String {
    let path = |name: &str| folder.join(name).display().to_string();
    let entries = format!("file:{}", path("outlet.pem"));
    assert!(stalela(&["keys", "new", &entries]).status.success());
    let outlet = json!({
        "tenant": "Ferretera", "zone": "America/Santo_Domingo", "environment": "test",
        "taxpayer": { "tax_id": TAX_ID, "name": "FERRETERA SRL", "address": "Calle 1" },
        "code": "SDQ01", "name": "Principal", "address": "Calle 1", "city": "Santo Domingo",
        "authority": "dom/ecf", "key_uri": entries,
        "settings": {
            "wire": { "base_url": simulator.url }, "receiving": { "tokens": "required" },
            "taxpayer_key": format!("file:{}", path("taxpayer.pem")),
            "taxpayer_certificate": path("taxpayer.crt"),
        },
    });
    fs::write(path("outlet.json"), outlet.to_string()).unwrap();
    let store = store(folder);
    let run = |arguments: &[&str]| {
        output_json(&stalela(&[&["--json"], arguments, &["--store", &store]].concat()))
    };
    let made = run(&["outlet", "create", &path("outlet.json")]);
    let text = |key: &str| made[0][key].as_str().unwrap();
    let numbers = ["--first", "E310000000001", "--last", "E310000000010"];
    let add = ["sequence", "add", text("id"), "--kind", "31", "--expires-on", "2028-12-31"];
    run(&[&add[..], &numbers[..]].concat());
    let notes = ["--kind", "34", "--first", "E340000000001", "--last", "E340000000010"];
    run(&[&["sequence", "add", text("id")], &notes[..]].concat());
    let reach = ["--tenant", text("tenant"), "--outlet", text("id")];
    let key = run(&[&["api-key", "new"], &reach[..]].concat());
    key["api_key"].as_str().unwrap().to_owned()
}

fn serve(folder: &Path) -> (Child, String) {
    let mut server = Command::new(binary())
        .args(["--json", "serve", "--listen", "127.0.0.1:0", "--store", &store(folder)])
        .env("STALELA_LOG", "error")
        .envs(DEAD_PROXY)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    (server, format!("http://{}", told["listening"].as_str().unwrap()))
}

/// A key, and a certificate of a natural person, as `NAME.pem` and `NAME.crt`.
pub(super) fn person(folder: &Path, name: &str, cedula: &str) {
    let (key, certificate) = (format!("{name}.pem"), format!("{name}.crt"));
    let subject = format!("/C=DO/CN=PERSONA DE PRUEBA/serialNumber=IDCDO-{cedula}");
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365"])
        .args(["-keyout", &key, "-out", &certificate, "-subj", &subject])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::set_permissions(folder.join(key), Permissions::from_mode(0o600)).unwrap();
}

//! The real app over a real ledger, for tests: a software key, a manual clock, a scripted line.

use std::sync::Arc;

use authorities::{Request as Asked, Response as Replied, SessionToken, Target};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use fiscal::{Admitting, Chance, Clock, Desks, Exchanging, Leave, Patience, Unanswered, Wire};
use invoice::{OutletId, TaxpayerId, TenantId, Timestamp};
use ledger::{Environment, Ledger, NewLease, NumberTemplate, Options, Outlet, Taxpayer, Tenant};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use crate::{App, NewApiKey, NewOutlets, Operation, Reach, Settings, new_api_key, router};

/// What the other end of the line does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Script {
    /// Answers nothing.
    Silent,
    /// Refuses every document.
    Refusing,
    /// Prices, and confirms without saying what.
    Vague,
    /// Prices and confirms.
    Sealing,
    /// Answers nothing for a long time.
    Stuck,
}

pub(crate) struct TestApp {
    pub app: App,
    router: Router,
    pub clock: Clock,
    /// What an agent waits on.
    pub wake: Arc<Notify>,
    pub chance: Chance,
    pub tenant: TenantId,
    pub outlet: OutletId,
    /// Of a key with every right and all outlets.
    pub key: String,
    /// The same of another tenant.
    pub stranger: String,
    key_uri: String,
    authority: &'static str,
    _folder: tempfile::TempDir,
}

pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub json: Value,
}

const SEED: u64 = 7;

/// A sale of 11600.00, tax 1600.00 of it.
pub(crate) fn draft() -> Value {
    json!({
        "kind": "sale",
        "prices": "tax_included",
        "operator": {"name": "Amina"},
        "customer": {"kind": "person"},
        "lines": [{
            "kind": "goods", "name": "Riz 25 kg", "quantity": "2",
            "unit_price": "5800.00", "tax_group": "B",
        }],
    })
}

impl TestApp {
    /// Seals at once; the authority is told later.
    pub(crate) async fn direct() -> Self {
        Self::with("drc/cloud", Script::Silent, Settings::default()).await
    }

    /// Asks the authority first, and it refuses.
    pub(crate) async fn asking() -> Self {
        Self::with("drc/emcf", Script::Refusing, Settings::default()).await
    }

    /// Asks the authority first, and what it confirmed is lost.
    pub(crate) async fn losing_the_confirmation() -> Self {
        Self::with("drc/emcf", Script::Vague, Settings::default()).await
    }

    /// Outlets are created elsewhere.
    pub(crate) async fn without_new_outlets() -> Self {
        let settings = Settings::default();
        Self::put_together("drc/cloud", Script::Silent, settings, false, SEED).await
    }

    /// One whose outlet and keys are other ones than every other's, as another store has them.
    pub(crate) async fn other(seed: u64) -> Self {
        Self::put_together("drc/cloud", Script::Silent, Settings::default(), true, seed).await
    }

    /// From now on its requests come to that router.
    pub(crate) fn ask_at(&mut self, router: Router) {
        self.router = router;
    }

    pub(crate) async fn with(authority: &'static str, script: Script, settings: Settings) -> Self {
        Self::put_together(authority, script, settings, true, SEED).await
    }

    async fn put_together(
        authority: &'static str,
        script: Script,
        settings: Settings,
        creates_outlets: bool,
        seed: u64,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("key.pem");
        signing::software::generate(&key_file).unwrap();
        let key_uri = format!("file:{}", key_file.display());
        let ledger = Ledger::open(&folder.path().join("ledger.db"), Options::default()).unwrap();
        let ledger = Arc::new(ledger);
        let clock = Clock::manual(Timestamp::parse("2026-11-20T09:30:00Z").unwrap());
        let chance = Chance::seeded(seed);
        let wire: Arc<dyn Wire> = Arc::new(script);
        let open_wire: fiscal::OpenWire =
            Arc::new(move |_, settings| match settings.member("broken") {
                Some(_) => Err("there is no file /secret".to_owned()),
                None => Ok(Arc::clone(&wire)),
            });
        let given = NewOutlets { key_uri: key_uri.clone(), wires: wires() };
        let desks = Desks::new(Arc::clone(&ledger), clock.clone(), chance.clone(), open_wire);
        let settings = Settings { new_outlets: creates_outlets.then_some(given), ..settings };
        let wake = Arc::new(Notify::new());
        let app = App::new(Arc::new(desks), settings, Arc::clone(&wake));
        let mut test = Self {
            router: router(app.clone()),
            app,
            clock,
            wake,
            chance,
            tenant: TenantId::from_random([1; 10]),
            outlet: OutletId::from_random([0; 10]),
            key: String::new(),
            stranger: String::new(),
            key_uri,
            authority,
            _folder: folder,
        };
        let stranger = TenantId::from_random([2; 10]);
        for tenant in [test.tenant.clone(), stranger.clone()] {
            test.create_tenant(tenant).await;
        }
        test.key = test.new_key(&test.tenant, Environment::Test, Reach::All).await;
        test.stranger = test.new_key(&stranger, Environment::Test, Reach::All).await;
        test.outlet = test.add_outlet("KIN01").await;
        test
    }

    pub(crate) fn ledger(&self) -> &Arc<Ledger> {
        self.app.ledger()
    }

    async fn create_tenant(&self, id: TenantId) {
        let created_at = self.clock.now();
        let tenant = Tenant { id: id.clone(), name: "A trader".to_owned(), created_at };
        self.ledger().create_tenant(tenant).await.unwrap();
        let taxpayer = Taxpayer {
            id: taxpayer_of(&id),
            tenant: id,
            tax_id: "A1234567B".to_owned(),
            name: "Commerce Exemple SARL".to_owned(),
            register: Some("CD/KIN/RCCM/26-B-00001".to_owned()),
            regime_label: None,
            address: Some("1, avenue du Commerce".to_owned()),
            phone: None,
            email: None,
            created_at,
        };
        self.ledger().create_taxpayer(taxpayer).await.unwrap();
    }

    /// The file of the key that signs is gone.
    pub(crate) fn remove_key(&self) {
        std::fs::remove_file(self.key_uri.strip_prefix("file:").unwrap()).unwrap();
    }

    pub(crate) async fn add_outlet(&self, code: &str) -> OutletId {
        self.add_outlet_with(code, r#"{"authority":{"isf":"TEST01"}}"#).await
    }

    pub(crate) async fn add_outlet_with(&self, code: &str, settings: &str) -> OutletId {
        let id = OutletId::from_random(self.chance.bytes());
        let outlet = Outlet {
            tenant: self.tenant.clone(),
            taxpayer: taxpayer_of(&self.tenant),
            id: id.clone(),
            code: code.to_owned(),
            name: "Marché central".to_owned(),
            address: None,
            city: None,
            phone: None,
            email: None,
            zone: "Africa/Kinshasa".to_owned(),
            number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap(),
            authority: self.authority.to_owned(),
            environment: Environment::Test,
            key_uri: self.key_uri.clone(),
            settings: settings.to_owned(),
            created_at: self.clock.now(),
        };
        self.ledger().create_outlet(outlet).await.unwrap();
        id
    }

    pub(crate) async fn new_key(
        &self,
        tenant: &TenantId,
        environment: Environment,
        reach: Reach,
    ) -> String {
        self.new_key_for(tenant, environment, reach, &Operation::ALL).await
    }

    pub(crate) async fn new_key_for(
        &self,
        tenant: &TenantId,
        environment: Environment,
        reach: Reach,
        operations: &[Operation],
    ) -> String {
        let new = NewApiKey {
            tenant: tenant.clone(),
            environment,
            operations: operations.to_vec(),
            reach,
            label: "a test".to_owned(),
            expires_at: None,
        };
        let (text, row) = new_api_key(new, &self.chance, self.clock.now());
        self.ledger().create_api_key(row).await.unwrap();
        text
    }

    /// A key that reaches this outlet only.
    pub(crate) async fn key_for(&self, outlet: &OutletId) -> String {
        self.new_key(&self.tenant, Environment::Test, Reach::Only(vec![outlet.clone()])).await
    }

    pub(crate) async fn live_key(&self) -> String {
        self.new_key(&self.tenant, Environment::Live, Reach::All).await
    }

    pub(crate) async fn issue(&self, idempotency_key: &str, draft: &Value) -> Answer {
        self.issue_at(idempotency_key, &self.outlet, draft).await
    }

    pub(crate) async fn issue_at(&self, key: &str, outlet: &OutletId, draft: &Value) -> Answer {
        let mut draft = draft.clone();
        draft["outlet"] = json!(outlet.as_str());
        self.post_with("/v1/invoices", &draft, &[("idempotency-key", key)]).await
    }

    /// As an agent would: what is due of the outlet, once.
    pub(crate) async fn drive_what_is_due(&self) {
        let desk = self.app.desks().desk(&self.tenant, &self.outlet).await.unwrap();
        let now = self.clock.now();
        let lease =
            NewLease { owner: "test".to_owned(), until: now.plus_micros(60 * invoice::SECOND) };
        for leased in self.ledger().lease_due(lease, 10, now).await.unwrap() {
            fiscal::drive(&desk, leased, Patience::None).await;
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(&self.key, path).await
    }

    pub(crate) async fn get_as(&self, key: &str, path: &str) -> Answer {
        self.send(self.request("GET", path, key, &[]).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(&self.key, path, body).await
    }

    pub(crate) async fn post_as(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.post_bytes(key, path, body.to_string().into_bytes(), &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        body: &Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.post_bytes(&self.key, path, body.to_string().into_bytes(), headers).await
    }

    pub(crate) async fn post_bytes(
        &self,
        key: &str,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = self.request("POST", path, key, headers);
        let request = request.header("content-type", "application/json");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn post_empty(&self, path: &str) -> Answer {
        self.post_empty_as(&self.key, path).await
    }

    pub(crate) async fn post_empty_as(&self, key: &str, path: &str) -> Answer {
        self.send(self.request("POST", path, key, &[]).body(Body::empty()).unwrap()).await
    }

    #[expect(clippy::unused_self, reason = "it reads like the other verbs")]
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        key: &str,
        headers: &[(&str, &str)],
    ) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path);
        let request = match key {
            "" => request,
            key => request.header("authorization", format!("Bearer {key}")),
        };
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 * 1024 * 1024).await.unwrap().to_vec();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let answer = Answer { status: parts.status, headers: parts.headers, body, json };
        assert!(answer.header("request-id").is_some(), "every response has an id");
        if answer.status.as_u16() >= 400 {
            answer.assert_is_problem();
        }
        answer
    }

    /// The last entry's place in the outlet's chain.
    pub(crate) async fn head(&self) -> u64 {
        self.ledger().head(&self.tenant, &self.outlet).await.unwrap().unwrap().sequence
    }
}

impl Answer {
    pub(crate) fn assert_status(&self, status: u16) {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{body}");
    }

    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        self.assert_status(status);
        assert_eq!(self.text("/code"), code, "{}", self.json);
    }

    fn assert_is_problem(&self) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.json);
        assert_eq!(self.json["status"], json!(self.status.as_u16()));
        for member in ["type", "title", "detail", "code", "request_id"] {
            assert!(self.json[member].is_string(), "{member} in {}", self.json);
        }
        assert_eq!(self.header("request-id"), self.json["request_id"].as_str());
        for language in ["fr", "es", "en"] {
            let words = self.json["messages"][language].as_str().unwrap();
            assert!(!words.contains('{') || words.contains("{…}"), "an open value: {words}");
        }
    }

    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {}", self.json))
    }

    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Wire for Script {
    fn admit<'a>(&'a self, _: &'a Target, _: Timestamp) -> Admitting<'a> {
        Box::pin(async { Ok(()) })
    }

    fn exchange<'a>(
        &'a self,
        request: &'a Asked,
        _: Option<&'a SessionToken>,
        _: &'a Leave,
    ) -> Exchanging<'a> {
        Box::pin(async move {
            let body = match (self, request.operation) {
                (Self::Silent, _) => return Err(Unanswered::Lost("the line is down".to_owned())),
                (Self::Stuck, _) => {
                    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
                    return Err(Unanswered::Lost("the line is slow".to_owned()));
                }
                (Self::Refusing, _) => json!({"errorCode": "5", "errorDesc": "IFU inconnu"}),
                (Self::Vague | Self::Sealing, "invoice") => json!({
                    "uid": "01234567-89ab-cdef-0123-456789abcdef",
                    "total": "11600.00", "vtotal": "1600.00",
                }),
                (Self::Sealing, "confirm") => json!({
                    "codeDEFDGI": "ABCD-EFGH-IJKL-MNOP-QRST-UVWX", "qrCode": "Q;1",
                    "nim": "XX01000001", "counters": "1/1 FV", "dateTime": "20/11/2026 09:30:00",
                }),
                (Self::Vague | Self::Sealing, _) => json!({}),
            };
            Ok(Replied { status: 200, body: body.to_string().into_bytes() })
        })
    }
}

/// What the operator configured.
fn wires() -> std::collections::BTreeMap<String, invoice::Json> {
    let file = r#"{
        "test-system": {"token": "file:of-the-operator"},
        "of-another": {"tenant": "tn_aiaqeaqcaibaeaqc"},
        "broken": {"broken": true}
    }"#;
    match invoice::Json::parse(file.as_bytes()).unwrap() {
        invoice::Json::Object(members) => members.into_iter().collect(),
        _ => unreachable!("it is an object"),
    }
}

fn taxpayer_of(tenant: &TenantId) -> TaxpayerId {
    let digest = invoice::Hash::of_note(tenant.as_str().as_bytes());
    TaxpayerId::from_random(digest.0[..10].try_into().unwrap())
}

//! A server with two outlets, one of which receives documents, and an invoice.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use authorities::{Request as Asked, SessionToken, Target};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use fiscal::{Admitting, Chance, Clock, Desks, Exchanging, Leave, Unanswered, Wire};
use invoice::{OutletId, TaxpayerId, TenantId, Timestamp};
use ledger::{Environment, Ledger, NumberTemplate, Options, Outlet, Taxpayer, Tenant};
use server::{App, NewApiKey, NewOutlets, Operation, Reach, Settings, new_api_key, router};
use tempfile::TempDir;
use tokio::sync::Notify;
use tower::ServiceExt as _;

use crate::material::{BUYER, PERSON, PERSON_KEY, pem};
use crate::targets::seeds::drafts;
use crate::targets::world::now;

pub(super) struct Shop {
    router: Router,
    bearer: String,
    outlet: OutletId,
    invoice: String,
    _folder: TempDir,
}

/// A line on which nobody answers.
struct Silence;

impl Wire for Silence {
    fn admit<'a>(&'a self, _: &'a Target, _: Timestamp) -> Admitting<'a> {
        Box::pin(async { Ok(()) })
    }

    fn exchange<'a>(
        &'a self,
        _: &'a Asked,
        _: Option<&'a SessionToken>,
        _: &'a Leave,
    ) -> Exchanging<'a> {
        Box::pin(async { Err(Unanswered::Lost("the line is down".to_owned())) })
    }
}

impl Shop {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = |name: &str| folder.path().join(name);
        let key = path("key.pem");
        signing::software::generate(&key).expect("a key is made");
        let key_uri = format!("file:{}", key.display());
        let ledger = Ledger::open(&path("ledger.db"), Options::default()).expect("a new ledger");
        let ledger = Arc::new(ledger);
        let silence: Arc<dyn Wire> = Arc::new(Silence);
        let open: fiscal::OpenWire = Arc::new(move |_, _| Ok(Arc::clone(&silence)));
        let chance = Chance::seeded(7);
        let desks = Desks::new(Arc::clone(&ledger), Clock::manual(now()), chance.clone(), open);
        let new_outlets = NewOutlets { key_uri: key_uri.clone(), wires: BTreeMap::new() };
        let settings =
            Settings { rate: None, new_outlets: Some(new_outlets), ..Settings::default() };
        let app = App::new(Arc::new(desks), settings, Arc::new(Notify::new()));
        let tenant = TenantId::from_random([1; 10]);
        let outlet = OutletId::from_random([2; 10]);
        people(&ledger, &tenant).await;
        let of = |id: &OutletId, code: &str, authority: &str, settings: String| Outlet {
            id: id.clone(),
            code: code.to_owned(),
            authority: authority.to_owned(),
            settings,
            key_uri: key_uri.clone(),
            ..an_outlet(&tenant)
        };
        let selling = of(&outlet, "KIN01", "drc/cloud", SELLING.to_owned());
        ledger.create_outlet(selling).await.expect("a new outlet");
        let receiving = of(&OutletId::from_random([3; 10]), "SDQ01", "dom/ecf", receiving(&folder));
        ledger.create_outlet(receiving).await.expect("a new outlet");
        let new = NewApiKey {
            tenant,
            environment: Environment::Test,
            operations: Operation::ALL.to_vec(),
            reach: Reach::All,
            label: "a test".to_owned(),
            expires_at: None,
        };
        let (text, row) = new_api_key(new, &chance, now());
        ledger.create_api_key(row).await.expect("a new key");
        let (router, bearer) = (router(app), format!("Bearer {text}"));
        let mut shop = Self { router, bearer, outlet, invoice: String::new(), _folder: folder };
        shop.invoice = shop.sell().await;
        shop
    }

    pub(super) fn router(&self) -> Router {
        self.router.clone()
    }

    pub(super) fn bearer(&self) -> &str {
        &self.bearer
    }

    /// With the names of what there is in the places for them.
    pub(super) fn filled_in(&self, text: &str) -> String {
        text.replace("OUTLET", self.outlet.as_str()).replace("INVOICE", &self.invoice)
    }

    /// One invoice, whose id is given back.
    async fn sell(&self) -> String {
        let sale = drafts().into_iter().find_map(|draft| {
            let mut draft: serde_json::Value = serde_json::from_slice(&draft).ok()?;
            let is_ours = draft["kind"] == "sale" && draft.get("do").is_none();
            draft["outlet"] = self.outlet.as_str().into();
            is_ours.then(|| draft.to_string())
        });
        let request = Request::post("/v1/invoices")
            .header("authorization", &self.bearer)
            .header("content-type", "application/json")
            .header("idempotency-key", "the-first")
            .body(Body::from(sale.expect("an example is a sale")))
            .expect("it is a request");
        let answer = self.router().oneshot(request).await.expect("it answers");
        let body = to_bytes(answer.into_body(), 1024 * 1024).await.expect("a short answer");
        let answer: serde_json::Value = serde_json::from_slice(&body).expect("it is JSON");
        answer["id"].as_str().unwrap_or_else(|| panic!("nothing was sold: {answer}")).to_owned()
    }
}

async fn people(ledger: &Ledger, tenant: &TenantId) {
    let tenant = Tenant { id: tenant.clone(), name: "A trader".to_owned(), created_at: now() };
    ledger.create_tenant(tenant.clone()).await.expect("a new tenant");
    let taxpayer = Taxpayer {
        id: TaxpayerId::from_random([4; 10]),
        tenant: tenant.id,
        tax_id: BUYER.to_owned(),
        name: "Compradora SRL".to_owned(),
        register: Some("CD/KIN/RCCM/26-B-00001".to_owned()),
        regime_label: None,
        address: Some("Calle 1".to_owned()),
        phone: None,
        email: None,
        created_at: now(),
    };
    ledger.create_taxpayer(taxpayer).await.expect("a new taxpayer");
}

fn an_outlet(tenant: &TenantId) -> Outlet {
    Outlet {
        tenant: tenant.clone(),
        taxpayer: TaxpayerId::from_random([4; 10]),
        id: OutletId::from_random([0; 10]),
        code: String::new(),
        name: "Principal".to_owned(),
        address: None,
        city: None,
        phone: None,
        email: None,
        zone: "Africa/Kinshasa".to_owned(),
        number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").expect("a template"),
        authority: String::new(),
        environment: Environment::Test,
        key_uri: String::new(),
        settings: String::new(),
        created_at: now(),
    }
}

/// The settings of an outlet that receives, and the taxpayer's key that they name.
fn receiving(folder: &TempDir) -> String {
    let (key, certificate) = (folder.path().join("person.key"), folder.path().join("person.pem"));
    fs::write(&key, pem("PRIVATE KEY", PERSON_KEY)).expect("there is room");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("the file is ours");
    fs::write(&certificate, pem("CERTIFICATE", PERSON)).expect("there is room");
    serde_json::json!({
        "receiving": {"tokens": "optional"},
        "taxpayer_key": format!("file:{}", key.display()),
        "taxpayer_certificate": certificate,
    })
    .to_string()
}

const SELLING: &str = r#"{"authority":{"isf":"TEST01"}}"#;

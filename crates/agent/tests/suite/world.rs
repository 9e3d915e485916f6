//! A shop, its ledger on disk, and the simulator of its authority: everything real but the clock's
//! owner.

use std::sync::Arc;

use agent::Lines;
use authorities::Answer;
use fiscal::{Chance, Clock, Desk, Desks, Issued, Order, Patience};
use invoice::{Draft, InvoiceId, Json, OutletId, SECOND, SecurityElements, TaxpayerId, TenantId};
use ledger::{
    Environment, InvoiceRecord, Ledger, NumberTemplate, Options, Outlet, Stage, Taxpayer, Tenant,
};
use serde_json::{Value, json};
use simulators::drc_emcf::{self, Running};
use tempfile::TempDir;

pub(crate) struct World {
    pub folder: TempDir,
    pub simulator: Running,
    pub desks: Arc<Desks>,
    pub desk: Arc<Desk>,
    http: reqwest::Client,
}

pub(crate) const SALE: &str = r#"{
  "kind": "sale", "prices": "tax_included",
  "operator": { "name": "JACQUES" }, "customer": { "kind": "person" },
  "lines": [
    { "code": "001", "kind": "goods", "name": "EAU", "quantity": "5", "unit_price": "720.00", "tax_group": "A" },
    { "code": "002", "kind": "goods", "name": "LAIT GR", "quantity": "1", "unit_price": "464.00", "tax_group": "B" }
  ]
}"#;

impl World {
    /// A shop on `authority`, and a simulator without faults but those that a test arms.
    pub(crate) async fn new(authority: &str) -> Self {
        Self::with(authority, drc_emcf::Options::calm).await
    }

    pub(crate) async fn with(
        authority: &str,
        change: impl FnOnce(drc_emcf::Options) -> drc_emcf::Options,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = simulators::Clock::of(|| Clock::System.now().micros());
        let simulator = drc_emcf::start(change(drc_emcf::Options::new(clock, 7))).await.unwrap();
        let desks = open(&folder);
        let outlet = set_up(&folder, &desks, &simulator, authority).await;
        let desk = desks.desk(&outlet.tenant, &outlet.id).await.unwrap();
        Self { folder, simulator, desks, desk, http: reqwest::Client::new() }
    }

    /// Ends the ledger and opens it anew, as a process that crashed would.
    pub(crate) async fn restart(&mut self) {
        let (tenant, outlet) = (self.desk.outlet.tenant.clone(), self.desk.outlet.id.clone());
        self.desks.ledger().close().await;
        self.desks = open(&self.folder);
        self.desk = self.desks.desk(&tenant, &outlet).await.unwrap();
    }

    /// From now on the outlet's line leads to this address.
    pub(crate) async fn lead_to(&mut self, base_url: &str) {
        let outlet = self.desk.outlet.clone();
        let mut settings: Value = serde_json::from_str(&outlet.settings).unwrap();
        settings["wire"]["base_url"] = json!(base_url);
        let (ledger, settings) = (self.desks.ledger(), settings.to_string());
        ledger.update_outlet_settings(&outlet.tenant, &outlet.id, &settings).await.unwrap();
        self.desks.forget(&outlet.id).await;
        self.desk = self.desks.desk(&outlet.tenant, &outlet.id).await.unwrap();
    }

    pub(crate) async fn issue(&self, draft: &str) -> Issued {
        self.issue_within(draft, 20).await
    }

    pub(crate) async fn issue_within(&self, draft: &str, seconds: i64) -> Issued {
        let order = Order { draft: read(draft), idempotency: None };
        let deadline = self.desk.clock.now().plus_micros(seconds * SECOND);
        fiscal::issue(&self.desk, order, Patience::Until(deadline)).await.unwrap()
    }

    pub(crate) async fn record(&self, id: &InvoiceId) -> InvoiceRecord {
        self.desks.ledger().invoice(&self.desk.outlet.tenant, id).await.unwrap().unwrap()
    }

    pub(crate) async fn stage(&self, id: &InvoiceId) -> Stage {
        self.record(id).await.invoice.stage
    }

    /// Drives what is due until nothing is, as the agent does.
    pub(crate) async fn deliver(&self) {
        for _ in 0..50 {
            let now = self.desk.clock.now();
            let lease = ledger::NewLease { owner: "test".into(), until: now.plus_micros(SECOND) };
            // As though every pause were over.
            let later = now.plus_micros(3_600 * SECOND);
            let due = self.desks.ledger().lease_due(lease, 100, later).await.unwrap();
            if due.is_empty() {
                return;
            }
            for leased in due {
                fiscal::drive(&self.desk, leased, Patience::None).await;
            }
        }
        panic!("the queue does not empty");
    }

    /// Takes up one invoice, once, as though its time had come.
    pub(crate) async fn drive_once(&self, id: &InvoiceId) {
        let tenant = &self.desk.outlet.tenant;
        let now = self.desk.clock.now().plus_micros(600 * SECOND);
        let lease = ledger::NewLease { owner: "test".into(), until: now };
        let leased = self.desks.ledger().lease(tenant, id, lease, now).await.unwrap();
        fiscal::drive(&self.desk, leased, Patience::None).await;
    }

    pub(crate) async fn arm(&self, operation: &str, kind: &str, count: u32) {
        let body = json!({ "operation": operation, "kind": kind, "count": count });
        let url = format!("{}/faults", self.simulator.management_url);
        let reply = self
            .http
            .post(url)
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert!(reply.status().is_success(), "{}", reply.text().await.unwrap());
    }

    /// What the authority has registered: the other half of invariant 5.
    pub(crate) async fn registered(&self) -> Vec<Value> {
        let url = format!("{}/registered?from=0&limit=5000", self.simulator.management_url);
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        let rows = list.as_array().or_else(|| list["registered"].as_array());
        rows.unwrap_or_else(|| panic!("{text}")).clone()
    }

    /// What a person reads on the portal of an invoice number.
    pub(crate) async fn portal(&self, number: &str) -> Answer {
        let nif = &self.desk.seller.tax_id;
        let url =
            format!("{}/portal/factures?nif={nif}&rn={number}", self.simulator.management_url);
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        let Some(row) = list.as_array().and_then(|rows| rows.first()) else {
            return Answer::NotRegistered;
        };
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        Answer::Registered {
            elements: SecurityElements {
                code: text("codeDEFDGI").replace('-', ""),
                qr: Some(text("qrCode")),
                details: vec![("nim".into(), text("nim")), ("counters".into(), text("counters"))],
                reply: row.to_string(),
                document: None,
            },
            total: Some(match &row["total"] {
                Value::String(total) => total.clone(),
                total => total.to_string(),
            }),
        }
    }

    /// Everything of the file recomputed from its bytes.
    pub(crate) async fn verify(&self) -> ledger::Report {
        verify(&self.folder, self.desks.ledger()).await
    }
}

pub(crate) async fn verify(folder: &TempDir, ledger: &Ledger) -> ledger::Report {
    let store = folder.path().join("ledger.db");
    let keys = ledger.keys().await.unwrap();
    tokio::task::spawn_blocking(move || {
        let lookup = |id: &str| {
            let key = keys.iter().find(|key| key.key_id == id)?;
            let key = signing::PublicKey::from_der(&key.spki).unwrap();
            let verifier: ledger::Verifier = Box::new(move |message, signature| {
                let algorithm = signing::Algorithm::EcdsaP256Sha256;
                signing::Signature::from_bytes(algorithm, signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            });
            Some(verifier)
        };
        ledger::verify(&store, &lookup, &mut |_| {}).unwrap()
    })
    .await
    .unwrap()
}

pub(crate) fn read(draft: &str) -> Draft {
    Draft::read(&Json::parse(draft.as_bytes()).unwrap()).unwrap()
}

fn open(folder: &TempDir) -> Arc<Desks> {
    let ledger = Ledger::open(&folder.path().join("ledger.db"), Options::default()).unwrap();
    let lines = Lines::new(Clock::System);
    let open_wire: fiscal::OpenWire = Arc::new(move |outlet, settings| {
        let wire = lines.open(outlet.environment, settings).map_err(|error| error.to_string())?;
        Ok(Arc::new(wire))
    });
    Arc::new(Desks::new(Arc::new(ledger), Clock::System, Chance::System, open_wire))
}

async fn set_up(folder: &TempDir, desks: &Desks, simulator: &Running, authority: &str) -> Outlet {
    let key = folder.path().join("keys/outlet.pem");
    signing::software::generate(&key).unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, &simulator.tokens[0].token).unwrap();
    let ledger = desks.ledger();
    let now = Clock::System.now();
    let tenant = TenantId::from_random([1; 10]);
    ledger
        .create_tenant(Tenant { id: tenant.clone(), name: "Test".into(), created_at: now })
        .await
        .unwrap();
    let taxpayer = TaxpayerId::from_random([2; 10]);
    ledger
        .create_taxpayer(Taxpayer {
            tenant: tenant.clone(),
            id: taxpayer.clone(),
            tax_id: simulator.tokens[0].nif.clone(),
            name: "SUPERMARCHÉ CENTRAL".into(),
            register: None,
            regime_label: None,
            address: None,
            phone: None,
            email: None,
            created_at: now,
        })
        .await
        .unwrap();
    let outlet = Outlet {
        tenant,
        taxpayer,
        id: OutletId::from_random([3; 10]),
        code: "KIN01".into(),
        name: "Gombe".into(),
        address: Some("Boulevard du 30 Juin".into()),
        city: Some("Kinshasa".into()),
        phone: None,
        email: None,
        zone: "Africa/Kinshasa".into(),
        number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap(),
        authority: authority.to_owned(),
        environment: Environment::Test,
        key_uri: format!("file:{}", key.display()),
        settings: json!({
            "authority": { "isf": "STLTEST01" },
            "wire": { "base_url": simulator.url, "token": format!("file:{}", token.display()) },
        })
        .to_string(),
        created_at: now,
    };
    ledger.create_outlet(outlet.clone()).await.unwrap();
    outlet
}

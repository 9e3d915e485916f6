//! A shop in Santo Domingo, its ledger on disk, and the simulator of the DGII. The clock stands, so
//! that certificates of the year 2026 stay valid.

use std::sync::Arc;

use agent::Lines;
use fiscal::{Chance, Clock, Desk, Desks, Issued, Order, Patience};
use invoice::{InvoiceId, OutletId, SECOND, TaxpayerId, TenantId, Timestamp};
use ledger::{
    Environment, InvoiceRecord, Ledger, NumberTemplate, Options, Outlet, Stage, SubmissionState,
    Taxpayer, Tenant,
};
use serde_json::{Value, json};
use simulators::dom_ecf::{self, Running};
use tempfile::TempDir;

use super::kit::HOLDER;
use super::numbering::{Encfs, encf};
use crate::world::read;

pub(super) const ISSUER: &str = "130999999";
pub(super) const BUYER: &str = "131888888";

pub(super) struct Shop {
    folder: TempDir,
    pub(super) simulator: Running,
    pub(super) clock: Clock,
    desks: Arc<Desks>,
    pub(super) desk: Arc<Desk>,
    http: reqwest::Client,
}

impl Shop {
    /// With a simulator without faults but those that a test arms.
    pub(super) async fn new() -> Self {
        Self::with(&json!({}), dom_ecf::Options::calm).await
    }

    pub(super) async fn with(
        authority: &Value,
        change: impl FnOnce(dom_ecf::Options) -> dom_ecf::Options,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::parse("2026-11-20T14:30:05Z").unwrap());
        let source = clock.clone();
        let theirs = simulators::Clock::of(move || source.now().micros());
        let simulator = dom_ecf::start(change(dom_ecf::Options::new(theirs, 7))).await.unwrap();
        let desks = open(&folder, &clock);
        let outlet = set_up(&folder, &desks, &simulator, authority).await;
        let desk = opened(&desks, &outlet.tenant, &outlet.id).await;
        Self { folder, simulator, clock, desks, desk, http: reqwest::Client::new() }
    }

    /// Ends the ledger and opens it anew, as a process that crashed would. Sessions are gone.
    pub(super) async fn restart(&mut self) {
        let (tenant, outlet) = (self.desk.outlet.tenant.clone(), self.desk.outlet.id.clone());
        self.desks.ledger().close().await;
        self.desks = open(&self.folder, &self.clock);
        self.desk = opened(&self.desks, &tenant, &outlet).await;
    }

    /// Seals, which no network is asked for.
    pub(super) async fn issue(&self, draft: &Value) -> InvoiceId {
        let order = Order { draft: read(&draft.to_string()), idempotency: None };
        match fiscal::issue(&self.desk, order, Patience::None).await.unwrap() {
            Issued::Sealed(sealed, _) => sealed.id,
            other => panic!("{other:?}"),
        }
    }

    /// Drives what is due until nothing is, as the agent does: a minute goes by between two turns,
    /// and what waits for longer is not waited for.
    pub(super) async fn deliver(&self) {
        self.deliver_with(&self.desk).await;
    }

    pub(super) async fn deliver_with(&self, desk: &Arc<Desk>) {
        for _ in 0..60 {
            let now = self.clock.now();
            let lease = ledger::NewLease { owner: "test".into(), until: now.plus_micros(SECOND) };
            let later = now.plus_micros(24 * 3_600 * SECOND);
            let due = self.desks.ledger().lease_due(lease, 100, later).await.unwrap();
            if due.is_empty() {
                return;
            }
            let drives = due.into_iter().map(|leased| {
                let desk = Arc::clone(desk);
                tokio::spawn(async move { fiscal::drive(&desk, leased, Patience::None).await })
            });
            for drive in drives.collect::<Vec<_>>() {
                drive.await.unwrap();
            }
            self.clock.advance(60 * SECOND);
        }
        panic!("the queue does not empty");
    }

    pub(super) async fn record(&self, id: &InvoiceId) -> InvoiceRecord {
        self.desks.ledger().invoice(&self.desk.outlet.tenant, id).await.unwrap().unwrap()
    }

    pub(super) async fn stands(&self, id: &InvoiceId) -> (Stage, SubmissionState) {
        let record = self.record(id).await;
        (record.invoice.stage, record.submission.unwrap().state)
    }

    /// The e-NCF of an invoice.
    pub(super) async fn encf(&self, id: &InvoiceId) -> String {
        let record = self.record(id).await;
        let invoice = fiscal::invoice_of(&record).unwrap();
        encf(self.desk.authority.regime(), &invoice, &record.invoice.number)
    }

    pub(super) async fn arm(&self, operation: &str, kind: &str, count: u32) {
        let order = json!({ "operation": operation, "kind": kind, "count": count });
        self.order("faults", &order).await;
    }

    /// An order on the management port.
    pub(super) async fn order(&self, path: &str, body: &Value) {
        let url = format!("{}/{path}", self.simulator.management_url);
        let request = self.http.post(url).header("Content-Type", "application/json");
        let reply = request.body(body.to_string()).send().await.unwrap();
        assert!(reply.status().is_success(), "{}", reply.text().await.unwrap());
    }

    /// A list of the management port.
    pub(super) async fn list(&self, path: &str) -> Vec<Value> {
        let url = format!("{}/{path}", self.simulator.management_url);
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
    }

    /// What the DGII has accepted: the other half of invariant 5.
    pub(super) async fn registered(&self) -> Vec<Value> {
        self.list("registered?limit=5000").await
    }

    /// How often an operation was asked for.
    pub(super) async fn asked(&self, operation: &str) -> usize {
        let all = self.list("requests").await;
        all.iter().filter(|request| request["operation"] == operation).count()
    }

    /// Everything of the file recomputed from its bytes.
    pub(super) async fn verify(&self) -> ledger::Report {
        crate::world::verify(&self.folder, self.desks.ledger()).await
    }

    pub(super) fn desks(&self) -> &Desks {
        &self.desks
    }

    /// The bodies of the events of a kind, in their order.
    pub(super) async fn told(&self, kind: &str) -> Vec<Value> {
        let events = self.ledger().events(&self.desk.outlet.tenant, 0, 1_000).await.unwrap();
        let events = events.into_iter().filter(|event| event.kind == kind);
        events.map(|event| serde_json::from_str(&event.body).unwrap()).collect()
    }

    pub(super) fn shared_desks(&self) -> Arc<Desks> {
        Arc::clone(&self.desks)
    }

    pub(super) fn ledger(&self) -> &Ledger {
        self.desks.ledger()
    }
}

fn line(price: &str) -> Value {
    json!({"kind": "goods", "name": "Articulo", "quantity": "1", "unit_price": price,
           "tax_group": "itbis_18"})
}

/// A document for a company, which goes whole and is handed to it.
pub(super) fn tax_credit_invoice() -> Value {
    json!({
        "kind": "tax_credit_invoice",
        "prices": "tax_excluded",
        "operator": {"name": "Yesenia"},
        "customer": {"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": BUYER},
        "lines": [line("1000")],
    })
}

/// A small one, of which the DGII gets the summary.
pub(super) fn consumer_invoice() -> Value {
    json!({
        "kind": "consumer_invoice",
        "prices": "tax_excluded",
        "operator": {"name": "Yesenia"},
        "customer": {"kind": "consumer"},
        "lines": [line("1000")],
    })
}

fn open(folder: &TempDir, clock: &Clock) -> Arc<Desks> {
    let ledger = Ledger::open(&folder.path().join("ledger.db"), Options::default()).unwrap();
    let lines = Lines::new(clock.clone());
    let open_wire: fiscal::OpenWire = Arc::new(move |outlet, settings| {
        let wire = lines.open(outlet.environment, settings).map_err(|error| error.to_string())?;
        Ok(Arc::new(wire))
    });
    Arc::new(Desks::new(Arc::new(ledger), clock.clone(), Chance::seeded(11), open_wire))
}

async fn opened(desks: &Desks, tenant: &TenantId, outlet: &OutletId) -> Arc<Desk> {
    let desk = desks.desk(tenant, outlet).await.unwrap();
    let authority = Arc::new(Encfs(Arc::clone(&desk.authority)));
    Arc::new(Desk { authority, ..Desk::clone(&desk) })
}

async fn set_up(folder: &TempDir, desks: &Desks, simulator: &Running, authority: &Value) -> Outlet {
    let key = folder.path().join("keys/outlet.pem");
    signing::software::generate(&key).unwrap();
    let taxpayer_key = folder.path().join("keys/taxpayer.pem");
    private(&taxpayer_key, &HOLDER.key_pem());
    let certificate = folder.path().join("keys/taxpayer.crt");
    std::fs::write(&certificate, HOLDER.certificate_pem()).unwrap();
    let api_key = folder.path().join("api-key");
    private(&api_key, "clave-de-prueba");
    let ledger = desks.ledger();
    let now = desks.clock().now();
    let tenant = TenantId::from_random([1; 10]);
    let name = "Test".to_owned();
    ledger.create_tenant(Tenant { id: tenant.clone(), name, created_at: now }).await.unwrap();
    let taxpayer = TaxpayerId::from_random([2; 10]);
    ledger
        .create_taxpayer(Taxpayer {
            tenant: tenant.clone(),
            id: taxpayer.clone(),
            tax_id: ISSUER.into(),
            name: "Colmado El Faro SRL".into(),
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
        code: "SD01".into(),
        name: "Centro".into(),
        address: Some("Calle del Conde 12".into()),
        city: None,
        phone: None,
        email: None,
        zone: "America/Santo_Domingo".into(),
        number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap(),
        authority: "dom/ecf".to_owned(),
        environment: Environment::Test,
        key_uri: format!("file:{}", key.display()),
        settings: json!({
            "authority": authority,
            "taxpayer_key": format!("file:{}", taxpayer_key.display()),
            "taxpayer_certificate": certificate,
            "wire": {
                "base_url": simulator.url,
                "bases": {
                    "status": {"token": format!("file:{}", api_key.display()), "scheme": "Apikey"}
                },
            },
        })
        .to_string(),
        created_at: now,
    };
    ledger.create_outlet(outlet.clone()).await.unwrap();
    outlet
}

/// A file that only its owner may read.
fn private(path: &std::path::Path, text: &str) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

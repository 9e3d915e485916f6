//! A Dominican taxpayer against the simulator of the DGII: what is told besides invoices.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use agent::Lines;
use fiscal::{Chance, Clock, Desk, Desks, NewRange, NumbersOfRange, NumbersToAnnul};
use invoice::{Amount, OutletId, RangeId, TaxpayerId, TenantId};
use ledger::{
    Annulment, AnnulmentState, DecisionReceiver, DeliveryState, Environment, InboxId, Kept, Ledger,
    NewDocument, NumberTemplate, Options, Outlet, Taxpayer, Tenant,
};
use serde_json::{Value, json};
use simulators::dom_ecf::{self, Running};
use tempfile::TempDir;

const TAX_ID: &str = "101000000";

struct Office {
    _folder: TempDir,
    simulator: Running,
    desk: Arc<Desk>,
    http: reqwest::Client,
}

impl Office {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = simulators::Clock::of(|| Clock::System.now().micros());
        let calm = dom_ecf::Options::calm(dom_ecf::Options::new(clock, 7));
        let simulator = dom_ecf::start(calm).await.unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.db"), Options::default()).unwrap();
        let lines = Lines::new(Clock::System);
        let open_wire: fiscal::OpenWire = Arc::new(move |outlet, settings| {
            let wire = lines.open(outlet.environment, settings);
            Ok(Arc::new(wire.map_err(|error| error.to_string())?))
        });
        let desks = Desks::new(Arc::new(ledger), Clock::System, Chance::System, open_wire);
        let outlet = set_up(folder.path(), desks.ledger(), &simulator.url).await;
        let desk = desks.desk(&outlet.tenant, &outlet.id).await.unwrap();
        Self { _folder: folder, simulator, desk, http: reqwest::Client::new() }
    }

    async fn range(&self) -> RangeId {
        let new = NewRange {
            kind: "31".to_owned(),
            first: "E310000000001".to_owned(),
            last: "E310000000100".to_owned(),
            expires_on: Some(jiff::civil::date(2027, 12, 31)),
            reference: None,
            lend_to: Some("E310000000050".to_owned()),
        };
        fiscal::authorise_range(&self.desk, new).await.unwrap().0
    }

    async fn annul(&self, first: &str, last: &str) -> Annulment {
        let (first, last) = (first.to_owned(), last.to_owned());
        let kind = "31".to_owned();
        let numbers = NumbersToAnnul { kind, first: first.clone(), last: last.clone() };
        let range = fiscal::range_of(&self.desk, &numbers).await.unwrap();
        let numbers = NumbersOfRange { range, first, last };
        fiscal::annul_numbers(&self.desk, numbers).await.unwrap()
    }

    async fn annulment(&self, range: &RangeId, first: u64) -> Annulment {
        let standing = self.desk.ledger.range(&self.desk.outlet.tenant, range).await;
        let annulled = standing.unwrap().unwrap().annulled;
        annulled.into_iter().find(|annulment| annulment.first == first).unwrap()
    }

    async fn look(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.simulator.management_url);
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    async fn arm(&self, operation: &str, kind: &str) {
        let body = json!({ "operation": operation, "kind": kind, "count": 1 }).to_string();
        let url = format!("{}/faults", self.simulator.management_url);
        let request = self.http.post(url).header("Content-Type", "application/json").body(body);
        let reply = request.send().await.unwrap();
        assert!(reply.status().is_success(), "{}", reply.text().await.unwrap());
    }
}

pub(crate) async fn set_up(folder: &Path, ledger: &Ledger, url: &str) -> Outlet {
    let key = folder.join("keys/outlet.pem");
    signing::software::generate(&key).unwrap();
    let (taxpayer_key, certificate) = (folder.join("taxpayer.pem"), folder.join("crt.pem"));
    certify(&taxpayer_key, &certificate);
    let now = Clock::System.now();
    let (tenant, taxpayer) = (TenantId::from_random([1; 10]), TaxpayerId::from_random([2; 10]));
    let new = Tenant { id: tenant.clone(), name: "Test".into(), created_at: now };
    ledger.create_tenant(new).await.unwrap();
    let new = Taxpayer {
        tenant: tenant.clone(),
        id: taxpayer.clone(),
        tax_id: TAX_ID.to_owned(),
        name: "COLMADO CENTRAL".into(),
        register: None,
        regime_label: None,
        address: Some("Calle 1".into()),
        phone: None,
        email: None,
        created_at: now,
    };
    ledger.create_taxpayer(new).await.unwrap();
    let outlet = Outlet {
        tenant,
        taxpayer,
        id: OutletId::from_random([3; 10]),
        code: "SDQ01".into(),
        name: "Principal".into(),
        address: None,
        city: None,
        phone: None,
        email: None,
        zone: "America/Santo_Domingo".into(),
        number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap(),
        authority: "dom/ecf".to_owned(),
        environment: Environment::Test,
        key_uri: format!("file:{}", key.display()),
        settings: json!({
            "taxpayer_key": format!("file:{}", taxpayer_key.display()),
            "taxpayer_certificate": certificate.display().to_string(),
            "wire": { "base_url": url },
        })
        .to_string(),
        created_at: now,
    };
    ledger.create_outlet(outlet.clone()).await.unwrap();
    outlet
}

/// A natural person's key and certificate.
fn certify(key: &Path, certificate: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-keyout"])
        .arg(key)
        .arg("-out")
        .arg(certificate)
        .args(["-subj", "/C=DO/CN=PERSONA DE PRUEBA/serialNumber=IDCDO-00100000019"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unused_numbers_are_annulled_and_the_signed_document_is_kept() {
    let office = Office::new().await;
    let range = office.range().await;
    let recorded = office.annul("E310000000041", "E310000000060").await;
    assert_eq!((recorded.state, recorded.document), (AnnulmentState::Recorded, None));
    assert!(fiscal::tell_annulment(&office.desk, (&range, 41)).await.unwrap().is_answered());
    let taken = office.annulment(&range, 41).await;
    assert_eq!(taken.state, AnnulmentState::Taken);
    let document = String::from_utf8(taken.document.unwrap()).unwrap();
    assert!(document.contains("<ANECF") && document.contains("<SignatureValue>"), "{document}");
    assert!(document.contains("E310000000041") && document.contains("E310000000060"));
    let known = office.look("/annulled").await;
    assert_eq!((&known[0]["first"], &known[0]["last"]), (&json!(41), &json!(60)), "{known}");

    // It is told once, however often it is asked for.
    assert_eq!(office.annul("E310000000041", "E310000000060").await.state, AnnulmentState::Taken);
    assert!(fiscal::tell_annulment(&office.desk, (&range, 41)).await.unwrap().is_answered());
    assert_eq!(office.look("/annulled").await.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_request_the_same_document_goes_out_again() {
    let office = Office::new().await;
    let range = office.range().await;
    office.annul("E310000000051", "E310000000051").await;
    office.arm("annulment", "lost_request").await;
    assert!(!fiscal::tell_annulment(&office.desk, (&range, 51)).await.unwrap().is_answered());
    let waits = office.annulment(&range, 51).await;
    assert_eq!(waits.state, AnnulmentState::Recorded);
    assert!(waits.document.is_some(), "kept before it left");
    assert!(fiscal::tell_annulment(&office.desk, (&range, 51)).await.unwrap().is_answered());
    let taken = office.annulment(&range, 51).await;
    assert_eq!((taken.state, taken.document), (AnnulmentState::Taken, waits.document));
}

impl Office {
    /// A document that the DGII has, in the inbox of the one that is its buyer.
    async fn receive(&self, number: &str, total: &str) -> InboxId {
        let now = Clock::System.now();
        let new = NewDocument {
            tenant: self.desk.outlet.tenant.clone(),
            outlet: self.desk.outlet.id.clone(),
            issuer_tax_id: TAX_ID.to_owned(),
            issuer_name: "COLMADO CENTRAL".to_owned(),
            number: number.to_owned(),
            kind: "31".to_owned(),
            issued_on: self.desk.zone.date(now),
            total: Amount::parse(total).unwrap(),
            takes_approval: true,
            signer: "00100000019".to_owned(),
            certificate: invoice::Hash([1; 32]),
            signer_is_party: false,
            chain_checked: false,
            inquiry_code: "AbCdEf".to_owned(),
            sender: None,
            document: b"<ECF/>".to_vec(),
            receipt: b"<ARECF/>".to_vec(),
            at: now,
        };
        match self.desk.ledger.keep_document(new).await.unwrap() {
            Kept::New(id) => id,
            other => panic!("{other:?}"),
        }
    }

    async fn approve(&self, id: &InboxId) -> Vec<u8> {
        let by = ("key".to_owned(), Clock::System.now());
        let approved = (id, authorities::Decision::Approved);
        let outlet = self.desk.outlet.clone();
        fiscal::decide(&self.desk.ledger, outlet, approved, by).await.unwrap().decision.unwrap()
    }

    /// Where the decision stands: with the issuer, with the authority.
    async fn standing(&self, id: &InboxId) -> [DeliveryState; 2] {
        let found = self.desk.ledger.inbox_document(&self.desk.outlet.tenant, id).await;
        let deliveries = found.unwrap().unwrap().deliveries;
        DecisionReceiver::ALL.map(|receiver| {
            deliveries.iter().find(|delivery| delivery.receiver == receiver).unwrap().state
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_goes_out_as_it_was_signed_and_rests_after_a_lost_request() {
    let office = Office::new().await;
    let id = office.receive("E310000000001", "118.00").await;
    let signed = office.approve(&id).await;
    assert_eq!(office.desk.ledger.decisions_due(10).await.unwrap().len(), 1);
    office.arm("approval", "lost_request").await;
    fiscal::send_decision(&office.desk, &id).await.unwrap();
    assert_eq!(office.standing(&id).await, [DeliveryState::ToSend; 2]);
    fiscal::send_decision(&office.desk, &id).await.unwrap();
    assert_eq!(office.standing(&id).await, [DeliveryState::ToSend; 2], "it rests");

    let found = office.desk.ledger.inbox_document(&office.desk.outlet.tenant, &id).await;
    assert_eq!(found.unwrap().unwrap().decision, Some(signed), "no other was signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_authority_refuses_is_refused_to_both_and_no_longer_due() {
    let office = Office::new().await;
    let id = office.receive("E310000000001", "118.00").await;
    office.approve(&id).await;
    fiscal::send_decision(&office.desk, &id).await.unwrap();
    assert_eq!(office.standing(&id).await, [DeliveryState::Refused; 2]);
    assert!(office.desk.ledger.decisions_due(10).await.unwrap().is_empty());
    let found = office.desk.ledger.inbox_document(&office.desk.outlet.tenant, &id).await;
    let deliveries = found.unwrap().unwrap().deliveries;
    assert!(deliveries.iter().any(|one| one.words.contains("No fue encontrado")), "{deliveries:?}");
}

//! A store on disk with desks over it, a clock that is moved by hand, and a line that is down.

use std::sync::Arc;

use authorities::{Request, SessionToken, Target};
use fiscal::{
    Admitting, Chance, Clock, Desks, Exchanging, Issued, Leave, Order, Patience, Unanswered, Wire,
};
use invoice::{Draft, InvoiceId, Json, OutletId, SECOND, TaxpayerId, TenantId, Timestamp};
use ledger::{
    Environment, Event, Ledger, NewLease, NumberTemplate, Options, Outlet, ProgressOrder,
    SubmissionChange, SubmissionState, Taxpayer, Tenant,
};

pub(crate) struct Store {
    pub desks: Arc<Desks>,
    pub clock: Clock,
    pub tenant: TenantId,
    taxpayer: TaxpayerId,
    chance: Chance,
    key_uri: String,
    _folder: tempfile::TempDir,
}

const DRAFT: &str = r#"{
  "kind": "sale", "prices": "tax_included",
  "operator": { "name": "JACQUES" }, "customer": { "kind": "person" },
  "lines": [ { "code": "001", "kind": "goods", "name": "EAU", "quantity": "5",
               "unit_price": "720.00", "tax_group": "A" } ]
}"#;

struct Down;

impl Wire for Down {
    fn admit<'a>(&'a self, _: &'a Target, _: Timestamp) -> Admitting<'a> {
        Box::pin(async { Ok(()) })
    }

    fn exchange<'a>(
        &'a self,
        _: &'a Request,
        _: Option<&'a SessionToken>,
        _: &'a Leave,
    ) -> Exchanging<'a> {
        Box::pin(async { Err(Unanswered::Lost("the line is down".to_owned())) })
    }
}

/// A line that says nothing for ever.
struct Silent;

impl Wire for Silent {
    fn admit<'a>(&'a self, _: &'a Target, _: Timestamp) -> Admitting<'a> {
        Box::pin(async { Ok(()) })
    }

    fn exchange<'a>(
        &'a self,
        _: &'a Request,
        _: Option<&'a SessionToken>,
        _: &'a Leave,
    ) -> Exchanging<'a> {
        Box::pin(std::future::pending())
    }
}

/// A line that rests for an hour.
struct Resting;

impl Wire for Resting {
    fn admit<'a>(&'a self, _: &'a Target, now: Timestamp) -> Admitting<'a> {
        Box::pin(async move { Err(now.plus_micros(3_600 * SECOND)) })
    }

    fn exchange<'a>(
        &'a self,
        _: &'a Request,
        _: Option<&'a SessionToken>,
        _: &'a Leave,
    ) -> Exchanging<'a> {
        unreachable!("nothing leaves over a line that rests")
    }
}

impl Store {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key.pem");
        signing::software::generate(&key).unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.db"), Options::default()).unwrap();
        let clock = Clock::manual(Timestamp::parse("2026-11-20T09:30:00Z").unwrap());
        let chance = Chance::seeded(3);
        let open_wire: fiscal::OpenWire = Arc::new(|_, settings| {
            let is = |what| settings.member(what).is_some();
            match () {
                () if is("broken") => Err("the wire is broken".to_owned()),
                () if is("silent") => Ok(Arc::new(Silent)),
                () if is("resting") => Ok(Arc::new(Resting)),
                () => Ok(Arc::new(Down)),
            }
        });
        let desks = Desks::new(Arc::new(ledger), clock.clone(), chance.clone(), open_wire);
        let store = Self {
            desks: Arc::new(desks),
            clock,
            tenant: TenantId::from_random([1; 10]),
            taxpayer: TaxpayerId::from_random([2; 10]),
            chance,
            key_uri: format!("file:{}", key.display()),
            _folder: folder,
        };
        store.create_tenant().await;
        store
    }

    async fn create_tenant(&self) {
        let created_at = self.clock.now();
        let tenant = Tenant { id: self.tenant.clone(), name: "Test".into(), created_at };
        self.desks.ledger().create_tenant(tenant).await.unwrap();
        let taxpayer = Taxpayer {
            tenant: self.tenant.clone(),
            id: self.taxpayer.clone(),
            tax_id: "A1234567B".into(),
            name: "Commerce Exemple SARL".into(),
            register: None,
            regime_label: None,
            address: None,
            phone: None,
            email: None,
            created_at,
        };
        self.desks.ledger().create_taxpayer(taxpayer).await.unwrap();
    }

    pub(crate) async fn outlet(&self, code: &str, settings: &str) -> OutletId {
        let id = OutletId::from_random(self.chance.bytes());
        let mut settings = Json::parse(settings.as_bytes()).unwrap();
        if let Json::Object(members) = &mut settings
            && !members.iter().any(|(name, _)| name == "authority")
        {
            let isf = ("isf".to_owned(), Json::string("T"));
            members.push(("authority".to_owned(), Json::Object(vec![isf])));
        }
        let outlet = Outlet {
            tenant: self.tenant.clone(),
            taxpayer: self.taxpayer.clone(),
            id: id.clone(),
            code: code.to_owned(),
            name: code.to_owned(),
            address: None,
            city: None,
            phone: None,
            email: None,
            zone: "Africa/Kinshasa".into(),
            number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap(),
            // It seals first, so that submissions wait while the line is down.
            authority: "drc/cloud".into(),
            environment: Environment::Test,
            key_uri: self.key_uri.clone(),
            settings: String::from_utf8(settings.to_canonical_bytes()).unwrap(),
            created_at: self.clock.now(),
        };
        self.desks.ledger().create_outlet(outlet).await.unwrap();
        id
    }

    pub(crate) async fn issue(&self, outlet: &OutletId) -> InvoiceId {
        let desk = self.desks.desk(&self.tenant, outlet).await.unwrap();
        let draft = Draft::read(&Json::parse(DRAFT.as_bytes()).unwrap()).unwrap();
        let order = Order { draft, idempotency: None };
        match fiscal::issue(&desk, order, Patience::None).await.unwrap() {
            Issued::Sealed(sealed, _) => sealed.id,
            other => panic!("{other:?}"),
        }
    }

    /// As an agent does with what failed: due again in a month.
    pub(crate) async fn postpone(&self, invoice: &InvoiceId) {
        self.save(invoice, SubmissionState::Queued, 30 * 24 * 3600 * SECOND).await;
    }

    /// As an authority's last word does.
    pub(crate) async fn close(&self, invoice: &InvoiceId) {
        self.save(invoice, SubmissionState::Refused, 0).await;
    }

    async fn save(&self, invoice: &InvoiceId, state: SubmissionState, later: i64) {
        let (ledger, now) = (self.desks.ledger(), self.clock.now());
        let lease = NewLease { owner: "test".into(), until: now.plus_micros(SECOND) };
        let leased = ledger.lease(&self.tenant, invoice, lease, now).await.unwrap();
        let change = SubmissionChange {
            state,
            progress: leased.submission.progress,
            due_at: now.plus_micros(later),
            last_answer: None,
            release: true,
        };
        let order = ProgressOrder {
            tenant: self.tenant.clone(),
            invoice: invoice.clone(),
            lease: leased.lease.token,
            change,
            attempt: None,
            extend_until: None,
            now,
        };
        ledger.save_progress(order).await.unwrap();
    }

    pub(crate) async fn events(&self, kind: &str) -> Vec<Event> {
        let mut found = Vec::new();
        let mut after = 0;
        loop {
            let page = self.desks.ledger().events(&self.tenant, after, 1_000).await.unwrap();
            let Some(last) = page.last() else { return found };
            after = last.id;
            found.extend(page.into_iter().filter(|event| event.kind == kind));
        }
    }
}

//! A ledger with two tenants, their outlets, a key, and a clock that the test holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use invoice::{
    Amount, EntryKind, Hash, InvoiceId, Json, OutletId, SECOND, SecurityElements, TaxpayerId,
    TenantId, Timestamp,
};
use ledger::{
    Anchoring, AppendOrder, CreditClaim, Entry, EntrySigner, Environment, FollowUp, Idempotency,
    IsSigned, Leased, Ledger, LedgerError, NewLease, NewSubmission, NumberTemplate, Opening,
    Outlet, Payload, Prepare, Prepared, PublicKey, Recorded, RecoverOrder, Report, Rollback,
    SealOrder, SealOutcome, Series, SubmissionChange, SubmissionState, Summary, Taxpayer, Tenant,
    Verifier, VerifyError,
};

use crate::home::Home;

pub(crate) struct World {
    ledger: Option<Ledger>,
    pub(crate) home: Home,
    key: Arc<EcdsaKeyPair>,
    clock: AtomicI64,
    ids: AtomicU64,
    pub(crate) tenant: TenantId,
    /// Of the tenant: its first outlet, and its second.
    pub(crate) outlet: OutletId,
    pub(crate) second: OutletId,
    pub(crate) stranger: TenantId,
    /// Of the stranger.
    pub(crate) strange_outlet: OutletId,
}

impl World {
    pub(crate) async fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let mut world = Self {
            ledger: None,
            home: Home::new().await,
            key: Arc::new(key),
            clock: AtomicI64::new(1_780_000_000 * SECOND),
            ids: AtomicU64::new(0),
            tenant: TenantId::from_random([1; 10]),
            outlet: OutletId::from_random([1; 10]),
            second: OutletId::from_random([2; 10]),
            stranger: TenantId::from_random([3; 10]),
            strange_outlet: OutletId::from_random([3; 10]),
        };
        world.ledger = Some(world.home.open().await.unwrap());
        world.settle().await.unwrap();
        world
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        self.ledger.as_ref().unwrap()
    }

    /// What a restart does: nothing is left but what was written.
    pub(crate) async fn reopen(&mut self) {
        self.close().await;
        self.ledger = Some(self.home.open().await.unwrap());
    }

    /// The same, and its heads are kept from now on.
    pub(crate) async fn reopen_anchored(
        &mut self,
        anchoring: &Anchoring,
    ) -> Result<Vec<Arc<Rollback>>, LedgerError> {
        self.close().await;
        self.ledger = Some(self.home.open_anchored(anchoring).await?);
        self.ledger().check_anchors().await
    }

    /// Nobody has it open.
    pub(crate) async fn close(&mut self) {
        if let Some(ledger) = self.ledger.take() {
            ledger.close().await;
        }
    }

    /// Whether a signature is by this world's key, whichever key is named.
    pub(crate) fn is_signed(&self) -> IsSigned {
        let public = self.key.public_key().as_ref().to_vec();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
        Arc::new(move |_, (message, signature)| public.verify(message, signature).is_ok())
    }

    pub(crate) fn recovery(&self, outlet: &OutletId) -> RecoverOrder {
        RecoverOrder {
            tenant: self.tenant.clone(),
            outlet: outlet.clone(),
            operator: "J. Ilunga".to_owned(),
            reason: "the disk was replaced".to_owned(),
            signer: self.signer(),
            now: self.now(),
        }
    }

    /// Reopens the ledger and verifies it whole.
    pub(crate) async fn finish(mut self) -> Report {
        self.reopen().await;
        self.verify().await.unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) async fn verify(&self) -> Result<Report, VerifyError> {
        self.home.verify(&|id| self.verifier(id)).await
    }

    pub(crate) fn verifier(&self, key_id: &str) -> Option<Verifier> {
        let public = self.key.public_key().as_ref().to_vec();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public);
        let check: Verifier =
            Box::new(move |message, signature| public.verify(message, signature).is_ok());
        (key_id == KEY_ID).then_some(check)
    }

    pub(crate) fn signer(&self) -> EntrySigner {
        let key = Arc::clone(&self.key);
        let sign = Arc::new(move |message: &[u8]| {
            let signature = key.sign(&SystemRandom::new(), message)?;
            Ok(signature.as_ref().try_into()?)
        });
        EntrySigner { key_id: KEY_ID.to_owned(), sign, is_device: false }
    }

    /// A millisecond later than the last time it was asked.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.fetch_add(1_000, Ordering::Relaxed))
    }

    pub(crate) fn set_clock(&self, at: Timestamp) {
        self.clock.store(at.micros(), Ordering::Relaxed);
    }

    pub(crate) fn invoice_id(&self, outlet: &OutletId) -> InvoiceId {
        let mut random = [0; 15];
        let id = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        // Mixed, so that ids come in no order, as random ones do.
        random[..8].copy_from_slice(&id.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        InvoiceId::of(outlet, random)
    }

    /// An order for an invoice that is sealed at once, with nobody to tell.
    pub(crate) fn order(&self, outlet: &OutletId) -> SealOrder {
        let invoice = self.invoice_id(outlet);
        let stranger = *outlet == self.strange_outlet;
        let summary = Summary {
            document_kind: "sale".to_owned(),
            issued_on: "2026-06-01".to_owned(),
            ..Summary::default()
        };
        SealOrder {
            tenant: if stranger { self.stranger.clone() } else { self.tenant.clone() },
            payload: payload(&invoice, &summary, (None, &[])),
            invoice,
            series: series(2026),
            taxpayer: "A1234567B".to_owned(),
            total: Amount::parse("4064.00").unwrap(),
            currency: "CDF".to_owned(),
            regime: "cd/2026-02".to_owned(),
            summary,
            idempotency: None,
            credits: Vec::new(),
            replaces: None,
            stands_for: None,
            signer: self.signer(),
            now: self.now(),
            prepare: sealed(),
        }
    }

    /// An order for an invoice that the authority is asked about, leased to whoever asks.
    pub(crate) fn request(&self, outlet: &OutletId) -> SealOrder {
        SealOrder { prepare: requested(true), ..self.order(outlet) }
    }

    /// A request that takes the place of a refused invoice.
    pub(crate) fn replacing(&self, replaced: &InvoiceId) -> SealOrder {
        let order = self.request(&self.outlet);
        let payload = payload(&order.invoice, &order.summary, (Some(replaced), &[]));
        SealOrder { payload, replaces: Some(replaced.clone()), ..order }
    }

    /// Which invoice takes its place now.
    pub(crate) async fn replacement(&self, refused: &InvoiceId) -> Option<InvoiceId> {
        let found = self.ledger().replacement(&self.tenant, refused).await.unwrap();
        found.map(|found| found.invoice)
    }

    pub(crate) fn keyed(&self, key: &str, body: &[u8]) -> SealOrder {
        let idempotency = Idempotency { key: key.to_owned(), body_hash: Hash::of_note(body) };
        SealOrder { idempotency: Some(idempotency), ..self.order(&self.outlet) }
    }

    pub(crate) async fn seal(&self, order: SealOrder) -> Result<Recorded, LedgerError> {
        match self.ledger().seal(order).await? {
            SealOutcome::Recorded(recorded) => Ok(*recorded),
            SealOutcome::Replayed(invoice) => panic!("{invoice} was replayed"),
        }
    }

    /// Seals one and returns its place in the series.
    pub(crate) async fn number(&self) -> u64 {
        self.seal(self.order(&self.outlet)).await.unwrap().assigned.sequence_in_series
    }

    pub(crate) fn follow_up(&self, recorded: &Recorded, kind: FollowUp) -> AppendOrder {
        AppendOrder {
            tenant: self.tenant.clone(),
            invoice: recorded.entry.invoice.clone().unwrap(),
            lease: recorded.lease.as_ref().unwrap().token,
            kind,
            elements: Some(b"what the authority said".to_vec()),
            authority_code: None,
            // As a number is that was never sealed.
            frees_number: recorded.entry.kind == EntryKind::Requested,
            change: change(state_after(kind), self.now()),
            attempt: None,
            signer: self.signer(),
            now: self.now(),
        }
    }

    /// A follow-up that bears the authority's code.
    pub(crate) fn coded(&self, recorded: &Recorded, kind: FollowUp, code: &str) -> AppendOrder {
        AppendOrder {
            elements: Some(elements(code)),
            authority_code: Some(code.to_owned()),
            ..self.follow_up(recorded, kind)
        }
    }

    pub(crate) async fn append(
        &self,
        recorded: &Recorded,
        kind: FollowUp,
    ) -> Result<Entry, LedgerError> {
        self.ledger().append(self.follow_up(recorded, kind)).await
    }

    pub(crate) async fn lease_due(&self, now: Timestamp) -> Vec<Leased> {
        let lease = NewLease { owner: "agent".to_owned(), until: now.plus_micros(60 * SECOND) };
        self.ledger().lease_due(lease, 10, now).await.unwrap()
    }

    async fn settle(&self) -> Result<(), LedgerError> {
        let tenants = [&self.tenant, &self.stranger];
        for (index, id) in (0..).zip(tenants) {
            let (name, created_at) = ("A tenant".to_owned(), self.now());
            self.ledger().create_tenant(Tenant { id: id.clone(), name, created_at }).await?;
            self.ledger().create_taxpayer(taxpayer(id, index, created_at)).await?;
        }
        for (code, tenant, index, id) in [
            ("KIN01", &self.tenant, 0, &self.outlet),
            ("KIN02", &self.tenant, 0, &self.second),
            ("GOM01", &self.stranger, 1, &self.strange_outlet),
        ] {
            let outlet = outlet(tenant, index, code, id.clone());
            self.ledger().create_outlet(outlet).await?;
        }
        for (tenant, outlet) in [
            (&self.tenant, &self.outlet),
            (&self.tenant, &self.second),
            (&self.stranger, &self.strange_outlet),
        ] {
            self.register_key(tenant, outlet).await?;
        }
        Ok(())
    }

    /// The one key signs for this outlet, too.
    pub(crate) async fn register_key(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
    ) -> Result<(), LedgerError> {
        let spki = self.key.public_key().as_ref().to_vec();
        let (key_id, algorithm) = (KEY_ID.to_owned(), "ES256".to_owned());
        let key = PublicKey { key_id, algorithm, spki, first_seen: self.now() };
        self.ledger().register_key(tenant, outlet, key).await
    }
}

pub(crate) fn series(fiscal_year: i16) -> Series {
    let template = NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap();
    Series::Yearly { fiscal_year, template, outlet_code: "KIN01".to_owned() }
}

/// The same as a credit note with these claims, which its bytes spell.
pub(crate) fn crediting(claims: Vec<CreditClaim>, order: SealOrder) -> SealOrder {
    let summary = Summary { document_kind: "credit_note".to_owned(), ..order.summary };
    let payload = payload(&order.invoice, &summary, (order.replaces.as_ref(), &claims));
    SealOrder { summary, payload, credits: claims, ..order }
}

/// The canonical bytes of an invoice that owes what [`World::order`] says, of three articles or of
/// what it credits of them.
pub(crate) fn payload(
    id: &InvoiceId,
    summary: &Summary,
    (replaces, credits): (Option<&InvoiceId>, &[CreditClaim]),
) -> Payload {
    let text = |key: &str, value: &str| (key.to_owned(), Json::string(value));
    let object = |key: &str, members: Vec<(String, Json)>| (key.to_owned(), Json::Object(members));
    let mut customer = vec![text("kind", "person")];
    customer.extend(summary.customer_name.as_ref().map(|name| text("name", name)));
    customer.extend(summary.customer_tax_id.as_ref().map(|id| text("tax_id", id)));
    let seller = ["name", "outlet_code", "outlet_name", "address"].map(|key| text(key, "Any"));
    let totals = ["base", "tax", "specific_tax", "discount"].map(|key| text(key, "0.00"));
    let mut members = vec![
        text("schema", "stalela.invoice/1"),
        text("regime", "cd/2026-02"),
        text("kind", &summary.document_kind),
        text("issued_on", &summary.issued_on),
        text("currency", "CDF"),
        text("prices", "tax_included"),
        object("seller", [seller.to_vec(), vec![text("tax_id", "A1234567B")]].concat()),
        object("operator", vec![text("name", "Any")]),
        object("customer", customer),
        object("totals", [totals.to_vec(), vec![text("total", "4064.00")]].concat()),
        text("reference", id.as_str()),
    ];
    members.extend(replaces.map(|id| text("replaces", id.as_str())));
    let lines: Vec<Json> = match credits {
        [] => (0..3).map(|article| line(article, "5.000")).collect(),
        claims => {
            claims.iter().map(|claim| line(claim.line, &claim.quantity.to_string())).collect()
        }
    };
    members.push(("lines".to_owned(), Json::Array(lines)));
    members.extend(credits.first().map(|claim| {
        let hash = Hash::ZERO.to_hex();
        let names = [("id", claim.original.as_str()), ("number", "Any"), ("entry_hash", &*hash)];
        let original = object("original", names.map(|(key, name)| text(key, name)).to_vec());
        object("credit", vec![text("nature", "return"), original])
    }));
    let bytes = Json::Object(members).to_canonical_bytes();
    invoice::Invoice::from_canonical(&bytes).unwrap();
    Payload::new(bytes)
}

fn line(article: u32, quantity: &str) -> Json {
    let name = format!("Article {article}");
    let members = [
        ("kind", "goods"),
        ("name", &*name),
        ("quantity", quantity),
        ("unit_price", "1.0000"),
        ("tax_group", "A"),
        ("amount", "0.00"),
    ];
    Json::Object(members.map(|(key, value)| (key.to_owned(), Json::string(value))).to_vec())
}

pub(crate) fn elements(code: &str) -> Vec<u8> {
    let (qr, details, reply) = (None, Vec::new(), "as it was".to_owned());
    SecurityElements { code: code.to_owned(), qr, details, reply, document: None }.to_bytes()
}

/// Sealed at once, and not due for a year.
pub(crate) fn sealed() -> Prepare {
    Box::new(|assigned| {
        Ok(Prepared {
            opening: Opening::Sealed,
            elements: None,
            authority_code: None,
            submission: submission(assigned.sealed_at.plus_micros(31_536_000 * SECOND), false),
        })
    })
}

fn submission(due_at: Timestamp, ordered: bool) -> NewSubmission {
    let (state, progress) = (SubmissionState::Queued, b"begun".to_vec());
    NewSubmission { state, progress, due_at, ordered, lease: None, send_by: None }
}

/// Sealed at once, to be told to the authority later, with a code of our own: `CODE-` and the time.
pub(crate) fn queued(due_at: Timestamp, ordered: bool) -> Prepare {
    Box::new(move |assigned| {
        let code = format!("CODE-{}", assigned.sealed_at.micros());
        Ok(Prepared {
            opening: Opening::Sealed,
            elements: Some(elements(&code)),
            authority_code: Some(code),
            submission: submission(due_at, ordered),
        })
    })
}

pub(crate) fn requested(is_leased: bool) -> Prepare {
    Box::new(move |assigned| {
        let until = assigned.sealed_at.plus_micros(60 * SECOND);
        Ok(Prepared {
            opening: Opening::Requested,
            elements: None,
            authority_code: None,
            submission: NewSubmission {
                lease: is_leased.then(|| NewLease { owner: "request".to_owned(), until }),
                ..submission(assigned.sealed_at, false)
            },
        })
    })
}

pub(crate) fn change(state: SubmissionState, due_at: Timestamp) -> SubmissionChange {
    let progress = b"further".to_vec();
    SubmissionChange { state, progress, due_at, last_answer: None, release: false }
}

fn state_after(kind: FollowUp) -> SubmissionState {
    match kind {
        FollowUp::Sealed | FollowUp::Acknowledged => SubmissionState::Acknowledged,
        FollowUp::Refused => SubmissionState::Refused,
        FollowUp::Unanswered => SubmissionState::Unanswered,
    }
}

fn taxpayer(tenant: &TenantId, index: u8, created_at: Timestamp) -> Taxpayer {
    Taxpayer {
        tenant: tenant.clone(),
        id: TaxpayerId::from_random([index; 10]),
        tax_id: "A1234567B".to_owned(),
        name: "Boulangerie du Fleuve".to_owned(),
        register: Some("CD/KIN/RCCM/20-B-00001".to_owned()),
        regime_label: None,
        address: None,
        phone: None,
        email: None,
        created_at,
    }
}

pub(crate) fn outlet(tenant: &TenantId, taxpayer: u8, code: &str, id: OutletId) -> Outlet {
    Outlet {
        tenant: tenant.clone(),
        taxpayer: TaxpayerId::from_random([taxpayer; 10]),
        id,
        code: code.to_owned(),
        name: "Gombe".to_owned(),
        address: None,
        city: Some("Kinshasa".to_owned()),
        phone: None,
        email: None,
        zone: "Africa/Kinshasa".to_owned(),
        number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").unwrap(),
        authority: "drc/emcf".to_owned(),
        environment: Environment::Test,
        key_uri: "file:key.pem".to_owned(),
        settings: "{}".to_owned(),
        created_at: Timestamp::from_micros(0),
    }
}

pub(crate) const KEY_ID: &str = "0123456789abcdef";

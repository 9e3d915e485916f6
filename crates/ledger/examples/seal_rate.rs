//! How many invoices a second one ledger seals, durably, on this machine.
//!
//! `cargo run --release -p ledger --example seal_rate [CALLERS] [SEALS] [OUTLETS] [WRITERS]`: async
//! callers that each wait for their own seal, P-256 keys in software, 1.4 KB an invoice. Then
//! verifies it. In a file, or in the PostgreSQL that `STALELA_STORE` names: an empty database, and
//! its owner, who may become `stalela_application`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use invoice::{Amount, Hash, InvoiceId, OutletId, TaxpayerId, TenantId, Timestamp};
use ledger::{
    BoxError, EntrySigner, Environment, Idempotency, Ledger, NewSubmission, NumberTemplate,
    Opening, Options, Outlet, Payload, Prepared, PublicKey, SealOrder, Series, SubmissionState,
    Summary, Taxpayer, Tenant, Verifier,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let mut next = |default| arguments.next().unwrap_or(Ok(default));
    let (callers, seals, outlets) = (next(64)?, next(100_000)?, next(1)?);
    let writers = usize::try_from(next(2)?)?;
    let options = Options { writers, ..Options::default() };
    let folder = tempfile::tempdir_in(".")?;
    let path = folder.path().join("ledger.db");
    let database = std::env::var("STALELA_STORE").ok();
    let ledger = match &database {
        None => Ledger::open(&path, options)?,
        Some(address) => {
            Ledger::migrate(address, None).await?;
            Ledger::connect(address, options).await?
        }
    };
    let ledger = Arc::new(ledger);
    let key = Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?);
    let spki = key.public_key().as_ref().to_vec();
    settle(&ledger, outlets, spki).await?;

    let commits = ledger.commits();
    let start = Instant::now();
    let each = seals / callers;
    let tasks: Vec<_> = (0..callers)
        .map(|caller| tokio::spawn(call(Arc::clone(&ledger), signer(&key), caller % outlets, each)))
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    let elapsed = start.elapsed();
    waits.sort_unstable();
    let count = waits.len() as u64;
    let rate = u128::from(count) * 1_000 / elapsed.as_millis().max(1);
    let commits = ledger.commits() - commits;
    let at = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    println!("{callers} callers, {outlets} outlets: {count} seals in {elapsed:?}: {rate} a second");
    println!("{commits} commits; p50 {:?}, p99 {:?}, longest {:?}", at(50), at(99), at(100));

    ledger.close().await;
    let public = key.public_key().as_ref().to_vec();
    let start = Instant::now();
    let keys = |_: &str| Some(verifier(&public));
    let report = match &database {
        None => ledger::verify(&path, &keys, &mut |_| {})?,
        Some(address) => ledger::verify_database(address, &keys, &mut |_| {}).await?,
    };
    println!("{} entries verified in {:?}", report.entries, start.elapsed());
    Ok(())
}

async fn call(
    ledger: Arc<Ledger>,
    signer: EntrySigner,
    outlet: u64,
    count: u64,
) -> Result<Vec<Duration>, BoxError> {
    let outlet = outlet_id(outlet);
    let mut waits = Vec::new();
    for _ in 0..count {
        let order = order(&outlet, signer.clone());
        let start = Instant::now();
        ledger.seal(order).await?;
        waits.push(start.elapsed());
    }
    Ok(waits)
}

fn order(outlet: &OutletId, signer: EntrySigner) -> SealOrder {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Ids that grow, as ids that begin with the time would: the kind that indexes like best.
    let mut random = [0; 15];
    random[..6].copy_from_slice(&number.to_be_bytes()[2..]);
    random[6..14].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    let template = NumberTemplate::parse("{outlet}-{year}-{seq:6}").expect("a template");
    let payload = format!("{{\"id\":{number},\"lines\":\"{}\"}}", "x".repeat(1_400));
    SealOrder {
        tenant: TenantId::from_random([1; 10]),
        invoice: InvoiceId::of(outlet, random),
        series: Series::Yearly { fiscal_year: 2026, template, outlet_code: "KIN01".to_owned() },
        payload: Payload::new(payload.into_bytes()),
        taxpayer: "A1234567B".to_owned(),
        total: Amount::from_units(406_400),
        currency: "CDF".to_owned(),
        regime: "cd/2026-02".to_owned(),
        summary: Summary { document_kind: "sale".to_owned(), ..Summary::default() },
        idempotency: Some(Idempotency {
            key: format!("key-{:x}", number.wrapping_mul(0xD134_2543_DE82_EF95)),
            body_hash: Hash::ZERO,
        }),
        credits: Vec::new(),
        replaces: None,
        stands_for: None,
        signer,
        now: Timestamp::from_micros(1_780_000_000_000_000),
        prepare: Box::new(|assigned| {
            Ok(Prepared {
                opening: Opening::Sealed,
                elements: None,
                authority_code: None,
                submission: NewSubmission {
                    state: SubmissionState::Queued,
                    progress: b"begun".to_vec(),
                    due_at: assigned.sealed_at,
                    ordered: true,
                    lease: None,
                    send_by: None,
                },
            })
        }),
    }
}

fn signer(key: &Arc<EcdsaKeyPair>) -> EntrySigner {
    let key = Arc::clone(key);
    let sign = Arc::new(move |message: &[u8]| {
        let signature = key.sign(&SystemRandom::new(), message)?;
        Ok(signature.as_ref().try_into()?)
    });
    EntrySigner { key_id: KEY_ID.to_owned(), sign, is_device: false }
}

fn verifier(public: &[u8]) -> Verifier {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public.to_vec());
    Box::new(move |message, signature| key.verify(message, signature).is_ok())
}

async fn settle(ledger: &Ledger, outlets: u64, spki: Vec<u8>) -> Result<(), BoxError> {
    let (tenant, taxpayer) = (TenantId::from_random([1; 10]), TaxpayerId::from_random([1; 10]));
    let created_at = Timestamp::from_micros(0);
    let name = "A tenant".to_owned();
    ledger.create_tenant(Tenant { id: tenant.clone(), name: name.clone(), created_at }).await?;
    let (register, regime_label, address, phone, email) = (None, None, None, None, None);
    let tax_id = "A1234567B".to_owned();
    let (owner, id) = (tenant.clone(), taxpayer.clone());
    let person = Taxpayer {
        tenant: owner,
        id,
        tax_id,
        name,
        register,
        regime_label,
        address,
        phone,
        email,
        created_at,
    };
    ledger.create_taxpayer(person).await?;
    let (key_id, algorithm) = (KEY_ID.to_owned(), "ES256".to_owned());
    let key = PublicKey { key_id, algorithm, spki, first_seen: created_at };
    for index in 0..outlets {
        let outlet = outlet(&tenant, &taxpayer, index);
        let id = outlet.id.clone();
        ledger.create_outlet(outlet).await?;
        ledger.register_key(&tenant, &id, key.clone()).await?;
    }
    Ok(())
}

fn outlet(tenant: &TenantId, taxpayer: &TaxpayerId, index: u64) -> Outlet {
    Outlet {
        tenant: tenant.clone(),
        taxpayer: taxpayer.clone(),
        id: outlet_id(index),
        code: format!("KIN{index:02}"),
        name: "Gombe".to_owned(),
        address: None,
        city: None,
        phone: None,
        email: None,
        zone: "Africa/Kinshasa".to_owned(),
        number_template: NumberTemplate::parse("{outlet}-{year}-{seq:6}").expect("a template"),
        authority: "drc/cloud".to_owned(),
        environment: Environment::Test,
        key_uri: "file:key.pem".to_owned(),
        settings: "{}".to_owned(),
        created_at: Timestamp::from_micros(0),
    }
}

fn outlet_id(index: u64) -> OutletId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&index.to_be_bytes());
    OutletId::from_random(random)
}

const KEY_ID: &str = "0123456789abcdef";

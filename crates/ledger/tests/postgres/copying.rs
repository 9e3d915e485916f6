//! A whole ledger moves from a database to a file and on to another database, byte for byte.

use std::path::Path;

use invoice::{Hash, SECOND, TerminalId};
use jiff::civil::Date;
use ledger::{
    Alert, ApiKey, Attempt, AuthorityFact, CreditClaim, DecisionDelivery, DecisionReceiver,
    DeliveryState, DocumentWork, Environment, FollowUp, InboxId, Kept, KeptApproval, LedgerError,
    NewApproval, NewDecision, NewDocument, NewLease, SealOrder, SealOutcome, StoreUrl, Terminal,
    copy,
};

use crate::home::{OPTIONS, empty_database};
use crate::inbox::in_hand;
use crate::ranges::TODAY;
use crate::world::{World, crediting, requested};

/// A row at least in every table.
pub(crate) async fn full_world() -> World {
    let world = World::new().await;
    let first = world.seal(world.keyed("key", b"body")).await.unwrap();
    let sealed = world.seal(world.request(&world.outlet)).await.unwrap();
    let mut order = world.coded(&sealed, FollowUp::Sealed, "DGI-1");
    order.attempt = Some(attempt(&world));
    world.ledger().append(order).await.unwrap();
    credit_and_replace(&world, &first).await;
    numbers(&world).await;
    registry(&world).await;
    came_in(&world, &first).await;
    // Enough for more than one page of large rows, and for tiles of the log.
    for _ in 0..270 {
        world.seal(world.order(&world.second)).await.unwrap();
    }
    let due = SealOrder { prepare: requested(false), ..world.order(&world.outlet) };
    world.seal(due).await.unwrap();
    let refused = world.seal(world.request(&world.outlet)).await.unwrap();
    world.append(&refused, FollowUp::Refused).await.unwrap();
    let now = world.now();
    let lease = NewLease { owner: "agent".to_owned(), until: now.plus_micros(60 * SECOND) };
    assert_eq!(world.ledger().lease_due(lease, 1, now).await.unwrap().len(), 1);
    world
}

fn attempt(world: &World) -> Attempt {
    Attempt {
        at: world.now(),
        asked: "POST /invoice".to_owned(),
        answer: "200 d'accord é".to_owned(),
        duration_micros: 1,
        outcome: "answered".to_owned(),
    }
}

async fn credit_and_replace(world: &World, original: &ledger::Recorded) {
    let one = invoice::Quantity::parse("1").unwrap();
    let claim = CreditClaim {
        original: original.entry.invoice.clone().unwrap(),
        line: 0,
        quantity: one,
        limit: one,
    };
    world.ledger().record_paper(world.paper("P1")).await.unwrap();
    let stands_for = || Some("P1".to_owned());
    let request = crediting(vec![claim], world.request(&world.outlet));
    let credit = SealOrder { stands_for: stands_for(), ..request };
    let credit = world.seal(credit).await.unwrap();
    world.append(&credit, FollowUp::Refused).await.unwrap();
    let replacing = world.replacing(credit.entry.invoice.as_ref().unwrap());
    let replacing = SealOrder { stands_for: stands_for(), ..replacing };
    let replacing = world.seal(replacing).await.unwrap();
    world.append(&replacing, FollowUp::Refused).await.unwrap();
}

async fn numbers(world: &World) {
    let share = world.share(1, &world.outlet, 1, 10);
    world.ledger().authorise_range(world.range(1, 1, 40), vec![share]).await.unwrap();
    world.take(&world.outlet, TODAY).await.unwrap();
    world.ledger().annul(world.annulment(1, 3, 4)).await.unwrap();
}

async fn registry(world: &World) {
    let ledger = world.ledger();
    let (tenant, outlet) = (world.tenant.clone(), world.outlet.clone());
    let terminal = Terminal {
        tenant: tenant.clone(),
        outlet: outlet.clone(),
        id: TerminalId::from_random([5; 10]),
        name: "Caisse à gauche".to_owned(),
        created_at: world.now(),
    };
    ledger.create_terminal(terminal).await.unwrap();
    let key = ApiKey {
        tenant: tenant.clone(),
        id: "ak_1".to_owned(),
        hash: [7; 32],
        environment: Environment::Test,
        operations: "[]".to_owned(),
        outlets: "[]".to_owned(),
        label: String::new(),
        created_at: world.now(),
        expires_at: None,
        revoked_at: Some(world.now()),
    };
    ledger.create_api_key(key).await.unwrap();
    let alert = Alert {
        tenant: tenant.clone(),
        outlet: Some(outlet.clone()),
        kind: "authority.unreachable".to_owned(),
        key: "unreachable".to_owned(),
        body: "{}".to_owned(),
        at: world.now(),
    };
    assert!(ledger.raise_alert(alert).await.unwrap());
    let (key, value) = ("status".to_owned(), "up".to_owned());
    let fact = AuthorityFact { key, value, at: world.now() };
    ledger.set_authority_fact(&tenant, &outlet, fact).await.unwrap();
}

async fn came_in(world: &World, ours: &ledger::Recorded) {
    let id = keep(world).await;
    let decision = NewDecision {
        tenant: world.tenant.clone(),
        id: id.clone(),
        reason: Some("No pedimos esto.".to_owned()),
        document: b"<no/>".to_vec(),
        by: "ak_1".to_owned(),
        at: world.now(),
    };
    world.ledger().decide(decision).await.unwrap();
    let delivery = DecisionDelivery {
        receiver: DecisionReceiver::Issuer,
        state: DeliveryState::Sent,
        words: "200".to_owned(),
        at: world.now(),
    };
    let hand = in_hand(world, (&id, DocumentWork::Decision)).await;
    world.ledger().tell_delivery(&world.tenant, &id, hand, delivery).await.unwrap();
    let approval = NewApproval {
        tenant: world.tenant.clone(),
        invoice: ours.entry.invoice.clone().unwrap(),
        number: ours.assigned.number.clone(),
        buyer_tax_id: "131880681".to_owned(),
        is_approved: true,
        reason: String::new(),
        signer: "CN=Comprador".to_owned(),
        certificate: Hash([1; 32]),
        signer_is_party: true,
        chain_checked: true,
        document: b"<si/>".to_vec(),
        at: world.now(),
    };
    let kept = world.ledger().keep_approval(approval.clone()).await.unwrap();
    assert_eq!(kept, KeptApproval::New);
    let kept = world.ledger().keep_approval(approval).await.unwrap();
    assert_eq!(kept, KeptApproval::There, "the same bytes again");
}

async fn keep(world: &World) -> InboxId {
    let new = NewDocument {
        tenant: world.tenant.clone(),
        outlet: world.outlet.clone(),
        issuer_tax_id: "101001577".to_owned(),
        issuer_name: "Suplidor, SRL".to_owned(),
        number: "E310000000001".to_owned(),
        kind: "31".to_owned(),
        issued_on: "2026-06-01".parse::<Date>().unwrap(),
        total: invoice::Amount::parse("118.00").unwrap(),
        takes_approval: true,
        inquiry_code: "a+/b12".to_owned(),
        signer: "CN=Suplidor".to_owned(),
        certificate: Hash([2; 32]),
        signer_is_party: true,
        chain_checked: true,
        sender: None,
        document: (0..=255).collect(),
        receipt: b"<acuse/>".to_vec(),
        at: world.now(),
    };
    let Kept::New(id) = world.ledger().keep_document(new.clone()).await.unwrap() else { panic!() };
    let again = world.ledger().keep_document(new.clone()).await.unwrap();
    let document_hash = Hash::of_note(&new.document);
    assert_eq!(again, Kept::There { document_hash, receipt: new.receipt });
    id
}

fn moved(from: &StoreUrl, to: &StoreUrl) -> Result<ledger::Copied, LedgerError> {
    copy(from, to, OPTIONS(), &mut |_, _| {})
}

pub(crate) async fn across(from: &StoreUrl, to: &StoreUrl) -> Result<ledger::Copied, LedgerError> {
    let (from, to) = (from.clone(), to.clone());
    tokio::task::spawn_blocking(move || moved(&from, &to)).await.unwrap()
}

fn verified(world: &World, store: &StoreUrl) -> ledger::Report {
    std::thread::scope(|scope| {
        let verify = || store.verify(&|id| world.verifier(id), &mut |_| {});
        scope.spawn(verify).join().unwrap().unwrap_or_else(|error| panic!("{store}: {error}"))
    })
}

#[tokio::test]
async fn a_ledger_moves_to_a_file_and_back_and_goes_on() {
    let world = full_world().await;
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    let database: StoreUrl = world.address().parse().unwrap();
    let file = StoreUrl::file(folder.path().join("copy.db"));
    let there = across(&database, &file).await.unwrap();
    let empty: Vec<_> = there.tables.iter().filter(|(_, rows)| *rows == 0).collect();
    assert!(empty.iter().all(|(table, _)| *table == "cosignatures"), "{empty:?}");
    let second = empty_database().await;
    let other: StoreUrl = second.address().parse().unwrap();
    let back = across(&file, &other).await.unwrap();
    assert_eq!(there, back);
    let report = verified(&world, &database);
    assert_eq!(report, verified(&world, &file));
    assert_eq!(report, verified(&world, &other));
    assert!(report.entries > 280);
    goes_on(&world, &file).await;
    goes_on(&world, &other).await;
    for full in [&database, &file, &other] {
        let error = across(&database, full).await.unwrap_err();
        assert!(matches!(error, LedgerError::NotEmpty(_)), "{full}: {error:?}");
    }
    verified(&world, &other);
}

/// Its next number is the next, what was sealed is known, and its events count on.
async fn goes_on(world: &World, store: &StoreUrl) {
    let ledger = store.open(OPTIONS()).await.unwrap();
    let last = ledger.head(&world.tenant, &world.second).await.unwrap().unwrap().sequence;
    let outcome = ledger.seal(world.order(&world.second)).await.unwrap();
    let SealOutcome::Recorded(recorded) = outcome else { panic!() };
    assert_eq!(recorded.assigned.sequence, last + 1);
    let again = ledger.seal(world.keyed("key", b"body")).await.unwrap();
    assert!(matches!(again, SealOutcome::Replayed(_)));
    let events = ledger.events(&world.tenant, 0, 1_000).await.unwrap();
    assert!(events.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert_eq!(events.last().unwrap().kind, "invoice.sealed");
    ledger.close().await;
    verified(world, store);
}

#[tokio::test]
async fn a_copy_that_fails_leaves_nothing() {
    let world = full_world().await;
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    let database: StoreUrl = world.address().parse().unwrap();
    let path = folder.path().join("copy.db");
    let file = StoreUrl::file(&path);
    across(&database, &file).await.unwrap();
    // A text that PostgreSQL has no place for.
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute("UPDATE alerts SET kind = 'a' || char(0)", []).unwrap();
    drop(raw);
    let second = empty_database().await;
    let other: StoreUrl = second.address().parse().unwrap();
    let error = across(&file, &other).await.unwrap_err();
    assert!(matches!(error, LedgerError::Nul(_)), "{error:?}");
    assert_eq!(second.sql("SELECT count(*) FROM stalela.tenants").trim(), "0");
    let nowhere = StoreUrl::file(folder.path().join("nowhere.db"));
    let error = across(&nowhere, &other).await.unwrap_err();
    assert!(matches!(error, LedgerError::NoLedger(_)), "{error:?}");
    assert!(!Path::new(nowhere.path().unwrap()).exists());
}

#[tokio::test]
async fn a_file_that_a_server_has_open_is_not_copied() {
    let world = World::new().await;
    world.number().await;
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    let database: StoreUrl = world.address().parse().unwrap();
    let file = StoreUrl::file(folder.path().join("copy.db"));
    across(&database, &file).await.unwrap();
    let open = file.open(OPTIONS()).await.unwrap();
    let second = empty_database().await;
    let other: StoreUrl = second.address().parse().unwrap();
    let error = across(&file, &other).await.unwrap_err();
    assert!(matches!(error, LedgerError::AlreadyOpen { .. }), "{error:?}");
    open.close().await;
    across(&file, &other).await.unwrap();
}

/// Nothing in SQLite's log says whose it is: the copy would have become the old ledger again.
#[tokio::test]
async fn nothing_is_copied_to_where_the_log_of_another_file_was_left() {
    let world = World::new().await;
    world.number().await;
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    let database: StoreUrl = world.address().parse().unwrap();
    let left = folder.path().join("copy.db-wal");
    std::fs::write(&left, b"log").unwrap();
    let file = StoreUrl::file(folder.path().join("copy.db"));
    let error = across(&database, &file).await.unwrap_err();
    let is_named = |place: &str| place == left.display().to_string();
    assert!(matches!(&error, LedgerError::NotEmpty(place) if is_named(place)), "{error:?}");
    std::fs::remove_file(&left).unwrap();
    across(&database, &file).await.unwrap();
}

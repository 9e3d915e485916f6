//! The crash model: whatever is cut off at whatever moment, what is left is a sound ledger with
//! all that was acknowledged by then: no number twice, no fork, nothing signed and unchained,
//! nothing reserved for ever.

use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use invoice::Quantity;
use ledger::{
    CreditClaim, FollowUp, InvoiceFilter, Ledger, LedgerError, Options, Rewrite, SealOrder,
    rewrite_file, verify,
};
use rusqlite::Connection;

use crate::world::{World, crediting};

/// The log file grows at its end only, until it is copied into the main file; so the main file
/// with any beginning of the log is what a loss of power can leave.
#[tokio::test]
async fn every_beginning_of_the_log_is_a_sound_ledger_with_all_that_was_acknowledged() {
    let world = World::new().await;
    let log = world.path().with_extension("db-wal");
    let length = || std::fs::metadata(&log).unwrap().len();
    let mut acknowledged = vec![(length(), 0)];
    for entries in 1..=12 {
        let recorded = world.seal(world.request(&world.outlet)).await.unwrap();
        if entries % 3 == 0 {
            world.append(&recorded, FollowUp::Refused).await.unwrap();
        }
        let report = world.verify().await.unwrap();
        acknowledged.push((length(), report.entries));
    }
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ledger.db");
    let (main, log) = (std::fs::read(world.path()).unwrap(), std::fs::read(&log).unwrap());
    let start = usize::try_from(acknowledged[0].0).unwrap();
    // Steps that are no divisor of a page, so that cuts fall within frames.
    for cut in (start..=log.len()).step_by(1_999).chain([log.len()]) {
        let _ = std::fs::remove_file(folder.path().join("ledger.db-shm"));
        std::fs::write(&copy, &main).unwrap();
        std::fs::write(folder.path().join("ledger.db-wal"), &log[..cut]).unwrap();
        let wanted = acknowledged.iter().rfind(|(length, _)| *length <= cut as u64).unwrap().1;
        check_copy(&world, &copy, wanted).await;
    }
    world.finish().await;
}

async fn check_copy(world: &World, copy: &Path, wanted: u64) {
    let ledger = Ledger::open(copy, Options::default()).unwrap();
    let before = verify(copy, &|id| world.verifier(id), &mut |_| {});
    let before = before.unwrap_or_else(|error| panic!("{error}"));
    assert!(before.entries >= wanted, "{} of {wanted} entries", before.entries);
    ledger.seal(world.order(&world.outlet)).await.unwrap();
    ledger.close().await;
    let after = verify(copy, &|id| world.verifier(id), &mut |_| {});
    assert_eq!(after.unwrap_or_else(|error| panic!("{error}")).entries, before.entries + 1);
}

/// What a process that ended left in the log may not be on the disk in full, whatever is read of it: it
/// is written anew, beside whoever reads and while nobody writes.
#[tokio::test]
async fn the_log_that_is_found_is_written_anew_where_nobody_writes_it() {
    static REWRITTEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let rewrite: Rewrite = |path| {
        REWRITTEN.lock().unwrap().push(path.to_owned());
        rewrite_file(path)
    };
    let world = World::new().await;
    world.number().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let copy = folder.join("ledger.db");
    let log = folder.join("ledger.db-wal");
    std::fs::copy(world.path(), &copy).unwrap();
    std::fs::copy(world.path().with_extension("db-wal"), &log).unwrap();
    let options = Options { rewrite, ..Options::default() };
    let other = Connection::open(&copy).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = Ledger::open(&copy, options).err();
    assert!(matches!(error, Some(LedgerError::LogHeld)), "{error:?}");
    assert!(REWRITTEN.lock().unwrap().is_empty());
    other.execute_batch("COMMIT; BEGIN; SELECT count(*) FROM entries;").unwrap();
    let length = || std::fs::metadata(&log).unwrap().len();
    let ledger = Ledger::open(&copy, options).unwrap();
    assert!(length() > 0, "somebody reads it");
    drop(ledger);
    other.execute_batch("COMMIT").unwrap();
    let ledger = Ledger::open(&copy, options).unwrap();
    assert_eq!(length(), 0, "it is begun anew");
    assert_eq!(*REWRITTEN.lock().unwrap(), [log.clone(), log.clone()]);
    ledger.close().await;
    let report = verify(&copy, &|id| world.verifier(id), &mut |_| {});
    assert_eq!(report.unwrap_or_else(|error| panic!("{error}")).entries, 1);
    world.finish().await;
}

/// Where it cannot be written anew the ledger is not opened, and nothing is copied out of the log: a sync
/// fails again on a disk that dies.
#[tokio::test]
async fn a_log_that_cannot_be_written_anew_keeps_the_ledger_closed_and_as_it_is() {
    let world = World::new().await;
    world.number().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ledger.db");
    let log = folder.path().join("ledger.db-wal");
    std::fs::copy(world.path(), &copy).unwrap();
    std::fs::copy(world.path().with_extension("db-wal"), &log).unwrap();
    let files = || (std::fs::read(&copy).unwrap(), std::fs::read(&log).unwrap());
    let before = files();
    let options = Options { rewrite: |_| Err(Error::other("no")), ..Options::default() };
    let error = Ledger::open(&copy, options).err();
    assert!(matches!(error, Some(LedgerError::Open(_))), "{error:?}");
    assert!(files() == before, "the file and its log are as they were");
    Ledger::open(&copy, Options::default()).unwrap().close().await;
    world.finish().await;
}

/// A ledger of the version before knew no more of a key than that it signed.
#[tokio::test]
async fn what_outlets_signed_before_their_keys_were_told_is_found_in_their_entries() {
    let mut world = World::new().await;
    world.number().await;
    let knows = async |world: &World| world.ledger().key_holders().await.unwrap();
    let before = knows(&world).await;
    world.close().await;
    let older = Connection::open(world.path()).unwrap();
    older.execute_batch("DROP TABLE outlet_keys; PRAGMA user_version = 4").unwrap();
    drop(older);
    world.reopen().await;
    let found = knows(&world).await;
    assert_eq!(found.len(), 1, "one outlet has signed: {found:?}");
    assert!(before.contains(&found[0]) && found[0].outlet == world.outlet);
    world.finish().await;
}

/// Dies at the write to each table in turn.
#[tokio::test]
async fn a_transaction_that_ends_at_any_of_its_writes_leaves_nothing() {
    for table in TABLES {
        for way in ["ROLLBACK", "ABORT", "FAIL"] {
            dies_at(table, way).await;
        }
    }
}

async fn dies_at(table: &str, way: &str) {
    let mut world = World::new().await;
    let original = world.seal(world.request(&world.outlet)).await.unwrap();
    let raw = Connection::open(world.path()).unwrap();
    let event = if matches!(table, "event_counter" | "heads" | "series") {
        "BEFORE UPDATE"
    } else {
        "BEFORE INSERT"
    };
    raw.execute_batch(&format!(
        "CREATE TRIGGER crash {event} ON {table} BEGIN SELECT RAISE({way}, 'crash'); END"
    ))
    .unwrap();
    let error = world.ledger().seal(crowded(&world, &original)).await.unwrap_err();
    raw.execute_batch("DROP TRIGGER crash").unwrap();
    drop(raw);
    assert!(
        matches!(error, LedgerError::BatchFailed(_) | LedgerError::Store(_)),
        "{table} {way}: {error:?}"
    );
    world.reopen().await;
    let all = InvoiceFilter::default();
    assert_eq!(world.ledger().invoices(&world.tenant, all, None, 10).await.unwrap().len(), 1);
    let again = world.seal(crowded(&world, &original)).await.unwrap();
    assert_eq!(again.assigned.sequence_in_series, 2, "{table} {way}");
    assert_eq!(again.entry.sequence, 2);
    world.finish().await;
}

/// An order that writes to every table.
fn crowded(world: &World, original: &ledger::Recorded) -> SealOrder {
    let replaced = original.entry.invoice.as_ref().unwrap();
    let claim = CreditClaim {
        original: replaced.clone(),
        line: 0,
        quantity: Quantity::parse("1").unwrap(),
        limit: Quantity::parse("1").unwrap(),
    };
    SealOrder {
        idempotency: world.keyed("key", b"body").idempotency,
        stands_for: Some("P1".to_owned()),
        ..crediting(vec![claim], world.replacing(replaced))
    }
}

const TABLES: [&str; 11] = [
    "invoices",
    "idempotency",
    "credits",
    "replacements",
    "stand_ins",
    "submissions",
    "entries",
    "heads",
    "series",
    "event_counter",
    "events",
];

#[tokio::test]
async fn one_process_at_a_time_has_the_file() {
    let world = World::new().await;
    let again = Ledger::open(&world.path(), Options::default());
    assert!(matches!(again, Err(LedgerError::AlreadyOpen { .. })), "one writer a file");
    world.finish().await;
}

//! What verification finds where numbers of ranges were tampered with.

use ledger::VerifyError;
use rusqlite::Connection;

use crate::forgeries::{OF_RANGES, place, world_with_ranges};
use crate::tampering::forge;

#[tokio::test]
async fn tampering_with_ranges_is_found() {
    let world = world_with_ranges().await;
    let report = world.verify().await.unwrap();
    let outlet = &report.outlets[0];
    assert_eq!((outlet.requested, outlet.free, outlet.annulled, outlet.unused), (2, 1, 2, 5));
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    for (kind, what, forgery) in OF_RANGES {
        let copy = folder.path().join("copy.db");
        std::fs::copy(world.path(), &copy).unwrap();
        forge(&world, &copy, forgery);
        let found = ledger::verify(&copy, &|id| world.verifier(id), &mut |_| {});
        let Err(VerifyError::Break(found)) = found else { panic!("{forgery}: {found:?}") };
        assert_eq!((place(&found).0, found.what), (*kind, *what), "{forgery}: {found}");
        std::fs::remove_file(&copy).unwrap();
    }
}

#[tokio::test]
async fn the_database_keeps_ranges_apart_and_for_ever() {
    let world = world_with_ranges().await;
    let raw = Connection::open(world.path()).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    for (sql, words) in [
        ("UPDATE ranges SET last = 41 WHERE first = 1", "append-only"),
        ("UPDATE range_shares SET last = 11 WHERE first = 1", "append-only"),
        ("UPDATE annulments SET last = 9", "append-only"),
        ("DELETE FROM ranges", "append-only"),
        ("DELETE FROM range_shares", "append-only"),
        ("DELETE FROM annulments", "append-only"),
        (
            "INSERT INTO ranges SELECT tenant, taxpayer, environment, kind, 40, 60, 'ra_x', prefix,
                width, expires_on, reference, created_at FROM ranges WHERE first = 1",
            "never overlap",
        ),
        (
            "INSERT INTO range_shares SELECT outlet, range, 20, 21, tenant, created_at
                FROM range_shares WHERE first = 1",
            "never overlap",
        ),
        (
            "INSERT INTO range_shares SELECT outlet, range, 40, 41, tenant, created_at
                FROM range_shares WHERE first = 1",
            "within a range",
        ),
        (
            "INSERT INTO annulments (tenant, range, first, last, at, state, document)
                SELECT tenant, range, 4, 4, at, state, document
                FROM annulments",
            "annulled once",
        ),
        (
            "INSERT INTO annulments (tenant, range, first, last, at, state, document)
                SELECT tenant, range, 41, 41, at, state, document
                FROM annulments",
            "within a range",
        ),
        (
            "INSERT INTO invoices SELECT outlet, sequence + 100, invoice || 'x', tenant, series,
                range, ordinal + 50, turn, number, at, taxpayer, total, currency, regime,
                payload_hash, document_kind, issued_on, customer_name, customer_tax_id, stage
                FROM invoices WHERE ordinal = 5",
            "UNIQUE",
        ),
    ] {
        let error = raw.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains(words), "{sql}: {error}");
    }
    world.finish().await;
}

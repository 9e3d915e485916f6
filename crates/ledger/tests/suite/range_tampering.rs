//! What verification finds where numbers of ranges were tampered with.

use ledger::{FollowUp, VerifyError};
use rusqlite::Connection;

use crate::ranges::TODAY;
use crate::tampering::{forge, place};
use crate::world::World;

/// Of a range of 1 to 40, 1 to 10 lent to the first outlet: 1 used, 2 came back, 3 and 4 annulled,
/// 5 used, the rest unused; and 11 to 20 lent to the second.
async fn world_with_ranges() -> World {
    let world = World::new().await;
    let shares = vec![world.share(1, &world.outlet, 1, 10), world.share(1, &world.second, 11, 20)];
    world.ledger().authorise_range(world.range(1, 1, 40), shares).await.unwrap();
    world.ledger().authorise_range(world.range(2, 41, 50), vec![]).await.unwrap();
    world.take(&world.outlet, TODAY).await.unwrap();
    let refused = world.seal(world.of_kind(&world.outlet, "31", TODAY)).await.unwrap();
    world.ledger().annul(world.annulment(1, 3, 4)).await.unwrap();
    world.take(&world.outlet, TODAY).await.unwrap();
    world.append(&refused, FollowUp::Refused).await.unwrap();
    world.take(&world.second, TODAY).await.unwrap();
    world
}

/// Each line: the kind of place, what verification says is wrong, and the forgery.
const FORGERIES: &[(&str, &str, &str)] = &[
    (
        "invoice",
        "the number of its place in the share",
        "UPDATE invoices SET ordinal = 6 WHERE number = 'E310000000005'",
    ),
    ("invoice", "the number", "UPDATE invoices SET number = 'E310000000006' WHERE ordinal = 5"),
    (
        "invoice",
        "the number of its place in the share",
        "UPDATE ranges SET prefix = 'E32' WHERE first = 1",
    ),
    (
        "invoice",
        "the number of its place in the share",
        "UPDATE invoices SET series = '31/2' WHERE ordinal = 5",
    ),
    ("invoice", "the series", "UPDATE invoices SET series = '31/x' WHERE ordinal = 5"),
    ("invoice", "the kind of its range", "UPDATE ranges SET kind = '32' WHERE first = 1"),
    ("invoice", "the date", "UPDATE ranges SET expires_on = '2026-05-31' WHERE first = 1"),
    ("number", "the next number", "DELETE FROM annulments"),
    ("number", "the next number", "UPDATE annulments SET last = 3"),
    ("number", "the annulled number", "UPDATE annulments SET last = 5"),
    ("number", "the turn it is free for", "UPDATE annulments SET first = 2"),
    ("number", "the turn it is free for", "DELETE FROM free_numbers"),
    ("number", "the series' last number", "UPDATE series SET last = 9 WHERE outlet = :o"),
    ("share", "the last number", "UPDATE series SET last = 11 WHERE outlet = :o"),
    ("head", "the count of series", "INSERT INTO series VALUES (:o, '31/21', :tenant, 1)"),
    ("share", "the share", "UPDATE range_shares SET last = 11 WHERE first = 1"),
    ("share", "the share", "UPDATE range_shares SET last = 41 WHERE first = 11"),
    ("share", "the share", "UPDATE range_shares SET tenant = :stranger WHERE first = 11"),
    ("share", "the last number", "UPDATE range_shares SET last = 4 WHERE first = 1"),
    ("range", "the range before", "UPDATE ranges SET first = 40 WHERE first = 41"),
    ("range", "what is annulled", "UPDATE annulments SET tenant = :stranger"),
    (
        "invoice",
        "the share",
        "UPDATE invoices SET range = (SELECT id FROM ranges WHERE first = 41) WHERE ordinal = 5",
    ),
    ("invoice", "the share", "DELETE FROM range_shares WHERE first = 11"),
];

#[tokio::test]
async fn tampering_with_ranges_is_found() {
    let world = world_with_ranges().await;
    let report = world.verify().unwrap();
    let outlet = &report.outlets[0];
    assert_eq!((outlet.requested, outlet.free, outlet.annulled, outlet.unused), (2, 1, 2, 5));
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    for (kind, what, forgery) in FORGERIES {
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
            "INSERT INTO annulments SELECT tenant, range, 4, 4, at, state, document
                FROM annulments",
            "annulled once",
        ),
        (
            "INSERT INTO annulments SELECT tenant, range, 41, 41, at, state, document
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

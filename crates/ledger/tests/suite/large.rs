//! Ledgers that are large enough to be verified on every core: what is found is the same, and the
//! first of its kind.

use std::sync::Arc;

use ledger::{Verifier, VerifyError};

use crate::forgeries::place;
use crate::logs;
use crate::tampering::forge;
use crate::world::{KEY_ID, World};

/// Several pages, and the last one is not full.
const ENTRIES: usize = 2_150;

#[tokio::test]
async fn a_large_ledger_is_verified_like_a_small_one() {
    let world = &World::new().await;
    logs::seal(world, &world.outlet, ENTRIES).await;
    let report = world.verify().await.unwrap();
    let outlet = report.outlets.iter().find(|outlet| outlet.outlet == world.outlet.as_str());
    let outlet = outlet.unwrap();
    assert_eq!(outlet.entries, ENTRIES as u64);
    assert_eq!((outlet.invoices, outlet.sealed), (ENTRIES as u64, ENTRIES as u64));
    assert!(outlet.checkpoints > 30, "{outlet:?}");
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    for (kind, sequence, what, forgery) in [
        (
            "entry",
            1_500,
            "the signature",
            "UPDATE entries SET signature = :zeros64 WHERE sequence IN (1500, 2000)",
        ),
        ("entry", 257, "the sequence", "DELETE FROM entries WHERE sequence = 256"),
        ("entry", 300, "the invoice's row", "DELETE FROM invoices WHERE sequence IN (300, 2100)"),
        ("invoice", 0, "the total", "UPDATE invoices SET total = '1.00' WHERE sequence = 2000"),
        ("submission", 0, "the submission", "DELETE FROM submissions WHERE sequence = 1000"),
        ("head", 0, "the head", "DELETE FROM entries WHERE sequence = 2150"),
        (
            "invoice",
            0,
            "its first entry",
            "UPDATE invoices SET sequence = 9999 WHERE sequence = 2150",
        ),
        ("tile", 0, "the root", "UPDATE log_tiles SET hash = :zeros32 WHERE ordinal = 5"),
        ("head", 0, "the count of series", "INSERT INTO series VALUES (:o, '2031', :tenant, 4)"),
    ] {
        let copy = folder.path().join("copy.db");
        std::fs::copy(world.path(), &copy).unwrap();
        forge(world, &copy, forgery);
        let found = ledger::verify(&copy, &|id| world.verifier(id), &mut |_| {});
        let Err(VerifyError::Break(found)) = found else { panic!("{forgery}: {found:?}") };
        assert_eq!((place(&found), found.what), ((kind, sequence), what), "{forgery}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_ledger_is_verified_while_it_grows() {
    let world = &World::new().await;
    logs::seal(world, &world.outlet, ENTRIES).await;
    let (path, verifier) = (world.path(), Arc::new(world.verifier(KEY_ID).unwrap()));
    let verifying = tokio::task::spawn_blocking(move || {
        let keys = |_: &str| {
            let verifier = Arc::clone(&verifier);
            let verifier: Verifier = Box::new(move |message, given| verifier(message, given));
            Some(verifier)
        };
        let verify = || ledger::verify(&path, &keys, &mut |_| {}).unwrap().entries;
        (0..3).map(|_| verify()).collect::<Vec<_>>()
    });
    while !verifying.is_finished() {
        logs::seal(world, &world.outlet, 3).await;
    }
    let seen = verifying.await.unwrap();
    assert!(seen.is_sorted() && seen[0] >= ENTRIES as u64, "{seen:?}");
}

//! The database refuses to rewrite what happened; where its triggers are taken away, verification
//! finds what was rewritten, and where.

use ledger::{Ledger, LedgerError, Options, Place, VerifyError};
use rusqlite::Connection;

use crate::forgeries::{FORGERIES, place, rich_world};
use crate::logs;
use crate::world::{World, outlet};

#[tokio::test]
async fn the_database_refuses_update_and_delete() {
    let world = rich_world().await;
    let raw = Connection::open(world.path()).unwrap();
    for (table, column) in [
        ("entries", "statement"),
        ("invoices", "number"),
        ("idempotency", "body_hash"),
        ("credits", "quantity"),
        ("replacements", "invoice"),
        ("papers", "draft"),
        ("stand_ins", "invoice"),
        ("attempts", "answer"),
        ("events", "body"),
        ("keys", "spki"),
        ("checkpoints", "root"),
        ("cosignatures", "signature"),
    ] {
        let rows: i64 =
            raw.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert!(rows > 0, "{table} is empty");
        for sql in
            [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")]
        {
            let error = raw.execute(&sql, []).unwrap_err().to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn each_kind_of_tampering_is_found_where_it_was_done() {
    let world = rich_world().await;
    world.verify().await.unwrap();
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    for (kind, sequence, what, forgery) in FORGERIES {
        let copy = folder.path().join("copy.db");
        std::fs::copy(world.path(), &copy).unwrap();
        forge(&world, &copy, forgery);
        let found = ledger::verify(&copy, &|id| world.verifier(id), &mut |_| {});
        let Err(VerifyError::Break(found)) = found else { panic!("{forgery}: {found:?}") };
        assert_eq!((place(&found), found.what), ((*kind, *sequence), *what), "{forgery}: {found}");
        assert_ne!(found.stored, found.expected, "{forgery}");
        std::fs::remove_file(&copy).unwrap();
    }
}

pub(crate) fn forge(world: &World, copy: &std::path::Path, forgery: &str) {
    let raw = Connection::open(copy).unwrap();
    let triggers: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    for trigger in triggers {
        raw.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    raw.execute_batch("DROP INDEX entries_sealed_once").unwrap();
    let quoted = |text: &str| format!("'{text}'");
    let forgery = forgery
        .replace(":o", &quoted(world.outlet.as_str()))
        .replace(":tenant", &quoted(world.tenant.as_str()))
        .replace(":stranger", &quoted(world.stranger.as_str()))
        .replace(":zeros32", "zeroblob(32)")
        .replace(":zeros64", "zeroblob(64)")
        .replace(":braces", "x'7b7d'")
        .replace(":false", "0");
    raw.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA journal_mode = DELETE").unwrap();
    assert!(raw.execute(&forgery, []).unwrap() > 0, "{forgery} does nothing");
}

#[tokio::test]
async fn a_rewritten_tile_is_found() {
    let world = &World::new().await;
    logs::seal(world, &world.outlet, 260).await;
    let folder = tempfile::tempdir().unwrap();
    for (place_found, what, forgery) in [
        ("tile", "the root", "UPDATE log_tiles SET hash = zeroblob(32)"),
        ("tile", "the root", "UPDATE log_tiles SET ordinal = 1"),
        ("tile", "the root", "DELETE FROM log_tiles"),
        ("head", "the tenant", "UPDATE log_tiles SET tenant = :stranger"),
    ] {
        let copy = folder.path().join("copy.db");
        let _ = std::fs::remove_file(&copy);
        let raw = Connection::open(world.path()).unwrap();
        raw.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        let refused = raw.execute(&forgery.replace(":stranger", "'x'"), []).unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{forgery}: {refused}");
        forge(world, &copy, forgery);
        let found = ledger::verify(&copy, &|id| world.verifier(id), &mut |_| {});
        let Err(VerifyError::Break(found)) = found else { panic!("{forgery}: {found:?}") };
        assert_eq!((place(&found).0, found.what), (place_found, what), "{forgery}");
    }
}

#[tokio::test]
async fn a_guard_that_was_taken_away_or_put_there_is_found() {
    let world = rich_world().await;
    world.ledger().close().await;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    std::fs::copy(world.path(), &copy).unwrap();
    let raw = Connection::open(&copy).unwrap();
    let guards: Vec<(String, String, String)> = raw
        .prepare("SELECT name, type, sql FROM sqlite_schema WHERE type = 'trigger' OR sql LIKE '%UNIQUE INDEX%'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    assert!(guards.len() > 18);
    let check = |wanted: &str, what: &str| {
        let found = ledger::verify(&copy, &|id| world.verifier(id), &mut |_| {});
        let Err(VerifyError::Break(found)) = found else { panic!("{wanted}: {found:?}") };
        assert_eq!((found.place, found.what), (Place::Schema { name: wanted.to_owned() }, what));
    };
    for (name, sort, sql) in guards {
        raw.execute_batch(&format!("DROP {sort} {name}")).unwrap();
        check(&name, "the definition");
        if sort == "trigger" {
            let (event, _) = sql.split_once("BEGIN").unwrap();
            raw.execute_batch(&format!("{event} BEGIN SELECT 1; END")).unwrap();
            check(&name, "the definition");
            raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
        }
        raw.execute_batch(&sql).unwrap();
    }
    let stray = "CREATE TRIGGER sly AFTER INSERT ON entries BEGIN DELETE FROM submissions; END";
    raw.execute_batch(stray).unwrap();
    check("sly", "the trigger");
    raw.execute_batch("DROP TRIGGER sly; CREATE TABLE somebodys (x INTEGER)").unwrap();
    ledger::verify(&copy, &|id| world.verifier(id), &mut |_| {}).unwrap();
}

#[tokio::test]
async fn a_file_of_an_unknown_key_is_not_sound() {
    let world = rich_world().await;
    let found = ledger::verify(&world.path(), &|_| None, &mut |_| {});
    let Err(VerifyError::Break(found)) = found else { panic!("{found:?}") };
    assert_eq!((place(&found), found.what), (("entry", 1), "the key"));
    assert_eq!(found.to_string().lines().count(), 1);
    world.finish().await;
}

#[tokio::test]
async fn a_commit_that_fails_is_an_error_for_all_of_its_batch_and_writes_nothing() {
    let world = World::new().await;
    let raw = Connection::open(world.path()).unwrap();
    // A debt that falls due at the commit: a row whose parent never comes.
    raw.execute_batch(
        "CREATE TABLE parents (id INTEGER PRIMARY KEY);
         CREATE TABLE debts (id INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER owe AFTER INSERT ON entries BEGIN INSERT INTO debts VALUES (1); END;",
    )
    .unwrap();
    let error = world.seal(world.order(&world.outlet)).await.unwrap_err();
    assert!(matches!(error, LedgerError::CommitFailed(_)), "{error:?}");
    raw.execute_batch("DROP TRIGGER owe; DROP TABLE debts; DROP TABLE parents;").unwrap();
    drop(raw);
    assert_eq!(world.number().await, 1);
    assert_eq!(world.finish().await.entries, 1);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let world = World::new().await;
    world.ledger().close().await;
    let raw = Connection::open(world.path()).unwrap();
    raw.pragma_update(None, "user_version", 1_000).unwrap();
    let error = Ledger::open(&world.path(), Options::default()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("run a newer program"), "{error}");
    let twin = outlet(&world.tenant, 0, "KIN01", world.strange_outlet.clone());
    assert_eq!(twin.code, "KIN01");
}

#[tokio::test]
async fn the_database_refuses_a_second_seal_of_an_invoice() {
    let world = World::new().await;
    let sealed_at_once = world.seal(world.order(&world.outlet)).await.unwrap();
    world.ledger().close().await;
    let raw = Connection::open(world.path()).unwrap();
    let copy = "INSERT INTO entries (outlet, sequence, tenant, invoice, opening, kind, at, statement,
            hash, key_id, signature)
        SELECT outlet, sequence + 1, tenant, invoice, opening, kind, at + 1, statement, hash, key_id,
            signature FROM entries WHERE sequence = ?1";
    let refused = raw.execute(copy, [sealed_at_once.assigned.sequence.cast_signed()]).unwrap_err();
    assert!(refused.to_string().contains("sealed once"), "{refused}");
}

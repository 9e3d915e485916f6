//! The database refuses to rewrite what happened; where its triggers are taken away, verification
//! finds what was rewritten, and where.

use ledger::{Break, FollowUp, Ledger, LedgerError, Options, Place, VerifyError};
use rusqlite::Connection;

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

/// Each line: the kind of place, the sequence where it is an entry, what verification says is
/// wrong, and the forgery.
const FORGERIES: &[(&str, u64, &str, &str)] = &[
    (
        "entry",
        2,
        "the hash of the invoice",
        "UPDATE entries SET payload = CAST('{}' AS BLOB) WHERE sequence = 2",
    ),
    (
        "entry",
        2,
        "the entry's hash",
        "UPDATE entries SET statement = (SELECT statement FROM entries WHERE sequence = 3 AND outlet = :o) WHERE sequence = 2",
    ),
    ("entry", 2, "the entry's hash", "UPDATE entries SET hash = zeroblob(32) WHERE sequence = 2"),
    ("entry", 3, "the signature", "UPDATE entries SET signature = zeroblob(64) WHERE sequence = 3"),
    (
        "entry",
        3,
        "the signature",
        "UPDATE entries SET signature = (SELECT signature FROM entries WHERE sequence = 2 AND outlet = :o) WHERE sequence = 3",
    ),
    ("entry", 2, "the kind", "UPDATE entries SET kind = 'requested' WHERE sequence = 2"),
    ("entry", 2, "the time", "UPDATE entries SET at = at + 1 WHERE sequence = 2"),
    ("entry", 2, "the key", "UPDATE entries SET key_id = 'other' WHERE sequence = 2"),
    ("entry", 2, "the tenant", "UPDATE entries SET tenant = :stranger WHERE sequence = 2"),
    ("entry", 3, "the sequence", "DELETE FROM entries WHERE sequence = 2"),
    (
        "entry",
        4,
        "the hash of the authority's elements",
        "UPDATE entries SET elements = CAST('x' AS BLOB) WHERE sequence = 4",
    ),
    (
        "entry",
        4,
        "the hash of the authority's elements",
        "UPDATE entries SET elements = NULL WHERE sequence = 4",
    ),
    ("entry", 2, "the content", "UPDATE entries SET invoice = NULL WHERE sequence = 2"),
    (
        "entry",
        4,
        "the invoice",
        "UPDATE entries SET invoice = (SELECT invoice FROM entries WHERE sequence = 2 AND outlet = :o) WHERE sequence = 4",
    ),
    ("invoice", 0, "the stage", "UPDATE entries SET opening = 99 WHERE sequence = 4"),
    (
        "entry",
        4,
        "the invoice that it states",
        "UPDATE entries SET opening = 2, invoice = (SELECT invoice FROM entries WHERE sequence = 2 AND outlet = :o) WHERE sequence = 4",
    ),
    ("head", 0, "the head", "UPDATE heads SET sequence = sequence - 1"),
    ("head", 0, "the head", "UPDATE heads SET hash = zeroblob(32)"),
    ("head", 0, "the head", "DELETE FROM heads"),
    (
        "head",
        0,
        "the head",
        "DELETE FROM entries WHERE sequence = (SELECT max(sequence) FROM entries WHERE outlet = :o)",
    ),
    ("invoice", 0, "the total", "UPDATE invoices SET total = '1.00' WHERE sequence = 2"),
    (
        "invoice",
        0,
        "the number",
        "UPDATE invoices SET number = 'KIN01-2026-000009' WHERE sequence = 2",
    ),
    ("invoice", 0, "the ordinal", "UPDATE invoices SET ordinal = 77 WHERE sequence = 2"),
    ("invoice", 0, "the stage", "UPDATE invoices SET stage = 'requested' WHERE sequence = 2"),
    ("invoice", 0, "the tenant", "UPDATE invoices SET tenant = :stranger WHERE sequence = 2"),
    ("entry", 2, "the invoice's row", "DELETE FROM invoices WHERE sequence = 2"),
    ("number", 0, "the turn it is free for", "DELETE FROM free_numbers"),
    ("number", 0, "whose correction takes it", "UPDATE free_numbers SET held_for = 'nobody'"),
    (
        "number",
        0,
        "the turn it is free for",
        "INSERT INTO free_numbers VALUES (:o, 2026, 2, :tenant, 2, NULL)",
    ),
    ("number", 0, "the turn", "UPDATE invoices SET turn = 2 WHERE sequence = 2"),
    (
        "head",
        0,
        "the count of free numbers",
        "INSERT INTO free_numbers VALUES (:o, 2026, 99, :tenant, 2, NULL)",
    ),
    ("number", 0, "the series' last number", "UPDATE series SET last = last + 1"),
    ("head", 0, "the count of series", "INSERT INTO series VALUES (:o, 2031, :tenant, 4)"),
    ("idempotency", 0, "the invoice", "UPDATE idempotency SET invoice = 'in_nowhere'"),
    (
        "submission",
        0,
        "the invoice",
        "UPDATE submissions SET invoice = 'in_nowhere' WHERE sequence = 3",
    ),
    ("submission", 0, "the submission", "DELETE FROM submissions WHERE sequence = 1"),
    (
        "submission",
        0,
        "the state",
        "UPDATE submissions SET state = 'acknowledged' WHERE sequence = 1",
    ),
    ("submission", 0, "the state", "UPDATE submissions SET state = 'refused' WHERE sequence = 3"),
    ("submission", 0, "the state", "UPDATE submissions SET state = 'queued' WHERE sequence = 5"),
    (
        "entry",
        4,
        "the authority's code",
        "UPDATE entries SET authority_code = 'DGI-2' WHERE sequence = 4",
    ),
    (
        "entry",
        4,
        "the authority's code",
        "UPDATE entries SET authority_code = NULL WHERE sequence = 4",
    ),
    (
        "entry",
        1,
        "the authority's code",
        "UPDATE entries SET authority_code = 'DGI-2' WHERE sequence = 1",
    ),
    (
        "invoice",
        0,
        "the document kind",
        "UPDATE invoices SET document_kind = 'credit_note' WHERE sequence = 2",
    ),
    ("invoice", 0, "the date", "UPDATE invoices SET issued_on = '2026-06-02' WHERE sequence = 2"),
    (
        "invoice",
        0,
        "the customer's name",
        "UPDATE invoices SET customer_name = 'A friend' WHERE sequence = 2",
    ),
    (
        "invoice",
        0,
        "the customer's tax id",
        "UPDATE invoices SET customer_tax_id = 'A7654321Z' WHERE sequence = 2",
    ),
    ("invoice", 0, "the taxpayer", "UPDATE invoices SET taxpayer = 'X' WHERE sequence = 2"),
    ("head", 0, "the tenant", "UPDATE heads SET tenant = :stranger"),
    ("head", 0, "the tenant", "UPDATE series SET tenant = :stranger"),
    ("head", 0, "the tenant", "UPDATE free_numbers SET tenant = :stranger"),
    ("replacement", 0, "what is released", "DELETE FROM replacements WHERE released = 1"),
    ("replacement", 0, "the turn", "UPDATE replacements SET turn = turn + 1"),
    ("replacement", 0, "the replaced invoice", "UPDATE replacements SET tenant = :stranger"),
    ("invoice", 0, "the invoice that it replaces", "DELETE FROM replacements WHERE released = 0"),
    (
        "invoice",
        0,
        "the invoice that it replaces",
        "INSERT INTO replacements VALUES (:tenant, 'in_any', 1, 0, (SELECT invoice FROM invoices WHERE sequence = 2))",
    ),
    ("stand_in", 0, "what is released", "DELETE FROM stand_ins WHERE released = 1"),
    ("stand_in", 0, "what is released", "DELETE FROM stand_ins WHERE released = 0"),
    ("stand_in", 0, "the turn", "UPDATE stand_ins SET turn = turn + 10"),
    ("stand_in", 0, "the turn", "DELETE FROM stand_ins WHERE turn = 1"),
    ("stand_in", 0, "the invoice", "UPDATE stand_ins SET tenant = :stranger"),
    ("credit", 0, "the credit note", "UPDATE credits SET tenant = :stranger"),
    ("credit", 0, "what is released", "DELETE FROM credits WHERE released = 1"),
    ("credit", 0, "the credit note", "UPDATE credits SET invoice = 'in_nowhere'"),
];

#[tokio::test]
async fn each_kind_of_tampering_is_found_where_it_was_done() {
    let world = rich_world().await;
    world.verify().unwrap();
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
        .replace(":stranger", &quoted(world.stranger.as_str()));
    raw.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA journal_mode = DELETE").unwrap();
    assert!(raw.execute(&forgery, []).unwrap() > 0, "{forgery} does nothing");
}

pub(crate) fn place(found: &Break) -> (&'static str, u64) {
    match &found.place {
        Place::Entry { sequence, .. } => ("entry", *sequence),
        Place::Head { .. } => ("head", 0),
        Place::Invoice { .. } => ("invoice", 0),
        Place::Number { .. } => ("number", 0),
        Place::Idempotency { .. } => ("idempotency", 0),
        Place::Submission { .. } => ("submission", 0),
        Place::Credit { .. } => ("credit", 0),
        Place::Replacement { .. } => ("replacement", 0),
        Place::StandIn { .. } => ("stand_in", 0),
        Place::Range { .. } => ("range", 0),
        Place::Share { .. } => ("share", 0),
        Place::Schema { .. } => ("schema", 0),
    }
}

/// One outlet with a sealed original (1), a keyed invoice (2), a request (3) that is sealed (4), a
/// refused credit note (5, 6), and one (7) that takes its place and its number and is refused too
/// (8), with a row in every table.
async fn rich_world() -> World {
    let world = World::new().await;
    let original = world.seal(world.order(&world.outlet)).await.unwrap().entry.invoice.unwrap();
    world.seal(world.keyed("key", b"body")).await.unwrap();
    let requested = world.seal(world.request(&world.outlet)).await.unwrap();
    let mut order = world.coded(&requested, FollowUp::Sealed, "DGI-1");
    order.attempt = Some(ledger::Attempt {
        at: world.now(),
        asked: "POST /invoice".to_owned(),
        answer: "200".to_owned(),
        duration_micros: 1,
        outcome: "answered".to_owned(),
    });
    world.ledger().append(order).await.unwrap();
    let claim = ledger::CreditClaim {
        original,
        line: 0,
        quantity: invoice::Quantity::parse("1").unwrap(),
        limit: invoice::Quantity::parse("1").unwrap(),
    };
    let paper = world.paper("P1");
    world.ledger().record_paper(paper).await.unwrap();
    let stands_for = || Some("P1".to_owned());
    let credit = ledger::SealOrder {
        credits: vec![claim],
        stands_for: stands_for(),
        ..world.request(&world.outlet)
    };
    let credit = world.seal(credit).await.unwrap();
    world.append(&credit, FollowUp::Refused).await.unwrap();
    let replacing = world.replacing(credit.entry.invoice.as_ref().unwrap());
    let replacing = ledger::SealOrder { stands_for: stands_for(), ..replacing };
    let replacing = world.seal(replacing).await.unwrap();
    world.append(&replacing, FollowUp::Refused).await.unwrap();
    world
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

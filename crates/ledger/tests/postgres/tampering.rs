//! What verification finds in a database that somebody rewrote who may do everything there, its
//! guards among it.

use ledger::{Place, VerifyError, verify_database};
use private_postgres::Database;

use crate::forgeries::{FORGERIES, OF_RANGES, place, rich_world, world_with_ranges};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn slow_each_kind_of_tampering_is_found_where_it_was_done() {
    let world = rich_world().await;
    world.ledger().close().await;
    for (kind, sequence, what, forgery) in FORGERIES {
        let found = found(&world, &forged(&world, forgery)).await;
        let Err(VerifyError::Break(found)) = found else { panic!("{forgery}: {found:?}") };
        assert_eq!((place(&found), found.what), ((*kind, *sequence), *what), "{forgery}: {found}");
        assert_ne!(found.stored, found.expected, "{forgery}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_tampering_with_ranges_is_found() {
    let world = world_with_ranges().await;
    world.ledger().close().await;
    for (kind, what, forgery) in OF_RANGES {
        let found = found(&world, &forged(&world, forgery)).await;
        let Err(VerifyError::Break(found)) = found else { panic!("{forgery}: {found:?}") };
        assert_eq!((place(&found).0, found.what), (*kind, *what), "{forgery}: {found}");
    }
}

/// Large enough for every core and a second connection; the last page is not full.
const MANY: usize = 2_150;

#[tokio::test(flavor = "multi_thread")]
async fn slow_a_large_ledger_is_verified_like_a_small_one() {
    let world = World::new().await;
    crate::logs::seal(&world, &world.outlet, MANY).await;
    let report = world.verify().await.unwrap();
    let outlet = report.outlets.iter().find(|outlet| outlet.outlet == world.outlet.as_str());
    assert_eq!(outlet.map(|outlet| (outlet.entries, outlet.sealed)), Some((2_150, 2_150)));
    world.ledger().close().await;
    for (kind, sequence, what, forgery) in [
        (
            "entry",
            1_500,
            "the signature",
            "UPDATE entries SET signature = :zeros64 WHERE sequence IN (1500, 2000)",
        ),
        ("entry", 129, "the sequence", "DELETE FROM entries WHERE sequence = 128"),
        ("entry", 300, "the invoice's row", "DELETE FROM invoices WHERE sequence IN (300, 2100)"),
        ("tile", 0, "the root", "UPDATE log_tiles SET hash = :zeros32 WHERE ordinal = 5"),
        ("head", 0, "the count of series", "INSERT INTO series VALUES (:o, '2031', :tenant, 4)"),
    ] {
        let found = found(&world, &forged(&world, forgery)).await;
        let Err(VerifyError::Break(found)) = found else { panic!("{forgery}: {found:?}") };
        assert_eq!((place(&found), found.what), ((kind, sequence), what), "{forgery}: {found}");
    }
}

/// Each line: what is missing or stray, and who took it away or put it there.
const GUARDS: &[(&str, &str)] = &[
    ("trigger entries.entries_append_only", "DROP TRIGGER entries_append_only ON entries"),
    (
        "trigger entries.entries_append_only",
        "ALTER TABLE entries DISABLE TRIGGER entries_append_only",
    ),
    (
        "trigger alerts.sly",
        "CREATE TRIGGER sly BEFORE INSERT ON alerts EXECUTE FUNCTION append_only()",
    ),
    ("index stalela.entries_sealed_once", "DROP INDEX entries_sealed_once"),
    ("constraint entries.entries_pkey", "ALTER TABLE entries DROP CONSTRAINT entries_pkey"),
    ("table entries", "ALTER TABLE entries DISABLE ROW LEVEL SECURITY"),
    ("privilege entries stalela_application", "GRANT UPDATE ON entries TO stalela_application"),
    ("privilege entries public", "GRANT DELETE ON entries TO public"),
    (
        "function stalela.append_only()",
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql
             AS 'BEGIN RETURN NULL; END'",
    ),
    ("rule alerts.sly", "CREATE RULE sly AS ON INSERT TO alerts DO INSTEAD NOTHING"),
    ("policy entries.sly", "CREATE POLICY sly ON entries USING (true)"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_was_taken_away_or_put_there_is_found() {
    let world = World::new().await;
    world.number().await;
    world.ledger().close().await;
    for (name, deed) in GUARDS {
        let copy = world.copy();
        copy.sql(&format!("SET search_path = stalela; {deed}"));
        let found = found(&world, &copy).await;
        let Err(VerifyError::Break(found)) = found else { panic!("{deed}: {found:?}") };
        let place = Place::Schema { name: (*name).to_owned() };
        assert_eq!((found.place, found.what), (place, "the definition"), "{deed}");
    }
    let copy = world.copy();
    copy.sql("CREATE TABLE stalela.somebodys (x INTEGER)");
    found(&world, &copy).await.unwrap();
}

async fn found(world: &World, copy: &Database) -> Result<ledger::Report, VerifyError> {
    verify_database(&copy.address(), &|id| world.verifier(id), &mut |_| {}).await
}

/// A copy in which somebody rewrote something.
fn forged(world: &World, forgery: &str) -> Database {
    let copy = world.copy();
    let forgery = written(world, forgery);
    let statements = format!(
        "SET search_path = stalela; {PAST_THE_GUARDS}
         DO $$ DECLARE rows INTEGER; BEGIN
             {forgery};
             GET DIAGNOSTICS rows = ROW_COUNT;
             ASSERT rows > 0, 'it does nothing';
         END $$"
    );
    copy.sql(&statements);
    copy
}

fn written(world: &World, forgery: &str) -> String {
    let quoted = |text: &str| format!("'{text}'");
    forgery
        .replace(":o", &quoted(world.outlet.as_str()))
        .replace(":tenant", &quoted(world.tenant.as_str()))
        .replace(":stranger", &quoted(world.stranger.as_str()))
        .replace(":zeros32", "decode(repeat('00', 32), 'hex')")
        .replace(":zeros64", "decode(repeat('00', 64), 'hex')")
        .replace(":braces", "'{}'::bytea")
        .replace(":false", "false")
}

/// Takes away what would refuse a forgery, so that verification has something to find.
const PAST_THE_GUARDS: &str = "DO $$
    DECLARE guard RECORD;
    BEGIN
        FOR guard IN SELECT c.oid::regclass AS name, g.tgname FROM pg_trigger g
            JOIN pg_class c ON c.oid = g.tgrelid
            WHERE c.relnamespace = 'stalela'::regnamespace AND NOT g.tgisinternal LOOP
            EXECUTE format('DROP TRIGGER %I ON %s', guard.tgname, guard.name);
        END LOOP;
        FOR guard IN SELECT k.conname, k.conrelid::regclass AS name FROM pg_constraint k
            WHERE k.connamespace = 'stalela'::regnamespace AND k.contype IN ('f', 'c') LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', guard.name, guard.conname);
        END LOOP;
    END $$;
    DROP INDEX entries_sealed_once;";

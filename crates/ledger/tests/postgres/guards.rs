//! What the program may do in the database, and what a tenant's transaction sees: the walls that
//! stand whatever a query forgets.

use ledger::{Ledger, LedgerError, Options};
use private_postgres::Database;

use crate::copying::full_world;
use crate::home::{OPTIONS, empty_database};
use crate::world::World;

#[tokio::test]
async fn the_program_owns_nothing_and_may_rewrite_nothing() {
    let world = full_world().await;
    for (sql, words) in [
        ("UPDATE entries SET at = 0", "permission denied"),
        ("DELETE FROM entries", "permission denied"),
        ("TRUNCATE entries", "permission denied"),
        ("UPDATE invoices SET number = 'x'", "permission denied"),
        ("UPDATE keys SET spki = ''", "permission denied"),
        ("UPDATE outlet_keys SET key_id = ''", "permission denied"),
        ("DELETE FROM heads", "permission denied"),
        ("DELETE FROM submissions", "permission denied"),
        ("UPDATE papers SET draft = ''", "permission denied"),
        ("UPDATE stand_ins SET turn = 2", "permission denied"),
        ("DELETE FROM inbox_work", "permission denied"),
        ("INSERT INTO migrations (version) VALUES (99)", "permission denied"),
        ("ALTER TABLE entries DISABLE TRIGGER entries_append_only", "must be owner"),
        ("DROP TRIGGER entries_append_only ON entries", "must be owner"),
        ("ALTER TABLE entries DISABLE ROW LEVEL SECURITY", "must be owner"),
        ("DROP TABLE entries", "must be owner"),
        ("CREATE TABLE mine (x INTEGER)", "permission denied"),
        ("SET session_replication_role = replica", "permission denied"),
    ] {
        let sql = format!("SET stalela.tenant = '*'; {sql}");
        let error = world.try_sql("stalela_application", &sql).unwrap_err();
        assert!(error.contains(words), "{sql}: {error}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_transaction_sees_the_rows_of_the_tenant_that_it_named() {
    let world = full_world().await;
    world.seal(world.order(&world.strange_outlet)).await.unwrap();
    let tables = world.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'stalela'::regnamespace
         AND relkind = 'r' AND relname NOT IN ('keys', 'migrations', 'lines') ORDER BY relname",
    );
    assert!(tables.lines().count() > 25, "{tables}");
    for table in tables.lines() {
        let tenant = if table == "tenants" { "id" } else { "tenant" };
        let seen = |scope: &str, of: &str| {
            let sql = format!(
                "SET stalela.tenant = '{scope}'; SELECT count(*) FROM {table} WHERE {tenant} {of}"
            );
            let count = world.try_sql("stalela_application", &sql).unwrap();
            count.trim().parse::<u64>().unwrap()
        };
        let (own, strange) = (world.tenant.as_str(), world.stranger.as_str());
        let all = |of| seen("*", &format!("= '{of}'"));
        assert_eq!(seen("", "IS NOT NULL"), 0, "{table}: whoever named none sees none");
        assert_eq!(seen(own, &format!("= '{own}'")), all(own), "{table}");
        assert_eq!(seen(own, &format!("= '{strange}'")), 0, "{table}: another's");
        assert!(all(own) > 0 || table == "cosignatures" || table == "free_numbers", "{table}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_row_of_another_tenant_cannot_be_written_or_changed() {
    let world = World::new().await;
    let (own, strange) = (world.tenant.as_str(), world.stranger.as_str());
    let scoped = |sql: &str| {
        world.try_sql("stalela_application", &format!("SET stalela.tenant = '{own}'; {sql}"))
    };
    for sql in [
        format!("INSERT INTO alerts VALUES ('{strange}', 'k', 'k', NULL, 0)"),
        format!(
            "INSERT INTO idempotency VALUES ('{strange}', 'k', decode(repeat('00', 32), 'hex'), 'o', 'i', 0)"
        ),
        format!("UPDATE outlets SET tenant = '{strange}' WHERE tenant = '{own}'"),
    ] {
        let error = scoped(&sql).unwrap_err();
        assert!(error.contains("row-level security"), "{sql}: {error}");
    }
    let changed = "WITH w AS (UPDATE tenants SET name = 'x' RETURNING 1) SELECT count(*) FROM w";
    assert_eq!(scoped(changed).unwrap().trim(), "1", "its own alone");
    world.finish().await;
}

/// What connecting says, with what it is to say among its words.
async fn refused(address: &str, options: Options) -> LedgerError {
    Ledger::connect(address, options).await.err().expect("it is refused")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_would_lose_what_was_acknowledged_is_refused() {
    let database = empty_database().await;
    let strict = Options { accepts_fsync_off: false, ..OPTIONS() };
    let error = refused(&database.address(), strict).await;
    assert!(matches!(&error, LedgerError::Pragma { pragma: "fsync", found, .. } if found == "off"));
    for (value, is_durable) in
        [("off", false), ("local", false), ("remote_write", false), ("on", true)]
    {
        database.sql(&format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = {value}',
                                        current_database()); END $$"
        ));
        let connected = Ledger::connect(&database.address(), OPTIONS()).await;
        match connected {
            Ok(_) => assert!(is_durable, "{value}"),
            Err(LedgerError::Pragma { pragma: "synchronous_commit", found, .. }) => {
                assert_eq!((found.as_str(), is_durable), (value, false));
            }
            Err(error) => panic!("{value}: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_not_this_programs_is_refused() {
    let database = empty_database().await;
    database.sql("INSERT INTO stalela.migrations (version) VALUES (99)");
    let error = refused(&database.address(), OPTIONS()).await;
    assert!(matches!(error, LedgerError::NewerSchema { found: 99, .. }), "{error}");
    let error = Ledger::migrate(&database.address(), None).await.unwrap_err();
    assert!(matches!(error, LedgerError::NewerSchema { found: 99, .. }), "{error}");

    database.sql("DROP SCHEMA stalela CASCADE");
    let error = refused(&database.address(), OPTIONS()).await;
    assert!(matches!(error, LedgerError::OlderSchema { found: 0, .. }), "{error}");
    assert!(error.to_string().contains("stalela migrate"), "{error}");
    database.sql("CREATE SCHEMA stalela; CREATE TABLE stalela.theirs (x INTEGER)");
    let error = Ledger::migrate(&database.address(), None).await.unwrap_err();
    assert!(matches!(error, LedgerError::ForeignSchema), "{error}");
    database.sql("DROP TABLE stalela.theirs");
    let steps = Ledger::migrate(&database.address(), None).await.unwrap();
    assert_eq!(steps.to_string(), last_step(&database), "an empty one serves");
    assert_eq!(Ledger::migrate(&database.address(), None).await.unwrap(), 0);
    Ledger::connect(&database.address(), OPTIONS()).await.unwrap();
}

/// A database of the version before knew no more of a key than that it signed.
#[tokio::test(flavor = "multi_thread")]
async fn what_outlets_signed_before_their_keys_were_told_is_found_in_their_entries() {
    let world = World::new().await;
    world.number().await;
    let before = world.ledger().key_holders().await.unwrap();
    world.sql("DROP TABLE stalela.outlet_keys; DELETE FROM stalela.migrations WHERE version >= 7");
    assert_eq!(Ledger::migrate(&world.address(), None).await.unwrap(), 1);
    let found = world.ledger().key_holders().await.unwrap();
    assert_eq!(found.len(), 1, "one outlet has signed: {found:?}");
    assert!(before.contains(&found[0]) && found[0].outlet == world.outlet);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_works_once_its_owner_has_let_it() {
    let database = empty_database().await;
    let login = format!("clerk_{}", std::process::id());
    database.sql(&format!("CREATE ROLE {login} LOGIN"));
    let address = database.address_of(&login);
    let error = refused(&address, OPTIONS()).await;
    assert!(matches!(&error, LedgerError::NotGranted { login: found, .. } if *found == login));
    assert!(error.to_string().contains(&format!("GRANT stalela_application TO {login}")));
    let error = Ledger::migrate(&address, None).await.unwrap_err();
    assert!(matches!(error, LedgerError::Postgres(_)), "migrations are the owner's: {error}");
    assert_eq!(Ledger::migrate(&database.address(), Some(&login)).await.unwrap(), 0);
    Ledger::connect(&address, OPTIONS()).await.unwrap().close().await;
    database.sql(&format!("DROP ROLE {login}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_migrations_at_once_make_one_schema() {
    let database = empty_database().await;
    database.sql("DROP SCHEMA stalela CASCADE");
    let address = database.address();
    let (one, other) =
        tokio::join!(Ledger::migrate(&address, None), Ledger::migrate(&address, None));
    let steps = one.unwrap() + other.unwrap();
    assert_eq!(steps.to_string(), last_step(&database), "each is made once");
}

/// The number of the last migration.
fn last_step(database: &Database) -> String {
    let steps = "SELECT max(version) || ' ' || count(*) FROM stalela.migrations";
    let told = database.sql(steps);
    let (last, count) = told.trim().split_once(' ').unwrap();
    assert_eq!(last, count, "each stands once");
    last.to_owned()
}

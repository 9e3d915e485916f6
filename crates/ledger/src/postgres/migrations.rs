//! Brings the schema up to date. Not the program's own work but its operator's: only the owner of
//! the schema may do it, and the program works as a role that owns nothing.

use tokio_postgres::{Client, Transaction};

use super::address::Address;
use super::connection::{ROLE, open_as_oneself};
use crate::error::LedgerError;

/// Makes or migrates the schema `stalela` as its owner, each step in a transaction of its own, and
/// lets the login `application` work in it, where one is named. Says how many steps there were.
pub(crate) async fn migrate(
    address: &str,
    application: Option<&str>,
) -> Result<usize, LedgerError> {
    let mut client = open_as_oneself(&Address::parse(address)?).await?;
    let mut steps = 0;
    while step(&mut client, MIGRATIONS).await? {
        steps += 1;
    }
    if let Some(login) = application {
        client.batch_execute(&format!("GRANT {ROLE} TO {}", quoted(login))).await?;
    }
    Ok(steps)
}

/// One migration, if one is missing; whoever comes meanwhile waits for it.
async fn step(client: &mut Client, migrations: &[&str]) -> Result<bool, LedgerError> {
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let done = version(&transaction).await?;
    if done == 0 {
        transaction.batch_execute(BEGINNING).await?;
    }
    let Some(migration) = migrations.get(usize::try_from(done).unwrap_or(usize::MAX)) else {
        return Ok(false);
    };
    transaction.batch_execute("SET LOCAL search_path = stalela").await?;
    transaction.batch_execute(migration).await?;
    let next = done + 1;
    transaction.execute("INSERT INTO stalela.migrations (version) VALUES ($1)", &[&next]).await?;
    transaction.commit().await?;
    Ok(true)
}

/// 0 where there is no schema yet; one of another program is refused.
async fn version(transaction: &Transaction<'_>) -> Result<i64, LedgerError> {
    let row = transaction.query_one(FOUND, &[]).await?;
    match (row.try_get(0)?, row.try_get(1)?) {
        (_, true) => {
            let found = transaction.query_one(VERSION, &[]).await?.try_get(0)?;
            if found > known() {
                return Err(LedgerError::NewerSchema { found, known: known() });
            }
            Ok(found)
        }
        (false, false) => Ok(0),
        (true, false) => Err(LedgerError::ForeignSchema),
    }
}

/// The schema is the one that this program knows.
pub(super) async fn check_version(client: &Client) -> Result<(), LedgerError> {
    let row = client.query_one(FOUND, &[]).await?;
    let found =
        if row.try_get(1)? { client.query_one(VERSION, &[]).await?.try_get(0)? } else { 0 };
    match known() {
        known if found < known => Err(LedgerError::OlderSchema { found, known }),
        known if found > known => Err(LedgerError::NewerSchema { found, known }),
        _ => Ok(()),
    }
}

pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("a handful of migrations")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// In their order, never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001_ledger.sql"),
    include_str!("../../migrations/postgres/0002_recoveries.sql"),
    include_str!("../../migrations/postgres/0003_nodes.sql"),
    include_str!("../../migrations/postgres/0004_batches.sql"),
    include_str!("../../migrations/postgres/0005_annulment_leases.sql"),
    include_str!("../../migrations/postgres/0006_remembered.sql"),
    include_str!("../../migrations/postgres/0007_outlet_keys.sql"),
];

/// An empty schema may be there already: whoever may not make one in this database was given it.
const BEGINNING: &str = "DO $$ BEGIN
        IF to_regnamespace('stalela') IS NULL THEN CREATE SCHEMA stalela; END IF;
    END $$;
    CREATE TABLE stalela.migrations (
        version BIGINT NOT NULL PRIMARY KEY,
        at      TIMESTAMPTZ NOT NULL DEFAULT now()
    )";
/// Whether there is anything in the schema, and whether it is ours.
const FOUND: &str = "SELECT EXISTS (
        SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace('stalela')::oid),
    to_regclass('stalela.migrations') IS NOT NULL";
const VERSION: &str = "SELECT coalesce(max(version), 0) FROM stalela.migrations";

/// "Stal" in ASCII: a number that no other program is likely to lock.
const LOCK: i64 = 0x5374_616C;

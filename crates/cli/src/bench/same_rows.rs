//! What the store alone costs: the rows that sealing wrote, inserted again and nothing else.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, Statement, Transaction};

use super::latency::per_second;
use crate::failure::Failure;

/// One row each of these is what a seal writes; the first is its entry, which names the order.
const SEALED: [&str; 5] = ["entries", "invoices", "idempotency", "submissions", "events"];
/// What those refer to.
const REFERRED: [&str; 3] = ["tenants", "taxpayers", "outlets"];
/// Seals that are inserted again at most: what stays in memory, some 200 MB.
const SEALS_MAX: usize = 50_000;

/// Inserts what lies in the store `sealed` into an empty one with the same tables, keys and indexes,
/// durably, `batch` seals a transaction: no number is taken, nothing is computed, hashed or signed.
pub(crate) fn insert(
    folder: &Path,
    sealed: &Path,
    batch: usize,
    time: Duration,
) -> Result<u64, Failure> {
    let source = Connection::open(sealed)?;
    let mut target = empty(&folder.join("same-rows.db"))?;
    for table in REFERRED {
        copy(&source, &mut target, table)?;
    }
    let rows =
        SEALED.map(|table| rows_of(&source, table)).into_iter().collect::<Result<Vec<_>, _>>()?;
    let seals = rows.iter().map(Vec::len).min().unwrap_or(0);
    let start = Instant::now();
    let mut inserted = 0;
    while inserted < seals && start.elapsed() < time {
        let end = seals.min(inserted + batch);
        let transaction = target.transaction()?;
        for (table, rows) in SEALED.iter().zip(&rows) {
            insert_rows(&transaction, table, &rows[inserted..end])?;
        }
        transaction.commit()?;
        inserted = end;
    }
    Ok(per_second(inserted, start.elapsed()))
}

/// The ledger's own schema, under its own pragmas for durability.
fn empty(path: &Path) -> Result<Connection, Failure> {
    drop(ledger::Ledger::open(path, ledger::Options::default())?);
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    Ok(connection)
}

fn copy(source: &Connection, target: &mut Connection, table: &str) -> Result<(), Failure> {
    let rows = rows_of(source, table)?;
    let transaction = target.transaction()?;
    insert_rows(&transaction, table, &rows)?;
    Ok(transaction.commit()?)
}

fn rows_of(source: &Connection, table: &str) -> Result<Vec<Vec<Value>>, Failure> {
    // In the order in which sealing wrote them, so that each batch holds whole seals.
    let order = match table {
        "entries" | "invoices" | "submissions" => "sequence",
        "events" => "id",
        "idempotency" => "at",
        _ => "1",
    };
    let sql = format!("SELECT * FROM {table} ORDER BY {order} LIMIT {SEALS_MAX}");
    let mut statement = source.prepare(&sql)?;
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|index| row.get(index)).collect())?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn insert_rows(
    transaction: &Transaction<'_>,
    table: &str,
    rows: &[Vec<Value>],
) -> Result<(), Failure> {
    let columns = rows.first().map_or(1, Vec::len);
    let places = vec!["?"; columns].join(", ");
    let sql = format!("INSERT INTO {table} VALUES ({places})");
    let mut insert: Statement<'_> = transaction.prepare(&sql)?;
    for row in rows {
        insert.execute(rusqlite::params_from_iter(row))?;
    }
    Ok(())
}

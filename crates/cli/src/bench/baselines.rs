//! The floors and the naive ways, on the same machine and disk.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use super::fixture::{self, Fixture};
use super::latency::{Measured, per_second};
use crate::failure::Failure;

/// Bytes of one write of the fsync floor: a page of the database.
const PAGE: [u8; 4096] = [0x5A; 4096];

/// How long the disk takes to make one page durable.
pub(crate) fn fsync(folder: &Path, time: Duration) -> Result<Measured, Failure> {
    let mut file = File::create(folder.join("fsync"))?;
    let start = Instant::now();
    let mut waits = Vec::new();
    while start.elapsed() < time {
        let one = Instant::now();
        file.write_all(&PAGE)?;
        file.sync_data()?;
        waits.push(one.elapsed());
    }
    Ok(Measured::new(start.elapsed(), waits))
}

/// Signatures a second of a statement's length, on every core.
pub(crate) fn signatures(time: Duration) -> Result<u64, Failure> {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .map_err(|_| Failure::unusable("no key could be made"))?;
    let key = &key;
    let start = Instant::now();
    let count = move || {
        let (random, message) = (SystemRandom::new(), [0x5A; 350]);
        let mut signed = 0_usize;
        while start.elapsed() < time {
            key.sign(&random, &message).expect("a key that was just made signs");
            signed += 1;
        }
        signed
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let signed: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    Ok(per_second(signed, start.elapsed()))
}

/// What one seal writes: the bytes of its columns, and how many rows they are in.
pub(crate) async fn bytes_of_one(folder: &Path) -> Result<(usize, usize), Failure> {
    let folder = folder.join("bytes");
    let fixture = Fixture::new(&folder, ledger::Options::default()).await?;
    let desk = fixture.desk().await?;
    let order = fiscal::Order {
        draft: fixture::draft(),
        idempotency: Some(ledger::Idempotency {
            key: "0".repeat(32),
            body_hash: invoice::Hash::ZERO,
        }),
    };
    fiscal::issue(&desk, order, fiscal::Patience::None).await.map_err(Failure::unusable)?;
    fixture.desks.ledger().close().await;
    measure(&folder.join("stalela.db"))
}

/// Sums the length of every column of the tables that a seal writes a row into.
fn measure(store: &Path) -> Result<(usize, usize), Failure> {
    let connection = rusqlite::Connection::open(store)?;
    let (mut bytes, mut rows) = (0, 0);
    for table in tables(&connection)? {
        let columns = columns(&connection, &table)?;
        let sum: Vec<String> = columns
            .iter()
            .map(|column| format!("coalesce(length(cast({column} AS BLOB)), 0)"))
            .collect();
        let query = format!("SELECT count(*), coalesce(sum({}), 0) FROM {table}", sum.join(" + "));
        let (count, length): (i64, i64) =
            connection.query_row(&query, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows += usize::try_from(count).unwrap_or(0);
        bytes += usize::try_from(length).unwrap_or(0);
    }
    Ok((bytes, rows))
}

/// The tables of the ledger proper: what setting an outlet up writes is not counted.
fn tables(connection: &rusqlite::Connection) -> Result<Vec<String>, Failure> {
    const SET_UP: [&str; 9] = [
        "tenants",
        "taxpayers",
        "outlets",
        "terminals",
        "api_keys",
        "keys",
        "heads",
        "series",
        "authority_facts",
    ];
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )?;
    let names = statement.query_map([], |row| row.get(0))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    Ok(names.into_iter().filter(|name| !SET_UP.contains(&name.as_str())).collect())
}

fn columns(connection: &rusqlite::Connection, table: &str) -> Result<Vec<String>, Failure> {
    let mut statement =
        connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Inserts as many bytes in as many rows, `batch` seals a transaction, durable, and nothing else: no number, no hash,
/// no signature, no index but the key.
pub(crate) fn plain_insert(
    folder: &Path,
    (rows, bytes): (usize, usize),
    batch: usize,
    time: Duration,
) -> Result<u64, Failure> {
    let mut connection = rusqlite::Connection::open(folder.join(format!("plain-{batch}.db")))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)", [])?;
    let row = vec![0x5A_u8; bytes / rows.max(1)];
    let start = Instant::now();
    let mut sealed = 0;
    while start.elapsed() < time {
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO plain (bytes) VALUES (?1)")?;
            for _ in 0..batch * rows {
                insert.execute([&row])?;
            }
        }
        transaction.commit()?;
        sealed += batch;
    }
    Ok(per_second(sealed, start.elapsed()))
}

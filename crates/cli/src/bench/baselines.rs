//! The floors and the naive ways, on the same machine and disk.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use fiscal::Desk;
use invoice::PricingFacts;

use super::fixture::{self, Fixture};
use super::latency::{Measured, per_second};
use crate::failure::Failure;

/// As long as a statement of an entry.
const STATEMENT: [u8; 350] = [0x5A; 350];

/// Bytes of one write of the fsync floor: a page of the database.
const PAGE: [u8; 4096] = [0x5A; 4096];

/// Pages of the fsync floor's file: as many as the ledger's log has when it is copied.
const PAGES: u64 = 4_096;

/// How long the disk takes to make one page durable, where a page was before.
///
/// The file is written and synced whole first, and its pages are then overwritten one after the
/// other, over and over: so is the ledger's log once it has been copied into the database. A file
/// that grows would have its new size made durable too, which takes a journaling file system a
/// second write, and would flatter whatever is divided by this.
pub(crate) fn fsync(folder: &Path, time: Duration) -> Result<Measured, Failure> {
    let file = full_file(&folder.join("fsync"))?;
    let places = (0..PAGES).map(|page| page * PAGE.len() as u64).cycle();
    let start = Instant::now();
    let mut waits = Vec::new();
    for place in places.take_while(|_| start.elapsed() < time) {
        let one = Instant::now();
        file.write_all_at(&PAGE, place)?;
        file.sync_data()?;
        waits.push(one.elapsed());
    }
    Ok(Measured::new(start.elapsed(), waits))
}

/// A file of all its pages, durable with its size.
fn full_file(path: &Path) -> std::io::Result<File> {
    let mut file = File::create(path)?;
    for _ in 0..PAGES {
        file.write_all(&PAGE)?;
    }
    file.sync_all()?;
    Ok(file)
}

/// Signatures a second of a statement's length, on every core.
pub(crate) fn signatures(time: Duration) -> Result<u64, Failure> {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .map_err(|_| Failure::unusable("no key could be made"))?;
    let random = SystemRandom::new();
    on_threads(cores(), time, || match key.sign(&random, &STATEMENT) {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::unusable("a key that was just made does not sign")),
    })
}

/// Signatures a second of a desk's own signer, on so many threads.
pub(crate) fn signatures_of(desk: &Desk, threads: usize, time: Duration) -> Result<u64, Failure> {
    on_threads(threads, time, || match (desk.signer.sign)(&STATEMENT) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::unusable(error)),
    })
}

/// What a seal computes, on every core: from the draft's text to the canonical bytes with their hash,
/// and a signature. No store, no chain, nobody who waits.
pub(crate) fn computing(desk: &Desk, time: Duration) -> Result<u64, Failure> {
    on_threads(cores(), time, || {
        let facts = PricingFacts {
            seller: desk.seller.clone(),
            today: desk.zone.date(desk.clock.now()),
            original: None,
            replaces: None,
            reference_rates: desk.known_rates(),
        };
        let priced = desk.authority.price(&fixture::draft(), &facts);
        let invoice = priced.map_err(|faults| Failure::unusable(format!("{faults:?}")))?;
        let payload = ledger::Payload::new(invoice.canonical_bytes());
        let signature = (desk.signer.sign)(&STATEMENT).map_err(Failure::unusable)?;
        std::hint::black_box((payload, signature));
        Ok(())
    })
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// How often a second so many threads do something, each as often as it can.
fn on_threads(
    threads: usize,
    time: Duration,
    work: impl Fn() -> Result<(), Failure> + Sync,
) -> Result<u64, Failure> {
    let start = Instant::now();
    let count = || {
        let mut done = 0_usize;
        while start.elapsed() < time {
            work()?;
            done += 1;
        }
        Ok::<_, Failure>(done)
    };
    let done = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(count)).collect();
        let ended = threads.into_iter().map(|thread| thread.join().expect("it does not panic"));
        ended.sum::<Result<usize, Failure>>()
    })?;
    Ok(per_second(done, start.elapsed()))
}

/// What one seal writes: the bytes of its columns, and how many rows they are in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes {
    rows: usize,
    bytes: usize,
}

impl Bytes {
    /// As many rows as that many seals write, each of the mean length.
    pub(crate) fn rows(self, seals: usize) -> Vec<Vec<u8>> {
        vec![vec![0x5A; self.bytes / self.rows.max(1)]; self.rows * seals]
    }
}

pub(crate) async fn bytes_of_one(folder: &Path) -> Result<Bytes, Failure> {
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
fn measure(store: &Path) -> Result<Bytes, Failure> {
    let connection = rusqlite::Connection::open(store)?;
    let mut sums = Bytes { rows: 0, bytes: 0 };
    for table in tables(&connection)? {
        let columns = columns(&connection, &table)?;
        let sum: Vec<String> = columns
            .iter()
            .map(|column| format!("coalesce(length(cast({column} AS BLOB)), 0)"))
            .collect();
        let query = format!("SELECT count(*), coalesce(sum({}), 0) FROM {table}", sum.join(" + "));
        let (count, length): (i64, i64) =
            connection.query_row(&query, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        sums.rows += usize::try_from(count).unwrap_or(0);
        sums.bytes += usize::try_from(length).unwrap_or(0);
    }
    Ok(sums)
}

/// The tables of the ledger proper: what setting an outlet up writes is not counted, nor what a batch
/// writes once.
fn tables(connection: &rusqlite::Connection) -> Result<Vec<String>, Failure> {
    const NOT_COUNTED: [&str; 12] = [
        "tenants",
        "taxpayers",
        "outlets",
        "terminals",
        "api_keys",
        "keys",
        "heads",
        "series",
        "authority_facts",
        "checkpoints",
        "event_counter",
        "log_tiles",
    ];
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )?;
    let names = statement.query_map([], |row| row.get(0))?;
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    Ok(names.into_iter().filter(|name| !NOT_COUNTED.contains(&name.as_str())).collect())
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
    bytes: Bytes,
    batch: usize,
    time: Duration,
) -> Result<u64, Failure> {
    // A file of its own: the batches of all clients may be full ones.
    let folder = tempfile::tempdir_in(folder)?;
    let mut connection = rusqlite::Connection::open(folder.path().join("plain.db"))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)", [])?;
    let rows = bytes.rows(batch);
    let start = Instant::now();
    let mut sealed = 0;
    while start.elapsed() < time {
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO plain (bytes) VALUES (?1)")?;
            for row in &rows {
                insert.execute([row])?;
            }
        }
        transaction.commit()?;
        sealed += batch;
    }
    Ok(per_second(sealed, start.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fsync_floor_overwrites_a_file_that_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let whole = PAGES * PAGE.len() as u64;
        for time in [Duration::ZERO, Duration::from_millis(50)] {
            fsync(folder.path(), time).unwrap();
            assert_eq!(std::fs::metadata(folder.path().join("fsync")).unwrap().len(), whole);
        }
    }
}

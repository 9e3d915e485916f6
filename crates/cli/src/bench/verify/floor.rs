//! What verification cannot do without, each alone.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    ParsedPublicKey,
};
use rusqlite::types::ValueRef;

use crate::bench::latency::per_second;
use crate::failure::Failure;

/// Bytes of one entry that are hashed.
#[derive(Clone, Copy)]
pub(super) struct EntrySizes {
    statement: usize,
    payload: usize,
}

impl EntrySizes {
    /// Of an invoice of five lines.
    pub(super) const AS_A_RULE: Self = Self { statement: 350, payload: 1_600 };
}

/// All rows, read once.
pub(super) struct Read {
    /// Entries a second, each with its invoice's row.
    pub(super) rate: u64,
    pub(super) sizes: EntrySizes,
}

pub(super) fn cores() -> u64 {
    thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
}

/// What is done of each a second, where every one needs all of these rates' work.
pub(super) fn together(rates: [u64; 3]) -> u64 {
    let nanos: u64 = rates.iter().map(|rate| 1_000_000_000 / rate.max(&1)).sum();
    1_000_000_000 / nanos.max(1)
}

/// Verifications a second of a statement's signature, on every core, the key parsed once.
pub(super) fn verifications(time: Duration) -> Result<u64, Failure> {
    let no_key = |_| Failure::unusable("no key could be made");
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(no_key)?;
    let message = vec![0x5A; EntrySizes::AS_A_RULE.statement];
    let signature = pair.sign(&SystemRandom::new(), &message).map_err(no_key)?;
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key())
        .map_err(|_| Failure::unusable("the key cannot be read back"))?;
    Ok(on_every_core(time, || {
        key.verify_sig(&message, signature.as_ref()).expect("it was just signed");
    }))
}

/// Entries a second whose bytes are hashed on every core: the statement for its place in the chain
/// and for its signature, the invoice, and two nodes of the tree.
pub(super) fn hashes(sizes: &EntrySizes, time: Duration) -> u64 {
    const NODE_BYTES: usize = 65;
    let [statement, payload, node] =
        [sizes.statement, sizes.payload, NODE_BYTES].map(|length| vec![0x5A; length]);
    on_every_core(time, || {
        for bytes in [&statement, &statement, &payload, &node, &node] {
            std::hint::black_box(digest(&SHA256, bytes));
        }
    })
}

fn on_every_core(time: Duration, work: impl Fn() + Sync) -> u64 {
    let start = Instant::now();
    let count = || {
        let mut done = 0_usize;
        while start.elapsed() < time {
            work();
            done += 1;
        }
        done
    };
    let done: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores()).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    per_second(done, start.elapsed())
}

/// Reads every column of every entry and invoice, in the order of the chain, and does nothing else.
pub(super) fn read_rows(store: &Path) -> Result<Read, Failure> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(store, flags)?;
    let start = Instant::now();
    let (entries, [statement, payload]) = read_table(&connection, ENTRIES)?;
    read_table(&connection, INVOICES)?;
    let rate = per_second(entries, start.elapsed());
    let count = entries.max(1);
    Ok(Read { rate, sizes: EntrySizes { statement: statement / count, payload: payload / count } })
}

/// How many rows there are, and the bytes of the first two columns.
fn read_table(
    connection: &rusqlite::Connection,
    sql: &str,
) -> Result<(usize, [usize; 2]), Failure> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let (mut count, mut bytes) = (0, vec![0; columns]);
    while let Some(row) = rows.next()? {
        count += 1;
        for (index, bytes) in bytes.iter_mut().enumerate() {
            if let ValueRef::Blob(blob) | ValueRef::Text(blob) = row.get_ref(index)? {
                *bytes += std::hint::black_box(blob).len();
            }
        }
    }
    Ok((count, [bytes[0], bytes[1]]))
}

const ENTRIES: &str = "SELECT statement, payload, * FROM entries ORDER BY outlet, sequence";
const INVOICES: &str = "SELECT * FROM invoices ORDER BY outlet, sequence";

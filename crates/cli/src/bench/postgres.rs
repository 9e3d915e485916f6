//! What PostgreSQL does with the same bytes: the naive way, and the raw one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls, Statement};

use super::baselines::Bytes;
use super::latency::{Measured, per_second};
use super::load::Load;
use crate::failure::Failure;

/// Each client takes the next number out of its outlet's counter, whose row it has locked until it
/// commits, and inserts as many bytes as a seal writes: what one writes who has never met a hot outlet.
pub(crate) async fn locked_counter(
    address: &str,
    load: Load,
    outlets: usize,
    bytes: Bytes,
) -> Result<Measured, Failure> {
    let setup = connect(address).await?;
    setup.batch_execute(COUNTERS).await.map_err(|error| of(&error))?;
    let outlets = i64::try_from(outlets).unwrap_or(i64::MAX);
    setup.execute(MAKE_COUNTERS, &[&outlets]).await.map_err(|error| of(&error))?;
    let mut clients = Vec::new();
    for client in 0..load.clients.min(CONNECTIONS_MAX) {
        let outlet = i64::try_from(client).unwrap_or(0) % outlets;
        clients.push(Counting::new(connect(address).await?, outlet, bytes).await?);
    }
    let start = Instant::now();
    let deadline = start + load.time;
    let clients: Vec<_> =
        clients.into_iter().map(|client| tokio::spawn(client.until(deadline))).collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.map_err(Failure::unusable)??);
    }
    let measured = Measured::new(start.elapsed(), waits);
    setup.batch_execute(REMOVED).await.map_err(|error| of(&error))?;
    Ok(measured)
}

struct Counting {
    client: Client,
    take: Statement,
    insert: Statement,
    outlet: i64,
    rows: Vec<Vec<u8>>,
}

impl Counting {
    async fn new(client: Client, outlet: i64, bytes: Bytes) -> Result<Self, Failure> {
        let take = client.prepare(TAKE_NUMBER).await.map_err(|error| of(&error))?;
        let insert = client.prepare(INSERT_NUMBERED).await.map_err(|error| of(&error))?;
        Ok(Self { client, take, insert, outlet, rows: bytes.rows(1) })
    }

    async fn until(self, deadline: Instant) -> Result<Vec<Duration>, Failure> {
        let mut waits = Vec::new();
        while Instant::now() < deadline {
            let start = Instant::now();
            self.once().await.map_err(|error| of(&error))?;
            waits.push(start.elapsed());
        }
        Ok(waits)
    }

    async fn once(&self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute("BEGIN").await?;
        let number: i64 = self.client.query_one(&self.take, &[&self.outlet]).await?.try_get(0)?;
        self.client.execute(&self.insert, &[&self.outlet, &number, &self.rows]).await?;
        self.client.batch_execute("COMMIT").await
    }
}

/// Inserts as many bytes in as many rows by UNNEST, so many seals a transaction, on so many connections
/// at once, and nothing else: no number, no hash, no signature, no key.
pub(crate) async fn raw_insert(
    address: &str,
    (connections, batch): (usize, usize),
    bytes: Bytes,
    time: Duration,
) -> Result<u64, Failure> {
    let setup = connect(address).await?;
    setup.batch_execute(RAW).await.map_err(|error| of(&error))?;
    let rows = Arc::new(bytes.rows(batch));
    let mut clients = Vec::new();
    for _ in 0..connections {
        let client = connect(address).await?;
        let insert = client.prepare(INSERT_RAW).await.map_err(|error| of(&error))?;
        clients.push((client, insert));
    }
    let start = Instant::now();
    let clients: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(insert_until(client, Arc::clone(&rows), start + time)))
        .collect();
    let mut batches = 0;
    for client in clients {
        batches += client.await.map_err(Failure::unusable)??;
    }
    let rate = per_second(batches * batch, start.elapsed());
    setup.batch_execute(REMOVED).await.map_err(|error| of(&error))?;
    Ok(rate)
}

async fn insert_until(
    (client, insert): (Client, Statement),
    rows: Arc<Vec<Vec<u8>>>,
    deadline: Instant,
) -> Result<usize, Failure> {
    let mut batches = 0;
    while Instant::now() < deadline {
        // One statement is a transaction of its own.
        client.execute(&insert, &[&*rows]).await.map_err(|error| of(&error))?;
        batches += 1;
    }
    Ok(batches)
}

/// How often the server has made its log durable so far, as it tells itself: a second late at most.
pub(crate) async fn log_syncs(address: &str) -> Result<u64, Failure> {
    let client = connect(address).await?;
    let row = client.query_one(LOG_SYNCS, &[]).await.map_err(|error| of(&error))?;
    let syncs: i64 = row.try_get(0).map_err(|error| of(&error))?;
    Ok(syncs.unsigned_abs())
}

async fn connect(address: &str) -> Result<Client, Failure> {
    let (client, connection) =
        tokio_postgres::connect(address, NoTls).await.map_err(|error| of(&error))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a connection of the bench was lost");
        }
    });
    Ok(client)
}

fn of(error: &tokio_postgres::Error) -> Failure {
    Failure::from_error(error)
}

/// A client has a connection of its own, and a server takes a hundred unless it is told otherwise.
const CONNECTIONS_MAX: usize = 90;

const COUNTERS: &str = "DROP SCHEMA IF EXISTS stalela_bench CASCADE; CREATE SCHEMA stalela_bench;
    CREATE TABLE stalela_bench.counters (outlet bigint PRIMARY KEY, last bigint NOT NULL);
    CREATE TABLE stalela_bench.numbered (outlet bigint, number bigint, place bigint,
        bytes bytea NOT NULL, PRIMARY KEY (outlet, number, place))";
const MAKE_COUNTERS: &str = "INSERT INTO stalela_bench.counters SELECT outlet, 0 FROM generate_series(0, $1::bigint - 1) outlet";
const TAKE_NUMBER: &str =
    "UPDATE stalela_bench.counters SET last = last + 1 WHERE outlet = $1 RETURNING last";
const INSERT_NUMBERED: &str = "INSERT INTO stalela_bench.numbered
    SELECT $1, $2, place, bytes FROM unnest($3::bytea[]) WITH ORDINALITY AS a (bytes, place)";
const RAW: &str = "DROP SCHEMA IF EXISTS stalela_bench CASCADE; CREATE SCHEMA stalela_bench;
    CREATE TABLE stalela_bench.raw (bytes bytea NOT NULL)";
const INSERT_RAW: &str = "INSERT INTO stalela_bench.raw SELECT * FROM unnest($1::bytea[])";
const LOG_SYNCS: &str = "SELECT wal_sync FROM pg_stat_wal";
const REMOVED: &str = "DROP SCHEMA stalela_bench CASCADE";

//! Moving a whole ledger from one store to another, byte for byte.
//!
//! Rows pass in batches, in the order of their keys, so that memory stays bounded; what has arrived
//! is read again and compared with what left. Before the end nothing of it is to be seen: a database
//! gets it in one transaction, a file under another name.

mod postgres;
mod sqlite;
mod table;
mod tables;

use invoice::Hash;

use self::table::Table;
use self::tables::TABLES;
use crate::error::LedgerError;
use crate::limits::Options;
use crate::store_url::{Kind, StoreUrl, blocking};

/// How many rows of each table were copied, in the order in which they were.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Copied {
    pub tables: Vec<(&'static str, u64)>,
}

/// Copies the ledger in `from` into `to`, which holds none: a file that is not there, or a database
/// whose schema was made and nothing more. Blocks: call it on a thread that may.
///
/// No process may write either meanwhile. Of a file that is certain; servers over a database are the
/// caller's to stop, and never to be started over the old store again: both would give out the same
/// numbers. `progress` is told of each table how many rows have arrived.
///
/// [`LedgerError::NotEmpty`], [`LedgerError::AlreadyOpen`], [`LedgerError::NoLedger`].
pub fn copy(
    from: &StoreUrl,
    to: &StoreUrl,
    options: Options,
    progress: &mut dyn FnMut(&'static str, u64),
) -> Result<Copied, LedgerError> {
    blocking()?.block_on(run(from, to, options, progress))
}

async fn run(
    from: &StoreUrl,
    to: &StoreUrl,
    options: Options,
    progress: &mut dyn FnMut(&'static str, u64),
) -> Result<Copied, LedgerError> {
    let mut from = Source::open(from).await?;
    let mut to = Target::open(to, options).await?;
    let mut copied = Copied::default();
    for table in TABLES {
        let left = table_across(&mut from, &mut to, table, progress).await?;
        let arrived = digest(&mut to, table).await?;
        if left != arrived {
            let what = format!("{}: what arrived is not what left", table.name);
            return Err(LedgerError::Corrupt(what));
        }
        copied.tables.push((table.name, left.rows));
    }
    to.finish().await?;
    Ok(copied)
}

async fn table_across(
    from: &mut Source,
    to: &mut Target,
    table: &'static Table,
    progress: &mut dyn FnMut(&'static str, u64),
) -> Result<Digest, LedgerError> {
    let mut digest = Digest::default();
    let mut last = None;
    loop {
        let rows = from.page(table, last.as_ref()).await?;
        let Some(end) = rows.last() else { return Ok(digest) };
        last = Some(end[..table.key].to_vec());
        for row in &rows {
            digest.add(row);
        }
        to.write(table, rows).await?;
        progress(table.name, digest.rows);
    }
}

async fn digest(to: &mut Target, table: &'static Table) -> Result<Digest, LedgerError> {
    let mut digest = Digest::default();
    let mut last = None;
    loop {
        let rows = to.page(table, last.as_ref()).await?;
        let Some(end) = rows.last() else { return Ok(digest) };
        last = Some(end[..table.key].to_vec());
        for row in &rows {
            digest.add(row);
        }
    }
}

/// What a column holds, the same in each store.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Value {
    Null,
    Text(String),
    Integer(i64),
    Bool(bool),
    Bytes(Vec<u8>),
}

type Row = Vec<Value>;
type Key = Vec<Value>;

/// The rows of a table and their order.
#[derive(Debug, Default, Eq, PartialEq)]
struct Digest {
    rows: u64,
    hash: Option<Hash>,
}

impl Digest {
    fn add(&mut self, row: &Row) {
        let mut bytes = self.hash.map_or_else(Vec::new, |hash| hash.0.to_vec());
        for value in row {
            let (tag, content) = match value {
                Value::Null => (0, Vec::new()),
                Value::Text(text) => (1, text.as_bytes().to_vec()),
                Value::Integer(integer) => (2, integer.to_be_bytes().to_vec()),
                Value::Bool(bool) => (3, vec![u8::from(*bool)]),
                Value::Bytes(bytes) => (4, bytes.clone()),
            };
            bytes.push(tag);
            bytes.extend((content.len() as u64).to_be_bytes());
            bytes.extend(content);
        }
        self.hash = Some(Hash::of_note(&bytes));
        self.rows += 1;
    }
}

/// Where rows come from.
enum Source {
    Sqlite(sqlite::Source),
    Postgres(Box<postgres::Source>),
}

impl Source {
    async fn open(store: &StoreUrl) -> Result<Self, LedgerError> {
        match store.kind() {
            Kind::Sqlite(path) => Ok(Self::Sqlite(sqlite::Source::open(path)?)),
            Kind::Postgres(address) => {
                Ok(Self::Postgres(Box::new(postgres::Source::open(address).await?)))
            }
        }
    }

    async fn page(
        &mut self,
        table: &'static Table,
        after: Option<&Key>,
    ) -> Result<Vec<Row>, LedgerError> {
        match self {
            Self::Sqlite(source) => source.page(table, after),
            Self::Postgres(source) => source.page(table, after).await,
        }
    }
}

/// Where rows go.
enum Target {
    Sqlite(Box<sqlite::Target>),
    Postgres(Box<postgres::Target>),
}

impl Target {
    async fn open(store: &StoreUrl, options: Options) -> Result<Self, LedgerError> {
        match store.kind() {
            Kind::Sqlite(path) => Ok(Self::Sqlite(Box::new(sqlite::Target::open(path)?))),
            Kind::Postgres(address) => {
                let target = postgres::Target::open(address, options.accepts_fsync_off).await?;
                Ok(Self::Postgres(Box::new(target)))
            }
        }
    }

    async fn write(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<(), LedgerError> {
        match self {
            Self::Sqlite(target) => target.write(table, &rows),
            Self::Postgres(target) => target.write(table, rows).await,
        }
    }

    async fn page(
        &mut self,
        table: &'static Table,
        after: Option<&Key>,
    ) -> Result<Vec<Row>, LedgerError> {
        match self {
            Self::Sqlite(target) => target.page(table, after),
            Self::Postgres(target) => target.page(table, after).await,
        }
    }

    /// Makes what was written be there.
    async fn finish(self) -> Result<(), LedgerError> {
        match self {
            Self::Sqlite(target) => target.finish(),
            Self::Postgres(target) => target.finish().await,
        }
    }
}

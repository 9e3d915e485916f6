//! The door to the ledger: opens its store, and passes orders to whoever writes there.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::anchor::{Anchoring, Keeper};
use crate::batch::Order;
use crate::error::LedgerError;
use crate::limits::{BLOB_BYTES_MAX, CREDITS_MAX, Options, PAYLOAD_BYTES_MAX, TEXT_BYTES_MAX};
use crate::order::{AppendOrder, ClockOrder, RecoverOrder, SealOrder, SealOutcome, Series};
use crate::record::Entry;
use crate::{postgres, sqlite};

/// An open ledger. Share it behind an `Arc`.
///
/// Dropping it writes what waits and then closes the store, as [`Ledger::close`] does.
pub struct Ledger {
    /// It ends before the keeper does, which then writes the last anchors.
    pub(crate) store: Store,
    pub(crate) keeper: Option<Arc<Keeper>>,
}

/// Where a ledger lies. What is decided in a batch is the same; what is asked and written is each
/// store's own.
pub(crate) enum Store {
    /// One file, and one process that has it open.
    Sqlite(sqlite::Store),
    /// One database, and any number of processes over it.
    Postgres(postgres::Store),
}

impl Ledger {
    /// Opens the file at `path`, creates it if there is none, and brings its schema up to date.
    /// Blocks; reads ask for a tokio runtime later, this does not. Nobody keeps its heads: an older
    /// file in its place is not noticed.
    pub fn open(path: &Path, options: Options) -> Result<Self, LedgerError> {
        Self::open_kept(path, options, None)
    }

    /// The same, and keeps the heads of its outlets outside the file. Call
    /// [`Ledger::check_anchors`] before anything is sealed.
    pub fn open_anchored(
        path: &Path,
        options: Options,
        anchoring: &Anchoring,
    ) -> Result<Self, LedgerError> {
        Self::open_kept(path, options, Some(Arc::new(Keeper::open(anchoring)?)))
    }

    fn open_kept(
        path: &Path,
        options: Options,
        keeper: Option<Arc<Keeper>>,
    ) -> Result<Self, LedgerError> {
        let file = sqlite::Store::open(path, options, keeper.clone())?;
        Ok(Self { store: Store::Sqlite(file), keeper })
    }

    /// Connects to a PostgreSQL whose schema is there already ([`Ledger::migrate`]):
    /// `postgres://user:password@host:port/database`, with several hosts where one stands by for
    /// another. `sslmode` is `disable`, or `require` and `verify-full`, which mean the same here: the
    /// server's certificate is checked, against `sslrootcert` where that names a file. Without a word
    /// what leaves the machine is encrypted.
    ///
    /// [`LedgerError::Pragma`] where the server would lose what was acknowledged.
    pub async fn connect(address: &str, options: Options) -> Result<Self, LedgerError> {
        Self::connect_kept(address, options, None).await
    }

    /// The same, and keeps the heads of its outlets outside the database. Call
    /// [`Ledger::check_anchors`] before anything is sealed.
    pub async fn connect_anchored(
        address: &str,
        options: Options,
        anchoring: &Anchoring,
    ) -> Result<Self, LedgerError> {
        let keeper = Arc::new(Keeper::open(anchoring)?);
        Self::connect_kept(address, options, Some(keeper)).await
    }

    async fn connect_kept(
        address: &str,
        options: Options,
        keeper: Option<Arc<Keeper>>,
    ) -> Result<Self, LedgerError> {
        let nodes = postgres::Store::connect(address, options, keeper.clone()).await?;
        Ok(Self { store: Store::Postgres(nodes), keeper })
    }

    /// Makes or migrates the schema of a PostgreSQL as its owner, and lets the login `application`
    /// work in it, if one is named. Says how many steps there were; 0 if all was done before.
    pub async fn migrate(address: &str, application: Option<&str>) -> Result<usize, LedgerError> {
        postgres::migrate(address, application).await
    }

    /// Takes no more orders, writes those that wait, closes the store, and keeps its heads.
    pub async fn close(&self) {
        match &self.store {
            Store::Sqlite(file) => file.close().await,
            Store::Postgres(nodes) => nodes.close().await,
        }
        self.close_anchors().await;
    }

    /// Transactions that sealed or added since the store was opened: far fewer than orders under
    /// load.
    pub fn commits(&self) -> u64 {
        match &self.store {
            Store::Sqlite(file) => file.commits(),
            Store::Postgres(nodes) => nodes.commits(),
        }
    }

    /// Gives an invoice its number and its place in the chain. Durable when it returns.
    pub async fn seal(&self, order: SealOrder) -> Result<SealOutcome, LedgerError> {
        check_seal(&order)?;
        self.order(|reply| Order::Seal(Box::new(order), reply)).await
    }

    /// Adds an entry to an invoice, under the lease of its submission. Durable when it returns.
    pub async fn append(&self, order: AppendOrder) -> Result<Entry, LedgerError> {
        check_append(&order)?;
        self.order(|reply| Order::Append(Box::new(order), reply)).await
    }

    /// Records that an operator accepts the clock as it is; the outlet seals again from `now`.
    pub async fn accept_clock(&self, order: ClockOrder) -> Result<Entry, LedgerError> {
        text("operator", &order.operator)?;
        text("reason", &order.reason)?;
        text("key id", &order.signer.key_id)?;
        self.order(|reply| Order::Clock(Box::new(order), reply)).await
    }

    /// Records that an operator accepts what an outlet has lost, and writes its numbers off; it seals
    /// again.
    ///
    /// [`LedgerError::NotRolledBack`] where it has lost nothing, or that is on record already.
    pub async fn recover(&self, order: RecoverOrder) -> Result<Entry, LedgerError> {
        text("operator", &order.operator)?;
        text("reason", &order.reason)?;
        text("key id", &order.signer.key_id)?;
        self.order(|reply| Order::Recover(Box::new(order), reply)).await
    }

    async fn order<T>(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<T, LedgerError>>) -> Order,
    ) -> Result<T, LedgerError> {
        let (reply, answer) = oneshot::channel();
        match &self.store {
            Store::Sqlite(file) => file.order(order(reply)).await?,
            Store::Postgres(nodes) => nodes.order(order(reply)).await?,
        }
        answer.await.map_err(|_| LedgerError::Closed)?
    }
}

fn check_seal(order: &SealOrder) -> Result<(), LedgerError> {
    bytes("payload", order.payload.bytes().len(), PAYLOAD_BYTES_MAX)?;
    bytes("credits", order.credits.len(), CREDITS_MAX)?;
    check_series(&order.series)?;
    let summary = &order.summary;
    for (field, value) in [
        ("taxpayer", Some(&order.taxpayer)),
        ("currency", Some(&order.currency)),
        ("regime", Some(&order.regime)),
        ("key id", Some(&order.signer.key_id)),
        ("document kind", Some(&summary.document_kind)),
        ("issue date", Some(&summary.issued_on)),
        ("customer name", summary.customer_name.as_ref()),
        ("customer tax id", summary.customer_tax_id.as_ref()),
        ("idempotency key", order.idempotency.as_ref().map(|idempotency| &idempotency.key)),
    ] {
        text(field, value.map_or("", String::as_str))?;
    }
    Ok(())
}

fn check_series(series: &Series) -> Result<(), LedgerError> {
    match series {
        Series::Yearly { template, outlet_code, .. } => {
            text("outlet code", outlet_code)?;
            template.check_length(outlet_code)
        }
        Series::Authorised { kind, .. } => text("kind of number", kind),
    }
}

fn check_append(order: &AppendOrder) -> Result<(), LedgerError> {
    bytes("elements", order.elements.as_ref().map_or(0, Vec::len), BLOB_BYTES_MAX)?;
    bytes("progress", order.change.progress.len(), BLOB_BYTES_MAX)?;
    text("key id", &order.signer.key_id)?;
    text("authority code", order.authority_code.as_deref().unwrap_or_default())
}

pub(crate) fn text(field: &'static str, value: &str) -> Result<(), LedgerError> {
    if value.contains('\0') {
        return Err(LedgerError::Nul(field));
    }
    bytes(field, value.len(), TEXT_BYTES_MAX)
}

/// A field within its limit, in bytes or in items.
pub(crate) fn bytes(field: &'static str, length: usize, max: usize) -> Result<(), LedgerError> {
    if length <= max { Ok(()) } else { Err(LedgerError::TooLong { field, max }) }
}

//! The door to the store of many nodes: connections that read and write a little, and the lanes
//! that seal.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    GenericClient as _, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod,
    Runtime, Transaction,
};
use invoice::TenantId;
use tokio_postgres::IsolationLevel;

use super::address::Address;
use super::borrowed::Borrowed;
use super::connection::{self, IDLE_MAX, LOCK_MAX, READING_MAX, begin_session};
use super::lane::{Lane, Lanes, Shared};
use super::trouble::{Trouble, of};
use crate::anchor::Keeper;
use crate::batch::{Order, Workers};
use crate::error::LedgerError;
use crate::limits::Options;

pub(crate) struct Store {
    pool: Pool,
    lanes: Lanes,
    commits: Arc<AtomicU64>,
}

/// Whose rows a transaction is about: row-level security shows it no others.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    Tenant(&'a TenantId),
    /// The store's own work: what is due anywhere, who bears a key.
    All,
}

impl Scope<'_> {
    fn setting(&self) -> &str {
        match self {
            Self::Tenant(tenant) => tenant.as_str(),
            Self::All => "*",
        }
    }
}

impl Store {
    pub(crate) async fn connect(
        address: &str,
        options: Options,
        keeper: Option<Arc<Keeper>>,
    ) -> Result<Self, LedgerError> {
        let address = Address::parse(address)?;
        let first = connection::open(&address, "").await?;
        connection::answered(&address, connection::check(&first, options.accepts_fsync_off))
            .await?;
        let pool = pool(&address, options.readers_max)?;
        let commits = Arc::new(AtomicU64::new(0));
        let workers = Workers::new(options.workers).map_err(LedgerError::Open)?;
        let workers = Arc::new(workers);
        let shared = || Shared {
            workers: Arc::clone(&workers),
            commits: Arc::clone(&commits),
            keeper: keeper.clone(),
        };
        let lane = || Lane::begin(&address, options, shared());
        let lanes: Result<Vec<_>, _> = (0..options.writers.max(1)).map(|_| lane()).collect();
        Ok(Self { pool, lanes: Lanes::new(lanes?), commits })
    }

    pub(crate) async fn close(&self) {
        self.lanes.close().await;
        self.pool.close();
    }

    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// An outlet's orders go to one lane, so that within a process nobody waits for a head.
    pub(crate) async fn order(&self, order: Order) -> Result<(), LedgerError> {
        let mut hasher = DefaultHasher::new();
        order.outlet().hash(&mut hasher);
        self.lanes.send(hasher.finish(), order).await
    }

    /// Reads what was committed before, all of it as of one moment.
    pub(crate) async fn read<T>(
        &self,
        scope: Scope<'_>,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut client = Borrowed::of(self.pool.get().await?);
        let result = read_with(client.client(), scope, work).await;
        client.give_back();
        result
    }

    /// Runs a few statements in a transaction of their own; again if another's came in between.
    /// Durable when it returns.
    pub(crate) async fn write<T>(
        &self,
        scope: Scope<'_>,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, LedgerError> + Clone,
    ) -> Result<T, LedgerError> {
        let mut turn = 1;
        loop {
            match self.write_once(scope, work.clone()).await {
                Err(LedgerError::Postgres(error))
                    if matches!(of(&error), Trouble::Again(_)) && turn < TURNS_MAX =>
                {
                    tokio::time::sleep(turn * BETWEEN_TURNS).await;
                    turn += 1;
                }
                result => return result,
            }
        }
    }

    async fn write_once<T>(
        &self,
        scope: Scope<'_>,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut client = Borrowed::of(self.pool.get().await?);
        let result = write_with(client.client(), scope, work).await;
        client.give_back();
        result
    }
}

async fn read_with<T>(
    client: &mut Object,
    scope: Scope<'_>,
    work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
) -> Result<T, LedgerError> {
    let snapshot = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    name_scope(&snapshot, scope).await?;
    let result = work(&snapshot).await?;
    snapshot.commit().await?;
    Ok(result)
}

async fn write_with<T>(
    client: &mut Object,
    scope: Scope<'_>,
    work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
) -> Result<T, LedgerError> {
    let transaction = client.transaction().await?;
    name_scope(&transaction, scope).await?;
    let result = work(&transaction).await?;
    transaction.batch_execute(TO_THE_END).await?;
    match transaction.commit().await {
        Ok(()) => Ok(result),
        Err(error) if matches!(of(&error), Trouble::Lost(_)) => {
            Err(LedgerError::OutcomeUnknown(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// A writer must not give up half-way through the wait for a standby's disk, whoever has hung up.
const TO_THE_END: &str = "SET LOCAL statement_timeout = 0;
    SELECT set_config('client_connection_check_interval', '0', true)
    WHERE current_setting('client_connection_check_interval', true) IS NOT NULL";

/// How often the server looks whether whoever asked a long question is still there. Where the
/// database does not know the setting, or its system cannot tell, questions end by the time they have.
const GONE_EACH: Duration = Duration::from_secs(1);

async fn name_scope(client: &Transaction<'_>, scope: Scope<'_>) -> Result<(), LedgerError> {
    let statement = client.prepare_cached(NAME_SCOPE).await?;
    client.execute(&statement, &[&scope.setting()]).await?;
    Ok(())
}

fn pool(address: &Address, most: usize) -> Result<Pool, LedgerError> {
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(address.config.clone(), address.tls.clone(), config);
    let session = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(async move {
            let session = format!(
                "SET statement_timeout = {}; SET lock_timeout = {};
                 SET idle_in_transaction_session_timeout = {}",
                READING_MAX.as_millis(),
                LOCK_MAX.as_millis(),
                IDLE_MAX.as_millis(),
            );
            let begun = begin_session(client, &session).await;
            begun.map_err(|error| HookError::message(error.to_string()))?;
            let gone = format!("SET client_connection_check_interval = {}", GONE_EACH.as_millis());
            if let Err(error) = client.batch_execute(&gone).await {
                tracing::debug!(%error, "the database does not look whether its clients are gone");
            }
            Ok(())
        })
    });
    let pool = Pool::builder(manager)
        .max_size(most.max(1))
        .runtime(Runtime::Tokio1)
        .create_timeout(Some(CREATING_MAX))
        .post_create(session)
        .build();
    pool.map_err(|error| LedgerError::Address(error.to_string()))
}

const NAME_SCOPE: &str = "SELECT set_config('stalela.tenant', $1, true)";

/// Two servers that meet at one row meet again seldom.
const TURNS_MAX: u32 = 5;
const BETWEEN_TURNS: Duration = Duration::from_millis(5);
/// A new connection, with all hosts that may have to be tried.
const CREATING_MAX: Duration = Duration::from_secs(15);

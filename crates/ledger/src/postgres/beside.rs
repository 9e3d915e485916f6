//! Reading beside whoever serves: on a connection of its own, as of one moment, without a limit of
//! time.

use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::{Client, IsolationLevel};

use super::address::Address;
use super::migrations::check_version;
use super::rows::{get, one};
use super::{connection, ranges, registry};
use crate::error::LedgerError;
use crate::range::RangeStanding;
use crate::registry::{Outlet, PublicKey, Tenant};

/// Whether an address is understood.
pub(crate) fn check_address(address: &str) -> Result<(), LedgerError> {
    Address::parse(address).map(drop)
}

pub(crate) fn has_password(address: &str) -> bool {
    Address::parse(address).is_ok_and(|address| address.config.get_password().is_some())
}

/// Whether two addresses name one database, as far as their words tell.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    match (Address::parse(one), Address::parse(other)) {
        (Ok(one), Ok(other)) => one.names_one_with(&other),
        _ => one == other,
    }
}

/// The database has our schema and takes writes.
pub(crate) async fn ready(snapshot: &Transaction<'_>) -> Result<(), LedgerError> {
    check_version(snapshot.client()).await?;
    let stands_by = one(snapshot, STANDS_BY, &[], |row| get(row, 0)).await?;
    if stands_by == Some(false) { Ok(()) } else { Err(LedgerError::ReadOnly) }
}

/// The public keys that the database keeps.
pub(crate) async fn keys_in(address: &str) -> Result<Vec<PublicKey>, LedgerError> {
    let mut client = begin(address).await?;
    registry::keys(&snapshot(&mut client).await?).await
}

pub(crate) async fn tenants_in(address: &str) -> Result<Vec<Tenant>, LedgerError> {
    let mut client = begin(address).await?;
    registry::tenants(&snapshot(&mut client).await?).await
}

/// The outlets of all tenants.
pub(crate) async fn outlets_in(address: &str) -> Result<Vec<Outlet>, LedgerError> {
    let mut client = begin(address).await?;
    let snapshot = snapshot(&mut client).await?;
    let mut outlets = Vec::new();
    for tenant in registry::tenants(&snapshot).await? {
        outlets.extend(registry::outlets(&snapshot, &tenant.id).await?);
    }
    Ok(outlets)
}

/// The ranges of all tenants.
pub(crate) async fn ranges_in(address: &str) -> Result<Vec<RangeStanding>, LedgerError> {
    let mut client = begin(address).await?;
    let snapshot = snapshot(&mut client).await?;
    let mut found = Vec::new();
    for tenant in registry::tenants(&snapshot).await? {
        found.extend(ranges::list(&snapshot, &tenant.id).await?);
    }
    Ok(found)
}

pub(crate) async fn begin(address: &str) -> Result<ClientWrapper, LedgerError> {
    let client = connection::open(&Address::parse(address)?, NO_LIMIT).await?;
    check_version(&client).await?;
    Ok(wrapped(client))
}

/// A connection that writes as long as it takes, over a server that keeps what it is given.
pub(crate) async fn begin_writing(
    address: &str,
    accepts_fsync_off: bool,
) -> Result<ClientWrapper, LedgerError> {
    let client = connection::open(&Address::parse(address)?, NO_LIMIT).await?;
    connection::check(&client, accepts_fsync_off).await?;
    Ok(wrapped(client))
}

/// Its driver runs by itself until the client is dropped.
fn wrapped(client: Client) -> ClientWrapper {
    ClientWrapper::new(client, tokio::spawn(async {}))
}

/// All tenants as of one moment. It cannot write.
pub(crate) async fn snapshot(client: &mut ClientWrapper) -> Result<Transaction<'_>, LedgerError> {
    let snapshot = read_only(client).await?;
    snapshot.batch_execute(ALL_TENANTS).await?;
    Ok(snapshot)
}

/// The moment that another connection reads and gave this name.
pub(crate) async fn same_snapshot<'a>(
    client: &'a mut ClientWrapper,
    name: &str,
) -> Result<Transaction<'a>, LedgerError> {
    let snapshot = read_only(client).await?;
    let name = name.replace('\'', "''");
    snapshot.batch_execute(&format!("SET TRANSACTION SNAPSHOT '{name}'")).await?;
    snapshot.batch_execute(ALL_TENANTS).await?;
    Ok(snapshot)
}

async fn read_only(client: &mut ClientWrapper) -> Result<Transaction<'_>, LedgerError> {
    let level = IsolationLevel::RepeatableRead;
    Ok(client.build_transaction().isolation_level(level).read_only(true).start().await?)
}

const STANDS_BY: &str = "-- health: stands by
    SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean";
const NO_LIMIT: &str = "SET statement_timeout = 0; SET lock_timeout = 0;
    SET idle_in_transaction_session_timeout = 0";
pub(crate) const ALL_TENANTS: &str = "SET LOCAL stalela.tenant = '*'";

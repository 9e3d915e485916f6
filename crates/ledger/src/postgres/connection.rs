//! Connections: as whom they work, and what the server must keep.

use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use super::address::Address;
use super::migrations::check_version;
use crate::error::LedgerError;

/// Opens a connection that works as [`ROLE`], whose driver runs on this runtime until it is dropped.
pub(super) async fn open(address: &Address, session: &str) -> Result<Client, LedgerError> {
    let begun = async {
        let client = open_as_oneself(address).await?;
        begin_session(&client, session).await?;
        Ok(client)
    };
    answered(address, begun).await
}

/// What a server is asked before it is worked with. One that accepts and then says nothing would be
/// waited for without end: the driver's own limit is for the way to it.
pub(super) async fn answered<T>(
    address: &Address,
    asked: impl Future<Output = Result<T, LedgerError>>,
) -> Result<T, LedgerError> {
    tokio::time::timeout(address.connecting() + ANSWERING_MAX, asked)
        .await
        .unwrap_or(Err(LedgerError::NoAnswer))
}

/// Opens a connection that works as whoever the address names: for migrations.
pub(super) async fn open_as_oneself(address: &Address) -> Result<Client, LedgerError> {
    let (client, connection) = address.config.connect(address.tls.clone()).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a connection to the database was lost");
        }
    });
    Ok(client)
}

/// Sets up what every connection has, and what is this one's own.
pub(super) async fn begin_session(client: &Client, session: &str) -> Result<(), LedgerError> {
    let login = || client.query_one("SELECT session_user::text", &[]);
    match client.batch_execute(&format!("{EVERY_SESSION}; {session}")).await {
        Ok(()) => Ok(()),
        // The role is not there: no migration ever ran on this server.
        Err(error) if error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE) => {
            Err(LedgerError::OlderSchema { found: 0, known: super::migrations::known() })
        }
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            let login: String = login().await?.try_get(0)?;
            Err(LedgerError::NotGranted { login, role: ROLE })
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses a server that would lose what was acknowledged, or whose schema is not ours.
pub(super) async fn check(client: &Client, accepts_fsync_off: bool) -> Result<(), LedgerError> {
    let settings = client.query_one(SETTINGS, &[]).await?;
    let holds = |index, pragma, wanted, accepted: &dyn Fn(&str) -> bool| {
        setting(&settings, index, pragma, wanted, accepted)
    };
    let is_new =
        |found: &str| found.parse().is_ok_and(|version: u32| version >= SERVER_VERSION_MIN);
    holds(0, "server_version_num", "150000 or more", &is_new)?;
    holds(1, "server_encoding", "UTF8", &|found| found == "UTF8")?;
    // With a synchronous standby `on` waits for its disk as well; `remote_write` and `local` do not.
    let is_durable = |found: &str| matches!(found, "on" | "remote_apply");
    holds(2, "synchronous_commit", "on", &is_durable)?;
    holds(3, "fsync", "on", &|found| found == "on" || accepts_fsync_off)?;
    check_version(client).await
}

fn setting(
    row: &Row,
    index: usize,
    pragma: &'static str,
    wanted: &'static str,
    is_accepted: &dyn Fn(&str) -> bool,
) -> Result<(), LedgerError> {
    let found: String = row.try_get(index)?;
    if is_accepted(&found) { Ok(()) } else { Err(LedgerError::Pragma { pragma, wanted, found }) }
}

/// The role that owns nothing, as the first migration makes it.
pub(super) const ROLE: &str = "stalela_application";

/// Plans are for keys and never for whole tables, so a table that grows needs no new ones.
const EVERY_SESSION: &str = "SET SESSION ROLE stalela_application;
    SET search_path = stalela, pg_temp; SET client_min_messages = warning; SET jit = off";

const SETTINGS: &str = "SELECT current_setting('server_version_num'),
    current_setting('server_encoding'), current_setting('synchronous_commit'),
    current_setting('fsync')";

/// The oldest that the tests run on.
const SERVER_VERSION_MIN: u32 = 150_000;

/// The first words of a connection, once there is one: a server that is alive says them by then.
const ANSWERING_MAX: Duration = Duration::from_secs(15);
/// A list or an export that takes longer asks for too much: it must not hold old rows back for ever.
pub(super) const READING_MAX: Duration = Duration::from_mins(1);
/// How long a transaction may hold its locks while its server says nothing: one that was paused
/// loses its connection, and the others go on.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(10);
/// How long one waits for another server's lock: longer than a paused one may hold it.
pub(super) const LOCK_MAX: Duration = Duration::from_secs(15);

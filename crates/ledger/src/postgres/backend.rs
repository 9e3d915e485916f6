//! The server's end of a connection. What it was sent may lie there, and be run when nobody listens any
//! more: so of a statement whose answer is lost nobody can say that it is not written while that end
//! lives.

use tokio_postgres::Client;

use super::address::Address;
use super::connection::{answered, open_as_oneself};
use crate::error::LedgerError;

#[derive(Clone)]
pub(super) struct Backend {
    pid: i32,
    /// Microseconds: a server gives the same number again, and another server knows nothing of it.
    since: i64,
}

impl Backend {
    /// A connection's own, asked as whoever the address names: others are not told of it.
    pub(super) async fn of(client: &Client) -> Result<Self, LedgerError> {
        let row = client.query_one(OWN, &[]).await?;
        Ok(Self { pid: row.try_get(0)?, since: row.try_get(1)? })
    }

    /// Whether it runs nothing more. One that waits for a client that is gone is ended; one that is at
    /// work is let finish, since a commit that waits for its standby would count as done if it were
    /// ended.
    pub(super) async fn is_over(&self, address: &Address) -> Result<bool, LedgerError> {
        let asked = async {
            let client = open_as_oneself(address).await?;
            Ok(client.query_opt(END, &[&self.pid, &self.since]).await?)
        };
        let row = answered(address, asked).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(true))
    }
}

const OWN: &str = "SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint
    FROM pg_stat_activity WHERE pid = pg_backend_pid()";
/// A login may end what is its own. True once it has ended, within five seconds. Where the server does
/// not tell what it is at, it is let be: it may be at work.
const END: &str = "SELECT CASE WHEN state IN ('idle', 'idle in transaction',
            'idle in transaction (aborted)')
        THEN pg_terminate_backend(pid, 5000) ELSE false END
    FROM pg_stat_activity
    WHERE pid = $1 AND (extract(epoch FROM backend_start) * 1000000)::bigint = $2";

//! Whether the ledger can be worked with at this moment.

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store};
use crate::postgres::{self, Scope};
use crate::sqlite;

impl Ledger {
    /// Asks the store whether it answers, has the schema that this program knows, and can be written
    /// to. Costs little: a balancer may ask every second.
    ///
    /// [`LedgerError::NewerSchema`] and [`LedgerError::OlderSchema`] where a migration ran meanwhile,
    /// [`LedgerError::ReadOnly`] where the database stands by for another.
    pub async fn ready(&self) -> Result<(), LedgerError> {
        match &self.store {
            // No key has this hash.
            Store::Sqlite(file) => {
                file.read(|file| sqlite::registry::api_key_by_hash(file, [0; 32])).await.map(drop)
            }
            Store::Postgres(nodes) => {
                nodes.read(Scope::All, async |client| postgres::ready(client).await).await
            }
        }
    }
}

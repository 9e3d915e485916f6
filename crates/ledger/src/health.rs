//! Whether the ledger can be worked with at this moment.

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store};
use crate::postgres::{self, Scope};

impl Ledger {
    /// Asks the store whether it answers, has the schema that this program knows, and can be written
    /// to. Costs little: a balancer may ask every second.
    ///
    /// [`LedgerError::NewerSchema`] and [`LedgerError::OlderSchema`] where a migration ran meanwhile,
    /// [`LedgerError::ReadOnly`] where the database stands by for another.
    pub async fn ready(&self) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => file.ready().await,
            Store::Postgres(nodes) => {
                nodes.read(Scope::All, async |client| postgres::ready(client).await).await
            }
        }
    }
}

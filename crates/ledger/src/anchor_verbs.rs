//! The ledger's verbs about anchors: what is held against the store when it is opened, and what is
//! told of it.

use std::sync::Arc;

use invoice::OutletId;

use crate::anchor::Rollback;
use crate::error::LedgerError;
use crate::ledger::{Ledger, Store};
use crate::postgres;
use crate::sqlite;

/// Of a ledger that nobody keeps the heads of, there is nothing to tell.
impl Ledger {
    /// Holds every anchor that was found against the store, and says what was lost. To be asked
    /// before anything is sealed; what it finds refuses from then on, and the other outlets go on.
    ///
    /// [`LedgerError::Anchors`] where one is not signed by the key that it names.
    pub async fn check_anchors(&self) -> Result<Vec<Arc<Rollback>>, LedgerError> {
        let Some(keeper) = &self.keeper else { return Ok(Vec::new()) };
        keeper.check_signatures(&self.keys().await?)?;
        let judge = Arc::clone(keeper);
        match &self.store {
            Store::Sqlite(file) => {
                file.read(move |file| sqlite::judge_all(file, &judge)).await?;
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(postgres::Scope::All, async |client| {
                        postgres::anchors::judge_all(client, &judge).await
                    })
                    .await?;
            }
        }
        Ok(keeper.refusing())
    }

    /// The outlets that nothing is added to, because the store has lost entries of theirs. From
    /// memory: it may be asked at any time.
    pub fn refusing(&self) -> Vec<Arc<Rollback>> {
        self.keeper.as_ref().map_or_else(Vec::new, |keeper| keeper.refusing())
    }

    /// The outlets that anchors speak of and the store does not have, with the entries that the
    /// anchors know of each: a store that was lost, or anchors that are another store's. As it was
    /// when [`Ledger::check_anchors`] looked.
    pub fn missing(&self) -> Vec<(OutletId, u64)> {
        self.keeper.as_ref().map_or_else(Vec::new, |keeper| keeper.missing())
    }

    /// Writes the anchors of all that was sealed; returns when they are durable. Blocks.
    pub fn flush_anchors(&self) -> Result<(), LedgerError> {
        self.keeper.as_ref().map_or(Ok(()), |keeper| keeper.flush())
    }

    pub(crate) async fn close_anchors(&self) {
        let Some(keeper) = self.keeper.clone() else { return };
        if tokio::task::spawn_blocking(move || keeper.close()).await.is_err() {
            tracing::error!("the last anchors were not written");
        }
    }
}

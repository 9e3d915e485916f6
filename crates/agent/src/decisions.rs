//! Decisions on received documents: what is due to an issuer or to the authority is sent.

use std::sync::Arc;
use std::time::Duration;

use fiscal::Desks;
use ledger::LedgerError;

use crate::outlets;

/// Decisions of one round: the next one begins at once where there are more.
const ROUND_MAX: u32 = 100;
/// What one round rests for each look at the queue: decisions are few, and nobody waits at a till.
const LOOKS_RESTED: u32 = 5;

/// Sends what is due, and rests.
pub(crate) async fn round(desks: Arc<Desks>, poll: Duration) {
    if let Err(error) = send_due(&desks).await {
        tracing::error!("decisions that are due could not be sent: {error}");
    }
    tokio::time::sleep(poll * LOOKS_RESTED).await;
}

async fn send_due(desks: &Desks) -> Result<(), LedgerError> {
    let ledger = desks.ledger();
    for (tenant, id) in ledger.decisions_due(ROUND_MAX).await? {
        let Some(outlet) = ledger.outlet(&tenant, &id.outlet).await? else { continue };
        // One that cannot be opened is told of already.
        let Ok(desk) = outlets::open(desks, &outlet).await? else { continue };
        fiscal::send_decision(&desk, &id).await?;
    }
    Ok(())
}

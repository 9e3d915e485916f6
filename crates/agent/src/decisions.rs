//! Received documents: decisions that are due to an issuer or to the authority are sent, and the
//! authority is asked about documents that it has not said its last word on.

use std::sync::Arc;
use std::time::Duration;

use fiscal::Desks;
use ledger::LedgerError;

use crate::outlets;

/// Decisions of one round, and inquiries: the next one begins after a rest where there are more.
const ROUND_MAX: u32 = 100;

/// Sends and asks what is due, and rests. Neither waits for the other.
pub(crate) async fn round(desks: Arc<Desks>, poll: Duration) {
    let (sent, asked) = tokio::join!(send_due(&desks), ask_due(&desks));
    if let Err(error) = sent {
        tracing::error!("decisions that are due could not be sent: {error}");
    }
    if let Err(error) = asked {
        tracing::error!("the authority could not be asked about received documents: {error}");
    }
    tokio::time::sleep(poll).await;
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

async fn ask_due(desks: &Desks) -> Result<(), LedgerError> {
    let ledger = desks.ledger();
    for (tenant, id) in ledger.inquiries_due(desks.clock().now(), ROUND_MAX).await? {
        let Some(outlet) = ledger.outlet(&tenant, &id.outlet).await? else { continue };
        let Ok(desk) = outlets::open(desks, &outlet).await? else { continue };
        fiscal::ask_standing(&desk, &id).await?;
    }
    Ok(())
}

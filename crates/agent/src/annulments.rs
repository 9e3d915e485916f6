//! Annulments that the authority has not answered are told again.

use std::sync::Arc;
use std::time::Duration;

use fiscal::Desks;
use ledger::{AnnulmentState, LedgerError, RangeStanding, Tenant};

use crate::outlets;

/// Between two rounds: numbers out of use hurry nobody, and a line that is back is soon seen. What a
/// dead line is spared is its breaker's.
pub(crate) const REST: Duration = Duration::from_secs(30);

/// Tells what waits, and rests.
pub(crate) async fn round(desks: Arc<Desks>) {
    if let Err(error) = tell_all(&desks).await {
        tracing::error!("annulments cannot be told: {error}");
    }
    tokio::time::sleep(REST).await;
}

async fn tell_all(desks: &Desks) -> Result<(), LedgerError> {
    for tenant in desks.ledger().tenants().await? {
        tell_of_tenant(desks, &tenant).await?;
    }
    Ok(())
}

/// One outlet after the other: those of one taxpayer find told what one of them told.
async fn tell_of_tenant(desks: &Desks, tenant: &Tenant) -> Result<(), LedgerError> {
    let ranges = desks.ledger().ranges(&tenant.id).await?;
    let waiting: Vec<RangeStanding> = ranges.into_iter().filter(waits).collect();
    if waiting.is_empty() {
        return Ok(());
    }
    for outlet in desks.ledger().outlets(&tenant.id).await? {
        let is_its = |one: &RangeStanding| {
            (&one.range.taxpayer, one.range.environment) == (&outlet.taxpayer, outlet.environment)
        };
        if !waiting.iter().any(is_its) {
            continue;
        }
        // One that cannot be opened is told of already.
        let Ok(desk) = outlets::open(desks, &outlet).await? else { continue };
        fiscal::tell_annulments(&desk).await?;
    }
    Ok(())
}

fn waits(standing: &RangeStanding) -> bool {
    standing.annulled.iter().any(|annulment| annulment.state == AnnulmentState::Recorded)
}

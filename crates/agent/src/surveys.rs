//! How things stand at the authority of each outlet is asked now and then, a few outlets at a time:
//! the questions of thousands at once would go before what waits to be delivered.

use std::sync::Arc;

use fiscal::Desks;
use ledger::{LedgerError, Outlet};
use tokio::task::JoinSet;

use crate::outlets;

/// Each has one request under way: few beside those of deliveries, and enough that a thousand outlets
/// are asked within minutes where an answer takes a tenth of a second.
const AT_ONCE: usize = 8;

/// Surveys every outlet of every tenant. A slow authority delays no submission.
pub(crate) async fn round(desks: Arc<Desks>) {
    if let Err(error) = survey_all(&desks).await {
        tracing::error!("the survey of outlets failed: {error}");
    }
}

async fn survey_all(desks: &Arc<Desks>) -> Result<(), LedgerError> {
    let ledger = desks.ledger();
    let mut under_way = JoinSet::new();
    for tenant in ledger.tenants().await? {
        for outlet in ledger.outlets(&tenant.id).await? {
            if under_way.len() >= AT_ONCE {
                under_way.join_next().await;
            }
            under_way.spawn(survey(Arc::clone(desks), outlet));
        }
    }
    while under_way.join_next().await.is_some() {}
    Ok(())
}

async fn survey(desks: Arc<Desks>, outlet: Outlet) {
    match outlets::open(&desks, &outlet).await {
        Ok(Ok(desk)) => drop(fiscal::survey(&desk).await),
        // It is told of already.
        Ok(Err(_)) => {}
        Err(error) => tracing::warn!(outlet.id = %outlet.id, "{error}"),
    }
}

//! What people are told of although nobody asks: what is late, numbers that run out, paper that
//! waits for an invoice.

use fiscal::Desks;

use crate::{alerts, numbers, papers};

/// Raises what holds now and was not told of, and clears what no longer holds: an agent looks as
/// often as it surveys. What was told is the store's to know, so that a restart forgets nothing.
/// What fails is logged, and looked for again the next time.
pub async fn look(desks: &Desks) {
    if let Err(error) = alerts::sweep(desks).await {
        tracing::error!("late submissions could not be looked for: {error}");
    }
    if let Err(error) = numbers::sweep(desks).await {
        tracing::error!("numbers that run low could not be looked for: {error}");
    }
    if let Err(error) = papers::sweep(desks).await {
        tracing::error!("receipts on paper could not be looked for: {error}");
    }
}

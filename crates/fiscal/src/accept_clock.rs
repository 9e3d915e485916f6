//! Accept a clock that went back: an operator puts on record why, and the outlet seals again.

use invoice::Timestamp;
use ledger::{ClockOrder, Entry, LedgerError, next_instant};

use crate::desk::Desk;

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    #[error("the outlet's clock did not go back: it says {now}, and there is nothing to accept")]
    NotBehind { now: Timestamp },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Signs into the outlet's chain that its clock is right now. Only where it keeps the outlet from
/// sealing: whoever repeats an order whose answer was lost records nothing twice.
pub async fn accept_clock(
    desk: &Desk,
    operator: String,
    reason: String,
) -> Result<Entry, ClockError> {
    let (tenant, outlet) = (desk.outlet.tenant.clone(), desk.outlet.id.clone());
    let now = desk.clock.now();
    let head = desk.ledger.head(&tenant, &outlet).await?;
    if next_instant(head.and_then(|head| head.at), now).is_ok() {
        return Err(ClockError::NotBehind { now });
    }
    let signer = desk.signer.clone();
    let order = ClockOrder { tenant, outlet, operator, reason, signer, now };
    Ok(desk.ledger.accept_clock(order).await?)
}

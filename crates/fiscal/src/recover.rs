//! Recover an outlet whose store lost entries: an operator puts it on record, and it seals again.

use ledger::{Entry, LedgerError, RecoverOrder};

use crate::desk::Desk;

/// Signs into the outlet's chain what its store has lost, and writes those numbers off: customers may
/// hold them. Only where the store has lost something; whoever repeats an order whose answer was lost
/// records nothing twice.
pub async fn recover(desk: &Desk, operator: String, reason: String) -> Result<Entry, LedgerError> {
    let (tenant, outlet) = (desk.outlet.tenant.clone(), desk.outlet.id.clone());
    let (signer, now) = (desk.signer.clone(), desk.clock.now());
    desk.ledger.recover(RecoverOrder { tenant, outlet, operator, reason, signer, now }).await
}

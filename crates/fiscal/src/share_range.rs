//! Share a range: lend a run of its numbers to an outlet.

use ledger::Share;

use crate::authorise_range::{NumbersOfRange, RangeError, numbers_at};
use crate::desk::Desk;

/// Lends the numbers to the desk's outlet, for good. Nothing where they are the outlet's share
/// already, so that a request may be repeated.
pub async fn share_range(desk: &Desk, numbers: NumbersOfRange) -> Result<(), RangeError> {
    let (standing, (first, last)) = numbers.read(desk).await?;
    let of_outlet = (&desk.outlet.id, first, last);
    let is_it = |known: &Share| (&known.outlet, known.first, known.last) == of_outlet;
    if standing.shares.iter().any(|known| is_it(&known.share)) {
        return Ok(());
    }
    let share = Share {
        tenant: desk.outlet.tenant.clone(),
        range: numbers.range,
        outlet: desk.outlet.id.clone(),
        first,
        last,
        created_at: desk.clock.now(),
    };
    desk.ledger.share_range(share).await.map_err(numbers_at("/first"))
}

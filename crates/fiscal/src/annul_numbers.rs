//! Annul numbers: record that a run of them will never be used. The authority is told by whoever
//! drives annulments.

use ledger::{Annulment, AnnulmentState};

use crate::authorise_range::{NumbersOfRange, RangeError, numbers_at};
use crate::desk::Desk;

/// Only what no document bears: numbers that were never taken, and those that came back since the
/// authority does not hold them. From then on none of them is taken.
pub async fn annul_numbers(desk: &Desk, numbers: NumbersOfRange) -> Result<Annulment, RangeError> {
    let (_, (first, last)) = numbers.read(desk).await?;
    let annulment = Annulment {
        tenant: desk.outlet.tenant.clone(),
        range: numbers.range,
        first,
        last,
        at: desk.clock.now(),
        state: AnnulmentState::Recorded,
        document: None,
    };
    desk.ledger.annul(annulment.clone()).await.map_err(numbers_at("/first"))?;
    Ok(annulment)
}

//! Runs the callers' functions, for all orders of a batch at once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Assigned, Order, Planned, Slot, Subject, Workers};
use crate::error::LedgerError;
use crate::limits::{BLOB_BYTES_MAX, TEXT_BYTES_MAX};
use crate::order::{BoxError, Prepared, SealOrder};

/// Prepares what is planned and not yet prepared; false if an order was dropped, so that the
/// others must be planned anew.
pub(crate) fn prepare(slots: &mut [Slot], workers: &Workers) -> bool {
    let wanted: Vec<Wanted> = wanted_of(slots).collect();
    let (results, ()) = workers.map(&wanted, work, || ());
    take(slots, results)
}

/// The same on this thread alone, while the others sign.
pub(crate) fn prepare_here(slots: &mut [Slot]) -> bool {
    let results = wanted_of(slots).map(|wanted| work(&wanted)).collect();
    take(slots, results)
}

/// A place, and what is prepared there.
type Wanted<'a> = (usize, &'a SealOrder, &'a Assigned);
type Worked = (usize, Assigned, Result<Prepared, LedgerError>);

fn wanted_of(slots: &[Slot]) -> impl Iterator<Item = Wanted<'_>> {
    slots.iter().enumerate().filter_map(|(index, slot)| wanted(index, slot))
}

fn work((index, order, assigned): &Wanted<'_>) -> Worked {
    (*index, (*assigned).clone(), prepared(order, assigned))
}

fn take(slots: &mut [Slot], results: Vec<Worked>) -> bool {
    let mut all = true;
    for (index, assigned, result) in results {
        match result {
            Ok(prepared) => slots[index].prepared = Some((assigned, prepared)),
            Err(failure) => {
                slots[index].failure = Some(failure);
                all = false;
            }
        }
    }
    all
}

fn wanted(index: usize, slot: &Slot) -> Option<Wanted<'_>> {
    let Order::Seal(order, _) = &slot.order else { return None };
    let Planned::Entry(entry) = &slot.planned else { return None };
    let Subject::Opening { assigned, .. } = &entry.subject else { return None };
    let is_done = slot.prepared.as_ref().is_some_and(|(before, _)| before == assigned);
    (!is_done).then_some((index, &**order, assigned))
}

fn prepared(order: &SealOrder, assigned: &Assigned) -> Result<Prepared, LedgerError> {
    let prepared = catch(|| (order.prepare)(assigned)).map_err(LedgerError::Prepare)?;
    let blobs = [
        ("elements", prepared.elements.as_ref().map_or(0, Vec::len)),
        ("progress", prepared.submission.progress.len()),
    ];
    for (field, length) in blobs {
        if length > BLOB_BYTES_MAX {
            return Err(LedgerError::TooLong { field, max: BLOB_BYTES_MAX });
        }
    }
    match prepared.authority_code.as_ref().map_or(0, String::len) {
        0..=TEXT_BYTES_MAX => Ok(prepared),
        _ => Err(LedgerError::TooLong { field: "authority code", max: TEXT_BYTES_MAX }),
    }
}

/// A caller's panic is its own failure, and no one else's.
pub(crate) fn catch<T>(call: impl FnOnce() -> Result<T, BoxError>) -> Result<T, BoxError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err("the function panicked".into()))
}

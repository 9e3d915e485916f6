//! Runs the callers' functions, for all orders of a batch at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::{Assigned, Order, Planned, Slot, Subject, Workers};
use crate::error::LedgerError;
use crate::limits::{BLOB_BYTES_MAX, TEXT_BYTES_MAX};
use crate::order::{BoxError, Prepared, SealOrder};

/// Prepares what is planned and not yet prepared; false if an order was dropped, so that the
/// others must be planned anew.
pub(crate) fn prepare(slots: &mut [Slot], workers: &Workers) -> bool {
    let unprepared: Vec<Unprepared> = all_unprepared(slots).collect();
    let (made, ()) = workers.map(&unprepared, call, || ());
    keep(slots, made)
}

/// The same on this thread alone, while the others sign; false also where `most` is over before the
/// last of them is begun. What is prepared by then stays so.
pub(crate) fn prepare_within(slots: &mut [Slot], most: Duration) -> bool {
    let begun = Instant::now();
    let (mut results, mut is_through) = (Vec::new(), true);
    for unprepared in all_unprepared(slots) {
        if begun.elapsed() > most {
            is_through = false;
            break;
        }
        results.push(call(&unprepared));
    }
    keep(slots, results) && is_through
}

/// A place, its order, and what it was assigned.
type Unprepared<'a> = (usize, &'a SealOrder, &'a Assigned);
/// A place, what it was assigned, and what the caller's function made of that.
type Made = (usize, Assigned, Result<Prepared, LedgerError>);

fn all_unprepared(slots: &[Slot]) -> impl Iterator<Item = Unprepared<'_>> {
    slots.iter().enumerate().filter_map(|(index, slot)| unprepared(index, slot))
}

fn call((index, order, assigned): &Unprepared<'_>) -> Made {
    (*index, (*assigned).clone(), prepared(order, assigned))
}

/// False if an order was dropped.
fn keep(slots: &mut [Slot], made: Vec<Made>) -> bool {
    let mut all = true;
    for (index, assigned, result) in made {
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

fn unprepared(index: usize, slot: &Slot) -> Option<Unprepared<'_>> {
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

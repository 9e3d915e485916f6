//! What this process has in hand, so that its leases last while it works, and no longer.
//!
//! A lease is short: what a dead process held goes on with another soon. Whoever works registers it
//! here, and the process renews all of them together, every few seconds. A process that is paused
//! renews nothing; when it wakes, others may have taken its work over, and the fence refuses what it
//! writes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use invoice::{SECOND, Timestamp};
use ledger::{Held, Ledger, LedgerError};

use crate::clock::Clock;

/// How long what a dead process held waits for another. Several renewals may fail in it, and the
/// clocks of two machines may differ by seconds.
pub const LEASE: i64 = 30 * SECOND;

/// How often leases are renewed: three times before they run out.
pub const RENEW_EACH: Duration = Duration::from_secs(10);

/// Until when a request may begin to leave: by then nobody else can have what it is of in hand. A
/// wire looks at it with the last thing that it does before the first byte goes to its socket, for a
/// process may sleep between any two lines of its own.
///
/// A clone tells of the same lease, however often that is renewed.
#[derive(Clone, Debug)]
pub struct Leave(Option<Arc<AtomicI64>>);

impl Leave {
    /// Of what nobody takes over: it may leave at any time.
    pub const ALWAYS: Self = Self(None);

    pub fn until(until: Timestamp) -> Self {
        Self(Some(Arc::new(AtomicI64::new(until.micros()))))
    }

    pub fn is_given_at(&self, now: Timestamp) -> bool {
        self.0.as_ref().is_none_or(|until| now.micros() < until.load(Ordering::Relaxed))
    }
}

/// The leases that a process holds.
#[derive(Clone, Default)]
pub struct Leases(Arc<Mutex<Slots>>);

#[derive(Default)]
struct Slots {
    next: u64,
    held: HashMap<u64, Slot>,
}

struct Slot {
    what: Held,
    until: Arc<AtomicI64>,
}

/// One of them, for as long as this value lives.
pub(crate) struct Hold {
    leases: Leases,
    slot: u64,
    until: Arc<AtomicI64>,
    leave: Leave,
}

impl Leases {
    pub(crate) fn hold(&self, what: Held, until: Timestamp) -> Hold {
        let until = Arc::new(AtomicI64::new(until.micros()));
        let mut slots = self.slots();
        let slot = slots.next;
        slots.next += 1;
        slots.held.insert(slot, Slot { what, until: Arc::clone(&until) });
        let leave = Leave(Some(Arc::clone(&until)));
        Hold { leases: self.clone(), slot, until, leave }
    }

    /// Renews all of them; one that could not be renewed runs on until it ends.
    pub async fn renew(&self, ledger: &Ledger, clock: &Clock) -> Result<(), LedgerError> {
        let held: Vec<Held> = self.slots().held.values().map(|slot| slot.what.clone()).collect();
        if held.is_empty() {
            return Ok(());
        }
        let until = clock.now().plus_micros(LEASE);
        let renewed = ledger.renew_leases(held, until).await?;
        for slot in self.slots().held.values() {
            if renewed.contains(&slot.what) {
                slot.until.fetch_max(until.micros(), Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold {
    /// It was made to last until then, with something else that was written.
    pub(crate) fn lasts_until(&self, until: Timestamp) {
        self.until.fetch_max(until.micros(), Ordering::Relaxed);
    }

    /// Nobody else can have it by then, for all that is known here.
    pub(crate) fn is_safe_at(&self, now: Timestamp) -> bool {
        self.leave.is_given_at(now)
    }

    /// What a request of it leaves under.
    pub(crate) fn leave(&self) -> &Leave {
        &self.leave
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.leases.slots().held.remove(&self.slot);
    }
}

#[cfg(test)]
mod tests {
    use invoice::{InvoiceId, OutletId};
    use ledger::LeaseToken;

    use super::*;

    #[test]
    fn a_hold_is_safe_until_its_lease_ends_and_is_forgotten_with_it() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * SECOND);
        let leases = Leases::default();
        let outlet = OutletId::from_random([1; 10]);
        let invoice = InvoiceId::of(&outlet, [2; 15]);
        let hold = leases.hold(Held::Submission(invoice, LeaseToken(1)), at(30));
        assert!(hold.is_safe_at(at(29)) && !hold.is_safe_at(at(30)));
        let leave = hold.leave().clone();
        hold.lasts_until(at(60));
        assert!(leave.is_given_at(at(59)) && !leave.is_given_at(at(60)), "it is renewed with it");
        assert!(Leave::ALWAYS.is_given_at(at(i64::from(u32::MAX))));
        hold.lasts_until(at(40));
        assert!(hold.is_safe_at(at(59)), "it is not cut short");
        assert_eq!(leases.slots().held.len(), 1);
        drop(hold);
        assert!(leases.slots().held.is_empty());
    }
}

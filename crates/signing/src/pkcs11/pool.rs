//! A bounded set of things of which one thread at a time may use each: sessions.

use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) struct Pool<T> {
    shelf: Mutex<Shelf<T>>,
    returned: Condvar,
    limit: usize,
    patience: Duration,
}

struct Shelf<T> {
    idle: Vec<T>,
    lent: usize,
}

/// Nothing came back in time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AllBusy;

impl<T> Pool<T> {
    /// A pool that never holds more than `limit` things, lent or idle, and lets nobody wait longer
    /// than `patience`.
    pub(super) fn new(limit: usize, patience: Duration) -> Self {
        assert!(limit > 0, "a pool of nothing would never lend");
        let shelf = Mutex::new(Shelf { idle: Vec::new(), lent: 0 });
        Self { shelf, returned: Condvar::new(), limit, patience }
    }

    /// Lends an idle thing, or one made by `make` while there is room, or waits for one.
    pub(super) fn take<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<Lease<'_, T>, E>
    where
        E: From<AllBusy>,
    {
        let (mut shelf, waited) = self
            .returned
            .wait_timeout_while(self.shelf(), self.patience, |shelf| {
                shelf.idle.is_empty() && shelf.lent >= self.limit
            })
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(AllBusy.into());
        }
        let idle = shelf.idle.pop();
        shelf.lent += 1;
        drop(shelf);
        // From here on the lease gives the room back, whatever `make` does.
        let mut lease = Lease { pool: self, thing: idle };
        if lease.thing.is_none() {
            lease.thing = Some(make()?);
        }
        Ok(lease)
    }

    /// Drops what is idle; what is lent is for its borrower to discard.
    pub(super) fn discard_idle(&self) {
        let idle = std::mem::take(&mut self.shelf().idle);
        drop(idle);
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<T>> {
        // No panic can happen while it is held half changed.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thing that is lent until this is dropped.
pub(super) struct Lease<'a, T> {
    pool: &'a Pool<T>,
    thing: Option<T>,
}

impl<T> Lease<'_, T> {
    /// Throws the thing away instead of giving it back.
    pub(super) fn discard(mut self) {
        drop(self.thing.take());
    }
}

impl<T> Deref for Lease<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.thing.as_ref().expect("it is taken out only by what consumes the lease")
    }
}

impl<T> Drop for Lease<'_, T> {
    fn drop(&mut self) {
        let mut shelf = self.pool.shelf();
        shelf.lent -= 1;
        shelf.idle.extend(self.thing.take());
        drop(shelf);
        self.pool.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    impl From<AllBusy> for String {
        fn from(_: AllBusy) -> Self {
            "busy".to_owned()
        }
    }

    fn pool(limit: usize, patience: Duration) -> Pool<usize> {
        Pool::new(limit, patience)
    }

    #[test]
    fn what_comes_back_is_lent_again() {
        let pool = pool(2, Duration::ZERO);
        drop(pool.take(|| Ok::<_, String>(1)).unwrap());
        let again = pool.take(|| Err("must not make another".to_owned())).unwrap();
        assert_eq!(*again, 1);
    }

    #[test]
    fn when_all_are_lent_patience_ends() {
        let pool = pool(1, Duration::from_millis(5));
        let _lent = pool.take(|| Ok::<_, String>(1)).unwrap();
        assert_eq!(pool.take(|| Ok::<_, String>(2)).err().unwrap(), "busy");
    }

    #[test]
    fn a_waiting_thread_gets_what_comes_back() {
        let pool = pool(1, Duration::from_mins(1));
        let lent = pool.take(|| Ok::<_, String>(1)).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| *pool.take(|| Ok::<_, String>(2)).unwrap());
            drop(lent);
            assert_eq!(waiting.join().unwrap(), 1);
        });
    }

    #[test]
    fn failure_and_discard_give_the_room_back() {
        let pool = pool(1, Duration::ZERO);
        assert_eq!(pool.take(|| Err("broken".to_owned())).err().unwrap(), "broken");
        pool.take(|| Ok::<_, String>(1)).unwrap().discard();
        let other = pool.take(|| Ok::<_, String>(2)).unwrap();
        assert_eq!(*other, 2);
        drop(other);
        pool.discard_idle();
        assert_eq!(*pool.take(|| Ok::<_, String>(3)).unwrap(), 3);
    }

    #[test]
    fn many_threads_never_hold_more_than_the_limit_and_none_is_forgotten() {
        let pool = pool(3, Duration::from_secs(10));
        let made = AtomicUsize::new(0);
        let make = || Ok::<_, String>(made.fetch_add(1, Ordering::SeqCst));
        let borrow = || {
            let lent = pool.take(make).unwrap();
            // Long enough that the other threads have to wait, and must be told when to go on.
            thread::sleep(Duration::from_micros(200));
            drop(lent);
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..50).for_each(|_| borrow()));
            }
        });
        assert_eq!(pool.shelf().lent, 0);
        assert!((1..=3).contains(&made.into_inner()));
    }
}

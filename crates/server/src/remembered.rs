//! What is remembered for a while, and never more of it than there is room for.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use invoice::{SECOND, Timestamp};

/// Values that all live equally long. Where there is no room, the oldest goes: whoever floods us
/// shortens lives, and takes no memory.
pub(crate) struct Remembered<K, V> {
    most: usize,
    /// In seconds.
    life: i64,
    held: Mutex<Held<K, V>>,
}

struct Held<K, V> {
    values: HashMap<K, (V, Timestamp)>,
    /// In the order in which they end; some are gone already.
    order: VecDeque<K>,
}

impl<K: Clone + Eq + Hash, V: Clone> Remembered<K, V> {
    pub(crate) fn new(most: usize, life: i64) -> Self {
        let held = Held { values: HashMap::new(), order: VecDeque::new() };
        Self { most, life, held: Mutex::new(held) }
    }

    /// Remembers, and tells until when.
    pub(crate) fn put(&self, key: K, value: V, now: Timestamp) -> Timestamp {
        let until = now.plus_micros(self.life * SECOND);
        let mut held = self.lock();
        held.forget(now, self.most);
        held.order.push_back(key.clone());
        held.values.insert(key, (value, until));
        until
    }

    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Option<V> {
        let held = self.lock();
        let (value, until) = held.values.get(key)?;
        (now < *until).then(|| value.clone())
    }

    /// Gives it out, once.
    pub(crate) fn take(&self, key: &K, now: Timestamp) -> Option<V> {
        let (value, until) = self.lock().values.remove(key)?;
        (now < until).then_some(value)
    }

    fn lock(&self) -> MutexGuard<'_, Held<K, V>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Held<K, V> {
    /// Makes room for one more: what has ended or was taken goes, and then the oldest.
    fn forget(&mut self, now: Timestamp, most: usize) {
        while let Some(oldest) = self.order.front() {
            let is_live = self.values.get(oldest).is_some_and(|(_, until)| now < *until);
            if is_live && self.order.len() < most {
                break;
            }
            self.values.remove(oldest);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * SECOND)
    }

    #[test]
    fn a_value_lives_its_time_and_is_taken_once() {
        let remembered = Remembered::new(10, 5);
        assert_eq!(remembered.put("a", 1, at(0)), at(5));
        remembered.put("b", 2, at(1));
        assert_eq!((remembered.get(&"a", at(4)), remembered.get(&"a", at(5))), (Some(1), None));
        assert_eq!((remembered.take(&"b", at(5)), remembered.take(&"b", at(5))), (Some(2), None));
        assert_eq!(remembered.take(&"a", at(6)), None);
    }

    #[test]
    fn a_flood_takes_no_more_room_than_there_is() {
        let remembered = Remembered::new(3, 1_000);
        (0..1_000).for_each(|key| {
            remembered.put(key, (), at(key));
        });
        let held = remembered.lock();
        assert_eq!((held.values.len(), held.order.len()), (3, 3));
        drop(held);
        assert!(remembered.get(&999, at(999)).is_some() && remembered.get(&996, at(999)).is_none());
    }

    #[test]
    fn what_was_taken_leaves_its_place() {
        let remembered = Remembered::new(2, 1_000);
        for key in 0..100 {
            remembered.put(key, (), at(key));
            assert!(remembered.take(&key, at(key)).is_some());
        }
        assert!(remembered.lock().order.len() <= 2);
    }
}

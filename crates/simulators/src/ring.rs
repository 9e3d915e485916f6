//! A log of bounded length.

use std::collections::VecDeque;

/// The newest entries of something, oldest first.
#[derive(Debug)]
pub(crate) struct Ring<T>(VecDeque<T>);

/// Entries of a log: enough for a person, and bounded for a night.
const LOG_LENGTH: usize = 1_000;

impl<T> Ring<T> {
    pub(crate) fn push(&mut self, entry: T) {
        if self.0.len() == LOG_LENGTH {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_makes_room() {
        let mut ring = Ring::default();
        for number in 0..LOG_LENGTH + 5 {
            ring.push(number);
        }
        assert_eq!(ring.entries().count(), LOG_LENGTH);
        assert_eq!(ring.entries().next(), Some(&5));
    }
}

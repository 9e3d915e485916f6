//! The memory that the connections of a file share: the index of its log.

use std::sync::atomic::AtomicU64;

/// Regions as SQLite asks for them. They stay where they are until nobody uses them any more.
///
/// Atomics, because several threads of SQLite's write there through the pointer at once.
#[derive(Default)]
pub(crate) struct Memory(Vec<Box<[AtomicU64]>>);

impl Memory {
    /// Where a region lies; nothing if it is not there and is not to be made.
    pub(crate) fn region(&mut self, index: usize, bytes: usize, make: bool) -> Option<*mut u8> {
        while make && self.0.len() <= index {
            let words = bytes.div_ceil(size_of::<AtomicU64>());
            self.0.push((0..words).map(|_| AtomicU64::new(0)).collect());
        }
        self.0.get(index).map(|region| region.as_ptr().cast_mut().cast())
    }
}

//! A bound on what a file can make us compute.

use std::num::NonZeroU32;

use super::Pkcs12Fault;

/// What is left of the rounds of hashing that one file may demand, all its parts together.
pub(super) struct Work(u32);

impl Work {
    pub(super) fn new() -> Self {
        Self(MAX_ROUNDS)
    }

    /// Sets aside `iterations` for each of `blocks`.
    pub(super) fn spend(&mut self, iterations: u32, blocks: usize) -> Result<(), Pkcs12Fault> {
        let blocks = u32::try_from(blocks).unwrap_or(u32::MAX);
        let left = iterations.checked_mul(blocks).and_then(|rounds| self.0.checked_sub(rounds));
        self.0 = left.ok_or(Pkcs12Fault::TooMuchWork { limit: MAX_ROUNDS })?;
        Ok(())
    }
}

/// A number of iterations as a file states it: nought would be no protection at all.
pub(super) fn iterations(stated: Option<u32>) -> Result<NonZeroU32, Pkcs12Fault> {
    let reason = "a number of iterations is missing or is nought";
    stated.and_then(NonZeroU32::new).ok_or(Pkcs12Fault::Malformed { reason })
}

/// Firefox demands 600,000 for the check, for the key and for the certificate, the last two in two
/// blocks each, and two spellings of a password may have to be tried. This many take a second or two.
const MAX_ROUNDS: u32 = 8_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_add_up() {
        let mut work = Work::new();
        assert_eq!(work.spend(MAX_ROUNDS / 4, 3), Ok(()));
        assert_eq!(work.spend(MAX_ROUNDS / 4, 1), Ok(()));
        assert!(work.spend(1, 1).is_err());
        assert!(Work::new().spend(u32::MAX, 2).is_err());
        assert!(iterations(Some(0)).is_err());
        assert!(iterations(None).is_err());
    }
}

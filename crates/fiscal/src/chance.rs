//! The one place that asks for random bytes.

use std::sync::{Arc, Mutex, PoisonError};

use invoice::{InvoiceId, OutletId, Timestamp};

/// The source of chance that a process was given.
#[derive(Clone, Debug)]
pub enum Chance {
    /// The machine's.
    System,
    /// A repeatable run of bytes, for tests.
    Seeded(Arc<Mutex<u64>>),
}

impl Chance {
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(seed)))
    }

    /// Fills with random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match self {
            Self::System => {
                getrandom::fill(&mut bytes).expect("the system gives random bytes once it runs");
            }
            Self::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                for byte in &mut bytes {
                    *byte = split_mix(&mut state).to_be_bytes()[0];
                }
            }
        }
        bytes
    }

    /// A new id: six bytes of milliseconds, so that ids grow, and nine random ones.
    pub fn invoice_id(&self, outlet: &OutletId, now: Timestamp) -> InvoiceId {
        let mut own = [0; 15];
        own[..6].copy_from_slice(&(now.micros() / 1_000).to_be_bytes()[2..]);
        own[6..].copy_from_slice(&self.bytes::<9>());
        InvoiceId::of(outlet, own)
    }

    /// A number below `bound`; 0 where the bound is 0.
    pub fn below(&self, bound: u64) -> u64 {
        u64::from_be_bytes(self.bytes()).checked_rem(bound).unwrap_or(0)
    }
}

/// One step of `SplitMix64`: enough to make tests differ, and no secret ever comes from it.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 27)
}

//! The services between taxpayers: what each outlet that receives exposes to the others.
//!
//! They are mounted under a prefix of each taxpayer, `/receive/{environment}/{tax_id}`, which is
//! what the taxpayer has registered in its authority's directory. The paths below it are the
//! authority's data. They want no API key: whoever knocks signs what it sends.

mod knock;
mod receptions;
mod sessions;
#[cfg(test)]
pub(crate) mod tests;
mod upload;

pub(crate) use knock::routes;
pub(crate) use receptions::is_door;

use invoice::OutletId;
use tokio::sync::Semaphore;

use self::receptions::Receptions;
use crate::limits::{
    BODIES_RECEIVED_MAX, DOCUMENTS_READ_MAX, PEER_TOKEN_SECONDS, PEER_TOKENS_MAX, SEED_SECONDS,
    SEEDS_MAX,
};
use crate::remembered::Remembered;

/// What is remembered of those who knock. A process that starts anew has forgotten it all: they ask
/// for a token again.
pub(crate) struct P2p {
    receptions: Receptions,
    /// Seeds that were given out and not yet come back.
    seeds: Remembered<String, OutletId>,
    /// Tokens, by their hash.
    tokens: Remembered<[u8; 32], Bearer>,
    /// One permit for each file that is in memory.
    bodies: Semaphore,
    /// One permit for each file that is read.
    readings: Semaphore,
}

/// Who bears a token, and at whose door it is good.
#[derive(Clone)]
struct Bearer {
    outlet: OutletId,
    signer: String,
}

impl Default for P2p {
    fn default() -> Self {
        Self {
            receptions: Receptions::default(),
            seeds: Remembered::new(SEEDS_MAX, SEED_SECONDS),
            tokens: Remembered::new(PEER_TOKENS_MAX, PEER_TOKEN_SECONDS),
            bodies: Semaphore::new(BODIES_RECEIVED_MAX),
            readings: Semaphore::new(DOCUMENTS_READ_MAX),
        }
    }
}

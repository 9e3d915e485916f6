//! Every bound of this simulator, with its reason.

use crate::clock::MICROSECONDS;

/// Bytes of a request's body: an e-CF of ten thousand full lines.
pub(super) const BODY_LIMIT: usize = 32 * 1_048_576;

/// A seed is good for five minutes, as receivers in the wild have it. In microseconds.
pub(super) const SEED_LIFE: i64 = 300 * MICROSECONDS;

/// A token is good for an hour (Descripción Técnica e-CF, autenticación). In seconds.
pub(super) const TOKEN_LIFE: i64 = 3_600;

/// Bytes of an `Authorization` header. Real tokens have 343.
pub(super) const TOKEN_LIMIT: usize = 4_096;

/// Seeds that nobody has used yet; the oldest makes room.
pub(super) const MOST_SEEDS: usize = 10_000;

/// How far a signature's date may lie ahead of this clock: the DGII wants it not to be in the
/// future, and clocks differ. In microseconds.
pub(super) const CLOCK_SLACK: i64 = 300 * MICROSECONDS;

/// After this long nobody needs to have asked any more: the document is processed. The DGII takes
/// 200 ms on average. In microseconds.
pub(super) const PROCESSING: i64 = 2 * MICROSECONDS;

/// Documents in memory, of one environment: a long bench run fits in a gigabyte.
pub(super) const MOST_DOCUMENTS: usize = 100_000;

/// Ranges of numbers that are annulled in one environment: ten lines of a hundred ranges, a hundred
/// times.
pub(super) const MOST_RANGES: usize = 100_000;

/// Faults, verdicts, delegations, receivers and ranges that a test may have ordered, each; and what
/// the counterpart receives and sends.
pub(super) const MOST_ORDERS: usize = 10_000;

/// Entries in one page of the management port's lists.
pub(super) const PAGE: usize = 10_000;

/// The shortest and the longest wait of a slow reply, in milliseconds: slower than a good day,
/// faster than a client's patience.
pub(super) const SLOW_MILLISECONDS: (u64, u64) = (200, 900);

//! Every bound of this simulator, with its reason.

use rust_decimal::Decimal;

use crate::clock::MICROSECONDS;

/// A demande that is not finalised expires after two minutes (Benin API 1.0; the Congolese one is
/// said to agree). In microseconds.
pub(super) const PENDING_LIFE: i64 = 120 * MICROSECONDS;

/// The eleventh pending demande of an e-MCF is refused with code 1 (same sources).
pub(super) const MOST_PENDING: usize = 10;

/// Bytes of a request body: a thousand articles at their longest fit, and nothing else has a reason
/// to.
pub(super) const BODY_LIMIT: usize = 1_048_576;

/// Bytes of an `Authorization` header. Real tokens have a few hundred.
pub(super) const TOKEN_LIMIT: usize = 4_096;

/// Articles of one invoice. No published limit; a till roll of a thousand lines is long enough.
pub(super) const MOST_ARTICLES: usize = 1_000;

/// Payments of one invoice: seven kinds exist, and some are given more than once.
pub(super) const MOST_PAYMENTS: usize = 50;

/// Characters of an invoice number (MCF-SFE protocol, C0h: FN).
pub(super) const LONGEST_INVOICE_NUMBER: usize = 64;

/// Characters of any other text (MCF-SFE protocol, 36h, gives it for comments).
pub(super) const LONGEST_TEXT: usize = 255;

/// Characters of a NIF, a NIM or an ISF: thrice the longest sample.
pub(super) const LONGEST_IDENTIFIER: usize = 32;

/// Characters of a number as it was sent: a signed 64-bit float printed in full is shorter.
pub(super) const LONGEST_NUMBER: usize = 40;

/// A unit price and any other amount of a request stay below this, so that no product of two
/// numbers can leave the decimal type. In francs: the national product fits.
pub(super) const LARGEST_AMOUNT: i64 = 10_000_000_000_000;

/// A quantity stays below this, for the same reason.
pub(super) const LARGEST_QUANTITY: i64 = 1_000_000_000;

/// Registered invoices in memory: a long bench run fits in a few hundred megabytes.
pub(super) const MOST_REGISTERED: usize = 250_000;

/// e-MCFs of one simulator.
pub(super) const MOST_EMCFS: usize = 1_000;

/// Currencies of the day.
pub(super) const MOST_CURRENCIES: usize = 200;

/// Francs for one unit of a currency: from a hundredth of a yen's worth to a bar of gold.
pub(super) const SMALLEST_RATE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// The other end of the same range.
pub(super) const LARGEST_RATE: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

/// Invoices in one page of the management port's list.
pub(super) const PAGE: usize = 10_000;

/// The shortest and the longest wait of a slow reply, in milliseconds: slower than a good day,
/// faster than the 15 to 30 seconds after which public clients give up.
pub(super) const SLOW_MILLISECONDS: (u64, u64) = (200, 900);

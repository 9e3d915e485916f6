//! What processes over one store tell one another: who has what in hand, and when the next request
//! may leave for an address.

use invoice::{InvoiceId, RangeId};

use crate::inbox::InboxId;
use crate::submission::LeaseToken;

/// Something that a process has in hand under a lease.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Held {
    Submission(InvoiceId, LeaseToken),
    Document(InboxId, LeaseToken),
    /// By its range and its first number.
    Annulment((RangeId, u64), LeaseToken),
}

/// What a document of the inbox is taken in hand for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DocumentWork {
    /// The authority is asked about it.
    Inquiry,
    /// What was decided of it is sent.
    Decision,
}

/// When the next request of this process may leave for an address that others use too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LineTurn {
    /// In so many microseconds; 0 is now.
    In(u64),
    /// Not at all for so many microseconds: the line rests after failures.
    Rests(u64),
}

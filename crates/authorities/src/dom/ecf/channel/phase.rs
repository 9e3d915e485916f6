//! Where an invoice stands with the DGII.

use serde::{Deserialize, Serialize};

use super::services::Peer;

/// The phases of an invoice. Stored: a variant may be added, never changed. The signed document
/// itself stands in what was sealed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(super) enum Phase {
    /// Nothing is signed.
    Unsigned,
    /// The e-CF waits for its signature; the time that it bears, in microseconds.
    Signing { signed_at: i64 },
    /// Sealed, and nothing has left us.
    Sealed {
        /// How often its original was waited for.
        waits: u32,
    },

    /// The whole document has left.
    Sent {
        /// And had left before: what comes back may be about either.
        again: bool,
    },
    /// Which deliveries does the DGII know of this number? Ours may be among them, its reply lost.
    AskingDeliveries {
        tries: u32,
        /// The second delivery was refused, which says nothing of the first.
        refused: Option<Said>,
    },
    /// A delivery is being validated.
    Following {
        track_id: String,
        polls: u32,
        origin: Origin,
        /// It is not the first.
        again: bool,
    },
    /// Is the document that the DGII holds under this number ours? Its security code tells.
    Verifying { doubt: Doubt, tries: u32 },
    /// Only the DGII's portal can tell.
    Portal { said: Said },

    /// The summary waits for its signature.
    SigningSummary,
    /// The signed summary, which has not left.
    SummaryReady { summary: String },
    /// It has left.
    SummarySent { summary: String, again: bool },
    /// What became of it?
    AskingSummary {
        summary: String,
        tries: u32,
        /// What a delivery was answered, where that needs to be held against the truth.
        answered: Option<Answered>,
    },

    /// Accepted. Does the directory list the buyer? In microseconds since when it is tried.
    LookingUp { since: i64, tries: u32 },
    /// Accepted, and being handed to the buyer's own system.
    Handing {
        peer: Peer,
        since: i64,
        tries: u32,
        /// To one of the tries nothing was answered at all: the receiver may have it.
        #[serde(default)]
        unanswered: bool,
    },
    /// Nothing is left to do.
    Finished,
}

/// Where the number of a delivery comes from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Origin {
    /// The answer to our own sending: it is ours.
    Ours,
    /// The list of deliveries under our number: another document may have borne it before.
    Listed,
    /// The same list, once everything else is ruled out: what it says is said of ours.
    Believed,
}

/// What the DGII said, and what it means if nothing speaks against it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Said {
    pub(super) code: String,
    pub(super) words: String,
    #[serde(default)]
    pub(super) means: Means,
}

/// What a no of the DGII means.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Means {
    /// The service would not take it: the DGII holds nothing of it.
    #[default]
    NotTaken,
    /// Rejected, and the number may be used again.
    NumberUnused,
    /// Rejected, and the number with it.
    NumberUsed,
    /// Another document holds the number.
    Duplicate,
}

/// Why the document under our number might not be ours.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub(super) enum Doubt {
    /// A delivery of ours was rejected since the number is used.
    Duplicate { track_id: String, said: Said, origin: Origin, again: bool },
    /// A delivery is accepted that we know from the list only.
    Accepted { track_id: String },
    /// All that the list knows were rejected; the last of them. `known` if one of them is ours
    /// without a doubt.
    Rejected {
        track_id: String,
        known: bool,
        /// A later word that something holds the number.
        #[serde(default)]
        held: Option<Said>,
    },
}

/// What a summary was answered, and not yet believed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "was", rename_all = "snake_case")]
pub(super) enum Answered {
    /// This very summary is there already; the answer as it came.
    SameDocument { reply: String },
    /// The number is used.
    Duplicate { said: Said },
    /// The service would not take it.
    Refused { said: Said },
}

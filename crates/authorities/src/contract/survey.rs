//! What a survey brings back.

use invoice::{Exchange, Percent, Timestamp};

/// What a survey brought back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    pub token_valid_until: Option<Timestamp>,
    /// The central bank's mean rates, for the tolerance of drafts.
    pub rates: Vec<Exchange>,
    /// Tax groups whose rate differs from the regime's, with the authority's rate.
    pub differing_groups: Vec<(String, Percent)>,
    /// Codes of ours that the authority's lists do not know: the list, and the code.
    pub unknown_codes: Vec<(&'static str, &'static str)>,
    /// Requests that the authority holds and nobody has finished.
    pub pending: u32,
    /// The authority refused the token, in its own words.
    pub token_refused: Option<String>,
    /// Services of the authority that do not work just now, as it tells.
    pub services_down: Vec<String>,
    /// When its services are to rest, as it announces.
    pub maintenance: Vec<Maintenance>,
    /// How the taxpayer stands in the authority's directory; none where nobody asked, or no answer
    /// could be read.
    pub listing: Option<Listing>,
    /// What could not be learnt, for the log.
    pub notes: Vec<String>,
}

/// A time during which an authority's services rest.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Maintenance {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// How a taxpayer stands in the directory by which others reach it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Listing {
    /// With the addresses at which it receives documents and approvals.
    At { documents: String, approvals: String },
    /// It is not there: nobody can send it anything.
    Absent,
}

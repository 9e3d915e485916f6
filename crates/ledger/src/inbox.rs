//! What other taxpayers sent: their documents, what was answered to them, and their word on ours.

use std::fmt;

use invoice::{Amount, Hash, InvoiceId, OutletId, TenantId, Timestamp};
use jiff::civil::Date;

/// A received document's place: its outlet, and the how-manieth of it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct InboxId {
    pub outlet: OutletId,
    pub sequence: u64,
}

impl InboxId {
    /// Reads what is written: `rd_`, the outlet's own letters, and the sequence.
    pub fn parse(text: &str) -> Option<Self> {
        let (outlet, sequence) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let outlet = OutletId::parse(&format!("{OUTLET_PREFIX}{outlet}")).ok()?;
        let is_plain = sequence.bytes().all(|byte| byte.is_ascii_digit());
        let sequence = sequence.parse().ok().filter(|_| is_plain && !sequence.starts_with('0'))?;
        i64::try_from(sequence).ok()?;
        Some(Self { outlet, sequence })
    }
}

impl fmt::Display for InboxId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outlet = self.outlet.as_str().trim_start_matches(OUTLET_PREFIX);
        write!(formatter, "{PREFIX}{outlet}_{}", self.sequence)
    }
}

const PREFIX: &str = "rd_";
const OUTLET_PREFIX: &str = "ou_";

/// A document of another taxpayer, with our acknowledgement of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewDocument {
    pub tenant: TenantId,
    /// The one that receives for its taxpayer.
    pub outlet: OutletId,
    pub issuer_tax_id: String,
    pub issuer_name: String,
    /// As printed.
    pub number: String,
    /// The authority's own code.
    pub kind: String,
    pub issued_on: Date,
    pub total: Amount,
    pub takes_approval: bool,
    /// What the authority wants beside the number, to tell of the document.
    pub inquiry_code: String,
    /// Whose certificate signed it.
    pub signer: String,
    /// The SHA-256 of the signer's certificate.
    pub certificate: Hash,
    /// The certificate bears the issuer's own number.
    pub signer_is_party: bool,
    /// The certificate was followed to a trusted root.
    pub chain_checked: bool,
    /// Who delivered it, where a token said so.
    pub sender: Option<String>,
    /// As it came, byte for byte.
    pub document: Vec<u8>,
    /// Our acknowledgement, as signed.
    pub receipt: Vec<u8>,
    pub at: Timestamp,
}

/// What tells a document from others that bear its issuer's name and its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DocumentMark {
    /// Of its bytes: [`Hash::of_note`].
    pub document_hash: Hash,
    /// The SHA-256 of its signer's certificate.
    pub certificate: Hash,
}

/// What became of a new document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kept {
    New(InboxId),
    /// One of this issuer and number is there and stands in its way: the hash of its bytes, and what
    /// was answered to it.
    There {
        document_hash: Hash,
        receipt: Vec<u8>,
    },
    /// As many came within a day as are kept of one.
    TooMany,
}

/// What a list shows of a received document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InboxSummary {
    pub id: InboxId,
    pub issuer_tax_id: String,
    pub issuer_name: String,
    pub number: String,
    pub kind: String,
    pub issued_on: Date,
    pub total: Amount,
    pub takes_approval: bool,
    pub received_at: Timestamp,
    pub decision: Option<Given>,
    /// The certificate that signed it was followed to a trusted root.
    pub chain_checked: bool,
    pub authority: AuthorityStanding,
}

/// What the authority says of a received document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorityStanding {
    pub state: AuthorityState,
    /// Its own, or those of the line.
    pub words: String,
    /// How often it was asked.
    pub asked: u64,
    /// When it was asked last; when the document came, before that.
    pub at: Timestamp,
}

/// Where a received document stands with the authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AuthorityState {
    Unasked,
    NotFound,
    InProcess,
    Accepted,
    AcceptedConditionally,
    Rejected,
    /// Accepted, and not as it came to us.
    Differs,
    /// It cannot be asked.
    Untold,
}

impl AuthorityState {
    pub const ALL: [Self; 8] = [
        Self::Unasked,
        Self::NotFound,
        Self::InProcess,
        Self::Accepted,
        Self::AcceptedConditionally,
        Self::Rejected,
        Self::Differs,
        Self::Untold,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::NotFound => "not_found",
            Self::InProcess => "in_process",
            Self::Accepted => "accepted",
            Self::AcceptedConditionally => "accepted_conditionally",
            Self::Rejected => "rejected",
            Self::Differs => "differs",
            Self::Untold => "untold",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the authority will say nothing else.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Unasked | Self::NotFound | Self::InProcess => false,
            Self::Accepted
            | Self::AcceptedConditionally
            | Self::Rejected
            | Self::Differs
            | Self::Untold => true,
        }
    }
}

/// What became of asking the authority about a received document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewStanding {
    /// None where it did not say: the state before stays.
    pub state: Option<AuthorityState>,
    pub words: String,
    pub at: Timestamp,
    /// When it is asked again; none where it is not.
    pub ask_at: Option<Timestamp>,
}

/// A buyer's word, as it was given.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Given {
    /// Why it was rejected; none where it was approved.
    pub reason: Option<String>,
    pub at: Timestamp,
}

/// A received document with all that was signed about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InboxDocument {
    pub summary: InboxSummary,
    pub inquiry_code: String,
    pub signer: String,
    pub signer_is_party: bool,
    pub sender: Option<String>,
    pub document: Vec<u8>,
    pub receipt: Vec<u8>,
    /// The signed decision, where there is one.
    pub decision: Option<Vec<u8>>,
    pub deliveries: Vec<DecisionDelivery>,
}

/// Where a decision stands with one who is to know it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecisionDelivery {
    pub receiver: DecisionReceiver,
    pub state: DeliveryState,
    pub words: String,
    pub at: Timestamp,
}

/// Who is to know a decision.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecisionReceiver {
    Issuer,
    Authority,
}

impl DecisionReceiver {
    pub const ALL: [Self; 2] = [Self::Issuer, Self::Authority];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Authority => "authority",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|receiver| receiver.as_str() == word)
    }
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeliveryState {
    ToSend,
    Sent,
    Refused,
}

impl DeliveryState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToSend => "to_send",
            Self::Sent => "sent",
            Self::Refused => "refused",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::ToSend, Self::Sent, Self::Refused].into_iter().find(|state| state.as_str() == word)
    }
}

/// Our word on a received document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewDecision {
    pub tenant: TenantId,
    pub id: InboxId,
    /// None approves.
    pub reason: Option<String>,
    /// As signed.
    pub document: Vec<u8>,
    /// The API key.
    pub by: String,
    pub at: Timestamp,
}

/// A buyer's word on an invoice of ours.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewApproval {
    pub tenant: TenantId,
    pub invoice: InvoiceId,
    /// As printed.
    pub number: String,
    pub buyer_tax_id: String,
    pub is_approved: bool,
    /// Empty where none was given.
    pub reason: String,
    pub signer: String,
    /// The SHA-256 of the signer's certificate.
    pub certificate: Hash,
    /// The certificate bears the buyer's own number.
    pub signer_is_party: bool,
    /// The certificate was followed to a trusted root.
    pub chain_checked: bool,
    pub document: Vec<u8>,
    pub at: Timestamp,
}

/// What became of a buyer's word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeptApproval {
    New,
    /// These bytes were kept before, or it says what the buyer said last.
    There,
    /// As many as are kept of the invoice, or within a day.
    TooMany,
}

/// Which received documents to list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct InboxFilter {
    /// Any of these, and no other.
    pub outlets: Vec<OutletId>,
    /// Only those before this one, as the list has them.
    pub before: Option<(Timestamp, InboxId)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = InboxId { outlet: OutletId::from_random([7; 10]), sequence: 42 };
        assert_eq!(InboxId::parse(&id.to_string()), Some(id.clone()));
        let outlet = &id.outlet.as_str()["ou_".len()..];
        for other in ["", "rd_", "rd__1", "x"] {
            assert_eq!(InboxId::parse(other), None, "{other}");
        }
        for sequence in ["", "0", "+1", "01", "-1", "18446744073709551615", "1_1"] {
            assert_eq!(InboxId::parse(&format!("rd_{outlet}_{sequence}")), None, "{sequence}");
        }
    }
}

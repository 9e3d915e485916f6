//! What other taxpayers sent: their documents, what was answered to them, and their word on ours.

use std::fmt;

use invoice::{Amount, Hash, InvoiceId, OutletId, TenantId, Timestamp};
use jiff::civil::Date;

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store, bytes};
use crate::limits::{BLOB_BYTES_MAX, RECEIVED_BYTES_MAX, TEXT_BYTES_MAX};
use crate::postgres::{self, Scope};
use crate::registry::{Environment, Outlet, Taxpayer};
use crate::sqlite;
use crate::submission::LeaseToken;

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

/// What came in.
impl Ledger {
    /// All outlets of a taxpayer number, of all tenants: this is for whoever answers the door.
    pub async fn outlets_of_tax_id(
        &self,
        tax_id: &str,
        environment: Environment,
    ) -> Result<Vec<(Outlet, Taxpayer)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tax_id = tax_id.to_owned();
                file.read(move |file| sqlite::inbox::outlets_of(file, &tax_id, environment)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| {
                        postgres::inbox::outlets_of(client, tax_id, environment).await
                    })
                    .await
            }
        }
    }

    /// What is there of an issuer and a number and stands in the way of a document with this mark:
    /// the hash of its bytes, and what was answered.
    ///
    /// The same bytes do; and others of the same certificate, whose chain was checked, or that the
    /// authority has accepted. Others do not: anybody can make a certificate with anybody's name, and
    /// would keep the true document out for ever by being first.
    pub async fn received(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        (issuer, number): (&str, &str),
        mark: DocumentMark,
    ) -> Result<Option<(Hash, Vec<u8>)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet, issuer, number) =
                    (tenant.clone(), outlet.clone(), issuer.to_owned(), number.to_owned());
                file.read(move |file| {
                    sqlite::inbox::received(file, &tenant, &outlet, (&issuer, &number, mark))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        let named = (issuer, number, mark);
                        postgres::inbox::received(client, tenant, outlet, named).await
                    })
                    .await
            }
        }
    }

    /// Keeps a document, unless one of its issuer and number stands in its way: [`Self::received`].
    pub async fn keep_document(&self, new: NewDocument) -> Result<Kept, LedgerError> {
        bytes("document", new.document.len(), RECEIVED_BYTES_MAX)?;
        bytes("receipt", new.receipt.len(), BLOB_BYTES_MAX)?;
        for (field, text) in [
            ("issuer_name", &new.issuer_name),
            ("signer", &new.signer),
            ("inquiry_code", &new.inquiry_code),
        ] {
            bytes(field, text.len(), TEXT_BYTES_MAX)?;
        }
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::inbox::keep_document(file, &new)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&new.tenant), async |client| {
                        postgres::inbox::keep_document(client, &new).await
                    })
                    .await
            }
        }
    }

    /// Newest first, at most [`crate::PAGE_MAX`].
    pub async fn inbox(
        &self,
        tenant: &TenantId,
        filter: InboxFilter,
        limit: u32,
    ) -> Result<Vec<InboxSummary>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::inbox::list(file, &tenant, &filter, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::inbox::list(client, tenant, &filter, limit).await
                    })
                    .await
            }
        }
    }

    pub async fn inbox_document(
        &self,
        tenant: &TenantId,
        id: &InboxId,
    ) -> Result<Option<InboxDocument>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.read(move |file| sqlite::inbox::document(file, &tenant, &id)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::inbox::document(client, tenant, id).await
                    })
                    .await
            }
        }
    }

    /// Gives the buyer's word, once: [`LedgerError::Conflict`] where it was given, or where there is
    /// no such document. It is due to its issuer and to the authority.
    pub async fn decide(&self, new: NewDecision) -> Result<(), LedgerError> {
        bytes("decision", new.document.len(), BLOB_BYTES_MAX)?;
        match &self.store {
            Store::Sqlite(file) => file.write(move |file| sqlite::inbox::decide(file, &new)).await,
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&new.tenant), async |client| {
                        postgres::inbox::decide(client, &new).await
                    })
                    .await
            }
        }
    }

    /// Decisions of all tenants that somebody is still to know: those that were tried longest ago
    /// first, at most `limit`.
    pub async fn decisions_due(&self, limit: u32) -> Result<Vec<(TenantId, InboxId)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.read(move |file| sqlite::inbox::decisions_due(file, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| {
                        postgres::inbox::decisions_due(client, limit).await
                    })
                    .await
            }
        }
    }

    /// Says where a decision stands with one who is to know it, under the lease of its document.
    pub async fn tell_delivery(
        &self,
        tenant: &TenantId,
        id: &InboxId,
        token: LeaseToken,
        delivery: DecisionDelivery,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.write(move |file| {
                    sqlite::inbox::tell_delivery(file, &tenant, &id, (token, &delivery))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::inbox::tell_delivery(client, tenant, id, (token, &delivery)).await
                    })
                    .await
            }
        }
    }

    /// Documents of all tenants that the authority is to be asked about by now: those that are due
    /// longest first, at most `limit`.
    pub async fn inquiries_due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TenantId, InboxId)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.read(move |file| sqlite::inbox::inquiries_due(file, now, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| {
                        postgres::inbox::inquiries_due(client, now, limit).await
                    })
                    .await
            }
        }
    }

    /// Says what the authority said of a document, under its lease, which ends with it; a final word
    /// is told as an event.
    pub async fn tell_standing(
        &self,
        tenant: &TenantId,
        id: &InboxId,
        token: LeaseToken,
        standing: NewStanding,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.write(move |file| {
                    sqlite::inbox::tell_standing(file, &tenant, &id, (token, &standing))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::inbox::tell_standing(client, tenant, id, (token, &standing)).await
                    })
                    .await
            }
        }
    }

    /// Keeps a buyer's word on an invoice, unless it says what was said last, or too many came.
    pub async fn keep_approval(&self, new: NewApproval) -> Result<KeptApproval, LedgerError> {
        bytes("approval", new.document.len(), BLOB_BYTES_MAX)?;
        for (field, text) in [("reason", &new.reason), ("signer", &new.signer)] {
            bytes(field, text.len(), TEXT_BYTES_MAX)?;
        }
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::inbox::keep_approval(file, &new)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&new.tenant), async |client| {
                        postgres::inbox::keep_approval(client, &new).await
                    })
                    .await
            }
        }
    }
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

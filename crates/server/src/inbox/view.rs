//! A received document as it is answered.

use ledger::{AuthorityStanding, InboxDocument, InboxSummary};
use serde::Serialize;
use utoipa::ToSchema;

/// A document of another taxpayer.
#[derive(Serialize, ToSchema)]
#[schema(title = "ReceivedDocument", as = ReceivedDocument)]
pub(crate) struct ReceivedView {
    /// The document's id.
    #[schema(example = "rd_aeaqcaibaeaqcaib_1")]
    pub id: String,
    /// The outlet that receives for its taxpayer.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    pub outlet: String,
    /// The issuer's tax number.
    #[schema(example = "131880681")]
    pub issuer_tax_id: String,
    /// The issuer's name, as the document has it.
    #[schema(example = "Proveedor Ejemplo SRL")]
    pub issuer_name: String,
    /// The document's number, as printed.
    #[schema(example = "E310000000001")]
    pub number: String,
    /// The authority's own code of the kind of document.
    #[schema(example = "31")]
    pub document_kind: String,
    /// Its date.
    #[schema(example = "2026-11-20", format = Date)]
    pub issued_on: String,
    /// Its total.
    #[schema(example = "1180.00")]
    pub total: String,
    /// `received`, and then, once, `approved` or `rejected`.
    #[schema(example = "received")]
    pub state: &'static str,
    /// Whether its buyer may approve or reject it.
    #[schema(example = true)]
    pub takes_approval: bool,
    /// When it came.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub received_at: String,
    /// `checked`: the certificate that signed it comes from a root that the taxpayer trusts.
    /// `not_checked`: no roots were configured, and the signature shows the key and not its holder.
    #[schema(example = "not_checked")]
    pub chain: &'static str,
    /// What the authority says of it.
    pub authority: StandingView,
    /// When it was approved or rejected.
    #[schema(example = "2026-11-20T10:00:00.000000Z", format = DateTime)]
    pub decided_at: Option<String>,
    /// Why it was rejected.
    #[schema(example = "No pedimos esto.")]
    pub reason: Option<String>,
}

/// What the authority says of a received document. It is asked until it says its last word, for a
/// month at most.
#[derive(Serialize, ToSchema)]
#[schema(title = "AuthorityStanding", as = AuthorityStanding)]
pub(crate) struct StandingView {
    /// `unasked`, `not_found` and `in_process` may change. Final: `accepted`,
    /// `accepted_conditionally`, `rejected`, `differs` (accepted there with another total), `untold`
    /// (there is no such service here).
    #[schema(example = "accepted")]
    pub state: &'static str,
    /// What the authority or the line said last.
    #[schema(example = "Aceptado")]
    pub words: String,
    /// How often it was asked.
    #[schema(example = 1)]
    pub asked: u64,
    /// When it was asked last; when the document came, before that.
    #[schema(example = "2026-11-20T09:30:05.000000Z", format = DateTime)]
    pub at: String,
}

/// A document of another taxpayer, with all that was signed about it.
#[derive(Serialize, ToSchema)]
#[schema(title = "ReceivedDocumentDetails", as = ReceivedDocumentDetails)]
pub(crate) struct DetailsView {
    #[serde(flatten)]
    #[schema(inline)]
    pub summary: ReceivedView,
    /// Whose certificate signed it.
    #[schema(example = "00112345678")]
    pub signer: String,
    /// `party`: the certificate bears the issuer's own tax number. `other`: it is somebody else's,
    /// and whether the issuer has delegated it is the authority's to know: see `authority`.
    #[schema(example = "other")]
    pub signer_standing: &'static str,
    /// Whose certificate got the token with which it was delivered.
    #[schema(example = "00112345678")]
    pub sender: Option<String>,
    /// The document, as it came.
    #[schema(example = "<?xml version=\"1.0\"…")]
    pub document: String,
    /// What was answered to its issuer, as signed.
    #[schema(example = "<?xml version=\"1.0\"…")]
    pub receipt: String,
    /// The buyer's word on it, as signed.
    #[schema(example = "<?xml version=\"1.0\"…")]
    pub decision: Option<String>,
    /// Where that word stands with those who are to know it.
    pub deliveries: Vec<DeliveryView>,
}

/// Where a buyer's word stands with one who is to know it.
#[derive(Serialize, ToSchema)]
#[schema(title = "DecisionDelivery", as = DecisionDelivery)]
pub(crate) struct DeliveryView {
    /// `issuer` or `authority`.
    #[schema(example = "issuer")]
    pub receiver: &'static str,
    /// `to_send`, `sent`, or `refused`.
    #[schema(example = "to_send")]
    pub state: &'static str,
    /// What the receiver or the line said last.
    #[schema(example = "")]
    pub words: String,
    /// Since when.
    #[schema(example = "2026-11-20T10:00:00.000000Z", format = DateTime)]
    pub at: String,
}

impl ReceivedView {
    pub(crate) fn of(document: InboxSummary) -> Self {
        let state = match &document.decision {
            None => "received",
            Some(given) if given.reason.is_some() => "rejected",
            Some(_) => "approved",
        };
        Self {
            id: document.id.to_string(),
            outlet: document.id.outlet.to_string(),
            issuer_tax_id: document.issuer_tax_id,
            issuer_name: document.issuer_name,
            number: document.number,
            document_kind: document.kind,
            issued_on: document.issued_on.to_string(),
            total: document.total.to_string(),
            state,
            takes_approval: document.takes_approval,
            received_at: document.received_at.to_string(),
            chain: if document.chain_checked { "checked" } else { "not_checked" },
            authority: StandingView::of(document.authority),
            decided_at: document.decision.as_ref().map(|given| given.at.to_string()),
            reason: document.decision.and_then(|given| given.reason),
        }
    }
}

impl StandingView {
    fn of(standing: AuthorityStanding) -> Self {
        Self {
            state: standing.state.as_str(),
            words: standing.words,
            asked: standing.asked,
            at: standing.at.to_string(),
        }
    }
}

impl DetailsView {
    pub(crate) fn of(document: InboxDocument) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let deliveries = document.deliveries.into_iter().map(|delivery| DeliveryView {
            receiver: delivery.receiver.as_str(),
            state: delivery.state.as_str(),
            words: delivery.words,
            at: delivery.at.to_string(),
        });
        Self {
            summary: ReceivedView::of(document.summary),
            signer: document.signer,
            signer_standing: if document.signer_is_party { "party" } else { "other" },
            sender: document.sender,
            document: text(document.document),
            receipt: text(document.receipt),
            decision: document.decision.map(text),
            deliveries: deliveries.collect(),
        }
    }
}

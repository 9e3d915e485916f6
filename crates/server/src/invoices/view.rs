//! An invoice as it is answered: what it says, its seal, and where it stands with the authority.

use std::collections::BTreeMap;

use authorities::CodeForm;
use data_encoding::BASE64URL_NOPAD;
use invoice::{GroupTotal, Invoice, SealedInvoice, SecurityElements, Statement, Timestamp, Totals};
use ledger::{InvoiceRecord, InvoiceSummary, Stage, Submission, SubmissionState};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::examples;
use crate::problem::{Messages, Problem};
use crate::submissions::view::SubmissionView;

/// An invoice with everything that is known of it.
#[derive(Serialize, ToSchema)]
#[schema(title = "Invoice", as = Invoice)]
pub(crate) struct InvoiceView {
    /// Its id, for ever.
    #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    pub id: String,
    /// Its number as printed. Until it is sealed the number is only reserved.
    #[schema(example = "KIN01-2026-000001")]
    pub number: String,
    /// Where the invoice stands in our own ledger; `authority.state` says where the duty to tell the
    /// authority stands.
    ///
    /// Not sealed, nothing may be handed over: `requested` (numbered and recorded, the authority is
    /// being asked), then `sealed`, or `refused` (final; the number goes to the next invoice), or
    /// `unanswered` (only a person can find out, and after that one of the two).
    ///
    /// Sealed, the receipt may be handed over: `sealed`. Where the authority is asked first it has
    /// the invoice by then, and this is the last state. Where it is told later, `acknowledged`
    /// follows once it has taken the invoice, or `sealed_refused` or `sealed_unanswered`, for a
    /// person to look at.
    #[schema(example = "sealed")]
    pub state: &'static str,
    /// Key of the document kind.
    #[schema(example = "sale")]
    pub kind: String,
    /// The local date of the outlet that the invoice bears.
    #[schema(example = "2026-11-20", format = Date)]
    pub issued_on: String,
    /// ISO 4217.
    #[schema(example = json!(examples::CURRENCY))]
    pub currency: String,
    /// The sums of the invoice.
    pub totals: TotalsView,
    /// The sums of each tax group.
    pub tax_groups: Vec<GroupView>,
    /// The invoice as it is hashed, in the schema `stalela.invoice/1`.
    #[schema(value_type = Object)]
    pub invoice: Box<RawValue>,
    /// The seal; null while the invoice is not sealed.
    pub seal: Option<SealView>,
    /// What the authority has given; null where there is nothing to tell it.
    pub authority: Option<AuthorityView>,
    /// The duty to tell the authority. Only where one invoice is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub submission: Option<SubmissionView>,
    /// The invoice that takes its place, where it was refused and one does. Only where one invoice
    /// is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub replaced_by: Option<ReplacedByView>,
    /// The proof that the seal is in the outlet's log, against the checkpoint of its own commit: the
    /// text of a file as `/v1/invoices/{id}/proof` gives it. Where the invoice was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = json!(examples::PROOF))]
    pub proof: Option<String>,
    /// What must be said on a receipt that is handed over now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub notice: Option<Notice>,
    /// Where to go on.
    pub links: Links,
}

/// The invoice that takes the place of a refused one.
#[derive(Serialize, ToSchema)]
#[schema(title = "ReplacedBy")]
pub(crate) struct ReplacedByView {
    /// Its id.
    #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    id: String,
    /// Its number.
    #[schema(example = "KIN01-2026-000002")]
    number: String,
}

impl ReplacedByView {
    pub(crate) fn of(summary: &InvoiceSummary) -> Self {
        Self { id: summary.invoice.to_string(), number: summary.number.clone() }
    }
}

/// The sums of an invoice: decimal strings of two decimals.
#[derive(Serialize, ToSchema)]
#[schema(title = "Totals")]
pub(crate) struct TotalsView {
    /// Without tax.
    #[schema(example = "10000.00")]
    base: String,
    /// The tax.
    #[schema(example = "1600.00")]
    tax: String,
    /// What is owed.
    #[schema(example = "11600.00")]
    total: String,
    /// Specific taxes within the base.
    #[schema(example = "0.00")]
    specific_tax: String,
    /// What price reductions took off.
    #[schema(example = "0.00")]
    discount: String,
}

/// The sums of a tax group: `base + tax = total`, always.
#[derive(Serialize, ToSchema)]
#[schema(title = "TaxGroupTotal")]
pub(crate) struct GroupView {
    /// The group's letter.
    #[schema(example = "B")]
    group: String,
    /// In percent.
    #[schema(example = "16.00")]
    rate: String,
    /// Without tax.
    #[schema(example = "10000.00")]
    base: String,
    /// The tax.
    #[schema(example = "1600.00")]
    tax: String,
    /// Base and tax.
    #[schema(example = "11600.00")]
    total: String,
    /// Specific taxes within the base.
    #[schema(example = "0.00")]
    specific_tax: String,
}

/// The outlet's own seal: the entry of its chain that holds the invoice, and its signature.
#[derive(Serialize, ToSchema)]
#[schema(title = "Seal")]
pub(crate) struct SealView {
    /// The entry's place in the outlet's chain, from 1.
    #[schema(example = 1)]
    sequence: u64,
    /// SHA-256 of 0x00 and the statement, in hexadecimal.
    #[schema(example = "5b1c…")]
    entry_hash: String,
    /// The hash of the entry before it.
    #[schema(example = "0000000000000000000000000000000000000000000000000000000000000000")]
    previous: String,
    /// The hash of the canonical invoice.
    #[schema(example = "9f2e…")]
    payload_hash: String,
    /// The key that signed, as published at `/.well-known/stalela-keys.json`.
    #[schema(example = "0123456789abcdef")]
    key_id: String,
    /// ECDSA P-256, r and s, in base64url.
    #[schema(example = "Vn3m…")]
    signature: String,
    /// What a person can compare by eye.
    #[schema(example = "K5JQ-6LZ2-M4TQ-7O3A-B2CD-EF45")]
    authentication_code: String,
    /// When it was sealed.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    sealed_at: String,
    /// A page that verifies the seal in the browser; what a receipt's QR carries.
    #[schema(example = "https://stalela.example/v/#AA9zdGFs….Vn3m…")]
    verify_url: String,
}

/// What the authority knows and has given.
#[derive(Serialize, ToSchema)]
#[schema(title = "Authority")]
pub(crate) struct AuthorityView {
    /// The authority and the channel to it.
    #[schema(example = json!(examples::CHANNEL))]
    channel: String,
    /// Where the duty to tell it stands, in this order: `queued` (nothing was tried), `submitted`
    /// (under way, or waiting for another attempt), and at last `acknowledged` (the authority has the
    /// invoice and its code stands here), `refused`, or `unanswered` (only a person can find out).
    /// `set_aside`: a person, or too many failures, took it out of the queue.
    #[schema(example = "queued")]
    state: &'static str,
    /// The authority's code, without separators.
    #[schema(example = "ABCDEFGHIJKLMNOPQRSTUVWX")]
    code: Option<String>,
    /// The same as a person reads it: in groups of four where the authority gives it so.
    #[schema(example = "ABCD-EFGH-IJKL-MNOP-QRST-UVWX")]
    code_formatted: Option<String>,
    /// What the legal QR code carries.
    #[schema(example = "…")]
    qr: Option<String>,
    /// The rest that the authority gave, by name.
    details: BTreeMap<String, String>,
    /// The authority's refusal, in its own code and words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    refusal: Option<RefusalView>,
}

/// Why the authority does not want the invoice.
#[derive(Clone, Serialize, ToSchema)]
#[schema(title = "Refusal")]
pub(crate) struct RefusalView {
    /// `connection`, `refused`, `duplicate` or `mismatch`.
    #[schema(example = "refused")]
    pub kind: String,
    /// The authority's own code.
    #[schema(example = "20")]
    pub code: String,
    /// The authority's own words.
    #[schema(example = "…")]
    pub words: String,
}

/// Something to be said to whoever gets the receipt.
#[derive(Serialize, ToSchema)]
#[schema(title = "Notice")]
pub(crate) struct Notice {
    /// Its stable name.
    #[schema(example = "pending_authority_code")]
    code: &'static str,
    /// What to say.
    messages: Messages,
}

/// Addresses on this server.
#[derive(Serialize, ToSchema)]
#[schema(title = "Links")]
pub(crate) struct Links {
    /// The invoice.
    #[serde(rename = "self")]
    #[schema(example = "/v1/invoices/in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    pub own: String,
    /// Its receipt.
    #[schema(example = "/v1/invoices/in_aeaqcaibaeaqcaibaebagbafaydqqcik/receipt")]
    pub receipt: String,
    /// What was asked of the authority.
    #[schema(example = "/v1/invoices/in_aeaqcaibaeaqcaibaebagbafaydqqcik/attempts")]
    pub attempts: String,
    /// The document that was signed for the authority, where there is one. Only where the invoice
    /// itself is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        required = false,
        example = "/v1/invoices/in_aeaqcaibaeaqcaibaebagbafaydqqcik/document"
    )]
    pub document: Option<String>,
    /// The proof that its seal is in the outlet's log.
    #[schema(example = "/v1/invoices/in_aeaqcaibaeaqcaibaebagbafaydqqcik/proof")]
    pub proof: String,
}

impl Links {
    pub(crate) fn of(id: &str) -> Self {
        let own = format!("/v1/invoices/{id}");
        Self {
            receipt: format!("{own}/receipt"),
            attempts: format!("{own}/attempts"),
            proof: format!("{own}/proof"),
            document: None,
            own,
        }
    }

    fn with_document_of(self, elements: Option<&SecurityElements>) -> Self {
        let is_signed = elements.is_some_and(|elements| elements.document.is_some());
        Self { document: is_signed.then(|| format!("{}/document", self.own)), ..self }
    }
}

/// What an answer needs to know besides the invoice.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub public_url: &'a str,
    /// The outlet's authority and channel.
    pub channel: &'a str,
    pub now: Timestamp,
}

/// What the invoice itself says, whatever becomes of it.
pub(crate) struct Said {
    kind: String,
    issued_on: String,
    currency: String,
    totals: TotalsView,
    tax_groups: Vec<GroupView>,
    tree: Box<RawValue>,
}

impl Said {
    /// With its canonical bytes.
    pub(crate) fn by(invoice: &Invoice, canonical: Vec<u8>) -> Self {
        let tree = String::from_utf8(canonical).expect("canonical bytes are UTF-8");
        Self {
            kind: invoice.kind().to_owned(),
            issued_on: invoice.issued_on().to_string(),
            currency: invoice.currency().to_owned(),
            totals: TotalsView::of(invoice.totals()),
            tax_groups: invoice.groups().iter().map(GroupView::of).collect(),
            tree: RawValue::from_string(tree).expect("canonical bytes are JSON"),
        }
    }
}

impl InvoiceView {
    /// Of what was sealed a moment ago, without asking the ledger.
    pub(crate) fn of_sealed(sealed: &SealedInvoice, said: Said, place: Place<'_>) -> Self {
        let elements = sealed.elements.as_ref();
        let state = match elements {
            Some(_) => SubmissionState::Acknowledged,
            None => SubmissionState::Queued,
        };
        Self {
            seal: Some(seal(sealed, place.public_url)),
            authority: Some(authority(place.channel, state, elements)),
            notice: notice(Stage::Sealed, elements),
            links: Links::of(sealed.id.as_str()).with_document_of(elements),
            ..Self::bare((sealed.id.as_str(), sealed.number(), Stage::Sealed), said)
        }
    }

    /// Of what the ledger holds, sealed or not.
    pub(crate) fn of_record(record: &InvoiceRecord, place: Place<'_>) -> Result<Self, Problem> {
        let summary = &record.invoice;
        let sealed = fiscal::sealed_invoice(record)?;
        let elements = sealed.as_ref().and_then(|sealed| sealed.elements.as_ref());
        let given = |submission: &Submission| AuthorityView {
            refusal: refusal_of(record),
            ..authority(place.channel, submission.state, elements)
        };
        let submission = record.submission.as_ref();
        let unsubmitted =
            || elements.map(|_| authority(place.channel, SubmissionState::Acknowledged, elements));
        Ok(Self {
            seal: sealed.as_ref().map(|sealed| seal(sealed, place.public_url)),
            authority: submission.map(given).or_else(unsubmitted),
            submission: submission.map(|submission| SubmissionView::of(submission, place.now)),
            notice: notice(summary.stage, elements),
            links: Links::of(summary.invoice.as_str()).with_document_of(elements),
            ..Self::bare(
                (summary.invoice.as_str(), &summary.number, summary.stage),
                Said::by(&fiscal::invoice_of(record)?, record.payload.clone()),
            )
        })
    }

    fn bare((id, number, stage): (&str, &str, Stage), said: Said) -> Self {
        let Said { kind, issued_on, currency, totals, tax_groups, tree } = said;
        Self {
            id: id.to_owned(),
            number: number.to_owned(),
            state: stage.as_str(),
            kind,
            issued_on,
            currency,
            totals,
            tax_groups,
            invoice: tree,
            seal: None,
            authority: None,
            submission: None,
            replaced_by: None,
            proof: None,
            notice: None,
            links: Links::of(id),
        }
    }
}

impl TotalsView {
    fn of(totals: Totals) -> Self {
        Self {
            base: totals.base.to_string(),
            tax: totals.tax.to_string(),
            total: totals.total.to_string(),
            specific_tax: totals.specific_tax.to_string(),
            discount: totals.discount.to_string(),
        }
    }
}

impl GroupView {
    fn of(group: &GroupTotal) -> Self {
        Self {
            group: group.group.clone(),
            rate: group.rate.to_string(),
            base: group.base.to_string(),
            tax: group.tax.to_string(),
            total: group.total.to_string(),
            specific_tax: group.specific_tax.to_string(),
        }
    }
}

fn seal(sealed: &SealedInvoice, public_url: &str) -> SealView {
    let Statement { sequence, previous, payload_hash, key_id, sealed_at, .. } = &sealed.statement;
    SealView {
        sequence: *sequence,
        entry_hash: sealed.entry_hash().to_hex(),
        previous: previous.to_hex(),
        payload_hash: payload_hash.to_hex(),
        key_id: key_id.clone(),
        signature: BASE64URL_NOPAD.encode(&sealed.signature),
        authentication_code: sealed.authentication_code(),
        sealed_at: sealed_at.to_string(),
        verify_url: sealed.verify_url(public_url),
    }
}

fn authority(
    channel: &str,
    state: SubmissionState,
    elements: Option<&SecurityElements>,
) -> AuthorityView {
    let details = elements.map(|elements| elements.details.iter().cloned().collect());
    AuthorityView {
        channel: channel.to_owned(),
        state: state.as_str(),
        code: elements.map(|elements| elements.code.clone()),
        code_formatted: elements.map(|elements| readable(channel, &elements.code)),
        qr: elements.and_then(|elements| elements.qr.clone()),
        details: details.unwrap_or_default(),
        refusal: None,
    }
}

/// The refusal that an invoice's entries hold, if there is one.
pub(crate) fn refusal_of(record: &InvoiceRecord) -> Option<RefusalView> {
    let refused = record.entries.iter().rfind(|entry| entry.kind == invoice::EntryKind::Refused)?;
    let told = invoice::Json::parse(refused.elements.as_deref()?).ok()?;
    let text = |key: &str| Some(told.member(key)?.as_str()?.to_owned());
    Some(RefusalView { kind: text("kind")?, code: text("code")?, words: text("words")? })
}

/// A channel that is none any more has no form of its own for its codes.
fn readable(channel: &str, code: &str) -> String {
    let form = authorities::forms_named(channel).map_or(CodeForm::Whole, |forms| forms.code);
    form.write(code)
}

/// A receipt that is handed over before the authority's elements are there must say so.
fn notice(stage: Stage, elements: Option<&SecurityElements>) -> Option<Notice> {
    if elements.is_some() || !stage.is_sealed() {
        return None;
    }
    Some(Notice {
        code: "pending_authority_code",
        messages: Messages {
            fr: "En attente du code de l'autorité.".to_owned(),
            es: "Pendiente del código de la autoridad.".to_owned(),
            en: "Pending the authority's code.".to_owned(),
        },
    })
}

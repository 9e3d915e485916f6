//! A receipt on paper as the API shows it.

use ledger::{Paper, PaperState, PaperSummary};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::examples;

/// A receipt that was issued on paper.
#[derive(Serialize, ToSchema)]
#[schema(title = "PaperReceipt")]
pub(crate) struct PaperView {
    /// Its id.
    #[schema(example = json!(examples::PAPER))]
    pub id: String,
    /// The outlet that issued it.
    #[schema(example = "ou_aeaqcaibaeaqcaib")]
    pub outlet: String,
    /// Its number, as printed.
    #[schema(example = json!(examples::NUMBER_OF_PAPER))]
    pub number: String,
    /// The kind of document, as drafts call it.
    #[schema(example = "tax_credit_invoice")]
    pub document_kind: String,
    /// Its date.
    #[schema(example = "2026-11-18", format = Date)]
    pub issued_on: String,
    /// The day from which the outlet could issue nothing else.
    #[schema(example = "2026-11-18", format = Date)]
    pub since: String,
    /// The last day on which receipts may be on paper since then.
    #[schema(example = "2026-12-02", format = Date)]
    pub paper_until: String,
    /// The last day for the invoice that stands for it.
    #[schema(example = "2026-12-18", format = Date)]
    pub stand_by: String,
    /// Its total.
    #[schema(example = "1180.00")]
    pub total: String,
    /// ISO 4217.
    #[schema(example = "DOP")]
    pub currency: String,
    /// The customer's name, where the receipt has one.
    #[schema(example = "Ferreteria Ozama SRL")]
    pub customer_name: Option<String>,
    /// The customer's tax number, where the receipt has one.
    #[schema(example = "131888888")]
    pub customer_tax_id: Option<String>,
    /// `recorded` (no invoice stands for it), `standing` (one does, and the authority has not taken
    /// it yet), `settled` (the authority has it).
    #[schema(example = "standing")]
    pub state: &'static str,
    /// The invoice that stands for it.
    #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
    pub invoice: Option<String>,
    /// When it was recorded.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub recorded_at: String,
}

/// A receipt that was issued on paper, with what was sold.
#[derive(Serialize, ToSchema)]
#[schema(title = "PaperReceiptDetails")]
pub(crate) struct PaperDetails {
    #[serde(flatten)]
    #[schema(inline)]
    pub summary: PaperView,
    /// Who recorded it: the id of an API key.
    #[schema(example = "ak_aeaqcaibaeaqcaib")]
    pub recorded_by: String,
    /// What was sold, as a draft.
    #[schema(value_type = Object)]
    pub draft: Box<RawValue>,
}

impl PaperView {
    pub(crate) fn of(paper: PaperSummary) -> Self {
        let (state, invoice) = match &paper.state {
            PaperState::Recorded => ("recorded", None),
            PaperState::Standing(by) => ("standing", Some(by.to_string())),
            PaperState::Settled(by) => ("settled", Some(by.to_string())),
        };
        Self {
            id: paper.id.to_string(),
            outlet: paper.id.outlet.to_string(),
            number: paper.id.number,
            document_kind: paper.kind,
            issued_on: paper.issued_on.to_string(),
            since: paper.since.to_string(),
            paper_until: paper.paper_until.to_string(),
            stand_by: paper.stand_by.to_string(),
            total: paper.total.to_string(),
            currency: paper.currency,
            customer_name: paper.customer_name,
            customer_tax_id: paper.customer_tax_id,
            state,
            invoice,
            recorded_at: paper.at.to_string(),
        }
    }
}

impl PaperDetails {
    pub(crate) fn of(paper: Paper) -> Self {
        let draft = String::from_utf8_lossy(&paper.draft).into_owned();
        Self {
            summary: PaperView::of(paper.summary),
            recorded_by: paper.recorded_by,
            // One that is no JSON would make the whole answer unreadable.
            draft: RawValue::from_string(draft).unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }
    }
}

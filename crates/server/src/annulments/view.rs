//! An annulment as the API shows it.

use ledger::{Annulment, Range};
use serde::Serialize;
use utoipa::ToSchema;

use crate::examples;

/// Numbers of one kind that will never be used.
#[derive(Serialize, ToSchema)]
#[schema(title = "Annulment", as = AnnulmentOfNumbers)]
pub(crate) struct AnnulmentView {
    /// The sequence that they are of.
    #[schema(example = "ra_aeaqcaibaeaqcaib")]
    pub sequence: String,
    /// The authority's own code of the kind of document.
    #[schema(example = "31")]
    pub kind: String,
    /// The first, as printed.
    #[schema(example = json!(examples::NUMBER_OF_RANGE))]
    pub first: String,
    /// The last, as printed.
    #[schema(example = json!(examples::LAST_OF_RANGE))]
    pub last: String,
    /// What the authority said: `recorded` (nothing yet: it is told again until it answers),
    /// `taken`, `refused`. In each case the numbers are out of use.
    #[schema(example = "taken")]
    pub state: &'static str,
    /// The signed document that was sent, once there is one.
    #[schema(example = "<ANECF>…</ANECF>")]
    pub document: Option<String>,
    /// The authority's code and words, where it has just refused; later, the event
    /// `numbers.annulment_refused` has them. Where it has not answered: why, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = "…")]
    pub words: Option<String>,
    /// When it was recorded.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub created_at: String,
}

impl AnnulmentView {
    pub(crate) fn of(range: &Range, annulment: &Annulment) -> Self {
        let document = annulment.document.as_ref();
        Self {
            sequence: range.id.to_string(),
            kind: range.kind.clone(),
            first: range.write(annulment.first),
            last: range.write(annulment.last),
            state: annulment.state.as_str(),
            document: document.map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
            words: None,
            created_at: annulment.at.to_string(),
        }
    }
}

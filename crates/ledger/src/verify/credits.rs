//! What a note takes back of its original, against the canonical bytes of both.

use invoice::{Claim, Invoice, InvoiceId, OriginalInvoice, claims_by_line};

use super::{Break, Place};

/// What a note claims of one original, as it stands.
pub(crate) struct CreditRows {
    pub(crate) tenant: String,
    pub(crate) invoice: String,
    pub(crate) original: String,
    /// Lines and what is claimed of each, as [`spell`] writes them, in the order of the lines.
    pub(crate) claims: String,
}

/// Its claims are those of one of the two ways in which laws count: units of the original's lines,
/// or money of the whole. Which of them it is, the authority says, and no row does.
///
/// Bytes that are no invoice show nothing; that they are those that were sealed is checked by their
/// hash. That the note names this original is checked with the invoice's row.
pub(crate) fn check_quantities(
    rows: &CreditRows,
    (note, original): (&[u8], &[u8]),
) -> Result<(), Break> {
    let read = |bytes| Invoice::from_canonical(bytes).ok();
    let (Some(note), Some(original)) = (read(note), read(original)) else { return Ok(()) };
    let whole = spell(&[(WHOLE, note.totals().total.units() * 10)]);
    if rows.claims == whole {
        return Ok(());
    }
    let place = || rows.place();
    Break::unless_equal(place, "what it credits", (&rows.claims, &by_line(&note, original)))
}

impl CreditRows {
    pub(crate) fn place(&self) -> Place {
        let outlet = InvoiceId::parse(&self.invoice).map(|id| id.outlet().as_str().to_owned());
        Place::Invoice { outlet: outlet.unwrap_or_default(), invoice: self.invoice.clone() }
    }
}

fn by_line(note: &Invoice, original: Invoice) -> String {
    let names = note.credit().and_then(|credit| credit.original.clone());
    let Some(names) = names else { return spell(&[]) };
    let claims = claims_by_line(&OriginalInvoice { names, invoice: original }, note);
    let claims = claims.into_iter().filter_map(|claim| match claim {
        Claim::Line { line, quantity, .. } => Some((line as u64, quantity.units())),
        Claim::Total { .. } => None,
    });
    let mut claims: Vec<_> = claims.collect();
    claims.sort_unstable();
    spell(&claims)
}

/// As stores aggregate them: `line:units`, in thousandths, with commas between.
fn spell(claims: &[(u64, i128)]) -> String {
    if claims.is_empty() {
        return "nothing".to_owned();
    }
    let claims = claims.iter().map(|(line, units)| format!("{line}:{units}"));
    claims.collect::<Vec<_>>().join(",")
}

/// Stands in a claim for the invoice as a whole: what `fiscal` writes (`correct.rs`).
const WHOLE: u64 = u32::MAX as u64;

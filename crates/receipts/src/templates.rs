//! From a sealed invoice to what is printed of it: one template a country.

mod cd;
mod dominican;

use ::invoice::{Regime, SealedInvoice, Zone};

use crate::{Carried, Error, Receipt};

/// What printing needs besides the invoice.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// Another copy of a receipt that was handed over: it keeps its number and says so.
    pub duplicate: bool,
    /// The outlet is a test outlet: the receipt proves nothing, and says so.
    pub test: bool,
    /// The authority refused it after it was sealed: it is no valid document, and says so.
    pub refused: bool,
    /// Where the page stands that verifies our seal, e.g. `https://verify.example.org`.
    pub verify_base: String,
    /// The outlet's own time.
    pub zone: Zone,
    /// That the seal is in the outlet's log, in the form c2sp.org/tlog-proof: files that can carry it
    /// do, with the invoice.
    pub proof: Option<String>,
}

/// Lays a sealed invoice out after the country of its regime.
pub fn receipt(
    sealed: &SealedInvoice,
    regime: &Regime,
    presentation: &Presentation,
) -> Result<Receipt, Error> {
    let receipt = match regime.version.split_once('/') {
        Some(("cd", _)) => cd::receipt(sealed, regime, presentation),
        Some(("do", _)) => dominican::receipt(sealed, regime, presentation),
        _ => Err(Error::NoTemplate(regime.version)),
    }?;
    let carried = presentation.proof.clone();
    let carried = carried.map(|proof| Carried { proof, invoice: sealed.invoice.to_json() });
    Ok(Receipt { carried, ..receipt })
}

//! The counterpart of the DGI's portal, where a taxpayer sees the invoices that were normalised.
//!
//! The API has no way to ask for a finalised invoice; whoever lost the reply of a confirm must look
//! here. No machine-readable portal is published: the path and the shape of this list are this
//! simulator's own.

use serde::{Deserialize, Serialize};

use crate::drc_emcf::elements;
use crate::drc_emcf::register::{Register, Registered};

/// Which invoices to show.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    nif: String,
    /// One invoice number only, if given.
    rn: Option<String>,
}

/// One normalised invoice.
#[derive(Debug, Serialize)]
pub(super) struct Normalised {
    rn: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Two decimals, francs.
    total: String,
    vtotal: String,
    #[serde(rename = "dateTime")]
    date_time: String,
    /// With dashes.
    #[serde(rename = "codeDEFDGI")]
    code: String,
    counters: String,
    nim: String,
    #[serde(rename = "qrCode")]
    qr_code: String,
}

/// The invoices of one taxpayer, oldest first.
pub(super) fn search(register: &Register, search: &Search) -> Vec<Normalised> {
    let asked = |each: &&Registered| {
        each.nif == search.nif && search.rn.as_ref().is_none_or(|rn| each.rn == *rn)
    };
    register.registered().iter().filter(asked).map(normalised).collect()
}

fn normalised(registered: &Registered) -> Normalised {
    let elements = registered.elements.clone();
    Normalised {
        rn: registered.rn.clone(),
        kind: registered.kind.letters(),
        total: format!("{:.2}", registered.total),
        vtotal: format!("{:.2}", registered.vat),
        date_time: elements.date_time,
        code: elements::dashed(&elements.code),
        counters: elements.counters,
        nim: registered.nim.clone(),
        qr_code: elements.qr_code,
    }
}

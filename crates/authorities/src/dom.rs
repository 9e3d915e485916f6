//! The Dominican Republic: the Dirección General de Impuestos Internos (DGII).

pub mod compose;
pub mod dsig;
pub mod ecf;
pub mod paper;
pub mod price;
pub mod regime;
pub mod section;
pub mod sequences;
mod settings;
pub mod xml;

use crate::contract::{CodeForm, DocumentForm, Forms};

pub use settings::{Model, Settings};

/// The code is made of the issuer's number, the e-NCF and the security code, which are looked up as
/// they stand; the document is the signed e-CF (Formato Comprobante Fiscal Electrónico).
pub(crate) const FORMS: Forms = Forms {
    code: CodeForm::Whole,
    document: Some(DocumentForm { media_type: "application/xml", extension: "xml" }),
};

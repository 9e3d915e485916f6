//! What a document is, in words, and when it says that it was signed.

use authorities::dom::ecf::document::{Seed, read_moment};
use authorities::dom::ecf::schema::Kind;
use authorities::dom::xml::Element;
use invoice::Timestamp;

/// What a person calls such a document.
pub(super) fn words(kind: Kind) -> String {
    match kind {
        Kind::Ecf(document_type) => {
            format!("e-CF {}, {}", document_type.code(), document_type.label())
        }
        Kind::Rfce => "RFCE, the summary of a consumer invoice".to_owned(),
        Kind::Acecf => "ACECF, a commercial approval or rejection".to_owned(),
        Kind::Arecf => "ARECF, an acknowledgement of receipt".to_owned(),
        Kind::Anecf => "ANECF, an annulment of numbers".to_owned(),
        Kind::Seed => "a seed, signed to get a token".to_owned(),
    }
}

/// The two digits of an e-CF's type.
pub(super) fn type_code(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Ecf(document_type) => Some(document_type.code()),
        Kind::Rfce | Kind::Acecf | Kind::Arecf | Kind::Anecf | Kind::Seed => None,
    }
}

/// When it says that it was signed; a seed, when it was made. A summary says nothing of it.
pub(super) fn signed_at(kind: Kind, root: &Element) -> Option<Timestamp> {
    let path = match kind {
        Kind::Ecf(_) => "FechaHoraFirma",
        Kind::Acecf => "DetalleAprobacionComercial/FechaHoraAprobacionComercial",
        Kind::Arecf => "DetalleAcusedeRecibo/FechaHoraAcuseRecibo",
        Kind::Anecf => "Encabezado/FechaHoraAnulacioneNCF",
        Kind::Seed => return Seed::read(root).ok().map(|seed| seed.at),
        Kind::Rfce => return None,
    };
    root.value_at(path).and_then(read_moment)
}

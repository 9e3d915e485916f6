//! The DGII's stamp (timbre) with security code and date of signature, what a document in
//! contingency says, and our own seal.

use ::invoice::{SealedInvoice, SecurityElements};

use crate::templates::Presentation;
use crate::{Attestation, CaptionedQr, Code, Error, ErrorCorrection, Qr, Row, Stamp, Text};

/// The address as it was sealed, byte for byte. Level M: a symbol that is folded or worn is read
/// for as long as the representation must be legible (Informe Técnico e-CF: ten years).
pub(super) fn stamp(elements: &SecurityElements) -> Result<Option<Stamp>, Error> {
    let Some(url) = &elements.qr else { return Ok(None) };
    let lines = [("Código de Seguridad", "security_code"), ("Fecha de Firma Digital", "signed_at")];
    let lines = lines.into_iter().filter_map(|(label, name)| {
        elements.detail(name).map(|value| Text::from(format!("{label}: {value}")))
    });
    Ok(Some(Stamp {
        qr: Qr::new(url.as_str(), ErrorCorrection::Medium)?,
        caption: "Consulta de timbre de la DGII".into(),
        lines: lines.collect(),
    }))
}

/// Until when numbers of the range may be used, as the signed document says.
pub(super) fn expiry(elements: &SecurityElements) -> Option<String> {
    elements.detail("number_expires").map(str::to_owned)
}

/// The words of the DGII's models 3.1 and 4.1.
pub(super) fn legends(elements: Option<&SecurityElements>) -> Vec<Text> {
    let Some(elements) = elements else { return Vec::new() };
    let says = |name: &str| elements.detail(name) == Some("true");
    let contingency = says("contingency").then_some(CONTINGENCY);
    let deferred = says("deferred").then_some(DEFERRED);
    contingency.or(deferred).map(Text::from).into_iter().collect()
}

const CONTINGENCY: &str = "e-CF emitido en modalidad de Contingencia, el cual podrá ser consultado \
                           para su validez fiscal, a partir de las setenta y dos (72) horas.";
const DEFERRED: &str = "e-CF emitido en modalidad Envío Diferido, podrá ser consultado para su \
                        validez fiscal, a partir de las veinticuatro (24) horas.";

/// Small, and of another name than the law's.
pub(super) fn seal(
    sealed: &SealedInvoice,
    presentation: &Presentation,
) -> Result<Attestation, Error> {
    let statement = &sealed.statement;
    let time = presentation.zone.format(statement.sealed_at, "%d-%m-%Y %H:%M:%S");
    Ok(Attestation {
        title: "SELLO STALELA".into(),
        code: Code::new(&sealed.authentication_code())?,
        rows: vec![
            Row::text("Sellado", time),
            Row::text("Asiento", statement.sequence.to_string()),
            Row::text("Clave", statement.key_id.as_str()),
        ],
        qr: Some(CaptionedQr {
            qr: Qr::new(sealed.verify_url(&presentation.verify_base), ErrorCorrection::Low)?,
            caption: "Verificar este sello".into(),
        }),
    })
}

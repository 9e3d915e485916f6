//! The summary of a small consumer invoice (Formato RFCE): what the DGII gets instead of the
//! document, which the issuer keeps.

use super::WithGroup as _;
use crate::dom::xml::Element;

/// The summary of a document, with the security code of the document's own signature.
///
/// Values are the document's, character by character: the two are compared.
pub fn summary(ecf: &Element, security_code: &str) -> Element {
    let header = Element::new("Encabezado")
        .with(Element::leaf("Version", "1.0"))
        .with(taken("IdDoc", ecf, ID))
        .with(taken("Emisor", ecf, SELLER))
        .with(taken("Comprador", ecf, BUYER))
        .with(totals(ecf))
        .with(Element::leaf("CodigoSeguridadeCF", security_code.to_owned()));
    Element::new("RFCE").with(header)
}

const ID: &[&str] = &["TipoeCF", "eNCF", "TipoIngresos", "TipoPago", "TablaFormasPago"];
const SELLER: &[&str] = &["RNCEmisor", "RazonSocialEmisor", "FechaEmision"];
const BUYER: &[&str] = &["RNCComprador", "IdentificadorExtranjero", "RazonSocialComprador"];
const BEFORE_TAXES: &[&str] = &[
    "MontoGravadoTotal",
    "MontoGravadoI1",
    "MontoGravadoI2",
    "MontoGravadoI3",
    "MontoExento",
    "TotalITBIS",
    "TotalITBIS1",
    "TotalITBIS2",
    "TotalITBIS3",
    "MontoImpuestoAdicional",
];
const BEHIND_TAXES: &[&str] = &["MontoTotal", "MontoNoFacturable", "MontoPeriodo"];

/// An area with these of the document's elements.
fn taken(area: &'static str, ecf: &Element, names: &[&str]) -> Element {
    let mut taken = Element::new(area);
    take(&mut taken, ecf.at(&format!("Encabezado/{area}")), names);
    taken
}

fn take(into: &mut Element, from: Option<&Element>, names: &[&str]) {
    for name in names {
        if let Some(element) = from.and_then(|from| from.child(name)) {
            into.push(element.clone());
        }
    }
}

fn totals(ecf: &Element) -> Element {
    let from = ecf.at("Encabezado/Totales");
    let mut totals = Element::new("Totales");
    take(&mut totals, from, BEFORE_TAXES);
    let mut taxes = Element::new("ImpuestosAdicionales");
    let rows = from.and_then(|from| from.child("ImpuestosAdicionales"));
    for row in rows.into_iter().flat_map(|rows| rows.children_named("ImpuestoAdicional")) {
        let mut tax = Element::new("ImpuestoAdicional");
        // All but the rate, which the summary does not bear.
        for element in row.elements().filter(|e| e.name().local() != "TasaImpuestoAdicional") {
            tax.push(element.clone());
        }
        taxes.push(tax);
    }
    totals.push_group(taxes);
    take(&mut totals, from, BEHIND_TAXES);
    totals
}

//! What the authority remembers of a document, once its structure is right.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::moment;
use super::number::Number;
use super::xml::Element;

/// The fields that later questions are about, with the texts as they stood in the document: the
/// inquiries and the QR's page compare literally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) number: Number,
    pub(super) rnc: String,
    pub(super) issuer: String,
    pub(super) buyer_rnc: Option<String>,
    pub(super) foreign_buyer: Option<String>,
    pub(super) buyer: Option<String>,
    /// `FechaEmision`, as written and as a day.
    pub(super) issued: String,
    pub(super) issued_on: Date,
    /// `FechaHoraFirma`; empty in a summary, which has none.
    pub(super) signed: String,
    /// `MontoTotal`, as written and as an amount in pesos.
    pub(super) total: String,
    pub(super) total_amount: Decimal,
    /// `TotalITBIS`, or `0.00`.
    pub(super) itbis: String,
    /// `NCFModificado`.
    pub(super) modified: Option<String>,
    /// `CodigoModificacion`.
    pub(super) modification: Option<u8>,
}

impl Facts {
    /// Reads them from an `ECF` or an `RFCE`; nothing if one that every document has is missing.
    pub(super) fn read(root: &Element) -> Option<Self> {
        let header = root.child("Encabezado")?;
        let text = |path: &str| header.text_at(path).filter(|text| !text.is_empty());
        let reference = |field: &str| root.text_at(&format!("InformacionReferencia/{field}"));
        let issued = text("Emisor/FechaEmision")?;
        let total = text("Totales/MontoTotal")?;
        Some(Self {
            number: Number::read(&text("IdDoc/eNCF")?)?,
            rnc: text("Emisor/RNCEmisor")?,
            issuer: text("Emisor/RazonSocialEmisor")?,
            buyer_rnc: text("Comprador/RNCComprador"),
            foreign_buyer: text("Comprador/IdentificadorExtranjero"),
            buyer: text("Comprador/RazonSocialComprador"),
            issued_on: moment::of_date(&issued)?,
            issued,
            signed: root.text_at("FechaHoraFirma").unwrap_or_default(),
            total_amount: Decimal::from_str_exact(&total).ok()?,
            total,
            itbis: text("Totales/TotalITBIS").unwrap_or_else(|| "0.00".to_owned()),
            modified: reference("NCFModificado"),
            modification: reference("CodigoModificacion").and_then(|code| code.parse().ok()),
        })
    }
}

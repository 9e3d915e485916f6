//! What an e-CF says of itself, ours or received: as much as an inbox, a ledger or a desk asks.

use invoice::{Amount, Timestamp};
use jiff::civil::Date;

use super::document_type::DocumentType;
use super::reading::{Reading, amount, date, encf, moment, number, rnc};
use super::{Encf, Rnc};
use crate::dom::ecf::schema::{Breach, Kind, SchemaFault};
use crate::dom::xml::Element;

/// The header of an e-CF, read. The rest of the document need not be right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EcfHeader {
    pub document_type: DocumentType,
    pub encf: Encf,
    /// The last day of its sequence; 32 and 34 have none.
    pub sequence_expires: Option<Date>,
    pub issuer: Rnc,
    pub issuer_name: String,
    pub issued_on: Date,
    pub buyer: Option<Rnc>,
    pub foreign_buyer: Option<String>,
    pub buyer_name: Option<String>,
    pub total: Amount,
    /// Absent where nothing is taxed.
    pub itbis: Option<Amount>,
    pub currency: Option<String>,
    /// What a note corrects, or a document replaces.
    pub modified: Option<Modified>,
    /// Sent late by authorisation.
    pub is_deferred: bool,
    pub signed_at: Timestamp,
}

/// The document that another one refers to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Modified {
    /// An e-NCF, or the number of an older receipt, of series A or B.
    pub number: String,
    /// Who issued it, where it was somebody else.
    pub other_issuer: Option<Rnc>,
    pub issued_on: Option<Date>,
    /// `CodigoModificacion`: 1 voids it, 2 mends its text, 3 its amounts, 4 replaces a receipt of
    /// a contingency, 5 refers to a consumer invoice.
    pub code: Option<u8>,
    pub reason: Option<String>,
    /// In a credit note, whether it comes more than thirty days after.
    pub is_late: Option<bool>,
}

impl EcfHeader {
    /// Reads the header of an e-CF, and says all that is missing from it or malformed in it.
    pub fn read(root: &Element) -> Result<Self, Vec<SchemaFault>> {
        let Some(Kind::Ecf(document_type)) = Kind::of(root) else {
            return Err(vec![not_an_ecf(root)]);
        };
        let mut reading = Reading::loosely(Kind::Ecf(document_type), root);
        let read = Self::fields(&mut reading, document_type);
        reading.finish(read)
    }

    fn fields(reading: &mut Reading<'_>, document_type: DocumentType) -> Option<Self> {
        let encf = reading.required(NUMBER, encf);
        if encf.is_some_and(|encf| encf.document_type() != document_type) {
            reading.report_mismatch(NUMBER, document_type.code());
        }
        let sequence_expires = reading.optional("Encabezado/IdDoc/FechaVencimientoSecuencia", date);
        let deferred = reading.text("Encabezado/IdDoc/IndicadorEnvioDiferido");
        let issuer = reading.required("Encabezado/Emisor/RNCEmisor", rnc);
        let issuer_name = reading.required_text("Encabezado/Emisor/RazonSocialEmisor");
        let issued_on = reading.required("Encabezado/Emisor/FechaEmision", date);
        let total = reading.required("Encabezado/Totales/MontoTotal", amount);
        let signed_at = reading.required("FechaHoraFirma", moment);
        Some(Self {
            document_type,
            sequence_expires,
            buyer: reading.optional("Encabezado/Comprador/RNCComprador", rnc),
            foreign_buyer: reading.optional_text("Encabezado/Comprador/IdentificadorExtranjero"),
            buyer_name: reading.optional_text("Encabezado/Comprador/RazonSocialComprador"),
            itbis: reading.optional("Encabezado/Totales/TotalITBIS", amount),
            currency: reading.optional_text("Encabezado/OtraMoneda/TipoMoneda"),
            modified: Modified::read(reading),
            is_deferred: deferred.and_then(number::<u8>) == Some(1),
            encf: encf?,
            issuer: issuer?,
            issuer_name: issuer_name?,
            issued_on: issued_on?,
            total: total?,
            signed_at: signed_at?,
        })
    }
}

impl Modified {
    fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let number = reading.text("InformacionReferencia/NCFModificado")?.to_owned();
        let late: Option<u8> =
            reading.optional("Encabezado/IdDoc/IndicadorNotaCredito", super::reading::number);
        Some(Self {
            number,
            other_issuer: reading.optional("InformacionReferencia/RNCOtroContribuyente", rnc),
            issued_on: reading.optional("InformacionReferencia/FechaNCFModificado", date),
            code: reading.optional("InformacionReferencia/CodigoModificacion", code),
            reason: reading.optional_text("InformacionReferencia/RazonModificacion"),
            is_late: late.map(|late| late == 1),
        })
    }
}

const NUMBER: &str = "Encabezado/IdDoc/eNCF";

fn code(text: &str) -> Option<u8> {
    number(text).filter(|code| (1..=5).contains(code))
}

fn not_an_ecf(root: &Element) -> SchemaFault {
    let name = root.name().qualified();
    if name == "ECF" {
        let found = root.value_at("Encabezado/IdDoc/TipoeCF").unwrap_or_default();
        let path = "/ECF/Encabezado/IdDoc/TipoeCF".to_owned();
        let rule = if found.is_empty() { Breach::Missing } else { Breach::Code };
        return SchemaFault::new(path, "TipoeCF", rule).found(found);
    }
    SchemaFault::new(String::new(), name, Breach::Root).found(name).expected("ECF")
}

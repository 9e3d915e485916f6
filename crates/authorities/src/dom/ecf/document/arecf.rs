//! The acknowledgement of receipt (ARECF): whether a receiver took an e-CF (Formato Acuse de
//! Recibo).

use invoice::Timestamp;

use super::reading::{Reading, encf, moment, number, rnc};
use super::{Encf, Rnc, write_moment};
use crate::dom::ecf::schema::{Breach, Kind, SchemaFault};
use crate::dom::xml::Element;

/// What a receiver answers to an e-CF, before it says whether it approves of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Arecf {
    pub issuer: Rnc,
    /// Who answers.
    pub buyer: Rnc,
    pub encf: Encf,
    pub receipt: Receipt,
    pub at: Timestamp,
}

/// Whether the document was taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Receipt {
    Received,
    /// The motive is wanted, but not every receiver gives one.
    NotReceived(Option<Motive>),
}

/// Why a document was not taken, with DGII's own codes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Motive {
    /// 1: it breaks the format, or it is of a type that is not sent to receivers.
    Specification,
    /// 2: its signature does not hold.
    Signature,
    /// 3: it was received before.
    Duplicate,
    /// 4: it is for somebody else.
    OtherBuyer,
}

impl Motive {
    pub const ALL: [Self; 4] =
        [Self::Specification, Self::Signature, Self::Duplicate, Self::OtherBuyer];

    /// What `CodigoMotivoNoRecibido` bears.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Specification => "1",
            Self::Signature => "2",
            Self::Duplicate => "3",
            Self::OtherBuyer => "4",
        }
    }

    /// In the words of the format.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Specification => "Error de Especificación",
            Self::Signature => "Error de Firma Digital",
            Self::Duplicate => "Envío Duplicado",
            Self::OtherBuyer => "RNC Comprador no Corresponde",
        }
    }

    fn read(text: &str) -> Option<Self> {
        let code: usize = number(text)?;
        Self::ALL.get(code.checked_sub(1)?).copied()
    }
}

impl Arecf {
    /// The document, without its signature.
    pub fn to_element(&self) -> Element {
        let (state, motive) = match self.receipt {
            Receipt::Received => ("0", None),
            Receipt::NotReceived(motive) => ("1", motive.map(Motive::code)),
        };
        let mut details = Element::new(DETAILS);
        details.push_leaf("Version", "1.0");
        details.push_leaf("RNCEmisor", self.issuer.to_string());
        details.push_leaf("RNCComprador", self.buyer.to_string());
        details.push_leaf("eNCF", self.encf.to_string());
        details.push_leaf("Estado", state);
        details.push_optional("CodigoMotivoNoRecibido", motive);
        details.push_leaf("FechaHoraAcuseRecibo", write_moment(self.at));
        Element::new("ARECF").with(details)
    }

    /// Reads one that is valid by its schema, signed or not.
    pub fn read(root: &Element) -> Result<Self, Vec<SchemaFault>> {
        let mut reading = Reading::strictly(Kind::Arecf, root)?;
        let read = Self::fields(&mut reading);
        reading.finish(read)
    }

    fn fields(reading: &mut Reading<'_>) -> Option<Self> {
        let issuer = reading.required("DetalleAcusedeRecibo/RNCEmisor", rnc);
        let buyer = reading.required("DetalleAcusedeRecibo/RNCComprador", rnc);
        let encf = reading.required("DetalleAcusedeRecibo/eNCF", encf);
        let at = reading.required("DetalleAcusedeRecibo/FechaHoraAcuseRecibo", moment);
        let motive = reading.optional("DetalleAcusedeRecibo/CodigoMotivoNoRecibido", Motive::read);
        let state: Option<u8> = reading.required("DetalleAcusedeRecibo/Estado", number);
        let receipt = match state? {
            0 => Receipt::Received,
            1 => Receipt::NotReceived(motive),
            _ => {
                reading.report("DetalleAcusedeRecibo/Estado", Breach::Code, "");
                return None;
            }
        };
        Some(Self { issuer: issuer?, buyer: buyer?, encf: encf?, receipt, at: at? })
    }
}

const DETAILS: &str = "DetalleAcusedeRecibo";

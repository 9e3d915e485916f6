//! The commercial approval (ACECF): whether a buyer accepts what an e-CF says (Formato Aprobación
//! Comercial).

use invoice::{Amount, Timestamp};
use jiff::civil::Date;

use super::reading::{Reading, amount, date, encf, moment, number, rnc};
use super::{Encf, Rnc, write_date, write_moment};
use crate::dom::ecf::schema::{Breach, Kind, SchemaFault};
use crate::dom::xml::Element;

/// A buyer's word on an e-CF, for its issuer and for the DGII.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Acecf {
    pub issuer: Rnc,
    pub encf: Encf,
    pub issued_on: Date,
    pub total: Amount,
    /// Who says so.
    pub buyer: Rnc,
    pub verdict: Verdict,
    pub at: Timestamp,
}

/// Yes or no.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    Accepted,
    /// The reason is wanted, but not every buyer gives one.
    Rejected(Option<Reason>),
}

/// Why a buyer rejects a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reason(String);

/// Characters of a reason at most (Formato Aprobación Comercial, `DetalleMotivoRechazo`).
pub const REASON_MAX: usize = 250;

impl Reason {
    /// On one line and without blanks around it; nothing where it is empty or longer than
    /// [`REASON_MAX`].
    pub fn parse(text: &str) -> Option<Self> {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let right = (1..=REASON_MAX).contains(&line.chars().count());
        right.then_some(Self(line))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Acecf {
    /// The document, without its signature.
    pub fn to_element(&self) -> Element {
        let (state, reason) = match &self.verdict {
            Verdict::Accepted => ("1", None),
            Verdict::Rejected(reason) => ("2", reason.clone()),
        };
        let mut details = Element::new("DetalleAprobacionComercial");
        details.push_leaf("Version", "1.0");
        details.push_leaf("RNCEmisor", self.issuer.to_string());
        details.push_leaf("eNCF", self.encf.to_string());
        details.push_leaf("FechaEmision", write_date(self.issued_on));
        details.push_leaf("MontoTotal", self.total.to_string());
        details.push_leaf("RNCComprador", self.buyer.to_string());
        details.push_leaf("Estado", state);
        details.push_optional("DetalleMotivoRechazo", reason.map(|reason| reason.0));
        details.push_leaf("FechaHoraAprobacionComercial", write_moment(self.at));
        Element::new("ACECF").with(details)
    }

    /// Reads one that is valid by its schema, signed or not.
    pub fn read(root: &Element) -> Result<Self, Vec<SchemaFault>> {
        let mut reading = Reading::strictly(Kind::Acecf, root)?;
        let read = Self::fields(&mut reading);
        reading.finish(read)
    }

    fn fields(reading: &mut Reading<'_>) -> Option<Self> {
        let issuer = reading.required("DetalleAprobacionComercial/RNCEmisor", rnc);
        let encf = reading.required("DetalleAprobacionComercial/eNCF", encf);
        let issued_on = reading.required("DetalleAprobacionComercial/FechaEmision", date);
        let total = reading.required("DetalleAprobacionComercial/MontoTotal", amount);
        let buyer = reading.required("DetalleAprobacionComercial/RNCComprador", rnc);
        let at = "DetalleAprobacionComercial/FechaHoraAprobacionComercial";
        let at = reading.required(at, moment);
        let verdict = Self::verdict(reading);
        Some(Self {
            issuer: issuer?,
            encf: encf?,
            issued_on: issued_on?,
            total: total?,
            buyer: buyer?,
            verdict: verdict?,
            at: at?,
        })
    }

    fn verdict(reading: &mut Reading<'_>) -> Option<Verdict> {
        let reason = "DetalleAprobacionComercial/DetalleMotivoRechazo";
        let reason = reading.optional(reason, Reason::parse);
        let state: Option<u8> = reading.required("DetalleAprobacionComercial/Estado", number);
        match state? {
            1 => Some(Verdict::Accepted),
            2 => Some(Verdict::Rejected(reason)),
            _ => {
                reading.report("DetalleAprobacionComercial/Estado", Breach::Code, "");
                None
            }
        }
    }
}

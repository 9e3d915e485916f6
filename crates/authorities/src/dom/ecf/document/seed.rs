//! The seed (semilla): what whoever wants a token signs, to show who it is (Informe Técnico e-CF,
//! autenticación).

use invoice::Timestamp;

use super::moment::{read_instant, write_instant};
use super::reading::Reading;
use crate::dom::ecf::schema::{Breach, Kind, SchemaFault};
use crate::dom::xml::Element;

/// A seed, as whoever gives out tokens makes it.
///
/// Whoever gets one signs the document as it came, and not one of its own making.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seed {
    /// Nobody else's, and not to be guessed.
    pub value: String,
    pub at: Timestamp,
}

/// Characters of a seed's value at most, in what is read: the DGII's have some dozens.
pub const SEED_MAX: usize = 1_024;

impl Seed {
    /// The document, with the namespaces that the DGII's seeds declare and do not use.
    pub fn to_element(&self) -> Element {
        Element::new("SemillaModel")
            .namespace("xsi", "http://www.w3.org/2001/XMLSchema-instance")
            .namespace("xsd", "http://www.w3.org/2001/XMLSchema")
            .with(Element::leaf("valor", self.value.clone()))
            .with(Element::leaf("fecha", write_instant(self.at)))
    }

    /// Reads one that is valid by its schema, signed or not, and not empty.
    pub fn read(root: &Element) -> Result<Self, Vec<SchemaFault>> {
        let mut reading = Reading::strictly(Kind::Seed, root)?;
        let value = reading.required_text("valor");
        let at = reading.required("fecha", read_instant);
        let long = value.as_deref().filter(|value| value.chars().count() > SEED_MAX);
        if let Some(long) = long {
            reading.report("valor", Breach::Length, long);
        }
        let read = value.zip(at).map(|(value, at)| Self { value, at });
        reading.finish(read)
    }
}

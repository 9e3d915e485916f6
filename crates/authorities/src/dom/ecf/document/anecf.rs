//! The annulment of numbers (ANECF): those that no document bears, and none will (Formato
//! Anulación de Secuencias).

use invoice::Timestamp;

use super::document_type::DocumentType;
use super::reading::{Reading, encf, moment, number, rnc};
use super::{Encf, Rnc, write_moment};
use crate::dom::ecf::schema::{Breach, Kind, SchemaFault};
use crate::dom::xml::Element;

/// Numbers of one issuer that are given up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Anecf {
    issuer: Rnc,
    at: Timestamp,
    /// By type, then by number; none overlaps another.
    ranges: Vec<EncfRange>,
}

/// Numbers of one type from one to another, both counted.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct EncfRange {
    first: Encf,
    last: Encf,
}

/// Ranges of one type at most (Formato Anulación de Secuencias, `Secuencias`).
pub const RANGES_MAX: usize = 10_000;

/// Why numbers cannot be annulled together.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AnecfError {
    #[error("there is no number to annul")]
    Empty,
    #[error("the number {number} stands in two ranges")]
    Overlap { number: Encf },
    #[error("e-CF {code} has more than {RANGES_MAX} ranges: send several annulments", code = of.code())]
    TooManyRanges { of: DocumentType },
}

impl EncfRange {
    /// Nothing where the two are of different types, or the last comes before the first.
    pub fn new(first: Encf, last: Encf) -> Option<Self> {
        let right = first.document_type() == last.document_type() && first <= last;
        right.then_some(Self { first, last })
    }

    pub const fn document_type(self) -> DocumentType {
        self.first.document_type()
    }

    pub const fn first(self) -> Encf {
        self.first
    }

    pub const fn last(self) -> Encf {
        self.last
    }

    /// How many numbers it holds.
    pub const fn count(self) -> u64 {
        self.last.sequence() - self.first.sequence() + 1
    }
}

impl Anecf {
    /// Puts the ranges in order, by type and by number.
    pub fn new(issuer: Rnc, at: Timestamp, mut ranges: Vec<EncfRange>) -> Result<Self, AnecfError> {
        ranges.sort_unstable();
        if ranges.is_empty() {
            return Err(AnecfError::Empty);
        }
        if let Some(pair) = ranges.windows(2).find(|pair| pair[1].first <= pair[0].last) {
            return Err(AnecfError::Overlap { number: pair[1].first });
        }
        let anecf = Self { issuer, at, ranges };
        let large = anecf.by_type().find(|(_, ranges)| ranges.len() > RANGES_MAX);
        match large {
            Some((of, _)) => Err(AnecfError::TooManyRanges { of }),
            None => Ok(anecf),
        }
    }

    pub const fn issuer(&self) -> &Rnc {
        &self.issuer
    }

    pub const fn at(&self) -> Timestamp {
        self.at
    }

    pub fn ranges(&self) -> &[EncfRange] {
        &self.ranges
    }

    /// How many numbers it annuls.
    pub fn count(&self) -> u64 {
        count(&self.ranges)
    }

    fn by_type(&self) -> impl Iterator<Item = (DocumentType, &[EncfRange])> {
        let groups = self.ranges.chunk_by(|one, next| one.document_type() == next.document_type());
        groups.map(|ranges| (ranges[0].document_type(), ranges))
    }

    /// The document, without its signature.
    pub fn to_element(&self) -> Element {
        let mut header = Element::new("Encabezado");
        header.push_leaf("Version", "1.0");
        header.push_leaf("RncEmisor", self.issuer.to_string());
        header.push_leaf("CantidadeNCFAnulados", self.count().to_string());
        header.push_leaf("FechaHoraAnulacioneNCF", write_moment(self.at));
        let mut details = Element::new("DetalleAnulacion");
        for (index, (document_type, ranges)) in self.by_type().enumerate() {
            details.push(line(index + 1, document_type, ranges));
        }
        Element::new("ANECF").with(header).with(details)
    }

    /// Reads one that is valid by its schema, signed or not, and whose counts are right.
    pub fn read(root: &Element) -> Result<Self, Vec<SchemaFault>> {
        let mut reading = Reading::strictly(Kind::Anecf, root)?;
        let read = Self::fields(&mut reading);
        reading.finish(read)
    }

    fn fields(reading: &mut Reading<'_>) -> Option<Self> {
        let issuer = reading.required("Encabezado/RncEmisor", rnc);
        let at = reading.required("Encabezado/FechaHoraAnulacioneNCF", moment);
        let said: Option<u64> = reading.required("Encabezado/CantidadeNCFAnulados", number);
        let lines = reading.root().child("DetalleAnulacion")?.children_named("Anulacion");
        let mut ranges = Vec::new();
        for line in lines {
            ranges.extend(read_line(reading, line)?);
        }
        if said? != count(&ranges) {
            reading.report_mismatch("Encabezado/CantidadeNCFAnulados", count(&ranges));
        }
        match Self::new(issuer?, at?, ranges) {
            Ok(anecf) => Some(anecf),
            Err(error) => {
                let found = error.to_string();
                reading.push("DetalleAnulacion", Breach::Mismatch, &found, String::new());
                None
            }
        }
    }
}

fn count(ranges: &[EncfRange]) -> u64 {
    ranges.iter().map(|range| range.count()).sum()
}

fn line(number: usize, document_type: DocumentType, ranges: &[EncfRange]) -> Element {
    let mut table = Element::new("TablaRangoSecuenciasAnuladaseNCF");
    for range in ranges {
        let mut sequence = Element::new("Secuencias");
        sequence.push_leaf("SecuenciaeNCFDesde", range.first.to_string());
        sequence.push_leaf("SecuenciaeNCFHasta", range.last.to_string());
        table.push(sequence);
    }
    let mut line = Element::new("Anulacion");
    line.push_leaf("NoLinea", number.to_string());
    line.push_leaf("TipoeCF", document_type.code());
    line.push(table);
    line.push_leaf("CantidadeNCFAnulados", count(ranges).to_string());
    line
}

/// The ranges of one line, which are all of the type that it names and as many numbers as it says.
fn read_line(reading: &mut Reading<'_>, line: &Element) -> Option<Vec<EncfRange>> {
    let path = "DetalleAnulacion/Anulacion/TablaRangoSecuenciasAnuladaseNCF/Secuencias";
    let document_type: Option<u8> = line.value_at("TipoeCF").and_then(number);
    let mut ranges = Vec::new();
    for sequence in line.child("TablaRangoSecuenciasAnuladaseNCF")?.children_named("Secuencias") {
        let bound = |name| sequence.value_at(name).map(str::trim).and_then(encf);
        let range = match (bound("SecuenciaeNCFDesde"), bound("SecuenciaeNCFHasta")) {
            (Some(first), Some(last)) => EncfRange::new(first, last),
            _ => None,
        };
        let of = |range: &EncfRange| range.document_type().code().parse().ok() == document_type;
        if let Some(range) = range.filter(of) {
            ranges.push(range);
        } else {
            let found = sequence.value_at("SecuenciaeNCFDesde").unwrap_or_default();
            let expected = line.value_at("TipoeCF").unwrap_or_default().to_owned();
            reading.push(path, Breach::Mismatch, found, expected);
        }
    }
    let said = line.value_at("CantidadeNCFAnulados").map(str::trim).and_then(number::<u64>);
    if said != Some(count(&ranges)) {
        let path = "DetalleAnulacion/Anulacion/CantidadeNCFAnulados";
        let found = line.value_at("CantidadeNCFAnulados").unwrap_or_default();
        reading.push(path, Breach::Mismatch, found, count(&ranges).to_string());
    }
    Some(ranges)
}

//! The sections of a draft with all their faults, and those of an invoice as pricing wrote them.

use invoice::{Draft, Fault, Invoice, Json, Reader, Section};

use super::{COUNTRY, Customer, Document, Line, PricedDocument, PricedLine};

/// The sections of a draft: empty where the caller wrote none.
#[derive(Clone, Debug)]
pub struct Asked {
    pub document: Document,
    pub customer: Customer,
    /// One for each line of the draft.
    pub lines: Vec<Line>,
}

/// The sections of an invoice.
#[derive(Clone, Debug)]
pub struct Written {
    pub document: Document,
    pub priced: PricedDocument,
    pub customer: Customer,
    /// One for each line of the invoice.
    pub lines: Vec<WrittenLine>,
}

/// The section of an invoice's line.
#[derive(Clone, Debug, Default)]
pub struct WrittenLine {
    pub line: Line,
    pub priced: PricedLine,
}

/// An invoice that another regime priced.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the invoice was not priced by the Dominican regime")]
pub struct NotOfThisCountry;

/// Under which name pricing adds what it made of a section.
const PRICED: &str = "priced";

impl Asked {
    /// Reads the sections of a draft, or tells every fault of their shape.
    pub fn of(draft: &Draft) -> Result<Self, Vec<Fault>> {
        let mut faults = draft.sections_unknown_to(Some(COUNTRY));
        let asked = Self {
            document: read(draft.section.as_ref(), "", &mut faults, Document::FIELDS, |reader| {
                Document::read_members(reader)
            }),
            customer: read(
                draft.customer.section.as_ref(),
                "/customer",
                &mut faults,
                Customer::FIELDS,
                Customer::read_members,
            ),
            lines: lines(draft, &mut faults),
        };
        if faults.is_empty() { Ok(asked) } else { Err(faults) }
    }
}

fn lines(draft: &Draft, faults: &mut Vec<Fault>) -> Vec<Line> {
    let lines = draft.lines.iter().enumerate();
    lines
        .map(|(index, line)| match &line.section {
            None => Line::default(),
            Some(section) => {
                let place = format!("/lines/{index}");
                read(Some(section), &place, faults, Line::FIELDS, Line::read_members)
            }
        })
        .collect()
}

fn read<T: Default>(
    section: Option<&Section>,
    place: &str,
    faults: &mut Vec<Fault>,
    fields: &[&str],
    members: impl FnOnce(&mut Reader<'_>) -> T,
) -> T {
    let Some(section) = section.filter(|section| section.country() == COUNTRY) else {
        return T::default();
    };
    let pointer = format!("{place}/{COUNTRY}");
    let mut reader = Reader::new(section.content(), &pointer, faults);
    reader.allow(fields);
    members(&mut reader)
}

impl Written {
    /// Reads the sections that pricing wrote.
    pub fn of(invoice: &Invoice) -> Result<Self, NotOfThisCountry> {
        let (document, priced) =
            written(invoice.section(), Document::read_members, PricedDocument::read_members)?;
        let customer = invoice.customer().section.as_ref();
        let (customer, ()) = written(customer, Customer::read_members, |_| ())?;
        let mut lines = Vec::with_capacity(invoice.lines().len());
        for line in invoice.lines() {
            let section = line.section.as_ref();
            let (line, priced) = written(section, Line::read_members, PricedLine::read_members)?;
            lines.push(WrittenLine { line, priced });
        }
        Ok(Self { document, priced, customer, lines })
    }
}

/// What stands in a section, and under `priced`. Members beyond those are another edition's, and
/// have nothing to say here.
fn written<T: Default, P: Default>(
    section: Option<&Section>,
    members: impl FnOnce(&mut Reader<'_>) -> T,
    priced: impl FnOnce(&mut Reader<'_>) -> P,
) -> Result<(T, P), NotOfThisCountry> {
    let Some(section) = section else { return Ok((T::default(), P::default())) };
    if section.country() != COUNTRY {
        return Err(NotOfThisCountry);
    }
    let mut faults = Vec::new();
    let mut reader = Reader::new(section.content(), "", &mut faults);
    // A caller who wrote nothing has nothing read: nearly every line's section is of pricing alone.
    let is_ours =
        matches!(section.content(), Json::Object(all) if all.iter().all(|(key, _)| key == PRICED));
    let read = if is_ours { T::default() } else { members(&mut reader) };
    let priced = reader.optional_object(PRICED, priced).unwrap_or_default();
    if faults.is_empty() { Ok((read, priced)) } else { Err(NotOfThisCountry) }
}

impl Document {
    /// The section of the invoice.
    pub(in crate::dom) fn to_section(&self, priced: &PricedDocument) -> Option<Section> {
        section(self.write_members(), priced.write_members())
    }
}

impl Customer {
    /// The section of the invoice's customer; nothing where there is nothing to say.
    pub(in crate::dom) fn to_section(&self) -> Option<Section> {
        section(self.write_members(), Vec::new())
    }
}

impl Line {
    /// The section of the invoice's line; nothing where there is nothing to say.
    pub(in crate::dom) fn to_section(&self, priced: &PricedLine) -> Option<Section> {
        section(self.write_members(), priced.write_members())
    }
}

fn section(mut members: Vec<(String, Json)>, priced: Vec<(String, Json)>) -> Option<Section> {
    if !priced.is_empty() {
        members.push((PRICED.to_owned(), Json::Object(priced)));
    }
    if members.is_empty() {
        return None;
    }
    Some(Section::new(COUNTRY, Json::Object(members)).expect("lists of a section are bounded"))
}

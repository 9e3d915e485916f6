//! Bytes → tree. The tokenizer is quick-xml; what well-formedness asks beyond tokens is asked here.

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;

use super::characters::{forbidden, is_blank_text};
use super::grow::Growth;
use super::problem::{ParseError, Problem, excerpt};
use super::tag::{RawAttributes, referenced};
use super::tree::Document;

/// The longest document that is read. An e-CF 33 or 34 may have 10,000 lines (Formato e-CF), of
/// some 700 bytes each as they are seen in practice.
pub const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;
/// How deep elements may nest. An e-CF nests seven deep, a signature five.
pub const MAX_DEPTH: usize = 32;
/// How many elements and texts a document may have: 10,000 lines of thirty elements with a text
/// each. Beyond it, a small document of empty tags would take all memory.
pub const MAX_NODES: usize = 600_000;
/// How many attributes and declarations an element may have. Those of the DGII have three at most.
pub const MAX_ATTRIBUTES: usize = 16;
/// How many namespace declarations may be in scope at a place, since each prefix is looked for
/// among them. Those of the DGII have three, with the signature's.
pub const MAX_NAMESPACES: usize = 32;

pub(super) fn document(bytes: &[u8], limit: usize) -> Result<Document, ParseError> {
    if bytes.len() > limit {
        return Err(Problem::TooLong { limit }.at("", 0));
    }
    let text = utf8(bytes)?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    if text.starts_with(BYTE_ORDER_MARK) {
        // The tokenizer would take this second one away without a word.
        return Err(Problem::TextOutsideRoot.at(text, 0));
    }
    read(text)
}

fn utf8(bytes: &[u8]) -> Result<&str, ParseError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (valid, _) = bytes.split_at(error.valid_up_to());
        let valid = std::str::from_utf8(valid).expect("it is valid up to here");
        Problem::NotUtf8.at(valid, valid.len())
    })
}

fn read(text: &str) -> Result<Document, ParseError> {
    let mut reader = Reader::from_str(text);
    let mut growth = Growth::default();
    loop {
        let start = position(reader.buffer_position());
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let place = position(reader.error_position());
                return Err(untokenized(error).at(text, place));
            }
        };
        if matches!(event, Event::Eof) {
            return growth.finish().map_err(|problem| problem.at(text, text.len()));
        }
        take(event, start, &mut growth).map_err(|problem| problem.at(text, start))?;
    }
}

fn take(event: Event<'_>, start: usize, growth: &mut Growth) -> Result<(), Problem> {
    match event {
        Event::Start(tag) => open(tag.name().as_ref(), tag.attributes_raw(), growth),
        Event::Empty(tag) => {
            open(tag.name().as_ref(), tag.attributes_raw(), growth)?;
            growth.close()
        }
        Event::End(_) => growth.close(),
        Event::Text(text) if text.contains("]]>") => Err(Problem::SectionEnd),
        Event::Text(text) => characters(&text.xml10_content(), growth),
        Event::CData(section) if growth.is_outside() => Err(Problem::Markup(excerpt(&section))),
        Event::CData(section) => characters(&section.xml10_content(), growth),
        Event::GeneralRef(_) if growth.is_outside() => Err(Problem::TextOutsideRoot),
        Event::GeneralRef(reference) => {
            growth.text(referenced(&reference)?.encode_utf8(&mut [0; 4]));
            Ok(())
        }
        Event::Decl(declaration) if start == 0 => xml_declaration(&declaration),
        Event::Decl(_) => Err(Problem::Declaration),
        Event::Comment(_) => Err(Problem::Comment),
        Event::PI(_) => Err(Problem::Instruction),
        Event::DocType(_) => Err(Problem::DocumentType),
        Event::Eof => Ok(()),
    }
}

fn open(name: &str, attributes: &str, growth: &mut Growth) -> Result<(), Problem> {
    growth.open(name)?;
    let mut attributes = RawAttributes::new(attributes);
    while let Some(attribute) = attributes.next()? {
        growth.attribute(attribute)?;
    }
    growth.bind()
}

fn characters(text: &str, growth: &mut Growth) -> Result<(), Problem> {
    if let Some(character) = forbidden(text) {
        return Err(Problem::Character(character.into()));
    }
    if !growth.is_outside() {
        growth.text(text);
        return Ok(());
    }
    if is_blank_text(text) { Ok(()) } else { Err(Problem::TextOutsideRoot) }
}

/// `<?xml version="1.0" encoding="utf-8" standalone="yes"?>`, the last two optional (production 23).
fn xml_declaration(declaration: &str) -> Result<(), Problem> {
    let rest = declaration.strip_prefix("xml").ok_or(Problem::Declaration)?;
    let mut attributes = RawAttributes::new(rest);
    let mut expected = ["version", "encoding", "standalone"].into_iter();
    let mut has_version = false;
    while let Some(attribute) = attributes.next().map_err(|_| Problem::Declaration)? {
        if !expected.any(|name| name == attribute.name) {
            return Err(Problem::Declaration);
        }
        match (attribute.name, attribute.value.as_str()) {
            ("version", "1.0") => has_version = true,
            ("version", other) => return Err(Problem::Version(excerpt(other))),
            ("encoding", name) if name.eq_ignore_ascii_case("utf-8") => {}
            ("encoding", other) => return Err(Problem::Encoding(excerpt(other))),
            (_, "yes" | "no") => {}
            _ => return Err(Problem::Declaration),
        }
    }
    if has_version { Ok(()) } else { Err(Problem::Declaration) }
}

fn untokenized(error: Error) -> Problem {
    match error {
        Error::IllFormed(
            IllFormedError::MismatchedEndTag { found, .. } | IllFormedError::UnmatchedEndTag(found),
        ) => Problem::EndTag(excerpt(&found)),
        other => Problem::Markup(other.to_string()),
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).expect("an offset within a text that is in memory")
}

const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

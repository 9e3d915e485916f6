//! The name of a person, a company or an authority in a certificate (RFC 5280, 4.1.2.4).

use std::fmt::{self, Write};

use crate::der::{OBJECT_IDENTIFIER, Reader, SEQUENCE, SET};

/// A distinguished name: attributes in the order in which they were written.
///
/// Shown as `C=DO, CN=ANA PÉREZ, serialNumber=…`, with control characters made visible, since a
/// foreign certificate may be shown on a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name(Vec<Attribute>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Attribute {
    /// The contents of the object identifier.
    kind: Vec<u8>,
    value: String,
}

impl Name {
    pub(super) fn read(mut sets: Reader<'_>) -> Option<Self> {
        let mut attributes = Vec::new();
        while !sets.is_at_end() {
            let mut set = sets.enter(SET)?;
            while !set.is_at_end() {
                if attributes.len() == MAX_ATTRIBUTES {
                    return None;
                }
                attributes.push(Attribute::read(set.enter(SEQUENCE)?)?);
            }
        }
        Some(Self(attributes))
    }

    /// The name proper: of the person, the company or the authority.
    pub fn common_name(&self) -> Option<&str> {
        self.first(COMMON_NAME)
    }

    /// The attribute `serialNumber`: the number by which a state knows the person. Not the serial
    /// number of the certificate.
    pub fn serial_number(&self) -> Option<&str> {
        self.first(SERIAL_NUMBER)
    }

    /// The organization to which the person belongs.
    pub fn organization(&self) -> Option<&str> {
        self.first(ORGANIZATION)
    }

    /// The number by which a state knows the organization (X.520, 6.4.4).
    pub fn organization_identifier(&self) -> Option<&str> {
        self.first(ORGANIZATION_IDENTIFIER)
    }

    /// The person's and the organization's identifiers, as far as they are written with their kind
    /// and country.
    pub fn identifiers(&self) -> impl Iterator<Item = Identifier<'_>> {
        let written = [self.serial_number(), self.organization_identifier()];
        written.into_iter().flatten().filter_map(Identifier::parse)
    }

    fn first(&self, kind: &[u8]) -> Option<&str> {
        let found = self.0.iter().find(|attribute| attribute.kind == kind)?;
        Some(&found.value)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(out, "{separator}{attribute}")?;
        }
        Ok(())
    }
}

/// A number with its kind and its country, as ETSI EN 319 412-1 (5.1.3 and 5.1.4) writes them:
/// `IDCDO-00100000019` is identity card 00100000019 of the country DO.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identifier<'a> {
    /// Three letters: `IDC` an identity card, `PAS` a passport, `VAT` or `TIN` a taxpayer's number.
    pub kind: &'a str,
    /// The country in ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// The number itself.
    pub number: &'a str,
}

impl<'a> Identifier<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (prefix, number) = text.split_once('-')?;
        let is_letters = prefix.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_letters || prefix.len() != KIND_LETTERS + COUNTRY_LETTERS || number.is_empty() {
            return None;
        }
        let (kind, country) = prefix.split_at(KIND_LETTERS);
        Some(Self { kind, country, number })
    }
}

impl Attribute {
    fn read(mut pair: Reader<'_>) -> Option<Self> {
        let kind = pair.contents(OBJECT_IDENTIFIER)?;
        let (tag, bytes) = pair.any()?;
        Some(Self { kind: kind.to_vec(), value: text(tag, bytes) })
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = LABELS.iter().find(|(kind, _)| *kind == self.kind);
        match known {
            Some((_, label)) => out.write_str(label)?,
            None => out.write_str(&dotted(&self.kind))?,
        }
        out.write_char('=')?;
        for letter in self.value.chars() {
            match letter {
                ',' | '+' | '\\' => write!(out, "\\{letter}")?,
                control if control.is_control() => write!(out, "{}", control.escape_unicode())?,
                other => out.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// The text of a `DirectoryString` and its kin. What does not decode is replaced and not refused:
/// a slip in somebody's title must not keep a key from signing.
fn text(tag: u8, bytes: &[u8]) -> String {
    match tag {
        TELETEX_STRING => bytes.iter().copied().map(char::from).collect(),
        BMP_STRING => {
            let unit =
                |pair: &[u8]| pair.iter().fold(0, |unit, byte| (unit << 8) | u16::from(*byte));
            char::decode_utf16(bytes.chunks(2).map(unit))
                .map(|unit| unit.unwrap_or(REPLACEMENT))
                .collect()
        }
        UNIVERSAL_STRING => {
            let value =
                |four: &[u8]| four.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte));
            let letters = bytes.chunks(4).map(|four| char::from_u32(value(four)));
            letters.map(|letter| letter.unwrap_or(REPLACEMENT)).collect()
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// An object identifier as it is usually written (X.690, 8.19).
pub(crate) fn dotted(contents: &[u8]) -> String {
    let mut arcs = Vec::new();
    let mut arc: u128 = 0;
    for byte in contents.iter().take(MAX_IDENTIFIER_BYTES) {
        arc = (arc << 7) | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            arcs.push(arc);
            arc = 0;
        }
    }
    // The first number holds the first two arcs.
    let Some((first, rest)) = arcs.split_first() else {
        return "unknown".to_owned();
    };
    let top = (first / 40).min(2);
    let mut text = format!("{top}.{}", first - top * 40);
    for arc in rest {
        text.push('.');
        text.push_str(&arc.to_string());
    }
    text
}

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;
const TELETEX_STRING: u8 = 0x14;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

const KIND_LETTERS: usize = 3;
const COUNTRY_LETTERS: usize = 2;
/// The longest identifiers in use have some twenty bytes.
const MAX_IDENTIFIER_BYTES: usize = 64;
/// A name has some ten attributes; this is no list of them.
const MAX_ATTRIBUTES: usize = 64;

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const SERIAL_NUMBER: &[u8] = &[0x55, 4, 5];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const ORGANIZATION_IDENTIFIER: &[u8] = &[0x55, 4, 97];
/// RFC 4514, 3, and what OpenSSL calls the others.
const LABELS: [(&[u8], &str); 14] = [
    (COMMON_NAME, "CN"),
    (&[0x55, 4, 4], "SN"),
    (SERIAL_NUMBER, "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "street"),
    (ORGANIZATION, "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 12], "title"),
    (&[0x55, 4, 42], "GN"),
    (ORGANIZATION_IDENTIFIER, "organizationIdentifier"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "emailAddress"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der;

    const UTF8_STRING: u8 = 0x0c;

    fn name(attributes: &[(&[u8], u8, &[u8])]) -> Name {
        let sets = attributes.iter().map(|(kind, tag, value)| {
            let pair = [der::element(OBJECT_IDENTIFIER, kind), der::element(*tag, value)].concat();
            der::element(SET, &der::element(SEQUENCE, &pair))
        });
        let sets: Vec<u8> = sets.flatten().collect();
        Name::read(Reader::new(&sets)).unwrap()
    }

    #[test]
    fn every_kind_of_text_is_read() {
        let person = name(&[
            (COMMON_NAME, UTF8_STRING, "PEÑA, ANA".as_bytes()),
            (ORGANIZATION, TELETEX_STRING, b"CA\xd1A S.R.L."),
            (SERIAL_NUMBER, 0x13, b"IDCDO-00100000019"),
            (ORGANIZATION_IDENTIFIER, BMP_STRING, b"\0V\0A\0T\0D\0O\0-\x001\x003"),
            (&[0x55, 4, 11], UNIVERSAL_STRING, b"\0\x01\xf5\x8b\0\0\0A"),
            (&[0x2a, 3], UTF8_STRING, b"a\x1bb\xff"),
        ]);
        assert_eq!(person.common_name(), Some("PEÑA, ANA"));
        assert_eq!(person.organization(), Some("CAÑA S.R.L."));
        let numbers: Vec<_> = person.identifiers().collect();
        let card = Identifier { kind: "IDC", country: "DO", number: "00100000019" };
        assert_eq!(numbers, [card, Identifier { kind: "VAT", country: "DO", number: "13" }]);
        assert_eq!(
            person.to_string(),
            "CN=PEÑA\\, ANA, O=CAÑA S.R.L., serialNumber=IDCDO-00100000019, \
             organizationIdentifier=VATDO-13, OU=\u{1f58b}A, 1.2.3=a\\u{1b}b\u{fffd}"
        );
    }

    #[test]
    fn a_number_without_kind_and_country_is_no_identifier() {
        for text in ["00100000019", "IDCDO-", "IDDO-1", "idcdo-1", "IDCDO1", "ÑDCD-1"] {
            assert_eq!(Identifier::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_without_end_is_refused() {
        let one = der::element(
            SET,
            &der::element(
                SEQUENCE,
                &[der::element(OBJECT_IDENTIFIER, COMMON_NAME), der::element(UTF8_STRING, b"a")]
                    .concat(),
            ),
        );
        assert!(Name::read(Reader::new(&one.repeat(MAX_ATTRIBUTES))).is_some());
        assert!(Name::read(Reader::new(&one.repeat(MAX_ATTRIBUTES + 1))).is_none());
    }

    #[test]
    fn object_identifiers_are_dotted() {
        let rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
        assert_eq!(dotted(&rsa), "1.2.840.113549.1.1.1");
        assert_eq!(dotted(&[0x88, 0x37, 3]), "2.999.3");
        assert_eq!(dotted(&[]), "unknown");
        assert_eq!(dotted(&[0xff; 64]), "unknown");
    }
}

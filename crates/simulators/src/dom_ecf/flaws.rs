//! What a sender does wrong, or differently: real issuers send indented files, byte order marks, raw
//! bodies and accented paths, and a receiver must take them; and four things it must refuse.

use serde::Deserialize;

use super::reply::Voice;

/// What is wrong with the next document that the counterpart sends, because a test has ordered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Flaw {
    /// An element that no e-CF has: motive 1.
    Specification,
    /// Altered after it was signed: motive 2.
    Signature,
    /// The number of the last document: motive 3.
    Duplicate,
    /// Another buyer's RNC: motive 4.
    Buyer,
    /// Not signed at all: motive 2 (or 1, since its schema wants a signature).
    Unsigned,
}

/// How a document is sent that is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    /// A byte order mark before everything.
    Marked,
    /// Without an XML declaration.
    Undeclared,
    /// Indented after it was signed.
    Indented,
    /// Not a form: the file is the body.
    RawBody,
    /// `recepción` in the path.
    AccentedPath,
}

impl Flaw {
    pub(super) fn before_signing(flaw: Option<Self>, unsigned: String) -> String {
        match flaw {
            Some(Self::Specification) => unsigned.replacen("<IdDoc>", "<Ajeno>1</Ajeno><IdDoc>", 1),
            _ => unsigned,
        }
    }

    pub(super) fn after_signing(flaw: Option<Self>, signed: String) -> String {
        match flaw {
            Some(Self::Signature) => signed.replacen("SERVICIO DE PRUEBA", "SERVICIO ALTERADO", 1),
            Some(Self::Unsigned) => {
                match (signed.find("<Signature "), signed.rfind("</Signature>")) {
                    (Some(from), Some(to)) => {
                        format!("{}{}", &signed[..from], &signed[to + "</Signature>".len()..])
                    }
                    _ => signed,
                }
            }
            _ => signed,
        }
    }
}

impl Shape {
    /// Any of them, or the plain one where replies do not vary.
    pub(super) fn drawn(voice: &mut Voice) -> Self {
        if !voice.awkward.sender_shapes {
            return Self::Plain;
        }
        match voice.chance.below(6) {
            0 => Self::Plain,
            1 => Self::Marked,
            2 => Self::Undeclared,
            3 => Self::Indented,
            4 => Self::RawBody,
            _ => Self::AccentedPath,
        }
    }

    /// A signed document as a content type and a body.
    pub(super) fn dressed(self, name: &str, signed: &str) -> (String, Vec<u8>) {
        let file = self.file(signed);
        if self == Self::RawBody {
            return ("application/xml".to_owned(), file.into_bytes());
        }
        let body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"xml\"; filename=\"{name}\"\r\n\
             Content-Type: text/xml\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
        );
        (format!("multipart/form-data; boundary={BOUNDARY}"), body.into_bytes())
    }

    fn file(self, signed: &str) -> String {
        match self {
            Self::Plain | Self::RawBody | Self::AccentedPath => signed.to_owned(),
            Self::Marked => format!("\u{FEFF}{signed}"),
            Self::Undeclared => {
                signed.split_once("?>").map_or(signed, |(_, document)| document).to_owned()
            }
            Self::Indented => indented(signed),
        }
    }
}

/// Line ends between the elements of the document, none inside its signature: a verifier that drops
/// white space between elements, as .NET does, finds the digest right.
fn indented(signed: &str) -> String {
    let at = signed.find("<Signature ").unwrap_or(signed.len());
    let (document, signature) = signed.split_at(at);
    format!("{}\r\n  {signature}", document.replace("><", ">\r\n  <"))
}

const BOUNDARY: &str = "----simulador-emisor-receptor";

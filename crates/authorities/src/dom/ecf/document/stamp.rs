//! The stamp (timbre): the address in the QR symbol of a printed representation, where anybody may
//! ask the DGII about the document.

use std::fmt::Write as _;

use invoice::Amount;

use super::document_type::DocumentType;
use crate::dom::dsig::SecurityCode;
use crate::dom::xml::Element;

/// Which of the DGII's environments a taxpayer is in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Environment {
    /// Pre-certification.
    Test,
    Certification,
    Production,
}

impl Environment {
    /// Its segment in the paths of the DGII's services.
    pub const fn segment(self) -> &'static str {
        match self {
            Self::Test => "testecf",
            Self::Certification => "certecf",
            Self::Production => "ecf",
        }
    }
}

/// From this total on, a consumer invoice is sent whole and its buyer named; below it, the DGII
/// knows the summary only (Informe Técnico e-CF, factura de consumo; codes 1381 and 1406).
pub const SUMMARISED_BELOW: Amount = Amount::from_units(250_000 * 100);

/// Why a document has no stamp.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a document without {element} has no stamp")]
pub struct NoStamp {
    pub element: &'static str,
}

/// The address of a document's stamp.
///
/// All of it is taken from the document as it is written, not from what the document means: the
/// DGII compares texts, and answers "not found" to a total of another spelling. Whoever bought is
/// named only where the document names an RNC; foreigners and consumers are left out.
pub fn stamp_url(
    environment: Environment,
    document: &Element,
    code: &SecurityCode,
) -> Result<String, NoStamp> {
    let is_summarised = is_summarised(document)?;
    let (host, page) =
        if is_summarised { ("fc", "consultatimbrefc") } else { ("ecf", "consultatimbre") };
    let mut url = format!("https://{host}.dgii.gov.do/{}/{page}", environment.segment());
    let mut query = Query { url: &mut url, separator: '?' };
    query.push("rncemisor", value(document, ISSUER)?);
    if is_summarised {
        query.push("encf", value(document, NUMBER)?);
        query.push("montototal", value(document, TOTAL)?);
    } else {
        if let Some(buyer) = document.value_at(BUYER) {
            query.push("rnccomprador", buyer);
        }
        query.push("encf", value(document, NUMBER)?);
        query.push("fechaemision", value(document, ISSUED)?);
        query.push("montototal", value(document, TOTAL)?);
        query.push("fechafirma", value(document, SIGNED)?);
    }
    query.push("codigoseguridad", code.as_str());
    Ok(url)
}

/// Whether the DGII gets the summary of a document only: a consumer invoice of a small total, or
/// such a summary itself.
pub fn is_summarised(document: &Element) -> Result<bool, NoStamp> {
    if value(document, TYPE)? != DocumentType::Consumer.code() {
        return Ok(false);
    }
    let total = Amount::parse(value(document, TOTAL)?);
    // A total of more digits than an amount has is a large one.
    Ok(total.is_ok_and(|total| total < SUMMARISED_BELOW))
}

const TYPE: &str = "Encabezado/IdDoc/TipoeCF";
const NUMBER: &str = "Encabezado/IdDoc/eNCF";
const ISSUER: &str = "Encabezado/Emisor/RNCEmisor";
const ISSUED: &str = "Encabezado/Emisor/FechaEmision";
const BUYER: &str = "Encabezado/Comprador/RNCComprador";
const TOTAL: &str = "Encabezado/Totales/MontoTotal";
const SIGNED: &str = "FechaHoraFirma";

fn value<'a>(document: &'a Element, path: &'static str) -> Result<&'a str, NoStamp> {
    let value = document.value_at(path).filter(|value| !value.is_empty());
    value.ok_or(NoStamp { element: path })
}

/// The parameters of an address, in the order in which they are pushed.
struct Query<'a> {
    url: &'a mut String,
    separator: char,
}

impl Query<'_> {
    fn push(&mut self, name: &str, value: &str) {
        self.url.push(self.separator);
        self.url.push_str(name);
        self.url.push('=');
        percent_encode(value, self.url);
        self.separator = '&';
    }
}

/// All but unreserved characters are encoded, and the colon of a time is let stand (RFC 3986, 3.4).
/// Above all the plus sign of a security code is not left to be taken for a blank.
fn percent_encode(value: &str, into: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                into.push(char::from(byte));
            }
            other => write!(into, "%{other:02X}").expect("a string takes all"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dom::xml::Document;

    fn document(code: &str, buyer: &str, total: &str) -> Document {
        let text = format!(
            "<ECF><Encabezado><IdDoc><TipoeCF>{code}</TipoeCF><eNCF>E{code}0000000001</eNCF></IdDoc>\
             <Emisor><RNCEmisor>101000000</RNCEmisor><FechaEmision>20-11-2026</FechaEmision></Emisor>\
             {buyer}<Totales><MontoTotal>{total}</MontoTotal></Totales></Encabezado>\
             <FechaHoraFirma>20-11-2026 10:00:00</FechaHoraFirma></ECF>"
        );
        Document::parse(text.as_bytes()).unwrap()
    }

    fn url(environment: Environment, document: &Document, code: &str) -> String {
        stamp_url(environment, document.root(), &code.parse().unwrap()).unwrap()
    }

    const BUYER: &str = "<Comprador><RNCComprador>102000000</RNCComprador></Comprador>";
    const FOREIGNER: &str =
        "<Comprador><IdentificadorExtranjero>P-1</IdentificadorExtranjero></Comprador>";

    #[test]
    fn the_general_stamp_bears_everything_in_order() {
        assert_eq!(
            url(Environment::Test, &document("31", BUYER, "1180.00"), "a+/B9z"),
            "https://ecf.dgii.gov.do/testecf/consultatimbre?rncemisor=101000000\
             &rnccomprador=102000000&encf=E310000000001&fechaemision=20-11-2026\
             &montototal=1180.00&fechafirma=20-11-2026%2010:00:00&codigoseguridad=a%2B%2FB9z"
        );
    }

    #[test]
    fn a_small_consumer_invoice_has_a_short_stamp_on_another_host() {
        for buyer in ["", BUYER] {
            assert_eq!(
                url(Environment::Production, &document("32", buyer, "249999.99"), "AbCdE+"),
                "https://fc.dgii.gov.do/ecf/consultatimbrefc?rncemisor=101000000\
                 &encf=E320000000001&montototal=249999.99&codigoseguridad=AbCdE%2B"
            );
        }
    }

    #[test]
    fn a_large_consumer_invoice_has_the_general_stamp() {
        let url = url(Environment::Certification, &document("32", "", "250000.00"), "AbCdEf");
        assert!(url.starts_with("https://ecf.dgii.gov.do/certecf/consultatimbre?rncemisor="));
        assert!(url.contains("&fechafirma=20-11-2026%2010:00:00&") && !url.contains("comprador"));
    }

    #[test]
    fn who_has_no_rnc_is_left_out() {
        for (code, buyer) in [("43", ""), ("46", FOREIGNER), ("47", FOREIGNER)] {
            let url = url(Environment::Test, &document(code, buyer, "1.00"), "AbCdEf");
            assert!(url.contains("rncemisor=101000000&encf=E4"), "{url}");
        }
    }

    #[test]
    fn texts_are_taken_as_they_are_written() {
        let url = url(Environment::Test, &document("31", BUYER, "1180.5"), "AbCdEf");
        assert!(url.contains("&montototal=1180.5&"), "{url}");
    }

    #[test]
    fn what_lacks_is_named() {
        let document = Document::parse(b"<ECF><Encabezado/></ECF>").unwrap();
        let refused = stamp_url(Environment::Test, document.root(), &"AbCdEf".parse().unwrap());
        assert_eq!(refused, Err(NoStamp { element: "Encabezado/IdDoc/TipoeCF" }));
    }
}

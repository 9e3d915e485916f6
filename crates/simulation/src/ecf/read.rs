//! What the DGII reads of a request: a form with one file, and the members of a query. It shares
//! nothing with the code that writes them.

use authorities::Request;

/// A document as it stands in an upload.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Document {
    pub number: String,
    pub issuer: String,
    /// The security code: six characters of the whole document's signature.
    pub code: String,
    /// Which request of a caller's it is: the name of the buyer.
    pub mark: String,
    pub total: String,
    /// The number of the document that it corrects.
    pub corrects: Option<String>,
    /// Only the summary of a consumer's invoice.
    pub is_summary: bool,
}

impl Document {
    /// Nothing where the request uploads no invoice.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let text = text(request);
        let is_summary = text.contains("<RFCE");
        let code = if is_summary {
            element(&text, "CodigoSeguridadeCF")?
        } else if text.contains("<ECF") {
            let signature = element(&text, "SignatureValue")?;
            signature.get(..CODE_LENGTH)?.to_owned()
        } else {
            return None;
        };
        Some(Self {
            number: element(&text, "eNCF")?,
            issuer: element(&text, "RNCEmisor")?,
            code,
            mark: element(&text, "RazonSocialComprador")?,
            total: element(&text, "MontoTotal")?,
            corrects: element(&text, "NCFModificado"),
            is_summary,
        })
    }
}

const CODE_LENGTH: usize = 6;

/// The body as text.
pub(super) fn text(request: &Request) -> String {
    String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned()
}

/// The text of the first element of a name.
pub(super) fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once('<')?.0.to_owned())
}

/// A member of a query, whatever the case of its name.
pub(super) fn member(path: &str, name: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    let mut members = query.split('&').filter_map(|member| member.split_once('='));
    let (_, value) = members.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
    Some(decoded(value))
}

/// Without the escapes of an address.
fn decoded(value: &str) -> String {
    let mut parts = value.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(byte.map_or('?', char::from));
        decoded.push_str(part.get(2..).unwrap_or_default());
    }
    decoded
}

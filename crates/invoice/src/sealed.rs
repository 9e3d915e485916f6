//! A sealed invoice: numbered, chained, signed; and what the authority gave for it.

use crate::ids::InvoiceId;
use crate::invoice::Invoice;
use crate::json::Json;
use crate::statement::{Hash, Statement, authentication_code};

/// What an authority gives for an invoice: the elements that make a receipt legal.
///
/// The names are neutral; what each authority calls them stands in its receipts' templates.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SecurityElements {
    /// The authority's code, as a person would look it up: without separators.
    pub code: String,
    /// What the legal QR carries, where there is one.
    pub qr: Option<String>,
    /// The rest by name: the device's number, its counters, its time.
    pub details: Vec<(String, String)>,
    /// The reply, as it was received.
    pub reply: String,
    /// The authority's own document as it was signed, byte for byte, where it has one: what is sent,
    /// sent again and shown is this.
    pub document: Option<String>,
}

impl SecurityElements {
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The bytes that the ledger stores and hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let details =
            self.details.iter().map(|(key, value)| (key.clone(), Json::string(value))).collect();
        let mut members = vec![
            ("code".to_owned(), Json::string(&self.code)),
            ("details".to_owned(), Json::Object(details)),
            ("reply".to_owned(), Json::string(&self.reply)),
        ];
        members.extend(self.qr.as_ref().map(|qr| ("qr".to_owned(), Json::string(qr))));
        let document = self.document.as_ref();
        members.extend(document.map(|text| ("document".to_owned(), Json::string(text))));
        Json::Object(members).to_canonical_bytes()
    }

    /// Reads what [`Self::to_bytes`] wrote; nothing where the bytes are something else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let tree = Json::parse(bytes).ok()?;
        let text = |key: &str| tree.member(key)?.as_str().map(str::to_owned);
        let Json::Object(details) = tree.member("details")? else { return None };
        let details =
            details.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        Some(Self {
            code: text("code")?,
            qr: text("qr"),
            details: details.collect::<Option<_>>()?,
            reply: text("reply")?,
            document: text("document"),
        })
    }
}

/// An invoice with everything that proves it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedInvoice {
    pub id: InvoiceId,
    pub invoice: Invoice,
    /// What the outlet's ledger states of it, at the moment of sealing.
    pub statement: Statement,
    /// ECDSA P-256 over the entry's hash: `r ‖ s`.
    pub signature: [u8; 64],
    /// The authority's elements: at once, or later as an acknowledgement.
    pub elements: Option<SecurityElements>,
}

impl SealedInvoice {
    pub fn number(&self) -> &str {
        &self.statement.number
    }

    pub fn entry_hash(&self) -> Hash {
        self.statement.entry_hash()
    }

    /// What a person can compare by eye: six groups of four.
    pub fn authentication_code(&self) -> String {
        authentication_code(&self.signature)
    }

    /// The QR of our own seal: a page that verifies in the browser, from the fragment alone, which
    /// no browser sends to a server.
    pub fn verify_url(&self, base: &str) -> String {
        let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
        format!("{base}/v/#{}.{}", encode(&self.statement.to_bytes()), encode(&self.signature))
    }
}

/// The statement and signature that a verify URL carries; nothing where it is not one.
pub fn parse_verify_url(url: &str) -> Option<(Vec<u8>, [u8; 64])> {
    let (statement, signature) = url.rsplit_once('#')?.1.split_once('.')?;
    let decode = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    Some((decode(statement)?, decode(signature)?.try_into().ok()?))
}

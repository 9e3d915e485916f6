//! The receiving side: what a taxpayer's own system does when another taxpayer knocks.
//!
//! Where the law wants documents handed from taxpayer to taxpayer, each exposes services for it.
//! An authority that has them says here where they are and what their documents look like. As
//! pure as the rest of the contract: time, chance and signatures are told.

use std::fmt;

use invoice::{Amount, Hash, Timestamp};
use jiff::civil::Date;

use super::Signed;
use super::matter::{Approval, Decision};
use crate::trust::Roots;

/// How documents are received from other taxpayers.
pub trait Receiving: Send + Sync {
    /// The services that a taxpayer exposes, and where, below an address of its own.
    fn services(&self) -> &'static [PeerService];

    /// Whether a text could be the number by which the authority knows a taxpayer.
    fn is_tax_id(&self, text: &str) -> bool;

    /// What whoever wants a token has to sign. `value` is nobody else's and not to be guessed.
    fn seed(&self, value: &str, now: Timestamp) -> Vec<u8>;

    /// A signed seed: its value, and who signed it. Whether we gave it out is the caller's to know.
    fn read_seed(
        &self,
        bytes: &[u8],
        roots: Option<&Roots>,
        now: Timestamp,
    ) -> Result<SignedSeed, NotRead>;

    /// The answer that hands over a token.
    fn token_answer(&self, token: &IssuedToken<'_>, form: AnswerForm) -> Vec<u8>;

    /// A document for the taxpayer who receives. What cannot even be acknowledged, because it does not say
    /// whose it is and which, is not read.
    fn read_document(&self, bytes: &[u8], own: &Own<'_>) -> Result<ReceivedDocument, NotRead>;

    /// The acknowledgement of a document, to be signed.
    fn acknowledgement(&self, document: &Acknowledged<'_>) -> Unsigned;

    /// A buyer's word on a document of the taxpayer who receives.
    fn read_approval(&self, bytes: &[u8], own: &Own<'_>) -> Result<ReceivedApproval, NotRead>;

    /// Our word on a document that was received, to be signed.
    fn approval(&self, approval: &Approval, now: Timestamp) -> Result<Unsigned, NotRead>;
}

/// Who receives, and whose word on certificates counts there.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    pub tax_id: &'a str,
    /// Without them a signature shows that its key signed, and its holder is not looked into.
    pub roots: Option<&'a Roots>,
}

/// A service between taxpayers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PeerService {
    pub door: Door,
    pub method: super::Method,
    /// In lower case and without accents; begins with a slash.
    pub path: &'static str,
}

impl PeerService {
    /// Whether a path means this one: clients write it in any case, with the accents of its words,
    /// and with slashes too many.
    pub fn is_at(&self, path: &str) -> bool {
        let asked = path.split('/').filter(|part| !part.is_empty());
        let own = self.path.split('/').filter(|part| !part.is_empty());
        own.eq(asked.map(folded).collect::<Vec<_>>().iter().map(String::as_str))
    }
}

/// Letters without case and without the accents of Latin vowels, composed or not.
fn folded(part: &str) -> String {
    let plain = |letter: char| match letter {
        'á' | 'à' | 'â' => Some('a'),
        'é' | 'è' | 'ê' => Some('e'),
        'í' | 'ì' | 'î' => Some('i'),
        'ó' | 'ò' | 'ô' => Some('o'),
        'ú' | 'ù' | 'û' => Some('u'),
        // Combining grave, acute and circumflex.
        '\u{300}'..='\u{302}' => None,
        other => Some(other),
    };
    part.chars().flat_map(char::to_lowercase).filter_map(plain).collect()
}

/// What a service between taxpayers is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Door {
    /// Gives out what is signed to get a token.
    Seed,
    /// Takes it signed, and gives a token.
    Token,
    /// Takes documents.
    Documents,
    /// Takes buyers' words on documents.
    Approvals,
}

/// How an answer is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnswerForm {
    Json,
    Xml,
}

/// A seed that was signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedSeed {
    pub value: String,
    pub signer: String,
}

/// A token as it is handed over.
#[derive(Clone, Copy, Debug)]
pub struct IssuedToken<'a> {
    pub token: &'a str,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A document as it came from its issuer, as far as it can be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceivedDocument {
    pub issuer_tax_id: String,
    /// As printed.
    pub number: String,
    /// The buyer that it names.
    pub buyer_tax_id: Option<String>,
    pub verdict: ReceivedVerdict,
}

/// Whether a document can be taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ReceivedVerdict {
    /// It can, unless it was received before: that is the ledger's to know.
    Sound(Box<DocumentFacts>),
    /// It cannot, and why, in words for the log.
    NotReceived(Motive, String),
}

/// What an inbox shows of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DocumentFacts {
    /// The authority's own code of the kind of document.
    pub kind: String,
    pub issuer_name: String,
    pub issued_on: Date,
    pub total: Amount,
    /// Whether its buyer may approve or reject it.
    pub takes_approval: bool,
    /// What its receiver shows to the authority to be told of it, beside its number.
    pub inquiry_code: String,
    pub signer: SignerFacts,
}

/// Who signed, and how well that is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignerFacts {
    /// What names the subject of the certificate: its tax number where it has one.
    pub name: String,
    /// The SHA-256 of the certificate: a name can be forged where nobody looks at its chain, the key
    /// cannot.
    pub certificate: Hash,
    pub standing: SignerStanding,
    pub chain: Chain,
}

/// Who the signer is to the taxpayer in whose name was signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SignerStanding {
    /// The certificate bears that taxpayer's own number.
    Party,
    /// Somebody else. Whether that taxpayer has delegated it is the authority's to know.
    Other,
}

impl SignerStanding {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Other => "other",
        }
    }
}

/// Whether the way from a certificate to a trusted root was looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Chain {
    /// It was, and it held.
    Checked,
    /// No roots were given to check it against.
    NotChecked,
}

impl Chain {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::NotChecked => "not_checked",
        }
    }
}

/// Why a document is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Motive {
    /// It breaks the format, or it is of a kind that is not handed to receivers.
    Specification,
    /// Its signature does not hold, or its signer is not to be believed.
    Signature,
    /// Another one with this number was received before.
    Duplicate,
    /// It is for somebody else.
    OtherBuyer,
}

impl Motive {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Specification => "specification",
            Self::Signature => "signature",
            Self::Duplicate => "duplicate",
            Self::OtherBuyer => "other_buyer",
        }
    }
}

/// What an acknowledgement says.
#[derive(Clone, Copy, Debug)]
pub struct Acknowledged<'a> {
    /// Who acknowledges.
    pub own_tax_id: &'a str,
    pub document: &'a ReceivedDocument,
    /// None where it was taken.
    pub motive: Option<Motive>,
    pub at: Timestamp,
}

/// A buyer's word on a document of ours, whose signature holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceivedApproval {
    pub buyer_tax_id: String,
    /// Of our document, as printed.
    pub number: String,
    pub issued_on: Date,
    pub total: Amount,
    pub decision: Decision,
    pub signer: SignerFacts,
}

/// A document that waits for the signature of the taxpayer's key.
pub struct Unsigned {
    to_sign: Vec<u8>,
    finish: Finish,
}

type Finish = Box<dyn FnOnce(&Signed) -> Result<Vec<u8>, String> + Send>;

impl Unsigned {
    pub(crate) fn new(
        to_sign: Vec<u8>,
        finish: impl FnOnce(&Signed) -> Result<Vec<u8>, String> + Send + 'static,
    ) -> Self {
        Self { to_sign, finish: Box::new(finish) }
    }

    /// What the key signs.
    pub fn bytes(&self) -> &[u8] {
        &self.to_sign
    }

    /// The document with its signature, byte for byte as it goes out; or why the signature is none.
    pub fn finish(self, signed: &Signed) -> Result<Vec<u8>, String> {
        (self.finish)(signed)
    }
}

impl fmt::Debug for Unsigned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unsigned").finish_non_exhaustive()
    }
}

/// Why what came cannot be used at all, for its sender.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct NotRead(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_however_it_is_written() {
        let path = "/fe/recepcion/api/ecf";
        let service = PeerService { door: Door::Documents, method: crate::Method::Post, path };
        for asked in [
            "fe/recepcion/api/ecf",
            "/FE/Recepcion/api/eCF",
            "/fe/recepción/api/ecf/",
            "//fe/RECEPCIÓN/api//ecf",
            "fe/recepcio\u{301}n/api/ecf",
        ] {
            assert!(service.is_at(asked), "{asked}");
        }
        for other in ["", "fe/recepcion/api", "fe/recepcion/api/ecf/x", "fe/recepcioon/api/ecf"] {
            assert!(!service.is_at(other), "{other}");
        }
    }
}

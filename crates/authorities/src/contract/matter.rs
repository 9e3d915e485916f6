//! What an authority is told of, or asked.

use invoice::{Amount, Invoice, SecurityElements};
use jiff::civil::Date;

use super::request::Audience;

/// What an authority is to be told of, or asked. A channel that has no way for one says so with a
/// refusal.
#[derive(Clone, Copy, Debug)]
pub enum Matter<'a> {
    /// An invoice with its number.
    Invoice(Numbered<'a>),
    /// Numbers that will never be used.
    Annulment(&'a Annulment),
    /// A buyer's word on a document that it received.
    Approval(&'a SignedApproval),
    /// What it says of a document that came from another taxpayer.
    Inquiry(&'a Inquiry),
    /// How things stand: the token's life, today's rates of exchange, its tables.
    Survey { tax_id: &'a str },
    /// A session, for requests that want one. Comes to its end without one of its own.
    Session { audience: &'a Audience, tax_id: &'a str },
}

impl Matter<'_> {
    /// In a word, for refusals and logs.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Invoice(_) => "invoice",
            Self::Annulment(_) => "annulment",
            Self::Approval(_) => "approval",
            Self::Inquiry(_) => "inquiry",
            Self::Survey { .. } => "survey",
            Self::Session { .. } => "session",
        }
    }
}

/// An invoice with its number, and what has become known of it.
#[derive(Clone, Copy, Debug)]
pub struct Numbered<'a> {
    pub invoice: &'a Invoice,
    pub number: &'a str,
    /// The last day of the number, where it is of a range that the authority gave out for a time.
    pub number_expires: Option<Date>,
    /// What was sealed, once it is: the document that goes out is this one and no other.
    pub elements: Option<&'a SecurityElements>,
    /// Where the invoice that this one corrects stands; none where it corrects none of ours.
    pub original: Option<Standing>,
    /// The authority cannot be reached, as it is to be sealed. Afterwards the elements tell.
    pub is_cut_off: bool,
}

impl<'a> Numbered<'a> {
    /// One that was just numbered.
    pub const fn new(invoice: &'a Invoice, number: &'a str) -> Self {
        Self {
            invoice,
            number,
            number_expires: None,
            elements: None,
            original: None,
            is_cut_off: false,
        }
    }
}

/// Where an invoice stands with its authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// The authority has not answered yet.
    Pending,
    Acknowledged,
    Refused,
}

/// Numbers that will never be used: never given to a document, or to one that was never sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Annulment {
    /// The taxpayer's, whose numbers they are.
    pub tax_id: String,
    pub runs: Vec<NumberRun>,
    /// The document as it was signed before, which may have left: it goes out again, and no other is
    /// made.
    pub signed: Option<String>,
}

/// A run of numbers of one kind of document, as printed, both ends in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NumberRun {
    /// The authority's own code of the kind of document.
    pub kind: String,
    pub first: String,
    pub last: String,
}

/// A buyer's word on a document that it received from another taxpayer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Approval {
    /// The buyer's, who approves or rejects.
    pub tax_id: String,
    /// Of the one who issued the document.
    pub issuer_tax_id: String,
    /// The document's number, as printed.
    pub number: String,
    pub issued_on: Date,
    pub total: Amount,
    pub decision: Decision,
}

/// A buyer's word as it was signed: it goes out byte for byte, and no other is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedApproval {
    /// The buyer's, who approves or rejects.
    pub tax_id: String,
    /// Of the one who issued the document.
    pub issuer_tax_id: String,
    /// The number of the document that it is about, as printed.
    pub number: String,
    /// As signed.
    pub document: String,
    pub way: ApprovalWay,
}

/// How far an approval came before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ApprovalWay {
    Unsent,
    /// It was sent, and the answer is not known.
    MayHaveLeft,
    /// The authority took it, with these words; the issuer is still to know.
    Taken(String),
}

/// What a buyer says of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    Approved,
    /// Why, for the issuer.
    Rejected(String),
}

/// A document of another taxpayer that its receiver asks the authority about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inquiry {
    /// The receiver's, who asks.
    pub tax_id: String,
    /// Of the one who issued the document.
    pub issuer_tax_id: String,
    /// As printed.
    pub number: String,
    /// What shows that the document is at hand: [`super::DocumentFacts::inquiry_code`].
    pub code: String,
    /// What the document says is owed.
    pub total: Amount,
}

/// What an authority says of a document that was received.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    pub state: FoundState,
    /// The authority's own, for people.
    pub words: String,
}

/// Where a received document stands with the authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FoundState {
    /// The authority knows of no such document yet.
    NotFound,
    /// It has not judged it yet.
    InProcess,
    Accepted,
    /// It counts, and something about it should be done better.
    AcceptedConditionally,
    Rejected,
    /// The authority has accepted it with another total.
    Differs,
    /// The authority cannot be asked here.
    Untold,
}

//! What a law allows while an invoice cannot be sent, or cannot even be issued.

use invoice::{Draft, Fault, Invoice};
use jiff::civil::Date;

/// By when an invoice has to be with the authority, where its law sets a time for the way in which
/// it was issued.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SendingTerm {
    pub mode: SendingMode,
    /// Hours from its sealing on.
    pub hours: u16,
}

/// Why an invoice may be sent later than it was issued.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SendingMode {
    /// The authority could not be reached.
    Contingency,
    /// The authority has allowed it to this taxpayer.
    Deferred,
}

impl SendingMode {
    /// The name of the detail among an invoice's security elements that says `true` of it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contingency => "contingency",
            Self::Deferred => "deferred",
        }
    }
}

/// Receipts on paper, for an outlet that can issue nothing else, and the invoices that stand for them
/// afterwards.
pub trait PaperReceipts: Send + Sync {
    fn terms(&self) -> PaperTerms;

    /// What is wrong with the number of a receipt on paper, at `/number`.
    fn check_number(&self, number: &str) -> Result<(), Fault>;

    /// The draft of the invoice that stands for a receipt on paper: what was sold, and the name of
    /// the receipt. What a draft says of such a name itself is a fault.
    fn standing_for(&self, sold: Draft, paper: &Paper<'_>) -> Result<Draft, Vec<Fault>>;

    /// The number of the receipt on paper that an invoice stands for, if it does.
    fn stood_for(&self, invoice: &Invoice) -> Option<String>;
}

/// How long a law lets paper stand for itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PaperTerms {
    /// Days on which receipts may be on paper, the first among them.
    pub issuing_days: u16,
    /// Days from a receipt's date on, within which an invoice is to stand for it.
    pub standing_days: u16,
}

/// A receipt on paper, by its name.
#[derive(Clone, Copy, Debug)]
pub struct Paper<'a> {
    /// As printed.
    pub number: &'a str,
    pub issued_on: Date,
}

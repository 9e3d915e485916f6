//! Whose numbers an authority's documents bear.

/// From which series an invoice takes its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SeriesRule {
    /// The outlet's own, by its template, which begins anew each fiscal year.
    Yearly,
    /// A range of this kind that the authority gave out to the taxpayer, and of which the outlet has
    /// a share.
    Authorised(&'static RangeKind),
}

/// A document that a draft's section refers to by its number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Referred {
    /// As printed.
    pub number: String,
    /// Where in the draft it stands.
    pub pointer: &'static str,
}

/// A kind of numbers that an authority gives out in ranges, and how one is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RangeKind {
    /// The authority's own code of it, without a slash.
    pub code: &'static str,
    /// What the authority calls documents of it.
    pub label: &'static str,
    /// What stands before the digits.
    pub prefix: &'static str,
    /// How many digits follow, leading zeros among them: 1 to 18.
    pub width: u8,
    /// Whether the numbers have a last day on which they may be given to a document.
    pub expires: bool,
}

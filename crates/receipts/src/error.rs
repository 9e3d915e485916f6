//! What can go wrong on the way to paper.

/// Why a receipt, or a part of one, could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A figure is not a plain decimal of at most 28 digits.
    #[error(
        "`{0}` is not a figure: write digits, at most one point, at most 28 digits in all and \
         at most 9 after the point"
    )]
    NotADecimal(String),
    /// The figures of a column add up to more than can be written.
    #[error("the sum of the lines has more digits than a receipt can hold: check the amounts")]
    SumTooLarge,
    /// A security code is empty, too long, or holds something else than letters and digits.
    #[error("`{0}` is not a code: give 1 to 64 letters and digits, dashes are ignored")]
    NotACode(String),
    /// A QR payload is empty or holds more than a symbol of that error correction can.
    #[error("a QR code cannot hold {bytes} bytes at level {level}: shorten the payload")]
    PayloadTooLong {
        /// Length of the refused payload, in bytes.
        bytes: usize,
        /// The letter of the error correction level asked for.
        level: char,
    },
    /// An amount lies outside what can be written in words.
    #[error(
        "an amount of {0} hundredths cannot be written in words: \
         it must lie between 0 and 999 999 999 999 999.99"
    )]
    NotInWords(i128),
    /// No country's template lays out invoices of this regime.
    #[error("no receipt is known for invoices of the regime {0}")]
    NoTemplate(&'static str),
    /// The PDF writer refused the document; it names the rule of PDF/A-2u that was broken.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
}

//! What a receipt's file carries for whoever checks it: the invoice as it was sealed, and the proof
//! that its seal is in the outlet's log.
//!
//! A PDF has them as two attached files and an HTML page as an element that nothing draws. The
//! reader here takes any file for hostile: it is found by plain scanning and no more of it is
//! unpacked than a receipt of ours can have.

mod html;
mod pdf;

use invoice::Json;

pub(crate) use html::element;

/// The invoice and its proof. Whoever reads them knows nothing yet: the proof has to be verified, and
/// the invoice held against the hash that it proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// In the form c2sp.org/tlog-proof.
    pub proof: String,
    /// In the schema `stalela.invoice/1`; its canonical bytes are what was hashed.
    pub invoice: Json,
}

impl Carried {
    /// Reads what a file carries; none where it is a receipt's file, and carries nothing.
    pub fn find(file: &[u8]) -> Result<Option<Self>, CarriedError> {
        if file.len() > FILE_BYTES_MAX {
            return Err(CarriedError::TooLong);
        }
        if is_pdf(file) {
            pdf::find(file)
        } else if is_page(file) {
            html::find(file)
        } else {
            Err(CarriedError::NoReceipt)
        }
    }

    /// Whether a file is of a kind that [`Self::find`] reads.
    pub fn may_be_in(file: &[u8]) -> bool {
        is_pdf(file) || is_page(file)
    }

    fn of(proof: &[u8], invoice: &[u8]) -> Result<Self, CarriedError> {
        let proof = std::str::from_utf8(proof).map_err(|_| CarriedError::Malformed)?;
        let invoice = Json::parse(invoice).map_err(|_| CarriedError::Malformed)?;
        Self { proof: proof.to_owned(), invoice }.checked()
    }

    /// Only a tree that has canonical bytes has a hash.
    fn checked(self) -> Result<Self, CarriedError> {
        if self.invoice.is_canonical() { Ok(self) } else { Err(CarriedError::Malformed) }
    }
}

/// Why a file carries nothing that could be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CarriedError {
    /// Neither a PDF nor a page.
    #[error("this is neither a PDF nor an HTML page")]
    NoReceipt,
    /// It is longer than any receipt.
    #[error("a receipt's file has at most {FILE_BYTES_MAX} bytes, and this one has more")]
    TooLong,
    /// It carries several invoices or several proofs, which no receipt of ours does.
    #[error("the file carries more than one invoice or proof, and nobody knows which it means")]
    Several,
    /// One of the two is there without the other, cut off, or in no known form.
    #[error("what the file carries is not whole: an invoice and its proof belong together")]
    Malformed,
}

fn is_pdf(file: &[u8]) -> bool {
    // Mail and scanners put bytes before the header, and readers look for it in the first kilobyte.
    let head = &file[..file.len().min(1_024)];
    head.windows(PDF_HEAD.len()).any(|five| five == PDF_HEAD)
}

fn is_page(file: &[u8]) -> bool {
    let marked = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
    marked.trim_ascii_start().starts_with(b"<")
}

const PDF_HEAD: &[u8] = b"%PDF-";
/// The longest invoice that is taken (1 MiB as it is sealed) has some thousand pages: 12 MiB.
const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Of one part, unpacked: an invoice has at most 1 MiB, and a proof at most 2.
const PART_BYTES_MAX: usize = 2 * 1024 * 1024;

#[cfg(test)]
#[path = "carried/tests.rs"]
mod tests;

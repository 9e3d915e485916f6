//! What somebody was handed, in any of its forms.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use invoice::{Hash, Json};
use proof::ProofFile;
use receipts::Carried;

use crate::failure::Failure;

/// The sealed facts with their signature, and whatever came with them.
pub(super) struct Paper {
    pub(super) statement: Vec<u8>,
    pub(super) signature: [u8; 64],
    /// The invoice, where it is there, and the hash of its canonical bytes.
    pub(super) invoice: Option<(Json, Hash)>,
    pub(super) proof: Option<ProofFile>,
    /// Whether it is a file that people read, which may say something else than what it carries.
    pub(super) is_drawn: bool,
    /// The whole answer of the API, where it is one: it repeats what it carries.
    pub(super) answer: Option<Json>,
}

impl Paper {
    pub(super) fn read(given: &str) -> Result<Self, Failure> {
        if given.contains("/v/#") {
            let (statement, signature) = invoice::parse_verify_url(given).ok_or_else(|| {
                Failure::refused("this is not the whole address of a seal: scan the QR again")
            })?;
            let (invoice, proof, answer) = (None, None, None);
            return Ok(Self { statement, signature, invoice, proof, is_drawn: false, answer });
        }
        let bytes = bounded(Path::new(given))?;
        let paper = if bytes.trim_ascii_start().starts_with(b"{") {
            Self::of_answer(&bytes)
        } else if Carried::may_be_in(&bytes) {
            Self::of_receipt(&bytes)
        } else if ProofFile::may_be(&bytes) {
            Self::of_proof(&bytes)
        } else {
            Err(OTHER_FILE.to_owned())
        };
        paper.map_err(|why| Failure::refused(format!("{given}: {why}")))
    }

    fn of_proof(bytes: &[u8]) -> Result<Self, String> {
        let proof = ProofFile::parse(bytes).map_err(|error| error.to_string())?;
        let entry = ledger::entry_of_proof(&proof);
        let (statement, signature) = entry.ok_or("the proof does not carry its entry")?;
        let (statement, proof) = (statement.to_vec(), Some(proof));
        Ok(Self { statement, signature, invoice: None, proof, is_drawn: false, answer: None })
    }

    /// A PDF or a page, with what it carries.
    fn of_receipt(bytes: &[u8]) -> Result<Self, String> {
        let carried = Carried::find(bytes).map_err(|error| error.to_string())?;
        let Carried { proof, invoice } = carried.ok_or(CARRIES_NONE)?;
        let invoice = Some(hashed(&invoice)?);
        Ok(Self { invoice, is_drawn: true, ..Self::of_proof(proof.as_bytes())? })
    }

    /// The answer of the API: what was sealed, the seal, and the proof if it is there.
    fn of_answer(bytes: &[u8]) -> Result<Self, String> {
        let tree = Json::parse(bytes).map_err(|error| error.to_string())?;
        let seal =
            tree.member("seal").ok_or("there is no seal in it: the invoice is not sealed")?;
        let url = seal.member("verify_url").and_then(Json::as_str);
        let (statement, signature) =
            url.and_then(invoice::parse_verify_url).ok_or("the seal has no verify_url")?;
        let invoice = tree.member("invoice").ok_or("the invoice that was sealed is not in it")?;
        let invoice = Some(hashed(invoice)?);
        let proof = match tree.member("proof").and_then(Json::as_str) {
            None => None,
            Some(text) => {
                Some(ProofFile::parse(text.as_bytes()).map_err(|error| error.to_string())?)
            }
        };
        Ok(Self { statement, signature, invoice, proof, is_drawn: false, answer: Some(tree) })
    }
}

fn hashed(invoice: &Json) -> Result<(Json, Hash), String> {
    if !invoice.is_canonical() {
        return Err("the invoice holds a number that no sealed one can hold".to_owned());
    }
    Ok((invoice.clone(), Hash::of_invoice(&invoice.to_canonical_bytes())))
}

/// The whole file, or none of it.
fn bounded(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    let length = read.map_err(|error| Failure::of_input(path, &error))?;
    if u64::try_from(length).is_ok_and(|length| length <= BYTES_MAX) {
        return Ok(bytes);
    }
    let path = path.display();
    Err(Failure::refused(format!("{path}: more than {BYTES_MAX} bytes, which no receipt has")))
}

const CARRIES_NONE: &str = "\
this file carries no proof. Receipts carry one from the moment when their invoice is sealed, but those \
of older versions do not, and programs that print a file anew leave it out. Get the receipt again, or \
the proof by itself (GET /v1/invoices/{id}/proof), or give the address that the QR holds";
const OTHER_FILE: &str = "\
this is no file that can carry a proof: receipts in text or for a thermal printer hold none, nor do \
pictures. Give the receipt as PDF or HTML, the proof by itself (GET /v1/invoices/{id}/proof), the JSON \
of the invoice as the API answers it, or the address that the QR holds, in quotes";
/// A file of 32 MiB holds the longest receipt several times over.
const BYTES_MAX: u64 = 32 * 1024 * 1024;

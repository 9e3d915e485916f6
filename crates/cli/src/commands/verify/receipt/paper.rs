//! What somebody was handed, in any of its forms.

use std::path::Path;

use invoice::{Hash, Json};
use proof::ProofFile;

use crate::failure::Failure;
use crate::input;

/// The sealed facts with their signature, and whatever came with them.
pub(super) struct Paper {
    pub(super) statement: Vec<u8>,
    pub(super) signature: [u8; 64],
    /// The hash of the invoice's canonical bytes, where the invoice is there.
    pub(super) payload: Option<Hash>,
    pub(super) proof: Option<ProofFile>,
}

impl Paper {
    pub(super) fn read(given: &str) -> Result<Self, Failure> {
        if given.contains("/v/#") {
            let (statement, signature) = invoice::parse_verify_url(given).ok_or_else(|| {
                Failure::refused("this is not the whole address of a seal: scan the QR again")
            })?;
            return Ok(Self { statement, signature, payload: None, proof: None });
        }
        let file = Path::new(given);
        let bytes = input::read(file)?;
        let refused = |why: &str| Failure::refused(format!("{given}: {why}"));
        if bytes.trim_ascii_start().starts_with(b"{") {
            return Self::of_invoice(&bytes).map_err(|why| refused(&why));
        }
        let proof = ProofFile::parse(&bytes).map_err(|error| Failure::of_input(file, &error))?;
        Self::of_proof(proof).ok_or_else(|| refused("the proof does not carry its entry"))
    }

    fn of_proof(proof: ProofFile) -> Option<Self> {
        let (statement, signature) = ledger::entry_of_proof(&proof)?;
        let statement = statement.to_vec();
        Some(Self { statement, signature, payload: None, proof: Some(proof) })
    }

    /// The answer of the API: what was sealed, the seal, and the proof if it is there.
    fn of_invoice(bytes: &[u8]) -> Result<Self, String> {
        let tree = Json::parse(bytes).map_err(|error| error.to_string())?;
        let seal =
            tree.member("seal").ok_or("there is no seal in it: the invoice is not sealed")?;
        let url = seal.member("verify_url").and_then(Json::as_str);
        let (statement, signature) =
            url.and_then(invoice::parse_verify_url).ok_or("the seal has no verify_url")?;
        let payload = tree.member("invoice").ok_or("the invoice that was sealed is not in it")?;
        let payload = Some(Hash::of_invoice(&payload.to_canonical_bytes()));
        let proof = match tree.member("proof").and_then(Json::as_str) {
            None => None,
            Some(text) => {
                Some(ProofFile::parse(text.as_bytes()).map_err(|error| error.to_string())?)
            }
        };
        Ok(Self { statement, signature, payload, proof })
    }
}

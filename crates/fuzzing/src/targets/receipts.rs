//! Receipts as files, and what they carry.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use invoice::{Hash, Json, Statement};
use proof::ProofFile;
use receipts::Carried;

use super::told;
use crate::Target;

pub(super) const TARGET: Target =
    Target { name: "receipts", read, seeds, words: WORDS, limit: 256 * 1024, rounds: 3_000 };

fn read(bytes: &[u8]) {
    let found = Carried::find(bytes);
    assert!(Carried::may_be_in(bytes) || found.is_err(), "only receipts are read");
    let carried = match found {
        Ok(Some(carried)) => carried,
        Ok(None) => return,
        Err(why) => return told(why),
    };
    assert!(carried.proof.len() <= PART_BYTES_MAX, "a proof is bounded");
    let invoice = carried.invoice.to_canonical_bytes();
    let _ = Hash::of_invoice(&invoice);
    // A proof of the page is whatever text stands there, and one of a PDF is known by its beginning.
    if carried.proof.starts_with(PROOF_HEAD) && matches!(carried.invoice, Json::Object(_)) {
        let again = Carried::find(&pdf(&[&invoice, carried.proof.as_bytes()], packed));
        let again = again.expect("it was written so").expect("it was written so");
        assert_eq!(again.proof, carried.proof);
        assert_eq!(again.invoice.to_canonical_bytes(), invoice, "in whatever order it was read");
    }
    let Ok(proof) = ProofFile::parse(carried.proof.as_bytes()) else { return };
    let Some((statement, _)) = ledger::entry_of_proof(&proof) else { return };
    if let Ok(read) = Statement::parse(statement) {
        assert_eq!(read.to_bytes(), statement);
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let parts = [INVOICE.as_bytes(), PROOF.as_bytes()];
    let page =
        |inner: &str| format!("<!doctype html>\n<html><body><main></main>{inner}</body></html>");
    let element = serde_json::json!({
        "invoice": { "lines": [{ "name": "Riz", "amount": "1.00" }] }, "proof": PROOF,
    });
    let element =
        format!("<script type=\"application/json\" id=\"stalela-receipt\">{element}</script>\n");
    let bomb = vec![b'{'; 4 * PART_BYTES_MAX];
    vec![
        pdf(&parts, packed),
        pdf(&parts, <[u8]>::to_vec),
        pdf(&[&bomb, PROOF.as_bytes()], packed),
        pdf(&parts[..1], packed),
        page(&element).into_bytes(),
        page(&element.repeat(2)).into_bytes(),
        page("").into_bytes(),
    ]
}

fn packed(content: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(content).expect("memory takes all");
    packer.finish().expect("memory takes all")
}

/// A file with such attachments, and no page: the reader looks for no page.
fn pdf(parts: &[&[u8]], write: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let filter = if write(b"a") == b"a" { "" } else { "/Filter /FlateDecode" };
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    for (number, part) in parts.iter().enumerate() {
        let content = write(part);
        let length = content.len();
        let head = format!(
            "{number} 0 obj\n<< /Length {length} /Type /EmbeddedFile /Subtype /text#2Fplain \
             /Params << /Size {} /ModDate (D:20261120\\(\\)) >> {filter} >>\nstream\n",
            part.len(),
        );
        file.extend([head.as_bytes(), &content, b"\nendstream\nendobj\n"].concat());
    }
    file.extend(b"trailer\n<< /Root 1 0 R >>\n%%EOF\n");
    file
}

const INVOICE: &str = r#"{"lines":[{"amount":"1.00","name":"Riz"}],"schema":"stalela.invoice/1"}"#;
const PROOF: &str = "c2sp.org/tlog-proof@v1\nextra AAFh\nindex 0\n\na.example/log\n1\n\
                     Fbks1gKdKDq1VSTrFbFJYg8jHGTu4XvzxXyUWUGnTS0=\n\n\u{2014} a.example/log AAAAAAAA\n";
const PROOF_HEAD: &str = "c2sp.org/tlog-proof@";
/// As the reader has it.
const PART_BYTES_MAX: usize = 2 * 1024 * 1024;

const WORDS: &[&str] = &[
    "%PDF-1.7",
    " 0 obj",
    "obj",
    "<<",
    ">>",
    "[",
    "]",
    "(",
    ")",
    "\\",
    "stream\n",
    "\nendstream",
    "/Type /EmbeddedFile",
    "/EmbeddedFile",
    "/EmbeddedFiles",
    "/Filter /FlateDecode",
    "/Filter [/FlateDecode]",
    "/Filter /ASCII85Decode",
    "/Length 0",
    "/Length 99999999999999999999",
    "/Length 7 0 R",
    "<script",
    "</script>",
    "id=\"stalela-receipt\"",
    "<!doctype html>",
    "\"invoice\":",
    "\"proof\":",
    "\\u003c",
    "1.5",
    "c2sp.org/tlog-proof@v1\n",
];

//! What other taxpayers send: documents, seeds and approvals, read and acknowledged.

use authorities::{
    Acknowledged, Motive, NotRead, Own, PeerService, ReceivedVerdict, Receiving, Roots, Signed,
    names, receiving_named,
};
use std::sync::LazyLock;

use super::world::now;
use super::{matters, told};
use crate::Target;
use crate::material::{AUTHORITY, BUYER, PERSON, pem, signature, signed};

pub(super) const TARGET: Target =
    Target { name: "received", read, seeds, words: WORDS, limit: 256 * 1024, rounds: 600 };

static ROOTS: LazyLock<Roots> = LazyLock::new(|| {
    Roots::parse_pem(pem("CERTIFICATE", AUTHORITY).as_bytes()).expect("it is a root")
});

fn read(bytes: &[u8]) {
    for receiving in names().into_iter().filter_map(receiving_named) {
        for roots in [None, Some(&*ROOTS)] {
            let own = Own { tax_id: BUYER, roots };
            seed(receiving.read_seed(bytes, roots, now()));
            document(receiving, bytes, &own);
            match receiving.read_approval(bytes, &own) {
                Ok(approval) => assert!(receiving.is_tax_id(&approval.buyer_tax_id)),
                Err(NotRead(why)) => told(why),
            }
        }
        let path = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
        let is_there = |service: &&PeerService| service.is_at(&path);
        assert!(receiving.services().iter().filter(is_there).count() <= 1, "a path is one door's");
    }
}

fn seed(read: Result<authorities::SignedSeed, NotRead>) {
    match read {
        Ok(seed) => assert!(!seed.value.is_empty() && !seed.signer.is_empty()),
        Err(NotRead(why)) => told(why),
    }
}

/// Whatever was made of it, an answer can be made, signed and read.
fn document(receiving: &dyn Receiving, bytes: &[u8], own: &Own<'_>) {
    let document = match receiving.read_document(bytes, own) {
        Ok(document) => document,
        Err(NotRead(why)) => return told(why),
    };
    for text in [&document.issuer_tax_id, &document.number] {
        assert!(text.len() <= ledger::TEXT_BYTES_MAX, "{} bytes cannot be kept", text.len());
    }
    let motive = match &document.verdict {
        ReceivedVerdict::Sound(_) => None,
        ReceivedVerdict::NotReceived(motive, words) => {
            told(words);
            Some(*motive)
        }
    };
    for motive in [motive, Some(Motive::Duplicate)] {
        let answer = Acknowledged { own_tax_id: BUYER, document: &document, motive, at: now() };
        let unsigned = receiving.acknowledgement(&answer);
        let signature = signature(unsigned.bytes());
        let signed = Signed { signature, certificate: Some(PERSON.to_vec()) };
        unsigned.finish(&signed).expect("it can be acknowledged");
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> =
        [matters::seed(), matters::approval()].iter().map(|xml| signed(xml)).collect();
    all.extend(["31", "41", "45", "46"].map(|kind| signed(&matters::document(kind, 1))));
    all.push(matters::document("31", 1).into_bytes());
    all.push(b"/fe/recepci\xc3\xb3n/api/ecf".to_vec());
    all
}

const WORDS: &[&str] = &[
    "<ECF>",
    "<ACECF>",
    "<SemillaModel>",
    "E310000000001",
    "E340000000001",
    "101000001",
    "131000002",
    "25-11-2026",
    "99-99-9999",
    "1180.00",
    "<Signature",
    "</Encabezado>",
    "<Comprador/>",
    "<RNCComprador>",
    "<MontoTotal>",
    "<TipoeCF>34</TipoeCF>",
    "<FechaHoraFirma>",
    "/fe/",
    "%2F",
    "\u{301}",
    "Ó",
];

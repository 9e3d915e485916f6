//! Drafts: JSON from a caller, read, priced by every authority, and written for the ledger.

use invoice::{Draft, Fault, Invoice, Json, Language};

use super::world::{AUTHORITIES, facts};
use super::{seeds, told};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "drafts",
    read,
    seeds: seeds::drafts,
    words: WORDS,
    limit: 256 * 1024,
    rounds: 1_500,
};

fn read(bytes: &[u8]) {
    let tree = match Json::parse(bytes) {
        Ok(tree) => tree,
        Err(error) => {
            assert!(error.line() > 0, "a refusal has a place");
            return told(error);
        }
    };
    if tree.is_canonical() {
        let written = tree.to_canonical_bytes();
        let again = Json::parse(&written).expect("what is written is read");
        assert_eq!(again.to_canonical_bytes(), written, "there is one canonical form");
    }
    match Draft::read(&tree) {
        Err(faults) => blamed(&faults, &tree),
        Ok(draft) => price(&draft, &tree),
    }
}

/// Whoever prices it, what comes out is read again as it was written.
fn price(draft: &Draft, tree: &Json) {
    for authority in AUTHORITIES.iter() {
        let invoice = match authority.price(draft, &facts()) {
            Ok(invoice) => invoice,
            Err(faults) => {
                blamed(&faults, tree);
                continue;
            }
        };
        let faults = authority.check(&invoice);
        if !faults.is_empty() {
            blamed(&faults, tree);
        }
        authority.series(&invoice);
        authority.sending_term(&invoice, false);
        let written = invoice.canonical_bytes();
        let again = Invoice::from_canonical(&written).expect("what is written is read");
        assert!(again == invoice, "it is read as it was written");
    }
}

/// A code, words in each language, and a place in the document.
fn blamed(faults: &[Fault], tree: &Json) {
    assert!(!faults.is_empty(), "a refusal says why");
    for fault in faults {
        assert!(!fault.code().is_empty());
        told(fault);
        for language in [Language::French, Language::Spanish, Language::English] {
            told(fault.message(language));
        }
        let parent = fault.pointer().rsplit_once('/').map_or("", |(parent, _)| parent);
        let is_pointer = fault.pointer().is_empty() || fault.pointer().starts_with('/');
        assert!(is_pointer && stands(tree, parent), "{:?} is no place", fault.pointer());
    }
}

/// Whether a pointer leads somewhere; what is missing has a parent that may be missing too.
fn stands(tree: &Json, pointer: &str) -> bool {
    let mut value = tree;
    for part in pointer.split('/').skip(1) {
        let key = part.replace("~1", "/").replace("~0", "~");
        let next = match value {
            Json::Array(items) => key.parse().ok().and_then(|index: usize| items.get(index)),
            other => other.member(&key),
        };
        match next {
            Some(next) => value = next,
            None => return true,
        }
    }
    true
}

const WORDS: &[&str] = &[
    "{",
    "[",
    "\"",
    "{\"a\":",
    "[[",
    "null,",
    "\"lines\":[",
    "\"kind\":\"sale\"",
    "\"do\":{",
    "tax_included",
    "tax_excluded",
    "\"tax_group\":\"A\"",
    "\"unit_price\":\"1\"",
    "\"quantity\":",
    "\"specific_tax\":{\"percent\":\"1\"}",
    "\"discount\":{",
    "\"credit\":{",
    "\"payments\":[",
    "\"exchange\":{\"currency\":\"USD\",\"rate\":\"2300\"}",
    "consumer_invoice",
    "credit_note",
    "\\u0000",
    "\\ud800",
    "1e1",
    "-",
    "99999999999999.99",
];

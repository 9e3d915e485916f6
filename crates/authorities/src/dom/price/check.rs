//! The format's own check, on the document that the draft would become: with a number that stands
//! for the one to come, before there is one.

use invoice::{Fault, Timestamp};

use super::Pricing;
use super::assemble::Priced;
use super::entry::Entry;
use super::places::Places;
use crate::dom::compose::{Issue, compose_written};
use crate::dom::ecf::document::Encf;
use crate::dom::ecf::schema::{Kind, check_obligatoriness, check_unsigned, is_flawless};

impl Pricing<'_> {
    pub(super) fn check_document(&mut self, priced: &Priced, entries: &[Entry]) {
        let issue = Issue {
            encf: Encf::new(self.document_type, 1).expect("one is a number of every type"),
            sequence_expires: Some(self.issued_on),
            deferred: false,
            signed_at: Timestamp::from_micros(0),
        };
        let Priced { invoice, written } = priced;
        let document = compose_written(invoice, written, &issue);
        let document = document.expect("this regime has just priced it");
        let kind = Kind::Ecf(self.document_type);
        if is_flawless(kind, &document) {
            return;
        }
        let mut found = check_unsigned(kind, &document);
        found.extend(check_obligatoriness(kind, &document));
        let places = Places { draft: self.draft, entries };
        for fault in &found {
            let fault = fault.at(places.pointer(&fault.path, &fault.element));
            // An amount and the table behind it come of one field, and it is told of once.
            let same =
                |noted: &Fault| noted.code() == fault.code() && noted.pointer() == fault.pointer();
            if is_of_whole(fault.pointer()) || !self.faults.iter().any(same) {
                self.note(fault);
            }
        }
    }
}

/// Places that stand for many elements, each of which is told.
fn is_of_whole(pointer: &str) -> bool {
    matches!(pointer, "" | "/lines" | "/customer")
}

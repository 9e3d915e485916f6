//! What left without an answer: nobody sends it again before having asked what became of it.

use std::collections::BTreeMap;

use authorities::{Request, Response};

use super::read::{Document, member};

/// Kept at the line, since only there it is known what left and what came back.
pub(crate) struct Doubts {
    /// What became of a summary can be asked for.
    pub(crate) asks_for_summaries: bool,
    /// Documents that may have arrived, by number and code, and whether somebody has asked since.
    open: BTreeMap<(String, String), bool>,
    pub(super) complaints: Vec<String>,
}

impl Default for Doubts {
    fn default() -> Self {
        Self { asks_for_summaries: true, open: BTreeMap::new(), complaints: Vec::new() }
    }
}

impl Doubts {
    pub(crate) fn leaves(&mut self, request: &Request) {
        if let Some(document) = Document::of(request) {
            let can_be_asked = !document.is_summary || self.asks_for_summaries;
            let number = document.number.clone();
            let before = self.open.insert((document.number, document.code), false);
            if before == Some(false) && can_be_asked {
                self.complaints.push(format!(
                    "invariant 5: {number} is sent again, and nobody has asked what became of it"
                ));
            }
        }
        let asked = ["encf", "ncfelectronico"].iter().find_map(|name| member(&request.path, name));
        if let Some(number) = asked {
            self.is_asked(&number);
        }
    }

    /// Somebody asked, on the line or on the portal.
    pub(super) fn is_asked(&mut self, number: &str) {
        for ((of, _), is_asked) in &mut self.open {
            *is_asked |= of == number;
        }
    }

    /// A service's own answer leaves nothing open; a server's in front of it does.
    pub(crate) fn is_answered(&mut self, request: &Request, answer: &Response) {
        if answer.status < 500
            && let Some(Document { number, code, .. }) = Document::of(request)
        {
            self.open.remove(&(number, code));
        }
    }
}

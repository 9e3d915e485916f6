//! What an invoice is to the channel once it is sealed.

use invoice::SecurityElements;

use super::body::Body;
use super::phase::{Means, Said};
use super::status::{State, Status, is_duplicate, messages, number_used, speaks_of_use};
use crate::contract::{NumberFate, Numbered, Refusal, RefusalKind, Trouble};
use crate::dom::ecf::document::{DocumentType, Encf, Rnc, file_name};
use crate::dom::price::CONSUMER_THRESHOLD;
use crate::dom::xml::Document;

/// The detail under which the security code is kept: it is a part of the signature, and two
/// documents may bear the same.
pub(super) const SECURITY_CODE: &str = "security_code";

/// A sealed invoice, as much of it as a delivery needs.
#[derive(Clone, Copy)]
pub(super) struct Sealed<'a> {
    pub(super) elements: &'a SecurityElements,
    /// The signed document, byte for byte.
    pub(super) text: &'a str,
    pub(super) security_code: &'a str,
    pub(super) issuer: &'a str,
    pub(super) number: &'a str,
    pub(super) document_type: DocumentType,
    /// Only its summary goes to the DGII.
    pub(super) is_summarised: bool,
}

impl<'a> Sealed<'a> {
    /// Nothing where the invoice was not sealed by this channel.
    pub(super) fn of(numbered: &Numbered<'a>) -> Option<Self> {
        let elements = numbered.elements?;
        let document_type = Encf::parse(numbered.number).ok()?.document_type();
        let is_small = numbered.invoice.totals().total < CONSUMER_THRESHOLD;
        Some(Self {
            elements,
            text: elements.document.as_deref()?,
            security_code: elements.detail(SECURITY_CODE)?,
            issuer: &numbered.invoice.seller().tax_id,
            number: numbered.number,
            document_type,
            is_summarised: document_type == DocumentType::Consumer && is_small,
        })
    }

    pub(super) fn file_name(&self) -> String {
        match (Rnc::parse(self.issuer), Encf::parse(self.number)) {
            (Ok(issuer), Ok(encf)) => file_name(&issuer, encf),
            _ => format!("{}{}.xml", self.issuer, self.number),
        }
    }

    /// The buyer's number, as the document itself bears it.
    pub(super) fn buyer(&self) -> Option<String> {
        let document = Document::parse(self.text.as_bytes()).ok()?;
        let buyer = document.root().value_at("Encabezado/Comprador/RNCComprador")?;
        Some(buyer.to_owned()).filter(|buyer| !buyer.is_empty())
    }

    /// What the ledger keeps of an answer about this document.
    pub(super) fn acknowledgement(&self, status: &Status, reply: &str) -> SecurityElements {
        let told: Vec<String> =
            status.messages.iter().map(super::status::Message::to_text).collect();
        let details = [
            ("status", Some(status.state.as_str().to_owned())),
            ("messages", Some(told.join("\n")).filter(|told| !told.is_empty())),
            ("received_at", status.received_at.clone()),
        ];
        self.elements_of(details, reply)
    }

    /// The same code as the seal's, so that both are found by it.
    pub(super) fn elements_of<const N: usize>(
        &self,
        details: [(&str, Option<String>); N],
        reply: &str,
    ) -> SecurityElements {
        let details = details.into_iter();
        SecurityElements {
            code: self.elements.code.clone(),
            qr: None,
            details: details.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
            reply: reply.to_owned(),
            document: None,
        }
    }
}

/// What a rejection says. A number that it does not say to be unused is used; and one that is there
/// already is, whatever it says.
pub(super) fn rejection(status: &Status) -> Said {
    let (code, words) = status.said();
    let means = match (status.is_duplicate(), status.number_used) {
        (true, _) => Means::Duplicate,
        (false, Some(false)) => Means::NumberUnused,
        (false, Some(true) | None) => Means::NumberUsed,
    };
    Said { code, words, means }
}

/// The refusal that it comes to.
pub(super) fn refusal(Said { code, words, means }: Said) -> Refusal {
    let (kind, number) = match means {
        Means::NotTaken | Means::NumberUnused => (RefusalKind::Refused, NumberFate::Unused),
        Means::NumberUsed => (RefusalKind::Refused, NumberFate::Used),
        Means::Duplicate => (RefusalKind::Duplicate, NumberFate::Used),
    };
    // Whoever reads it must not look for words that were never said.
    let is_silent = code.is_empty() && words.trim().is_empty();
    let words = if is_silent { NO_REASON.to_owned() } else { words };
    Refusal { kind, code, words, number }
}

const NO_REASON: &str = "it was refused without a reason";

impl Said {
    /// What a service would not take.
    pub(super) fn not_taken(code: String, words: String) -> Self {
        Self { code, words, means: Means::NotTaken }
    }

    /// What a service turned away that was delivered to it. The request was not taken; that its
    /// number is free is believed only where the answer says so, or speaks of no use of it: a
    /// number that is taken, and given out again and again, would stop all issuing.
    pub(super) fn turned_away(body: &Body, Trouble { code, words }: Trouble) -> Self {
        let told = messages(body);
        let state = Status::read(body).map(|status| status.state);
        let means = match (is_duplicate(&told), number_used(body)) {
            (true, _) => Means::Duplicate,
            (false, Some(true)) => Means::NumberUsed,
            (false, Some(false)) => Means::NumberUnused,
            (false, None) if state.is_some() || speaks_of_use(&told) => Means::NumberUsed,
            (false, None) => Means::NotTaken,
        };
        Self { code, words, means }
    }
}

/// Whether an answer under a status of refusal tells another state than that of a refusal: then it
/// contradicts itself, and nobody knows.
pub(super) fn contradicts(body: &Body) -> bool {
    Status::read(body).is_some_and(|status| status.state != State::Rejected)
}

impl From<Trouble> for Said {
    fn from(Trouble { code, words }: Trouble) -> Self {
        Self::not_taken(code, words)
    }
}

impl From<Said> for Trouble {
    fn from(Said { code, words, .. }: Said) -> Self {
        Self { code, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by fuzzing: a refusal of an approval with neither a code nor a word.
    #[test]
    fn a_refusal_without_a_word_says_so() {
        let words = |code: &str, words: &str| {
            refusal(Said::not_taken(code.to_owned(), words.to_owned())).words
        };
        assert_eq!((words("", " ").as_str(), words("2", "").as_str()), (NO_REASON, ""));
        assert_eq!(words("", "no").as_str(), "no");
    }
}

//! Draft to invoice by the Dominican arithmetic (Formato e-CF v1.0, areas Totales and Item).
//!
//! A line is price times quantity less discounts plus surcharges, rounded once. A tax group is the
//! sum of its lines, without ITBIS, less and plus what adjusts the group; ITBIS is reckoned on the
//! group and the selective taxes on its lines. Nothing is numbered before the composed document
//! passes the format's own check.

mod adjust;
mod amounts;
mod assemble;
mod check;
mod entry;
mod exact;
mod excise;
mod lines;
mod parties;
mod payment;
mod places;
mod reference;
mod rules;
mod run;
mod taxes;
mod terms;
mod totals;
mod withhold;

#[cfg(test)]
mod tests;

use invoice::{Claim, Draft, Fault, Invoice, OriginalInvoice, PricingFacts, rule};
use jiff::civil::Date;

pub(super) use reference::{refers_to, type_of};
pub use rules::RULES;
pub use terms::Terms;

use self::entry::Entry;
use crate::dom::ecf::document::DocumentType;
use crate::dom::regime::document_type;
use crate::dom::section::Asked;

/// From this total on a consumer invoice goes to the DGII whole, and names its buyer (Formato e-CF,
/// `RNCComprador`); below it a summary goes.
pub const CONSUMER_THRESHOLD: invoice::Amount = invoice::Amount::from_units(25_000_000);

/// Prices a draft, or tells every fault of it.
pub fn price(draft: &Draft, facts: &PricingFacts, terms: &Terms) -> Result<Invoice, Vec<Fault>> {
    Pricing::of(draft, facts, terms)?.price()
}

/// What a note takes back of the document that it names: money of the whole, up to its total
/// (Formato e-CF, `MontoTotal`).
pub fn claims(original: &OriginalInvoice, correction: &Invoice) -> Vec<Claim> {
    let amount = correction.totals().total;
    let takes_back = document_type(correction.kind()) == Some(DocumentType::CreditNote);
    if !takes_back || !amount.is_positive() {
        return Vec::new();
    }
    vec![Claim::Total { amount, limit: original.invoice.totals().total }]
}

/// A draft on its way to an invoice, and what is wrong with it so far.
#[derive(Debug)]
struct Pricing<'a> {
    draft: &'a Draft,
    facts: &'a PricingFacts,
    terms: &'a Terms,
    asked: Asked,
    document_type: DocumentType,
    issued_on: Date,
    faults: Vec<Fault>,
}

impl<'a> Pricing<'a> {
    /// A draft whose shape is right, of a kind that there is.
    fn of(draft: &'a Draft, facts: &'a PricingFacts, terms: &'a Terms) -> Result<Self, Vec<Fault>> {
        let asked = Asked::of(draft);
        let Some(document_type) = document_type(&draft.kind) else {
            let mut faults = asked.err().unwrap_or_default();
            faults.push(unknown_kind(draft));
            return Err(faults);
        };
        let issued_on = draft.issued_on.unwrap_or(facts.today);
        let asked = asked?;
        Ok(Self { draft, facts, terms, asked, document_type, issued_on, faults: Vec::new() })
    }
}

impl Pricing<'_> {
    fn price(mut self) -> Result<Invoice, Vec<Fault>> {
        self.general();
        self.customer();
        self.payment_terms();
        self.reference();
        match self.lines().and_then(|entries| self.invoice(&entries)) {
            Some(invoice) if self.faults.is_empty() => return Ok(invoice),
            // Whatever else keeps a draft from being priced was noted where it was found.
            None if self.faults.is_empty() => self.note_too_large("/lines"),
            Some(_) | None => {}
        }
        Err(self.faults)
    }

    fn invoice(&mut self, entries: &[Entry]) -> Option<Invoice> {
        let totals = self.totals(entries)?;
        self.on_totals(&totals);
        let priced = self.assemble(entries, totals)?;
        if self.faults.is_empty() {
            self.check_document(&priced, entries);
        }
        Some(priced.invoice)
    }

    /// What holds for every document: its date, its currency and the one beside it.
    fn general(&mut self) {
        if self.issued_on > self.facts.today {
            let fault = Fault::new(rules::DATE_IN_FUTURE, "/issued_on");
            self.note(fault.with("today", self.facts.today));
        }
        let currency = crate::dom::regime::regime().currency;
        if self.draft.currency.as_deref().is_some_and(|stated| stated != currency) {
            self.note(Fault::new(rule::WRONG_CURRENCY, "/currency").with("expected", currency));
        }
        if self.draft.comments.len() > COMMENTS_MAX {
            self.note(Fault::new(rule::TOO_MANY, "/comments").with("maximum", COMMENTS_MAX));
        }
        self.exchange("/exchange", self.draft.exchange.as_ref());
    }

    fn note(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    fn note_at(&mut self, rule: &'static invoice::Rule, pointer: impl Into<String>) {
        self.note(Fault::new(rule, pointer));
    }

    fn note_too_large(&mut self, pointer: impl Into<String>) {
        let fault = Fault::new(rule::TOTAL_TOO_LARGE, pointer);
        self.note(fault.with("maximum", invoice::INTEGER_DIGITS_MAX));
    }

    fn note_unknown(&mut self, pointer: impl Into<String>, value: &str, allowed: &str) {
        let fault = Fault::new(rule::UNKNOWN_KEY, pointer);
        self.note(fault.with("value", value).with("allowed", allowed));
    }
}

/// A fault was noted that keeps a part from being priced.
struct Noted;

/// One text: `InformacionAdicionalEmisor`.
const COMMENTS_MAX: usize = 1;

fn unknown_kind(draft: &Draft) -> Fault {
    let kinds = crate::dom::regime::regime().document_kinds;
    let allowed: Vec<_> = kinds.iter().map(|kind| kind.coded.key).collect();
    let fault = Fault::new(rule::UNKNOWN_KEY, "/kind");
    fault.with("value", &draft.kind).with("allowed", allowed.join(", "))
}

//! The document that a note modifies, or that another document refers to (Formato e-CF,
//! `InformacionReferencia`).

use invoice::{Draft, Fault, OriginalInvoice};
use jiff::civil::Date;

use super::totals::Totals;
use super::{CONSUMER_THRESHOLD, Pricing, rules};
use crate::contract::Referred;
use crate::dom::ecf::document::{DocumentType, Encf};
use crate::dom::paper::NOT_SERIES_B;
use crate::dom::regime::{document_type, modification, regime};
use crate::dom::section::{Asked, Reference};

/// Days after which a credit note gives no ITBIS back (Formato e-CF, `IndicadorNotaCredito`).
const DAYS: i64 = 30;

/// What a draft says of the other document.
struct Named {
    number: Option<String>,
    issued_on: Option<Date>,
}

impl Pricing<'_> {
    /// Checks the reference, and completes it from the ledger's original.
    pub(super) fn reference(&mut self) {
        let nature = self.nature();
        let asked = self.asked.document.reference.clone();
        let is_note = self.document_type.is_note();
        match (&self.draft.credit, &asked) {
            (None, None) if is_note => {
                return self.note_at(invoice::rule::CREDIT_MISSING, "/credit");
            }
            (None, None) => return,
            (None, Some(_)) => return self.note_at(rules::REFERENCE_WITHOUT_NATURE, "/credit"),
            (Some(_), _) => {}
        }
        self.other_taxpayer(asked.as_ref());
        let named = self.named(asked.as_ref());
        if let Some(original) = &self.facts.original {
            self.against(original);
        }
        let earlier = named.issued_on.filter(|date| *date > self.issued_on);
        if let Some(date) = earlier {
            let fault = Fault::new(rules::DATES_REVERSED, "/issued_on");
            self.note(fault.with("earlier", date));
        }
        if let (Some(number), Some(nature)) = (&named.number, nature) {
            self.number_for(number, nature);
        }
        let mut reference = asked.unwrap_or_default();
        (reference.number, reference.issued_on) = (named.number, named.issued_on);
        self.asked.document.reference = Some(reference);
    }

    /// The code of modification, if the type takes it.
    fn nature(&mut self) -> Option<&'static str> {
        let credit = self.draft.credit.as_ref()?;
        let regime = regime();
        let keys = || regime.credit_natures.iter().map(|nature| nature.coded);
        let Some(code) = modification(&credit.nature) else {
            let allowed = keys().map(|coded| coded.key).collect::<Vec<_>>().join(", ");
            self.note_unknown("/credit/nature", &credit.nature, &allowed);
            return None;
        };
        let taken = natures_of(self.document_type);
        if !taken.contains(&code) {
            let allowed = keys().filter(|coded| taken.contains(&coded.code));
            let allowed = allowed.map(|coded| coded.key).collect::<Vec<_>>().join(", ");
            let fault = Fault::new(rules::NATURE_NOT_FOR_TYPE, "/credit/nature");
            self.note(fault.with("kind", &self.draft.kind).with("allowed", allowed));
        }
        Some(code)
    }

    fn named(&mut self, asked: Option<&Reference>) -> Named {
        let number = asked.and_then(|asked| asked.number.clone());
        let issued_on = asked.and_then(|asked| asked.issued_on);
        let is_named = self.draft.credit.as_ref().is_some_and(|credit| credit.original.is_some());
        match (&self.facts.original, is_named) {
            (Some(original), true) => {
                let doubled = [("number", number.is_some()), ("issued_on", issued_on.is_some())];
                for (field, _) in doubled.into_iter().filter(|(_, doubled)| *doubled) {
                    let pointer = format!("/do/reference/{field}");
                    self.note(Fault::new(rules::REFERENCE_TWICE, pointer).with("field", field));
                }
                Named {
                    number: Some(original.names.number.clone()),
                    issued_on: Some(original.invoice.issued_on()),
                }
            }
            (None, true) => {
                self.note_at(invoice::rule::ORIGINAL_MISSING, "/credit/original");
                Named { number, issued_on }
            }
            (Some(original), false) => self.found(original, issued_on),
            (None, false) => {
                if number.is_none() || issued_on.is_none() {
                    self.note_at(rules::REFERENCE_MISSING, "/credit/original");
                }
                Named { number, issued_on }
            }
        }
    }

    /// Whoever names another taxpayer names a document that this ledger cannot know, so it is not
    /// asked: the seller itself is no other one.
    fn other_taxpayer(&mut self, asked: Option<&Reference>) {
        let other = asked.and_then(|asked| asked.other_tax_id.as_deref());
        let seller = digits(&self.facts.seller.tax_id);
        if other.is_some_and(|other| digits(other) == seller) {
            self.note_at(rules::OTHER_IS_SELLER, "/do/reference/other_tax_id");
        }
    }

    /// The ledger holds what the reference names by its number: the date is the original's, whether
    /// the draft says it or not.
    fn found(&mut self, original: &OriginalInvoice, issued_on: Option<Date>) -> Named {
        let (number, expected) = (original.names.number.clone(), original.invoice.issued_on());
        if issued_on.is_some_and(|stated| stated != expected) {
            let fault = Fault::new(rules::REFERENCE_DATE_DIFFERS, "/do/reference/issued_on");
            self.note(fault.with("number", &number).with("expected", expected));
        }
        Named { number: Some(number), issued_on: Some(expected) }
    }

    /// The note and its original are the same customer's.
    fn against(&mut self, original: &OriginalInvoice) {
        let theirs = original.invoice.customer().tax_id.as_deref();
        let ours = self.draft.customer.tax_id.as_deref();
        if self.document_type.is_note() && theirs.is_some() && ours != theirs {
            let fault = Fault::new(rules::NOTE_FOR_OTHER_CUSTOMER, "/customer/tax_id");
            self.note(fault.with("original", theirs.unwrap_or_default()));
        }
    }

    fn number_for(&mut self, number: &str, nature: &str) {
        let pointer = self.naming();
        let Some(type_of) = type_of(number) else {
            return self.note_at(rules::NCF_SHAPE, pointer);
        };
        match nature {
            // What was issued in contingency was issued on paper (Decreto 587-24).
            CONTINGENCY if !number.starts_with('B') => self.note_at(NOT_SERIES_B, pointer),
            CONTINGENCY if type_of != self.document_type => {
                let fault = Fault::new(rules::NCF_NOT_EQUIVALENT, pointer);
                let fault = fault.with("expected", crate::dom::regime::document_kind(type_of));
                self.note(fault.with("type", type_of.code()));
            }
            CONSUMER if type_of != DocumentType::Consumer || !number.starts_with('E') => {
                self.note_at(rules::NOT_A_CONSUMER_INVOICE, pointer);
            }
            _ => {}
        }
    }

    /// Where the draft names the other document.
    fn naming(&self) -> &'static str {
        let is_named = self.draft.credit.as_ref().is_some_and(|credit| credit.original.is_some());
        if is_named { "/credit/original" } else { NUMBER }
    }

    /// Whether it modifies a consumer invoice that names its buyer. Of one that is not in the
    /// ledger nobody here knows the total.
    pub(super) fn is_on_large_consumer(&self) -> bool {
        self.facts.original.as_ref().is_some_and(|original| {
            document_type(original.invoice.kind()) == Some(DocumentType::Consumer)
                && original.invoice.totals().total >= CONSUMER_THRESHOLD
        })
    }

    /// Whether the credit note comes too late to give ITBIS back.
    pub(super) fn is_late(&self) -> bool {
        let reference = self.asked.document.reference.as_ref();
        let date = reference.and_then(|reference| reference.issued_on);
        self.document_type == DocumentType::CreditNote
            && date.is_some_and(|date| days_between(date, self.issued_on) > DAYS)
    }

    /// A credit note stays within its original, and a text correction changes nothing.
    pub(super) fn note_totals(&mut self, totals: &Totals) {
        let credit = self.draft.credit.as_ref();
        let nature = credit.and_then(|credit| modification(&credit.nature));
        if self.document_type.is_note() && nature == Some(TEXT) && !totals.total.is_zero() {
            self.note_at(rules::TEXT_CORRECTION_CHARGES, "/lines");
        }
        let original = self.facts.original.as_ref().map(|original| original.invoice.totals().total);
        let limit = original.filter(|_| self.document_type == DocumentType::CreditNote);
        if let Some(original) = limit.filter(|original| totals.total > *original) {
            let fault = Fault::new(rules::NOTE_ABOVE_ORIGINAL, "/lines");
            self.note(fault.with("total", totals.total).with("original", original));
        }
    }

    /// What can be said only once the sums are there.
    pub(super) fn on_totals(&mut self, totals: &Totals) {
        self.consumer(totals);
        self.note_totals(totals);
        self.paid(totals);
        self.worth_abroad("/exchange/rate", self.draft.exchange.as_ref(), totals.total);
    }
}

/// The e-NCF that a draft's section refers to, where the draft names no original and no other
/// taxpayer: a document of one's own, unless it is older than the ledger.
pub(in crate::dom) fn refers_to(draft: &Draft) -> Option<Referred> {
    let credit = draft.credit.as_ref()?;
    if credit.original.is_some() {
        return None;
    }
    // A section with faults refers to nothing yet: pricing tells them.
    let reference = Asked::of(draft).ok()?.document.reference?;
    let is_own = reference.other_tax_id.is_none();
    let number = reference.number.filter(|number| is_own && Encf::parse(number).is_ok())?;
    Some(Referred { number, pointer: NUMBER })
}

const NUMBER: &str = "/do/reference/number";

const TEXT: &str = "2";
const CONTINGENCY: &str = "4";
const CONSUMER: &str = "5";

/// 1, 2 and 3 are the notes', 5 the tax credit invoice's. A debit note adds, so it voids nothing:
/// the DGII refuses it.
const fn natures_of(document_type: DocumentType) -> &'static [&'static str] {
    match document_type {
        DocumentType::CreditNote => &["1", "2", "3", "4"],
        DocumentType::DebitNote => &["2", "3", "4"],
        DocumentType::FiscalCredit => &["4", "5"],
        DocumentType::Consumer
        | DocumentType::Purchase
        | DocumentType::PettyExpense
        | DocumentType::SpecialRegime
        | DocumentType::Government
        | DocumentType::Export
        | DocumentType::ForeignPayment => &["4"],
    }
}

/// The type of e-CF that a fiscal number of any series is, or is equivalent to.
///
/// Series E has its type in the second and third character; series B likewise, thirty less; series A
/// and P have it in the tenth and eleventh (Reglamento 254-06, estructura del NCF).
pub(in crate::dom) fn type_of(number: &str) -> Option<DocumentType> {
    if let Ok(encf) = Encf::parse(number) {
        return Some(encf.document_type());
    }
    let digits = number.strip_prefix(['A', 'B', 'P'])?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let of_paper = match (number.as_bytes()[0], digits.len()) {
        (b'B', 10) => &digits[..2],
        (b'A' | b'P', 18) => &digits[8..10],
        _ => return None,
    };
    let number: u32 = of_paper.parse().ok()?;
    DocumentType::parse(&(number + 30).to_string())
}

/// A number without the hyphens that people write into it.
fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

fn days_between(earlier: Date, later: Date) -> i64 {
    later.duration_since(earlier).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn each_series_says_its_type_in_its_own_place() {
        for (number, expected) in [
            ("E310000000001", Some("31")),
            ("E470000000009", Some("47")),
            ("B0100000001", Some("31")),
            ("B0200000001", Some("32")),
            ("B1500000001", Some("45")),
            ("A010010010100000001", Some("31")),
            ("A010010010400000001", Some("34")),
            ("P010010011500000001", Some("45")),
            ("B0500000001", None),
            ("B010000001", None),
            ("A01001001010000000", None),
            ("C0100000001", None),
            ("B01000000é", None),
            ("", None),
        ] {
            assert_eq!(type_of(number).map(DocumentType::code), expected, "{number}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(days_between(date(2026, 1, 31), date(2026, 3, 2)), 30);
        assert_eq!(days_between(date(2024, 1, 31), date(2024, 3, 1)), 30);
        assert_eq!(days_between(date(2026, 12, 31), date(2027, 1, 1)), 1);
    }
}

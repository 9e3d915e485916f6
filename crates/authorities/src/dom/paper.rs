//! Receipts on paper, series B, for a taxpayer that can issue no e-CF at all, and the e-CF that
//! stands for each afterwards (Decreto 587-24, contingencia; Informe Técnico e-CF, contingencia).
//!
//! The law gives thirty days for the latter without saying from when on: they are counted from the
//! receipt's own date, which is the soonest that it can mean.

use invoice::{Credit, Draft, Fault, Invoice, Json, Rule, Section, SectionError};

use super::price::type_of;
use super::regime::{document_kind, modification};
use super::section::{COUNTRY, Written};
use crate::contract::{Paper, PaperReceipts, PaperTerms};

/// The DGII's rules of paper.
#[derive(Clone, Copy, Debug)]
pub struct SeriesB;

/// Every rule of this file, for the test that walks them all.
pub const RULES: &[&Rule] = &[NOT_SERIES_B, NAMED_BY_ITSELF, OF_ANOTHER_TYPE];

pub(super) const NOT_SERIES_B: &Rule = &Rule {
    code: "do_not_series_b",
    fr: "Un reçu sur papier porte un NCF de la série B : B, le type et huit chiffres, comme B0100000001.",
    es: "Un comprobante en papel lleva un NCF de la serie B: B, el tipo y ocho cifras, como B0100000001.",
    en: "A receipt on paper bears an NCF of series B: B, the type and eight digits, as B0100000001.",
};
const NAMED_BY_ITSELF: &Rule = &Rule {
    code: "do_paper_named_by_itself",
    fr: "Ce champ nomme le reçu sur papier, qui est déjà connu : laissez-le.",
    es: "Este campo nombra el comprobante en papel, que ya se conoce: quítelo.",
    en: "This field names the receipt on paper, which is known already: leave it out.",
};
const OF_ANOTHER_TYPE: &Rule = &Rule {
    code: "do_paper_of_another_type",
    fr: "Le numéro {number} est celui d'un document {expected}.",
    es: "El número {number} es de un comprobante {expected}.",
    en: "The number {number} is that of a {expected}.",
};

/// The nature of a document that stands for one on paper.
const NATURE: &str = "contingency_replacement";

impl PaperReceipts for SeriesB {
    fn terms(&self) -> PaperTerms {
        PaperTerms { issuing_days: 15, standing_days: 30 }
    }

    fn check_number(&self, number: &str) -> Result<(), Fault> {
        let is_one = number.starts_with('B') && type_of(number).is_some();
        if is_one { Ok(()) } else { Err(Fault::new(NOT_SERIES_B, "/number")) }
    }

    fn standing_for(&self, sold: Draft, paper: &Paper<'_>) -> Result<Draft, Vec<Fault>> {
        let section = sold.section.as_ref().filter(|section| section.country() == COUNTRY);
        let mut faults = Vec::new();
        if sold.credit.is_some() {
            faults.push(Fault::new(NAMED_BY_ITSELF, "/credit"));
        }
        if section.is_some_and(|section| section.content().member(REFERENCE).is_some()) {
            faults.push(Fault::new(NAMED_BY_ITSELF, "/do/reference"));
        }
        let expected = type_of(paper.number).map(document_kind);
        if let Some(expected) = expected.filter(|expected| *expected != sold.kind) {
            let fault = Fault::new(OF_ANOTHER_TYPE, "/kind").with("number", paper.number);
            faults.push(fault.with("expected", expected));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let section = match &sold.section {
            // Another country's is pricing's to refuse.
            Some(other) if other.country() != COUNTRY => other.clone(),
            own => naming(own.as_ref(), paper)
                .map_err(|_| vec![Fault::new(invoice::rule::SECTION_TOO_LARGE, "/do")])?,
        };
        let credit = Some(Credit { nature: NATURE.to_owned(), original: None });
        Ok(Draft { credit, section: Some(section), ..sold })
    }

    fn stood_for(&self, invoice: &Invoice) -> Option<String> {
        let nature = invoice.credit()?.nature.as_str();
        let stands = modification(nature) == modification(NATURE);
        let reference = Written::of(invoice).ok()?.document.reference?;
        reference.number.filter(|_| stands)
    }
}

const REFERENCE: &str = "reference";

/// The section with the receipt named in it.
fn naming(section: Option<&Section>, paper: &Paper<'_>) -> Result<Section, SectionError> {
    let mut members = match section.map(Section::content) {
        Some(Json::Object(members)) => members.clone(),
        _ => Vec::new(),
    };
    let member = |key: &str, value: String| (key.to_owned(), Json::String(value));
    let reference = vec![
        member("number", paper.number.to_owned()),
        member("issued_on", paper.issued_on.to_string()),
    ];
    members.push((REFERENCE.to_owned(), Json::Object(reference)));
    Section::new(COUNTRY, Json::Object(members))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;

    fn draft(kind: &str, changes: &[(&str, Value)]) -> Draft {
        let mut draft = json!({
            "kind": kind, "prices": "tax_excluded", "operator": {"name": "Yesenia"},
            "customer": {"kind": "consumer"},
            "lines": [{"kind": "goods", "name": "Pan", "quantity": "1", "unit_price": "10",
                       "tax_group": "itbis_18"}],
            "do": {"income_type": "operations"},
        });
        for (member, value) in changes {
            draft[*member] = value.clone();
        }
        Draft::read(&Json::parse(draft.to_string().as_bytes()).unwrap()).unwrap()
    }

    fn codes(draft: Draft) -> Vec<(&'static str, String)> {
        let paper = Paper { number: "B0200000009", issued_on: date(2026, 11, 10) };
        let faults = SeriesB.standing_for(draft, &paper).err().unwrap_or_default();
        faults.iter().map(|fault| (fault.code(), fault.pointer().to_owned())).collect()
    }

    #[test]
    fn a_number_is_of_series_b() {
        for (number, is) in [
            ("B0100000001", true),
            ("B0200000009", true),
            ("E310000000001", false),
            ("A010010010100000001", false),
            ("B0500000001", false),
            ("B01000000", false),
            ("", false),
        ] {
            assert_eq!(SeriesB.check_number(number).is_ok(), is, "{number}");
        }
    }

    #[test]
    fn the_draft_names_the_receipt_and_keeps_the_rest() {
        let paper = Paper { number: "B0200000009", issued_on: date(2026, 11, 10) };
        let draft = SeriesB.standing_for(draft("consumer_invoice", &[]), &paper).unwrap();
        assert_eq!(draft.credit.unwrap().nature, NATURE);
        let section = draft.section.unwrap();
        let expected = r#"{"income_type":"operations","reference":{"issued_on":"2026-11-10","number":"B0200000009"}}"#;
        assert_eq!(section.content().to_text(), expected);
    }

    #[test]
    fn what_the_receipt_says_a_draft_does_not_say_again() {
        let named = json!({"reference": {"number": "B0200000009"}});
        let credit = json!({"nature": NATURE});
        for (kind, changes, expected) in [
            ("tax_credit_invoice", vec![], ("do_paper_of_another_type", "/kind")),
            (
                "consumer_invoice",
                vec![("do", named)],
                ("do_paper_named_by_itself", "/do/reference"),
            ),
            ("consumer_invoice", vec![("credit", credit)], ("do_paper_named_by_itself", "/credit")),
        ] {
            let (code, pointer) = expected;
            assert_eq!(codes(draft(kind, &changes)), [(code, pointer.to_owned())]);
        }
    }
}

//! The seal: a signature, and no network.

use authorities::dom::dsig::verify;
use authorities::dom::ecf::document::{DocumentType, is_summarised};
use authorities::dom::ecf::schema::{Kind, check};
use authorities::dom::xml::Document;
use authorities::{
    Authority, Environment, Event, Matter, Numbered, Refusal, Signed, Step, authority_named,
};
use invoice::{Json, SecurityElements};
use jiff::civil::date;
use serde_json::json;

use crate::desk::{
    ISSUER, consumer_invoice, ecf, named_consumer_invoice, now, priced, priced_by,
    tax_credit_invoice,
};
use crate::kit::HOLDER;
use crate::machine::{Machine, signed};

/// "Can it work offline?" is a property: is there a `Send` before `Sealed`?
#[test]
fn it_can_work_offline() {
    let channel = authority_named("dom/ecf", &Json::Object(Vec::new()), Environment::Test).unwrap();
    assert_eq!((channel.id(), channel.keeps_order()), ("dom/ecf", false));
    for (draft, number) in [
        (tax_credit_invoice(), "E310000000001"),
        (consumer_invoice("1000"), "E320000000001"),
        (named_consumer_invoice("300000"), "E320000000002"),
    ] {
        let invoice = priced(&draft);
        let mut machine = Machine::new(channel.as_ref(), &invoice, number);
        let Step::Sign(bytes, _) = machine.step(Event::Started).unwrap() else { panic!("a send") };
        let step = machine.step(signed(&bytes)).unwrap();
        assert!(matches!(step, Step::Sealed(Some(_))), "{step:?}");
    }
}

#[test]
fn what_is_sealed_is_the_signed_document_and_what_is_printed_of_it() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let machine = Machine::sealed(&authority, &invoice, "E310000000001");
    let elements = machine.elements.as_ref().unwrap();
    let verified = verify(machine.document().as_bytes()).unwrap();
    assert_eq!(verified.security_code().as_str(), machine.security_code());
    let document = Document::parse(machine.document().as_bytes()).unwrap();
    assert_eq!(check(Kind::Ecf(DocumentType::FiscalCredit), document.root()), []);
    let value = |path| document.root().value_at(path).unwrap();
    assert_eq!(value("FechaHoraFirma"), "20-11-2026 10:30:05");
    assert_eq!(value("Encabezado/IdDoc/FechaVencimientoSecuencia"), "31-12-2028");
    assert_eq!(elements.detail("signed_at"), Some("20-11-2026 10:30:05"));
    assert_eq!(elements.detail("environment"), Some("testecf"));
    assert_eq!(elements.detail("document_type"), Some("31"));
    assert_eq!(elements.detail("number_expires"), Some("31-12-2028"));
    assert_eq!(elements.detail("pages"), None);
    let code = machine.security_code();
    assert_eq!(elements.code, format!("{ISSUER}E310000000001{code}"));
    let qr = elements.qr.as_deref().unwrap();
    let start = "https://ecf.dgii.gov.do/testecf/consultatimbre?rncemisor=130999999\
                 &rnccomprador=131888888&encf=E310000000001&fechaemision=20-11-2026\
                 &montototal=1180.00&fechafirma=20-11-2026%2010:30:05&codigoseguridad=";
    assert!(qr.starts_with(start), "{qr}");
    // And the ledger's bytes hold it whole.
    let stored = elements.to_bytes();
    assert_eq!(SecurityElements::parse(&stored).as_ref(), Some(elements));
}

/// Those of the outlet's setting, or else as many as our A4 holds; a roll has one.
#[test]
fn a_long_document_says_how_many_pages_it_has() {
    let mut draft = tax_credit_invoice();
    let line = draft["lines"][0].clone();
    draft["lines"] = json!(vec![line; 60]);
    for (settings, pages) in [
        (json!({}), Some("4")),
        (json!({"lines_per_page": 30}), Some("2")),
        (json!({"lines_per_page": 10_000}), None),
    ] {
        let authority = ecf(&settings);
        let invoice = priced_by(&authority, &draft);
        let machine = Machine::sealed(&authority, &invoice, "E310000000001");
        let document = Document::parse(machine.document().as_bytes()).unwrap();
        let root = document.root();
        assert_eq!(check(Kind::Ecf(DocumentType::FiscalCredit), root), []);
        assert_eq!(root.value_at("Encabezado/IdDoc/TotalPaginas"), pages, "{settings}");
        let elements = machine.elements.as_ref().unwrap();
        assert_eq!(elements.detail("pages"), pages, "{settings}");
        let has_pages = root.elements().any(|section| section.name().local() == "Paginacion");
        assert_eq!(has_pages, pages.is_some(), "{settings}");
    }
}

#[test]
fn small_consumer_invoices_have_the_short_stamp_and_large_ones_do_not() {
    let authority = ecf(&json!({}));
    for (price, summarised, page) in
        [("211864.40", true, "consultatimbrefc"), ("211864.41", false, "consultatimbre?")]
    {
        let invoice = priced(&named_consumer_invoice(price));
        let machine = Machine::sealed(&authority, &invoice, "E320000000001");
        let document = Document::parse(machine.document().as_bytes()).unwrap();
        assert_eq!(is_summarised(document.root()), Ok(summarised), "{price}");
        let qr = machine.elements.as_ref().unwrap().qr.clone().unwrap();
        assert!(qr.contains(page), "{price}: {qr}");
    }
}

/// Within one drive the prepared document is remembered; after a crash it is composed anew. Both
/// ways lead to the same bytes.
#[test]
fn what_is_remembered_changes_nothing() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let numbered = Numbered {
        number_expires: Some(date(2028, 12, 31)),
        ..Numbered::new(&invoice, "E310000000001")
    };
    let matter = Matter::Invoice(numbered);
    let begun = authority.begin(&matter);
    let (progress, step) = authority.step(&matter, begun, Event::Started, now()).unwrap();
    let Step::Sign(bytes, _) = step else { panic!("{step:?}") };
    let stored = authorities::Progress::from_bytes(progress.as_bytes().to_vec());
    let [remembered, anew] = [progress, stored].map(|progress| {
        let later = now().plus_micros(5 * invoice::SECOND);
        let (_, step) = authority.step(&matter, progress, signed(&bytes), later).unwrap();
        let Step::Sealed(Some(elements)) = step else { panic!("{step:?}") };
        elements
    });
    assert_eq!(remembered, anew);
}

#[test]
fn what_cannot_be_signed_is_not_sealed() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    let refused = |number: &str| -> Refusal {
        Machine::new(&authority, &invoice, number).step(Event::Started).unwrap_err()
    };
    for (number, words) in [
        ("KIN01-2026-000001", "e-NCF"),
        ("E320000000001", "tax_credit_invoice"),
        ("E310000000000", "e-NCF"),
    ] {
        let refusal = refused(number);
        assert!(refusal.words.contains(words), "{refusal}");
    }
    let mut machine = Machine::new(&authority, &invoice, "E310000000001");
    let Ok(Step::Sign(bytes, _)) = machine.step(Event::Started) else { panic!("a signature") };
    let signature = HOLDER.sign_bytes(&bytes);
    let bare = Signed { signature, certificate: None };
    let refusal = machine.step(Event::Signed(bare)).unwrap_err();
    assert_eq!(refusal.code, "no_certificate");
    assert!(refusal.words.contains("taxpayer_certificate"), "{refusal}");
}

/// Nothing was recorded of what was not sealed: it begins anew, at its own time.
#[test]
fn a_seal_that_was_interrupted_begins_anew() {
    let (authority, invoice) = (ecf(&json!({})), priced(&tax_credit_invoice()));
    for event in [Event::Due, Event::HeldBack, Event::Unanswered(String::new())] {
        let mut machine = Machine::new(&authority, &invoice, "E310000000001");
        for event in [Event::Started, event] {
            assert!(matches!(machine.step(event), Ok(Step::Sign(..))));
        }
    }
}

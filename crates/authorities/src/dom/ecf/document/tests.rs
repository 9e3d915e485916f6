//! The side documents: what is written is valid and is read back; what is hostile is refused.

use invoice::{Amount, Timestamp};
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::dom::compose::summary;
use crate::dom::compose::testing::{composed, facts, priced};
use crate::dom::ecf::schema::tests::generate::{Dice, document};
use crate::dom::ecf::schema::tests::judge::Court;
use crate::dom::ecf::schema::tests::mutate::spoil;
use crate::dom::ecf::schema::tests::set::sketch;
use crate::dom::ecf::schema::{Breach, Kind, check_obligatoriness, check_unsigned};
use crate::dom::ecf::testing::CertificationSet;
use crate::dom::xml::{Document, Element};

/// Writes a document, checks it, and reads the bytes as a stranger would.
fn through_bytes(kind: Kind, element: Element) -> Document {
    assert_eq!(check_unsigned(kind, &element), []);
    assert_eq!(check_obligatoriness(kind, &element), []);
    Document::parse(&Document::new(element).to_xml().unwrap()).unwrap()
}

/// xmllint's word on a document that lacks its signature only.
fn judged(kind: Kind, element: Element) {
    let signature = Element::new("Signature").namespace("", "http://www.w3.org/2000/09/xmldsig#");
    let bytes = Document::new(element.with(signature)).to_xml().unwrap();
    if let Some(court) = Court::open(kind) {
        let (valid, reason) = court.judge(&[String::from_utf8(bytes).unwrap()]).remove(0);
        assert!(valid, "{reason}");
    }
}

fn rnc(text: &str) -> Rnc {
    Rnc::parse(text).unwrap()
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * invoice::SECOND)
}

fn encfs() -> impl Strategy<Value = Encf> {
    (0..10_usize, 1..=SEQUENCE_MAX)
        .prop_map(|(column, sequence)| Encf::new(DocumentType::ALL[column], sequence).unwrap())
}

fn rncs() -> impl Strategy<Value = Rnc> {
    "[0-9]{9}|[0-9]{11}".prop_map(|text| rnc(&text))
}

fn moments() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_i64).prop_map(moment)
}

fn amounts() -> impl Strategy<Value = Amount> {
    (0..9_999_999_999_999_999_i128).prop_map(Amount::from_units)
}

fn receipts() -> impl Strategy<Value = Receipt> {
    (0..5_usize).prop_map(|index| match Motive::ALL.get(index) {
        Some(motive) => Receipt::NotReceived(Some(*motive)),
        None => Receipt::Received,
    })
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Accepted),
        "[^\\x00-\\x1f\\x7f\u{fffe}\u{ffff}]{1,260}"
            .prop_filter_map("no reason", |text| Reason::parse(&text))
            .prop_map(|reason| Verdict::Rejected(Some(reason))),
    ]
}

proptest! {
    #[test]
    fn an_acknowledgement_is_read_back(
        issuer in rncs(), buyer in rncs(), encf in encfs(), receipt in receipts(), at in moments(),
    ) {
        let arecf = Arecf { issuer, buyer, encf, receipt, at };
        let document = through_bytes(Kind::Arecf, arecf.to_element());
        prop_assert_eq!(Arecf::read(document.root()), Ok(arecf));
    }

    #[test]
    fn an_approval_is_read_back(
        issuer in rncs(), buyer in rncs(), encf in encfs(), days in 0..36_000_i32,
        total in amounts(), verdict in verdicts(), at in moments(),
    ) {
        let issued_on = date(2000, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let acecf = Acecf { issuer, encf, issued_on, total, buyer, verdict, at };
        let document = through_bytes(Kind::Acecf, acecf.to_element());
        prop_assert_eq!(Acecf::read(document.root()), Ok(acecf));
    }

    #[test]
    fn an_annulment_is_read_back(
        issuer in rncs(), at in moments(),
        spans in prop::collection::vec((0..10_usize, 1..1_000_000_u64, 0..50_u64), 1..40),
    ) {
        let ranges = spans.into_iter().map(|(column, first, more)| {
            let encf = |sequence| Encf::new(DocumentType::ALL[column], sequence).unwrap();
            EncfRange::new(encf(first), encf(first + more)).unwrap()
        });
        if let Ok(anecf) = Anecf::new(issuer, at, ranges.collect()) {
            let document = through_bytes(Kind::Anecf, anecf.to_element());
            prop_assert_eq!(Anecf::read(document.root()), Ok(anecf));
        }
    }

    #[test]
    fn a_seed_is_read_back(value in "[A-Za-z0-9+/=-]{1,80}", micros in 0..4_000_000_000_000_000_i64) {
        let seed = Seed { value, at: Timestamp::from_micros(micros) };
        let document = through_bytes(Kind::Seed, seed.to_element());
        prop_assert_eq!(Seed::read(document.root()), Ok(seed));
    }

    #[test]
    fn what_is_spoilt_is_read_or_refused(seed in 0..1_000_000_u64, times in 0..6_usize) {
        let mut dice = Dice::new(seed);
        for kind in [Kind::Arecf, Kind::Acecf, Kind::Anecf, Kind::Rfce, Kind::Seed] {
            let mut root = document(kind, &mut dice);
            for _ in 0..times {
                spoil(&mut root, &mut dice);
            }
            let tree = Document::parse(root.to_xml().as_bytes()).unwrap();
            let _ = (Arecf::read(tree.root()), Acecf::read(tree.root()), Anecf::read(tree.root()));
            let _ = (Rfce::read(tree.root()), Seed::read(tree.root()));
            let _ = EcfHeader::read(tree.root());
        }
        let of = DocumentType::ALL[dice.below(10)];
        let mut root = document(Kind::Ecf(of), &mut dice);
        for _ in 0..times {
            spoil(&mut root, &mut dice);
        }
        let tree = Document::parse(root.to_xml().as_bytes()).unwrap();
        let code = "AbCdEf".parse().unwrap();
        let _ = (EcfHeader::read(tree.root()), Rfce::summarise(tree.root(), code));
    }
}

#[test]
fn the_judge_agrees_with_what_is_written() {
    let (issuer, buyer) = (rnc("101000000"), rnc("00112345678"));
    let encf = Encf::parse("E310000000001").unwrap();
    let at = Timestamp::parse("2026-11-20T04:00:00Z").unwrap();
    for receipt in [Receipt::Received, Receipt::NotReceived(Some(Motive::Duplicate))] {
        let arecf = Arecf { issuer: issuer.clone(), buyer: buyer.clone(), encf, receipt, at };
        judged(Kind::Arecf, arecf.to_element());
    }
    let reason = Reason::parse("  No se\r\npidió & no se pagó ").unwrap();
    assert_eq!(reason.as_str(), "No se pidió & no se pagó");
    let acecf = Acecf {
        issuer: issuer.clone(),
        encf,
        issued_on: date(2026, 11, 20),
        total: Amount::parse("5").unwrap(),
        buyer,
        verdict: Verdict::Rejected(Some(reason)),
        at,
    };
    let element = acecf.to_element();
    assert_eq!(element.value_at("DetalleAprobacionComercial/MontoTotal"), Some("5.00"));
    judged(Kind::Acecf, element);
    judged(Kind::Seed, Seed { value: "QUJDREVG+/=".to_owned(), at }.to_element());
    let range = EncfRange::new(encf, Encf::parse("E310000000010").unwrap()).unwrap();
    let other = Encf::parse("E430000000007").unwrap();
    let ranges = vec![EncfRange::new(other, other).unwrap(), range];
    judged(Kind::Anecf, Anecf::new(issuer, at, ranges).unwrap().to_element());
}

#[test]
fn an_annulment_counts_by_type_and_in_all() {
    let encf = |text| Encf::parse(text).unwrap();
    let range = |first, last| EncfRange::new(encf(first), encf(last)).unwrap();
    let ranges = vec![
        range("E320000000005", "E320000000006"),
        range("E310000000001", "E310000000010"),
        range("E310000000012", "E310000000012"),
    ];
    let anecf = Anecf::new(rnc("101000000"), moment(0), ranges).unwrap();
    let element = anecf.to_element();
    assert_eq!(element.value_at("Encabezado/CantidadeNCFAnulados"), Some("13"));
    let lines: Vec<_> = element
        .child("DetalleAnulacion")
        .unwrap()
        .children_named("Anulacion")
        .map(|line| ["NoLinea", "TipoeCF", "CantidadeNCFAnulados"].map(|name| line.value_at(name)))
        .collect();
    let some = |texts: [&'static str; 3]| texts.map(Some);
    assert_eq!(lines, [some(["1", "31", "11"]), some(["2", "32", "2"])]);
}

#[test]
fn numbers_are_annulled_once() {
    let encf = |text| Encf::parse(text).unwrap();
    let range = |first, last| EncfRange::new(encf(first), encf(last)).unwrap();
    let of = |ranges| Anecf::new(rnc("101000000"), moment(0), ranges);
    assert_eq!(of(vec![]), Err(AnecfError::Empty));
    let overlap =
        of(vec![range("E310000000001", "E310000000005"), range("E310000000005", "E310000000009")]);
    assert_eq!(overlap, Err(AnecfError::Overlap { number: encf("E310000000005") }));
    let many = (0..=RANGES_MAX as u64).map(|index| {
        let number = Encf::new(DocumentType::Consumer, index * 2 + 1).unwrap();
        EncfRange::new(number, number).unwrap()
    });
    let many = of(many.collect());
    assert_eq!(many, Err(AnecfError::TooManyRanges { of: DocumentType::Consumer }));
    assert_eq!(EncfRange::new(encf("E310000000002"), encf("E310000000001")), None);
    assert_eq!(EncfRange::new(encf("E310000000001"), encf("E320000000002")), None);
}

#[test]
fn an_annulment_that_counts_wrong_is_refused() {
    let encf = Encf::parse("E310000000001").unwrap();
    let ranges = vec![EncfRange::new(encf, encf).unwrap()];
    let anecf = Anecf::new(rnc("101000000"), moment(0), ranges).unwrap();
    let xml = String::from_utf8(Document::new(anecf.to_element()).to_xml().unwrap()).unwrap();
    for (from, to) in [
        ("<CantidadeNCFAnulados>1<", "<CantidadeNCFAnulados>2<"),
        ("<TipoeCF>31<", "<TipoeCF>32<"),
        ("Hasta>E310000000001<", "Hasta>E310000000002<"),
    ] {
        let document = Document::parse(xml.replacen(from, to, 1).as_bytes()).unwrap();
        let faults = Anecf::read(document.root()).unwrap_err();
        assert!(faults.iter().all(|fault| fault.rule == Breach::Mismatch), "{faults:?}");
    }
}

#[test]
fn the_summaries_of_a_certification_set_are_those_of_its_invoices() {
    let Some(set) = CertificationSet::open() else { return };
    let invoices = set.cases("ECF");
    for case in set.cases("RFCE") {
        let number = case.text("eNCF", &[]);
        let invoice = invoices.iter().find(|invoice| invoice.text("eNCF", &[]) == number).unwrap();
        let invoice = sketch(Kind::Ecf(DocumentType::Consumer), invoice).to_xml();
        let invoice = Document::parse(invoice.as_bytes()).unwrap();
        let ours = Rfce::summarise(invoice.root(), "AbC+/9".parse().unwrap()).unwrap();
        let theirs = Document::parse(sketch(Kind::Rfce, &case).to_xml().as_bytes()).unwrap();
        assert_eq!(Rfce::read(theirs.root()), Ok(ours.clone()), "{number:?}");
        assert_eq!(is_summarised(invoice.root()), Ok(true));
        let summary = summary(invoice.root(), "AbC+/9");
        let written = through_bytes(Kind::Rfce, summary.clone());
        assert_eq!(Rfce::read(written.root()), Ok(ours));
        judged(Kind::Rfce, summary);
    }
}

/// One tax is a list of one, whatever some clients' converters make of it.
#[test]
fn a_summary_bears_one_tax_as_it_bears_two() {
    let line = |code: &str, taxes: Value| {
        json!({"code": code, "kind": "service", "name": "Minutos", "quantity": "1",
            "unit_price": "1000.00", "tax_group": "itbis_18", "do": {"taxes": taxes}})
    };
    let lines = [line("1", json!([{"code": "002"}])), line("2", json!([{"code": "004"}]))];
    for count in 1..=2 {
        let draft = json!({"kind": "consumer_invoice", "prices": "tax_excluded",
            "operator": {"id": "7", "name": "YESENIA"}, "customer": {"kind": "consumer"},
            "lines": lines[..count]});
        let invoice = composed(&priced(&draft, &facts()).unwrap());
        let summary = summary(&invoice, "AbC+/9");
        let read = Rfce::read(through_bytes(Kind::Rfce, summary.clone()).root()).unwrap();
        let codes: Vec<_> = read.totals.additional_taxes.iter().map(|tax| &tax.code).collect();
        assert_eq!(codes, ["002", "004"][..count].iter().collect::<Vec<_>>());
        assert_eq!(Rfce::summarise(&invoice, "AbC+/9".parse().unwrap()), Ok(read));
        judged(Kind::Rfce, summary);
    }
}

#[test]
fn the_approvals_of_a_certification_set_are_written_as_they_are_asked() {
    let Some(set) = CertificationSet::open() else { return };
    let cases = set.cases("ACECF");
    assert_eq!(cases.len(), 11);
    for case in cases {
        let text = |name| case.text(name, &[]).unwrap();
        let acecf = Acecf {
            issuer: rnc(&text("RNCEmisor")),
            encf: Encf::parse(&text("eNCF")).unwrap(),
            issued_on: read_date(&text("FechaEmision")).unwrap(),
            total: Amount::parse(&text("MontoTotal")).unwrap(),
            buyer: rnc(&text("RNCComprador")),
            verdict: match text("Estado").as_str() {
                "1" => Verdict::Accepted,
                _ => Verdict::Rejected(Reason::parse(&text("DetalleMotivoRechazo"))),
            },
            at: read_moment(&text("FechaHoraAprobacionComercial")).unwrap(),
        };
        judged(Kind::Acecf, acecf.to_element());
        let written = through_bytes(Kind::Acecf, acecf.to_element());
        assert_eq!(Acecf::read(written.root()), Ok(acecf));
    }
}

#[test]
fn the_headers_of_a_certification_set_are_read() {
    let Some(set) = CertificationSet::open() else { return };
    for case in set.cases("ECF") {
        let text = |name| case.text(name, &[]);
        let of = DocumentType::parse(&text("TipoeCF").unwrap()).unwrap();
        let xml = sketch(Kind::Ecf(of), &case).to_xml();
        let header = EcfHeader::read(Document::parse(xml.as_bytes()).unwrap().root()).unwrap();
        assert_eq!(header.document_type, of);
        assert_eq!(Some(header.encf.to_string()), text("eNCF"));
        assert_eq!(Some(header.total.to_string()), text("MontoTotal"));
        assert_eq!(header.itbis.map(|itbis| itbis.to_string()), text("TotalITBIS"));
        assert_eq!(header.buyer.map(|buyer| buyer.to_string()), text("RNCComprador"));
        assert_eq!(header.foreign_buyer, text("IdentificadorExtranjero"));
        assert_eq!(header.currency, text("TipoMoneda"));
        let number = header.modified.as_ref().map(|modified| modified.number.clone());
        assert_eq!(number, text("NCFModificado"));
        let on = header.modified.and_then(|modified| modified.issued_on);
        assert_eq!(on.map(write_date), text("FechaNCFModificado"));
    }
}

#[test]
fn a_header_says_all_that_it_lacks() {
    let text = b"<ECF><Encabezado><IdDoc><TipoeCF>31</TipoeCF><eNCF>E320000000001</eNCF></IdDoc>\
        <Emisor><RNCEmisor>1</RNCEmisor><FechaEmision>31-02-2026</FechaEmision></Emisor>\
        </Encabezado></ECF>";
    let faults = EcfHeader::read(Document::parse(text).unwrap().root()).unwrap_err();
    let told: Vec<_> = faults.iter().map(|fault| (fault.element.as_str(), fault.rule)).collect();
    assert_eq!(
        told,
        [
            ("eNCF", Breach::Mismatch),
            ("RNCEmisor", Breach::Pattern),
            ("RazonSocialEmisor", Breach::Missing),
            ("FechaEmision", Breach::Pattern),
            ("MontoTotal", Breach::Missing),
            ("FechaHoraFirma", Breach::Missing),
        ]
    );
    for (text, element, rule) in [
        (&b"<RFCE/>"[..], "RFCE", Breach::Root),
        (b"<ECF/>", "TipoeCF", Breach::Missing),
        (
            b"<ECF><Encabezado><IdDoc><TipoeCF>30</TipoeCF></IdDoc></Encabezado></ECF>",
            "TipoeCF",
            Breach::Code,
        ),
    ] {
        let faults = EcfHeader::read(Document::parse(text).unwrap().root()).unwrap_err();
        assert_eq!((faults[0].element.as_str(), faults[0].rule), (element, rule));
    }
}

#[test]
fn an_acknowledgement_without_a_motive_is_understood_and_one_for_a_stranger_is_not() {
    let arecf = |state: &str, encf: &str| {
        format!(
            "<ARECF><DetalleAcusedeRecibo><Version>1.0</Version><RNCEmisor>101000000</RNCEmisor>\
             <RNCComprador>102000000</RNCComprador><eNCF>{encf}</eNCF><Estado>{state}</Estado>\
             <FechaHoraAcuseRecibo>20-11-2026 00:05:00</FechaHoraAcuseRecibo>\
             </DetalleAcusedeRecibo></ARECF>"
        )
    };
    let read = |text: String| Arecf::read(Document::parse(text.as_bytes()).unwrap().root());
    let refused = read(arecf("1", "E310000000001")).unwrap();
    assert_eq!(refused.receipt, Receipt::NotReceived(None));
    assert_eq!(refused.at, Timestamp::parse("2026-11-20T04:05:00Z").unwrap());
    assert_eq!(read(arecf("0", "E310000000001")).unwrap().receipt, Receipt::Received);
    let faults = read(arecf("0", "B0100000001")).unwrap_err();
    assert_eq!((faults[0].element.as_str(), faults[0].rule), ("eNCF", Breach::Pattern));
    assert!(read(arecf("2", "E310000000001")).is_err());
}

#[test]
fn a_seed_of_the_dgii_is_read() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SemillaModel \
        xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
        xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\n  <valor>QUJD+/=</valor>\n  \
        <fecha>2026-11-20T10:50:14.9682218-04:00</fecha>\n</SemillaModel>";
    let seed = Seed::read(Document::parse(text.as_bytes()).unwrap().root()).unwrap();
    assert_eq!(seed.value, "QUJD+/=");
    assert_eq!(seed.at, Timestamp::parse("2026-11-20T14:50:14.968221Z").unwrap());
    let long = text.replace("QUJD", &"A".repeat(SEED_MAX));
    let faults = Seed::read(Document::parse(long.as_bytes()).unwrap().root()).unwrap_err();
    assert_eq!(faults[0].rule, Breach::Length);
}

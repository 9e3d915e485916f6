//! Verdicts worth knowing one by one: the known defects, the long lists, the paths of faults.

use invoice::Language;

use super::judge::Court;
use crate::dom::ecf::document::DocumentType;
use crate::dom::ecf::schema::{
    Breach, FAULTS_MAX, FOUND_MAX, Kind, RULES, SchemaFault, check, check_unsigned, check_value,
    repeats_max,
};
use crate::dom::xml::Document;

const SALE: Kind = Kind::Ecf(DocumentType::FiscalCredit);

/// A small valid e-CF with lines, and whatever else a test puts into it.
pub(super) fn ecf(of: DocumentType, lines: usize) -> String {
    let code = of.code();
    let item = |number: usize| {
        format!(
            "<Item><NumeroLinea>{number}</NumeroLinea><IndicadorFacturacion>4</IndicadorFacturacion>\
             <NombreItem>LECHE</NombreItem><IndicadorBienoServicio>2</IndicadorBienoServicio>\
             <CantidadItem>1.00</CantidadItem><PrecioUnitarioItem>5.0000</PrecioUnitarioItem>\
             <MontoItem>5.00</MontoItem></Item>"
        )
    };
    let items: String = (1..=lines).map(item).collect();
    let (expires, buyer, reference) = match of {
        DocumentType::Consumer => ("", "<Comprador></Comprador>", ""),
        DocumentType::CreditNote => (
            "<IndicadorNotaCredito>0</IndicadorNotaCredito>",
            "",
            "<InformacionReferencia><NCFModificado>E310000000001</NCFModificado>\
             <FechaNCFModificado>01-04-2020</FechaNCFModificado>\
             <CodigoModificacion>3</CodigoModificacion></InformacionReferencia>",
        ),
        _ => (
            "<FechaVencimientoSecuencia>31-12-2028</FechaVencimientoSecuencia>",
            "<Comprador><RNCComprador>102000000</RNCComprador>\
             <RazonSocialComprador>COMPRADOR</RazonSocialComprador></Comprador>",
            "",
        ),
    };
    format!(
        "<ECF><Encabezado><Version>1.0</Version><IdDoc><TipoeCF>{code}</TipoeCF>\
         <eNCF>E{code}0000000001</eNCF>{expires}<TipoIngresos>01</TipoIngresos>\
         <TipoPago>1</TipoPago></IdDoc><Emisor><RNCEmisor>101000000</RNCEmisor>\
         <RazonSocialEmisor>EMISOR</RazonSocialEmisor><DireccionEmisor>CALLE 1</DireccionEmisor>\
         <FechaEmision>20-11-2026</FechaEmision></Emisor>{buyer}\
         <Totales><MontoExento>5.00</MontoExento><MontoTotal>5.00</MontoTotal></Totales>\
         </Encabezado><DetallesItems>{items}</DetallesItems>{reference}\
         <FechaHoraFirma>20-11-2026 10:00:00</FechaHoraFirma>\
         <Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></ECF>"
    )
}

pub(super) fn faults(kind: Kind, text: &str) -> Vec<SchemaFault> {
    check(kind, Document::parse(text.as_bytes()).unwrap().root())
}

fn told(faults: &[SchemaFault]) -> Vec<(&str, &str, Breach)> {
    faults.iter().map(|fault| (fault.path.as_str(), fault.element.as_str(), fault.rule)).collect()
}

#[test]
fn an_underscore_in_an_address_is_no_fault_to_us_and_the_dgii() {
    let text = ecf(DocumentType::FiscalCredit, 1).replace(
        "<FechaEmision>",
        "<CorreoEmisor>juan_perez@correo.do</CorreoEmisor><FechaEmision>",
    );
    assert_eq!(faults(SALE, &text), []);
    if let Some(court) = Court::open(SALE) {
        let (valid, reason) = court.judge(&[text]).remove(0);
        assert!(!valid && reason.contains("CorreoEmisor"), "{reason}");
    }
}

#[test]
fn who_pays_a_note_needs_no_anchors() {
    let kind = Kind::Ecf(DocumentType::CreditNote);
    let payer = |name: &str| {
        let buyer = format!("<Comprador><ResponsablePago>{name}</ResponsablePago></Comprador>");
        ecf(DocumentType::CreditNote, 1).replace("<Totales>", &format!("{buyer}<Totales>"))
    };
    let texts = [payer("Juan"), payer("^Juan$"), payer("Juan 2")];
    let ours = texts.clone().map(|text| faults(kind, &text).is_empty());
    assert_eq!(ours, [true, true, false]);
    if let Some(court) = Court::open(kind) {
        let theirs: Vec<bool> = court.judge(&texts).into_iter().map(|(valid, _)| valid).collect();
        assert_eq!(theirs, [false, true, false], "the schema takes anchors for characters");
        let theirs = court.overlook_anchors().judge(&texts);
        let theirs: Vec<bool> = theirs.into_iter().map(|(valid, _)| valid).collect();
        assert_eq!(theirs, [true, false, false], "and the reader does not");
    }
}

#[test]
fn a_document_has_as_many_lines_as_its_type() {
    for (of, most) in [(DocumentType::FiscalCredit, 1_000), (DocumentType::CreditNote, 10_000)] {
        let kind = Kind::Ecf(of);
        assert_eq!(repeats_max(kind, "DetallesItems/Item"), most);
        let texts = [ecf(of, most), ecf(of, most + 1)];
        assert_eq!(faults(kind, &texts[0]), []);
        let over = faults(kind, &texts[1]);
        assert_eq!(over.last().unwrap().rule, Breach::TooMany);
        assert_eq!(over.last().unwrap().expected, most.to_string());
        if let Some(court) = Court::open(kind) {
            let theirs: Vec<bool> =
                court.judge(&texts).into_iter().map(|(valid, _)| valid).collect();
            assert_eq!(theirs, [true, false]);
        }
    }
}

#[test]
fn a_fault_says_where_what_and_what_else() {
    let text = ecf(DocumentType::FiscalCredit, 3)
        .replace("<NumeroLinea>2</NumeroLinea>", "<NumeroLinea>2</NumeroLinea><Extra/>")
        .replace("<TipoPago>1", "<TipoPago>4")
        .replace("<DireccionEmisor>CALLE 1</DireccionEmisor>", "")
        .replace("EMISOR<", &format!("{}<", "x".repeat(151)));
    let found = faults(SALE, &text);
    assert_eq!(
        told(&found),
        [
            ("/ECF/Encabezado/IdDoc/TipoPago", "TipoPago", Breach::Code),
            ("/ECF/Encabezado/Emisor/RazonSocialEmisor", "RazonSocialEmisor", Breach::Length),
            ("/ECF/Encabezado/Emisor", "DireccionEmisor", Breach::Missing),
            ("/ECF/DetallesItems/Item[2]", "Extra", Breach::Unknown),
        ]
    );
    assert_eq!((found[0].found.as_str(), found[0].expected.as_str()), ("4", "1, 2, 3"));
    assert_eq!((found[1].found.len(), found[1].expected.as_str()), (FOUND_MAX, "1..150"));
    assert_eq!(found[3].expected, "TablaCodigosItem, IndicadorFacturacion");
}

#[test]
fn what_comes_too_late_too_often_or_not_at_all_is_told_apart() {
    let base = ecf(DocumentType::FiscalCredit, 1);
    let emisor = "<RNCEmisor>101000000</RNCEmisor>";
    let name = "<RazonSocialEmisor>EMISOR</RazonSocialEmisor>";
    for (text, wanted) in [
        (base.replace(emisor, &format!("{emisor}{emisor}")), vec![Breach::TooMany]),
        (
            base.replace(&format!("{emisor}{name}"), &format!("{name}{emisor}")),
            vec![Breach::Missing, Breach::Order],
        ),
        (base.replace("<Version>1.0</Version>", "x"), vec![Breach::StrayText, Breach::Missing]),
        (base.replace("<ECF>", "<ECF xmlns=\"urn:x\">"), vec![Breach::Namespace]),
        (base.replace("<IdDoc>", "<IdDoc id=\"1\">"), vec![Breach::Attribute]),
        (base.replace("1.0</Version>", "1.0<b/></Version>"), vec![Breach::Nested]),
        (base.replace("ECF>", "RFCE>"), vec![Breach::Root]),
        (base.replace("<TipoPago>1</TipoPago>", "<TipoPago/>"), vec![Breach::Code]),
    ] {
        let found: Vec<Breach> = faults(SALE, &text).iter().map(|fault| fault.rule).collect();
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn a_document_without_its_signature_is_checked_without_it() {
    let signed = ecf(DocumentType::FiscalCredit, 1);
    let unsigned = signed.replace("<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>", "");
    let document = |text: &str| Document::parse(text.as_bytes()).unwrap();
    assert_eq!(told(&faults(SALE, &unsigned)), [("/ECF", "Signature", Breach::Missing)]);
    assert_eq!(check_unsigned(SALE, document(&unsigned).root()), []);
    let refused = check_unsigned(SALE, document(&signed).root());
    assert_eq!(told(&refused), [("/ECF", "Signature", Breach::Unknown)]);
}

#[test]
fn faults_are_bounded_however_many_there_are() {
    let text =
        ecf(DocumentType::CreditNote, 10_000).replace("<CantidadItem>1.00", "<CantidadItem>x");
    assert_eq!(faults(Kind::Ecf(DocumentType::CreditNote), &text).len(), FAULTS_MAX);
    let text = format!("<{0}>{0}</{0}>", "R".repeat(10_000));
    let found = faults(SALE, &text);
    assert!(
        found.len() == 1
            && found[0].found.len() <= FOUND_MAX
            && found[0].element.len() <= FOUND_MAX
    );
}

#[test]
fn a_fault_is_told_at_the_callers_pointer_in_three_languages() {
    let fault = check_value(SALE, "Encabezado/Emisor/RazonSocialEmisor", &"x".repeat(151)).unwrap();
    let fault = fault.at("/seller/name");
    assert_eq!((fault.code(), fault.pointer()), ("do_xml_length", "/seller/name"));
    assert_eq!(fault.message(Language::Spanish), "RazonSocialEmisor debe tener 1..150 caracteres.");
    for rule in RULES {
        assert!(rule.code.starts_with("do_"), "{}", rule.code);
    }
}

#[test]
fn a_value_is_judged_before_there_is_a_document() {
    let judged = |path, text| check_value(SALE, path, text).map(|fault| fault.rule);
    assert_eq!(judged("Encabezado/IdDoc/FechaLimitePago", "28-02-2026"), None);
    assert_eq!(judged("Encabezado/IdDoc/FechaLimitePago", "30-02-2026"), Some(Breach::Calendar));
    assert_eq!(judged("Encabezado/IdDoc/FechaLimitePago", "1-2-2026"), Some(Breach::Calendar));
    assert_eq!(judged("Encabezado/IdDoc/FechaLimitePago", "2026-02-28"), Some(Breach::Pattern));
    assert_eq!(judged("DetallesItems/Item/NombreItem", " LECHE"), Some(Breach::Blank));
    assert_eq!(judged("DetallesItems/Item/NombreItem", "LECHE\u{a0}"), Some(Breach::Blank));
    assert_eq!(judged("DetallesItems/Item/NombreItem", ""), Some(Breach::Length));
    assert_eq!(judged("DetallesItems/Item/Mineria/Liquidacion", "1"), Some(Breach::Unknown));
    assert_eq!(judged("DetallesItems/Item", "1"), Some(Breach::StrayText));
}

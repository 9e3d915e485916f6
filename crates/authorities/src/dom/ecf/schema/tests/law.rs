//! What the DGII wants beyond its schemas, condition by condition.

use super::verdicts::{ecf, faults};
use crate::dom::ecf::document::DocumentType;
use crate::dom::ecf::schema::{Breach, Kind, check_obligatoriness};
use crate::dom::xml::Document;

/// The faults of a document that its schema allows.
fn law(of: DocumentType, text: &str) -> Vec<(String, String, Breach)> {
    let kind = Kind::Ecf(of);
    assert_eq!(faults(kind, text), [], "{text}");
    kind_law(kind, text)
}

fn kind_law(kind: Kind, text: &str) -> Vec<(String, String, Breach)> {
    let document = Document::parse(text.as_bytes()).unwrap();
    let faults = check_obligatoriness(kind, document.root());
    faults.into_iter().map(|fault| (fault.path, fault.element, fault.rule)).collect()
}

fn fault(path: &str, element: &str, rule: Breach) -> (String, String, Breach) {
    (path.to_owned(), element.to_owned(), rule)
}

const ID: &str = "/ECF/Encabezado/IdDoc";
const TOTALS: &str = "/ECF/Encabezado/Totales";
const SALE: DocumentType = DocumentType::FiscalCredit;

fn missing(area: &str, elements: &[&str]) -> Vec<(String, String, Breach)> {
    elements.iter().map(|element| fault(area, element, Breach::RequiredBecause)).collect()
}

#[test]
fn a_right_document_breaks_nothing() {
    for of in [DocumentType::FiscalCredit, DocumentType::CreditNote] {
        assert_eq!(law(of, &ecf(of, 2)), []);
    }
}

#[test]
fn no_element_is_empty() {
    let payer = ecf(SALE, 1).replace("</Comprador>", "<ResponsablePago/></Comprador>");
    let path = "/ECF/Encabezado/Comprador/ResponsablePago";
    assert_eq!(law(SALE, &payer), [fault(path, "ResponsablePago", Breach::Empty)]);
    let group = ecf(SALE, 1).replace("<Totales>", "<Transporte/><Totales>");
    let path = "/ECF/Encabezado/Transporte";
    assert_eq!(law(SALE, &group), [fault(path, "Transporte", Breach::Empty)]);
}

#[test]
fn no_blanks_surround_a_value() {
    let text = ecf(SALE, 2).replacen(">LECHE<", "> LECHE<", 1);
    let path = "/ECF/DetallesItems/Item[1]/NombreItem";
    assert_eq!(law(SALE, &text), [fault(path, "NombreItem", Breach::Blank)]);
    let text = ecf(SALE, 1).replace(">1.00<", "> 1.00<");
    let path = "/ECF/DetallesItems/Item[1]/CantidadItem";
    assert_eq!(law(SALE, &text), [fault(path, "CantidadItem", Breach::Blank)]);
}

#[test]
fn days_exist() {
    let text = ecf(SALE, 1).replace("20-11-2026<", "31-11-2026<");
    let path = "/ECF/Encabezado/Emisor/FechaEmision";
    assert_eq!(law(SALE, &text), [fault(path, "FechaEmision", Breach::Calendar)]);
    let text = ecf(SALE, 1).replace("10:00:00", "1:00:00");
    let path = "/ECF/FechaHoraFirma";
    assert_eq!(law(SALE, &text), [fault(path, "FechaHoraFirma", Breach::Calendar)]);
}

#[test]
fn a_note_tells_its_kind_of_income() {
    let of = DocumentType::CreditNote;
    let text = ecf(of, 1).replace("<TipoIngresos>01</TipoIngresos>", "");
    assert_eq!(law(of, &text), [fault(ID, "TipoIngresos", Breach::Required)]);
}

#[test]
fn a_number_is_of_its_type() {
    let text = ecf(SALE, 1).replace("E310000000001", "E320000000001");
    assert_eq!(law(SALE, &text), [fault(ID, "eNCF", Breach::Mismatch)]);
    let text = ecf(SALE, 1).replace("E310000000001", "B010000000001");
    assert_eq!(law(SALE, &text), [fault(ID, "eNCF", Breach::Mismatch)]);
    let text = ecf(SALE, 1).replace("<TipoeCF>31", "<TipoeCF>45");
    assert_eq!(law(SALE, &text), [fault(ID, "TipoeCF", Breach::Mismatch)]);
}

#[test]
fn credit_has_a_day() {
    let text = ecf(SALE, 1).replace("<TipoPago>1", "<TipoPago>2");
    assert_eq!(law(SALE, &text), missing(ID, &["FechaLimitePago"]));
    let text = text.replace("</IdDoc>", "<FechaLimitePago>20-12-2026</FechaLimitePago></IdDoc>");
    assert_eq!(law(SALE, &text), []);
}

#[test]
fn the_totals_are_broken_down_by_the_rates_in_use() {
    let text = ecf(SALE, 3).replacen("Facturacion>4<", "Facturacion>1<", 1);
    let text = text.replacen("Facturacion>4<", "Facturacion>3<", 1);
    let mut wanted = missing(ID, &["IndicadorMontoGravado"]);
    let first = ["MontoGravadoTotal", "MontoGravadoI1", "ITBIS1", "TotalITBIS", "TotalITBIS1"];
    let third = ["MontoGravadoI3", "ITBIS3", "TotalITBIS3"];
    wanted.extend(missing(TOTALS, &first));
    wanted.extend(missing(TOTALS, &third));
    assert_eq!(law(SALE, &text), wanted);
    let text = ecf(SALE, 1).replace("<MontoExento>5.00</MontoExento>", "");
    assert_eq!(law(SALE, &text), missing(TOTALS, &["MontoExento"]));
}

#[test]
fn a_late_credit_note_gives_no_tax_back() {
    let of = DocumentType::CreditNote;
    let text = ecf(of, 1)
        .replace(
            "<IndicadorNotaCredito>0</IndicadorNotaCredito>",
            "<IndicadorNotaCredito>1</IndicadorNotaCredito>\
             <IndicadorMontoGravado>0</IndicadorMontoGravado>",
        )
        .replace("Facturacion>4<", "Facturacion>1<")
        .replace(
            "<MontoExento>",
            "<MontoGravadoTotal>5.00</MontoGravadoTotal>\
             <MontoGravadoI1>5.00</MontoGravadoI1><MontoExento>",
        );
    assert_eq!(law(of, &text), []);
    let stating = |itbis: &str| {
        let stated = format!(
            "</MontoExento><ITBIS1>18</ITBIS1><TotalITBIS>{itbis}</TotalITBIS>\
             <TotalITBIS1>{itbis}</TotalITBIS1><MontoTotal>"
        );
        text.replace("</MontoExento><MontoTotal>", &stated)
    };
    assert_eq!(law(of, &stating("0.00")), []);
    let refused = ["TotalITBIS", "TotalITBIS1"].map(|name| fault(TOTALS, name, Breach::Mismatch));
    assert_eq!(law(of, &stating("0.90")), refused);
}

#[test]
fn large_consumer_invoices_name_their_buyer() {
    let of = DocumentType::Consumer;
    let small = ecf(of, 1).replace("<MontoTotal>5.00", "<MontoTotal>249999.99");
    assert_eq!(law(of, &small), []);
    let large = ecf(of, 1).replace("<MontoTotal>5.00", "<MontoTotal>250000.00");
    let area = "/ECF/Encabezado/Comprador";
    assert_eq!(law(of, &large), missing(area, &["RNCComprador", "RazonSocialComprador"]));
    let foreign = "<Comprador><IdentificadorExtranjero>P1</IdentificadorExtranjero>\
        <RazonSocialComprador>X</RazonSocialComprador></Comprador>";
    let named = large.replace("<Comprador></Comprador>", foreign);
    assert_eq!(law(of, &named), []);
}

#[test]
fn a_special_regime_names_its_buyer_and_takes_no_selective_tax() {
    let of = DocumentType::SpecialRegime;
    let text = ecf(of, 1).replace("<RNCComprador>102000000</RNCComprador>", "");
    assert_eq!(law(of, &text), missing("/ECF/Encabezado/Comprador", &["RNCComprador"]));
    let taxes = |code: &str| {
        let taxes = format!(
            "<MontoImpuestoAdicional>1.00</MontoImpuestoAdicional><ImpuestosAdicionales>\
             <ImpuestoAdicional><TipoImpuesto>{code}</TipoImpuesto>\
             <TasaImpuestoAdicional>10</TasaImpuestoAdicional>\
             <OtrosImpuestosAdicionales>1.00</OtrosImpuestosAdicionales></ImpuestoAdicional>\
             </ImpuestosAdicionales><MontoTotal>"
        );
        ecf(of, 1).replace("<MontoTotal>", &taxes)
    };
    assert_eq!(law(of, &taxes("001")), []);
    let path = format!("{TOTALS}/ImpuestosAdicionales/ImpuestoAdicional[1]/TipoImpuesto");
    assert_eq!(law(of, &taxes("006")), [fault(&path, "TipoImpuesto", Breach::NotForType)]);
}

#[test]
fn a_selective_tax_has_its_amount_unless_it_is_sold_in_bulk() {
    let text = |unit: &str| {
        let taxes = "<MontoImpuestoAdicional>1.00</MontoImpuestoAdicional><ImpuestosAdicionales>\
             <ImpuestoAdicional><TipoImpuesto>006</TipoImpuesto>\
             <TasaImpuestoAdicional>632.58</TasaImpuestoAdicional></ImpuestoAdicional>\
             </ImpuestosAdicionales><MontoTotal>";
        let item = "<TablaImpuestoAdicional><ImpuestoAdicional><TipoImpuesto>006</TipoImpuesto>\
             </ImpuestoAdicional></TablaImpuestoAdicional><MontoItem>";
        ecf(SALE, 1).replace("<MontoTotal>", taxes).replace("<MontoItem>", item).replace(
            "</CantidadItem>",
            &format!("</CantidadItem><UnidadMedida>{unit}</UnidadMedida>"),
        )
    };
    let area = format!("{TOTALS}/ImpuestosAdicionales/ImpuestoAdicional[1]");
    let wanted = missing(&area, &["MontoImpuestoSelectivoConsumoEspecifico"]);
    assert_eq!(law(SALE, &text("5")), wanted);
    assert_eq!(law(SALE, &text("18")), []);
}

#[test]
fn codes_are_of_the_type() {
    let text = ecf(SALE, 1).replace(
        "<TipoPago>1</TipoPago>",
        "<TipoPago>1</TipoPago><TablaFormasPago><FormaDePago><FormaPago>5</FormaPago>\
         <MontoPago>5.00</MontoPago></FormaDePago></TablaFormasPago>",
    );
    let path = format!("{ID}/TablaFormasPago/FormaDePago[1]/FormaPago");
    assert_eq!(law(SALE, &text), [fault(&path, "FormaPago", Breach::NotForType)]);
    let of = DocumentType::CreditNote;
    let text = ecf(of, 1).replace("<CodigoModificacion>3", "<CodigoModificacion>5");
    let path = "/ECF/InformacionReferencia/CodigoModificacion";
    assert_eq!(law(of, &text), [fault(path, "CodigoModificacion", Breach::NotForType)]);
    let text = ecf(of, 1).replace("E310000000001</NCF", "E31000000001</NCF");
    let area = "/ECF/InformacionReferencia";
    assert_eq!(law(of, &text), [fault(area, "NCFModificado", Breach::Length)]);
    let of = DocumentType::SpecialRegime;
    let text = ecf(of, 1).replace("Facturacion>4<", "Facturacion>1<");
    let path = "/ECF/DetallesItems/Item[1]/IndicadorFacturacion";
    assert!(law(of, &text).contains(&fault(path, "IndicadorFacturacion", Breach::NotForType)));
}

#[test]
fn what_ends_a_document_is_a_signature() {
    let text = ecf(SALE, 1);
    for other in
        ["<Foo/>", "<Signature/>", "<ds:Signature xmlns:ds=\"urn:x\"/>", "<DetallesItems/>"]
    {
        let text = text.replace("<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>", other);
        assert_eq!(law(SALE, &text), [fault("/ECF", "Signature", Breach::Unsigned)], "{other}");
    }
    let prefixed = "<d:Signature xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\"/>";
    let text = text.replace("<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>", prefixed);
    assert_eq!(law(SALE, &text), []);
}

#[test]
fn whoever_says_no_says_why() {
    let text = "<ARECF><DetalleAcusedeRecibo><Version>1.0</Version><RNCEmisor>101000000</RNCEmisor>\
        <RNCComprador>102000000</RNCComprador><eNCF>E310000000001</eNCF><Estado>1</Estado>\
        <FechaHoraAcuseRecibo>20-11-2026 10:00:00</FechaHoraAcuseRecibo></DetalleAcusedeRecibo>\
        </ARECF>";
    let wanted = missing("/ARECF/DetalleAcusedeRecibo", &["CodigoMotivoNoRecibido"]);
    assert_eq!(kind_law(Kind::Arecf, text), wanted);
    assert_eq!(kind_law(Kind::Arecf, &text.replace("Estado>1<", "Estado>0<")), []);
}

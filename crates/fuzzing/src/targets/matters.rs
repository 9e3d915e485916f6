//! Documents of other taxpayers, as the seeds have them.

use authorities::dom::ecf::document::{
    Acecf, Anecf, Arecf, Encf, EncfRange, Reason, Receipt, Rnc, Seed, Verdict,
};
use authorities::dom::xml::{Document, Element};
use invoice::Amount;
use jiff::civil::date;

use super::world::now;
use crate::material::{BUYER, ISSUER, signed};

/// A whole document of a type, from the issuer to the buyer.
pub(super) fn document(kind: &str, number: u32) -> String {
    format!(
        "<ECF><Encabezado><Version>1.0</Version><IdDoc><TipoeCF>{kind}</TipoeCF>\
         <eNCF>E{kind}{number:010}</eNCF>\
         <FechaVencimientoSecuencia>31-12-2027</FechaVencimientoSecuencia>\
         <IndicadorMontoGravado>0</IndicadorMontoGravado><TipoIngresos>01</TipoIngresos>\
         <TipoPago>1</TipoPago></IdDoc><Emisor><RNCEmisor>{ISSUER}</RNCEmisor>\
         <RazonSocialEmisor>Proveedora &amp; Cía &#34;Ñ&#34;</RazonSocialEmisor>\
         <DireccionEmisor>Calle 2</DireccionEmisor><FechaEmision>25-11-2026</FechaEmision></Emisor>\
         <Comprador><RNCComprador>{BUYER}</RNCComprador>\
         <RazonSocialComprador>Compradora SRL</RazonSocialComprador></Comprador><Totales>\
         <MontoGravadoTotal>1000.00</MontoGravadoTotal><MontoGravadoI1>1000.00</MontoGravadoI1>\
         <ITBIS1>18</ITBIS1><TotalITBIS>180.00</TotalITBIS><TotalITBIS1>180.00</TotalITBIS1>\
         <MontoTotal>1180.00</MontoTotal></Totales></Encabezado><DetallesItems><Item>\
         <NumeroLinea>1</NumeroLinea><IndicadorFacturacion>1</IndicadorFacturacion>\
         <NombreItem>Arroz</NombreItem><IndicadorBienoServicio>1</IndicadorBienoServicio>\
         <CantidadItem>1</CantidadItem><PrecioUnitarioItem>1000.00</PrecioUnitarioItem>\
         <MontoItem>1000.00</MontoItem></Item></DetallesItems>\
         <FechaHoraFirma>25-11-2026 05:00:00</FechaHoraFirma></ECF>"
    )
}

pub(super) fn acknowledgement(number: &str) -> String {
    let receipt = Arecf {
        issuer: rnc(ISSUER),
        buyer: rnc(BUYER),
        encf: encf(number),
        receipt: Receipt::Received,
        at: now(),
    };
    text(receipt.to_element())
}

pub(super) fn approval() -> String {
    let approval = Acecf {
        issuer: rnc(ISSUER),
        encf: encf("E310000000001"),
        issued_on: date(2026, 11, 25),
        total: Amount::from_units(118_000),
        buyer: rnc(BUYER),
        verdict: Verdict::Rejected(Reason::parse("no lo pedimos")),
        at: now(),
    };
    text(approval.to_element())
}

pub(super) fn seed() -> String {
    text(Seed { value: "0XgGeOL2rFxxmt22g4==".to_owned(), at: now() }.to_element())
}

fn annulment() -> String {
    let range = EncfRange::new(encf("E310000000005"), encf("E310000000009"));
    let ranges = range.into_iter().collect();
    text(Anecf::new(rnc(ISSUER), now(), ranges).expect("it can be annulled").to_element())
}

/// Documents of all kinds without signatures, and with one.
pub(super) fn documents() -> Vec<Vec<u8>> {
    let mut all = vec![seed(), annulment(), approval(), acknowledgement("E310000000001")];
    all.extend(["31", "32", "41", "43", "45", "46", "47"].map(|kind| document(kind, 1)));
    all.push(
        "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\r\n<x:A xmlns:x='urn:x' b=\"&#9;&quot;\" \
              x:b='2'>\r\n<![CDATA[<&]]>&#xe9;<B xmlns='urn:y'/></x:A>\r\n"
            .to_owned(),
    );
    let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    all.push(signed(&document("31", 1)));
    all
}

fn rnc(number: &str) -> Rnc {
    Rnc::parse(number).expect("it is a taxpayer's number")
}

fn encf(number: &str) -> Encf {
    Encf::parse(number).expect("it is a document's number")
}

fn text(root: Element) -> String {
    let bytes = Document::new(root).to_xml().expect("it holds no forbidden character");
    String::from_utf8(bytes).expect("it was written from text")
}

//! What a document says of its pages, subtotals, another currency and percentages, held against what
//! it says elsewhere; and what single types owe.

use serde_json::Value;

use crate::documents::{Note, Sale};
use crate::wire::{Office, codes};

/// Three lines of 10,000.00 with the legal tip, ten per cent off the whole, in two pages, with a
/// subtotal of the first two lines, and in dollars at 50.00.
///
/// 27,000.00 are taxed: 4,860.00 of ITBIS and 2,700.00 of tip make 34,560.00, and 691.20 dollars.
fn rich(sequence: u64) -> String {
    let lines: String = (1..=3).map(line).collect();
    let pages = [page(1, (1, 2), 2), page(2, (3, 3), 1)].concat();
    format!(
        "<ECF><Encabezado><Version>1.0</Version><IdDoc><TipoeCF>31</TipoeCF><eNCF>E31{sequence:010}\
         </eNCF><FechaVencimientoSecuencia>31-12-2028</FechaVencimientoSecuencia>\
         <IndicadorMontoGravado>0</IndicadorMontoGravado><TipoIngresos>01</TipoIngresos><TipoPago>1\
         </TipoPago><TotalPaginas>2</TotalPaginas></IdDoc><Emisor><RNCEmisor>101000000</RNCEmisor>\
         <RazonSocialEmisor>EMISOR</RazonSocialEmisor><DireccionEmisor>CALLE 1</DireccionEmisor>\
         <FechaEmision>20-11-2026</FechaEmision></Emisor><Comprador><RNCComprador>102000000\
         </RNCComprador><RazonSocialComprador>COMPRADOR</RazonSocialComprador></Comprador>{TOTALS}\
         </Encabezado><DetallesItems>{lines}</DetallesItems>{SUBTOTALS}{ADJUSTMENTS}<Paginacion>\
         {pages}</Paginacion><FechaHoraFirma>20-11-2026 10:50:00</FechaHoraFirma></ECF>"
    )
}

const TOTALS: &str = "<Totales><MontoGravadoTotal>27000.00</MontoGravadoTotal><MontoGravadoI1>27000.00\
    </MontoGravadoI1><ITBIS1>18</ITBIS1><TotalITBIS>4860.00</TotalITBIS><TotalITBIS1>4860.00\
    </TotalITBIS1><MontoImpuestoAdicional>2700.00</MontoImpuestoAdicional><ImpuestosAdicionales>\
    <ImpuestoAdicional><TipoImpuesto>001</TipoImpuesto><TasaImpuestoAdicional>10.00\
    </TasaImpuestoAdicional><OtrosImpuestosAdicionales>2700.00</OtrosImpuestosAdicionales>\
    </ImpuestoAdicional></ImpuestosAdicionales><MontoTotal>34560.00</MontoTotal></Totales>\
    <OtraMoneda><TipoMoneda>USD</TipoMoneda><TipoCambio>50.0000</TipoCambio>\
    <MontoGravadoTotalOtraMoneda>540.00</MontoGravadoTotalOtraMoneda><MontoGravado1OtraMoneda>540.00\
    </MontoGravado1OtraMoneda><TotalITBISOtraMoneda>97.20</TotalITBISOtraMoneda><TotalITBIS1OtraMoneda>\
    97.20</TotalITBIS1OtraMoneda><MontoImpuestoAdicionalOtraMoneda>54.00\
    </MontoImpuestoAdicionalOtraMoneda><ImpuestosAdicionalesOtraMoneda><ImpuestoAdicionalOtraMoneda>\
    <TipoImpuestoOtraMoneda>001</TipoImpuestoOtraMoneda><TasaImpuestoAdicionalOtraMoneda>10.00\
    </TasaImpuestoAdicionalOtraMoneda><OtrosImpuestosAdicionalesOtraMoneda>54.00\
    </OtrosImpuestosAdicionalesOtraMoneda></ImpuestoAdicionalOtraMoneda>\
    </ImpuestosAdicionalesOtraMoneda><MontoTotalOtraMoneda>691.20</MontoTotalOtraMoneda></OtraMoneda>";

const SUBTOTALS: &str = "<Subtotales><Subtotal><NumeroSubTotal>1</NumeroSubTotal>\
    <SubTotalMontoGravadoTotal>18000.00</SubTotalMontoGravadoTotal><SubTotalMontoGravadoI1>18000.00\
    </SubTotalMontoGravadoI1><SubTotaITBIS>3240.00</SubTotaITBIS><SubTotaITBIS1>3240.00\
    </SubTotaITBIS1><SubTotalImpuestoAdicional>1800.00</SubTotalImpuestoAdicional><MontoSubTotal>\
    23040.00</MontoSubTotal><Lineas>2</Lineas></Subtotal></Subtotales>";

const ADJUSTMENTS: &str = "<DescuentosORecargos><DescuentoORecargo><NumeroLinea>1</NumeroLinea>\
    <TipoAjuste>D</TipoAjuste><TipoValor>%</TipoValor><ValorDescuentooRecargo>10.00\
    </ValorDescuentooRecargo><MontoDescuentooRecargo>3000.00</MontoDescuentooRecargo>\
    <MontoDescuentooRecargoOtraMoneda>60.00</MontoDescuentooRecargoOtraMoneda>\
    <IndicadorFacturacionDescuentooRecargo>1</IndicadorFacturacionDescuentooRecargo>\
    </DescuentoORecargo></DescuentosORecargos>";

fn line(place: usize) -> String {
    format!(
        "<Item><NumeroLinea>{place}</NumeroLinea><IndicadorFacturacion>1</IndicadorFacturacion>\
         <NombreItem>CENA</NombreItem><IndicadorBienoServicio>2</IndicadorBienoServicio><CantidadItem>\
         1.00</CantidadItem><PrecioUnitarioItem>10000.0000</PrecioUnitarioItem><TablaImpuestoAdicional>\
         <ImpuestoAdicional><TipoImpuesto>001</TipoImpuesto></ImpuestoAdicional>\
         </TablaImpuestoAdicional><OtraMonedaDetalle><PrecioOtraMoneda>200.0000</PrecioOtraMoneda>\
         <MontoItemOtraMoneda>200.00</MontoItemOtraMoneda></OtraMonedaDetalle><MontoItem>10000.00\
         </MontoItem></Item>"
    )
}

/// So many lines, each 9,000.00 without what is taken off.
fn page(number: usize, (first, last): (usize, usize), lines: u32) -> String {
    let (net, itbis, tip, sum) = (lines * 9_000, lines * 1_620, lines * 900, lines * 11_520);
    format!(
        "<Pagina><PaginaNo>{number}</PaginaNo><NoLineaDesde>{first}</NoLineaDesde><NoLineaHasta>{last}\
         </NoLineaHasta><SubtotalMontoGravadoPagina>{net}.00</SubtotalMontoGravadoPagina>\
         <SubtotalMontoGravado1Pagina>{net}.00</SubtotalMontoGravado1Pagina><SubtotalItbisPagina>\
         {itbis}.00</SubtotalItbisPagina><SubtotalItbis1Pagina>{itbis}.00</SubtotalItbis1Pagina>\
         <SubtotalImpuestoAdicionalPagina>{tip}.00</SubtotalImpuestoAdicionalPagina>\
         <SubtotalImpuestoAdicional><SubtotalOtrosImpuesto>{tip}.00</SubtotalOtrosImpuesto>\
         </SubtotalImpuestoAdicional><MontoSubtotalPagina>{sum}.00</MontoSubtotalPagina></Pagina>"
    )
}

const NO: &str = "Rechazado";
const IF: &str = "Aceptado Condicional";
const YES: &str = "Aceptado";

/// What is changed in the document, once, into what; and what becomes of it.
const ALTERED: &[(&str, &str, &str)] = &[
    ("<TotalPaginas>2<", "<TotalPaginas>7<", NO),
    ("<TotalPaginas>2</TotalPaginas>", "", NO),
    ("<PaginaNo>2<", "<PaginaNo>3<", NO),
    ("<NoLineaDesde>3<", "<NoLineaDesde>2<", NO),
    ("<NoLineaHasta>2<", "<NoLineaHasta>1<", NO),
    ("<NoLineaHasta>3<", "<NoLineaHasta>4<", NO),
    ("<MontoSubtotalPagina>23040.00<", "<MontoSubtotalPagina>1.00<", IF),
    ("<SubtotalMontoGravadoPagina>9000.00<", "<SubtotalMontoGravadoPagina>10000.00<", IF),
    ("<SubtotalMontoGravado1Pagina>9000.00<", "<SubtotalMontoGravado1Pagina>10000.00<", IF),
    ("<SubtotalItbisPagina>1620.00<", "<SubtotalItbisPagina>1622.00<", IF),
    ("<SubtotalItbis1Pagina>3240.00<", "<SubtotalItbis1Pagina>3243.00<", IF),
    ("<SubtotalItbis1Pagina>3240.00<", "<SubtotalItbis1Pagina>3242.00<", YES),
    ("<SubTotalMontoGravadoI1>18000.00<", "<SubTotalMontoGravadoI1>17000.00<", IF),
    ("<SubTotaITBIS>3240.00<", "<SubTotaITBIS>3250.00<", IF),
    ("<MontoSubTotal>23040.00<", "<MontoSubTotal>1.00<", IF),
    ("<SubTotalImpuestoAdicional>1800.00<", "<SubTotalImpuestoAdicional>2800.00<", IF),
    ("<Lineas>2<", "<Lineas>4<", IF),
    ("<Lineas>2<", "<Lineas>3<", YES),
    ("<PrecioOtraMoneda>200.0000<", "<PrecioOtraMoneda>202.0000<", IF),
    ("<MontoItemOtraMoneda>200.00<", "<MontoItemOtraMoneda>201.01<", IF),
    ("<MontoItemOtraMoneda>200.00<", "<MontoItemOtraMoneda>201.00<", YES),
    (
        "<OtrosImpuestosAdicionalesOtraMoneda>54.00<",
        "<OtrosImpuestosAdicionalesOtraMoneda>2700.00<",
        IF,
    ),
    ("<TipoImpuestoOtraMoneda>001<", "<TipoImpuestoOtraMoneda>002<", IF),
    ("<TotalITBISOtraMoneda>97.20<", "<TotalITBISOtraMoneda>4860.00<", IF),
    ("<MontoDescuentooRecargoOtraMoneda>60.00<", "<MontoDescuentooRecargoOtraMoneda>3000.00<", IF),
    ("<ValorDescuentooRecargo>10.00<", "<ValorDescuentooRecargo>11.00<", IF),
    ("<MontoTotal>34560.00<", "<MontoTotal>34560.00<", YES),
];

#[tokio::test(flavor = "multi_thread")]
async fn pages_subtotals_dollars_and_percentages_are_reckoned_again() {
    let office = Office::calm().await;
    for (sequence, (from, to, expected)) in (1..).zip(ALTERED) {
        // Texts of the document are broken wherever a line of this file ends.
        let document = rich(sequence);
        assert!(document.contains(from), "{from}");
        let result = office.judge(&document.replacen(from, to, 1));
        assert_eq!(result["estado"], *expected, "{from} {to} {result}");
    }
}

/// All amounts on the last page sum to the document, and are not those of its lines.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_bears_the_sums_of_its_own_lines() {
    let office = Office::calm().await;
    let (first, second) = (page(1, (1, 2), 2), page(2, (3, 3), 1));
    let last = [page(1, (1, 2), 0), page(2, (3, 3), 3)].concat();
    let nothing = "<SubtotalImpuestoAdicionalPagina>0.00</SubtotalImpuestoAdicionalPagina>\
                   <SubtotalImpuestoAdicional><SubtotalOtrosImpuesto>0.00</SubtotalOtrosImpuesto>\
                   </SubtotalImpuestoAdicional>";
    let last = last.replacen(nothing, "", 1);
    let document = rich(1).replacen(&[first, second].concat(), &last, 1);
    assert!(document.contains("<MontoSubtotalPagina>34560.00<"));
    assert_eq!(office.judge(&document)["estado"], IF);
}

/// Pages cannot be announced and left out, and one page is no pagination.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_there_where_they_are_announced() {
    let office = Office::calm().await;
    let without = |sequence| {
        let document = rich(sequence);
        let (before, rest) = document.split_once("<Paginacion>").unwrap();
        let (_, after) = rest.split_once("</Paginacion>").unwrap();
        format!("{before}{after}")
    };
    assert_eq!(office.judge(&without(1))["estado"], NO);
    let silent = without(2).replacen("<TotalPaginas>2</TotalPaginas>", "", 1);
    assert_eq!(office.judge(&silent)["estado"], YES);
}

/// A document of one exempt line of a thousand, of a type that has no income type.
fn exempt(kind: u8, sequence: u64, retention: &str, retained: &str) -> String {
    let taxed = "<MontoGravadoTotal>1000.00</MontoGravadoTotal><MontoGravadoI1>1000.00</MontoGravadoI1>\
                 <ITBIS1>18</ITBIS1><TotalITBIS>180.00</TotalITBIS><TotalITBIS1>180.00</TotalITBIS1>\
                 <MontoTotal>1180.00</MontoTotal>";
    let total =
        format!("<MontoExento>1000.00</MontoExento><MontoTotal>1000.00</MontoTotal>{retained}");
    let indicator = "<IndicadorFacturacion>1</IndicadorFacturacion>";
    let line = format!("<IndicadorFacturacion>4</IndicadorFacturacion>{retention}");
    let document = Sale { kind, quantity: 10, ..Sale::credit(sequence) }
        .xml()
        .replacen("<IndicadorMontoGravado>0</IndicadorMontoGravado>", "", 1)
        .replacen("<TipoIngresos>01</TipoIngresos>", "", 1)
        .replacen(taxed, &total, 1)
        .replacen(indicator, &line, 1);
    assert!(document.contains(&total), "{document}");
    document
}

fn retention(amounts: &[(&str, &str)]) -> String {
    let amount = |(name, amount): &(&str, &str)| format!("<{name}>{amount}</{name}>");
    let amounts = amounts.iter().map(amount).collect::<Vec<_>>().concat();
    let kind = "IndicadorAgenteRetencionoPercepcion";
    format!("<Retencion><{kind}>1</{kind}>{amounts}</Retencion>")
}

fn verdict(result: &Value) -> (&str, Vec<u64>) {
    (result["estado"].as_str().unwrap(), codes(result))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exempt_line_of_a_purchase_states_that_no_itbis_is_retained() {
    let office = Office::calm().await;
    let isr = ("MontoISRRetenido", "100.00");
    let purchase = |sequence, amounts: &[(&str, &str)], itbis: &str| {
        let totals = format!("{itbis}<TotalISRRetencion>100.00</TotalISRRetencion>");
        exempt(41, sequence, &retention(amounts), &totals)
    };
    let silent = office.judge(&purchase(1, &[isr], ""));
    assert_eq!(verdict(&silent), (NO, vec![260]));
    let zero = "<TotalITBISRetenido>0.00</TotalITBISRetenido>";
    let stated = office.judge(&purchase(2, &[("MontoITBISRetenido", "0.00"), isr], zero));
    assert_eq!(verdict(&stated), (YES, vec![0]), "{stated}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_abroad_retains_income_tax() {
    let office = Office::calm().await;
    let abroad = |sequence, amount: &str| {
        let totals = format!("<TotalISRRetencion>{amount}</TotalISRRetencion>");
        exempt(47, sequence, &retention(&[("MontoISRRetenido", amount)]), &totals)
            .replacen("<RNCComprador>102000000</RNCComprador>", FOREIGN, 1)
            .replacen("<IndicadorBienoServicio>1<", "<IndicadorBienoServicio>2<", 1)
    };
    for (sequence, (amount, expected)) in
        (1..).zip([("270.00", YES), ("100.00", YES), ("0.00", NO), ("271.00", YES), ("271.01", IF)])
    {
        let result = office.judge(&abroad(sequence, amount));
        assert_eq!(result["estado"], expected, "{amount} {result}");
    }
}

const FOREIGN: &str = "<IdentificadorExtranjero>NO-912345678</IdentificadorExtranjero>";

/// Its schema has no place for the day that code 1100 asks for.
#[tokio::test(flavor = "multi_thread")]
async fn a_minor_expense_is_never_on_credit() {
    let office = Office::calm().await;
    let expense = |sequence, kind: &str| {
        let document = exempt(43, sequence, "", "");
        let (before, rest) = document.split_once("<Comprador>").unwrap();
        let (_, after) = rest.split_once("</Comprador>").unwrap();
        let document = format!("{before}{after}");
        document.replacen("<TipoPago>1<", &format!("<TipoPago>{kind}<"), 1)
    };
    assert_eq!(verdict(&office.judge(&expense(1, "2"))), (NO, vec![1_100]));
    assert_eq!(office.judge(&expense(2, "1"))["estado"], YES);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_buyer_of_an_export_has_an_rnc_or_a_country() {
    let office = Office::calm().await;
    let taxed = "<MontoGravadoI1>100.00</MontoGravadoI1><ITBIS1>18</ITBIS1><TotalITBIS>18.00</TotalITBIS>\
                 <TotalITBIS1>18.00</TotalITBIS1><MontoTotal>118.00<";
    let at_zero = "<MontoGravadoI3>100.00</MontoGravadoI3><ITBIS3>0</ITBIS3><TotalITBIS>0.00</TotalITBIS>\
                   <TotalITBIS3>0.00</TotalITBIS3><MontoTotal>100.00<";
    let export = |sequence, buyer: &str, country: &str| {
        let (named, open) = ("</RazonSocialComprador>", "<RNCComprador>102000000</RNCComprador>");
        Sale { kind: 46, ..Sale::credit(sequence) }
            .xml()
            .replacen("<IndicadorMontoGravado>0</IndicadorMontoGravado>", "", 1)
            .replacen(taxed, at_zero, 1)
            .replacen("<IndicadorFacturacion>1<", "<IndicadorFacturacion>3<", 1)
            .replacen(open, buyer, 1)
            .replacen(named, &format!("{named}{country}"), 1)
    };
    let country = "<PaisComprador>Noruega</PaisComprador>";
    for (sequence, (buyer, country, expected)) in (1..).zip([
        (FOREIGN, "", NO),
        (FOREIGN, country, YES),
        ("", "", NO),
        ("", country, YES),
        ("<RNCComprador>102000000</RNCComprador>", "", YES),
    ]) {
        let result = office.judge(&export(sequence, buyer, country));
        assert_eq!(result["estado"], expected, "{buyer} {country} {result}");
    }
}

/// The issuer's own RNC names no other taxpayer: the original is held against the note all the same.
#[tokio::test(flavor = "multi_thread")]
async fn ones_own_rnc_in_the_place_of_anothers_excuses_nothing() {
    let office = Office::calm().await;
    assert_eq!(office.judge(&Sale::credit(1).xml())["estado"], YES);
    let note = |sequence, rnc: &str| {
        let xml = Note { quantity: 5, ..Note::credit(sequence) }.xml();
        let own = "</NCFModificado>";
        xml.replacen(own, &format!("{own}<RNCOtroContribuyente>{rnc}</RNCOtroContribuyente>"), 1)
    };
    assert_eq!(verdict(&office.judge(&note(1, "101000000"))), (NO, vec![615]));
    assert_eq!(office.judge(&note(2, "103000000"))["estado"], YES, "another's is not known here");
}

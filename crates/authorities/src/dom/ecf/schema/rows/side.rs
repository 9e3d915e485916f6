//! The documents that go beside an e-CF: its summary (RFCE), the commercial approval (ACECF), the
//! acknowledgement of receipt (ARECF), the annulment (ANECF) and the seed.

use super::{Content, Row, row};
use crate::dom::ecf::schema::form::{Form as F, Integer, Listed};
use crate::dom::ecf::schema::number::{Decimal, Point};
use crate::dom::ecf::schema::shape;

/// Resumen de Factura de Consumo Electrónica, below its root.
#[rustfmt::skip]
pub(in crate::dom::ecf::schema) const RFCE: &[Row] = &[
    group(1, '1', "Encabezado"),
    leaf(2, '1', "Version", F::VersionText),
    group(2, '1', "IdDoc"),
    leaf(3, '1', "TipoeCF", F::Number(&[32])),
    leaf(3, '1', "eNCF", F::Shaped(shape::ENCF)),
    leaf(3, '1', "TipoIngresos", F::BlankedCode(&["01", "02", "03", "04", "05", "06"])),
    leaf(3, '1', "TipoPago", F::Number(&[1, 2, 3])),
    group(3, '?', "TablaFormasPago"),
    group(4, '?', "FormaDePago").repeated(7),
    leaf(5, '?', "FormaPago", F::Number(&[1, 2, 3, 4, 5, 6, 7, 8])),
    leaf(5, '?', "MontoPago", AMOUNT),
    group(2, '1', "Emisor"),
    leaf(3, '1', "RNCEmisor", TAX_ID),
    leaf(3, '1', "RazonSocialEmisor", F::Text(1, 150)),
    leaf(3, '1', "FechaEmision", F::Shaped(shape::SUMMARY_DATE)),
    group(2, '1', "Comprador"),
    leaf(3, '?', "RNCComprador", TAX_ID),
    leaf(3, '?', "IdentificadorExtranjero", F::Text(0, 20)),
    leaf(3, '?', "RazonSocialComprador", F::Text(0, 150)),
    group(2, '1', "Totales"),
    leaf(3, '?', "MontoGravadoTotal", AMOUNT),
    leaf(3, '?', "MontoGravadoI1", AMOUNT),
    leaf(3, '?', "MontoGravadoI2", AMOUNT),
    leaf(3, '?', "MontoGravadoI3", AMOUNT),
    leaf(3, '?', "MontoExento", AMOUNT),
    leaf(3, '?', "TotalITBIS", AMOUNT),
    leaf(3, '?', "TotalITBIS1", AMOUNT),
    leaf(3, '?', "TotalITBIS2", AMOUNT),
    leaf(3, '?', "TotalITBIS3", AMOUNT),
    leaf(3, '?', "MontoImpuestoAdicional", POSITIVE_AMOUNT),
    group(3, '?', "ImpuestosAdicionales"),
    group(4, '?', "ImpuestoAdicional").repeated(20),
    leaf(5, '?', "TipoImpuesto", F::Listed(Listed::Taxes)),
    leaf(5, '?', "MontoImpuestoSelectivoConsumoEspecifico", POSITIVE_AMOUNT),
    leaf(5, '?', "MontoImpuestoSelectivoConsumoAdvalorem", POSITIVE_AMOUNT),
    leaf(5, '?', "OtrosImpuestosAdicionales", POSITIVE_AMOUNT),
    leaf(3, '1', "MontoTotal", AMOUNT),
    leaf(3, '?', "MontoNoFacturable", SIGNED_AMOUNT),
    leaf(3, '?', "MontoPeriodo", SIGNED_AMOUNT),
    leaf(2, '1', "CodigoSeguridadeCF", F::Shaped(shape::SECURITY_CODE)),
];

/// Aprobación Comercial, below its root.
#[rustfmt::skip]
pub(in crate::dom::ecf::schema) const ACECF: &[Row] = &[
    group(1, '1', "DetalleAprobacionComercial"),
    leaf(2, '1', "Version", F::Listed(VERSION)),
    leaf(2, '1', "RNCEmisor", TAX_ID),
    leaf(2, '1', "eNCF", F::Shaped(shape::RECEIPT_ENCF)),
    leaf(2, '1', "FechaEmision", F::Shaped(shape::APPROVAL_DATE)),
    leaf(2, '1', "MontoTotal", APPROVED_AMOUNT),
    leaf(2, '1', "RNCComprador", TAX_ID),
    leaf(2, '1', "Estado", F::Number(&[1, 2])),
    leaf(2, '?', "DetalleMotivoRechazo", F::Text(0, 250)),
    leaf(2, '1', "FechaHoraAprobacionComercial", F::Shaped(shape::SIDE_MOMENT)),
];

/// Acuse de Recibo, below its root.
#[rustfmt::skip]
pub(in crate::dom::ecf::schema) const ARECF: &[Row] = &[
    group(1, '1', "DetalleAcusedeRecibo"),
    leaf(2, '1', "Version", F::VersionNumber),
    leaf(2, '1', "RNCEmisor", TAX_ID),
    leaf(2, '1', "RNCComprador", TAX_ID),
    leaf(2, '1', "eNCF", F::Shaped(shape::RECEIPT_ENCF)),
    leaf(2, '1', "Estado", F::Number(&[0, 1])),
    leaf(2, '?', "CodigoMotivoNoRecibido", F::Number(&[1, 2, 3, 4])),
    leaf(2, '1', "FechaHoraAcuseRecibo", F::Shaped(shape::SIDE_MOMENT)),
];

/// Anulación de Secuencias, below its root.
#[rustfmt::skip]
pub(in crate::dom::ecf::schema) const ANECF: &[Row] = &[
    group(1, '1', "Encabezado"),
    leaf(2, '1', "Version", F::Listed(VERSION)),
    leaf(2, '1', "RncEmisor", TAX_ID),
    leaf(2, '1', "CantidadeNCFAnulados", count(10)),
    leaf(2, '1', "FechaHoraAnulacioneNCF", F::Shaped(shape::SIDE_MOMENT)),
    group(1, '1', "DetalleAnulacion"),
    group(2, '1', "Anulacion").repeated(10),
    leaf(3, '1', "NoLinea", count(2)).repeated(10),
    leaf(3, '1', "TipoeCF", F::Number(&[31, 32, 33, 34, 41, 43, 44, 45, 46, 47])),
    group(3, '1', "TablaRangoSecuenciasAnuladaseNCF"),
    group(4, '1', "Secuencias").repeated(10_000),
    leaf(5, '1', "SecuenciaeNCFDesde", F::Text(13, 13)),
    leaf(5, '1', "SecuenciaeNCFHasta", F::Text(13, 13)),
    leaf(3, '1', "CantidadeNCFAnulados", count(10)),
];

/// The seed, below its root.
#[rustfmt::skip]
pub(in crate::dom::ecf::schema) const SEED: &[Row] = &[
    leaf(1, '1', "valor", F::Text(0, usize::MAX)),
    leaf(1, '1', "fecha", F::Instant),
];

const VERSION: Listed = Listed::Texts(&["1.0"]);
/// A number by its type, so that blanks may stand around it.
const TAX_ID: F = F::Blanked(shape::TAX_ID);

/// Unlike the amounts of an e-CF, those of its summary have two decimals or none.
const SUMMARY_AMOUNT: Decimal = Decimal {
    whole: 16,
    fraction: (2, 2),
    total: 18,
    point: Point::Forgotten,
    signed: false,
    above_zero: false,
};
const AMOUNT: F = F::Decimal(SUMMARY_AMOUNT);
const POSITIVE_AMOUNT: F = F::Decimal(Decimal { above_zero: true, ..SUMMARY_AMOUNT });
const SIGNED_AMOUNT: F = F::Decimal(Decimal { signed: true, ..SUMMARY_AMOUNT });
/// Two decimals always, and as many digits before them as eighteen leave room for.
const APPROVED_AMOUNT: F =
    F::Decimal(Decimal { whole: usize::MAX, point: Point::Required, ..SUMMARY_AMOUNT });

const fn count(digits: usize) -> F {
    F::Integer(Integer { digits, least: 0, most: None })
}

const fn group(depth: usize, occurs: char, name: &'static str) -> Row {
    side(depth, occurs, name, Content::Elements)
}

const fn leaf(depth: usize, occurs: char, name: &'static str, form: F) -> Row {
    side(depth, occurs, name, Content::Form(form))
}

/// These have one column, and their formats ask for what their schemas do.
const fn side(depth: usize, occurs: char, name: &'static str, content: Content) -> Row {
    let schema = if occurs == '1' { "1" } else { "?" };
    row(depth, schema, "-", 'N', name, content)
}

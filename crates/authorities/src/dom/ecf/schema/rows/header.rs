//! What document this is, and how it is paid: area `IdDoc`.

use super::{Row, group, leaf};
use crate::dom::ecf::schema::value::Value as V;

/// Columns: 31 32 33 34 41 43 44 45 46 47, first as the schemas have it, then as the format does.
#[rustfmt::skip]
pub(super) const HEADER: &[Row] = &[
    group(1, "1111111111", "1111111111", "Encabezado"),
    leaf(2, "1111111111", "1111111111", 'N', "Version", V::Version),
    group(2, "1111111111", "1111111111", "IdDoc"),
    leaf(3, "1111111111", "1111111111", 'P', "TipoeCF", V::DocumentType),
    leaf(3, "1111111111", "1111111111", 'I', "eNCF", V::Encf),
    leaf(3, "1.1.111111", "1010111111", 'I', "FechaVencimientoSecuencia", V::Date),
    leaf(3, "...1......", "0001000000", 'N', "IndicadorNotaCredito", V::NumberOf(&[0, 1])),
    leaf(3, "????..???.", "2222002220", 'N', "IndicadorEnvioDiferido", V::NumberOf(&[1])),
    leaf(3, "?????..?..", "2222200200", 'N', "IndicadorMontoGravado", V::NumberOf(&[0, 1])),
    leaf(3, "????..??..", "----------", 'N', "IndicadorServicioTodoIncluido", V::NumberOf(&[1])),
    leaf(3, "11??..111.", "1111001110", 'N', "TipoIngresos", V::Income),
    leaf(3, "1111??111?", "1111131113", 'N', "TipoPago", V::NumberOf(&[1, 2, 3])),
    leaf(3, "?????.????", "2222202223", 'N', "FechaLimitePago", V::Date),
    leaf(3, "???.?.????", "3330303333", 'N', "TerminoPago", V::Term),
    group(3, "???.?.????", "3330303333", "TablaFormasPago"),
    group(4, "111.1.1111", "----------", "FormaDePago").repeated(7),
    leaf(5, "111.1.1111", "3330303333", 'N', "FormaPago", V::NumberOf(&[1, 2, 3, 4, 5, 6, 7, 8])),
    leaf(5, "111.1.1111", "2220202223", 'N', "MontoPago", V::Amount),
    leaf(3, "???.?.????", "3330303333", 'N', "TipoCuentaPago", V::OneOf(&["CT", "AH", "OT"])),
    leaf(3, "???.?.????", "3330303333", 'N', "NumeroCuentaPago", V::Text(1, 28)),
    leaf(3, "???.?.????", "3330303333", 'N', "BancoPago", V::Text(1, 75)),
    leaf(3, "????..????", "3333003333", 'N', "FechaDesde", V::Date),
    leaf(3, "????..????", "3333003333", 'N', "FechaHasta", V::Date),
    leaf(3, "??????????", "2222222222", 'I', "TotalPaginas", V::Pages),
];

//! Who sells and who buys: areas `Emisor` and `Comprador`.

use super::{Row, group, leaf};
use crate::dom::ecf::schema::value::Value as V;

/// Columns: 31 32 33 34 41 43 44 45 46 47, first as the schemas have it, then as the format does.
#[rustfmt::skip]
pub(super) const PARTIES: &[Row] = &[
    group(2, "1111111111", "1111111111", "Emisor"),
    leaf(3, "1111111111", "1111111111", 'I', "RNCEmisor", V::TaxId),
    leaf(3, "1111111111", "1111111111", 'I', "RazonSocialEmisor", V::Text(1, 150)),
    leaf(3, "??????????", "3333333333", 'I', "NombreComercial", V::Text(1, 150)),
    leaf(3, "??????????", "3333333333", 'I', "Sucursal", V::Text(1, 20)),
    leaf(3, "1111111111", "1111111111", 'I', "DireccionEmisor", V::Text(1, 100)),
    leaf(3, "??????????", "3333333333", 'P', "Municipio", V::Place),
    leaf(3, "??????????", "3333333333", 'P', "Provincia", V::Place),
    group(3, "??????????", "3333333333", "TablaTelefonoEmisor"),
    leaf(4, "1111111111", "3333333333", 'N', "TelefonoEmisor", V::Phone).repeated(3),
    leaf(3, "??????????", "3333333333", 'N', "CorreoEmisor", V::Email),
    leaf(3, "??????????", "3333333333", 'N', "WebSite", V::Text(1, 50)),
    leaf(3, "??????????", "3333333333", 'N', "ActividadEconomica", V::Text(1, 100)),
    leaf(3, "????..???.", "3333003330", 'N', "CodigoVendedor", V::Text(1, 60)),
    leaf(3, "??????????", "3333333333", 'N', "NumeroFacturaInterna", V::Text(1, 20)),
    leaf(3, "??????????", "3333333333", 'N', "NumeroPedidoInterno", V::Digits(20)),
    leaf(3, "????..???.", "3333003330", 'N', "ZonaVenta", V::Text(1, 20)),
    leaf(3, "????..???.", "3333003330", 'N', "RutaVenta", V::Text(1, 20)),
    leaf(3, "??????????", "3333333333", 'N', "InformacionAdicionalEmisor", V::Text(1, 250)),
    leaf(3, "1111111111", "1111111111", 'I', "FechaEmision", V::Date),
    group(2, "11??1.111?", "1122101113", "Comprador"),
    leaf(3, "1???1.?1?.", "1222102120", 'I', "RNCComprador", V::TaxId),
    leaf(3, ".???..?.??", "0222002023", 'I', "IdentificadorExtranjero", V::Text(1, 20)),
    leaf(3, "1???1.111?", "1222101113", 'I', "RazonSocialComprador", V::Text(1, 150)),
    leaf(3, "?????.???.", "3333303330", 'N', "ContactoComprador", V::Text(1, 80)),
    leaf(3, "?????.???.", "3333303330", 'N', "CorreoComprador", V::Email),
    leaf(3, "?????.???.", "3333303330", 'N', "DireccionComprador", V::Text(1, 100)),
    leaf(3, "?????.???.", "3333303330", 'N', "MunicipioComprador", V::Place),
    leaf(3, "?????.???.", "3333303330", 'N', "ProvinciaComprador", V::Place),
    leaf(3, "........?.", "0000000030", 'P', "PaisComprador", V::Name(60)),
    leaf(3, "????..???.", "3333003330", 'N', "FechaEntrega", V::Date),
    leaf(3, "????..???.", "3333003330", 'N', "ContactoEntrega", V::Text(1, 100)),
    leaf(3, "????..???.", "3333003330", 'N', "DireccionEntrega", V::Text(1, 100)),
    leaf(3, "????..???.", "3333003330", 'N', "TelefonoAdicional", V::Phone),
    leaf(3, "????..???.", "3333003330", 'N', "FechaOrdenCompra", V::Date),
    leaf(3, "????..???.", "3333003330", 'N', "NumeroOrdenCompra", V::Text(1, 20)),
    leaf(3, "?????.???.", "3333303330", 'N', "CodigoInternoComprador", V::Text(1, 20)),
    leaf(3, "?????.???.", "3333303330", 'N', "ResponsablePago", V::Letters(20)),
    leaf(3, "?????.???.", "3333303330", 'N', "InformacionAdicionalComprador", V::Text(1, 150)),
];

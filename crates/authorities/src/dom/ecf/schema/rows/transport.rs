//! What is shipped and how: areas `InformacionesAdicionales` and `Transporte`.

use super::{Row, group, leaf};
use crate::dom::ecf::schema::value::Value as V;

/// Columns: 31 32 33 34 41 43 44 45 46 47, first as the schemas have it, then as the format does.
#[rustfmt::skip]
pub(super) const TRANSPORT: &[Row] = &[
    group(2, "????..???.", "3333003330", "InformacionesAdicionales"),
    leaf(3, "????..???.", "3333003330", 'N', "FechaEmbarque", V::Date),
    leaf(3, "????..???.", "3333003330", 'N', "NumeroEmbarque", V::Text(1, 25)),
    leaf(3, "????..???.", "3333003330", 'N', "NumeroContenedor", V::Text(1, 100)),
    leaf(3, "????..???.", "3333003330", 'N', "NumeroReferencia", V::Reference),
    leaf(3, "........?.", "0000000030", 'N', "NombrePuertoEmbarque", V::Text(1, 40)),
    leaf(3, "........?.", "0000000030", 'N', "CondicionesEntrega", V::Name(3)),
    leaf(3, "........?.", "0000000030", 'N', "TotalFob", V::PositiveAmount),
    leaf(3, "........?.", "0000000030", 'N', "Seguro", V::PositiveAmount),
    leaf(3, "........?.", "0000000030", 'N', "Flete", V::PositiveAmount),
    leaf(3, "........?.", "0000000030", 'N', "OtrosGastos", V::PositiveAmount),
    leaf(3, "........?.", "0000000030", 'N', "TotalCif", V::Amount),
    leaf(3, "........?.", "0000000030", 'N', "RegimenAduanero", V::Name(35)),
    leaf(3, "........?.", "0000000030", 'N', "NombrePuertoSalida", V::Text(1, 40)),
    leaf(3, "........?.", "0000000030", 'N', "NombrePuertoDesembarque", V::Text(1, 40)),
    leaf(3, "????..???.", "3333003330", 'N', "PesoBruto", V::Amount),
    leaf(3, "????..???.", "3333003330", 'N', "PesoNeto", V::Amount),
    leaf(3, "????..???.", "3333003330", 'N', "UnidadPesoBruto", V::Unit),
    leaf(3, "????..???.", "3333003330", 'N', "UnidadPesoNeto", V::Unit),
    leaf(3, "????..???.", "3333003330", 'N', "CantidadBulto", V::Amount),
    leaf(3, "????..???.", "3333003330", 'N', "UnidadBulto", V::Unit),
    leaf(3, "????..???.", "3333003330", 'N', "VolumenBulto", V::PositiveAmount),
    leaf(3, "????..???.", "3333003330", 'N', "UnidadVolumen", V::Unit),
    group(2, "????..????", "3333003330", "Transporte"),
    leaf(3, "........?.", "0000000030", 'N', "ViaTransporte", V::OneOf(&["01", "02", "03"])),
    leaf(3, "........?.", "0000000030", 'N', "PaisOrigen", V::Name(60)),
    leaf(3, "........?.", "0000000030", 'N', "DireccionDestino", V::Text(1, 100)),
    leaf(3, "........??", "0000000033", 'N', "PaisDestino", V::Destination),
    leaf(3, "........?.", "0000000030", 'N', "RNCIdentificacionCompaniaTransportista",
        V::Text(1, 20)),
    leaf(3, "........?.", "0000000030", 'N', "NombreCompaniaTransportista", V::Text(1, 150)),
    leaf(3, "........?.", "0000000030", 'N', "NumeroViaje", V::Text(1, 20)),
    leaf(3, "????..???.", "3333003330", 'N', "Conductor", V::Text(1, 20)),
    leaf(3, "????..???.", "3333003330", 'N', "DocumentoTransporte", V::Digits(20)),
    leaf(3, "????..???.", "3333003330", 'N', "Ficha", V::Text(1, 10)),
    leaf(3, "????..???.", "3333003330", 'N', "Placa", V::Text(1, 7)),
    leaf(3, "????..???.", "3333003330", 'N', "RutaTransporte", V::Text(1, 20)),
    leaf(3, "????..???.", "3333003330", 'N', "ZonaTransporte", V::Text(1, 20)),
    leaf(3, "????..???.", "3333003330", 'N', "NumeroAlbaran", V::Text(1, 20)),
];

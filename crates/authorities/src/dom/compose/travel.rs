//! Areas `InformacionesAdicionales` and `Transporte`: what travels, and on what.

use super::{Composer, figures};
use crate::dom::ecf::document::write_date;
use crate::dom::regime::unit_code;
use crate::dom::section::TransportMode;
use crate::dom::xml::Element;

impl Composer<'_> {
    pub(super) fn shipment(&self) -> Element {
        let mut area = Element::new("InformacionesAdicionales");
        let Some(shipment) = self.written.document.shipment.as_deref().cloned() else {
            return area;
        };
        let unit = |written: Option<String>| written.map(unit_or_as_written);
        area.push_optional("FechaEmbarque", shipment.shipped_on.map(write_date));
        area.push_optional("NumeroEmbarque", shipment.number);
        area.push_optional("NumeroContenedor", shipment.container);
        area.push_optional("NumeroReferencia", shipment.reference);
        area.push_optional("NombrePuertoEmbarque", shipment.port_of_loading);
        area.push_optional("CondicionesEntrega", shipment.delivery_terms);
        area.push_optional("TotalFob", figures::optional(shipment.total_fob));
        area.push_optional("Seguro", figures::optional(shipment.insurance));
        area.push_optional("Flete", figures::optional(shipment.freight));
        area.push_optional("OtrosGastos", figures::optional(shipment.other_charges));
        area.push_optional("TotalCif", figures::optional(shipment.total_cif));
        area.push_optional("RegimenAduanero", shipment.customs_regime);
        area.push_optional("NombrePuertoSalida", shipment.port_of_departure);
        area.push_optional("NombrePuertoDesembarque", shipment.port_of_discharge);
        area.push_optional("PesoBruto", figures::optional(shipment.gross_weight));
        area.push_optional("PesoNeto", figures::optional(shipment.net_weight));
        area.push_optional("UnidadPesoBruto", unit(shipment.gross_weight_unit));
        area.push_optional("UnidadPesoNeto", unit(shipment.net_weight_unit));
        area.push_optional("CantidadBulto", figures::optional(shipment.packages));
        area.push_optional("UnidadBulto", unit(shipment.packages_unit));
        area.push_optional("VolumenBulto", figures::optional(shipment.volume));
        area.push_optional("UnidadVolumen", unit(shipment.volume_unit));
        area
    }

    pub(super) fn transport(&self) -> Element {
        let mut area = Element::new("Transporte");
        let Some(transport) = self.written.document.transport.as_deref().cloned() else {
            return area;
        };
        area.push_optional("ViaTransporte", transport.mode.map(TransportMode::code));
        area.push_optional("PaisOrigen", transport.country_of_origin);
        area.push_optional("DireccionDestino", transport.destination_address);
        area.push_optional("PaisDestino", transport.country_of_destination);
        area.push_optional("RNCIdentificacionCompaniaTransportista", transport.carrier_id);
        area.push_optional("NombreCompaniaTransportista", transport.carrier_name);
        area.push_optional("NumeroViaje", transport.voyage);
        area.push_optional("Conductor", transport.driver);
        area.push_optional("DocumentoTransporte", transport.document);
        area.push_optional("Ficha", transport.vehicle);
        area.push_optional("Placa", transport.plate);
        area.push_optional("RutaTransporte", transport.route);
        area.push_optional("ZonaTransporte", transport.zone);
        area.push_optional("NumeroAlbaran", transport.delivery_note);
        area
    }
}

/// The code of a unit; what is none stands as it was written, for the check to refuse.
pub(super) fn unit_or_as_written(written: String) -> String {
    unit_code(&written).map_or(written, str::to_owned)
}

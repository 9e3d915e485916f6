//! Areas `Emisor` and `Comprador`: who sells and who buys. Of a purchase and a payment abroad the
//! taxpayer is the first all the same, and the other side the second.

use super::{Composer, WithGroup as _, figures};
use crate::dom::ecf::document::{DocumentType, write_date};
use crate::dom::regime::is_foreigner;
use crate::dom::xml::Element;

/// What stands for a buyer whom nobody named, in the one type whose schema wants the area always:
/// an empty one would be refused.
const NOBODY: &str = "CONSUMIDOR FINAL";

impl Composer<'_> {
    pub(super) fn seller(&self) -> Element {
        let seller = self.invoice.seller();
        let more = self.written.document.seller.clone().unwrap_or_default();
        let mut area = Element::new("Emisor");
        area.push_leaf("RNCEmisor", seller.tax_id.clone());
        area.push_leaf("RazonSocialEmisor", seller.name.clone());
        area.push_optional("NombreComercial", more.trade_name);
        area.push_optional("Sucursal", more.branch);
        area.push_leaf("DireccionEmisor", seller.address.clone());
        area.push_optional("Municipio", more.municipality);
        area.push_optional("Provincia", more.province);
        area.push_group(self.phones(&more.phones));
        area.push_optional("CorreoEmisor", seller.email.clone());
        area.push_optional("WebSite", more.website);
        area.push_optional("ActividadEconomica", more.economic_activity);
        area.push_optional("CodigoVendedor", more.salesperson);
        area.push_optional("NumeroFacturaInterna", more.invoice_number);
        area.push_optional("NumeroPedidoInterno", more.order_number);
        area.push_optional("ZonaVenta", more.sales_zone);
        area.push_optional("RutaVenta", more.sales_route);
        let comment = self.invoice.comments().first().cloned();
        area.push_optional("InformacionAdicionalEmisor", comment);
        area.push_leaf("FechaEmision", write_date(self.invoice.issued_on()));
        area
    }

    fn phones(&self, phones: &[String]) -> Element {
        let mut table = Element::new("TablaTelefonoEmisor");
        let own = self.invoice.seller().phone.as_ref().filter(|_| phones.is_empty());
        for written in phones.iter().chain(own) {
            table.push_leaf("TelefonoEmisor", figures::phone(written));
        }
        table
    }

    pub(super) fn buyer(&self) -> Element {
        let customer = self.invoice.customer();
        let more = self.written.customer.clone();
        let is_foreign = is_foreigner(&customer.kind);
        let number = if is_foreign { "IdentificadorExtranjero" } else { "RNCComprador" };
        let delivery = more.delivery.unwrap_or_default();
        let order = more.purchase_order.unwrap_or_default();
        let mut area = Element::new("Comprador");
        area.push_optional(number, customer.tax_id.clone());
        area.push_optional("RazonSocialComprador", customer.name.clone());
        area.push_optional("ContactoComprador", more.contact);
        area.push_optional("CorreoComprador", customer.email.clone());
        area.push_optional("DireccionComprador", customer.address.clone());
        area.push_optional("MunicipioComprador", more.municipality);
        area.push_optional("ProvinciaComprador", more.province);
        area.push_optional("PaisComprador", more.country);
        area.push_optional("FechaEntrega", delivery.on.map(write_date));
        area.push_optional("ContactoEntrega", delivery.contact);
        area.push_optional("DireccionEntrega", delivery.address);
        area.push_optional("TelefonoAdicional", delivery.phone.as_deref().map(figures::phone));
        area.push_optional("FechaOrdenCompra", order.on.map(write_date));
        area.push_optional("NumeroOrdenCompra", order.number);
        area.push_optional("CodigoInternoComprador", more.internal_code);
        area.push_optional("ResponsablePago", more.payer);
        area.push_optional("InformacionAdicionalComprador", more.additional_information);
        if area.is_empty() && self.document_type == DocumentType::Consumer {
            area.push_leaf("RazonSocialComprador", NOBODY);
        }
        area
    }
}

//! How it is paid, and what else the document says in words.

use ::invoice::{Invoice, Regime};

use super::{Member, figure, section};
use crate::{Error, Row};

/// The terms, then each payment by its means.
pub(super) fn payments(invoice: &Invoice, regime: &Regime) -> Result<Vec<Row>, Error> {
    let terms = section(invoice).at("payment_terms");
    let kind = match terms.at("kind").text() {
        Some("credit") => "Crédito",
        Some("free") => "Gratuito",
        _ => "Contado",
    };
    let mut rows = vec![Row::text("Condición", kind)];
    rows.extend(terms.at("due_on").date().map(|date| Row::text("Fecha Límite de Pago", date)));
    rows.extend(terms.at("term").text().map(|term| Row::text("Término de Pago", term)));
    for payment in invoice.payments() {
        let method = regime.payment_method(&payment.method).expect("the regime priced this");
        rows.push(Row::amount(method.label, figure(payment.amount)?));
    }
    Ok(rows)
}

pub(super) fn comments(invoice: &Invoice) -> Result<Vec<Row>, Error> {
    let document = section(invoice);
    let customer = Member::of(invoice.customer().section.as_ref());
    let mut rows: Vec<Row> = invoice
        .comments()
        .iter()
        .map(|comment| Row::text("Información adicional", comment.as_str()))
        .collect();
    rows.extend(invoice.reference().map(|reference| Row::text("Referencia", reference)));
    rows.extend(texts(customer.at("purchase_order"), &[("Orden de compra", "number")]));
    rows.extend(texts(customer.at("delivery"), &[("Entregar en", "address")]));
    rows.extend(texts(document.at("shipment"), &SHIPMENT));
    for (label, key) in COSTS {
        let amount = document.at("shipment").at(key).positive()?;
        rows.extend(amount.map(|amount| Row::amount(label, amount)));
    }
    rows.extend(texts(document.at("transport"), &TRANSPORT));
    Ok(rows)
}

fn texts(of: Member<'_>, keys: &[(&str, &str)]) -> Vec<Row> {
    let rows = keys.iter().filter_map(|(label, key)| Some(Row::text(*label, of.at(key).text()?)));
    rows.collect()
}

const SHIPMENT: [(&str, &str); 8] = [
    ("Número de embarque", "number"),
    ("Contenedor", "container"),
    ("Referencia de embarque", "reference"),
    ("Condiciones de entrega", "delivery_terms"),
    ("Puerto de embarque", "port_of_loading"),
    ("Puerto de salida", "port_of_departure"),
    ("Puerto de desembarque", "port_of_discharge"),
    ("Régimen aduanero", "customs_regime"),
];

const COSTS: [(&str, &str); 5] = [
    ("Total FOB", "total_fob"),
    ("Seguro", "insurance"),
    ("Flete", "freight"),
    ("Otros gastos", "other_charges"),
    ("Total CIF", "total_cif"),
];

const TRANSPORT: [(&str, &str); 8] = [
    ("País de origen", "country_of_origin"),
    ("País de destino", "country_of_destination"),
    ("Dirección de destino", "destination_address"),
    ("Transportista", "carrier_name"),
    ("Número de viaje", "voyage"),
    ("Conductor", "driver"),
    ("Placa", "plate"),
    ("Conduce", "delivery_note"),
];

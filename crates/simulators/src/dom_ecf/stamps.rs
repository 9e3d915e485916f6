//! The two pages that a printed QR code opens. They compare literally with the XML.

use super::authority::{Authority, Call};
use super::number::Number;
use super::register::{Channel, Registration};
use super::reply::Reply;
use super::verdict::Standing;
use super::xml::escaped;

/// `consultatimbre`: everything but a consumer invoice that came as a summary.
pub(super) fn stamp(authority: &Authority, call: &Call) -> Reply {
    found(authority, call, Channel::Full, |each, call| {
        let facts = &each.facts;
        call.query.text("rnccomprador") == facts.buyer_rnc.as_deref().unwrap_or_default()
            && call.query.text("fechaemision") == facts.issued
            && call.query.text("fechafirma") == facts.signed
    })
    .map_or_else(absent, |each| page(&general_rows(&each)))
}

/// `consultatimbrefc`: a consumer invoice below the threshold.
pub(super) fn consumer_stamp(authority: &Authority, call: &Call) -> Reply {
    found(authority, call, Channel::Summary, |_, _| true)
        .map_or_else(absent, |each| page(&consumer_rows(&each)))
}

fn found(
    authority: &Authority,
    call: &Call,
    channel: Channel,
    agrees: impl Fn(&Registration, &Call) -> bool,
) -> Option<Registration> {
    let now = authority.clock.now();
    let mut state = authority.state();
    let register = &state.book(call.environment()).register;
    let number = Number::read(call.query.text("encf"))?;
    let each = register.find(call.query.text("rncemisor"), number)?;
    let is_it = each.channel == channel
        && call.query.text("montototal") == each.facts.total
        && call.query.text("codigoseguridad") == each.security_code
        && register.is_out(&each.track_id, now)
        && agrees(each, call);
    is_it.then(|| each.clone())
}

fn general_rows(each: &Registration) -> Vec<(&'static str, String)> {
    let facts = &each.facts;
    let buyer = facts.buyer_rnc.clone().or_else(|| facts.foreign_buyer.clone());
    vec![
        ("RNC Emisor", facts.rnc.clone()),
        ("Razón Social Emisor", facts.issuer.clone()),
        ("RNC Comprador", buyer.unwrap_or_default()),
        ("Razón Social Comprador", facts.buyer.clone().unwrap_or_default()),
        ("e-NCF", facts.number.to_string()),
        ("Fecha de Emisión", facts.issued.clone()),
        ("Total de ITBIS", facts.itbis.clone()),
        ("Monto Total", facts.total.clone()),
        ("Estado", standing(each)),
    ]
}

fn consumer_rows(each: &Registration) -> Vec<(&'static str, String)> {
    let facts = &each.facts;
    vec![
        ("RNC Emisor", facts.rnc.clone()),
        ("Razón Social Emisor", facts.issuer.clone()),
        ("e-NCF", facts.number.to_string()),
        ("Estado", standing(each)),
    ]
}

/// The page knows two standings: a condition is an acceptance.
fn standing(each: &Registration) -> String {
    match each.verdict.standing {
        Standing::Accepted | Standing::Conditional => "Aceptado".to_owned(),
        Standing::Rejected => "Rechazado".to_owned(),
    }
}

fn absent() -> Reply {
    Reply::Page(200, format!("{HEAD}<p>No fue encontrada la factura</p></body></html>"))
}

fn page(rows: &[(&str, String)]) -> Reply {
    let row = |(label, value): &(&str, String)| {
        format!("<tr><th>{label}</th><td>{}</td></tr>", escaped(value))
    };
    let rows: String = rows.iter().map(row).collect();
    Reply::Page(200, format!("{HEAD}<table>{rows}</table></body></html>"))
}

const HEAD: &str = "<!DOCTYPE html><html lang=\"es\"><head><meta charset=\"utf-8\"><title>Consulta de \
                    timbre (simulador)</title></head><body>";

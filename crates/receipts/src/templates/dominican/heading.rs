//! The head: who issues, what the document is and what it modifies, who it is for.

use ::invoice::{Invoice, Regime, SealedInvoice};

use super::kind::{PURCHASES, WITHOUT_EXPIRY};
use super::{Member, places, section, stamp};
use crate::templates::Presentation;
use crate::{Mention, Row, Section, Seller, Text, Tone};

/// Trade name, registered name, branch, RNC, address with municipality and province.
pub(super) fn seller(invoice: &Invoice) -> Seller {
    let seller = invoice.seller();
    let more = section(invoice).at("seller");
    let place = |key: &str| more.at(key).text().map(places::name);
    let places: Vec<String> = ["municipality", "province"].into_iter().filter_map(place).collect();
    let mut address = vec![Text::new(&format!("Dirección: {}", seller.address))];
    address.extend((!places.is_empty()).then(|| Text::from(places.join(", "))));
    Seller {
        trade_name: more.at("trade_name").text().map(Text::from),
        legal_name: seller.name.as_str().into(),
        ids: vec![Row::text("RNC", seller.tax_id.as_str())],
        shop: more.at("branch").text().map(|branch| Text::from(format!("Sucursal {branch}"))),
        address,
        contacts: contacts(invoice, more),
        regime: None,
    }
}

fn contacts(invoice: &Invoice, more: Member<'_>) -> Vec<Text> {
    let seller = invoice.seller();
    let phones: Vec<&str> =
        more.at("phones").items().into_iter().filter_map(Member::text).collect();
    let phones =
        if phones.is_empty() { seller.phone.as_deref().into_iter().collect() } else { phones };
    let phones = phones.into_iter().map(|phone| Text::from(format!("Tel. {phone}")));
    let others = [seller.email.as_deref(), more.at("website").text()];
    phones.chain(others.into_iter().flatten().map(Text::from)).collect()
}

/// The type in words. A document that is not signed is none, and says neither type nor number
/// (Modelos ilustrativos de RI, 3.2).
pub(super) fn title(sealed: &SealedInvoice, regime: &Regime) -> Text {
    if sealed.elements.is_none() {
        return "Documento no válido para fines fiscales".into();
    }
    let kind = regime.document_kind(sealed.invoice.kind()).expect("the regime priced this invoice");
    kind.coded.label.into()
}

pub(super) fn number(sealed: &SealedInvoice) -> Row {
    match sealed.elements {
        Some(_) => Row::text("e-NCF", sealed.number()),
        None => Row::text("Referencia", sealed.id.as_str()),
    }
}

/// The expiry of the number, then what a note modifies and why.
pub(super) fn document(sealed: &SealedInvoice, regime: &Regime) -> Vec<Row> {
    let invoice = &sealed.invoice;
    let mut rows = Vec::new();
    if !WITHOUT_EXPIRY.contains(&invoice.kind()) {
        let expiry = sealed.elements.as_ref().and_then(stamp::expiry);
        rows.extend(expiry.map(|date| Row::text("Fecha Vencimiento", date)));
    }
    let Some(credit) = invoice.credit() else { return rows };
    let reference = section(invoice).at("reference");
    let original = credit.original.as_ref().map(|original| original.number.as_str());
    let number = reference.at("number").text().or(original);
    rows.extend(number.map(|number| Row::text("NCF Modificado", number)));
    let date = reference.at("issued_on").date();
    rows.extend(date.map(|date| Row::text("Fecha NCF Modificado", date)));
    let nature = regime.credit_nature(&credit.nature);
    rows.extend(nature.map(|nature| Row::text("Motivo", nature.coded.label)));
    let reason = reference.at("reason").text();
    rows.extend(reason.map(|reason| Row::text("Razón", reason)));
    rows
}

pub(super) fn mentions(sealed: &SealedInvoice, presentation: &Presentation) -> Vec<Mention> {
    let warning = |text: &str, detail: &str| Mention {
        text: text.into(),
        detail: Some(detail.into()),
        tone: Tone::Warning,
    };
    let mut mentions = Vec::new();
    if presentation.test {
        mentions.push(warning("DOCUMENTO DE PRUEBA", "Punto de venta de prueba: sin valor fiscal"));
    }
    if presentation.refused {
        mentions.push(warning("RECHAZADO POR LA DGII", "Este documento no es válido"));
    }
    if presentation.duplicate {
        mentions.push(Mention { text: "DUPLICADO".into(), detail: None, tone: Tone::Notice });
    }
    if sealed.elements.is_none() {
        mentions.push(warning("SIN FIRMA DIGITAL", "El e-CF está pendiente de firma"));
    }
    mentions
}

/// The other side; nothing where nobody is named.
pub(super) fn client(invoice: &Invoice) -> Option<Section> {
    let customer = invoice.customer();
    let more = Member::of(customer.section.as_ref());
    let side = if PURCHASES.contains(&invoice.kind()) { "Proveedor" } else { "Cliente" };
    let text = |label: String, value: Option<&str>| value.map(|value| Row::text(label, value));
    let number = customer
        .tax_id
        .as_deref()
        .map(|number| Row::text(number_label(&customer.kind, number, side), number));
    let rows: Vec<Row> = [
        text(format!("Razón Social {side}"), customer.name.as_deref()),
        number,
        text("Dirección".to_owned(), customer.address.as_deref()),
        text("País".to_owned(), more.at("country").text()),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!rows.is_empty()).then(|| Section { title: side.into(), rows })
}

/// An RNC has nine digits; eleven are a person's own number, and a foreigner has one of abroad.
fn number_label(customer_kind: &str, number: &str, side: &str) -> String {
    match (customer_kind, number.len()) {
        ("foreigner", _) => "Identificador Extranjero".to_owned(),
        (_, 11) => format!("RNC/Cédula {side}"),
        _ => format!("RNC {side}"),
    }
}

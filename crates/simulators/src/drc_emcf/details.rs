//! `InvoiceDetailsDto`: a pending demande as it was asked for.

use rust_decimal::Decimal;

use crate::drc_emcf::awkward::Voice;
use crate::drc_emcf::register::Pending;
use crate::drc_emcf::request::{Client, Exact, InvoiceRequest, Item, Operator, Payment};
use crate::json::Json;

/// The request's fields, under their own names.
pub(super) fn details(pending: &Pending, voice: &mut Voice) -> Json {
    let request = &pending.request;
    let mut members = header(request, voice);
    let items = request.items().iter().map(|each| item(each, voice)).collect();
    members.push(("items".into(), Json::List(items)));
    let client = request.client.as_ref().map_or(Json::Null, |each| client(each, voice));
    members.push(("client".into(), client));
    let operator = request.operator.as_ref().map_or(Json::Null, |each| operator(each, voice));
    members.push(("operator".into(), operator));
    let payments = request.payments().iter().map(|each| payment(each, voice)).collect();
    members.push(("payment".into(), Json::List(payments)));
    voice.object(members)
}

fn header(request: &InvoiceRequest, voice: &mut Voice) -> Vec<(String, Json)> {
    let mut members = texts(
        &[
            ("nif", &request.nif),
            ("rn", &request.rn),
            ("mode", &request.mode),
            ("isf", &request.isf),
            ("type", &request.kind),
            ("reference", &request.reference),
            ("referenceType", &request.reference_type),
            ("referenceDesc", &request.reference_desc),
            ("curCode", &request.cur_code),
            ("curDate", &request.cur_date),
        ],
        voice,
    );
    for (letter, comment) in ('a'..='h').zip(request.comments()) {
        members.push((format!("cmt{letter}"), voice.optional(comment)));
    }
    members.push(("curRate".into(), number(request.cur_rate)));
    members
}

fn item(item: &Item, voice: &mut Voice) -> Json {
    let mut members = texts(
        &[
            ("code", &item.code),
            ("type", &item.kind),
            ("name", &item.name),
            ("taxGroup", &item.tax_group),
            ("taxSpecificValue", &item.tax_specific_value),
            ("priceModification", &item.price_modification),
        ],
        voice,
    );
    members.push(("price".into(), amount(item.price, voice)));
    members.push(("quantity".into(), number(item.quantity)));
    members.push(("taxSpecificAmount".into(), amount(item.tax_specific_amount, voice)));
    members.push(("originalPrice".into(), amount(item.original_price, voice)));
    voice.object(members)
}

fn client(client: &Client, voice: &mut Voice) -> Json {
    let members = texts(
        &[
            ("nif", &client.nif),
            ("name", &client.name),
            ("contact", &client.contact),
            ("address", &client.address),
            ("type", &client.kind),
            ("typeDesc", &client.type_desc),
        ],
        voice,
    );
    voice.object(members)
}

fn operator(operator: &Operator, voice: &mut Voice) -> Json {
    let members = texts(&[("id", &operator.id), ("name", &operator.name)], voice);
    voice.object(members)
}

fn payment(payment: &Payment, voice: &mut Voice) -> Json {
    let mut members = texts(&[("name", &payment.name)], voice);
    members.push(("amount".into(), amount(payment.amount, voice)));
    voice.object(members)
}

fn texts(pairs: &[(&str, &String)], voice: &mut Voice) -> Vec<(String, Json)> {
    pairs.iter().map(|(key, text)| ((*key).to_owned(), voice.optional(text))).collect()
}

fn amount(amount: Option<Exact>, voice: &mut Voice) -> Json {
    amount.map_or(Json::Null, |Exact(amount)| voice.amount(amount))
}

fn number(number: Option<Exact>) -> Json {
    number.map_or(Json::Null, |Exact(number): Exact| Json::Number(plain(number)))
}

fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

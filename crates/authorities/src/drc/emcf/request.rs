//! Invoice to e-MCF request. Everything the SFE specification wants printed is told here too, since
//! what is printed and what is exchanged must be identical (SFE 1.1.4).

use std::collections::BTreeMap;

use invoice::{
    Amount, Coded, CreditOf, Customer, Exchange, Invoice, Line, Payment, PriceMode, Quantity,
    Regime, SpecificMeasure,
};

use super::super::settings::{PaymentCurrencyFields, Settings};
use super::wire::{
    ClientDto, CurrencyDto, CurrencyValue, InvoiceRequestDataDto, ItemDto, OperatorDto, PaymentDto,
    number,
};

/// The body of `POST api/invoice`.
pub(super) fn body(
    invoice: &Invoice,
    number: &str,
    regime: &Regime,
    settings: &Settings,
) -> String {
    let kind = regime.document_kind(invoice.kind()).expect("the regime priced this invoice");
    let credit = invoice.credit();
    let nature = credit.map(|credit| nature(credit, regime));
    let request = InvoiceRequestDataDto {
        nif: &invoice.seller().tax_id,
        rn: number,
        mode: mode(invoice.price_mode()),
        isf: &settings.isf,
        kind: kind.coded.code,
        items: invoice.lines().iter().map(|line| item(line, regime)).collect(),
        client: client(invoice.customer(), regime),
        operator: OperatorDto {
            id: invoice.operator().id.as_deref().unwrap_or_default(),
            name: &invoice.operator().name,
        },
        payment: invoice.payments().iter().map(|paid| payment(paid, regime, settings)).collect(),
        reference: credit.map(reference),
        reference_type: nature.map(|nature| nature.code),
        reference_desc: nature.map(|nature| nature.label),
        comments: comments(invoice),
        currency: invoice.exchange().map(|exchange| currency(exchange, invoice)),
    };
    serde_json::to_string(&request).expect("a request has string keys only")
}

fn mode(mode: PriceMode) -> &'static str {
    match mode {
        PriceMode::TaxIncluded => "ttc",
        PriceMode::TaxExcluded => "ht",
    }
}

fn item<'a>(line: &'a Line, regime: &Regime) -> ItemDto<'a> {
    let kind = regime.line_kind(&line.kind).expect("the regime priced this line");
    let tax = line.specific_tax.as_ref();
    ItemDto {
        code: line.code.as_deref(),
        kind: kind.code,
        name: &line.name,
        price: number(line.unit_price, 2),
        quantity: number(line.quantity, 3),
        tax_group: &line.tax_group,
        tax_specific_value: tax.and_then(|tax| match tax.measure {
            SpecificMeasure::LumpSum => each(tax.amount, line.quantity),
            SpecificMeasure::PerUnit(each) => Some(each.to_short_string()),
            SpecificMeasure::Percent(percent) => Some(format!("{}%", percent.to_short_string())),
        }),
        tax_specific_amount: tax.map(|tax| number(tax.amount, 2)),
        original_price: line.discount.as_ref().map(|discount| number(discount.original_price, 2)),
        price_modification: line.discount.as_ref().map(|discount| discount.reason.as_str()),
    }
}

/// A lump sum as the amount for each unit, which is all that the API has a form for; where it does
/// not divide to the cent, the amount of the line is told alone.
fn each(amount: Amount, quantity: Quantity) -> Option<String> {
    let thousandths = amount.units() * 1_000;
    let divides = thousandths % quantity.units() == 0;
    divides.then(|| Amount::from_units(thousandths / quantity.units()).to_short_string())
}

fn client<'a>(customer: &'a Customer, regime: &Regime) -> ClientDto<'a> {
    let kind = regime.customer_kind(&customer.kind).expect("the regime priced this invoice");
    let contact: Vec<&str> =
        [&customer.phone, &customer.email].into_iter().filter_map(Option::as_deref).collect();
    ClientDto {
        nif: customer.tax_id.as_deref().unwrap_or_default(),
        name: customer.name.as_deref().unwrap_or_default(),
        contact: contact.join(" "),
        address: customer.address.as_deref().unwrap_or_default(),
        kind: kind.coded.code,
        type_desc: kind.coded.label,
    }
}

fn payment<'a>(paid: &'a Payment, regime: &Regime, settings: &Settings) -> PaymentDto<'a> {
    let method = regime.payment_method(&paid.method).expect("the regime priced this payment");
    let (code, rate) = match settings.payment_currency_fields {
        PaymentCurrencyFields::CurrencyCode => ("currencyCode", "currencyRate"),
        PaymentCurrencyFields::CurCode => ("curCode", "curRate"),
    };
    let currency = paid.foreign.iter().flat_map(|foreign| {
        [
            (code, CurrencyValue::Code(&foreign.exchange.currency)),
            (rate, CurrencyValue::Rate(number(foreign.exchange.rate, 4))),
        ]
    });
    PaymentDto { name: method.code, amount: number(paid.amount, 2), currency: currency.collect() }
}

fn nature(credit: &CreditOf, regime: &Regime) -> Coded {
    regime.credit_nature(&credit.nature).expect("the regime priced this credit note").coded
}

/// The original's code without dashes, or the literal of a rebate (SFE 1.1.26 a, 1.1.28).
fn reference(credit: &CreditOf) -> String {
    match credit.original.as_ref().and_then(|original| original.code.as_ref()) {
        Some(code) => code.replace('-', ""),
        None => "RRR".to_owned(),
    }
}

/// Line A is the exemption's reference (SFE annex "commentaires"); B to H are free.
fn comments(invoice: &Invoice) -> BTreeMap<String, &str> {
    let exemption = invoice.exemption_reference().map(|text| ("cmta".to_owned(), text));
    let free = invoice
        .comments()
        .iter()
        .zip('b'..='h')
        .map(|(text, letter)| (format!("cmt{letter}"), text.as_str()));
    exemption.into_iter().chain(free).collect()
}

fn currency<'a>(exchange: &'a Exchange, invoice: &Invoice) -> CurrencyDto<'a> {
    CurrencyDto {
        cur_code: &exchange.currency,
        cur_date: format!("{}T00:00:00", invoice.issued_on()),
        cur_rate: number(exchange.rate, 4),
    }
}

//! The totals: taxed, exempt, the taxes each by its name, the total, and what is kept back.

use ::invoice::{Amount, Invoice};

use super::{Member, figure, priced, section};
use crate::{Decimal, Error, Row, Total, Weight};

pub(super) fn totals(invoice: &Invoice) -> Result<Vec<Total>, Error> {
    let priced = priced(invoice);
    let sums = priced.at("sums");
    let mut totals = adjustments(invoice)?;
    push(&mut totals, "Subtotal Gravado", sums.at("taxed").figure()?);
    push(&mut totals, "Subtotal Exento", sums.at("exempt").positive()?);
    totals.extend(taxes(sums, &SELECTIVE)?);
    push(&mut totals, "Total ITBIS", sums.at("itbis").figure()?);
    totals.extend(taxes(sums, &OTHERS)?);
    let total = Total {
        label: format!("Total ({})", invoice.currency()).into(),
        amount: figure(invoice.totals().total)?,
        weight: Weight::Large,
    };
    totals.push(total);
    totals.extend(behind(invoice)?);
    Ok(totals)
}

fn push(totals: &mut Vec<Total>, label: &str, amount: Option<Decimal>) {
    totals.extend(amount.map(|amount| Total {
        label: label.into(),
        amount,
        weight: Weight::Normal,
    }));
}

/// Discounts and surcharges on the whole, which the sums below hold already.
fn adjustments(invoice: &Invoice) -> Result<Vec<Total>, Error> {
    let asked = section(invoice).at("adjustments").items();
    let amounts = priced(invoice).at("adjustments").items();
    let mut totals = Vec::new();
    for (asked, amount) in asked.into_iter().zip(amounts) {
        let Some(amount) = amount.at("amount").figure()? else { continue };
        let is_discount = asked.at("kind").text() != Some("surcharge");
        let name = if is_discount { "Descuento" } else { "Recargo" };
        let percent = asked.at("percent").text().map(|percent| format!(" {percent}%"));
        let words = asked.at("description").text().map(|words| format!(": {words}"));
        let label = format!("{name}{}{}", percent.unwrap_or_default(), words.unwrap_or_default());
        let amount = if is_discount { amount.negated() } else { amount };
        push(&mut totals, &label, Some(amount));
    }
    Ok(totals)
}

/// A name on paper, and the first and last code of the taxes that it stands for (Formato e-CF,
/// table of taxes).
type Named = (&'static str, [&'static str; 2]);

/// Those that the ITBIS is reckoned on too stand before it.
const SELECTIVE: [Named; 1] = [("Total ISC", ["006", "039"])];
const OTHERS: [Named; 5] = [
    ("CDT", ["002", "002"]),
    ("ISC Seguros", ["003", "003"]),
    ("ISC Telecomunicaciones", ["004", "004"]),
    ("Primera placa", ["005", "005"]),
    ("Propina Legal", ["001", "001"]),
];

fn taxes(sums: Member<'_>, names: &[Named]) -> Result<Vec<Total>, Error> {
    let mut totals = Vec::new();
    for (name, [first, last]) in names {
        let mut sum = Decimal::zero();
        for tax in sums.at("beside").items() {
            let is_of = tax.at("code").text().is_some_and(|code| (*first..=*last).contains(&code));
            let amount = tax.at("amount").figure()?.filter(|_| is_of);
            sum = sum.plus(amount.unwrap_or(Decimal::zero()))?;
        }
        push(&mut totals, name, Some(sum).filter(|sum| !sum.is_zero()));
    }
    Ok(totals)
}

/// What changes the amount to pay, but not the total.
fn behind(invoice: &Invoice) -> Result<Vec<Total>, Error> {
    let priced = priced(invoice);
    let balance = section(invoice).at("balance");
    let mut totals = Vec::new();
    for (label, amount) in [
        ("Monto No Facturable", priced.at("sums").at("non_billable")),
        ("Monto Período", priced.at("period")),
        ("Saldo Anterior", balance.at("previous")),
        ("Avance de Pago", balance.at("advance")),
        ("ITBIS Retenido", priced.at("withheld_itbis")),
        ("ISR Retenido", priced.at("withheld_income_tax")),
        ("ITBIS Percibido", priced.at("perceived_itbis")),
        ("ISR Percibido", priced.at("perceived_income_tax")),
    ] {
        push(&mut totals, label, amount.positive()?);
    }
    let payable = priced.at("payable").figure()?;
    let strong = |amount| Total { label: "Valor a Pagar".into(), amount, weight: Weight::Strong };
    totals.extend(payable.map(strong));
    Ok(totals)
}

/// The same in another currency, as the document itself converts it.
pub(super) fn foreign(invoice: &Invoice) -> Result<Vec<Row>, Error> {
    let Some(exchange) = invoice.exchange() else { return Ok(Vec::new()) };
    let sums = priced(invoice).at("sums");
    let currency = &exchange.currency;
    let mut rows =
        vec![Row::quantity(format!("Tipo de Cambio {currency}"), figure(exchange.rate)?)];
    let total = Some(invoice.totals().total);
    let amounts: [(&str, Option<Amount>); 5] = [
        ("Subtotal Gravado", sums.at("taxed").amount()?),
        ("Subtotal Exento", sums.at("exempt").amount()?),
        ("Total ITBIS", sums.at("itbis").amount()?),
        ("Otros Impuestos", sums.at("beside_total").amount()?.filter(|sum| sum.is_positive())),
        ("Total", total),
    ];
    for (label, amount) in amounts {
        if let Some(amount) = amount {
            let label = format!("{label} {currency}");
            rows.push(Row::amount(label, figure(exchange.convert(amount))?));
        }
    }
    Ok(rows)
}

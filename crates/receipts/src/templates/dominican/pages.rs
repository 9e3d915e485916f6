//! What each page says of its own lines (Formato e-CF, `Paginacion`).

use ::invoice::{Amount, Invoice, Line, PriceMode, divide_half_up};

use super::lines::EXEMPT;
use super::{Member, figure, priced, section};
use crate::{Decimal, Error, PageSum, Paging, Row, StatedPage};

/// The sums of a page, with their keys in the section.
const SUMS: [(&str, &str); 5] = [
    ("Subtotal Gravado Página", "taxed"),
    ("Subtotal Exento Página", "exempt"),
    ("Subtotal Impuestos Adicionales Página", "beside_total"),
    ("Subtotal ITBIS Página", "itbis"),
    ("Monto Total Página", "total"),
];

/// A document that states its pages is printed on those; another on as many as it takes, with
/// sums of what stands on them.
pub(super) fn paging(invoice: &Invoice) -> Result<Paging, Error> {
    let pages = priced(invoice).at("pages").items();
    match section(invoice).at("lines_per_page").count().filter(|_| !pages.is_empty()) {
        Some(lines) => {
            let stated = pages.into_iter().map(|page| stated(page, lines));
            Ok(Paging::Stated(stated.collect::<Result<_, Error>>()?))
        }
        None => fitted(invoice),
    }
}

fn stated(page: Member<'_>, lines: usize) -> Result<StatedPage, Error> {
    let mut sums = Vec::new();
    for (label, key) in SUMS {
        let amount = page.at(key).figure()?;
        // What no line of the page has is not said of it.
        let amount = amount.filter(|amount| key == "total" || !amount.is_zero());
        sums.extend(amount.map(|amount| Row::amount(label, amount)));
    }
    Ok(StatedPage { lines, sums })
}

fn fitted(invoice: &Invoice) -> Result<Paging, Error> {
    let parts: Vec<[Decimal; SUMS.len()]> =
        invoice.lines().iter().map(|line| parts(line, invoice)).collect::<Result<_, _>>()?;
    let sums = priced(invoice).at("sums");
    let mut paging = Vec::new();
    for (place, (label, key)) in SUMS.into_iter().enumerate() {
        let whole = match key {
            "total" => Some(figure(invoice.totals().total)?),
            key => sums.at(key).positive()?,
        };
        let of_lines = parts.iter().map(|parts| parts[place]).collect();
        paging.extend(whole.map(|whole| PageSum { label: label.into(), of_lines, whole }));
    }
    Ok(Paging::Fitted(paging))
}

/// What a line adds to each of the sums. Taxes on sums, such as the tip, are no line's own: they
/// stand on the last page.
fn parts(line: &Line, invoice: &Invoice) -> Result<[Decimal; SUMS.len()], Error> {
    let priced = Member::of(line.section.as_ref()).at("priced");
    let or_nought = |figure: Option<Decimal>| figure.unwrap_or(Decimal::zero());
    let zero = Decimal::zero();
    let net = figure(without_itbis(line, invoice))?;
    let (taxed, exempt) = match line.tax_group.as_str() {
        EXEMPT => (zero, net),
        NON_BILLABLE => (zero, zero),
        _ => (net, zero),
    };
    let specific = or_nought(priced.at("specific_tax").figure()?);
    let beside = specific.plus(or_nought(priced.at("ad_valorem_tax").figure()?))?;
    let itbis = or_nought(priced.at("itbis").figure()?);
    let total = taxed.plus(exempt)?.plus(beside)?.plus(itbis)?;
    Ok([taxed, exempt, beside, itbis, total])
}

/// A price with ITBIS holds the tax of its group.
fn without_itbis(line: &Line, invoice: &Invoice) -> Amount {
    let mut groups = invoice.groups().iter();
    let rate = groups.find(|group| group.group == line.tax_group).map(|group| group.rate.units());
    match (invoice.price_mode(), rate) {
        (PriceMode::TaxIncluded, Some(rate)) => {
            let whole = HUNDRED_PERCENT + rate;
            Amount::from_units(divide_half_up(line.amount.units() * HUNDRED_PERCENT, whole))
        }
        _ => line.amount,
    }
}

/// In hundredths of a percent, as rates are counted.
const HUNDRED_PERCENT: i128 = 10_000;
const NON_BILLABLE: &str = "non_billable";

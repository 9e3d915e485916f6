//! What each page says of its own lines (Formato e-CF, `Paginacion`).

use ::invoice::Invoice;

use super::{Member, priced, section};
use crate::{Error, Paging, Row, StatedPage};

/// The sums of a page, with their keys in the section.
const SUMS: [(&str, &str); 5] = [
    ("Subtotal Gravado Página", "taxed"),
    ("Subtotal Exento Página", "exempt"),
    ("Subtotal Impuestos Adicionales Página", "beside_total"),
    ("Subtotal ITBIS Página", "itbis"),
    ("Monto Total Página", "total"),
];

/// The pages that the document states: the sums on paper are those that were sent. One that states
/// none is one page, and says nothing of it.
pub(super) fn paging(invoice: &Invoice) -> Result<Paging, Error> {
    let lines = section(invoice).at("lines_per_page").count().unwrap_or(1);
    let pages = priced(invoice).at("pages").items().into_iter();
    Ok(Paging::Stated(pages.map(|page| stated(page, lines)).collect::<Result<_, Error>>()?))
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

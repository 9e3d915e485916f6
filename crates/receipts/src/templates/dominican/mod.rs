//! The printed representation of the Dominican e-CF (Informe Técnico e-CF, representación impresa;
//! Modelos ilustrativos de RI): one layout for the ten types, which differ in what they bear.
//!
//! What the country adds to an invoice stands in its sections, by the keys that the regime's
//! pricing writes; nothing is reckoned here but what each page adds to the sums.

mod closing;
mod heading;
mod lines;
mod member;
mod pages;
mod places;
mod stamp;
mod totals;
mod units;

use ::invoice::{Invoice, Regime, SealedInvoice};
use jiff::civil::Date;

use self::member::Member;
use super::Presentation;
use crate::{Decimal, Error, Form, Labels, NumberStyle, Receipt, Row};

pub(super) fn receipt(
    sealed: &SealedInvoice,
    regime: &Regime,
    presentation: &Presentation,
) -> Result<Receipt, Error> {
    let invoice = &sealed.invoice;
    let lines = i128::try_from(invoice.lines().len()).expect("an invoice has few lines");
    let (columns, items) = lines::table(invoice)?;
    Ok(Receipt {
        language: "es-DO".into(),
        sealed_at: jiff::Timestamp::from_microsecond(sealed.statement.sealed_at.micros())
            .expect("a seal's time is within the calendar"),
        numbers: NumberStyle::pointed(),
        labels: Labels::spanish(),
        seller: heading::seller(invoice),
        title: heading::title(sealed, regime),
        number: heading::number(sealed),
        mentions: heading::mentions(sealed, presentation),
        header: vec![Row::text("Fecha Emisión", written_date(invoice.issued_on()))],
        client: heading::client(invoice),
        items,
        groups: Vec::new(),
        totals: totals::totals(invoice)?,
        words: None,
        foreign: totals::foreign(invoice)?,
        payments: closing::payments(invoice, regime)?,
        item_count: Row::quantity("Cantidad de líneas", Decimal::new(lines, 0)?),
        comments: closing::comments(invoice)?,
        security: None,
        seal: Some(stamp::seal(sealed, presentation)?),
        footer: Vec::new(),
        form: Some(Form {
            document: heading::document(sealed, regime),
            columns,
            stamp: sealed.elements.as_ref().map(stamp::stamp).transpose()?.flatten(),
            paging: pages::paging(invoice)?,
            legends: stamp::legends(sealed.elements.as_ref()),
        }),
        carried: None,
    })
}

/// The section of the document.
fn section(invoice: &Invoice) -> Member<'_> {
    Member::of(invoice.section())
}

/// What pricing made of the document.
fn priced(invoice: &Invoice) -> Member<'_> {
    section(invoice).at("priced")
}

/// As every date of an e-CF is written.
fn written_date(date: Date) -> String {
    date.strftime("%d-%m-%Y").to_string()
}

/// The same figure, without going through text.
fn figure<const SCALE: u32>(decimal: ::invoice::Decimal<SCALE>) -> Result<Decimal, Error> {
    Decimal::new(decimal.units(), SCALE)
}

/// The kinds of document by which a printed representation differs.
mod kind {
    /// Types 41 and 47: the taxpayer buys, and the other side is no customer.
    pub(super) const PURCHASES: [&str; 2] = ["purchase", "foreign_payment"];
    /// Types 32 and 34 bear no date of expiry.
    pub(super) const WITHOUT_EXPIRY: [&str; 2] = ["consumer_invoice", "credit_note"];
}

//! A line of the document, priced: what `Item` bears, and what the totals are made of.

use invoice::{Amount, Price, Quantity};

use super::exact::Exact;
use super::taxes::LineTax;
use super::withhold::Withheld;
use crate::dom::regime::Billing;
use crate::dom::section::Line;

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The line of the draft that it comes of, from 0. A construction service makes two of one.
    pub place: usize,
    pub billing: Billing,
    pub quantity: Quantity,
    /// What the invoice says that a unit costs.
    pub unit_price: Price,
    /// What the document says: the price before it was lowered, where the draft tells one.
    pub stated_price: Price,
    /// In the order in which the document bears them.
    pub discounts: Vec<Amount>,
    pub surcharges: Vec<Amount>,
    pub discount: Amount,
    pub surcharge: Amount,
    /// Price times quantity, less discounts, plus surcharges.
    pub amount: Amount,
    /// The same without the ITBIS in it.
    pub net: Exact,
    pub taxes: Vec<LineTax>,
    /// ITBIS of this line alone.
    pub itbis: Exact,
    pub withheld: Option<Withheld>,
    pub asked: Line,
}

impl Entry {
    /// The selective taxes of the line, on which ITBIS is reckoned too.
    pub(super) fn excise(&self) -> Option<Exact> {
        let mut amounts = self.taxes.iter().filter_map(|tax| tax.excise);
        amounts.try_fold(Exact::ZERO, Exact::plus)
    }
}

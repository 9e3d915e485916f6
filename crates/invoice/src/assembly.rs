//! The gate to an invoice: a regime's pricing hands in the parts, and they must agree.
//!
//! Each country has its own arithmetic, but an invoice promises the same to whoever reads it, so
//! the promises are checked here, once, whatever priced it.

use jiff::civil::Date;

use crate::decimal::{Amount, Decimal};
use crate::draft::{Customer, Exchange, Operator, PriceMode};
use crate::ids::InvoiceId;
use crate::invoice::{CreditOf, GroupTotal, Invoice, Line, Payment, Seller, Totals};
use crate::section::Section;

/// An invoice in the making: what pricing computed, and what it took from draft and facts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Assembly {
    /// The regime's version.
    pub regime: String,
    /// Key of the document kind.
    pub kind: String,
    pub issued_on: Date,
    /// ISO 4217: what every amount is counted in.
    pub currency: String,
    pub price_mode: PriceMode,
    pub seller: Seller,
    pub operator: Operator,
    pub customer: Customer,
    pub lines: Vec<Line>,
    /// All that the total is made of, each group once. A tax that stands beside the lines' groups
    /// is a group without a base.
    pub groups: Vec<GroupTotal>,
    pub totals: Totals,
    pub payments: Vec<Payment>,
    /// The currency in which the total is shown besides.
    pub exchange: Option<Exchange>,
    pub exemption_reference: Option<String>,
    pub comments: Vec<String>,
    pub credit: Option<CreditOf>,
    pub reference: Option<String>,
    pub replaces: Option<InvoiceId>,
    pub section: Option<Section>,
}

/// Which promise of an invoice its parts would break: an error of the pricing, not of the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AssemblyError {
    #[error("an invoice names at least one article")]
    NoLines,
    #[error("the base and the tax of a group are not its total")]
    GroupDiffers,
    #[error("a group stands twice")]
    GroupTwice,
    #[error("the totals are not the sums of the groups")]
    TotalsDiffer,
    #[error("a number has more digits than a canonical form holds")]
    TooLarge,
    #[error("a rate of exchange is not above zero")]
    Rate,
    #[error("sections of two countries, or one that no canonical form holds")]
    Section,
}

impl Assembly {
    /// The invoice, if its parts agree.
    pub fn build(self) -> Result<Invoice, AssemblyError> {
        if self.lines.is_empty() {
            return Err(AssemblyError::NoLines);
        }
        self.groups_agree()?;
        self.totals_agree()?;
        self.numbers_are_bounded()?;
        self.rates_are_positive()?;
        self.sections_agree()?;
        Ok(Invoice { parts: self })
    }

    fn groups_agree(&self) -> Result<(), AssemblyError> {
        for (index, group) in self.groups.iter().enumerate() {
            if group.base.checked_add(group.tax) != Some(group.total) {
                return Err(AssemblyError::GroupDiffers);
            }
            if self.groups[..index].iter().any(|earlier| earlier.group == group.group) {
                return Err(AssemblyError::GroupTwice);
            }
        }
        Ok(())
    }

    fn totals_agree(&self) -> Result<(), AssemblyError> {
        let sum = |part: fn(&GroupTotal) -> Amount| {
            self.groups.iter().map(part).try_fold(Amount::ZERO, Amount::checked_add)
        };
        let Totals { base, tax, total, specific_tax, discount: _ } = self.totals;
        let sums = [
            (sum(|group| group.base), base),
            (sum(|group| group.tax), tax),
            (sum(|group| group.total), total),
            (sum(|group| group.specific_tax), specific_tax),
        ];
        let agree = sums.into_iter().all(|(sum, stated)| sum == Some(stated));
        agree.then_some(()).ok_or(AssemblyError::TotalsDiffer)
    }

    fn numbers_are_bounded(&self) -> Result<(), AssemblyError> {
        let lines = self.lines.iter().all(|line| {
            is_bounded(line.quantity) && is_bounded(line.unit_price) && is_bounded(line.amount)
        });
        let payments = self.payments.iter().all(|payment| {
            let foreign = payment.foreign.as_ref();
            is_bounded(payment.amount) && foreign.is_none_or(|foreign| is_bounded(foreign.amount))
        });
        let all = lines && payments && is_bounded(self.totals.discount);
        all.then_some(()).ok_or(AssemblyError::TooLarge)
    }

    fn rates_are_positive(&self) -> Result<(), AssemblyError> {
        let of_payments = self.payments.iter().filter_map(|payment| payment.foreign.as_ref());
        let mut exchanges = of_payments.map(|foreign| &foreign.exchange).chain(&self.exchange);
        let positive = exchanges.all(|exchange| exchange.rate.is_positive());
        positive.then_some(()).ok_or(AssemblyError::Rate)
    }

    fn sections_agree(&self) -> Result<(), AssemblyError> {
        let of_lines = self.lines.iter().filter_map(|line| line.section.as_ref());
        let mut sections = of_lines.chain(&self.section).chain(&self.customer.section);
        let first = sections.clone().next().map(Section::country);
        let agree = sections
            .all(|section| Some(section.country()) == first && section.content().is_canonical());
        agree.then_some(()).ok_or(AssemblyError::Section)
    }
}

fn is_bounded<const SCALE: u32>(number: Decimal<SCALE>) -> bool {
    number.bounded().is_some()
}

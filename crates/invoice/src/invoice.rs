//! The invoice: priced, every total right, immutable.

use jiff::civil::Date;

use crate::assembly::Assembly;
use crate::decimal::{Amount, Percent, Price, Quantity};
use crate::draft::{Customer, Discount, Exchange, Operator, PriceMode};
use crate::ids::InvoiceId;
use crate::json::Json;
use crate::section::Section;
use crate::statement::Hash;

/// What is owed, and all that a receipt and an authority must be told of it.
///
/// Only [`Assembly::build`] and [`Invoice::from_canonical`] make one, and the second refuses what
/// the first did not write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Invoice {
    pub(crate) parts: Assembly,
}

/// Who sells, as it must be printed. A copy: a later change of address does not touch it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Seller {
    pub name: String,
    pub tax_id: String,
    /// The trade register's number (RCCM).
    pub register: Option<String>,
    /// The label of its tax regime (SFE 1.2 j).
    pub regime_label: Option<String>,
    /// What the authority calls the invoicing system itself, once homologated (SFE 1.1.3).
    pub system_id: Option<String>,
    pub outlet_code: String,
    pub outlet_name: String,
    pub address: String,
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// One article, priced.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    pub code: Option<String>,
    pub kind: String,
    pub name: String,
    pub unit: Option<String>,
    pub quantity: Quantity,
    pub unit_price: Price,
    pub tax_group: String,
    pub specific_tax: Option<LineSpecificTax>,
    pub discount: Option<Discount>,
    /// What the line adds to its group: with tax where prices include it, without where they do
    /// not; a specific tax counted in.
    pub amount: Amount,
    pub section: Option<Section>,
}

/// A specific tax of a line, measured.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LineSpecificTax {
    pub name: Option<String>,
    /// As authorities write it: `10%`, or the amount for each unit, or nothing for a lump sum.
    pub measure: SpecificMeasure,
    /// For the whole line, without VAT.
    pub amount: Amount,
}

/// How a specific tax was measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpecificMeasure {
    LumpSum,
    PerUnit(Price),
    Percent(Percent),
}

/// The sums of a tax group: `base + tax = total`, always.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GroupTotal {
    pub group: String,
    pub rate: Percent,
    pub base: Amount,
    pub tax: Amount,
    pub total: Amount,
    /// Specific taxes within the base.
    pub specific_tax: Amount,
}

/// The sums of the invoice.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    pub base: Amount,
    pub tax: Amount,
    pub total: Amount,
    pub specific_tax: Amount,
    /// What price reductions took off, in the price mode of the invoice.
    pub discount: Amount,
}

/// How a part of the total was paid.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payment {
    pub method: String,
    /// In the invoice's currency.
    pub amount: Amount,
    pub foreign: Option<ForeignAmount>,
}

/// The same value in another currency.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ForeignAmount {
    pub exchange: Exchange,
    pub amount: Amount,
}

/// What a credit note corrects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreditOf {
    pub nature: String,
    pub original: Option<Original>,
}

/// The invoice that a correction corrects, by all its names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Original {
    pub id: InvoiceId,
    pub number: String,
    pub entry_hash: Hash,
    /// The authority's code, as its channel writes it.
    pub code: Option<String>,
}

impl Invoice {
    pub fn regime_version(&self) -> &str {
        &self.parts.regime
    }

    /// Key of the document kind.
    pub fn kind(&self) -> &str {
        &self.parts.kind
    }

    pub fn issued_on(&self) -> Date {
        self.parts.issued_on
    }

    /// ISO 4217.
    pub fn currency(&self) -> &str {
        &self.parts.currency
    }

    pub fn price_mode(&self) -> PriceMode {
        self.parts.price_mode
    }

    pub fn seller(&self) -> &Seller {
        &self.parts.seller
    }

    pub fn operator(&self) -> &Operator {
        &self.parts.operator
    }

    pub fn customer(&self) -> &Customer {
        &self.parts.customer
    }

    pub fn lines(&self) -> &[Line] {
        &self.parts.lines
    }

    /// The groups that make up the total, in the regime's order: those that have lines, and the
    /// taxes that stand beside them.
    pub fn groups(&self) -> &[GroupTotal] {
        &self.parts.groups
    }

    pub fn totals(&self) -> Totals {
        self.parts.totals
    }

    pub fn payments(&self) -> &[Payment] {
        &self.parts.payments
    }

    /// The foreign currency in which the total is shown besides.
    pub fn exchange(&self) -> Option<&Exchange> {
        self.parts.exchange.as_ref()
    }

    pub fn exemption_reference(&self) -> Option<&str> {
        self.parts.exemption_reference.as_deref()
    }

    pub fn comments(&self) -> &[String] {
        &self.parts.comments
    }

    pub fn credit(&self) -> Option<&CreditOf> {
        self.parts.credit.as_ref()
    }

    /// The caller's own name for the document.
    pub fn reference(&self) -> Option<&str> {
        self.parts.reference.as_deref()
    }

    /// The refused invoice that this one takes the place of.
    pub fn replaces(&self) -> Option<&InvoiceId> {
        self.parts.replaces.as_ref()
    }

    /// What the country of the regime adds to the document as a whole.
    pub fn section(&self) -> Option<&Section> {
        self.parts.section.as_ref()
    }

    /// The total in the foreign currency of [`Self::exchange`], to the nearest cent.
    pub fn foreign_total(&self) -> Option<Amount> {
        let exchange = self.exchange()?;
        Some(exchange.convert(self.totals().total))
    }

    /// The bytes that are hashed: RFC 8785 of the schema `stalela.invoice/1`.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        crate::canonical::bytes(&self.parts)
    }

    /// The same as a tree, for answers to clients.
    pub fn to_json(&self) -> Json {
        crate::canonical::tree(&self.parts)
    }
}

impl Exchange {
    /// An amount of the invoice's currency in the foreign one, to the nearest cent.
    pub fn convert(&self, amount: Amount) -> Amount {
        let rate = self.rate.units();
        assert!(rate > 0, "a rate is checked to be positive when the invoice is priced");
        Amount::from_units(crate::decimal::divide_half_up(amount.units() * 10_000, rate))
    }
}

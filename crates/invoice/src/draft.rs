//! The draft: what a client asks for, as it wrote it, once its shape is right.
//!
//! Texts are normalised and decimals exact, but nothing here is known to be lawful yet: that is
//! pricing's verdict, and pricing is the regime's. Field paths in faults are the draft's own.

mod read;
pub(crate) mod rules;

use jiff::civil::Date;

use crate::decimal::{Amount, ExchangeRate, Percent, Price, Quantity};
use crate::fault::Fault;
use crate::json::Json;
use crate::section::Section;

pub(crate) use rules::*;

/// What a client asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// Key of the document kind: `sale`, `credit_note`…
    pub kind: String,
    /// The day written on the invoice; today at the outlet where absent.
    pub issued_on: Option<Date>,
    /// ISO 4217; the regime's own where absent.
    pub currency: Option<String>,
    pub price_mode: PriceMode,
    pub operator: Operator,
    pub customer: Customer,
    pub lines: Vec<DraftLine>,
    /// Empty means: all of it in cash.
    pub payments: Vec<DraftPayment>,
    pub exchange: Option<Exchange>,
    pub exemption_reference: Option<String>,
    pub comments: Vec<String>,
    pub credit: Option<Credit>,
    /// The caller's own name for this document, returned untouched.
    pub reference: Option<String>,
    /// Id of a refused invoice that this draft corrects and takes the place of.
    pub replaces: Option<String>,
    /// What a country wants to know besides, for its regime to read.
    pub section: Option<Section>,
}

/// Whether prices hold the tax (TTC) or not (HT): one mode an invoice (SFE 1.5.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PriceMode {
    TaxIncluded,
    TaxExcluded,
}

impl PriceMode {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TaxIncluded => "tax_included",
            Self::TaxExcluded => "tax_excluded",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::TaxIncluded, Self::TaxExcluded].into_iter().find(|mode| mode.as_str() == word)
    }
}

/// Who stands at the till.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Operator {
    pub id: Option<String>,
    pub name: String,
}

/// Who buys.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Customer {
    /// Key of the customer kind: `person`, `company`…
    pub kind: String,
    pub name: Option<String>,
    /// NIF, RNC: as the authority writes it.
    pub tax_id: Option<String>,
    /// The trade register's number.
    pub register: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<String>,
    pub section: Option<Section>,
}

/// One article sold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DraftLine {
    pub code: Option<String>,
    /// Key of the line kind: `goods`, `service`, `levy`.
    pub kind: String,
    pub name: String,
    pub unit: Option<String>,
    pub quantity: Quantity,
    pub unit_price: Price,
    pub tax_group: String,
    pub specific_tax: Option<SpecificTax>,
    pub discount: Option<Discount>,
    pub section: Option<Section>,
}

/// A tax on the article itself, besides VAT (SFE 1.1.13).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpecificTax {
    pub charge: SpecificCharge,
    pub name: Option<String>,
}

/// How a specific tax is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpecificCharge {
    /// So much for the whole line.
    Amount(Amount),
    /// So much for each unit sold.
    PerUnit(Price),
    /// So many percent of the line.
    Percent(Percent),
}

/// A price that was lowered, and why: both are printed (SFE 1.2 l).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Discount {
    pub original_price: Price,
    pub reason: String,
}

/// How a part of the total was paid. The amount is in the invoice's currency.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DraftPayment {
    /// Key of the payment method: `cash`, `mobile_money`…
    pub method: String,
    pub amount: Amount,
    /// The currency that was handed over, where it was a foreign one.
    pub exchange: Option<Exchange>,
}

/// A foreign currency and its rate: units of the invoice's currency for one of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Exchange {
    pub currency: String,
    pub rate: ExchangeRate,
}

/// What a credit note corrects, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credit {
    /// Key of the nature: `correction`, `cancellation`, `return`, `rebate`.
    pub nature: String,
    pub original: Option<OriginalName>,
}

/// How a caller names the invoice that it corrects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OriginalName {
    /// By our id.
    Id(String),
    /// By the number on the receipt.
    Number(String),
    /// By the authority's code on the receipt.
    Code(String),
}

impl Draft {
    /// Reads a draft, or tells everything that is wrong with its shape at once.
    pub fn read(document: &Json) -> Result<Self, Vec<Fault>> {
        read::draft(document)
    }

    /// The sections that are not of the country that prices: fields that do not exist there.
    pub fn sections_unknown_to(&self, country: Option<&str>) -> Vec<Fault> {
        let document = (String::new(), &self.section, read::DRAFT_FIELDS);
        let customer = ("/customer".to_owned(), &self.customer.section, read::CUSTOMER_FIELDS);
        let lines = self.lines.iter().enumerate();
        let lines =
            lines.map(|(n, line)| (format!("/lines/{n}"), &line.section, read::LINE_FIELDS));
        let places = [document, customer].into_iter().chain(lines);
        let named = places.filter_map(|(place, section, fields)| {
            section.as_ref().map(|section| (place, section.country(), fields))
        });
        named
            .filter(|(_, named, _)| Some(*named) != country)
            .map(|(place, named, fields)| {
                let allowed = [fields, country.as_slice()].concat();
                crate::reader::unknown_field(&place, named, &allowed)
            })
            .collect()
    }
}

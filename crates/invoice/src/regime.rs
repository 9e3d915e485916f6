//! A country's tax data as values with dates: what a draft is priced and checked against.
//!
//! The shape is here, because pricing needs it; the data of each country is its authority's.

use jiff::civil::Date;

use crate::decimal::Percent;

/// Everything about a country that pricing has to know.
#[derive(Clone, Debug)]
pub struct Regime {
    /// Stands in every invoice and statement: which edition of the tables priced it.
    pub version: &'static str,
    /// ISO 4217: what amounts are counted in.
    pub currency: &'static str,
    /// Currencies in which a payment or the total may be shown besides.
    pub foreign_currencies: &'static [&'static str],
    /// How far a rate of exchange may lie from the reference rate.
    pub exchange_tolerance: Percent,
    pub document_kinds: &'static [DocumentKind],
    pub customer_kinds: &'static [CustomerKind],
    pub line_kinds: &'static [Coded],
    pub credit_natures: &'static [CreditNature],
    pub payment_methods: &'static [Coded],
    pub tax_groups: &'static [TaxGroup],
    pub price_decimals_max: u32,
    pub quantity_decimals_max: u32,
    /// Free comment lines, besides the one that carries the exemption's reference.
    pub comments_max: usize,
    pub rounding: Rounding,
    pub specific_tax_base: SpecificTaxBase,
    pub specific_tax_rounding: SpecificTaxRounding,
    pub sources: &'static [Source],
}

/// A key of ours, the authority's own code for it, and its label.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Coded {
    pub key: &'static str,
    pub code: &'static str,
    pub label: &'static str,
}

/// A kind of document, such as a sale or a credit note for an export.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DocumentKind {
    pub coded: Coded,
    pub role: DocumentRole,
    pub export: bool,
}

/// What a document does to what is owed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DocumentRole {
    Sale,
    Advance,
    CreditNote,
    /// It raises what an earlier document says is owed.
    DebitNote,
    /// The taxpayer buys, and issues because the other side does not.
    Purchase,
}

/// A kind of customer, and what must be known of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CustomerKind {
    pub coded: Coded,
    pub name_required: bool,
    pub tax_id_required: bool,
    pub exemption_required: bool,
}

/// Why a credit note is given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CreditNature {
    pub coded: Coded,
    /// Whether it undoes lines of a sale, so that the original is named and its lines matched.
    pub names_original: bool,
}

/// A tax group: which lines may stand in it and what they owe.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TaxGroup {
    /// The letter by which drafts, invoices and receipts name it.
    pub code: &'static str,
    pub label: &'static str,
    /// What stands behind an article on the receipt: `A-EX`, `B`.
    pub tag: &'static str,
    pub treatment: TaxTreatment,
    /// In force from their dates on, the oldest first.
    pub rates: &'static [DatedRate],
    /// Keys of the line kinds that may stand in it.
    pub line_kinds: &'static [&'static str],
    pub exemption_required: bool,
    pub allowed_in_export: bool,
}

/// How a group's amount divides into base and tax.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TaxTreatment {
    /// By the rate, zero included.
    Rated,
    /// The whole amount is tax and the base is nothing (SFE 1.5.8).
    WholeAmountIsTax,
}

/// A rate and the first day on which it holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DatedRate {
    pub since: Date,
    pub percent: Percent,
}

/// Where a tax falls between two cents. Both readings keep base + tax = total.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rounding {
    /// To the nearest cent, a tie in the tax's favour.
    Nearest,
    /// The tax always to the cent above.
    TaxUp,
}

/// What a specific tax given in percent is a percentage of, where prices include tax.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpecificTaxBase {
    /// The line without its VAT.
    NetOfTax,
    /// The line as entered.
    EnteredPrice,
}

/// Where the VAT on specific taxes is rounded, where prices include tax.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpecificTaxRounding {
    /// Once, on the specific taxes of a group together, as all VAT is (SFE 1.5.6).
    PerGroup,
    /// With each line, so that a group's total is the sum of the amounts that are printed.
    PerLine,
}

/// A document of the law or of the authority, by its public title.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Source {
    pub title: &'static str,
    pub date: &'static str,
}

impl Regime {
    pub fn document_kind(&self, key: &str) -> Option<&'static DocumentKind> {
        self.document_kinds.iter().find(|kind| kind.coded.key == key)
    }

    pub fn customer_kind(&self, key: &str) -> Option<&'static CustomerKind> {
        self.customer_kinds.iter().find(|kind| kind.coded.key == key)
    }

    pub fn line_kind(&self, key: &str) -> Option<&'static Coded> {
        self.line_kinds.iter().find(|kind| kind.key == key)
    }

    pub fn credit_nature(&self, key: &str) -> Option<&'static CreditNature> {
        self.credit_natures.iter().find(|nature| nature.coded.key == key)
    }

    pub fn payment_method(&self, key: &str) -> Option<&'static Coded> {
        self.payment_methods.iter().find(|method| method.key == key)
    }

    pub fn tax_group(&self, code: &str) -> Option<&'static TaxGroup> {
        self.tax_groups.iter().find(|group| group.code == code)
    }
}

impl TaxGroup {
    /// The rate in force on a day, or nothing where the group did not exist yet.
    pub fn rate_on(&self, date: Date) -> Option<Percent> {
        let in_force = self.rates.iter().rev().find(|rate| rate.since <= date)?;
        Some(in_force.percent)
    }
}

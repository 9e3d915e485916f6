//! What is owed: money, lines, parties; draft to invoice; canonical bytes; faults.
//!
//! Pure: this crate touches no clock, socket, file, key or database. Time, chance and rates of
//! exchange are arguments. Once a value is an [`Invoice`], every total in it is right, and no later
//! code checks again.

mod assembly;
mod canonical;
mod decimal;
mod draft;
mod fault;
mod ids;
mod invoice;
mod json;
mod price;
mod reader;
mod regime;
mod sealed;
mod section;
mod statement;
mod text;
mod time;

pub use assembly::{Assembly, AssemblyError};
pub use canonical::CanonicalError;
pub use decimal::{
    Amount, Decimal, DecimalError, ExchangeRate, INTEGER_DIGITS_MAX, Percent, Price, Quantity,
    divide_half_up, divide_up, multiply_half_up,
};
pub use draft::{
    Credit, Customer, Discount, Draft, DraftLine, DraftPayment, Exchange, Operator, OriginalName,
    PriceMode, SpecificCharge, SpecificTax,
};
pub use fault::{Fault, Language, Rule};
pub use ids::{IdError, InvoiceId, OutletId, RangeId, TaxpayerId, TenantId, TerminalId};
pub use invoice::{
    CreditOf, ForeignAmount, GroupTotal, Invoice, Line, LineSpecificTax, Original, Payment, Seller,
    SpecificMeasure, Totals,
};
pub use json::Json;
pub use price::{Article, Claim, OriginalInvoice, PricingFacts, Sold, claims_by_line};
pub use reader::Reader;
pub use regime::{
    Coded, CreditNature, CustomerKind, DatedRate, DocumentKind, DocumentRole, Regime, Rounding,
    Source, SpecificTaxBase, SpecificTaxRounding, TaxGroup, TaxTreatment,
};
pub use sealed::{SealedInvoice, SecurityElements, parse_verify_url};
pub use section::{Section, SectionError};
pub use statement::{
    EntryKind, Hash, Statement, StatementError, authentication_code, entry_hash, signed_message,
};
pub use text::{TEXT_CHARACTERS_MAX, TextError, normalise, normalise_up_to};
pub use time::{SECOND, Timestamp, Zone};

/// The rules that any document can break, whatever the country that reads it.
pub mod rule {
    pub use crate::draft::rules::*;
}

/// Every rule of this crate: codes are unique across it and for ever.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    draft::RULES.iter().chain(price::RULES).copied()
}

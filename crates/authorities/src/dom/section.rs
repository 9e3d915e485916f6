//! The `do` section: what the Dominican format asks for beyond the draft that all countries share.
//!
//! The words are plain English; the XML's own names stand in [`super::compose`] only. A draft bears
//! what the caller knows. The invoice bears the same again, with what pricing made of it under
//! `priced`, so that a document can be composed from the invoice alone. Lengths, shapes and code
//! tables are checked on the composed document, where the format states them.

mod customer;
mod document;
mod line;
mod member;
mod priced;
mod read;
mod words;

pub use customer::{Customer, Delivery, PurchaseOrder};
pub use document::{
    Account, Adjustment, Balance, Document, PaymentTerms, Period, Reference, Seller, Shipment,
    Subtotal, Transport,
};
pub use line::{Change, ItemCode, Line, Mining, Subquantity, Tax, Withholding};
pub(super) use member::LIST_MAX;
pub use priced::{Adjusted, Beside, PricedDocument, PricedLine, Sums};
pub use read::{Asked, NotOfThisCountry, Written, WrittenLine};
pub use words::{
    AccountType, AdjustmentKind, Affiliation, IncomeType, PaymentType, Settlement, TransportMode,
    WithholdingKind,
};

/// Under which name drafts and invoices bear these sections.
pub const COUNTRY: &str = "do";

#[cfg(test)]
mod tests {
    use super::*;

    /// Every member is told of in the page for clients.
    #[test]
    fn every_member_is_documented() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/authorities/do-section.md");
        let page = std::fs::read_to_string(page).unwrap();
        let members = [
            Document::FIELDS,
            PaymentTerms::FIELDS,
            Account::FIELDS,
            Period::FIELDS,
            Seller::FIELDS,
            Shipment::FIELDS,
            Transport::FIELDS,
            Adjustment::FIELDS,
            Subtotal::FIELDS,
            Balance::FIELDS,
            Reference::FIELDS,
            Customer::FIELDS,
            Delivery::FIELDS,
            PurchaseOrder::FIELDS,
            Line::FIELDS,
            ItemCode::FIELDS,
            Subquantity::FIELDS,
            Change::FIELDS,
            Tax::FIELDS,
            Withholding::FIELDS,
            Mining::FIELDS,
        ];
        for member in members.into_iter().flatten() {
            assert!(page.contains(&format!("`{member}`")), "{member} is not in the page");
        }
    }
}

//! The code tables of the formats: units, currencies, places, additional taxes and the short ones.
//!
//! Sources: Formato e-CF v1.0 of September 2024 with the currency of October 2025, and the schemas.
//! The DGII lists no countries: a country is written out.

mod places;
mod short;
mod taxes;
mod units;

pub use places::{Place, PlaceKind, place, places};
pub use short::{
    ACCOUNTS, ADJUSTMENTS, AFFILIATIONS, BILLING, CURRENCIES, GOODS_OR_SERVICE, INCOMES,
    MODIFICATIONS, PAYMENT_FORMS, PAYMENT_TERMS, ROUTES, SETTLEMENTS, WITHHOLDING,
};
pub use taxes::{ADDITIONAL_TAXES, AdditionalTax, DatedFigure, Figure, TaxKind, additional_tax};
pub(in crate::dom) use units::is_unit;
pub use units::{BULK, UNITS, Unit, unit};

/// A code and what it stands for, in Spanish.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Code {
    pub code: &'static str,
    pub label: &'static str,
}

/// What a code of a table stands for.
pub fn label(table: &'static [Code], code: &str) -> Option<&'static str> {
    table.iter().find(|row| row.code == code).map(|row| row.label)
}

const fn row(code: &'static str, label: &'static str) -> Code {
    Code { code, label }
}

#[cfg(test)]
#[path = "codes/tests.rs"]
mod tests;

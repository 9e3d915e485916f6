//! The Dominican tax data: document kinds, groups with dated rates, identities, code tables.
//!
//! Código Tributario (Ley 11-92) and Ley 253-12 for the rates; Formato e-CF v1.0 for the codes.

mod billing;
mod excise;
mod kinds;
mod parties;
mod taxes;
mod units;

use invoice::{Percent, Regime, Rounding, Source, SpecificTaxBase, SpecificTaxRounding};

pub use billing::Billing;
pub use excise::{ExciseRates, excise_on};
pub use kinds::{document_kind, document_type, modification, payment_form};
pub use parties::has_right_check_digit;
pub(super) use parties::is_foreigner;
pub(super) use taxes::{ROUNDING, group_of_tax};
pub use units::unit_code;

/// The zone of every time in a document (Formato e-CF, `FechaHoraFirma`: GMT-4). There is no
/// summer time.
pub const ZONE: &str = "America/Santo_Domingo";

/// The regime: the same for every taxpayer.
pub fn regime() -> Regime {
    Regime {
        version: "do/2025-10",
        currency: "DOP",
        foreign_currencies: kinds::CURRENCIES,
        // Nobody's mean rate binds an invoice here.
        exchange_tolerance: Percent::from_units(10_000),
        document_kinds: kinds::DOCUMENTS,
        customer_kinds: parties::CUSTOMERS,
        line_kinds: kinds::LINES,
        credit_natures: kinds::MODIFICATIONS,
        payment_methods: kinds::PAYMENTS,
        tax_groups: taxes::GROUPS,
        price_decimals_max: 4,
        quantity_decimals_max: 2,
        comments_max: 1,
        rounding: Rounding::Nearest,
        specific_tax_base: SpecificTaxBase::NetOfTax,
        specific_tax_rounding: SpecificTaxRounding::PerLine,
        sources: SOURCES,
    }
}

const SOURCES: &[Source] = &[
    Source { title: "Formato Comprobante Fiscal Electrónico (e-CF) v1.0", date: "2025-10-09" },
    Source { title: "Informe Técnico e-CF", date: "2026-03" },
    Source { title: "Ley 32-23 de Facturación Electrónica", date: "2023-05-16" },
    Source { title: "Decreto 587-24, reglamento de la Ley 32-23", date: "2024-10-11" },
    Source { title: "Código Tributario (Ley 11-92), títulos III y IV", date: "1992-05-16" },
    Source { title: "Ley 253-12, artículos 343 y 345 del Código Tributario", date: "2012-11-09" },
    Source { title: "Norma General 10-07 (tarjetas prepagadas)", date: "2007" },
    Source { title: "Norma General 07-07 (construcción)", date: "2007-06-26" },
    Source { title: "Resolución DDG-AR1-2025-00006 (montos del ISC)", date: "2025-09" },
];

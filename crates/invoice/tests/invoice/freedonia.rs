//! Freedonia: a country of three rates, made up so that no real one leaks into the crate.

use invoice::{
    Coded, CreditNature, CustomerKind, DatedRate, DocumentKind, DocumentRole, Exchange,
    ExchangeRate, Percent, PricingFacts, Regime, Rounding, Seller, Source, SpecificTaxBase,
    TaxGroup, TaxTreatment,
};
use jiff::civil::{Date, date};

pub(crate) const TODAY: Date = date(2026, 7, 14);

pub(crate) fn regime() -> Regime {
    Regime {
        version: "freedonia/1",
        currency: "FRD",
        foreign_currencies: &["USD", "EUR"],
        exchange_tolerance: Percent::from_units(2_50),
        document_kinds: DOCUMENTS,
        customer_kinds: CUSTOMERS,
        line_kinds: LINE_KINDS,
        credit_natures: NATURES,
        payment_methods: METHODS,
        tax_groups: GROUPS,
        price_decimals_max: 2,
        quantity_decimals_max: 2,
        comments_max: 2,
        rounding: Rounding::Nearest,
        specific_tax_base: SpecificTaxBase::NetOfTax,
        specific_tax_rounding: invoice::SpecificTaxRounding::PerGroup,
        sources: &[Source { title: "Duck Soup", date: "1933-11-17" }],
    }
}

pub(crate) fn facts() -> PricingFacts {
    PricingFacts {
        seller: Seller {
            name: "Firefly & Co".to_owned(),
            tax_id: "F-1".to_owned(),
            outlet_code: "01".to_owned(),
            outlet_name: "Capital".to_owned(),
            address: "1 Palace Square".to_owned(),
            ..Seller::default()
        },
        today: TODAY,
        original: None,
        replaces: None,
        reference_rates: vec![Exchange {
            currency: "USD".to_owned(),
            rate: ExchangeRate::from_units(20_000_000),
        }],
    }
}

const fn coded(key: &'static str) -> Coded {
    Coded { key, code: key, label: key }
}

const LINE_KINDS: &[Coded] = &[coded("thing"), coded("fee")];
const METHODS: &[Coded] = &[coded("cash"), coded("card")];
const NATURES: &[CreditNature] = &[
    CreditNature { coded: coded("undo"), names_original: true },
    CreditNature { coded: coded("rebate"), names_original: false },
];

const fn document(key: &'static str, role: DocumentRole, export: bool) -> DocumentKind {
    DocumentKind { coded: coded(key), role, export }
}

const DOCUMENTS: &[DocumentKind] = &[
    document("sale", DocumentRole::Sale, false),
    document("advance", DocumentRole::Advance, false),
    document("credit_note", DocumentRole::CreditNote, false),
    document("export_sale", DocumentRole::Sale, true),
    document("export_credit_note", DocumentRole::CreditNote, true),
];

const fn customer(key: &'static str, name: bool, tax_id: bool, exemption: bool) -> CustomerKind {
    CustomerKind {
        coded: coded(key),
        name_required: name,
        tax_id_required: tax_id,
        exemption_required: exemption,
    }
}

const CUSTOMERS: &[CustomerKind] = &[
    customer("anyone", false, false, false),
    customer("firm", true, true, false),
    customer("mission", true, false, true),
];

const FOUNDED: Date = date(2020, 1, 1);

const fn group(code: &'static str, rates: &'static [DatedRate]) -> TaxGroup {
    TaxGroup {
        code,
        label: code,
        tag: code,
        treatment: TaxTreatment::Rated,
        rates,
        line_kinds: &["thing"],
        exemption_required: false,
        allowed_in_export: true,
    }
}

const fn rate(since: Date, units: i128) -> DatedRate {
    DatedRate { since, percent: Percent::from_units(units) }
}

/// `B` is 18 %, as in Benin, whose published example proves the rounding; `H` is half as much
/// again and changed in June; `Z` is for later.
const GROUPS: &[TaxGroup] = &[
    group("A", &[rate(FOUNDED, 0)]),
    TaxGroup { allowed_in_export: false, ..group("B", &[rate(FOUNDED, 18_00)]) },
    group("H", &[rate(FOUNDED, 25_00), rate(date(2026, 6, 1), 27_50)]),
    TaxGroup { exemption_required: true, ..group("D", &[rate(FOUNDED, 0)]) },
    TaxGroup {
        line_kinds: &["fee"],
        treatment: TaxTreatment::WholeAmountIsTax,
        ..group("X", &[rate(FOUNDED, 0)])
    },
    group("Z", &[rate(date(2027, 1, 1), 50_00)]),
];

//! The Congolese tax data: sixteen groups with dated rates, document kinds, code tables.
//!
//! SFE specification of February 2026 (note de service 01/022), 1.1.7-1.1.18 and annexes; grid of
//! tax groups v1.2 of February 2026.

use invoice::{
    Coded, CreditNature, CustomerKind, DatedRate, DocumentKind, DocumentRole, Percent, Regime,
    Source, TaxGroup, TaxTreatment,
};
use jiff::civil::{Date, date};

use super::settings::Settings;

/// The regime under an outlet's settings.
pub fn regime(settings: &Settings) -> Regime {
    Regime {
        version: "cd/2026-02",
        currency: "CDF",
        foreign_currencies: &["USD"],
        exchange_tolerance: Percent::from_units(1_00),
        document_kinds: DOCUMENT_KINDS,
        customer_kinds: CUSTOMER_KINDS,
        line_kinds: LINE_KINDS,
        credit_natures: CREDIT_NATURES,
        payment_methods: PAYMENT_METHODS,
        tax_groups: TAX_GROUPS,
        price_decimals_max: 2,
        quantity_decimals_max: 3,
        comments_max: 7,
        rounding: settings.rounding(),
        specific_tax_base: settings.specific_tax_base(),
        specific_tax_rounding: settings.specific_tax_rounding(),
        sources: SOURCES,
    }
}

const fn coded(key: &'static str, code: &'static str, label: &'static str) -> Coded {
    Coded { key, code, label }
}

const fn document(
    key: &'static str,
    code: &'static str,
    label: &'static str,
    role: DocumentRole,
    export: bool,
) -> DocumentKind {
    DocumentKind { coded: coded(key, code, label), role, export }
}

/// SFE 1.1.7.
#[rustfmt::skip]
const DOCUMENT_KINDS: &[DocumentKind] = &[
    document("sale", "FV", "Facture de vente", DocumentRole::Sale, false),
    document("advance", "FT", "Facture d'acompte ou d'avance", DocumentRole::Advance, false),
    document("credit_note", "FA", "Facture d'avoir", DocumentRole::CreditNote, false),
    document("export_sale", "EV", "Facture de vente à l'exportation", DocumentRole::Sale, true),
    document("export_advance", "ET", "Facture d'acompte ou d'avance à l'exportation",
        DocumentRole::Advance, true),
    document("export_credit_note", "EA", "Facture d'avoir à l'exportation",
        DocumentRole::CreditNote, true),
];

const fn customer(coded: Coded, name: bool, tax_id: bool, exemption: bool) -> CustomerKind {
    CustomerKind {
        coded,
        name_required: name,
        tax_id_required: tax_id,
        exemption_required: exemption,
    }
}

/// SFE annex "clients": what must be known of each.
#[rustfmt::skip]
const CUSTOMER_KINDS: &[CustomerKind] = &[
    customer(coded("person", "PP", "Personne physique"), false, false, false),
    customer(coded("company", "PM", "Personne morale"), true, true, false),
    customer(coded("trader", "PC", "Personne physique commerçante"), true, true, false),
    customer(coded("professional", "PL", "Profession libérale"), true, true, false),
    customer(coded("embassy", "AO", "Ambassades et organisations internationales"),
        true, false, true),
];

/// SFE annex "articles".
const LINE_KINDS: &[Coded] = &[
    coded("goods", "BIE", "Biens"),
    coded("service", "SER", "Services"),
    coded("levy", "TAX", "Taxes et redevances"),
];

const GOODS_AND_SERVICES: &[&str] = &["goods", "service"];
const LEVIES: &[&str] = &["levy"];

/// SFE annex "nature d'avoir"; 1.1.26 exempts RRR from naming its original.
#[rustfmt::skip]
const CREDIT_NATURES: &[CreditNature] = &[
    CreditNature { coded: coded("correction", "COR", "Correction"), names_original: true },
    CreditNature { coded: coded("cancellation", "RAN", "Annulation"), names_original: true },
    CreditNature { coded: coded("return", "RAM", "Avoir suite reprise"), names_original: true },
    CreditNature {
        coded: coded("rebate", "RRR", "Remise, ristourne, rabais"), names_original: false,
    },
];

/// SFE 1.1.18. The first is what an invoice without payments means (e-MCF API, payment).
const PAYMENT_METHODS: &[Coded] = &[
    coded("cash", "ESPECES", "Espèces"),
    coded("transfer", "VIREMENT", "Virement"),
    coded("card", "CARTEBANCAIRE", "Carte bancaire"),
    coded("mobile_money", "MOBILEMONEY", "Mobile money"),
    coded("cheque", "CHEQUES", "Chèques"),
    coded("credit", "CREDIT", "Crédit"),
    coded("other", "AUTRE", "Autre"),
];

/// The day from which the control modules of the reform count (arrêté 016/2025). Rates before it
/// price nothing.
const REFORM: Date = date(2025, 2, 27);
/// Finance law 25/060 of 29 December 2025, in force from the first day of 2026.
const FINANCE_LAW_2026: Date = date(2026, 1, 1);

const fn rate(since: Date, percent: i128) -> DatedRate {
    DatedRate { since, percent: Percent::from_units(percent * 100) }
}

const ZERO: &[DatedRate] = &[rate(REFORM, 0)];
const STANDARD: &[DatedRate] = &[rate(REFORM, 16)];
const REDUCED: &[DatedRate] = &[rate(REFORM, 8), rate(FINANCE_LAW_2026, 5)];
const MINIMAL: &[DatedRate] = &[rate(FINANCE_LAW_2026, 1)];

const fn group(
    code: &'static str,
    tag: &'static str,
    label: &'static str,
    rates: &'static [DatedRate],
) -> TaxGroup {
    TaxGroup {
        code,
        label,
        tag,
        treatment: TaxTreatment::Rated,
        rates,
        line_kinds: GOODS_AND_SERVICES,
        exemption_required: false,
        allowed_in_export: false,
    }
}

/// Grid of tax groups v1.2; SFE 1.1.12.
///
/// Export invoices take groups E, L and N only: the rule is what working integrations enforce.
#[rustfmt::skip]
const TAX_GROUPS: &[TaxGroup] = &[
    group("A", "A-EX", "Exonéré et hors champ", ZERO),
    group("B", "B", "Taxable 16 %", STANDARD),
    group("C", "C", "Taxable 5 %", REDUCED),
    TaxGroup { exemption_required: true,
        ..group("D", "D", "Régimes dérogatoires TVA", ZERO) },
    TaxGroup { allowed_in_export: true,
        ..group("E", "E", "Exportation et opérations assimilées", ZERO) },
    group("F", "F", "TVA marché public à financement extérieur 16 %", STANDARD),
    group("G", "G", "TVA marché public à financement extérieur 5 %", REDUCED),
    group("H", "H", "Consignation / déconsignation d'emballage", ZERO),
    group("I", "I", "Garantie et caution", ZERO),
    group("J", "J", "Débours", ZERO),
    group("K", "K", "Opérations réalisées par les non-assujettis", ZERO),
    TaxGroup { line_kinds: LEVIES, allowed_in_export: true,
        ..group("L", "L", "Prélèvements sur ventes", ZERO) },
    group("M", "M", "Ventes réglementées avec TVA spécifique", ZERO),
    TaxGroup { line_kinds: LEVIES, allowed_in_export: true,
        treatment: TaxTreatment::WholeAmountIsTax, ..group("N", "N", "TVA spécifique", ZERO) },
    group("O", "O", "Taxable 1 %", MINIMAL),
    group("P", "P", "TVA marché public à financement extérieur 1 %", MINIMAL),
];

const SOURCES: &[Source] = &[
    Source {
        title: "Note de service 01/022/DGI/DG/FACNO-TVA/FMM/2026, spécifications des SFE",
        date: "2026-02-19",
    },
    Source { title: "FACNO, Groupes de taxation v1.2", date: "2026-02" },
    Source { title: "Protocole MCF-SFE v1.0", date: "2025" },
    Source { title: "Loi de finances 25/060", date: "2025-12-29" },
];

//! The summary of a small consumer invoice (RFCE), as it is read: all that the DGII gets of it (Formato
//! Resumen de Factura de Consumo Electrónica). It is written by [`crate::dom::compose::summary()`].

mod read;

use invoice::Amount;
use jiff::civil::Date;

use super::{Encf, Rnc};
use crate::dom::dsig::SecurityCode;

/// What the DGII is told of a consumer invoice that stays with its issuer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rfce {
    pub encf: Encf,
    /// `TipoIngresos`: two digits.
    pub income: String,
    /// `TipoPago`: one digit.
    pub payment_terms: String,
    pub payments: Vec<SummaryPayment>,
    pub issuer: Rnc,
    pub issuer_name: String,
    pub issued_on: Date,
    pub buyer: SummaryBuyer,
    pub totals: SummaryTotals,
    /// Of the whole invoice, which was signed before.
    pub security_code: SecurityCode,
}

/// What was paid, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SummaryPayment {
    /// `FormaPago`: one digit.
    pub form: String,
    pub amount: Amount,
}

/// Who bought, as far as it is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SummaryBuyer {
    pub rnc: Option<Rnc>,
    pub foreign_id: Option<String>,
    pub name: Option<String>,
}

/// What is owed. An amount that the invoice does not bear is absent, which is not the same as zero.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SummaryTotals {
    pub taxed: Option<Amount>,
    /// At 18 %, at 16 % and at 0 %.
    pub taxed_at: [Option<Amount>; 3],
    pub exempt: Option<Amount>,
    pub itbis: Option<Amount>,
    /// At 18 %, at 16 % and at 0 %.
    pub itbis_at: [Option<Amount>; 3],
    pub additional_tax: Option<Amount>,
    pub additional_taxes: Vec<SummaryTax>,
    pub total: Amount,
    pub non_billable: Option<Amount>,
    pub period: Option<Amount>,
}

/// One additional tax.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SummaryTax {
    /// `TipoImpuesto`: three digits.
    pub code: String,
    pub specific: Option<Amount>,
    pub ad_valorem: Option<Amount>,
    pub other: Option<Amount>,
}

const TAXED: [&str; 3] = ["MontoGravadoI1", "MontoGravadoI2", "MontoGravadoI3"];
const ITBIS: [&str; 3] = ["TotalITBIS1", "TotalITBIS2", "TotalITBIS3"];
const TAX_AMOUNTS: [&str; 3] = [
    "MontoImpuestoSelectivoConsumoEspecifico",
    "MontoImpuestoSelectivoConsumoAdvalorem",
    "OtrosImpuestosAdicionales",
];

//! What the DGI leaves open, each point behind a name, with the default that the sources favour.
//!
//! The list with its reasons stands in `docs/authorities/drc.md`; the two are kept together.

use invoice::{Json, Rounding, SpecificTaxBase, SpecificTaxRounding};
use serde::Deserialize;

/// Settings of an outlet for the DGI.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Identifier of this invoicing system, given by the DGI at homologation (SFE 1.1.3).
    pub isf: String,
    #[serde(default)]
    pub rounding: RoundingSetting,
    #[serde(default)]
    pub specific_tax_base: SpecificTaxBaseSetting,
    #[serde(default)]
    pub specific_tax_rounding: SpecificTaxRoundingSetting,
    #[serde(default)]
    pub trailing_slash: bool,
    #[serde(default)]
    pub action_case: ActionCase,
    #[serde(default)]
    pub payment_currency_fields: PaymentCurrencyFields,
    #[serde(default)]
    pub out_of_scope_code: OutOfScopeCode,
    /// Ask `GET invoice/{uid}` for the elements of a finalised invoice whose reply was lost. The
    /// API describes pending invoices only; a server that answers nevertheless spares a person.
    #[serde(default = "yes")]
    pub ask_finalised: bool,
}

/// SFE 1.5.7 in its two readings.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum RoundingSetting {
    #[default]
    Nearest,
    TaxUp,
}

/// What a specific tax in percent is a percentage of (MCF 31h, example 4).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum SpecificTaxBaseSetting {
    #[default]
    NetOfTax,
    EnteredPrice,
}

/// Where the VAT on specific taxes is rounded: SFE 1.5.6 against the amounts of MCF 31h.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum SpecificTaxRoundingSetting {
    #[default]
    PerGroup,
    PerLine,
}

/// How `confirm` and `cancel` are spelt in paths.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ActionCase {
    #[default]
    Lower,
    Upper,
}

/// Which names a payment's currency and rate go by.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum PaymentCurrencyFields {
    #[default]
    CurrencyCode,
    CurCode,
}

/// The article code of sales out of VAT's scope, in group A.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum OutOfScopeCode {
    /// `HORS CHAMP`, as the grid of tax groups prints it.
    #[default]
    TwoWords,
    /// `HORSCHAMP`, as the SFE specification prints it.
    OneWord,
}

impl Settings {
    /// Reads the `settings` object of an outlet; the error names the field.
    pub fn parse(settings: &Json) -> Result<Self, String> {
        if !settings.is_canonical() {
            return Err("a number with a fraction, or too large: no setting takes one".into());
        }
        let settings: Self = serde_json::from_slice(&settings.to_canonical_bytes())
            .map_err(|error| error.to_string())?;
        if settings.isf.trim().is_empty() {
            return Err("isf is empty: it is the identifier that the DGI gave this system".into());
        }
        Ok(settings)
    }

    pub(super) fn rounding(&self) -> Rounding {
        match self.rounding {
            RoundingSetting::Nearest => Rounding::Nearest,
            RoundingSetting::TaxUp => Rounding::TaxUp,
        }
    }

    pub(super) fn specific_tax_rounding(&self) -> SpecificTaxRounding {
        match self.specific_tax_rounding {
            SpecificTaxRoundingSetting::PerGroup => SpecificTaxRounding::PerGroup,
            SpecificTaxRoundingSetting::PerLine => SpecificTaxRounding::PerLine,
        }
    }

    pub(super) fn specific_tax_base(&self) -> SpecificTaxBase {
        match self.specific_tax_base {
            SpecificTaxBaseSetting::NetOfTax => SpecificTaxBase::NetOfTax,
            SpecificTaxBaseSetting::EnteredPrice => SpecificTaxBase::EnteredPrice,
        }
    }
}

const fn yes() -> bool {
    true
}

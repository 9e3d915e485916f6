//! What the specification leaves open: readings to choose between, and awkwardness to switch off.

/// The readings of the specification that this authority follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// How a group's tax is rounded.
    pub rounding: Rounding,
    /// What a specific tax of so many per cent is a part of.
    pub specific_tax_base: SpecificTaxBase,
    /// Whether an invoice number may come again.
    pub invoice_number_reuse: InvoiceNumberReuse,
    /// Refuses what the authority tolerates today and may not tomorrow: a token without `Bearer`,
    /// another media type than JSON's, a client without a type, an export invoice with other groups
    /// than E, L and N, and a credit note whose articles, prices or quantities are not the
    /// original's (SFE 1.1.26).
    pub strict: bool,
    /// Where replies vary.
    pub awkward: Awkwardness,
}

/// SFE 1.5.2 rounds to the nearest; SFE 1.5.7 can be read as rounding a tax always up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Half up to the nearest centime. The worked example of the Benin API (3600 at 18 % is 3051
    /// and 549) rules the other reading out.
    #[default]
    Nearest,
    /// A group's VAT goes up to the next centime whenever it is not whole.
    TaxUp,
}

/// The base of a specific tax given as a percentage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpecificTaxBase {
    /// The article's amount before VAT, as in the examples of the MCF-SFE protocol, command 31h.
    #[default]
    BeforeTax,
    /// The price as it was entered, VAT included in TTC mode, as one integrator saw devices do.
    EnteredPrice,
}

/// The rule for an `rn` that comes again is unpublished for the e-MCF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvoiceNumberReuse {
    /// Nobody looks: a client that repeats itself registers twice. The default, for it hides
    /// nothing.
    #[default]
    Accepted,
    /// Refused when it is the number of the e-MCF's last registered invoice, as the MCF does (C0h).
    RefusedIfLast,
    /// Refused when any registered invoice of the e-MCF has it.
    Refused,
}

/// Where replies vary by seeded chance, so that no client leans on one form of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, each named where it is set"
)]
pub struct Awkwardness {
    /// A `uid` in upper or in lower case.
    pub uid_case: bool,
    /// Date-times with none to seven digits of a second's fraction.
    pub fractional_seconds: bool,
    /// `4064`, `4064.0` or `4064.00`.
    pub number_forms: bool,
    /// `codeDEFDGI` with or without its dashes.
    pub code_dashes: bool,
    /// Keys in any order.
    pub key_order: bool,
    /// An optional value that is empty is null, an empty string, or (in an error) there at all.
    pub null_keys: bool,
    /// Keys that no document mentions.
    pub extra_keys: bool,
}

impl Awkwardness {
    /// All of it: the default.
    pub fn all() -> Self {
        Self {
            uid_case: true,
            fractional_seconds: true,
            number_forms: true,
            code_dashes: true,
            key_order: true,
            null_keys: true,
            extra_keys: true,
        }
    }

    /// None of it: every reply in the form of the documents' examples.
    pub fn none() -> Self {
        Self {
            uid_case: false,
            fractional_seconds: false,
            number_forms: false,
            code_dashes: false,
            key_order: false,
            null_keys: false,
            extra_keys: false,
        }
    }
}

impl Default for Awkwardness {
    fn default() -> Self {
        Self::all()
    }
}

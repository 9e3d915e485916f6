//! How a line is taxed with ITBIS (Formato e-CF, `IndicadorFacturacion`).

use invoice::Percent;

/// The five answers to whether a line owes ITBIS.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Billing {
    /// Owed, but neither taxed nor in the total: what is collected for others, a gift card sold.
    NonBillable,
    Itbis18,
    Itbis16,
    /// At the rate of zero: exports.
    Itbis0,
    Exempt,
}

impl Billing {
    pub const ALL: [Self; 5] =
        [Self::NonBillable, Self::Itbis18, Self::Itbis16, Self::Itbis0, Self::Exempt];

    /// What drafts and invoices call the group.
    pub const fn group(self) -> &'static str {
        match self {
            Self::NonBillable => "non_billable",
            Self::Itbis18 => "itbis_18",
            Self::Itbis16 => "itbis_16",
            Self::Itbis0 => "itbis_0",
            Self::Exempt => "exempt",
        }
    }

    /// What the format calls it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NonBillable => "0",
            Self::Itbis18 => "1",
            Self::Itbis16 => "2",
            Self::Itbis0 => "3",
            Self::Exempt => "4",
        }
    }

    pub fn parse(group: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|billing| billing.group() == group)
    }

    /// The tax on top. The group is the rate here: when the law changes one, a group is added.
    pub const fn rate(self) -> Percent {
        Percent::from_units(match self {
            Self::Itbis18 => 18_00,
            Self::Itbis16 => 16_00,
            Self::NonBillable | Self::Itbis0 | Self::Exempt => 0,
        })
    }

    /// Whether it is one of the three that make up the taxed total, zero included.
    pub const fn is_taxed(self) -> bool {
        matches!(self, Self::Itbis18 | Self::Itbis16 | Self::Itbis0)
    }
}

//! The words of the section that stand for one of the format's codes.

use invoice::{Json, Reader};

use super::member::Value;

/// Makes an enumeration, its words in a draft, and the format's codes.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal, $code:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $name {
            $($(#[$case_doc])* $case,)*
        }

        impl $name {
            /// All of them, in the order of their codes.
            pub const ALL: &'static [Self] = &[$(Self::$case),*];
            const WORDS: &'static [&'static str] = &[$($word),*];

            /// What a draft calls it.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }

            /// What the format calls it.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$case => $code,)* }
            }
        }

        impl Value for $name {
            fn read(reader: &mut Reader<'_>, key: &str) -> Option<Self> {
                reader.word(key, Self::WORDS).map(|place| Self::ALL[place])
            }

            fn write(&self) -> Json {
                Json::string(self.word())
            }
        }
    )*};
}

words! {
    /// Which income a sale is, for the seller's own return (Formato e-CF, `TipoIngresos`).
    IncomeType {
        Operations = "operations", "01";
        Financial = "financial", "02";
        Extraordinary = "extraordinary", "03";
        Rent = "rent", "04";
        /// The sale of an asset that was depreciated.
        AssetSale = "asset_sale", "05";
        Other = "other", "06";
    }
    /// When the document is paid (`TipoPago`).
    PaymentType {
        Cash = "cash", "1";
        Credit = "credit", "2";
        Free = "free", "3";
    }
    /// The account that a transfer or a cheque came from (`TipoCuentaPago`).
    AccountType {
        Checking = "checking", "CT";
        Savings = "savings", "AH";
        Other = "other", "OT";
    }
    /// What an adjustment of the whole does (`TipoAjuste`).
    AdjustmentKind {
        Discount = "discount", "D";
        Surcharge = "surcharge", "R";
    }
    /// Whether tax is kept back by the one who pays, or charged ahead by the one who is paid
    /// (`IndicadorAgenteRetencionoPercepcion`).
    WithholdingKind {
        Withholding = "withholding", "1";
        Perception = "perception", "2";
    }
    /// How an export travels (`ViaTransporte`).
    TransportMode {
        Land = "land", "01";
        Sea = "sea", "02";
        Air = "air", "03";
    }
    /// Whether who receives a mineral is of the same group (`TipoAfiliacion`).
    Affiliation {
        Affiliated = "affiliated", "1";
        Unaffiliated = "unaffiliated", "2";
    }
    /// Whether the price of a mineral is settled (`Liquidacion`).
    Settlement {
        Provisional = "provisional", "1";
        Final = "final", "2";
    }
}

//! What a draft's line bears besides: the areas of `Item` in the format.

use invoice::{Amount, Decimal, Percent, Price};
use jiff::civil::Date;

use super::member::section;
use super::words::{Affiliation, Settlement, WithholdingKind};

section! {
    /// One article, beyond name, quantity, price and group.
    Line {
        /// Codes of any kind, besides the seller's own.
        codes: Vec<ItemCode>,
        description: Option<String>,
        /// How many units of reference the unit that is sold holds: bottles in a case, packs in a
        /// carton.
        reference_quantity: Option<Amount>,
        reference_unit: Option<String>,
        /// What each unit of reference holds.
        subquantities: Vec<Subquantity>,
        /// Percent of the volume.
        alcohol_degrees: Option<Percent>,
        /// The retail price of a unit of reference, ITBIS included.
        reference_price: Option<Amount>,
        made_on: Option<Date>,
        expires_on: Option<Date>,
        discounts: Vec<Change>,
        surcharges: Vec<Change>,
        /// Taxes besides the ITBIS, by their codes.
        taxes: Vec<Tax>,
        withholding: Option<Box<Withholding>>,
        mining: Option<Box<Mining>>,
        /// The price in the currency in which the total is shown besides, where it was agreed in
        /// that one.
        foreign_price: Option<Price>,
        /// A construction service, of which a tenth is taxed: the line becomes two (Norma General
        /// 07-07).
        norm_07_07: bool,
    }
}

section! {
    /// A code of the article, and of which kind it is: `EAN`, `PLU`, `DUN`.
    ItemCode {
        kind: Option<String>,
        code: Option<String>,
    }
}

section! {
    /// What a unit of reference holds; of a drink, litres.
    Subquantity {
        quantity: Option<Decimal<3>>,
        unit: Option<String>,
    }
}

section! {
    /// A discount or a surcharge on the line: either an amount or a percentage of price times
    /// quantity.
    Change {
        amount: Option<Amount>,
        percent: Option<Percent>,
    }
}

section! {
    /// A tax besides the ITBIS.
    Tax {
        /// Three digits, of the format's table.
        code: Option<String>,
        /// The amount in pesos that a specific tax is reckoned with, where the outlet's settings do
        /// not know it. It follows inflation, and the DGII compares it.
        rate: Option<Amount>,
    }
}

section! {
    /// What is kept back or charged ahead: amounts, or percentages of the line's ITBIS and of the
    /// line without it. An amount may be given to four decimals: the line bears two of them, and
    /// the document's total is of the whole.
    Withholding {
        kind: Option<WithholdingKind>,
        itbis: Option<Price>,
        itbis_percent: Option<Percent>,
        income_tax: Option<Price>,
        income_tax_percent: Option<Percent>,
    }
}

section! {
    /// A mineral.
    Mining {
        net_weight_kilograms: Option<Decimal<3>>,
        net_weight: Option<Decimal<3>>,
        affiliation: Option<Affiliation>,
        settlement: Option<Settlement>,
    }
}

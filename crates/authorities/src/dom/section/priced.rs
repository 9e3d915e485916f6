//! What pricing adds to the sections of an invoice, under `priced`.

use invoice::{Amount, Percent};

use super::member::section;
use super::words::WithholdingKind;

section! {
    /// The sums of a document, or of some of its lines. Each is rounded on its own, so that a sum
    /// of parts may differ from the parts as written by a cent.
    Sums {
        /// What is taxed at any rate, zero included. Absent: no line is.
        taxed: Option<Amount>,
        /// What is taxed at 18 %, without tax. Absent: no line is.
        taxed_18: Option<Amount>,
        taxed_16: Option<Amount>,
        taxed_0: Option<Amount>,
        exempt: Option<Amount>,
        itbis: Option<Amount>,
        itbis_18: Option<Amount>,
        itbis_16: Option<Amount>,
        itbis_0: Option<Amount>,
        /// The taxes besides the ITBIS, in the order of their codes.
        beside: Vec<Beside>,
        /// Their sum.
        beside_total: Option<Amount>,
        /// What is owed, but stands outside the total.
        non_billable: Option<Amount>,
        total: Option<Amount>,
    }
}

section! {
    /// A tax besides the ITBIS.
    Beside {
        code: Option<String>,
        /// Percent, or pesos by the unit that it is reckoned on.
        rate: Option<Percent>,
        amount: Option<Amount>,
    }
}

section! {
    /// What pricing made of the document.
    PricedDocument {
        sums: Option<Sums>,
        /// Total and what is not billable.
        period: Option<Amount>,
        payable: Option<Amount>,
        withheld_itbis: Option<Amount>,
        withheld_income_tax: Option<Amount>,
        perceived_itbis: Option<Amount>,
        perceived_income_tax: Option<Amount>,
        /// The amounts of the adjustments, in their order.
        adjustments: Vec<Adjusted>,
        subtotals: Vec<Sums>,
        pages: Vec<Sums>,
        /// Of a credit note: whether the document that it modifies is more than thirty days old.
        late: bool,
    }
}

section! {
    /// The amount of an adjustment.
    Adjusted {
        amount: Option<Amount>,
    }
}

section! {
    /// What pricing made of a line.
    PricedLine {
        /// The sum of the discounts, and of the surcharges.
        discount: Option<Amount>,
        surcharge: Option<Amount>,
        /// The amounts of the discounts and surcharges, in their order.
        discounts: Vec<Adjusted>,
        surcharges: Vec<Adjusted>,
        /// The ITBIS on the line, for the printed representation.
        itbis: Option<Amount>,
        specific_tax: Option<Amount>,
        ad_valorem_tax: Option<Amount>,
        withholding_kind: Option<WithholdingKind>,
        withheld_itbis: Option<Amount>,
        withheld_income_tax: Option<Amount>,
    }
}

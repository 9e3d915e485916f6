//! What a draft bears besides, as a whole: areas `IdDoc`, `Emisor`, `InformacionesAdicionales`,
//! `Transporte` and the sections behind the lines.

use invoice::{Amount, Percent};
use jiff::civil::Date;

use super::member::section;
use super::words::{AccountType, AdjustmentKind, IncomeType, PaymentType, TransportMode};

section! {
    /// The document as a whole.
    Document {
        /// Operations, where nothing is said.
        income_type: Option<IncomeType>,
        payment_terms: Option<PaymentTerms>,
        /// What period a periodic service is invoiced for.
        period: Option<Period>,
        /// A stay whose price holds everything.
        all_inclusive: bool,
        seller: Option<Seller>,
        shipment: Option<Box<Shipment>>,
        transport: Option<Box<Transport>>,
        /// Discounts and surcharges on all lines of a tax group together.
        adjustments: Vec<Adjustment>,
        /// Sums of lines that are shown; they change nothing.
        subtotals: Vec<Subtotal>,
        balance: Option<Balance>,
        /// How many lines a printed page holds. Absent in a draft: as the outlet's settings say;
        /// in an invoice: one page, and nothing is said of it.
        lines_per_page: Option<u16>,
        reference: Option<Reference>,
    }
}

section! {
    /// When and how it is paid.
    PaymentTerms {
        /// Cash, where nothing is said and the type wants it said.
        kind: Option<PaymentType>,
        /// The last day to pay a document on credit.
        due_on: Option<Date>,
        /// How long there is to pay, in words: `30 días`.
        term: Option<String>,
        account: Option<Account>,
    }
}

section! {
    /// The account that is paid from.
    Account {
        kind: Option<AccountType>,
        number: Option<String>,
        bank: Option<String>,
    }
}

section! {
    /// From the first to the last day.
    Period {
        from: Option<Date>,
        to: Option<Date>,
    }
}

section! {
    /// The seller, beyond name, number, address, telephone and e-mail.
    Seller {
        trade_name: Option<String>,
        branch: Option<String>,
        municipality: Option<String>,
        province: Option<String>,
        /// Up to three, instead of the outlet's one.
        phones: Vec<String>,
        website: Option<String>,
        economic_activity: Option<String>,
        salesperson: Option<String>,
        invoice_number: Option<String>,
        order_number: Option<String>,
        sales_zone: Option<String>,
        sales_route: Option<String>,
    }
}

section! {
    /// What travels; the last block of an export only.
    Shipment {
        shipped_on: Option<Date>,
        number: Option<String>,
        container: Option<String>,
        reference: Option<String>,
        gross_weight: Option<Amount>,
        gross_weight_unit: Option<String>,
        net_weight: Option<Amount>,
        net_weight_unit: Option<String>,
        packages: Option<Amount>,
        packages_unit: Option<String>,
        volume: Option<Amount>,
        volume_unit: Option<String>,
        port_of_loading: Option<String>,
        delivery_terms: Option<String>,
        total_fob: Option<Amount>,
        insurance: Option<Amount>,
        freight: Option<Amount>,
        other_charges: Option<Amount>,
        total_cif: Option<Amount>,
        customs_regime: Option<String>,
        port_of_departure: Option<String>,
        port_of_discharge: Option<String>,
    }
}

section! {
    /// What it travels on; mode, countries and carrier of an export only, the country of
    /// destination of a payment abroad too.
    Transport {
        mode: Option<TransportMode>,
        country_of_origin: Option<String>,
        destination_address: Option<String>,
        country_of_destination: Option<String>,
        carrier_id: Option<String>,
        carrier_name: Option<String>,
        voyage: Option<String>,
        driver: Option<String>,
        document: Option<String>,
        vehicle: Option<String>,
        plate: Option<String>,
        route: Option<String>,
        zone: Option<String>,
        delivery_note: Option<String>,
    }
}

section! {
    /// A discount or a surcharge on all lines of a tax group together.
    Adjustment {
        kind: Option<AdjustmentKind>,
        /// Key of the tax group that it changes.
        group: Option<String>,
        /// Either an amount, without tax, or a percentage of the group.
        amount: Option<Amount>,
        percent: Option<Percent>,
        description: Option<String>,
        /// Given on prepaid telephone cards by the rule of 2007: it lowers what is paid, and
        /// neither base nor taxes (Norma General 10-07).
        norm_10_07: bool,
    }
}

section! {
    /// The sum of some lines that follow each other.
    Subtotal {
        title: Option<String>,
        /// Where it is printed, by the seller's own count.
        position: Option<u16>,
        /// The first and the last line, from 1.
        first_line: Option<u16>,
        last_line: Option<u16>,
    }
}

section! {
    /// What else is owed or paid already.
    Balance {
        /// What was owed before; negative where the customer had something left.
        previous: Option<Amount>,
        /// What was paid ahead on this document.
        advance: Option<Amount>,
        /// Whether the sum with what is not billable is stated.
        show_period: bool,
        /// Whether the value to pay is stated; it is wherever something else changes it.
        show_payable: bool,
    }
}

section! {
    /// The document that this one modifies or refers to.
    Reference {
        /// Its number, where it is not one of this outlet's ledger.
        number: Option<String>,
        issued_on: Option<Date>,
        /// The taxpayer that issued it, where that one was dissolved, merged or split.
        other_tax_id: Option<String>,
        reason: Option<String>,
    }
}

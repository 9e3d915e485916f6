//! What a draft's customer bears besides: area `Comprador` of the format.

use jiff::civil::Date;

use super::member::section;

section! {
    /// The other side of the document, beyond name, number, address and e-mail.
    Customer {
        /// Name and telephone of whom to ask for.
        contact: Option<String>,
        /// Six digits, of the table of provinces and municipalities.
        municipality: Option<String>,
        province: Option<String>,
        /// The country that an export is invoiced to, written out.
        country: Option<String>,
        delivery: Option<Delivery>,
        purchase_order: Option<PurchaseOrder>,
        /// The seller's own number for the customer, or its meter's.
        internal_code: Option<String>,
        /// Who pays, where that is somebody else.
        payer: Option<String>,
        additional_information: Option<String>,
    }
}

section! {
    /// Where the goods go.
    Delivery {
        on: Option<Date>,
        contact: Option<String>,
        address: Option<String>,
        phone: Option<String>,
    }
}

section! {
    /// The customer's order.
    PurchaseOrder {
        number: Option<String>,
        on: Option<Date>,
    }
}

//! The draft as the documentation shows it. What is read is `invoice::Draft::read`'s alone; a test
//! holds the two against each other.

use utoipa::ToSchema;

macro_rules! documented {
    ($($(#[$meta:meta])* $name:ident as $title:literal {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(ToSchema)]
        #[schema(title = $title)]
        #[expect(dead_code, reason = "it is only documented; invoice::Draft reads")]
        pub(crate) struct $name {
            $($(#[$field_meta])* $field: $type,)*
        }
    )*};
}

documented! {
    /// What a client asks to be invoiced. Decimals are strings; absent fields are left out, never
    /// null. Unknown fields are refused.
    ///
    /// Draft, customer and lines may each bear one more member: an object under the two small letters
    /// of the outlet's country, with what that country asks for besides.
    DraftBody as "Draft" {
        /// The outlet. May be left out where the API key is for exactly one.
        #[schema(example = "ou_aeaqcaibaeaqcaib")]
        outlet: Option<String>,
        /// Key of the document kind, as `GET /v1/tax-groups` lists them.
        #[schema(example = "sale")]
        kind: String,
        /// The day that the invoice bears; today at the outlet where absent.
        #[schema(example = "2026-11-20", format = Date)]
        issued_on: Option<String>,
        /// ISO 4217; the outlet's own where absent.
        #[schema(example = "EUR")]
        currency: Option<String>,
        /// `tax_included` or `tax_excluded`: what unit prices hold.
        #[schema(example = "tax_included")]
        prices: String,
        /// Who stands at the till.
        operator: DraftOperator,
        /// Who buys.
        customer: DraftCustomer,
        /// The articles: 1 to 1,000.
        #[schema(min_items = 1, max_items = 1000)]
        lines: Vec<DraftLine>,
        /// How it was paid; all of it in cash where absent. Sums to the total.
        #[schema(max_items = 20)]
        payments: Option<Vec<DraftPayment>>,
        /// A foreign currency in which the total is shown besides.
        exchange: Option<DraftExchange>,
        /// The document that exempts the customer.
        #[schema(example = "ATT-2026-117")]
        exemption_reference: Option<String>,
        /// Free lines on the receipt.
        #[schema(max_items = 20)]
        comments: Option<Vec<String>>,
        /// What a credit note corrects, and why.
        credit: Option<DraftCredit>,
        /// Your own name for the document, returned untouched.
        #[schema(example = "order-4711")]
        reference: Option<String>,
        /// Id of a refused invoice that this one takes the place of.
        #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
        replaces: Option<String>,
    }

    /// Who stands at the till.
    DraftOperator as "DraftOperator" {
        /// Your id for this person.
        #[schema(example = "7")]
        id: Option<String>,
        /// The name as printed.
        #[schema(example = "Amina")]
        name: String,
    }

    /// Who buys. What must be known depends on the kind.
    DraftCustomer as "DraftCustomer" {
        /// Key of the customer kind, as `GET /v1/tax-groups` lists them.
        #[schema(example = "person")]
        kind: String,
        /// The name.
        #[schema(example = "Client de passage")]
        name: Option<String>,
        /// The tax id, as the authority writes it.
        #[schema(example = "A1234567B")]
        tax_id: Option<String>,
        /// The number in the trade register.
        register: Option<String>,
        /// The telephone.
        phone: Option<String>,
        /// The mail address.
        email: Option<String>,
        /// The postal address.
        address: Option<String>,
    }

    /// One article sold.
    DraftLine as "DraftLine" {
        /// Your code for the article.
        #[schema(example = "RIZ-25")]
        code: Option<String>,
        /// Key of the line kind, as `GET /v1/tax-groups` lists them.
        #[schema(example = "goods")]
        kind: String,
        /// The name as printed.
        #[schema(example = "Riz 25 kg")]
        name: String,
        /// The unit of the quantity.
        #[schema(example = "sac")]
        unit: Option<String>,
        /// How many: up to three decimals.
        #[schema(example = "2")]
        quantity: String,
        /// The price of one, with or without tax as `prices` says.
        #[schema(example = "5800.00")]
        unit_price: String,
        /// The letter of the tax group.
        #[schema(example = "B")]
        tax_group: String,
        /// A tax on the article itself.
        specific_tax: Option<DraftSpecificTax>,
        /// A price that was lowered.
        discount: Option<DraftDiscount>,
    }

    /// A tax on the article itself. Exactly one of `amount`, `per_unit` and `percent`.
    DraftSpecificTax as "DraftSpecificTax" {
        /// So much for the whole line.
        #[schema(example = "100.00")]
        amount: Option<String>,
        /// So much for each unit.
        per_unit: Option<String>,
        /// So many percent of the line.
        percent: Option<String>,
        /// Its name.
        #[schema(example = "Droit d'accise")]
        name: Option<String>,
    }

    /// A price that was lowered, and why.
    DraftDiscount as "DraftDiscount" {
        /// The price before.
        #[schema(example = "6000.00")]
        original_price: String,
        /// Why it was lowered.
        #[schema(example = "Promotion")]
        reason: String,
    }

    /// A part of the total as it was paid.
    DraftPayment as "DraftPayment" {
        /// Key of the payment method, as `GET /v1/tax-groups` lists them.
        #[schema(example = "cash")]
        method: String,
        /// In the invoice's currency.
        #[schema(example = "11600.00")]
        amount: String,
        /// The foreign currency that was handed over.
        exchange: Option<DraftExchange>,
    }

    /// A foreign currency and its rate.
    DraftExchange as "DraftExchange" {
        /// ISO 4217.
        #[schema(example = "USD")]
        currency: String,
        /// Units of the invoice's currency for one of it.
        #[schema(example = "2300.0000")]
        rate: String,
    }

    /// What a credit note corrects, and why.
    DraftCredit as "DraftCredit" {
        /// Key of the nature, as `GET /v1/tax-groups` lists them.
        #[schema(example = "return")]
        nature: String,
        /// The invoice that is corrected.
        original: Option<DraftOriginal>,
    }

    /// The invoice that is corrected. Exactly one of the three.
    DraftOriginal as "DraftOriginal" {
        /// Our id.
        #[schema(example = "in_aeaqcaibaeaqcaibaebagbafaydqqcik")]
        id: Option<String>,
        /// The number on the receipt.
        number: Option<String>,
        /// The authority's code on the receipt.
        code: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use invoice::{Draft, Json, Language};
    use serde_json::{Value, json};

    use super::*;

    /// The fields that the reader allows at a place, from its own words about one that it does not.
    fn allowed(document: &Value, pointer: &str) -> Vec<String> {
        let json = Json::parse(document.to_string().as_bytes()).unwrap();
        let faults = Draft::read(&json).unwrap_err();
        let fault = faults
            .iter()
            .find(|fault| fault.code() == "unknown_field" && fault.pointer() == pointer)
            .unwrap_or_else(|| panic!("no fault at {pointer}: {faults:?}"));
        let words = fault.message(Language::English);
        let (_, list) = words.split_once("Allowed: ").unwrap();
        // What follows where a country's section may stand, whatever its name.
        let list = list.split(", and ").next().unwrap();
        let mut names: Vec<String> =
            list.trim_end_matches('.').split(", ").map(str::to_owned).collect();
        names.sort();
        names
    }

    fn documented<T: utoipa::PartialSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let mut names: Vec<String> =
            schema["properties"].as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_documented_is_what_is_read() {
        // Three letters: two of them would be a country's section.
        let x = json!({"zzz": 1});
        let document = json!({
            "zzz": 1, "operator": x, "customer": x, "exchange": x,
            "lines": [{"zzz": 1, "specific_tax": x, "discount": x}],
            "payments": [x], "credit": {"zzz": 1, "original": x},
        });
        let mut draft = documented::<DraftBody>();
        draft.retain(|name| name != "outlet");
        assert_eq!(draft, allowed(&document, "/zzz"));
        assert_eq!(documented::<DraftOperator>(), allowed(&document, "/operator/zzz"));
        assert_eq!(documented::<DraftCustomer>(), allowed(&document, "/customer/zzz"));
        assert_eq!(documented::<DraftLine>(), allowed(&document, "/lines/0/zzz"));
        let specific_tax = allowed(&document, "/lines/0/specific_tax/zzz");
        assert_eq!(documented::<DraftSpecificTax>(), specific_tax);
        assert_eq!(documented::<DraftDiscount>(), allowed(&document, "/lines/0/discount/zzz"));
        assert_eq!(documented::<DraftPayment>(), allowed(&document, "/payments/0/zzz"));
        assert_eq!(documented::<DraftExchange>(), allowed(&document, "/exchange/zzz"));
        assert_eq!(documented::<DraftCredit>(), allowed(&document, "/credit/zzz"));
        assert_eq!(documented::<DraftOriginal>(), allowed(&document, "/credit/original/zzz"));
    }

    #[test]
    fn what_is_documented_as_required_is_required() {
        let schema = serde_json::to_value(<DraftBody as utoipa::PartialSchema>::schema()).unwrap();
        let mut required: Vec<&str> =
            schema["required"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
        required.sort_unstable();
        let faults = Draft::read(&Json::parse(b"{}").unwrap()).unwrap_err();
        let mut missing: Vec<&str> = faults
            .iter()
            .filter(|fault| fault.code() == "missing_field")
            .map(|fault| fault.pointer().trim_start_matches('/'))
            .collect();
        missing.sort_unstable();
        assert_eq!(required, missing);
    }
}

//! The invoice as the tree that is hashed, schema `stalela.invoice/1`, and back.
//!
//! Amounts, quantities and rates are decimal strings of fixed scale; an absent field is left out,
//! never null. This is the one serialization that is domain: it may only change with its version.

mod read;

pub use read::CanonicalError;

use crate::assembly::Assembly;
use crate::draft::{Customer, Exchange, Operator};
use crate::ids::InvoiceId;
use crate::invoice::{
    CreditOf, GroupTotal, Line, LineSpecificTax, Payment, Seller, SpecificMeasure, Totals,
};
use crate::json::Json;
use crate::section::Section;

pub(crate) const SCHEMA: &str = "stalela.invoice/1";

pub(crate) fn write(parts: &Assembly) -> Json {
    Object::new()
        .text("schema", SCHEMA)
        .text("regime", &parts.regime)
        .text("kind", &parts.kind)
        .display("issued_on", parts.issued_on)
        .text("currency", &parts.currency)
        .text("prices", parts.price_mode.as_str())
        .json("seller", seller(&parts.seller))
        .json("operator", operator(&parts.operator))
        .json("customer", customer(&parts.customer))
        .array("lines", &parts.lines, line)
        .array("tax_groups", &parts.groups, group)
        .json("totals", totals(&parts.totals))
        .array("payments", &parts.payments, payment)
        .optional("exchange", parts.exchange.as_ref().map(exchange))
        .optional_text("exemption_reference", parts.exemption_reference.as_deref())
        .array("comments", &parts.comments, |comment| Json::string(comment))
        .optional("credit", parts.credit.as_ref().map(credit))
        .optional_text("reference", parts.reference.as_deref())
        .optional_text("replaces", parts.replaces.as_ref().map(InvoiceId::as_str))
        .section(parts.section.as_ref())
        .build()
}

fn seller(seller: &Seller) -> Json {
    Object::new()
        .text("name", &seller.name)
        .text("tax_id", &seller.tax_id)
        .optional_text("register", seller.register.as_deref())
        .optional_text("regime_label", seller.regime_label.as_deref())
        .optional_text("system_id", seller.system_id.as_deref())
        .text("outlet_code", &seller.outlet_code)
        .text("outlet_name", &seller.outlet_name)
        .text("address", &seller.address)
        .optional_text("phone", seller.phone.as_deref())
        .optional_text("email", seller.email.as_deref())
        .build()
}

fn operator(operator: &Operator) -> Json {
    Object::new().optional_text("id", operator.id.as_deref()).text("name", &operator.name).build()
}

fn customer(customer: &Customer) -> Json {
    Object::new()
        .text("kind", &customer.kind)
        .optional_text("name", customer.name.as_deref())
        .optional_text("tax_id", customer.tax_id.as_deref())
        .optional_text("register", customer.register.as_deref())
        .optional_text("phone", customer.phone.as_deref())
        .optional_text("email", customer.email.as_deref())
        .optional_text("address", customer.address.as_deref())
        .section(customer.section.as_ref())
        .build()
}

fn line(line: &Line) -> Json {
    let discount = line.discount.as_ref().map(|discount| {
        Object::new()
            .display("original_price", discount.original_price)
            .text("reason", &discount.reason)
            .build()
    });
    Object::new()
        .optional_text("code", line.code.as_deref())
        .text("kind", &line.kind)
        .text("name", &line.name)
        .optional_text("unit", line.unit.as_deref())
        .display("quantity", line.quantity)
        .display("unit_price", line.unit_price)
        .text("tax_group", &line.tax_group)
        .optional("specific_tax", line.specific_tax.as_ref().map(specific_tax))
        .optional("discount", discount)
        .display("amount", line.amount)
        .section(line.section.as_ref())
        .build()
}

fn specific_tax(tax: &LineSpecificTax) -> Json {
    let object = Object::new().optional_text("name", tax.name.as_deref());
    let object = match tax.measure {
        SpecificMeasure::LumpSum => object,
        SpecificMeasure::PerUnit(each) => object.display("per_unit", each),
        SpecificMeasure::Percent(percent) => object.display("percent", percent),
    };
    object.display("amount", tax.amount).build()
}

fn group(group: &GroupTotal) -> Json {
    Object::new()
        .text("group", &group.group)
        .display("rate", group.rate)
        .display("base", group.base)
        .display("tax", group.tax)
        .display("total", group.total)
        .display("specific_tax", group.specific_tax)
        .build()
}

fn totals(totals: &Totals) -> Json {
    Object::new()
        .display("base", totals.base)
        .display("tax", totals.tax)
        .display("total", totals.total)
        .display("specific_tax", totals.specific_tax)
        .display("discount", totals.discount)
        .build()
}

fn payment(payment: &Payment) -> Json {
    let foreign = payment.foreign.as_ref().map(|foreign| {
        Object::new()
            .json("exchange", exchange(&foreign.exchange))
            .display("amount", foreign.amount)
            .build()
    });
    Object::new()
        .text("method", &payment.method)
        .display("amount", payment.amount)
        .optional("foreign", foreign)
        .build()
}

fn exchange(exchange: &Exchange) -> Json {
    Object::new().text("currency", &exchange.currency).display("rate", exchange.rate).build()
}

fn credit(credit: &CreditOf) -> Json {
    let original = credit.original.as_ref().map(|original| {
        Object::new()
            .text("id", original.id.as_str())
            .text("number", &original.number)
            .text("entry_hash", &original.entry_hash.to_hex())
            .optional_text("code", original.code.as_deref())
            .build()
    });
    Object::new().text("nature", &credit.nature).optional("original", original).build()
}

/// An object in the making. Keys are sorted when it is written, not here.
struct Object(Vec<(String, Json)>);

impl Object {
    fn new() -> Self {
        Self(Vec::with_capacity(10))
    }

    fn json(mut self, key: &str, value: Json) -> Self {
        self.0.push((key.to_owned(), value));
        self
    }

    fn text(self, key: &str, text: &str) -> Self {
        self.json(key, Json::string(text))
    }

    fn display(self, key: &str, value: impl std::fmt::Display) -> Self {
        self.json(key, Json::String(value.to_string()))
    }

    fn optional(self, key: &str, value: Option<Json>) -> Self {
        match value {
            Some(value) => self.json(key, value),
            None => self,
        }
    }

    fn optional_text(self, key: &str, text: Option<&str>) -> Self {
        self.optional(key, text.map(Json::string))
    }

    /// An empty list is left out like any absent field.
    fn array<T>(self, key: &str, items: &[T], write: impl Fn(&T) -> Json) -> Self {
        match items {
            [] => self,
            _ => self.json(key, Json::Array(items.iter().map(write).collect())),
        }
    }

    /// Under the country's own name, and nothing where there is none.
    fn section(self, section: Option<&Section>) -> Self {
        match section {
            Some(section) => self.json(section.country(), section.content().clone()),
            None => self,
        }
    }

    fn build(self) -> Json {
        Json::Object(self.0)
    }
}

//! The invoice as it is hashed, schema `stalela.invoice/1`, and back.
//!
//! Amounts, quantities and rates are decimal strings of fixed scale; an absent field is left out,
//! never null. This is the one serialization that is domain: it may only change with its version.

mod form;
mod read;

use std::fmt::Display;

pub use read::CanonicalError;

use self::form::{Bytes, Form, Tree};
use crate::assembly::Assembly;
use crate::draft::{Customer, Discount, Exchange, Operator};
use crate::ids::InvoiceId;
use crate::invoice::{
    CreditOf, ForeignAmount, GroupTotal, Line, LineSpecificTax, Original, Payment, Seller,
    SpecificMeasure, Totals,
};
use crate::json::Json;
use crate::section::Section;

pub(crate) const SCHEMA: &str = "stalela.invoice/1";

/// The bytes that are hashed.
pub(crate) fn bytes(parts: &Assembly) -> Vec<u8> {
    let mut form = Bytes::new();
    write(&mut form, parts);
    form.finish()
}

/// The same as a tree, its members in the order in which people read them.
pub(crate) fn tree(parts: &Assembly) -> Json {
    let mut form = Tree::default();
    write(&mut form, parts);
    form.finish()
}

fn write(form: &mut impl Form, parts: &Assembly) {
    object(form, |to| {
        to.text("schema", SCHEMA)
            .text("regime", &parts.regime)
            .text("kind", &parts.kind)
            .display("issued_on", parts.issued_on)
            .text("currency", &parts.currency)
            .text("prices", parts.price_mode.as_str())
            .with("seller", &parts.seller, seller)
            .with("operator", &parts.operator, operator)
            .with("customer", &parts.customer, customer)
            .array("lines", &parts.lines, line)
            .array("tax_groups", &parts.groups, group)
            .with("totals", &parts.totals, totals)
            .array("payments", &parts.payments, payment)
            .optional("exchange", parts.exchange.as_ref(), exchange)
            .optional_text("exemption_reference", parts.exemption_reference.as_deref())
            .array("comments", &parts.comments, |form, comment| form.text(comment))
            .optional("credit", parts.credit.as_ref(), credit)
            .optional_text("reference", parts.reference.as_deref())
            .optional_text("replaces", parts.replaces.as_ref().map(InvoiceId::as_str))
            .section(parts.section.as_ref());
    });
}

fn seller(form: &mut impl Form, seller: &Seller) {
    object(form, |to| {
        to.text("name", &seller.name)
            .text("tax_id", &seller.tax_id)
            .optional_text("register", seller.register.as_deref())
            .optional_text("regime_label", seller.regime_label.as_deref())
            .optional_text("system_id", seller.system_id.as_deref())
            .text("outlet_code", &seller.outlet_code)
            .text("outlet_name", &seller.outlet_name)
            .text("address", &seller.address)
            .optional_text("phone", seller.phone.as_deref())
            .optional_text("email", seller.email.as_deref());
    });
}

fn operator(form: &mut impl Form, operator: &Operator) {
    object(form, |to| {
        to.optional_text("id", operator.id.as_deref()).text("name", &operator.name);
    });
}

fn customer(form: &mut impl Form, customer: &Customer) {
    object(form, |to| {
        to.text("kind", &customer.kind)
            .optional_text("name", customer.name.as_deref())
            .optional_text("tax_id", customer.tax_id.as_deref())
            .optional_text("register", customer.register.as_deref())
            .optional_text("phone", customer.phone.as_deref())
            .optional_text("email", customer.email.as_deref())
            .optional_text("address", customer.address.as_deref())
            .section(customer.section.as_ref());
    });
}

fn line(form: &mut impl Form, line: &Line) {
    object(form, |to| {
        to.optional_text("code", line.code.as_deref())
            .text("kind", &line.kind)
            .text("name", &line.name)
            .optional_text("unit", line.unit.as_deref())
            .display("quantity", line.quantity)
            .display("unit_price", line.unit_price)
            .text("tax_group", &line.tax_group)
            .optional("specific_tax", line.specific_tax.as_ref(), specific_tax)
            .optional("discount", line.discount.as_ref(), discount)
            .display("amount", line.amount)
            .section(line.section.as_ref());
    });
}

fn discount(form: &mut impl Form, discount: &Discount) {
    object(form, |to| {
        to.display("original_price", discount.original_price).text("reason", &discount.reason);
    });
}

fn specific_tax(form: &mut impl Form, tax: &LineSpecificTax) {
    object(form, |to| {
        let to = to.optional_text("name", tax.name.as_deref());
        let to = match tax.measure {
            SpecificMeasure::LumpSum => to,
            SpecificMeasure::PerUnit(each) => to.display("per_unit", each),
            SpecificMeasure::Percent(percent) => to.display("percent", percent),
        };
        to.display("amount", tax.amount);
    });
}

fn group(form: &mut impl Form, group: &GroupTotal) {
    object(form, |to| {
        to.text("group", &group.group)
            .display("rate", group.rate)
            .display("base", group.base)
            .display("tax", group.tax)
            .display("total", group.total)
            .display("specific_tax", group.specific_tax);
    });
}

fn totals(form: &mut impl Form, totals: &Totals) {
    object(form, |to| {
        to.display("base", totals.base)
            .display("tax", totals.tax)
            .display("total", totals.total)
            .display("specific_tax", totals.specific_tax)
            .display("discount", totals.discount);
    });
}

fn payment(form: &mut impl Form, payment: &Payment) {
    object(form, |to| {
        to.text("method", &payment.method).display("amount", payment.amount).optional(
            "foreign",
            payment.foreign.as_ref(),
            foreign,
        );
    });
}

fn foreign(form: &mut impl Form, foreign: &ForeignAmount) {
    object(form, |to| {
        to.with("exchange", &foreign.exchange, exchange).display("amount", foreign.amount);
    });
}

fn exchange(form: &mut impl Form, exchange: &Exchange) {
    object(form, |to| {
        to.text("currency", &exchange.currency).display("rate", exchange.rate);
    });
}

fn credit(form: &mut impl Form, credit: &CreditOf) {
    object(form, |to| {
        to.text("nature", &credit.nature).optional("original", credit.original.as_ref(), original);
    });
}

fn original(form: &mut impl Form, original: &Original) {
    object(form, |to| {
        to.text("id", original.id.as_str())
            .text("number", &original.number)
            .text("entry_hash", &original.entry_hash.to_hex())
            .optional_text("code", original.code.as_deref());
    });
}

fn object<F: Form>(form: &mut F, members: impl FnOnce(Object<'_, F>)) {
    form.object(|form| members(Object(form)));
}

/// An object in the making.
struct Object<'a, F>(&'a mut F);

impl<F: Form> Object<'_, F> {
    fn with<T: ?Sized>(self, key: &str, value: &T, write: impl FnOnce(&mut F, &T)) -> Self {
        self.0.key(key);
        write(self.0, value);
        self
    }

    fn text(self, key: &str, text: &str) -> Self {
        self.with(key, text, F::text)
    }

    fn display(self, key: &str, value: impl Display) -> Self {
        self.with(key, &value, F::display)
    }

    fn optional<T: ?Sized>(
        self,
        key: &str,
        value: Option<&T>,
        write: impl FnOnce(&mut F, &T),
    ) -> Self {
        match value {
            Some(value) => self.with(key, value, write),
            None => self,
        }
    }

    fn optional_text(self, key: &str, text: Option<&str>) -> Self {
        self.optional(key, text, F::text)
    }

    /// An empty list is left out like any absent field.
    fn array<T>(self, key: &str, items: &[T], write: impl Fn(&mut F, &T)) -> Self {
        match items {
            [] => self,
            _ => self.with(key, items, |form, items| form.array(items, write)),
        }
    }

    /// Under the country's own name, and nothing where there is none.
    fn section(self, section: Option<&Section>) -> Self {
        match section {
            Some(section) => self.with(section.country(), section.content(), F::tree),
            None => self,
        }
    }
}

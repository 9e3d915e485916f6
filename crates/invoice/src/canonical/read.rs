//! From stored canonical bytes back to the invoice, refusing whatever is not byte for byte ours.

use crate::assembly::Assembly;
use crate::decimal::Decimal;
use crate::draft::{Customer, Discount, Exchange, Operator, PriceMode};
use crate::ids::InvoiceId;
use crate::invoice::{
    CreditOf, ForeignAmount, GroupTotal, Invoice, Line, LineSpecificTax, Original, Payment, Seller,
    SpecificMeasure, Totals,
};
use crate::json::Json;
use crate::section::Section;
use crate::statement::Hash;

/// Why stored bytes are not an invoice: the key at which reading stopped.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not the canonical bytes of an invoice, at {at:?}")]
pub struct CanonicalError {
    pub at: String,
}

impl Invoice {
    /// Reads canonical bytes. Bytes that are not exactly what [`Invoice::canonical_bytes`] writes
    /// are refused, so that one invoice has one hash.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, CanonicalError> {
        let tree = Json::parse(bytes).map_err(|error| at(&error.to_string()))?;
        let invoice = Self { parts: parts(&tree)? };
        if invoice.canonical_bytes() != bytes {
            return Err(at("another spelling of the same tree"));
        }
        Ok(invoice)
    }
}

fn at(place: &str) -> CanonicalError {
    CanonicalError { at: place.to_owned() }
}

type Read<T> = Result<T, CanonicalError>;

fn parts(tree: &Json) -> Read<Assembly> {
    if text(tree, "schema")? != super::SCHEMA {
        return Err(at("schema"));
    }
    Ok(Assembly {
        regime: text(tree, "regime")?,
        kind: text(tree, "kind")?,
        issued_on: text(tree, "issued_on")?.parse().map_err(|_| at("issued_on"))?,
        currency: text(tree, "currency")?,
        price_mode: PriceMode::parse(&text(tree, "prices")?).ok_or_else(|| at("prices"))?,
        seller: seller(object(tree, "seller")?)?,
        operator: operator(object(tree, "operator")?)?,
        customer: customer(object(tree, "customer")?)?,
        lines: list(tree, "lines", line)?,
        groups: list(tree, "tax_groups", group)?,
        totals: totals(object(tree, "totals")?)?,
        payments: list(tree, "payments", payment)?,
        exchange: tree.member("exchange").map(exchange).transpose()?,
        exemption_reference: optional_text(tree, "exemption_reference"),
        comments: list(tree, "comments", |item| {
            item.as_str().map(str::to_owned).ok_or_else(|| at("comments"))
        })?,
        credit: tree.member("credit").map(credit).transpose()?,
        reference: optional_text(tree, "reference"),
        replaces: optional_text(tree, "replaces")
            .map(|id| InvoiceId::parse(&id).map_err(|_| at("replaces")))
            .transpose()?,
        section: section(tree)?,
    })
}

fn seller(tree: &Json) -> Read<Seller> {
    Ok(Seller {
        name: text(tree, "name")?,
        tax_id: text(tree, "tax_id")?,
        register: optional_text(tree, "register"),
        regime_label: optional_text(tree, "regime_label"),
        system_id: optional_text(tree, "system_id"),
        outlet_code: text(tree, "outlet_code")?,
        outlet_name: text(tree, "outlet_name")?,
        address: text(tree, "address")?,
        phone: optional_text(tree, "phone"),
        email: optional_text(tree, "email"),
    })
}

fn operator(tree: &Json) -> Read<Operator> {
    Ok(Operator { id: optional_text(tree, "id"), name: text(tree, "name")? })
}

fn customer(tree: &Json) -> Read<Customer> {
    Ok(Customer {
        kind: text(tree, "kind")?,
        name: optional_text(tree, "name"),
        tax_id: optional_text(tree, "tax_id"),
        register: optional_text(tree, "register"),
        phone: optional_text(tree, "phone"),
        email: optional_text(tree, "email"),
        address: optional_text(tree, "address"),
        section: section(tree)?,
    })
}

fn line(tree: &Json) -> Read<Line> {
    let discount = tree.member("discount").map(|tree| {
        Ok(Discount {
            original_price: decimal(tree, "original_price")?,
            reason: text(tree, "reason")?,
        })
    });
    Ok(Line {
        code: optional_text(tree, "code"),
        kind: text(tree, "kind")?,
        name: text(tree, "name")?,
        unit: optional_text(tree, "unit"),
        quantity: decimal(tree, "quantity")?,
        unit_price: decimal(tree, "unit_price")?,
        tax_group: text(tree, "tax_group")?,
        specific_tax: tree.member("specific_tax").map(specific_tax).transpose()?,
        discount: discount.transpose()?,
        amount: decimal(tree, "amount")?,
        section: section(tree)?,
    })
}

fn specific_tax(tree: &Json) -> Read<LineSpecificTax> {
    let measure = match (tree.member("per_unit"), tree.member("percent")) {
        (None, None) => SpecificMeasure::LumpSum,
        (Some(_), None) => SpecificMeasure::PerUnit(decimal(tree, "per_unit")?),
        (None, Some(_)) => SpecificMeasure::Percent(decimal(tree, "percent")?),
        (Some(_), Some(_)) => return Err(at("specific_tax")),
    };
    Ok(LineSpecificTax {
        name: optional_text(tree, "name"),
        measure,
        amount: decimal(tree, "amount")?,
    })
}

fn group(tree: &Json) -> Read<GroupTotal> {
    Ok(GroupTotal {
        group: text(tree, "group")?,
        rate: decimal(tree, "rate")?,
        base: decimal(tree, "base")?,
        tax: decimal(tree, "tax")?,
        total: decimal(tree, "total")?,
        specific_tax: decimal(tree, "specific_tax")?,
    })
}

fn totals(tree: &Json) -> Read<Totals> {
    Ok(Totals {
        base: decimal(tree, "base")?,
        tax: decimal(tree, "tax")?,
        total: decimal(tree, "total")?,
        specific_tax: decimal(tree, "specific_tax")?,
        discount: decimal(tree, "discount")?,
    })
}

fn payment(tree: &Json) -> Read<Payment> {
    let foreign = tree.member("foreign").map(|tree| {
        Ok(ForeignAmount {
            exchange: exchange(object(tree, "exchange")?)?,
            amount: decimal(tree, "amount")?,
        })
    });
    Ok(Payment {
        method: text(tree, "method")?,
        amount: decimal(tree, "amount")?,
        foreign: foreign.transpose()?,
    })
}

fn exchange(tree: &Json) -> Read<Exchange> {
    let exchange = Exchange { currency: text(tree, "currency")?, rate: decimal(tree, "rate")? };
    if !exchange.rate.is_positive() {
        return Err(at("rate"));
    }
    Ok(exchange)
}

fn credit(tree: &Json) -> Read<CreditOf> {
    let original = tree.member("original").map(|tree| {
        let (id, hash) = (text(tree, "id")?, text(tree, "entry_hash")?);
        Ok(Original {
            id: InvoiceId::parse(&id).map_err(|_| at("original"))?,
            number: text(tree, "number")?,
            entry_hash: Hash::parse_hex(&hash).ok_or_else(|| at("entry_hash"))?,
            code: optional_text(tree, "code"),
        })
    });
    Ok(CreditOf { nature: text(tree, "nature")?, original: original.transpose()? })
}

/// The member that is named after a country. A second one is left unread here, and the bytes are
/// refused for it.
fn section(tree: &Json) -> Read<Option<Section>> {
    let Json::Object(members) = tree else { return Ok(None) };
    let section = members.iter().find(|(key, _)| Section::is_name(key));
    let read = |(country, content): &(String, Json)| {
        Section::new(country, content.clone())
            .ok()
            .filter(|section| section.content().is_canonical())
            .ok_or_else(|| at(country))
    };
    section.map(read).transpose()
}

fn object<'a>(tree: &'a Json, key: &str) -> Read<&'a Json> {
    tree.member(key).ok_or_else(|| at(key))
}

fn text(tree: &Json, key: &str) -> Read<String> {
    optional_text(tree, key).ok_or_else(|| at(key))
}

fn optional_text(tree: &Json, key: &str) -> Option<String> {
    tree.member(key)?.as_str().map(str::to_owned)
}

fn decimal<const SCALE: u32>(tree: &Json, key: &str) -> Read<Decimal<SCALE>> {
    let text = tree.member(key).and_then(Json::as_str).ok_or_else(|| at(key))?;
    Decimal::parse(text).map_err(|_| at(key))
}

fn list<T>(tree: &Json, key: &str, read: impl Fn(&Json) -> Read<T>) -> Read<Vec<T>> {
    match tree.member(key) {
        None => Ok(Vec::new()),
        Some(Json::Array(items)) => items.iter().map(read).collect(),
        Some(_) => Err(at(key)),
    }
}

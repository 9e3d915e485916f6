//! From JSON to a draft, with every fault of shape at its JSON pointer.

use super::{
    Credit, Customer, Discount, Draft, DraftLine, DraftPayment, EXACTLY_ONE_OF, Exchange, NO_LINES,
    Operator, OriginalName, PriceMode, SECTION_TOO_LARGE, SpecificCharge, SpecificTax,
};
use crate::decimal::Decimal;
use crate::fault::Fault;
use crate::json::Json;
use crate::reader::{Reader, unknown_field};
use crate::section::{Section, SectionError};

/// Lines of one invoice. A control module takes its lines one by one and a receipt of a thousand
/// is three metres of paper.
const LINES_MAX: usize = 1_000;
/// Payments of one invoice: every method in every currency, several times over.
const PAYMENTS_MAX: usize = 20;
/// Comment lines that any regime knows.
const COMMENTS_MAX: usize = 20;

pub(super) const DRAFT_FIELDS: &[&str] = &[
    "kind",
    "issued_on",
    "currency",
    "prices",
    "operator",
    "customer",
    "lines",
    "payments",
    "exchange",
    "exemption_reference",
    "comments",
    "credit",
    "reference",
    "replaces",
];
pub(super) const LINE_FIELDS: &[&str] = &[
    "code",
    "kind",
    "name",
    "unit",
    "quantity",
    "unit_price",
    "tax_group",
    "specific_tax",
    "discount",
];
pub(super) const CUSTOMER_FIELDS: &[&str] =
    &["kind", "name", "tax_id", "register", "phone", "email", "address"];

pub(super) fn draft(document: &Json) -> Result<Draft, Vec<Fault>> {
    let mut faults = Vec::new();
    let draft = read_draft(&mut Reader::new(document, "", &mut faults));
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

fn read_draft(reader: &mut Reader<'_>) -> Draft {
    reader.allow_with_section(DRAFT_FIELDS);
    Draft {
        kind: reader.text("kind"),
        issued_on: reader.date("issued_on"),
        currency: reader.optional_text("currency"),
        price_mode: price_mode(reader),
        operator: reader.object("operator", operator),
        customer: reader.object("customer", customer),
        lines: lines(reader),
        payments: reader.array("payments", PAYMENTS_MAX, payment).unwrap_or_default(),
        exchange: reader.optional_object("exchange", exchange),
        exemption_reference: reader.optional_text("exemption_reference"),
        comments: reader.texts("comments", COMMENTS_MAX),
        credit: reader.optional_object("credit", credit),
        reference: reader.optional_text("reference"),
        replaces: reader.optional_text("replaces"),
        section: section(reader, DRAFT_FIELDS),
    }
}

fn lines(reader: &mut Reader<'_>) -> Vec<DraftLine> {
    let lines = reader.array("lines", LINES_MAX, line);
    match &lines {
        None => reader.note_missing("lines"),
        Some(lines) if lines.is_empty() => reader.note_at("lines", NO_LINES),
        Some(_) => {}
    }
    lines.unwrap_or_default()
}

fn operator(reader: &mut Reader<'_>) -> Operator {
    reader.allow(&["id", "name"]);
    Operator { id: reader.optional_text("id"), name: reader.text("name") }
}

fn customer(reader: &mut Reader<'_>) -> Customer {
    reader.allow_with_section(CUSTOMER_FIELDS);
    Customer {
        kind: reader.text("kind"),
        name: reader.optional_text("name"),
        tax_id: reader.optional_text("tax_id"),
        register: reader.optional_text("register"),
        phone: reader.optional_text("phone"),
        email: reader.optional_text("email"),
        address: reader.optional_text("address"),
        section: section(reader, CUSTOMER_FIELDS),
    }
}

fn line(reader: &mut Reader<'_>) -> DraftLine {
    reader.allow_with_section(LINE_FIELDS);
    DraftLine {
        code: reader.optional_text("code"),
        kind: reader.text("kind"),
        name: reader.text("name"),
        unit: reader.optional_text("unit"),
        quantity: reader.decimal("quantity"),
        unit_price: reader.decimal("unit_price"),
        tax_group: reader.text("tax_group"),
        specific_tax: reader.optional_object("specific_tax", specific_tax),
        discount: reader.optional_object("discount", |reader| {
            reader.allow(&["original_price", "reason"]);
            Discount {
                original_price: reader.decimal("original_price"),
                reason: reader.text("reason"),
            }
        }),
        section: section(reader, LINE_FIELDS),
    }
}

fn specific_tax(reader: &mut Reader<'_>) -> SpecificTax {
    reader.allow(&["amount", "per_unit", "percent", "name"]);
    let charges: Vec<SpecificCharge> = [
        reader.optional_decimal("amount").map(SpecificCharge::Amount),
        reader.optional_decimal("per_unit").map(SpecificCharge::PerUnit),
        reader.optional_decimal("percent").map(SpecificCharge::Percent),
    ]
    .into_iter()
    .flatten()
    .collect();
    if charges.len() != 1 {
        reader.note(
            Fault::new(EXACTLY_ONE_OF, reader.pointer())
                .with("fields", "amount, per_unit, percent"),
        );
    }
    let nothing = SpecificCharge::Amount(Decimal::ZERO);
    SpecificTax {
        charge: charges.first().copied().unwrap_or(nothing),
        name: reader.optional_text("name"),
    }
}

fn payment(reader: &mut Reader<'_>) -> DraftPayment {
    reader.allow(&["method", "amount", "exchange"]);
    DraftPayment {
        method: reader.text("method"),
        amount: reader.decimal("amount"),
        exchange: reader.optional_object("exchange", exchange),
    }
}

fn exchange(reader: &mut Reader<'_>) -> Exchange {
    reader.allow(&["currency", "rate"]);
    Exchange { currency: reader.text("currency"), rate: reader.decimal("rate") }
}

fn credit(reader: &mut Reader<'_>) -> Credit {
    reader.allow(&["nature", "original"]);
    Credit {
        nature: reader.text("nature"),
        original: reader.optional_object("original", original).flatten(),
    }
}

fn original(reader: &mut Reader<'_>) -> Option<OriginalName> {
    reader.allow(&["id", "number", "code"]);
    let names: Vec<OriginalName> = [
        reader.optional_text("id").map(OriginalName::Id),
        reader.optional_text("number").map(OriginalName::Number),
        reader.optional_text("code").map(OriginalName::Code),
    ]
    .into_iter()
    .flatten()
    .collect();
    if names.len() != 1 {
        reader
            .note(Fault::new(EXACTLY_ONE_OF, reader.pointer()).with("fields", "id, number, code"));
    }
    names.into_iter().next()
}

fn price_mode(reader: &mut Reader<'_>) -> PriceMode {
    const MODES: [PriceMode; 2] = [PriceMode::TaxIncluded, PriceMode::TaxExcluded];
    if reader.member("prices").is_none() {
        reader.note_missing("prices");
    }
    let place = reader.word("prices", &MODES.map(PriceMode::as_str));
    place.map_or(PriceMode::TaxIncluded, |place| MODES[place])
}

/// The member that is named after a country. A document is one country's, so a second one is a
/// field that does not exist.
fn section(reader: &mut Reader<'_>, allowed: &[&str]) -> Option<Section> {
    let mut names = reader.names(Section::is_name);
    if names.is_empty() {
        return None;
    }
    let country = names.remove(0);
    let allowed = [allowed, &[country]].concat();
    for other in names {
        let fault = unknown_field(&reader.pointer(), other, &allowed);
        reader.note(fault);
    }
    match Section::new(country, reader.member(country)?.clone()) {
        Ok(section) => return Some(section),
        Err(SectionError::Name) => unreachable!("only names were looked at"),
        Err(SectionError::NotAnObject) => reader.note_type(country, "{…}"),
        Err(SectionError::TooLarge) => reader.note_at(country, SECTION_TOO_LARGE),
    }
    None
}

//! From JSON to a draft, with every fault of shape at its JSON pointer.
//!
//! The reader never stops at the first fault: it notes it, takes a harmless stand-in and goes on,
//! and hands a draft out only if nothing was noted.

use jiff::civil::Date;

use super::{
    Credit, Customer, DECIMAL_AS_NUMBER, Discount, Draft, DraftLine, DraftPayment, EMPTY_TEXT,
    EXACTLY_ONE_OF, Exchange, FORBIDDEN_CHARACTER, MALFORMED_DATE, MALFORMED_DECIMAL,
    MISSING_FIELD, NO_LINES, NUMBER_TOO_LARGE, Operator, OriginalName, PriceMode, SpecificCharge,
    SpecificTax, TEXT_TOO_LONG, TOO_MANY, TOO_MANY_DECIMALS, UNKNOWN_FIELD, UNKNOWN_KEY,
    WRONG_TYPE,
};
use crate::decimal::{Decimal, DecimalError, INTEGER_DIGITS_MAX};
use crate::fault::{Fault, Rule};
use crate::json::Json;
use crate::text::{TEXT_CHARACTERS_MAX, TextError, normalise};

/// Lines of one invoice. A control module takes its lines one by one and a receipt of a thousand
/// is three metres of paper.
const LINES_MAX: usize = 1_000;
/// Payments of one invoice: every method in every currency, several times over.
const PAYMENTS_MAX: usize = 20;
/// Comment lines that any regime knows.
const COMMENTS_MAX: usize = 20;

const DRAFT_FIELDS: &[&str] = &[
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
const LINE_FIELDS: &[&str] = &[
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
const CUSTOMER_FIELDS: &[&str] =
    &["kind", "name", "tax_id", "register", "phone", "email", "address"];

pub(super) fn draft(document: &Json) -> Result<Draft, Vec<Fault>> {
    let mut faults = Vec::new();
    let draft = read_draft(&mut Reader::root(document, &mut faults));
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

fn read_draft(reader: &mut Reader<'_>) -> Draft {
    reader.allow(DRAFT_FIELDS);
    Draft {
        kind: reader.text("kind"),
        issued_on: reader.date("issued_on"),
        currency: reader.optional_text("currency"),
        price_mode: reader.price_mode("prices"),
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
    reader.allow(CUSTOMER_FIELDS);
    Customer {
        kind: reader.text("kind"),
        name: reader.optional_text("name"),
        tax_id: reader.optional_text("tax_id"),
        register: reader.optional_text("register"),
        phone: reader.optional_text("phone"),
        email: reader.optional_text("email"),
        address: reader.optional_text("address"),
    }
}

fn line(reader: &mut Reader<'_>) -> DraftLine {
    reader.allow(LINE_FIELDS);
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
            Fault::new(EXACTLY_ONE_OF, reader.pointer.clone())
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
        reader.note(
            Fault::new(EXACTLY_ONE_OF, reader.pointer.clone()).with("fields", "id, number, code"),
        );
    }
    names.into_iter().next()
}

/// An object of the document, the pointer to it, and the faults so far.
struct Reader<'a> {
    value: &'a Json,
    pointer: String,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Reader<'a> {
    fn root(value: &'a Json, faults: &'a mut Vec<Fault>) -> Self {
        let mut reader = Self { value, pointer: String::new(), faults };
        reader.expect_object();
        reader
    }

    fn within<'b>(&'b mut self, value: &'b Json, key: &str) -> Reader<'b> {
        let pointer = self.path(key);
        Reader { value, pointer, faults: self.faults }
    }

    fn path(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"))
    }

    fn note(&mut self, fault: Fault) {
        // A document of nothing but faults need not be told more than a person would read.
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    fn note_at(&mut self, key: &str, rule: &'static Rule) {
        let fault = Fault::new(rule, self.path(key));
        self.note(fault);
    }

    fn note_missing(&mut self, key: &str) {
        // Where the object itself is of another type, that one fault says it all.
        if matches!(self.value, Json::Object(_)) {
            let fault = Fault::new(MISSING_FIELD, self.path(key)).with("field", key);
            self.note(fault);
        }
    }

    fn note_type(&mut self, key: &str, expected: &str) {
        let fault = Fault::new(WRONG_TYPE, self.path(key)).with("expected", expected);
        self.note(fault);
    }

    fn expect_object(&mut self) {
        if !matches!(self.value, Json::Object(_)) {
            let fault = Fault::new(WRONG_TYPE, self.pointer.clone()).with("expected", "{…}");
            self.note(fault);
        }
    }

    fn allow(&mut self, allowed: &[&str]) {
        let Json::Object(members) = self.value else {
            return;
        };
        for (key, _) in members.iter().filter(|(key, _)| !allowed.contains(&key.as_str())) {
            let shown: String = key.chars().take(40).collect();
            let fault = Fault::new(UNKNOWN_FIELD, self.path(&shown))
                .with("field", &shown)
                .with("allowed", allowed.join(", "));
            self.note(fault);
        }
    }

    /// A member that is there; an explicit null is taken for absence.
    fn member(&self, key: &str) -> Option<&'a Json> {
        self.value.member(key).filter(|value| **value != Json::Null)
    }

    fn text(&mut self, key: &str) -> String {
        if self.member(key).is_none() {
            self.note_missing(key);
        }
        self.optional_text(key).unwrap_or_default()
    }

    fn optional_text(&mut self, key: &str) -> Option<String> {
        let value = self.member(key)?;
        self.as_text(key, value)
    }

    fn as_text(&mut self, key: &str, value: &Json) -> Option<String> {
        let Json::String(raw) = value else {
            self.note_type(key, "\"…\"");
            return None;
        };
        let fault = match normalise(raw) {
            Ok(text) => return Some(text),
            Err(TextError::Empty) => Fault::new(EMPTY_TEXT, self.path(key)),
            Err(TextError::TooLong) => {
                Fault::new(TEXT_TOO_LONG, self.path(key)).with("maximum", TEXT_CHARACTERS_MAX)
            }
            Err(TextError::Forbidden(character)) => Fault::new(FORBIDDEN_CHARACTER, self.path(key))
                .with("character", format!("U+{:04X}", u32::from(character))),
        };
        self.note(fault);
        None
    }

    fn decimal<const SCALE: u32>(&mut self, key: &str) -> Decimal<SCALE> {
        if self.member(key).is_none() {
            self.note_missing(key);
        }
        self.optional_decimal(key).unwrap_or(Decimal::ZERO)
    }

    fn optional_decimal<const SCALE: u32>(&mut self, key: &str) -> Option<Decimal<SCALE>> {
        let text = match self.member(key)? {
            Json::String(text) => text,
            Json::Integer(_) | Json::OtherNumber => {
                self.note_at(key, DECIMAL_AS_NUMBER);
                return None;
            }
            Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
                self.note_type(key, "\"0.00\"");
                return None;
            }
        };
        let fault = match Decimal::parse(text) {
            Ok(decimal) => return Some(decimal),
            Err(DecimalError::Malformed) => Fault::new(MALFORMED_DECIMAL, self.path(key)),
            Err(DecimalError::TooPrecise) => {
                Fault::new(TOO_MANY_DECIMALS, self.path(key)).with("maximum", SCALE)
            }
            Err(DecimalError::TooLarge) => {
                Fault::new(NUMBER_TOO_LARGE, self.path(key)).with("maximum", INTEGER_DIGITS_MAX)
            }
        };
        self.note(fault);
        None
    }

    fn date(&mut self, key: &str) -> Option<Date> {
        let text = self.optional_text(key)?;
        // Only the plain form: the calendar's own reader takes times and zones as well.
        let date = (text.len() == "2026-02-28".len()).then(|| text.parse().ok()).flatten();
        if date.is_none() {
            self.note_at(key, MALFORMED_DATE);
        }
        date
    }

    fn price_mode(&mut self, key: &str) -> PriceMode {
        let word = self.text(key);
        let mode = PriceMode::parse(&word);
        if mode.is_none() && !word.is_empty() {
            let fault = Fault::new(UNKNOWN_KEY, self.path(key))
                .with("value", word)
                .with("allowed", "tax_included, tax_excluded");
            self.note(fault);
        }
        mode.unwrap_or(PriceMode::TaxIncluded)
    }

    fn object<T>(&mut self, key: &str, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        if self.member(key).is_none() {
            self.note_missing(key);
            // The members of what is not there are not missed one by one.
            let mut ignored = Vec::new();
            return read(&mut Reader {
                value: &Json::Null,
                pointer: String::new(),
                faults: &mut ignored,
            });
        }
        let value = self.member(key).unwrap_or(&Json::Null);
        let mut reader = self.within(value, key);
        reader.expect_object();
        read(&mut reader)
    }

    fn optional_object<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> Option<T> {
        self.member(key)?;
        Some(self.object(key, read))
    }

    fn array<T>(
        &mut self,
        key: &str,
        maximum: usize,
        read: impl Fn(&mut Reader<'_>) -> T,
    ) -> Option<Vec<T>> {
        let items = self.items(key, maximum)?;
        let mut array = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("{}/{index}", self.path(key));
            let mut reader = Reader { value: item, pointer, faults: self.faults };
            reader.expect_object();
            array.push(read(&mut reader));
        }
        Some(array)
    }

    fn texts(&mut self, key: &str, maximum: usize) -> Vec<String> {
        let items = self.items(key, maximum).unwrap_or_default();
        let mut array = self.within(&Json::Null, key);
        items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| array.as_text(&index.to_string(), item))
            .collect()
    }

    fn items(&mut self, key: &str, maximum: usize) -> Option<&'a [Json]> {
        let Json::Array(items) = self.member(key)? else {
            self.note_type(key, "[…]");
            return Some(&[]);
        };
        if items.len() > maximum {
            let fault = Fault::new(TOO_MANY, self.path(key)).with("maximum", maximum);
            self.note(fault);
            return Some(&items[..1]);
        }
        Some(items)
    }
}

/// Faults told of one document.
const FAULTS_MAX: usize = 100;

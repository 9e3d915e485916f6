//! What a leaf may hold: the kinds of value that the formats know, and what becomes of each in
//! the schema of one document.

use super::form::{Form, Integer, Listed};
use super::number::{Decimal, Point};
use super::shape;
use crate::dom::ecf::codes;
use crate::dom::ecf::document::DocumentType;

/// A kind of value. Where the schemas of two types differ, [`Value::form`] says so.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// From so many to so many characters.
    Text(usize, usize),
    /// Letters, commas and spaces, so many at most.
    Letters(usize),
    /// A name without digits, of so many characters at most.
    Name(usize),
    /// Up to so many digits.
    Digits(usize),
    Version,
    DocumentType,
    Encf,
    TaxId,
    Date,
    SignedAt,
    Phone,
    Email,
    Term,
    /// Money, a quantity or a weight: 16 digits and 2 decimals.
    Amount,
    /// The same, above zero.
    PositiveAmount,
    /// The same, of either sign.
    SignedAmount,
    /// 16 digits and 4 decimals.
    Price,
    /// 16 digits and 3 decimals.
    Measure,
    /// Above zero: 3 digits and 2 decimals.
    Percent,
    /// 3 digits and 4 decimals.
    ExchangeRate,
    /// A line or a page, of as many as the type has room for.
    Line,
    /// More than one.
    Pages,
    Income,
    Unit,
    Reference,
    Destination,
    Currency,
    Tax,
    Place,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these numbers.
    NumberOf(&'static [u8]),
}

impl Value {
    /// What the schema of an e-CF makes of it.
    pub(super) fn form(self, of: DocumentType) -> Form {
        match self {
            Self::Text(least, most) => Form::Text(least, most),
            Self::Letters(most) if of.is_note() => Form::Shaped(shape::anchored_letters(most)),
            Self::Letters(most) => Form::Shaped(shape::letters(most)),
            Self::Name(most) => Form::Shaped(shape::name(most)),
            Self::Digits(digits) => Form::Integer(Integer { digits, least: 0, most: None }),
            Self::Version => Form::VersionNumber,
            Self::DocumentType => Form::Number(DOCUMENT_TYPES),
            Self::Encf => Form::Shaped(shape::ENCF),
            Self::TaxId => Form::Shaped(shape::TAX_ID),
            Self::Date => Form::Shaped(shape::DATE),
            Self::SignedAt => Form::Shaped(shape::MOMENT),
            Self::Phone => Form::Shaped(shape::PHONE),
            Self::Email => Form::Shaped(shape::EMAIL),
            Self::Term => Form::Shaped(shape::TERM),
            Self::Amount => Form::Decimal(AMOUNT),
            Self::PositiveAmount => Form::Decimal(Decimal { above_zero: true, ..AMOUNT }),
            Self::SignedAmount => Form::Decimal(SIGNED_AMOUNT),
            Self::Price => Form::Decimal(PRICE),
            Self::Measure => Form::Decimal(MEASURE),
            Self::Percent => Form::Decimal(PERCENT),
            Self::ExchangeRate => Form::Decimal(Decimal {
                // The schema of 41 forgot to say that a rate is above zero.
                above_zero: of != DocumentType::Purchase,
                ..EXCHANGE_RATE
            }),
            Self::Line => Form::Integer(lines(of, 1)),
            Self::Pages => Form::Integer(Integer { most: None, ..lines(of, 2) }),
            Self::Income => income(of),
            Self::Unit => unit(of),
            Self::Reference if of == DocumentType::Government => Form::Text(1, 20),
            Self::Reference => Self::Digits(20).form(of),
            Self::Destination if of == DocumentType::Export => Form::Shaped(shape::name(60)),
            Self::Destination => Form::Shaped(shape::letters(60)),
            Self::Currency => Form::Listed(Listed::Codes(codes::CURRENCIES)),
            Self::Tax => Form::Listed(Listed::Taxes),
            Self::Place => Form::Listed(Listed::Places),
            Self::OneOf(texts) => Form::Listed(Listed::Texts(texts)),
            Self::NumberOf(numbers) => Form::Number(numbers),
        }
    }
}

const DOCUMENT_TYPES: &[u8] = &[31, 32, 33, 34, 41, 43, 44, 45, 46, 47];

const AMOUNT: Decimal = Decimal {
    whole: 16,
    fraction: (1, 2),
    total: 18,
    point: Point::Optional,
    signed: false,
    above_zero: false,
};
const SIGNED_AMOUNT: Decimal = Decimal { point: Point::Forgotten, signed: true, ..AMOUNT };
const PRICE: Decimal = Decimal { fraction: (1, 4), total: 20, ..AMOUNT };
const MEASURE: Decimal = Decimal { fraction: (1, 3), total: 19, point: Point::Forgotten, ..AMOUNT };
const PERCENT: Decimal =
    Decimal { whole: 3, total: 5, point: Point::Forgotten, above_zero: true, ..AMOUNT };
const EXCHANGE_RATE: Decimal =
    Decimal { whole: 3, fraction: (1, 4), total: 7, point: Point::Forgotten, ..AMOUNT };

/// A count that begins at `least`, in as many digits as the type's last line has.
fn lines(of: DocumentType, least: u32) -> Integer {
    let (digits, most) = if of.is_note() { (5, 10_000) } else { (4, 1_000) };
    Integer { digits, least, most: Some(most) }
}

const INCOMES: &[&str] = &["01", "02", "03", "04", "05", "06"];

/// In the schema of 45 the kind of income is a number, so that blanks may stand around it.
fn income(of: DocumentType) -> Form {
    match of {
        DocumentType::Government => Form::BlankedCode(INCOMES),
        _ => Form::Listed(Listed::Texts(INCOMES)),
    }
}

/// A unit is a number, save in the schemas of 33 and 44, where it is a text.
fn unit(of: DocumentType) -> Form {
    match of {
        DocumentType::DebitNote | DocumentType::SpecialRegime => Form::Listed(Listed::Units),
        _ => Form::UnitNumber,
    }
}

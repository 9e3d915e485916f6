//! WHAT THE CUSTOMER HOLDS. A sealed invoice as PDF (A4 and 80 mm), HTML, thermal print and text.
//!
//! A [`Receipt`] says what is to be printed, in words and exact figures, and names no country.
//! The engines say how: each is a function of the receipt alone, so the same receipt gives the
//! same bytes on every machine and on every day.
//!
//! Foreign text becomes a [`Text`] on its way into the receipt, and a `Text` holds nothing that
//! a terminal, a printer or a page could take for a command.

mod carried;
mod decimal;
mod error;
pub mod escpos;
mod form;
pub mod html;
mod model;
mod narrow;
pub mod pdf;
mod printable;
mod qr;
mod strips;
mod templates;
pub mod text;
mod words;

pub use carried::{Carried, CarriedError};
pub use decimal::{Cents, Decimal, NumberStyle};
pub use error::Error;
pub use form::{Column, Form, PageSum, Paging, Side, Stamp, StatedPage};
pub use model::{
    Attestation, CaptionedQr, Code, GroupTotal, Item, Labels, Mention, PriceChange, Receipt, Row,
    Section, Seller, SpecificTax, Tone, Total, Value, Weight,
};
pub use printable::Text;
pub use qr::{ErrorCorrection, Qr};
pub use templates::{Presentation, receipt};
pub use words::{CurrencyNames, Noun, Numerals, in_words};

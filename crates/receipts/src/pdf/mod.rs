//! The receipt as a PDF: A4 for the office, 80 mm for the till. PDF/A-2u (3u where it carries its
//! proof), so that it can be read as long as the law wants it kept.
//!
//! The layout is ours and counts in whole thousandths of a point; krilla writes the file.
//! The file depends on the receipt alone: no clock, no chance, one byte sequence for ever.

mod a4;
mod fonts;
mod form;
mod paginate;
mod paint;
mod roll;
mod sheet;
mod theme;

use crate::{Error, Receipt};

/// A PDF in A4, on as many pages as the lines need, each with its number and its subtotal.
pub fn a4(receipt: &Receipt) -> Result<Vec<u8>, Error> {
    let sheets = match &receipt.form {
        Some(form) => form::sheets(receipt, form)?,
        None => a4::sheets(receipt)?,
    };
    paint::write(&sheets, receipt)
}

/// A PDF 80 mm wide and as long as what it holds. A roll longer than a PDF page may be
/// (14 400 points, about 5 m) goes on on the next page.
pub fn roll(receipt: &Receipt) -> Result<Vec<u8>, Error> {
    paint::write(&roll::sheets(receipt), receipt)
}

/// A length in thousandths of a point: fine enough for type, exact to add.
type Length = i32;

/// The dark part of an authority's symbol where its law sets a size: the Dominican one asks for
/// 22 mm or more (Informe Técnico e-CF, representación impresa), and old paper for more than that.
const STAMP: Length = mm(30);
/// What is kept free around it: 3 mm by the same document, and half a millimetre for the printer.
const STAMP_MARGIN: Length = mm(7) / 2;

/// Whole points.
const fn pt(points: i32) -> Length {
    points * 1_000
}

/// Whole millimetres, to the nearest thousandth of a point.
const fn mm(millimetres: i32) -> Length {
    (millimetres * 2_834_646 + 500) / 1_000
}

//! A4 in a country's own form: the whole head and the authority's symbol on every page, the
//! lines in the form's columns, the sums of each page below its lines.

mod foot;
mod head;
mod pages;
mod sums;
mod table;

use std::ops::Range;

use super::paginate::{Room, paginate};
use super::sheet::{Block, Sheet};
use super::{Length, mm, pt};
use crate::model::Receipt;
use crate::{Error, Form, Paging, Row};

/// Sets the receipt on its pages.
pub(super) fn sheets<'a>(receipt: &'a Receipt, form: &'a Form) -> Result<Vec<Sheet<'a>>, Error> {
    let mut pages = pages::Pages::new(head::head(receipt, form, WIDTH), foot::foot(receipt, form));
    let closing = sums::closing(receipt, WIDTH);
    let height = closing.iter().map(|block| block.height).sum::<Length>();
    let Laid { table, rows, parts, .. } = laid(receipt, form, (pages.room(), height))?;
    let mut rows = rows.into_iter();
    for part in &parts {
        pages.start(part.number);
        if part.lines > 0 {
            pages.place(table.head());
        }
        for row in rows.by_ref().take(part.lines) {
            pages.place(row);
        }
        if !part.sums.is_empty() {
            pages.place(sums::of_page(&part.sums, receipt.settled_numbers(), WIDTH));
        }
    }
    for block in closing {
        pages.place(block);
    }
    let stated = matches!(&form.paging, Paging::Stated(stated) if !stated.is_empty());
    Ok(pages
        .finish(&receipt.labels, stated.then_some(parts.last()).flatten().map(|part| part.number)))
}

/// The table, set as close as the pages want it that the document states.
struct Laid<'a> {
    table: table::Table,
    rows: Vec<Block<'a>>,
    parts: Vec<Part>,
    /// Whether each page is one sheet, and the last one holds the totals.
    fits: bool,
}

/// As it reads best, unless it has to be closer for its pages to be sheets. Where even the closest
/// leaves a page too full, that one goes on on another sheet, and then it may read best again.
fn laid<'a>(
    receipt: &'a Receipt,
    form: &'a Form,
    room: (Length, Length),
) -> Result<Laid<'a>, Error> {
    let [usual, closer @ ..] = table::DENSITIES;
    let usual = laid_at(receipt, form, room, usual)?;
    if usual.fits {
        return Ok(usual);
    }
    for density in closer {
        let laid = laid_at(receipt, form, room, density)?;
        if laid.fits {
            return Ok(laid);
        }
    }
    Ok(usual)
}

fn laid_at<'a>(
    receipt: &'a Receipt,
    form: &'a Form,
    (room, closing): (Length, Length),
    density: table::Density,
) -> Result<Laid<'a>, Error> {
    let table = table::Table::of(receipt, form, density);
    let rows: Vec<Block<'a>> = receipt.items.iter().map(|item| table.row(item)).collect();
    let room = room - table.head().height - pt(1);
    let parts = parts(receipt, form, &rows, (room, closing))?;
    let fits = match &form.paging {
        Paging::Stated(pages) => {
            let last = parts.last().map_or((0, 0), |part| (part.lines, part.sums.len()));
            let lines = rows.iter().rev().take(last.0).map(|row| row.height).sum::<Length>();
            let sums = if last.1 == 0 { 0 } else { sums::height_of_page(last.1) };
            parts.len() == pages.len().max(1) && lines + sums + closing <= room
        }
        Paging::Fitted(_) => true,
    };
    Ok(Laid { table, rows, parts, fits })
}

/// What stands on one sheet.
struct Part {
    /// The page's number, from 1.
    number: usize,
    lines: usize,
    /// The sums of the page, where it ends here and is not the only one.
    sums: Vec<Row>,
}

fn parts(
    receipt: &Receipt,
    form: &Form,
    rows: &[Block<'_>],
    (room, closing): (Length, Length),
) -> Result<Vec<Part>, Error> {
    let heights: Vec<Length> = rows.iter().map(|row| row.height).collect();
    match &form.paging {
        Paging::Stated(pages) if !pages.is_empty() => Ok(stated(pages, &heights, room)),
        Paging::Stated(_) => fitted(receipt, &[], &heights, (room, closing)),
        Paging::Fitted(sums) => fitted(receipt, sums, &heights, (room, closing)),
    }
}

/// As many lines a page as fit; no sums where there is one page only.
fn fitted(
    receipt: &Receipt,
    sums: &[crate::PageSum],
    heights: &[Length],
    (room, closing): (Length, Length),
) -> Result<Vec<Part>, Error> {
    if heights.iter().sum::<Length>() + closing <= room {
        return Ok(vec![Part { number: 1, lines: heights.len(), sums: Vec::new() }]);
    }
    let carry = if sums.is_empty() { 0 } else { sums::height_of_page(sums.len()) };
    // Nothing is brought forward in this form, which the other one's reckoning counts with.
    let room = Room { first: room, next: room + carry, carry, closing: closing + carry };
    let cuts: Vec<Range<usize>> = paginate(heights, room);
    let ends: Vec<usize> = cuts.iter().map(|cut| cut.end).collect();
    let parts: Vec<Vec<crate::Decimal>> =
        sums.iter().map(|sum| sum.parts(&ends)).collect::<Result<_, _>>()?;
    let rows = |page: usize| {
        let sums = sums.iter().zip(&parts);
        sums.map(|(sum, parts)| Row::amount(sum.label.clone(), parts[page])).collect()
    };
    debug_assert_eq!(ends.last().copied(), Some(receipt.items.len()));
    let pages = cuts.iter().enumerate();
    Ok(pages
        .map(|(page, cut)| Part { number: page + 1, lines: cut.len(), sums: rows(page) })
        .collect())
}

/// The pages that the document states. One that holds more lines than a sheet goes on on another
/// of the same number, and its sums stand where it ends.
fn stated(pages: &[crate::StatedPage], heights: &[Length], room: Length) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, page) in pages.iter().enumerate() {
        let last = index + 1 == pages.len();
        let end = if last { heights.len() } else { heights.len().min(start + page.lines) };
        let mut left = room - sums::height_of_page(page.sums.len());
        let mut lines = 0;
        for height in &heights[start.min(end)..end] {
            if *height > left && lines > 0 {
                parts.push(Part { number: index + 1, lines, sums: Vec::new() });
                left = room - sums::height_of_page(page.sums.len());
                lines = 0;
            }
            left -= height;
            lines += 1;
        }
        parts.push(Part { number: index + 1, lines, sums: page.sums.clone() });
        start = end;
    }
    parts
}

const PAPER: Length = mm(210);
const HEIGHT: Length = mm(297);
/// The symbol keeps 2 cm from the paper's edge (Informe Técnico e-CF, representación impresa), and
/// everything else keeps to its line.
const MARGIN_SIDE: Length = mm(20);
const MARGIN_TOP: Length = mm(15);
const MARGIN_BOTTOM: Length = mm(10);
const WIDTH: Length = PAPER - 2 * MARGIN_SIDE;

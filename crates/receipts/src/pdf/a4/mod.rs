//! A4: head, lines, totals, proofs; on as many pages as the lines need.

pub(super) mod closing;
pub(super) mod masthead;
mod table;

use std::ops::Range;

use super::fonts::Run;
use super::paginate::{Room, paginate};
use super::sheet::{Align, Block, Sheet, Stack, line};
use super::theme::{SMALL, SMALL_MUTED, TINY_MUTED};
use super::{Length, mm, pt};
use crate::model::{Labels, Receipt};
use crate::{Decimal, Error};

/// Sets the receipt on its pages.
pub(super) fn sheets(receipt: &Receipt) -> Result<Vec<Sheet<'_>>, Error> {
    let running = receipt.running_totals()?;
    let table = table::Table::of(receipt, *running.last().expect("starts with nought"));
    let head = masthead::first(receipt, WIDTH);
    let continuation = masthead::next(receipt, WIDTH);
    let closing = closing::blocks(receipt, WIDTH);
    let footer = footer(receipt);
    let bottom = HEIGHT - MARGIN_BOTTOM - footer.height;

    let rows: Vec<Block<'_>> = receipt.items.iter().map(|item| table.row(item)).collect();
    let heights: Vec<Length> = rows.iter().map(|row| row.height).collect();
    let room_below = |head: &Block<'_>| bottom - MARGIN_TOP - head.height - table.head().height;
    let room = Room {
        first: room_below(&head),
        next: room_below(&continuation),
        carry: table.carry("", Decimal::zero()).height,
        closing: closing.iter().map(|block| block.height).sum(),
    };

    let mut pages = Pages { bottom, continuation, sheets: Vec::new(), y: 0 };
    pages.start(head);
    let cuts = paginate(&heights, room);
    let mut rows = rows.into_iter();
    for (number, range) in cuts.iter().enumerate() {
        if number > 0 {
            pages.next();
        }
        let last = number + 1 == cuts.len();
        lines(&mut pages, &table, &receipt.labels, (range, last), &mut rows, &running);
    }
    for block in closing {
        pages.place(block);
    }
    Ok(finish(pages.sheets, &footer, &receipt.labels))
}

/// The table's part of one page: its head, what was brought forward, its lines, what goes on.
fn lines<'a>(
    pages: &mut Pages<'a>,
    table: &table::Table,
    labels: &Labels,
    (range, last): (&Range<usize>, bool),
    rows: &mut impl Iterator<Item = Block<'a>>,
    running: &[Decimal],
) {
    if !range.is_empty() {
        pages.place(table.head());
    }
    if range.start > 0 {
        pages.place(table.carry(labels.brought_forward.as_str(), running[range.start]));
    }
    for row in rows.by_ref().take(range.len()) {
        pages.place(row);
    }
    if !last {
        pages.place(table.carry(labels.carried_forward.as_str(), running[range.end]));
    }
}

struct Pages<'a> {
    bottom: Length,
    continuation: Block<'a>,
    sheets: Vec<Sheet<'a>>,
    y: Length,
}

impl<'a> Pages<'a> {
    fn start(&mut self, head: Block<'a>) {
        self.sheets.push(Sheet { width: PAPER, height: HEIGHT, marks: Vec::new() });
        self.y = MARGIN_TOP;
        self.place(head);
    }

    fn next(&mut self) {
        self.start(self.continuation.clone());
    }

    /// Places a block here, or on the next page if it has room there, or on as many as it takes.
    fn place(&mut self, block: Block<'a>) {
        let fresh = self.bottom - MARGIN_TOP - self.continuation.height;
        let mut rest = block;
        while self.y + rest.height > self.bottom {
            if rest.height > fresh {
                let (here, there) = rest.split(self.bottom - self.y);
                self.put(here);
                rest = there;
            }
            self.next();
        }
        self.put(rest);
    }

    fn put(&mut self, block: Block<'a>) {
        let sheet = self.sheets.last_mut().expect("a page was started");
        let height = block.height;
        sheet.marks.extend(block.at(MARGIN_SIDE, self.y));
        self.y += height;
    }
}

/// The foot of every page, but for its number.
fn footer(receipt: &Receipt) -> Block<'_> {
    let mut stack = Stack::new(WIDTH);
    stack.gap(pt(10));
    stack.hairline();
    stack.gap(pt(5));
    let mut lines = Stack::new(WIDTH - PAGE_NUMBER);
    for text in receipt.footer.iter().take(FOOTER_LINES) {
        lines.brief(text.as_str(), TINY_MUTED, Align::Left, 2);
    }
    let lines = lines.done();
    let least = SMALL.leading() - lines.height.min(SMALL.leading());
    stack.append(lines);
    stack.gap(least);
    stack.done()
}

fn finish<'a>(mut sheets: Vec<Sheet<'a>>, footer: &Block<'a>, labels: &Labels) -> Vec<Sheet<'a>> {
    let count = sheets.len();
    let top = HEIGHT - MARGIN_BOTTOM - footer.height;
    for (number, sheet) in sheets.iter_mut().enumerate() {
        sheet.marks.extend(footer.clone().at(MARGIN_SIDE, top));
        let text = format!("{} {} {} {count}", labels.page, number + 1, labels.page_of);
        let run = Run::fitted(&text, SMALL_MUTED, PAGE_NUMBER);
        let x = PAPER - MARGIN_SIDE - run.width;
        sheet.marks.extend(line(run).at(x, top + pt(14)));
    }
    sheets
}

/// The foot stands on every page: it may not eat the page.
const FOOTER_LINES: usize = 4;
const PAPER: Length = mm(210);
const HEIGHT: Length = mm(297);
const MARGIN_SIDE: Length = mm(18);
const MARGIN_TOP: Length = mm(17);
const MARGIN_BOTTOM: Length = mm(11);
const WIDTH: Length = PAPER - 2 * MARGIN_SIDE;
/// Kept free at the right of the footer.
const PAGE_NUMBER: Length = pt(70);

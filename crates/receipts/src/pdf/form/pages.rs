//! Sheets that are filled from above, each with the same head and the same foot.

use super::super::Length;
use super::super::fonts::Run;
use super::super::sheet::{Block, Sheet, line};
use super::super::theme::SMALL_MUTED;
use super::{HEIGHT, MARGIN_BOTTOM, MARGIN_SIDE, MARGIN_TOP, PAPER};
use crate::model::Labels;

pub(super) struct Pages<'a> {
    head: Block<'a>,
    foot: Block<'a>,
    sheets: Vec<(usize, Sheet<'a>)>,
    y: Length,
}

impl<'a> Pages<'a> {
    pub(super) fn new(mut head: Block<'a>, foot: Block<'a>) -> Self {
        // A head so tall that nothing fits below it is cut: names are bounded, but not that much.
        let tallest = (HEIGHT - MARGIN_TOP - MARGIN_BOTTOM - foot.height) * 2 / 3;
        if head.height > tallest {
            head = head.split(tallest).0;
        }
        Self { head, foot, sheets: Vec::new(), y: 0 }
    }

    /// What is free on an empty sheet.
    pub(super) fn room(&self) -> Length {
        self.bottom() - MARGIN_TOP - self.head.height
    }

    fn bottom(&self) -> Length {
        HEIGHT - MARGIN_BOTTOM - self.foot.height
    }

    /// Begins a sheet of the page of that number.
    pub(super) fn start(&mut self, number: usize) {
        let mut sheet = Sheet { width: PAPER, height: HEIGHT, marks: Vec::new() };
        sheet.marks.extend(self.head.clone().at(MARGIN_SIDE, MARGIN_TOP));
        sheet.marks.extend(self.foot.clone().at(MARGIN_SIDE, self.bottom()));
        self.sheets.push((number, sheet));
        self.y = MARGIN_TOP + self.head.height;
    }

    /// Places a block here, or on the next sheet if it has room there, or on as many as it takes.
    pub(super) fn place(&mut self, block: Block<'a>) {
        let mut rest = block;
        while self.y + rest.height > self.bottom() {
            if rest.height > self.room() {
                let (here, there) = rest.split(self.bottom() - self.y);
                self.put(here);
                rest = there;
            }
            let number = self.sheets.last().map_or(1, |(number, _)| number + 1);
            self.start(number);
        }
        self.put(rest);
    }

    fn put(&mut self, block: Block<'a>) {
        let height = block.height;
        let (_, sheet) = self.sheets.last_mut().expect("a sheet was started");
        sheet.marks.extend(block.at(MARGIN_SIDE, self.y));
        self.y += height;
    }

    /// Numbers the pages: by what the document states, or else by their count.
    pub(super) fn finish(self, labels: &Labels, stated: Option<usize>) -> Vec<Sheet<'a>> {
        let count = stated.unwrap_or(self.sheets.len());
        let sheets = self.sheets.into_iter().enumerate();
        sheets
            .map(|(index, (number, mut sheet))| {
                let number = if stated.is_some() { number.min(count) } else { index + 1 };
                let text = format!("{} {number} {} {count}", labels.page, labels.page_of);
                let run = Run::fitted(&text, SMALL_MUTED, PAPER / 2);
                let place = (PAPER - MARGIN_SIDE - run.width, HEIGHT - MARGIN_BOTTOM);
                let block = line(run);
                let top = place.1 - block.height;
                sheet.marks.extend(block.at(place.0, top));
                sheet
            })
            .collect()
    }
}

//! The table of lines in the form's columns: quantity, designation, unit, figures, amount.

use super::super::fonts::Run;
use super::super::sheet::{Align, Block, Stack, wrap};
use super::super::theme::{HAIRLINE, Ink, Style};
use super::super::{Length, pt};
use super::WIDTH;
use crate::model::{Item, Receipt};
use crate::{Form, NumberStyle, Side, Text};

pub(super) struct Table {
    numbers: NumberStyle,
    /// Size of the figures: smaller the more columns there are.
    size: Length,
    columns: Vec<Column>,
    has_marks: bool,
    /// The white above and below each row.
    row_padding: Length,
}

/// How close the table is set: the largest of its sizes, and the white above and below a row.
#[derive(Clone, Copy)]
pub(super) struct Density {
    first_size: usize,
    row_padding: Length,
}

/// From what reads best to what can still be read, for a document whose pages hold more than they
/// usually do.
pub(super) const DENSITIES: [Density; 5] = [
    Density { first_size: 0, row_padding: ROW_PADDING },
    Density { first_size: 0, row_padding: 1_700 },
    Density { first_size: 1, row_padding: 1_500 },
    Density { first_size: 2, row_padding: 1_200 },
    Density { first_size: 3, row_padding: 800 },
];

/// A column, measured.
struct Column {
    heading: Text,
    holds: Holds,
    width: Length,
}

/// What stands in a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Quantity,
    Designation,
    Unit,
    Price,
    /// The form's own, by its place among them.
    Cell(usize),
    Amount,
}

impl Table {
    pub(super) fn of(receipt: &Receipt, form: &Form, density: Density) -> Self {
        let order = order(receipt, form);
        let has_marks = receipt.items.iter().any(|item| item.mark.is_some());
        let mut table = Self {
            numbers: receipt.settled_numbers(),
            size: 0,
            columns: Vec::new(),
            has_marks,
            row_padding: density.row_padding,
        };
        for size in SIZES.iter().skip(density.first_size) {
            table.size = *size;
            table.columns = order
                .iter()
                .map(|(heading, holds)| table.measured(heading, *holds, receipt))
                .collect();
            if table.used() <= WIDTH - LEAST_DESIGNATION {
                break;
            }
        }
        table.share();
        table
    }

    /// The width of all columns but the designation's, which has none yet.
    fn used(&self) -> Length {
        self.columns.iter().map(|column| column.width).sum()
    }

    /// The designation has what the others leave; where that is too little they give way alike,
    /// and set their figures smaller.
    fn share(&mut self) {
        let used = self.used().max(1);
        let most = WIDTH - LEAST_DESIGNATION;
        if used > most {
            for column in &mut self.columns {
                let share = i64::from(column.width) * i64::from(most) / i64::from(used);
                column.width = Length::try_from(share).expect("narrower than the page");
            }
        }
        let rest = WIDTH - self.used();
        for column in &mut self.columns {
            if column.holds == Holds::Designation {
                column.width = rest;
            }
        }
    }

    fn measured(&self, heading: &Text, holds: Holds, receipt: &Receipt) -> Column {
        let widest = match holds {
            Holds::Designation => 0,
            Holds::Unit => {
                let units = receipt.items.iter().filter_map(|item| item.unit.as_ref());
                let words = units.flat_map(|unit| unit.as_str().split([' ', '/']));
                words.map(|word| Run::new(word, self.style()).width).max().unwrap_or(0)
            }
            holds => {
                let texts = receipt.items.iter().map(|item| self.written(item, holds));
                texts.map(|text| Run::new(&text, self.style()).width).max().unwrap_or(0)
            }
        };
        let heading_width = self.heading_width(heading.as_str());
        let width = if holds == Holds::Designation {
            0
        } else {
            (widest.max(heading_width) + 2 * PADDING).min(WIDEST_COLUMN)
        };
        Column { heading: heading.clone(), holds, width }
    }

    /// A heading stands on two lines at most while there is room, and then on as many as it has
    /// words.
    fn heading_width(&self, heading: &str) -> Length {
        let width = |text: &str| Run::new(text, self.heading()).width;
        if self.size < SIZES[1] {
            return heading.split(' ').map(width).max().unwrap_or(0);
        }
        let halves = heading.match_indices(' ').map(|(at, _)| heading.split_at(at));
        let halves = halves.map(|(one, other)| width(one).max(width(other.trim_start())));
        halves.min().unwrap_or_else(|| width(heading))
    }

    fn written(&self, item: &Item, holds: Holds) -> String {
        match holds {
            Holds::Quantity => self.numbers.plain(item.quantity),
            Holds::Designation => item.designation.to_string(),
            Holds::Unit => item.unit.as_ref().map(Text::to_string).unwrap_or_default(),
            Holds::Price => self.numbers.amount(item.unit_price),
            Holds::Cell(place) => {
                let cell = item.cells.get(place).copied().flatten();
                cell.map_or_else(|| "–".to_owned(), |figure| self.numbers.amount(figure))
            }
            Holds::Amount => self.numbers.amount(item.amount),
        }
    }

    /// The headings on a tinted ground.
    pub(super) fn head<'a>(&self) -> Block<'a> {
        let mut cells = Vec::new();
        let mut x = 0;
        for column in &self.columns {
            let mut stack = Stack::new(column.width - 2 * PADDING);
            let align = align(column.holds);
            stack.text(column.heading.as_str(), self.heading(), align);
            cells.push((x + PADDING, stack.done()));
            x += column.width;
        }
        let tallest = cells.iter().map(|(_, cell)| cell.height).max().unwrap_or(0);
        // Headings of one line stand on the last line of those of two.
        let cells = cells.into_iter().map(|(x, cell)| (x, lowered(cell, tallest))).collect();
        let mut stack = Stack::new(WIDTH);
        stack.rule(tallest + 2 * HEAD_PADDING, Ink::Tint);
        stack.gap(HEAD_PADDING);
        stack.beside(cells);
        stack.gap(HEAD_PADDING);
        stack.rule(800, Ink::Accent);
        stack.gap(800);
        stack.done()
    }

    /// One line, over a hairline.
    pub(super) fn row<'a>(&self, item: &Item) -> Block<'a> {
        let mut cells = Vec::new();
        let mut x = 0;
        for column in &self.columns {
            let cell = match column.holds {
                Holds::Designation => self.designation(item, column.width - 2 * PADDING),
                holds => self.cell(&self.written(item, holds), holds, column.width - 2 * PADDING),
            };
            cells.push((x + PADDING, cell));
            x += column.width;
        }
        let mut stack = Stack::new(WIDTH);
        stack.gap(self.row_padding);
        stack.beside(cells);
        stack.gap(self.row_padding);
        stack.hairline();
        stack.gap(HAIRLINE);
        stack.done()
    }

    fn cell<'a>(&self, text: &str, holds: Holds, width: Length) -> Block<'a> {
        let mut stack = Stack::new(width);
        if holds == Holds::Unit {
            stack.text(&text.replace('/', "/ "), self.style(), Align::Left);
            return stack.done();
        }
        let run = Run::fitted(text, self.style(), width);
        let leading = self.style().leading() - run.style.leading();
        stack.gap(leading / 2);
        stack.run(run, align(holds));
        stack.gap(leading - leading / 2);
        stack.done()
    }

    /// The mark at the left, the name, and what is said of it below.
    fn designation<'a>(&self, item: &Item, width: Length) -> Block<'a> {
        let start = if self.has_marks { self.size * 12 / 10 } else { 0 };
        let mut words = Stack::new(width - start);
        for run in wrap(item.designation.as_str(), self.style(), width - start) {
            words.run(run, Align::Left);
        }
        let small = Style::regular(self.size * 9 / 10).ink(Ink::Muted);
        let code = item.code.as_ref().map_or("", Text::as_str);
        for text in [code, item.note.as_ref().map_or("", Text::as_str)] {
            words.text(text, small, Align::Left);
        }
        let mut stack = Stack::new(width);
        let mut cells = vec![(start, words.done())];
        if let Some(mark) = &item.mark {
            let run = Run::fitted(mark.as_str(), Style::strong(self.size), start);
            cells.push((0, super::super::sheet::line(run)));
        }
        stack.beside(cells);
        stack.done()
    }

    fn style(&self) -> Style {
        Style::regular(self.size)
    }

    fn heading(&self) -> Style {
        Style::strong(self.size * 9 / 10).ink(Ink::Accent)
    }
}

fn order(receipt: &Receipt, form: &Form) -> Vec<(Text, Holds)> {
    let labels = &receipt.labels;
    let own = |side: Side| {
        let columns = form.columns.iter().enumerate();
        let columns = columns.filter(move |(_, column)| column.side == side);
        columns.map(|(place, column)| (column.label.clone(), Holds::Cell(place)))
    };
    let mut order = vec![
        (labels.quantity.clone(), Holds::Quantity),
        (labels.designation.clone(), Holds::Designation),
        (labels.unit.clone(), Holds::Unit),
    ];
    order.extend(own(Side::BeforePrice));
    order.push((labels.unit_price.clone(), Holds::Price));
    order.extend(own(Side::AfterPrice));
    order.push((labels.amount.clone(), Holds::Amount));
    order
}

fn align(holds: Holds) -> Align {
    match holds {
        Holds::Designation | Holds::Unit => Align::Left,
        Holds::Quantity | Holds::Price | Holds::Cell(_) | Holds::Amount => Align::Right,
    }
}

fn lowered(block: Block<'_>, height: Length) -> Block<'_> {
    let drop = height - block.height;
    Block { height, marks: block.at(0, drop).collect() }
}

/// From what reads best to what can still be read: 5.6 points is a capital of 1.4 mm.
const SIZES: [Length; 4] = [8_400, 7_400, 6_400, 5_600];
/// What a designation needs: a quarter of the width.
const LEAST_DESIGNATION: Length = WIDTH / 4;
const PADDING: Length = pt(4);
const HEAD_PADDING: Length = 3_400;
const ROW_PADDING: Length = 3_400;
/// Two columns of the most digits that a figure can have leave room for the rest.
const WIDEST_COLUMN: Length = pt(84);

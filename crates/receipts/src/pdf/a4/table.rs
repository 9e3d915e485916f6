//! The table of lines: its columns, its head, its rows, its carried subtotals.

use super::super::fonts::Run;
use super::super::sheet::{Align, Block, Stack, wrap};
use super::super::theme::{BODY, HAIRLINE, Ink, SMALL_MUTED, Style, TINY_MUTED};
use super::super::{Length, pt};
use super::WIDTH;
use crate::model::{Item, Labels, Receipt};
use crate::{Decimal, NumberStyle};

/// Columns as wide as what stands in them, the designation having the rest.
pub(super) struct Table {
    numbers: NumberStyle,
    labels: Labels,
    index: Length,
    quantity: Length,
    price: Length,
    amount: Length,
}

impl Table {
    /// Measures the columns of a receipt whose lines add up to `sum`.
    pub(super) fn of(receipt: &Receipt, sum: Decimal) -> Self {
        let numbers = receipt.settled_numbers();
        let items = &receipt.items;
        let sum = numbers.amount(sum);
        let amounts = items.iter().map(|item| numbers.amount(item.amount)).chain([sum]);
        let labels = receipt.labels.clone();
        let mut table = Self { numbers, labels, index: 0, quantity: 0, price: 0, amount: 0 };
        table.index = column(items.iter().map(|item| item.index.to_string()), &table.labels.index);
        table.quantity =
            column(items.iter().map(|item| item.measured(numbers)), &table.labels.quantity);
        let prices = items.iter().map(|item| numbers.amount(item.unit_price));
        table.price = column(prices, &table.labels.unit_price);
        table.amount = column(amounts, &table.labels.amount);
        table
    }

    /// The headings over a rule.
    pub(super) fn head(&self) -> Block<'static> {
        let labels = &self.labels;
        let mut stack = Stack::new(WIDTH);
        let texts = [&labels.quantity, &labels.unit_price, &labels.amount];
        let mut cells = self.figures(texts.map(|text| text.as_str().to_owned()), HEADING);
        cells.push((0, cell(labels.index.as_str(), HEADING, self.index, Align::Left)));
        let name = cell(labels.designation.as_str(), HEADING, self.name_width(), Align::Left);
        cells.push((self.name_start(), name));
        stack.beside(cells);
        stack.gap(pt(3));
        stack.rule(900, Ink::Accent);
        stack.gap(900);
        stack.done()
    }

    /// One line of the invoice, over a hairline.
    pub(super) fn row<'a>(&self, item: &Item) -> Block<'a> {
        let mut stack = Stack::new(WIDTH);
        stack.gap(ROW_PADDING);
        let figures = [
            item.measured(self.numbers),
            self.numbers.amount(item.unit_price),
            self.numbers.amount(item.amount),
        ];
        let mut cells = self.figures(figures, BODY);
        let index = item.index.to_string();
        cells.push((0, cell(&index, BODY.ink(Ink::Muted), self.index, Align::Left)));
        cells.push((self.name_start(), self.designation(item)));
        stack.beside(cells);
        self.specific_tax(&mut stack, item);
        stack.gap(ROW_PADDING);
        stack.hairline();
        stack.gap(HAIRLINE);
        stack.done()
    }

    /// The subtotal at the foot of a page or at the head of the next.
    pub(super) fn carry(&self, label: &str, amount: Decimal) -> Block<'static> {
        let style = Style::strong(pt(8)).ink(Ink::Muted);
        let mut stack = Stack::new(WIDTH);
        stack.gap(ROW_PADDING);
        let amount = self.numbers.amount(amount);
        let room = WIDTH - self.amount - self.name_start();
        stack.beside(vec![
            (self.name_start(), cell(label, style, room, Align::Right)),
            (WIDTH - self.amount, cell(&amount, style, self.amount, Align::Right)),
        ]);
        stack.gap(ROW_PADDING);
        stack.hairline();
        stack.gap(HAIRLINE);
        stack.done()
    }

    fn designation<'a>(&self, item: &Item) -> Block<'a> {
        let mut stack = Stack::new(self.name_width());
        named(&mut stack, item);
        if let Some(change) = &item.price_change {
            stack.text(&change.written(self.numbers), SMALL_MUTED, Align::Left);
        }
        stack.done()
    }

    fn specific_tax(&self, stack: &mut Stack<'_>, item: &Item) {
        let Some(tax) = &item.specific_tax else { return };
        let amount = self.numbers.amount(tax.amount);
        let label = cell(tax.label.as_str(), SMALL_MUTED, self.name_width(), Align::Left);
        let amount = cell(&amount, SMALL_MUTED, self.amount, Align::Right);
        stack.beside(vec![(self.name_start(), label), (WIDTH - self.amount, amount)]);
    }

    fn figures<'a>(&self, [quantity, price, amount]: [String; 3], style: Style) -> Vec<Cell<'a>> {
        let amount_start = WIDTH - self.amount;
        let price_start = amount_start - self.price;
        let quantity_start = price_start - self.quantity;
        let right = Align::Right;
        vec![
            (quantity_start, cell(&quantity, style, self.quantity, right)),
            (price_start, cell(&price, style, self.price, right)),
            (amount_start, cell(&amount, style, self.amount, right)),
        ]
    }

    fn name_start(&self) -> Length {
        self.index
    }

    fn name_width(&self) -> Length {
        WIDTH - self.index - self.quantity - self.price - self.amount - GAP
    }
}

type Cell<'a> = (Length, Block<'a>);

/// The designation, then code and tags, small, on its last line if they fit there.
fn named(stack: &mut Stack<'_>, item: &Item) {
    let code = item.code.as_ref().map_or("", crate::Text::as_str);
    let tags = format!("{} {code}", item.bracketed_tags());
    let tags = tags.trim();
    let mut lines = wrap(item.designation.as_str(), BODY, stack.width());
    let last = lines.pop();
    for run in lines {
        stack.run(run, Align::Left);
    }
    let tag_run = Run::new(tags, TINY_MUTED);
    let used = last.as_ref().map_or(0, |run| run.width + pt(5));
    let beside = used + tag_run.width <= stack.width();
    let mut cells: Vec<Cell<'_>> = last.map(|run| (0, super::line(run))).into_iter().collect();
    if beside && !tags.is_empty() {
        let style = Style { size: BODY.size, ..TINY_MUTED };
        let mut raised = super::line(Run::new(tags, TINY_MUTED));
        // Stands on the baseline of the words it follows.
        raised.height = style.leading();
        cells.push((used, lowered(raised)));
    }
    stack.beside(cells);
    if !beside {
        stack.text(tags, TINY_MUTED, Align::Left);
    }
}

fn lowered(block: Block<'_>) -> Block<'_> {
    let drop = super::super::sheet::baseline(BODY) - super::super::sheet::baseline(TINY_MUTED);
    let height = block.height;
    Block { height, marks: block.at(0, drop).collect() }
}

/// One line in a column, set smaller if it must be.
fn cell<'a>(text: &str, style: Style, width: Length, align: Align) -> Block<'a> {
    let mut stack = Stack::new(width);
    let room = if align == Align::Right { width - GAP / 2 } else { width };
    let run = Run::fitted(text, style, room);
    let leading = style.leading() - run.style.leading();
    stack.gap(leading / 2);
    stack.run(run, align);
    stack.gap(leading - leading / 2);
    stack.done()
}

/// Wide enough for its widest text, but no wider than leaves room for the designation.
fn column(texts: impl Iterator<Item = String>, heading: &crate::Text) -> Length {
    let widest = texts.map(|text| Run::new(&text, BODY).width).max().unwrap_or(0);
    let heading = Run::new(heading.as_str(), HEADING).width;
    (widest.max(heading) + GAP).min(WIDEST_COLUMN)
}

const HEADING: Style = Style::strong(7_600).ink(Ink::Accent);
const ROW_PADDING: Length = 3_600;
/// Between columns.
const GAP: Length = pt(14);
/// Three of these and an index leave a third of the page to the designation.
const WIDEST_COLUMN: Length = pt(104);

//! What stands below the lines: the sums of the page, and behind the last line the totals, how it
//! is paid, and what else there is to say.

use super::super::a4::closing::{comments, spread_rows, sums};
use super::super::sheet::{Align, Block, Stack};
use super::super::theme::{LABEL, SMALL, SMALL_MUTED};
use super::super::{Length, pt};
use crate::NumberStyle;
use crate::model::{Receipt, Row};

/// The sums of one page, at the right.
pub(super) fn of_page<'a>(rows: &[Row], numbers: NumberStyle, width: Length) -> Block<'a> {
    let column = width * COLUMN / 100;
    let mut sums = Stack::new(column - 2 * PADDING);
    for row in rows {
        let value = row.value.written(numbers);
        sums.spread((row.label.as_str(), SMALL_MUTED), (&value, SMALL));
    }
    let mut stack = Stack::new(width);
    stack.gap(GAP);
    stack.beside(vec![(width - column + PADDING, sums.done())]);
    stack.done()
}

/// How tall that is, where no sum is so long that it wraps.
pub(super) fn height_of_page(sums: usize) -> Length {
    GAP + SMALL.leading() * Length::try_from(sums).unwrap_or(Length::MAX / SMALL.leading() / 2)
}

/// The totals at the right, the payments at the left of them; then each comment.
pub(super) fn closing(receipt: &Receipt, width: Length) -> Vec<Block<'_>> {
    let numbers = receipt.settled_numbers();
    let right = width * COLUMN / 100;
    let left = width - right - pt(24);
    let mut payments = Stack::new(left);
    payments.text(receipt.labels.payments.as_str(), LABEL, Align::Left);
    payments.gap(pt(2));
    spread_rows(&mut payments, &receipt.payments, numbers);
    spread_rows(&mut payments, std::slice::from_ref(&receipt.item_count), numbers);
    let mut stack = Stack::new(width);
    stack.gap(pt(10));
    stack.beside(vec![(0, payments.done()), (width - right, sums(receipt, numbers, right))]);
    let mut blocks = vec![stack.done()];
    blocks.extend(comments(receipt, numbers, width));
    blocks
}

/// Percent of the width that sums take.
const COLUMN: Length = 48;
const PADDING: Length = pt(6);
const GAP: Length = pt(8);

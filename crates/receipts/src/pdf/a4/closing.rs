//! What stands below the lines: totals, words, payments, comments, proofs.

use super::super::fonts::Run;
use super::super::sheet::{Align, Block, Stack, line};
use super::super::theme::{BODY, BODY_STRONG, Ink, LABEL, SMALL, SMALL_MUTED, Style, TINY_MUTED};
use super::super::{Length, mm, pt};
use super::masthead::{rows, rows_in};
use crate::model::{Attestation, GroupTotal, Receipt, Row, Total, Weight};
use crate::{NumberStyle, Text};

/// The blocks in order; each may stand on another page than the one before.
pub(super) fn blocks(receipt: &Receipt, width: Length) -> Vec<Block<'_>> {
    let numbers = receipt.settled_numbers();
    let mut blocks = vec![totals(receipt, numbers, width)];
    blocks.push(settlement(receipt, numbers, width));
    blocks.extend(comments(receipt, numbers, width));
    blocks.extend(proofs(receipt, numbers, width));
    blocks
}

/// Groups at the left, totals at the right, the sum in words below both.
fn totals(receipt: &Receipt, numbers: NumberStyle, width: Length) -> Block<'_> {
    let (left, right) = columns(width);
    let mut stack = Stack::new(width);
    stack.gap(pt(12));
    stack.beside(vec![
        (0, groups(receipt, numbers, left)),
        (left + GUTTER, sums(receipt, numbers, right)),
    ]);
    if let Some(words) = &receipt.words {
        stack.gap(pt(10));
        stack.panel(in_words(words, numbers, width - 2 * PADDING), PADDING, Ink::Tint);
    }
    stack.done()
}

fn in_words<'a>(row: &Row, numbers: NumberStyle, width: Length) -> Block<'a> {
    let mut stack = Stack::new(width);
    stack.text(row.label.as_str(), SMALL_MUTED, Align::Left);
    stack.text(&row.value.written(numbers), BODY_STRONG, Align::Left);
    stack.done()
}

fn groups(receipt: &Receipt, numbers: NumberStyle, width: Length) -> Block<'_> {
    let mut stack = Stack::new(width);
    if receipt.groups.is_empty() {
        return stack.done();
    }
    let labels = &receipt.labels;
    let heads = [&labels.group, &labels.rate, &labels.base, &labels.tax, &labels.total];
    group_row(&mut stack, heads.map(Text::as_str), LABEL);
    stack.gap(pt(2));
    stack.hairline();
    stack.gap(pt(2));
    for group in &receipt.groups {
        let texts = written(group, numbers);
        group_row(&mut stack, texts.each_ref().map(String::as_str), SMALL);
    }
    stack.done()
}

fn written(group: &GroupTotal, numbers: NumberStyle) -> [String; 5] {
    [
        format!("[{}] {}", group.tag, group.label),
        group.rate.map_or(String::new(), |rate| numbers.rate(rate)),
        numbers.amount(group.base),
        group.tax.as_ref().map_or("–".to_owned(), |(_, tax)| numbers.amount(*tax)),
        numbers.amount(group.total),
    ]
}

/// The name wraps; the four figures have columns of fixed shares.
fn group_row(stack: &mut Stack<'_>, [name, figures @ ..]: [&str; 5], style: Style) {
    let width = stack.width();
    let mut cells = Vec::new();
    let mut right = width;
    for (figure, share) in figures.iter().zip([8, 19, 17, 19]).rev() {
        let column = width * share / 100;
        let run = Run::fitted(figure, style, column - pt(4));
        cells.push((right - run.width, line(run)));
        right -= column;
    }
    let mut names = Stack::new(right);
    names.text(name, style, Align::Left);
    cells.push((0, names.done()));
    stack.beside(cells);
}

pub(in crate::pdf) fn sums(receipt: &Receipt, numbers: NumberStyle, width: Length) -> Block<'_> {
    let mut stack = Stack::new(width);
    for total in &receipt.totals {
        sum(&mut stack, total, numbers);
    }
    if !receipt.foreign.is_empty() {
        stack.gap(pt(4));
    }
    for row in &receipt.foreign {
        let mut inner = Stack::new(width - 2 * PADDING);
        let value = row.value.written(numbers);
        inner.spread((row.label.as_str(), SMALL_MUTED), (&value, SMALL));
        stack.beside(vec![(PADDING, inner.done())]);
    }
    stack.done()
}

fn sum(stack: &mut Stack<'_>, total: &Total, numbers: NumberStyle) {
    let style = match total.weight {
        Weight::Normal => BODY,
        Weight::Strong => BODY_STRONG,
        Weight::Large => Style::strong(pt(12)).ink(Ink::Paper),
    };
    let width = stack.width() - 2 * PADDING;
    let amount = numbers.amount(total.amount);
    let both = format!("{}   {amount}", total.label);
    // Label and amount keep one size: the longer they are together, the smaller both.
    let style = Style { size: Run::fitted(&both, style, width).style.size, ..style };
    let (label, value) = (Run::new(total.label.as_str(), style), Run::new(&amount, style));
    let mut inner = Stack::new(width);
    inner.beside(vec![(0, line(label)), (width - value.width, line(value))]);
    if total.weight == Weight::Large {
        stack.gap(pt(3));
        stack.panel(inner.done(), PADDING, Ink::Accent);
    } else {
        stack.beside(vec![(PADDING, inner.done())]);
    }
}

/// Payments below the groups, the number of articles below the totals.
fn settlement(receipt: &Receipt, numbers: NumberStyle, width: Length) -> Block<'_> {
    let (left, right) = columns(width);
    let mut payments = Stack::new(left * 2 / 3);
    payments.text(receipt.labels.payments.as_str(), LABEL, Align::Left);
    payments.gap(pt(2));
    spread_rows(&mut payments, &receipt.payments, numbers);
    let mut count = Stack::new(right - 2 * PADDING);
    count.gap(LABEL.leading() + pt(2));
    spread_rows(&mut count, std::slice::from_ref(&receipt.item_count), numbers);
    let mut stack = Stack::new(width);
    stack.gap(pt(12));
    stack.beside(vec![(0, payments.done()), (left + GUTTER + PADDING, count.done())]);
    stack.done()
}

pub(in crate::pdf) fn spread_rows(stack: &mut Stack<'_>, rows: &[Row], numbers: NumberStyle) {
    for row in rows {
        let value = row.value.written(numbers);
        stack.spread((row.label.as_str(), SMALL_MUTED), (&value, SMALL));
    }
}

/// One block a comment, so that many long ones can go over a page's end.
pub(in crate::pdf) fn comments(
    receipt: &Receipt,
    numbers: NumberStyle,
    width: Length,
) -> Vec<Block<'_>> {
    let heading = |stack: &mut Stack<'_>| {
        stack.gap(pt(10));
        stack.text(receipt.labels.comments.as_str(), LABEL, Align::Left);
        stack.gap(pt(2));
    };
    let blocks = receipt.comments.iter().enumerate().map(|(index, row)| {
        let mut stack = Stack::new(width);
        if index == 0 {
            heading(&mut stack);
        }
        rows(&mut stack, std::slice::from_ref(row), numbers);
        stack.done()
    });
    blocks.collect()
}

/// The authority's elements at the left, our seal at the right; either alone has the width.
fn proofs(receipt: &Receipt, numbers: NumberStyle, width: Length) -> Option<Block<'_>> {
    let mut stack = Stack::new(width);
    stack.gap(pt(16));
    stack.hairline();
    stack.gap(pt(14));
    match (&receipt.security, &receipt.seal) {
        (None, None) => return None,
        (Some(only), None) | (None, Some(only)) => stack.append(proof(only, numbers, width)),
        (Some(security), Some(seal)) => {
            let left = width * 51 / 100;
            stack.beside(vec![
                (0, proof(security, numbers, left)),
                (left + GUTTER, proof(seal, numbers, width - left - GUTTER)),
            ]);
        }
    }
    Some(stack.done())
}

/// The symbol, and beside it the code and its facts.
fn proof(attestation: &Attestation, numbers: NumberStyle, width: Length) -> Block<'_> {
    let start = if attestation.qr.is_some() { SYMBOL + SYMBOL_GAP } else { 0 };
    let mut facts = Stack::new(width - start);
    facts.text(attestation.title.as_str(), LABEL, Align::Left);
    code(&mut facts, &attestation.code.grouped());
    facts.gap(pt(3));
    rows_in(&mut facts, &attestation.rows, numbers, (TINY_MUTED, TINY));
    // The capitals of the title stand level with the symbol's first row.
    let mut cells = vec![(start, raised(facts.done(), pt(2)))];
    if let Some(captioned) = &attestation.qr {
        let mut symbol = Stack::new(SYMBOL);
        let zone = symbol.flush_symbol(&captioned.qr);
        symbol.gap(zone.min(pt(5)));
        let mut caption = Stack::new(SYMBOL + SYMBOL_GAP - pt(3));
        caption.text(captioned.caption.as_str(), TINY_MUTED, Align::Left);
        symbol.append(caption.done());
        cells.push((0, symbol.done()));
    }
    let mut stack = Stack::new(width);
    stack.beside(cells);
    stack.done()
}

fn raised(block: Block<'_>, by: Length) -> Block<'_> {
    Block { height: block.height - by, marks: block.at(0, -by).collect() }
}

/// On one line where that can still be read, else on two lines of whole groups.
fn code(stack: &mut Stack<'_>, grouped: &str) {
    let style = Style::mono(pt(14));
    let fitted = Run::fitted(grouped, style, stack.width());
    if fitted.style.size >= CODE_SIZE_MIN {
        stack.run(fitted, Align::Left);
        return;
    }
    let groups: Vec<&str> = grouped.split_inclusive('-').collect();
    for half in groups.chunks(groups.len().div_ceil(2)) {
        stack.run(Run::fitted(&half.concat(), Style::mono(pt(11)), stack.width()), Align::Left);
    }
}

/// The column of the groups and that of the totals.
fn columns(width: Length) -> (Length, Length) {
    let left = width * 61 / 100;
    (left, width - left - GUTTER)
}

/// As small as the facts below it: what is compared by eye is still read at arm's length.
const CODE_SIZE_MIN: Length = TINY.size;
const TINY: Style = Style { ink: Ink::Text, ..TINY_MUTED };
const GUTTER: Length = pt(18);
const PADDING: Length = pt(6);
/// The dark part. A symbol of 400 bytes has modules of a third of a millimetre then, which any
/// phone reads from office paper.
const SYMBOL: Length = mm(27);
/// Wider than the quiet zone of any symbol of 25 modules or more.
const SYMBOL_GAP: Length = pt(13);

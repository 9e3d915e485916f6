//! The heads of the pages: who sells, what the document is, who buys.

use super::super::fonts::Run;
use super::super::sheet::{Align, Block, Stack};
use super::super::theme::{BODY_STRONG, Ink, LABEL, SMALL, SMALL_MUTED, Style};
use super::super::{Length, pt};
use crate::NumberStyle;
use crate::model::{Mention, Receipt, Row, Section, Seller, Tone};

/// The head of the first page.
pub(super) fn first(receipt: &Receipt, width: Length) -> Block<'_> {
    let numbers = receipt.settled_numbers();
    let left = width * 56 / 100;
    let right = width - left - GUTTER;
    let mut stack = Stack::new(width);
    stack.beside(vec![
        (0, seller(&receipt.seller, numbers, left)),
        (left + GUTTER, title(receipt, numbers, right)),
    ]);
    stack.gap(pt(14));
    stack.hairline();
    stack.gap(pt(9));
    stack.append(facts(receipt, numbers, width));
    stack.gap(pt(16));
    stack.done()
}

/// The head of every other page: what it belongs to, and every mention again, because pages
/// get separated.
pub(super) fn next(receipt: &Receipt, width: Length) -> Block<'_> {
    let number = receipt.number.value.written(receipt.numbers);
    let label = &receipt.number.label;
    let mut names = vec![format!("{} {label} {number}", receipt.title)];
    names.extend(receipt.mentions.iter().map(|mention| mention.text.as_str().to_owned()));
    let names = names.join(" · ");
    let right = Run::new(&names, SMALL).width.min(width * 3 / 5);
    let mut document = Stack::new(right);
    document.brief(&names, SMALL, Align::Right, 3);
    let mut seller = Stack::new(width - right - GUTTER);
    seller.brief(receipt.seller.legal_name.as_str(), SMALL_MUTED, Align::Left, 3);
    let mut stack = Stack::new(width);
    stack.beside(vec![(0, seller.done()), (width - right, document.done())]);
    stack.gap(pt(5));
    stack.hairline();
    stack.gap(pt(12));
    stack.done()
}

fn seller(seller: &Seller, numbers: NumberStyle, width: Length) -> Block<'_> {
    let mut stack = Stack::new(width);
    stack.text(seller.legal_name.as_str(), Style::strong(pt(15)), Align::Left);
    stack.gap(pt(2));
    if let Some(shop) = &seller.shop {
        stack.text(shop.as_str(), BODY_STRONG, Align::Left);
    }
    for text in &seller.address {
        stack.text(text.as_str(), SMALL_MUTED, Align::Left);
    }
    let contacts: Vec<&str> = seller.contacts.iter().map(crate::Text::as_str).collect();
    stack.text(&contacts.join("  ·  "), SMALL_MUTED, Align::Left);
    stack.gap(pt(4));
    rows(&mut stack, &seller.ids, numbers);
    if let Some(regime) = &seller.regime {
        stack.text(regime.as_str(), SMALL, Align::Left);
    }
    stack.done()
}

fn title(receipt: &Receipt, numbers: NumberStyle, width: Length) -> Block<'_> {
    let mut stack = Stack::new(width);
    let style = Style::strong(pt(15)).ink(Ink::Accent);
    stack.text(receipt.title.as_str(), style, Align::Right);
    stack.gap(pt(2));
    let number = receipt.number.value.written(numbers);
    let number = format!("{} {number}", receipt.number.label);
    stack.text(&number, Style::strong(pt(10)), Align::Right);
    for mention in &receipt.mentions {
        stack.gap(pt(6));
        stack.append(chip(mention, width));
    }
    stack.done()
}

/// A mention in light letters on a ground as wide as its words, its detail below.
pub(in crate::pdf) fn chip(mention: &Mention, width: Length) -> Block<'_> {
    let ink = match mention.tone {
        Tone::Notice => Ink::Accent,
        Tone::Warning => Ink::Warning,
    };
    let style = Style::strong(pt(8)).ink(Ink::Paper);
    let words = Run::new(mention.text.as_str(), style);
    let inner = words.width.min(width - 2 * PADDING);
    let mut text = Stack::new(inner);
    text.text(mention.text.as_str(), style, Align::Center);
    let mut panel = Stack::new(inner + 2 * PADDING);
    panel.panel(text.done(), PADDING, ink);
    let mut stack = Stack::new(width);
    stack.beside(vec![(width - inner - 2 * PADDING, panel.done())]);
    if let Some(detail) = &mention.detail {
        stack.gap(pt(2));
        stack.text(detail.as_str(), SMALL, Align::Right);
    }
    stack.done()
}

/// The client at the left, the seller's facts at the right.
fn facts(receipt: &Receipt, numbers: NumberStyle, width: Length) -> Block<'_> {
    let left = width * 56 / 100;
    let right = width - left - GUTTER;
    let mut header = Stack::new(if receipt.client.is_some() { right } else { left });
    rows(&mut header, &receipt.header, numbers);
    let mut stack = Stack::new(width);
    match &receipt.client {
        Some(client) => {
            stack.beside(vec![(0, section(client, numbers, left)), (left + GUTTER, header.done())]);
        }
        None => stack.append(header.done()),
    }
    stack.done()
}

fn section(section: &Section, numbers: NumberStyle, width: Length) -> Block<'_> {
    let mut stack = Stack::new(width);
    stack.text(section.title.as_str(), LABEL, Align::Left);
    stack.gap(pt(2));
    rows(&mut stack, &section.rows, numbers);
    stack.done()
}

/// Labels in a column as wide as the widest of them, values beside it.
pub(in crate::pdf) fn rows(stack: &mut Stack<'_>, rows: &[Row], numbers: NumberStyle) {
    rows_in(stack, rows, numbers, (SMALL_MUTED, SMALL));
}

/// The same in other styles: the label's and the value's.
pub(in crate::pdf) fn rows_in(
    stack: &mut Stack<'_>,
    rows: &[Row],
    numbers: NumberStyle,
    (label, value): (Style, Style),
) {
    let widths = rows.iter().map(|row| Run::new(row.label.as_str(), label).width);
    let column = widths.max().unwrap_or(0).min(stack.width() * 9 / 20);
    for row in rows {
        let written = row.value.written(numbers);
        stack.labelled((row.label.as_str(), label), (&written, value), column);
    }
}

const GUTTER: Length = pt(18);
const PADDING: Length = pt(4);

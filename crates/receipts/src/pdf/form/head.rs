//! The head of every page: who issues at the left, what the document is at the right, who it is
//! for below.

use super::super::a4::masthead::{chip, rows};
use super::super::fonts::Run;
use super::super::sheet::{Align, Block, Stack, line};
use super::super::theme::{BODY, BODY_STRONG, Ink, SMALL, SMALL_MUTED, Style};
use super::super::{Length, pt};
use crate::model::{Receipt, Row, Seller};
use crate::{Form, NumberStyle, Text};

pub(super) fn head<'a>(receipt: &'a Receipt, form: &'a Form, width: Length) -> Block<'a> {
    let numbers = receipt.settled_numbers();
    let left = width * 49 / 100;
    let right = width - left - GUTTER;
    let mut stack = Stack::new(width);
    stack.beside(vec![
        (0, seller(receipt, numbers, left)),
        (left + GUTTER, title(receipt, form, numbers, right)),
    ]);
    stack.gap(pt(9));
    stack.rule(RULE, Ink::Accent);
    if let Some(client) = &receipt.client {
        stack.gap(pt(7));
        rows(&mut stack, &client.rows, numbers);
        stack.gap(pt(7));
        stack.rule(RULE, Ink::Accent);
    }
    stack.gap(pt(10));
    stack.done()
}

fn seller(receipt: &Receipt, numbers: NumberStyle, width: Length) -> Block<'_> {
    let seller: &Seller = &receipt.seller;
    let (name, legal) = seller.names();
    let mut stack = Stack::new(width);
    stack.brief(name.as_str(), Style::strong(pt(14)).ink(Ink::Accent), Align::Left, 3);
    if let Some(legal) = legal {
        stack.text(legal.as_str(), BODY_STRONG, Align::Left);
    }
    if let Some(shop) = &seller.shop {
        stack.text(shop.as_str(), BODY, Align::Left);
    }
    for row in &seller.ids {
        said(&mut stack, row, numbers, BODY, Align::Left);
    }
    for text in &seller.address {
        stack.text(text.as_str(), SMALL, Align::Left);
    }
    let contacts: Vec<&str> = seller.contacts.iter().map(Text::as_str).collect();
    stack.text(&contacts.join("  ·  "), SMALL_MUTED, Align::Left);
    for row in &receipt.header {
        said(&mut stack, row, numbers, SMALL, Align::Left);
    }
    stack.done()
}

fn title<'a>(
    receipt: &'a Receipt,
    form: &'a Form,
    numbers: NumberStyle,
    width: Length,
) -> Block<'a> {
    let mut stack = Stack::new(width);
    let style = Style::strong(pt(14)).ink(Ink::Accent);
    let fitted = Run::fitted(receipt.title.as_str(), style, width);
    if fitted.style.size >= TITLE_SIZE_MIN {
        stack.run(fitted, Align::Right);
    } else {
        stack.text(receipt.title.as_str(), style, Align::Right);
    }
    stack.gap(pt(2));
    said(&mut stack, &receipt.number, numbers, Style::strong(pt(10)), Align::Right);
    for row in &form.document {
        said(&mut stack, row, numbers, SMALL, Align::Right);
    }
    for mention in &receipt.mentions {
        stack.gap(pt(5));
        stack.append(chip(mention, width));
    }
    stack.done()
}

/// `RNC: 101000001`, the label stronger than the value where both stand on one line.
fn said(stack: &mut Stack<'_>, row: &Row, numbers: NumberStyle, style: Style, align: Align) {
    let value = row.value.written(numbers);
    let strong = Style::strong(style.size);
    let label = Run::new(&format!("{}:", row.label), strong);
    let run = Run::new(&value, style);
    let gap = style.size / 3;
    let whole = label.width + gap + run.width;
    if whole > stack.width() {
        return stack.text(&format!("{}: {value}", row.label), style, align);
    }
    let start = if align == Align::Right { stack.width() - whole } else { 0 };
    let behind = start + label.width + gap;
    stack.beside(vec![(start, line(label)), (behind, line(run))]);
}

/// A title that would be smaller on one line takes two.
const TITLE_SIZE_MIN: Length = pt(11);
const GUTTER: Length = pt(18);
const RULE: Length = 1_100;

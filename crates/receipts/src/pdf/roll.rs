//! 80 mm: the strips of the receipt, one below the other, on a page as long as they are.

use super::fonts::Run;
use super::sheet::{Align, Block, Sheet, Stack, line, wrap};
use super::theme::{Ink, Style};
use super::{Length, STAMP, STAMP_MARGIN, mm, pt};
use crate::model::{Tone, Weight};
use crate::strips::{Strip, strips};
use crate::{Qr, Receipt};

/// Sets the receipt; one sheet unless it is longer than a PDF page may be.
pub(super) fn sheets(receipt: &Receipt) -> Vec<Sheet<'_>> {
    let strips = strips(receipt);
    let one_line = entries_fit(&strips);
    let mut sheets = Vec::new();
    let mut sheet = blank();
    for strip in strips {
        let block = match strip {
            Strip::Symbol { qr } if receipt.form.is_some() => seal(qr),
            strip => block(strip, one_line),
        };
        if sheet.height + block.height + MARGIN > LONGEST_PAGE {
            sheets.push(std::mem::replace(&mut sheet, blank()));
        }
        let top = sheet.height;
        sheet.height += block.height;
        sheet.marks.extend(block.at(MARGIN, top));
    }
    sheets.push(sheet);
    for sheet in &mut sheets {
        sheet.height += MARGIN;
    }
    sheets
}

fn blank() -> Sheet<'static> {
    Sheet { width: PAPER, height: MARGIN, marks: Vec::new() }
}

/// Entries stand on one line each as in the official model, or on two each, never mixed.
fn entries_fit(strips: &[Strip<'_>]) -> bool {
    let gap = BODY.size;
    strips.iter().all(|strip| match strip {
        Strip::Entry { left, middle, right } => {
            Run::new(left, BODY).width + gap <= MIDDLE
                && Run::new(middle, BODY).width + gap + Run::new(right, BODY).width
                    <= COLUMN - MIDDLE
        }
        _ => true,
    })
}

fn block(strip: Strip<'_>, one_line: bool) -> Block<'_> {
    let mut stack = Stack::new(COLUMN);
    match strip {
        Strip::Centered { text, weight } => stack.text(&text, style(weight), Align::Center),
        Strip::Paragraph { text } => stack.text(&text, BODY, Align::Left),
        Strip::Pair { label, value, weight } => pair(&mut stack, &label, &value, weight),
        Strip::Entry { left, middle, right } if one_line => {
            let right = Run::new(&right, BODY);
            stack.beside(vec![
                (0, line(Run::new(&left, BODY))),
                (MIDDLE, line(Run::new(&middle, BODY))),
                (COLUMN - right.width, line(right)),
            ]);
        }
        Strip::Entry { left, middle, right } => {
            stack.text(&left, BODY, Align::Left);
            indented(&mut stack, &middle, &right, BODY);
        }
        Strip::Below { left, right } => indented(&mut stack, &left, &right, BELOW),
        Strip::Mention { text, detail, tone } => mention(&mut stack, &text, detail, tone),
        Strip::Code { text } => code(&mut stack, &text),
        Strip::Symbol { qr } => symbol(&mut stack, qr),
        Strip::Stamp { qr } => stack.append(stamp(qr)),
        Strip::Rule => {
            stack.gap(pt(4));
            stack.rule(700, Ink::Text);
            stack.gap(pt(4));
        }
        Strip::Gap => stack.gap(pt(7)),
    }
    stack.done()
}

fn style(weight: Weight) -> Style {
    match weight {
        Weight::Normal => BODY,
        Weight::Strong => Style::strong(BODY.size),
        Weight::Large => Style::strong(pt(12)),
    }
}

fn pair(stack: &mut Stack<'_>, label: &str, value: &str, weight: Weight) {
    let above = if weight == Weight::Large { pt(3) } else { 0 };
    stack.gap(above);
    stack.spread((label, style(weight)), (value, style(weight)));
    stack.gap(above);
}

fn indented(stack: &mut Stack<'_>, left: &str, right: &str, style: Style) {
    let mut inner = Stack::new(COLUMN - INDENT);
    if right.is_empty() {
        inner.text(left, style, Align::Left);
    } else {
        inner.spread((left, style), (right, style));
    }
    stack.beside(vec![(INDENT, inner.done())]);
}

/// Light on dark for what qualifies the document, framed for what warns of it.
fn mention(stack: &mut Stack<'_>, text: &str, detail: Option<String>, tone: Tone) {
    let padding = pt(3);
    let ink = match tone {
        Tone::Notice => Ink::Text,
        Tone::Warning => Ink::Warning,
    };
    let mut inner = Stack::new(COLUMN - 2 * padding);
    inner.text(text, Style::strong(pt(9)).ink(Ink::Paper), Align::Center);
    stack.gap(pt(4));
    stack.panel(inner.done(), padding, ink);
    if let Some(detail) = detail {
        stack.gap(pt(2));
        stack.text(&detail, BELOW, Align::Center);
    }
}

fn code(stack: &mut Stack<'_>, text: &str) {
    let fitted = Run::fitted(text, Style::mono(pt(11)), COLUMN);
    // A code longer than any known wraps rather than shrinks out of sight.
    if fitted.style.size >= pt(8) {
        stack.run(fitted, Align::Center);
    } else {
        for run in wrap(&text.replace('-', "- "), Style::mono(pt(9)), COLUMN) {
            stack.run(run, Align::Center);
        }
    }
    stack.gap(pt(2));
}

fn symbol<'a>(stack: &mut Stack<'a>, qr: &'a Qr) {
    let side = if qr.side() > DENSE { mm(46) } else { mm(34) };
    stack.gap(pt(3));
    stack.symbol(qr, side);
}

/// Our own symbol on the paper of another's form: no larger than the one that the law asks for.
fn seal(qr: &Qr) -> Block<'_> {
    let mut stack = Stack::new(COLUMN);
    stack.gap(pt(3));
    stack.symbol(qr, STAMP);
    stack.done()
}

/// The dark part in the middle, and around it the margin that is kept free.
fn stamp(qr: &Qr) -> Block<'_> {
    let mut symbol = Stack::new(STAMP);
    symbol.flush_symbol(qr);
    let mut stack = Stack::new(COLUMN);
    stack.gap(STAMP_MARGIN);
    stack.beside(vec![((COLUMN - STAMP) / 2, symbol.done())]);
    stack.gap(STAMP_MARGIN);
    stack.done()
}

const BODY: Style = Style::regular(8_300);
const BELOW: Style = Style::regular(7_500);
const PAPER: Length = mm(80);
const MARGIN: Length = mm(4);
const COLUMN: Length = PAPER - 2 * MARGIN;
/// Where "quantity x price" starts when an entry stands on one line.
const MIDDLE: Length = COLUMN * 47 / 100;
const INDENT: Length = pt(9);
/// Modules a side above which a symbol needs more paper: 0.5 mm a module is what a cheap
/// camera reads from a worn receipt.
const DENSE: usize = 57;
/// PDF 1.7, annex C: a page is at most 14 400 units long.
const LONGEST_PAGE: Length = pt(14_400);

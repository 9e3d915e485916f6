//! The foot of every page: the authority's symbol at the left, what the document is subject to
//! beside it, our own seal small at the right.

use super::super::sheet::{Align, Block, Stack};
use super::super::theme::{BODY_STRONG, Ink, LABEL, SMALL, Style, TINY_MUTED};
use super::super::{Length, STAMP, STAMP_MARGIN, mm, pt};
use super::WIDTH;
use crate::model::{Attestation, Receipt};
use crate::{Form, NumberStyle, Stamp};

pub(super) fn foot<'a>(receipt: &'a Receipt, form: &'a Form) -> Block<'a> {
    let mut stack = Stack::new(WIDTH);
    let mut legends = Stack::new(WIDTH);
    for legend in form.legends.iter().take(LEGENDS) {
        legends.brief(legend.as_str(), BODY_STRONG, Align::Left, LEGEND_LINES);
    }
    stack.gap(pt(6));
    stack.append(legends.done());
    stack.gap(pt(5));
    stack.hairline();
    stack.gap(STAMP_MARGIN);
    let mut cells = Vec::new();
    cells.extend(form.stamp.as_ref().map(|stamp| (STAMP_INSET, stamped(stamp))));
    let seal = receipt.seal.as_ref().map(|seal| sealed(seal, receipt.settled_numbers()));
    cells.extend(seal.map(|seal| (WIDTH - SEAL_WIDTH, seal)));
    stack.beside(cells);
    stack.gap(pt(4));
    let mut lines = Stack::new(WIDTH - PAGE_NUMBER);
    for text in receipt.footer.iter().take(FOOTER_LINES) {
        lines.brief(text.as_str(), TINY_MUTED, Align::Left, 2);
    }
    let lines = lines.done();
    let least = SMALL.leading() - lines.height.min(SMALL.leading());
    stack.gap(least);
    stack.append(lines);
    stack.done()
}

/// The symbol and its lines; to the right of it nothing for the width of its margin.
fn stamped(stamp: &Stamp) -> Block<'_> {
    let mut symbol = Stack::new(STAMP);
    symbol.flush_symbol(&stamp.qr);
    let mut stack = Stack::new(STAMP_WIDTH);
    stack.append(symbol.done());
    stack.gap(STAMP_MARGIN);
    for text in &stamp.lines {
        stack.text(text.as_str(), Style { ink: Ink::Text, ..BODY_STRONG }, Align::Left);
    }
    stack.done()
}

/// The seal's symbol at the right edge, its facts at the left of it.
fn sealed(seal: &Attestation, numbers: NumberStyle) -> Block<'_> {
    let facts_width = if seal.qr.is_some() { SEAL_WIDTH - SEAL - pt(10) } else { SEAL_WIDTH };
    let mut facts = Stack::new(facts_width);
    facts.text(seal.title.as_str(), LABEL, Align::Right);
    let code = seal.code.grouped();
    let groups: Vec<&str> = code.split_inclusive('-').collect();
    for half in groups.chunks(groups.len().div_ceil(2).max(1)) {
        let run = super::super::fonts::Run::fitted(&half.concat(), Style::mono(pt(7)), facts_width);
        facts.run(run, Align::Right);
    }
    facts.gap(pt(2));
    for row in &seal.rows {
        let said = format!("{}: {}", row.label, row.value.written(numbers));
        facts.brief(&said, TINY, Align::Right, 2);
    }
    let mut stack = Stack::new(SEAL_WIDTH);
    let mut cells = vec![(0, facts.done())];
    if let Some(captioned) = &seal.qr {
        let mut symbol = Stack::new(SEAL);
        let zone = symbol.flush_symbol(&captioned.qr);
        symbol.gap(zone.min(pt(4)));
        symbol.brief(captioned.caption.as_str(), TINY, Align::Right, 1);
        cells.push((SEAL_WIDTH - SEAL, symbol.done()));
    }
    stack.beside(cells);
    stack.done()
}

const TINY: Style = Style { size: 6_200, ..TINY_MUTED };
/// Room for the longest line below the symbol, the date of the signature.
const STAMP_WIDTH: Length = mm(80);
/// A tenth of a millimetre, lest rounding modules to points take one from the 2 cm to the edge.
const STAMP_INSET: Length = 300;
const SEAL_WIDTH: Length = mm(64);
/// Smaller than the authority's, so that nobody takes the one for the other.
const SEAL: Length = mm(24);
/// A document is in contingency or sent later, not more.
const LEGENDS: usize = 2;
const LEGEND_LINES: usize = 3;
/// The foot stands on every page: it may not eat the page.
const FOOTER_LINES: usize = 3;
/// Kept free at the right of the last lines.
const PAGE_NUMBER: Length = pt(90);

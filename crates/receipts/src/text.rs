//! The receipt as plain text: for a terminal, a mail, or a printer that knows nothing else.

use crate::narrow::{Large, Line, pieces, set};
use crate::strips::strips;
use crate::{Qr, Receipt, Text};

pub use crate::narrow::Columns;

/// What a reader's screen shows where nothing is printed: QR modules must be dark on light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// Light letters on a dark screen: the light modules are drawn.
    Dark,
    /// Dark letters on a light screen or on paper: the dark modules are drawn.
    Light,
}

/// Renders lines of at most `columns` columns, each ended by `\n`, without colour or any other
/// control sequence. A QR symbol is drawn in half blocks, two modules a character, with its
/// quiet zone. Of one that is wider than the columns what it carries is written out instead, since a
/// folded symbol is none.
pub fn render(receipt: &Receipt, columns: Columns, background: Background) -> String {
    let mut out = String::new();
    for line in set(strips(receipt), columns, Large::Single) {
        match line {
            Line::Text { text, .. } => out.push_str(&text),
            Line::Symbol { qr } if fits(qr, columns.count()) => {
                push_symbol(&mut out, qr, columns.count(), background);
            }
            Line::Symbol { qr } => push_payload(&mut out, qr, columns.count()),
        }
        out.push('\n');
    }
    out
}

fn fits(qr: &Qr, columns: usize) -> bool {
    qr.side() + 2 * crate::qr::QUIET_ZONE <= columns
}

/// Without a space, so that whoever puts the lines together again has the payload.
fn push_payload(out: &mut String, qr: &Qr, columns: usize) {
    let payload = Text::new(qr.payload());
    out.push_str(&pieces(payload.as_str(), columns).join("\n"));
}

/// The symbol alone, as [`render`] draws it, `columns` wide and centred where it fits.
pub(crate) fn push_symbol(out: &mut String, qr: &Qr, columns: usize, background: Background) {
    let side = qr.side() + 2 * crate::qr::QUIET_ZONE;
    let indent = " ".repeat(columns.saturating_sub(side) / 2);
    let rows: Vec<String> = (0..side)
        .step_by(2)
        .map(|row| format!("{indent}{}", symbol_row(qr, row, side, background)))
        .collect();
    out.push_str(&rows.join("\n"));
}

fn symbol_row(qr: &Qr, row: usize, side: usize, background: Background) -> String {
    (0..side)
        .map(|column| {
            let upper = is_drawn(qr, row, column, background);
            // The lower half of an odd last row lies outside and stays as the screen is.
            let lower = row + 1 < side && is_drawn(qr, row + 1, column, background);
            match (upper, lower) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }
        })
        .collect()
}

fn is_drawn(qr: &Qr, row: usize, column: usize, background: Background) -> bool {
    let zone = crate::qr::QUIET_ZONE;
    // Above and to the left the subtraction wraps to a huge index, which is light.
    let dark = qr.is_dark(row.wrapping_sub(zone), column.wrapping_sub(zone));
    match background {
        Background::Dark => !dark,
        Background::Light => dark,
    }
}

//! The receipt as bytes for a thermal printer of 80 mm that speaks ESC/POS.
//!
//! Text is transliterated to code page 858 before it is set, so that every character is one
//! byte of 20h or more: no word of a customer's can be a command. Commands are written here only.

mod codepage;

use crate::model::Weight;
use crate::narrow::{Large, Line, set};
use crate::strips::strips;
use crate::{ErrorCorrection, Qr, Receipt};

pub use crate::narrow::Columns;

/// Renders the bytes to send: initialise, print, feed, cut.
pub fn render(receipt: &Receipt, columns: Columns) -> Vec<u8> {
    let mut printer = Printer::new();
    let strips = strips(receipt).into_iter().map(|strip| strip.map_text(codepage::printable));
    for line in set(strips.collect(), columns, Large::Double) {
        match line {
            Line::Text { text, weight } => printer.line(&text, weight),
            Line::Symbol { qr } => printer.symbol(qr),
        }
    }
    printer.finish()
}

struct Printer {
    bytes: Vec<u8>,
    weight: Weight,
}

impl Printer {
    fn new() -> Self {
        let mut bytes = Vec::with_capacity(4_096);
        bytes.extend(INITIALISE);
        bytes.extend(SELECT_CODE_PAGE_858);
        Self { bytes, weight: Weight::Normal }
    }

    fn line(&mut self, text: &str, weight: Weight) {
        // An empty line has no weight: a large one would feed twice as far.
        self.weigh(if text.is_empty() { Weight::Normal } else { weight });
        self.bytes.extend(text.chars().map(codepage::byte));
        self.bytes.push(LINE_FEED);
    }

    fn weigh(&mut self, weight: Weight) {
        if weight == self.weight {
            return;
        }
        let (bold, size) = match weight {
            Weight::Normal => (0, 0x00),
            Weight::Strong => (1, 0x00),
            Weight::Large => (1, 0x11),
        };
        self.bytes.extend([ESC, b'E', bold, GS, b'!', size]);
        self.weight = weight;
    }

    /// Function 165 to 181 of GS ( k: the printer draws the symbol in its own dots.
    fn symbol(&mut self, qr: &Qr) {
        self.weigh(Weight::Normal);
        self.bytes.extend([ESC, b'a', 1]);
        self.qr_function(65, &[50, 0]);
        self.qr_function(67, &[dots_per_module(qr)]);
        self.qr_function(69, &[level_byte(qr.level())]);
        self.qr_function(80, &[&[48], qr.payload().as_bytes()].concat());
        self.qr_function(81, &[48]);
        self.bytes.extend([LINE_FEED, ESC, b'a', 0]);
    }

    fn qr_function(&mut self, function: u8, parameters: &[u8]) {
        let length = u16::try_from(parameters.len() + 2).expect("a payload is at most 1 KiB");
        self.bytes.extend([GS, b'(', b'k']);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend([49, function]);
        self.bytes.extend(parameters);
    }

    fn finish(mut self) -> Vec<u8> {
        self.weigh(Weight::Normal);
        self.bytes.extend(FEED_AND_CUT);
        self.bytes
    }
}

/// The largest module that keeps the symbol on the paper, between 2 and 6 dots: at 203 dpi,
/// 6 dots are 0.75 mm, and below 2 the paper's heat blurs one module into the next.
fn dots_per_module(qr: &Qr) -> u8 {
    let side = qr.side() + 2 * crate::qr::QUIET_ZONE;
    u8::try_from(SYMBOL_DOTS / side).unwrap_or(u8::MAX).clamp(2, 6)
}

fn level_byte(level: ErrorCorrection) -> u8 {
    match level {
        ErrorCorrection::Low => 48,
        ErrorCorrection::Medium => 49,
        ErrorCorrection::Quartile => 50,
        ErrorCorrection::High => 51,
    }
}

const ESC: u8 = 0x1B;
const GS: u8 = 0x1D;
const LINE_FEED: u8 = 0x0A;
/// ESC @.
const INITIALISE: [u8; 2] = [ESC, b'@'];
/// ESC t 19, PC858: western Europe with the euro sign; the accents of French and Spanish.
const SELECT_CODE_PAGE_858: [u8; 3] = [ESC, b't', 19];
/// GS V 66 3: feed to the cutter and three dots more, partial cut.
const FEED_AND_CUT: [u8; 4] = [GS, b'V', 66, 3];
/// Dots across that every 80 mm printer has for a symbol.
const SYMBOL_DOTS: usize = 320;

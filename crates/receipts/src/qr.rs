//! QR symbols: encoded once, when the receipt is composed, so that no engine can fail on one.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};

use crate::Error;

/// A payload and the symbol that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    payload: String,
    level: ErrorCorrection,
    side: usize,
    modules: Vec<bool>,
}

/// How much of the symbol may be lost (ISO/IEC 18004): about 7, 15, 25 and 30 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCorrection {
    /// Level L.
    Low,
    /// Level M, which the MCF-SFE protocol, chapter 5, asks for.
    Medium,
    /// Level Q.
    Quartile,
    /// Level H.
    High,
}

impl Qr {
    /// Encodes `payload` in the smallest symbol of that level.
    pub fn new(payload: impl Into<String>, level: ErrorCorrection) -> Result<Self, Error> {
        let payload = payload.into();
        let refuse = |bytes| Error::PayloadTooLong { bytes, level: level.letter() };
        if payload.is_empty() || payload.len() > MAX_PAYLOAD_BYTES {
            return Err(refuse(payload.len()));
        }
        let symbol = QRBuilder::new(payload.as_bytes())
            .ecl(level.ecl())
            .build()
            .map_err(|_| refuse(payload.len()))?;
        let modules = (0..symbol.size)
            .flat_map(|row| symbol[row].iter().map(|module| module.value()).collect::<Vec<_>>())
            .collect();
        Ok(Self { side: symbol.size, payload, level, modules })
    }

    /// The bytes that a reader gets.
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The level that the symbol was made with.
    pub fn level(&self) -> ErrorCorrection {
        self.level
    }

    /// Modules on a side, quiet zone not counted.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Whether the module is dark; light outside the symbol, where the quiet zone lies.
    pub fn is_dark(&self, row: usize, column: usize) -> bool {
        row < self.side && column < self.side && self.modules[row * self.side + column]
    }

    /// The dark runs of each row as (row, first column, length): the fewest marks to draw.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        (0..self.side).flat_map(|row| self.runs_of(row))
    }

    /// An SVG path in module units with a quiet zone of [`QUIET_ZONE`] around it.
    pub fn svg_path(&self) -> String {
        let mut path = String::new();
        for (row, column, length) in self.runs() {
            let (x, y) = (column + QUIET_ZONE, row + QUIET_ZONE);
            write!(path, "M{x} {y}h{length}v1h-{length}z").expect("a string takes all");
        }
        path
    }

    fn runs_of(&self, row: usize) -> Vec<(usize, usize, usize)> {
        let mut runs = Vec::new();
        let mut column = 0;
        while column < self.side {
            let length = (column..self.side).take_while(|&c| self.is_dark(row, c)).count();
            if length > 0 {
                runs.push((row, column, length));
            }
            column += length + 1;
        }
        runs
    }
}

impl ErrorCorrection {
    /// The letter that the standard names the level by.
    pub fn letter(self) -> char {
        match self {
            Self::Low => 'L',
            Self::Medium => 'M',
            Self::Quartile => 'Q',
            Self::High => 'H',
        }
    }

    fn ecl(self) -> ECL {
        match self {
            Self::Low => ECL::L,
            Self::Medium => ECL::M,
            Self::Quartile => ECL::Q,
            Self::High => ECL::H,
        }
    }
}

/// Light modules that must surround a symbol (ISO/IEC 18004, 9.1).
pub(crate) const QUIET_ZONE: usize = 4;

/// A symbol of more than about a thousand bytes is too dense for a receipt printer's dots.
const MAX_PAYLOAD_BYTES: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_of_the_official_length_fits_version_5() {
        let payload = "RDCDEF01;AB01000001-1;D357MYBKF6QSMSD2XWSEFT6S;A0001234A;20250301122547";
        let qr = Qr::new(payload, ErrorCorrection::Medium).unwrap();
        assert_eq!(qr.side(), 37);
        assert!(qr.is_dark(0, 0) && !qr.is_dark(7, 7) && !qr.is_dark(40, 0));
        let dark = (0..37).flat_map(|r| (0..37).map(move |c| (r, c)));
        let counted = dark.filter(|&(r, c)| qr.is_dark(r, c)).count();
        assert_eq!(qr.runs().map(|(_, _, length)| length).sum::<usize>(), counted);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Qr::new("", ErrorCorrection::Low).is_err());
        assert!(Qr::new("x".repeat(1_025), ErrorCorrection::Low).is_err());
        let refused = Qr::new("x".repeat(2_000), ErrorCorrection::High).unwrap_err();
        assert!(refused.to_string().contains("2000 bytes at level H"));
    }
}

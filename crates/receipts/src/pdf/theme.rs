//! The typographic choices: few sizes, one accent.

use super::fonts::Face;
use super::{Length, pt};

/// How a run of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) face: Face,
    pub(super) size: Length,
    pub(super) ink: Ink,
}

impl Style {
    pub(super) const fn regular(size: Length) -> Self {
        Self { face: Face::Regular, size, ink: Ink::Text }
    }

    pub(super) const fn strong(size: Length) -> Self {
        Self { face: Face::SemiBold, size, ink: Ink::Text }
    }

    pub(super) const fn mono(size: Length) -> Self {
        Self { face: Face::Mono, size, ink: Ink::Text }
    }

    pub(super) const fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    /// From one baseline to the next.
    pub(super) const fn leading(self) -> Length {
        self.size * 7 / 5
    }
}

/// The inks of the page. Contrast with white is 4.5 or more for all that carry text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Text,
    Muted,
    Accent,
    Warning,
    Paper,
    Tint,
    Hairline,
}

impl Ink {
    pub(super) fn rgb(self) -> (u8, u8, u8) {
        match self {
            Self::Text => (0x16, 0x1C, 0x24),
            Self::Muted => (0x5A, 0x65, 0x70),
            Self::Accent => (0x0B, 0x4F, 0x6C),
            Self::Warning => (0xA8, 0x32, 0x1A),
            Self::Paper => (0xFF, 0xFF, 0xFF),
            Self::Tint => (0xF1, 0xF5, 0xF8),
            Self::Hairline => (0xD3, 0xDA, 0xE1),
        }
    }
}

/// Headings of small blocks and of columns.
pub(super) const LABEL: Style = Style::strong(7_200).ink(Ink::Muted);
pub(super) const BODY: Style = Style::regular(pt(9));
pub(super) const BODY_STRONG: Style = Style::strong(pt(9));
pub(super) const SMALL: Style = Style::regular(pt(8));
pub(super) const SMALL_MUTED: Style = Style::regular(pt(8)).ink(Ink::Muted);
pub(super) const TINY_MUTED: Style = Style::regular(7_200).ink(Ink::Muted);
pub(super) const HAIRLINE: Length = 500;

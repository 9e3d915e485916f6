//! Text that is safe to print: the one door through which foreign words enter a receipt.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One line of text in NFC, without control, formatting, private or unassigned characters.
///
/// Whitespace of every kind becomes one space, so a name cannot start a new line or a printer
/// command; direction overrides are dropped, so a line cannot show its figures in another order
/// than they were sealed in. What is longer than [`MAX_CHARS`] ends in an ellipsis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(String);

impl Text {
    /// Takes what may be printed of `raw` and leaves the rest. Never fails.
    pub fn new(raw: &str) -> Self {
        let mut clean = Cleaner::default();
        // NFC can expand a character threefold at most (UAX 15), so the input is bounded first.
        for c in raw.chars().take(4 * MAX_CHARS).nfc() {
            if !clean.push(c) {
                break;
            }
        }
        Self(clean.finish())
    }

    /// The clean text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to print.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(&self.0)
    }
}

/// Longest text of one field. The longest that a tax authority's wire allows is 255; four times
/// that leaves room for other countries and still bounds the work of every engine.
pub(crate) const MAX_CHARS: usize = 1_020;

/// Marks that may stand on one letter. Living orthographies need three at most; a tower of
/// hundreds would run through the lines above it.
const MAX_MARKS: usize = 4;

#[derive(Default)]
struct Cleaner {
    out: String,
    chars: usize,
    marks: usize,
    space_due: bool,
}

impl Cleaner {
    /// Adds one character; false once the text is full.
    fn push(&mut self, c: char) -> bool {
        if c.is_whitespace() || c.is_control() {
            self.space_due = !self.out.is_empty();
            return true;
        }
        if is_formatting(c) || !self.admits_mark(c) {
            return true;
        }
        if self.chars + usize::from(self.space_due) >= MAX_CHARS {
            self.out.push('…');
            return false;
        }
        self.append(if is_unassigned(c) { char::REPLACEMENT_CHARACTER } else { c });
        true
    }

    fn admits_mark(&mut self, c: char) -> bool {
        self.marks = if is_combining_mark(c) { self.marks + 1 } else { 0 };
        // A mark with no letter before it would climb onto our own label.
        self.marks <= MAX_MARKS && (self.marks == 0 || !(self.out.is_empty() || self.space_due))
    }

    fn append(&mut self, c: char) {
        if std::mem::take(&mut self.space_due) {
            self.out.push(' ');
            self.chars += 1;
        }
        self.out.push(c);
        self.chars += 1;
    }

    fn finish(self) -> String {
        self.out
    }
}

/// Characters that steer a renderer and print nothing (Unicode categories Cf, Mn selectors, Zl).
fn is_formatting(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}'
        | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}'
        | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Private use and noncharacters: they mean nothing to the reader, and PDF/A-2u forbids them.
fn is_unassigned(c: char) -> bool {
    let code = u32::from(c);
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{F0000}'..)
        || code & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(raw: &str) -> String {
        Text::new(raw).as_str().to_owned()
    }

    #[test]
    fn commands_become_spaces() {
        assert_eq!(clean("EAU\u{1b}@\r\nLAIT\u{9b}2J\tGR\0"), "EAU @ LAIT 2J GR");
        assert_eq!(clean("  a \u{a0}\u{2028} b  "), "a b");
    }

    #[test]
    fn steering_is_dropped() {
        assert_eq!(clean("\u{202e}0001\u{202c} \u{feff}x\u{200d}y"), "0001 xy");
        assert_eq!(clean("\u{e001}\u{10ffff}"), "\u{fffd}\u{fffd}");
    }

    #[test]
    fn accents_are_composed_and_towers_cut() {
        assert_eq!(clean("e\u{301}te\u{301}"), "été");
        assert_eq!(
            clean(&format!("\u{301}Kɔ\u{301}ngɔ{}", "\u{30d}".repeat(90))).chars().count(),
            10
        );
    }

    #[test]
    fn length_is_bounded() {
        let long = clean(&"a ".repeat(1_000_000));
        assert_eq!(long.chars().count(), MAX_CHARS);
        assert!(long.ends_with('…'));
    }
}

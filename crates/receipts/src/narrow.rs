//! Strips set in a fixed number of columns, for terminals and thermal printers.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::Qr;
use crate::model::Weight;
use crate::strips::Strip;

/// Columns on a receipt of 80 mm, font A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Printers of 512 dots a line.
    FortyTwo,
    /// Printers of 576 dots a line.
    FortyEight,
}

impl Columns {
    pub(crate) fn count(self) -> usize {
        match self {
            Self::FortyTwo => 42,
            Self::FortyEight => 48,
        }
    }
}

/// A set line: at most the columns wide, twice as wide a character where it is large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Text { text: String, weight: Weight },
    Symbol { qr: &'a Qr },
}

/// How many columns a large character takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Large {
    /// One: the medium knows a single size.
    Single,
    /// Two: the printer doubles it.
    Double,
}

/// Sets strips in columns.
pub(crate) fn set(strips: Vec<Strip<'_>>, columns: Columns, large: Large) -> Vec<Line<'_>> {
    let columns = columns.count();
    let one_line = entries_fit(&strips, columns);
    let mut setter = Setter { columns, large, one_line, lines: Vec::new() };
    for strip in strips {
        setter.strip(strip);
    }
    setter.lines
}

/// Entries stand on one line each as in the official model, or on two each, never mixed.
fn entries_fit(strips: &[Strip<'_>], columns: usize) -> bool {
    strips.iter().all(|strip| match strip {
        Strip::Entry { left, middle, right } => {
            left.width() < entry_middle(columns)
                && entry_middle(columns) + middle.width() + 1 + right.width() <= columns
        }
        _ => true,
    })
}

/// Where "quantity x price" starts when an entry stands on one line.
fn entry_middle(columns: usize) -> usize {
    columns / 2 - 1
}

struct Setter<'a> {
    columns: usize,
    large: Large,
    one_line: bool,
    lines: Vec<Line<'a>>,
}

impl<'a> Setter<'a> {
    fn strip(&mut self, strip: Strip<'a>) {
        match strip {
            Strip::Centered { text, weight } => self.centered(&text, weight),
            Strip::Paragraph { text } => self.paragraph(&text, 0),
            Strip::Pair { label, value, weight } => self.pair(&label, &value, weight),
            Strip::Entry { left, middle, right } => self.entry(&left, &middle, &right),
            Strip::Below { left, right } => self.below(&left, &right),
            Strip::Mention { text, detail, .. } => {
                self.centered(&format!("*** {text} ***"), Weight::Strong);
                self.centered(&detail.unwrap_or_default(), Weight::Normal);
            }
            Strip::Code { text } => self.centered(&text, Weight::Strong),
            Strip::Symbol { qr } | Strip::Stamp { qr } => self.lines.push(Line::Symbol { qr }),
            Strip::Rule => self.push(&"-".repeat(self.columns), Weight::Normal),
            Strip::Gap => self.push("", Weight::Normal),
        }
    }

    fn centered(&mut self, text: &str, weight: Weight) {
        let room = self.room(weight);
        for line in wrap(text, room) {
            let indent = (room - line.width()) / 2;
            self.push(&format!("{}{line}", " ".repeat(indent)), weight);
        }
    }

    fn paragraph(&mut self, text: &str, indent: usize) {
        for line in wrap(text, self.columns - indent) {
            self.push(&format!("{}{line}", " ".repeat(indent)), Weight::Normal);
        }
    }

    /// Label and value on one line, or the label above and the value below at the right.
    fn pair(&mut self, label: &str, value: &str, weight: Weight) {
        let room = self.room(weight);
        if label.width() + 1 + value.width() <= room {
            self.push(&spread(label, value, room), weight);
            return;
        }
        for line in wrap(label, room) {
            self.push(&line, weight);
        }
        for line in wrap(value, room) {
            self.push(&spread("", &line, room), weight);
        }
    }

    fn entry(&mut self, left: &str, middle: &str, right: &str) {
        if self.one_line {
            let start = entry_middle(self.columns);
            let head = format!("{left}{}{middle}", " ".repeat(start - left.width()));
            self.push(&spread(&head, right, self.columns), Weight::Normal);
        } else {
            self.paragraph(left, 0);
            self.pair(&format!("{INDENT}{middle}"), right, Weight::Normal);
        }
    }

    fn below(&mut self, left: &str, right: &str) {
        let fits = INDENT.len() + left.width() + 1 + right.width() <= self.columns;
        if fits && !right.is_empty() {
            self.push(&spread(&format!("{INDENT}{left}"), right, self.columns), Weight::Normal);
        } else {
            self.paragraph(left, INDENT.len());
            if !right.is_empty() {
                self.push(&spread("", right, self.columns), Weight::Normal);
            }
        }
    }

    fn room(&self, weight: Weight) -> usize {
        match (weight, self.large) {
            (Weight::Normal | Weight::Strong, _) | (Weight::Large, Large::Single) => self.columns,
            (Weight::Large, Large::Double) => self.columns / 2,
        }
    }

    fn push(&mut self, text: &str, weight: Weight) {
        self.lines.push(Line::Text { text: text.trim_end().to_owned(), weight });
    }
}

/// What belongs to an entry stands in by two.
const INDENT: &str = "  ";

fn spread(left: &str, right: &str, columns: usize) -> String {
    let gap = columns.saturating_sub(left.width() + right.width());
    format!("{left}{}{right}", " ".repeat(gap))
}

/// Breaks text at spaces, and a word that is wider than the line wherever it must.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for piece in pieces(word, columns) {
            if !line.is_empty() && line.width() + 1 + piece.width() > columns {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&piece);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

pub(crate) fn pieces(word: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let width = c.width().unwrap_or(0);
        if used + width > columns {
            pieces.push(String::new());
            used = 0;
        }
        used += width;
        pieces.last_mut().expect("starts with one").push(c);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_and_long_ones_break() {
        assert_eq!(wrap("un deux trois", 8), ["un deux", "trois"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("金沙江商店", 4), ["金沙", "江商", "店"]);
        assert!(wrap("", 4).is_empty());
    }

    #[test]
    fn a_long_pair_takes_two_lines() {
        let pair = |label: &str, value: &str| {
            let (label, value) = (label.to_owned(), value.to_owned());
            let strip = Strip::Pair { label, value, weight: Weight::Normal };
            set(vec![strip], Columns::FortyTwo, Large::Single)
        };
        assert_eq!(pair("NIF:", "A9000011T").len(), 1);
        let long = pair("Nom de l'acheteur:", &"x".repeat(40));
        assert!(matches!(&long[1], Line::Text { text, .. } if text.len() == 42));
    }
}

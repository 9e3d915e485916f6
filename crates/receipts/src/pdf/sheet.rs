//! Marks on a sheet, and the blocks that they are composed in. Pure: nothing is written here.

use super::Length;
use super::fonts::Run;
use super::theme::{HAIRLINE, Ink, Style};
use crate::Qr;
use crate::qr::QUIET_ZONE;

/// A page: its size and what stands on it.
pub(super) struct Sheet<'a> {
    pub(super) width: Length,
    pub(super) height: Length,
    pub(super) marks: Vec<Mark<'a>>,
}

/// One mark, its place counted from the upper left.
#[derive(Clone, Debug)]
pub(super) enum Mark<'a> {
    /// A line of text; `y` is its baseline.
    Text { x: Length, y: Length, run: Run },
    /// A filled rectangle, a rule if it is thin.
    Fill { x: Length, y: Length, width: Length, height: Length, ink: Ink },
    /// A QR symbol, its quiet zone within the side.
    Symbol { x: Length, y: Length, side: Length, qr: &'a Qr },
}

impl Mark<'_> {
    /// Its upper and its lower edge.
    fn extent(&self) -> (Length, Length) {
        match self {
            Self::Text { y, run, .. } => (y - run.style.size, y + run.style.size / 3),
            Self::Fill { y, height, .. } => (*y, y + height),
            Self::Symbol { y, side, .. } => (*y, y + side),
        }
    }

    fn moved(mut self, dx: Length, dy: Length) -> Self {
        match &mut self {
            Self::Text { x, y, .. } | Self::Fill { x, y, .. } | Self::Symbol { x, y, .. } => {
                *x += dx;
                *y += dy;
            }
        }
        self
    }
}

/// Marks that stay together.
#[derive(Clone, Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) height: Length,
    pub(super) marks: Vec<Mark<'a>>,
}

impl<'a> Block<'a> {
    /// The marks as they stand when the block's corner is at (x, y).
    pub(super) fn at(self, x: Length, y: Length) -> impl Iterator<Item = Mark<'a>> {
        self.marks.into_iter().map(move |mark| mark.moved(x, y))
    }
}

impl Block<'_> {
    /// The block in two, the first no taller than `height`. A line goes whole to one of them,
    /// a ground is divided.
    pub(super) fn split(self, height: Length) -> (Self, Self) {
        let cut = self.clean_cut(height.max(0));
        let mut upper = Self { height, marks: Vec::new() };
        let mut lower = Self { height: self.height - cut, marks: Vec::new() };
        for mark in self.marks {
            match mark {
                Mark::Fill { x, y, width, height, ink } if y < cut && y + height > cut => {
                    let (above, below) = (cut - y, y + height - cut);
                    upper.marks.push(Mark::Fill { x, y, width, height: above, ink });
                    lower.marks.push(Mark::Fill { x, y: 0, width, height: below, ink });
                }
                mark if mark.extent().1 <= cut => upper.marks.push(mark),
                mark => lower.marks.push(mark.moved(0, -cut)),
            }
        }
        (upper, lower)
    }

    /// The lowest place not below `height` where no line or symbol is cut through; `height`
    /// itself where columns interlock so that there is none.
    fn clean_cut(&self, height: Length) -> Length {
        let mut cut = height;
        loop {
            let solid = self.marks.iter().filter(|mark| !matches!(mark, Mark::Fill { .. }));
            let through = solid.map(Mark::extent).filter(|(top, low)| *top < cut && *low > cut);
            match through.map(|(top, _)| top).min() {
                Some(top) if top > 0 => cut = top,
                Some(_) => return height,
                None => return cut,
            }
        }
    }
}

/// Where a line stands between its margins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// A block that grows downwards in a column of fixed width.
pub(super) struct Stack<'a> {
    width: Length,
    block: Block<'a>,
}

impl<'a> Stack<'a> {
    pub(super) fn new(width: Length) -> Self {
        Self { width, block: Block::default() }
    }

    pub(super) fn width(&self) -> Length {
        self.width
    }

    /// Text over as many lines as it needs.
    pub(super) fn text(&mut self, text: &str, style: Style, align: Align) {
        for run in wrap(text, style, self.width) {
            self.run(run, align);
        }
    }

    /// The same, but no more than `most` lines, for what stands in full elsewhere.
    pub(super) fn brief(&mut self, text: &str, style: Style, align: Align, most: usize) {
        let mut runs = wrap(text, style, self.width);
        if runs.len() > most {
            runs.truncate(most);
            let last = format!("{}…", runs.pop().map_or(String::new(), |run| run.text));
            runs.push(Run::fitted(&last, style, self.width));
        }
        for run in runs {
            self.run(run, align);
        }
    }

    /// One shaped line.
    pub(super) fn run(&mut self, run: Run, align: Align) {
        let x = match align {
            Align::Left => 0,
            Align::Center => (self.width - run.width) / 2,
            Align::Right => self.width - run.width,
        };
        let leading = run.style.leading();
        let y = self.block.height + baseline(run.style);
        self.block.marks.push(Mark::Text { x, y, run });
        self.block.height += leading;
    }

    /// A label at the left and a value at the right, each wrapped in its share.
    pub(super) fn spread(&mut self, label: (&str, Style), value: (&str, Style)) {
        let value_run = Run::new(value.0, value.1);
        let label_run = Run::new(label.0, label.1);
        let gap = label.1.size;
        if label_run.width + gap + value_run.width <= self.width {
            self.beside(vec![
                (0, line(label_run)),
                (self.width - value_run.width, line(value_run)),
            ]);
            return;
        }
        let left = label_run.width.min(self.width * 2 / 5);
        let mut values = Stack::new(self.width - left - gap);
        values.text(value.0, value.1, Align::Right);
        let mut labels = Stack::new(left);
        labels.text(label.0, label.1, Align::Left);
        self.beside(vec![(0, labels.done()), (left + gap, values.done())]);
    }

    /// A label in a column of its own and the value beside it.
    pub(super) fn labelled(
        &mut self,
        label: (&str, Style),
        value: (&str, Style),
        label_width: Length,
    ) {
        let gap = label.1.size;
        let mut labels = Stack::new(label_width);
        labels.text(label.0, label.1, Align::Left);
        let mut values = Stack::new(self.width - label_width - gap);
        values.text(value.0, value.1, Align::Left);
        self.beside(vec![(0, labels.done()), (label_width + gap, values.done())]);
    }

    /// Blocks side by side; the stack goes on below the tallest.
    pub(super) fn beside(&mut self, columns: Vec<(Length, Block<'a>)>) {
        let top = self.block.height;
        for (x, block) in columns {
            self.block.height = self.block.height.max(top + block.height);
            self.block.marks.extend(block.at(x, top));
        }
    }

    /// A symbol in the middle, its quiet zone within `side`.
    pub(super) fn symbol(&mut self, qr: &'a Qr, side: Length) {
        let x = (self.width - side) / 2;
        self.block.marks.push(Mark::Symbol { x, y: self.block.height, side, qr });
        self.block.height += side;
    }

    /// A symbol whose dark part fills the width, so that it aligns with text; its quiet zone
    /// lies outside, where the caller must leave the ground free. Returns that zone's width.
    pub(super) fn flush_symbol(&mut self, qr: &'a Qr) -> Length {
        let modules = Length::try_from(qr.side()).expect("at most 177");
        let zone = self.width * Length::try_from(QUIET_ZONE).expect("four") / modules;
        let side = self.width + 2 * zone;
        self.block.marks.push(Mark::Symbol { x: -zone, y: self.block.height - zone, side, qr });
        self.block.height += self.width;
        zone
    }

    /// A line across, of no height of its own.
    pub(super) fn rule(&mut self, thickness: Length, ink: Ink) {
        let (y, width) = (self.block.height, self.width);
        self.block.marks.push(Mark::Fill { x: 0, y, width, height: thickness, ink });
    }

    pub(super) fn hairline(&mut self) {
        self.rule(HAIRLINE, Ink::Hairline);
    }

    pub(super) fn gap(&mut self, height: Length) {
        self.block.height += height;
    }

    /// A block on a filled ground with `padding` around it.
    pub(super) fn panel(&mut self, block: Block<'a>, padding: Length, ink: Ink) {
        let (y, width) = (self.block.height, self.width);
        let height = block.height + 2 * padding;
        self.block.marks.push(Mark::Fill { x: 0, y, width, height, ink });
        self.block.marks.extend(block.at(padding, y + padding));
        self.block.height += height;
    }

    pub(super) fn append(&mut self, block: Block<'a>) {
        self.beside(vec![(0, block)]);
    }

    pub(super) fn done(self) -> Block<'a> {
        self.block
    }
}

/// Breaks text at spaces, and a word wider than the column wherever it must.
pub(super) fn wrap(text: &str, style: Style, width: Length) -> Vec<Run> {
    let whole = Run::new(text.trim(), style);
    if whole.text.is_empty() {
        return Vec::new();
    }
    if whole.width <= width {
        return vec![whole];
    }
    let lines = whole.lines_within(width).into_iter();
    lines.map(|line| Run::new(whole.text[line].trim(), style)).collect()
}

/// One run as a block.
pub(super) fn line(run: Run) -> Block<'static> {
    let (height, y) = (run.style.leading(), baseline(run.style));
    Block { height, marks: vec![Mark::Text { x: 0, y, run }] }
}

/// The baseline that centres capitals in the line.
pub(super) fn baseline(style: Style) -> Length {
    Length::midpoint(style.leading(), style.size * style.face.cap_height() / 1_000)
}

#[cfg(test)]
mod tests {
    use super::super::theme::BODY;
    use super::*;

    #[test]
    fn no_line_is_wider_than_its_column() {
        let texts = [
            "un deux trois quatre cinq six sept",
            "WWWWWWWWWWWWWWWWWWWWWWWW",
            "金金金金金金 a 金金金",
        ];
        for text in texts {
            let runs = wrap(text, BODY, 50_000);
            assert!(runs.iter().all(|run| run.width <= 50_000));
            let joined: String = runs.iter().map(|run| run.text.replace(' ', "")).collect();
            assert_eq!(joined, text.replace(' ', "").replace('金', "□"));
        }
    }

    #[test]
    fn a_block_is_cut_between_its_lines() {
        let mut stack = Stack::new(200_000);
        for _ in 0..10 {
            stack.text("ligne", BODY, Align::Left);
        }
        let (whole, leading) = (stack.done(), BODY.leading());
        let (upper, lower) = whole.split(leading * 5 / 2);
        assert_eq!((upper.marks.len(), lower.marks.len()), (2, 8));
        assert!(lower.marks.iter().all(|mark| mark.extent().0 >= 0));
        assert!(lower.marks.iter().all(|mark| mark.extent().1 <= lower.height));
    }

    #[test]
    fn a_column_narrower_than_a_letter_still_ends() {
        assert_eq!(wrap("abc", BODY, 1).len(), 3);
        assert_eq!(wrap("金b", BODY, 1).len(), 2);
    }
}

//! The embedded fonts, and text turned into glyphs with real metrics.
//!
//! Inter carries the Latin of French and of the Congo's languages, Cyrillic and Greek. A letter
//! that it lacks is drawn as a box: PDF/A forbids the font's own "missing" glyph.

use std::ops::Range;
use std::sync::LazyLock;

use harfrust::{Direction, Feature, FontRef, ShapeOptions, ShaperData, Tag, UnicodeBuffer};
use krilla::text::Font;

use super::Length;
use super::theme::Style;

/// The faces that are embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    SemiBold,
    Mono,
}

impl Face {
    pub(super) fn font(self) -> Font {
        self.loaded().font.clone()
    }

    /// Height of its capitals in thousandths of an em, to centre a line on them.
    pub(super) fn cap_height(self) -> Length {
        match self {
            Self::Regular | Self::SemiBold => 727,
            Self::Mono => 730,
        }
    }

    fn loaded(self) -> &'static Loaded {
        match self {
            Self::Regular => &REGULAR,
            Self::SemiBold => &SEMI_BOLD,
            Self::Mono => &MONO,
        }
    }
}

/// A shaped line of text.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) glyphs: Vec<Shape>,
    pub(super) style: Style,
    pub(super) width: Length,
}

/// One glyph; advances and offsets in units of its font.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) id: u32,
    pub(super) advance: i32,
    pub(super) x_offset: i32,
    pub(super) y_offset: i32,
    pub(super) range: Range<usize>,
}

impl Run {
    /// Shapes one line, from left to right, with figures of equal width.
    pub(super) fn new(text: &str, style: Style) -> Self {
        let loaded = style.face.loaded();
        let mut text = text.to_owned();
        let mut glyphs = loaded.shape(&text);
        if glyphs.iter().any(|glyph| glyph.id == 0) {
            text = boxed(&text, &glyphs);
            glyphs = loaded.shape(&text);
        }
        let width = glyphs.iter().map(|glyph| loaded.scaled(glyph.advance, style.size)).sum();
        Self { text, glyphs, style, width }
    }

    /// The same, set smaller where it would be wider than `room`.
    pub(super) fn fitted(text: &str, style: Style, room: Length) -> Self {
        let run = Self::new(text, style);
        if run.width <= room {
            return run;
        }
        let size = i64::from(style.size) * i64::from(room.max(1)) / i64::from(run.width);
        let size = Length::try_from(size).expect("smaller than the size it started from");
        // A hair below, since each advance is rounded by itself.
        Self::new(text, Style { size: (size * 995 / 1_000).max(1), ..style })
    }

    pub(super) fn units_per_em(&self) -> i32 {
        self.style.face.loaded().units_per_em
    }

    /// The lines that the text makes in a column of that width, as ranges of its bytes: broken
    /// at spaces, and inside a word only where the word alone is wider. A cluster that is wider
    /// than the column stands alone.
    pub(super) fn lines_within(&self, width: Length) -> Vec<Range<usize>> {
        let loaded = self.style.face.loaded();
        let (mut lines, mut start, mut used) = (Vec::new(), 0, 0);
        // The last space of the line: its place, and what is used once it has passed.
        let mut space: Option<(usize, Length)> = None;
        for glyph in &self.glyphs {
            let (at, advance) = (glyph.range.start, loaded.scaled(glyph.advance, self.style.size));
            if self.text[at..].starts_with(' ') {
                space = Some((at, used + advance));
            } else if used + advance > width && at > start {
                let (end, passed) = space.take().unwrap_or((at, used));
                lines.push(start..end);
                start = end;
                used -= passed;
            }
            used += advance;
        }
        lines.push(start..self.text.len());
        lines
    }
}

struct Loaded {
    font: Font,
    reference: FontRef<'static>,
    shaper: ShaperData,
    units_per_em: i32,
}

impl Loaded {
    fn new(bytes: &'static [u8]) -> Self {
        let reference = FontRef::new(bytes).expect("the embedded font is whole");
        let shaper = ShaperData::new(&reference);
        let units_per_em = shaper.shaper(&reference).build().units_per_em();
        let font = Font::new(bytes.into(), 0).expect("the embedded font is whole");
        Self { font, reference, shaper, units_per_em }
    }

    fn shape(&self, text: &str) -> Vec<Shape> {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        // Letters that run from right to left are in none of the fonts.
        buffer.set_direction(Direction::LeftToRight);
        let shaper = self.shaper.shaper(&self.reference).build();
        let shaped = shaper.shape(buffer, ShapeOptions::new().features(&*FEATURES));
        let starts: Vec<usize> =
            shaped.glyph_infos().iter().map(|info| byte_index(info.cluster)).collect();
        let positions = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).enumerate();
        positions
            .map(|(index, (info, position))| Shape {
                id: info.glyph_id,
                advance: position.x_advance,
                x_offset: position.x_offset,
                y_offset: position.y_offset,
                range: starts[index]..cluster_end(&starts, index, text.len()),
            })
            .collect()
    }

    fn scaled(&self, units: i32, size: Length) -> Length {
        let length = i64::from(units) * i64::from(size) / i64::from(self.units_per_em);
        Length::try_from(length).expect("a glyph is smaller than a page")
    }
}

fn cluster_end(starts: &[usize], index: usize, end: usize) -> usize {
    let later = starts[index..].iter().copied().find(|start| *start > starts[index]);
    later.unwrap_or(end)
}

/// The text with a box for each cluster that the font cannot draw.
fn boxed(text: &str, glyphs: &[Shape]) -> String {
    let missing = |at: usize| glyphs.iter().any(|g| g.id == 0 && g.range.contains(&at));
    let starts = |at: usize| glyphs.iter().any(|g| g.id == 0 && g.range.start == at);
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if starts(at) {
            out.push('□');
        } else if !missing(at) {
            out.push(c);
        }
    }
    out
}

fn byte_index(cluster: u32) -> usize {
    usize::try_from(cluster).expect("an index of 32 bits")
}

/// Figures of one width, so that columns align; no contextual shapes, because `5 x 720` must
/// stay the letters that were sealed.
static FEATURES: LazyLock<[Feature; 3]> = LazyLock::new(|| {
    [
        Feature::new(Tag::new(b"tnum"), 1, ..),
        Feature::new(Tag::new(b"calt"), 0, ..),
        Feature::new(Tag::new(b"liga"), 0, ..),
    ]
});

static REGULAR: LazyLock<Loaded> =
    LazyLock::new(|| Loaded::new(include_bytes!("../../fonts/Inter-Regular.otf")));
static SEMI_BOLD: LazyLock<Loaded> =
    LazyLock::new(|| Loaded::new(include_bytes!("../../fonts/Inter-SemiBold.otf")));
static MONO: LazyLock<Loaded> =
    LazyLock::new(|| Loaded::new(include_bytes!("../../fonts/JetBrainsMono-Medium.ttf")));

#[cfg(test)]
mod tests {
    use super::super::theme::{BODY, LABEL};
    use super::*;

    #[test]
    fn figures_have_one_width() {
        for style in [BODY, LABEL, Style::mono(9_000)] {
            let difference = Run::new("1111", style).width - Run::new("8094", style).width;
            // The font's instances were rounded to whole units, some by one.
            assert!(difference.abs() <= 10, "{difference}");
        }
    }

    #[test]
    fn what_no_font_has_becomes_a_box() {
        let run = Run::new("a金\u{5d0}🧾b", BODY);
        assert_eq!(run.text, "a□□□b");
        assert!(run.glyphs.iter().all(|glyph| glyph.id != 0));
        assert_eq!(Run::new("Kɔ́ngɔ ƐŋДΩ", BODY).text, "Kɔ́ngɔ ƐŋДΩ");
    }

    #[test]
    fn a_wide_figure_is_set_smaller() {
        let wide = "9.999.999.999.999.999.999.999.999.999,99";
        assert!(Run::fitted(wide, BODY, 50_000).width <= 50_000);
        assert_eq!(Run::fitted("1", BODY, 50_000).style, BODY);
    }
}

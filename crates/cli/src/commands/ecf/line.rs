//! Where in a file an element stands, by its path. The tree keeps no places, and only faults ask.

/// The line, from 1, on which the element at a path begins: `/ECF/DetallesItems/Item[3]`. It
/// expects text that was read as a document, where every tag is whole and nothing is a comment.
pub(super) fn line_of(text: &str, path: &str) -> Option<usize> {
    let mut search = Search { steps: steps(path), depth: 0, matched: 0, seen: 0 };
    let mut at = 0;
    while let Some(tag) = next_tag(text, at) {
        if search.enter(tag.contents) {
            return Some(text[..tag.start].bytes().filter(|byte| *byte == b'\n').count() + 1);
        }
        at = tag.end;
    }
    None
}

/// Names with the number of their repetition.
fn steps(path: &str) -> Vec<(&str, usize)> {
    let step = |step| match str::split_once(step, '[') {
        Some((name, count)) => (name, count.trim_end_matches(']').parse().unwrap_or(1)),
        None => (step, 1),
    };
    path.split('/').skip(1).map(step).collect()
}

struct Search<'a> {
    steps: Vec<(&'a str, usize)>,
    /// Elements that are open.
    depth: usize,
    /// The outermost of them that are the path's.
    matched: usize,
    /// Children of the last of these that bear the name of the next step.
    seen: usize,
}

impl Search<'_> {
    /// Goes past a tag; says whether it opens the element that is looked for.
    fn enter(&mut self, tag: &str) -> bool {
        if tag.starts_with('/') {
            self.leave();
            return false;
        }
        let name = tag.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or(tag);
        let next = self.steps.get(self.matched).filter(|_| self.matched == self.depth);
        if next.is_some_and(|(wanted, _)| *wanted == name) {
            self.seen += 1;
            if next.is_some_and(|(_, count)| *count == self.seen) {
                self.matched += 1;
                self.seen = 0;
            }
        }
        self.depth += 1;
        let is_found = self.matched == self.steps.len();
        if tag.ends_with('/') {
            self.leave();
        }
        is_found
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.matched = self.matched.min(self.depth);
    }
}

struct Tag<'a> {
    start: usize,
    end: usize,
    contents: &'a str,
}

/// The next tag from a place on; the XML declaration and sections of character data are none.
fn next_tag(text: &str, from: usize) -> Option<Tag<'_>> {
    let mut at = from;
    loop {
        let start = at + text.get(at..)?.find('<')?;
        let rest = &text[start + 1..];
        let close = if rest.starts_with("![CDATA[") { "]]>" } else { ">" };
        let length = if close == ">" { tag_length(rest)? } else { rest.find(close)? };
        at = start + 1 + length + close.len();
        if !rest.starts_with(['!', '?']) {
            return Some(Tag { start, end: at, contents: &rest[..length] });
        }
    }
}

/// Up to the mark that ends a tag, which values of attributes may hold too.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    rest.bytes().position(|byte| {
        if quote == Some(byte) {
            quote = None;
        } else if quote.is_none() {
            quote = matches!(byte, b'"' | b'\'').then_some(byte);
            return byte == b'>';
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<?xml version='1.0'?>\n<ECF a='>'>\n<A><B/>\n<![CDATA[<B>]]><B>1</B></A>\n\
                        <C><B/></C>\n<A>\n<B\n x='1'></B>\n<B></B></A></ECF>";

    #[test]
    fn an_element_is_found_by_its_path() {
        for (path, line) in [
            ("/ECF", Some(2)),
            ("/ECF/A", Some(3)),
            ("/ECF/A/B", Some(3)),
            ("/ECF/A/B[2]", Some(4)),
            ("/ECF/C/B", Some(5)),
            ("/ECF/A[2]/B[1]", Some(7)),
            ("/ECF/A[2]/B[2]", Some(9)),
            ("/ECF/A[2]/B[3]", None),
            ("/ECF/D", None),
            ("/RFCE", None),
        ] {
            assert_eq!(line_of(TEXT, path), line, "{path}");
        }
    }

    #[test]
    fn what_is_cut_off_has_no_line_and_does_no_harm() {
        for end in (0..TEXT.len()).filter(|end| TEXT.is_char_boundary(*end)) {
            let _ = line_of(&TEXT[..end], "/ECF/A[2]/B[2]");
        }
        assert_eq!(line_of("", "/ECF"), None);
    }
}

//! Changes of an XML document that leave its tags in pairs.

use std::ops::Range;

use crate::dice::Dice;

/// Takes one element and leaves it out, repeats it, puts it elsewhere, wraps it, or changes its text.
pub(super) fn changed(dice: &mut Dice, bytes: &[u8], words: &[&str]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.contains("</"))?;
    let elements = elements(text);
    let spans: Vec<&Range<usize>> = elements.iter().collect();
    let (one, other) = (dice.pick(&spans)?.clone(), dice.pick(&spans)?.clone());
    let taken = &text[one.clone()];
    let with = |range: Range<usize>, new: &str| {
        Some([&text[..range.start], new, &text[range.end..]].concat().into_bytes())
    };
    match dice.below(7) {
        0 => with(one, ""),
        1 => with(one, &taken.repeat(dice.below(4) + 2)),
        2 => with(other.start..other.start, taken),
        3 => with(other, taken),
        4 => {
            let depth = dice.below(40) + 1;
            with(one, &format!("{}{taken}{}", "<W>".repeat(depth), "</W>".repeat(depth)))
        }
        5 => with(inside(text, &one)?, dice.pick(words).unwrap_or_default()),
        _ => {
            let odd = super::json::ODD_NUMBERS[dice.below(super::json::ODD_NUMBERS.len())];
            with(inside(text, &one)?, odd)
        }
    }
}

/// Where elements stand, each from its start tag to its end tag. A rough reader: it has only to be
/// right for what is well-formed.
fn elements(text: &str) -> Vec<Range<usize>> {
    let (mut open, mut whole) = (Vec::new(), Vec::new());
    let mut from = 0;
    while let Some(start) = text[from..].find('<').map(|place| from + place) {
        let Some(end) = text[start..].find('>').map(|place| start + place + 1) else { break };
        match text.as_bytes().get(start + 1) {
            Some(b'/') => whole.extend(open.pop().map(|first| first..end)),
            Some(b'?' | b'!') => {}
            _ if text[..end].ends_with("/>") => whole.push(start..end),
            _ => open.push(start),
        }
        from = end;
    }
    whole
}

/// What stands between the tags of an element.
fn inside(text: &str, element: &Range<usize>) -> Option<Range<usize>> {
    let own = &text[element.clone()];
    let (start, end) = (own.find('>')? + 1, own.rfind("</")?);
    (start <= end).then(|| element.start + start..element.start + end)
}

//! Spoiling: one thing is changed, and the document may have become wrong.

use super::generate::{Dice, Piece, Sketch};
use super::samples;

/// Changes something somewhere, and says what.
pub(in crate::dom::ecf) fn spoil(root: &mut Sketch, dice: &mut Dice) -> &'static str {
    let count = count(root);
    let target = dice.below(count);
    let element = nth(root, &mut { target }).expect("one of those that were counted");
    let has_elements = element.pieces.iter().any(|piece| matches!(piece, Piece::Element(_)));
    if has_elements && !dice.one_in(6) {
        spoil_group(element, dice)
    } else if dice.one_in(8) {
        spoil_tag(element, dice)
    } else {
        spoil_text(element, dice)
    }
}

fn spoil_group(group: &mut Sketch, dice: &mut Dice) -> &'static str {
    let children: Vec<usize> = (0..group.pieces.len())
        .filter(|&index| matches!(group.pieces[index], Piece::Element(_)))
        .collect();
    let at = *dice.pick(&children);
    let other = *dice.pick(&children);
    match dice.below(7) {
        0 => {
            group.pieces.remove(at);
            "dropped"
        }
        1 => {
            group.pieces.insert(at, group.pieces[at].clone());
            "doubled"
        }
        2 => {
            group.pieces.swap(at, other);
            "swapped"
        }
        3 => {
            let moved = group.pieces.remove(at);
            group.pieces.push(moved);
            "moved to the end"
        }
        4 => {
            let name = *dice.pick::<&str>(&["Extra", "MontoTotal", "x"]);
            let stray = Sketch::leaf(name, "1".to_owned());
            group.pieces.insert(at, Piece::Element(stray));
            "a stranger"
        }
        5 => {
            let text = *dice.pick(&["x", " ", "\n", "\u{a0}", "."]);
            group.pieces.insert(at, Piece::Text(text.to_owned()));
            "text between elements"
        }
        _ => repeat(group, at, dice),
    }
}

/// As often as any list may be long, and once more.
fn repeat(group: &mut Sketch, at: usize, dice: &mut Dice) -> &'static str {
    let times = *dice.pick(&[1, 2, 3, 5, 7, 10, 12, 20]);
    for _ in 0..times {
        group.pieces.insert(at, group.pieces[at].clone());
    }
    "repeated"
}

fn spoil_tag(element: &mut Sketch, dice: &mut Dice) -> &'static str {
    const INSTANCE: &str = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    if !element.attributes.is_empty() || element.name.contains(':') {
        // A second declaration of the same would be no XML.
        element.name.push('x');
        return "another name";
    }
    match dice.below(8) {
        0 => element.name.push('x'),
        1 => element.name = element.name.to_lowercase(),
        2 => element.attributes.push_str(" a=\"b\""),
        3 => element.attributes.push_str(" xmlns:q=\"urn:q\""),
        4 => element.attributes.push_str(" xmlns=\"urn:q\""),
        5 => element.attributes.extend([INSTANCE, " xsi:schemaLocation=\"urn:q q\""]),
        6 => element.attributes.extend([INSTANCE, " xsi:nil=\"true\""]),
        _ => {
            element.attributes.push_str(" xmlns:q=\"urn:q\"");
            element.name = format!("q:{}", element.name);
        }
    }
    "another tag"
}

fn spoil_text(element: &mut Sketch, dice: &mut Dice) -> &'static str {
    if !matches!(element.pieces.first(), Some(Piece::Text(_))) {
        element.pieces.insert(0, Piece::Text(String::new()));
    }
    let Some(Piece::Text(text)) = element.pieces.first_mut() else {
        unreachable!("a text stands first")
    };
    let mut characters: Vec<char> = text.chars().collect();
    let at = dice.below(characters.len() + 1);
    let said = match dice.below(8) {
        0 => {
            characters.insert(at, samples::stray(dice));
            "a stray character"
        }
        1 if at < characters.len() => {
            characters[at] = samples::stray(dice);
            "another character"
        }
        2 if at < characters.len() => {
            characters.remove(at);
            "a character less"
        }
        3 => {
            characters.extend(['0', '1']);
            "more digits"
        }
        4 => {
            characters.clear();
            "empty"
        }
        5 => {
            element.pieces.push(Piece::Element(Sketch::new("inner")));
            return "an element in a text";
        }
        6 if !characters.is_empty() => {
            let again = characters.clone();
            for _ in 0..dice.below(12) {
                characters.extend(again.iter());
            }
            "overlong"
        }
        _ => {
            characters = samples::spoiler(dice).chars().collect();
            "another value"
        }
    };
    *text = characters.into_iter().collect();
    said
}

fn count(element: &Sketch) -> usize {
    let inner = element.pieces.iter().map(|piece| match piece {
        Piece::Element(element) => count(element),
        Piece::Text(_) => 0,
    });
    1 + inner.sum::<usize>()
}

fn nth<'a>(element: &'a mut Sketch, left: &mut usize) -> Option<&'a mut Sketch> {
    if *left == 0 {
        return Some(element);
    }
    *left -= 1;
    element.pieces.iter_mut().find_map(|piece| match piece {
        Piece::Element(inner) => nth(inner, left),
        Piece::Text(_) => None,
    })
}

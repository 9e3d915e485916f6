//! Changes of DER that put the lengths right again, so that what is inside is read.

use crate::dice::Dice;

/// An element: its tag, and its contents or the elements that it is made of.
#[derive(Clone)]
enum Der {
    Plain(u8, Vec<u8>),
    Made(u8, Vec<Der>),
}

/// Changes one element. Nothing where the bytes are not one whole element.
pub(super) fn changed(dice: &mut Dice, bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.first() != Some(&SEQUENCE) {
        return None;
    }
    let mut all = elements(bytes, 0)?;
    let count = all.iter().map(count).sum();
    let donor = nth(&mut all.clone(), &mut dice.below(count))?.clone();
    let mut place = dice.below(count);
    let element = nth(&mut all, &mut place)?;
    match (dice.below(6), element) {
        (0, element) => *element = donor,
        (1, Der::Made(_, inside)) => inside.push(donor),
        (1, Der::Plain(_, contents)) => contents.extend_from_slice(&[0xff; 5]),
        (2, Der::Made(_, inside)) => drop(inside.pop()),
        (2, Der::Plain(_, contents)) => contents.clear(),
        (3, Der::Made(tag, _) | Der::Plain(tag, _)) => *tag ^= 1 << dice.below(8),
        (4, Der::Made(tag, inside)) => {
            let depth = dice.below(200);
            let tag = *tag;
            let wrap = |inside, _| vec![Der::Made(tag, inside)];
            *inside = (0..depth).fold(std::mem::take(inside), wrap);
        }
        (_, Der::Made(_, inside)) => inside.reverse(),
        (_, Der::Plain(_, contents)) => {
            let at = dice.below(contents.len() + 1);
            match contents.get_mut(at) {
                Some(byte) => *byte ^= 1 << dice.below(8),
                None => contents.push(0x80),
            }
        }
    }
    Some(all.iter().flat_map(written).collect())
}

/// What fills the bytes; octets that are elements themselves are taken apart too.
fn elements(mut bytes: &[u8], depth: usize) -> Option<Vec<Der>> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (tag, contents, rest) = one(bytes)?;
        let is_made = tag & CONSTRUCTED != 0 || tag == OCTETS;
        let inside =
            if is_made && depth < DEPTH_MAX { elements(contents, depth + 1) } else { None };
        all.push(match inside.filter(|inside| !inside.is_empty()) {
            Some(inside) => Der::Made(tag, inside),
            None => Der::Plain(tag, contents.to_vec()),
        });
        bytes = rest;
    }
    Some(all)
}

fn one(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 3))?;
            (digits.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((*tag, contents, rest))
}

fn written(element: &Der) -> Vec<u8> {
    let (tag, contents) = match element {
        Der::Plain(tag, contents) => (*tag, contents.clone()),
        Der::Made(tag, inside) => (*tag, inside.iter().flat_map(written).collect()),
    };
    crate::material::der(tag, &contents)
}

fn count(element: &Der) -> usize {
    match element {
        Der::Plain(..) => 1,
        Der::Made(_, inside) => 1 + inside.iter().map(count).sum::<usize>(),
    }
}

fn nth<'a>(all: &'a mut [Der], place: &mut usize) -> Option<&'a mut Der> {
    for element in all {
        if *place == 0 {
            return Some(element);
        }
        *place -= 1;
        if let Der::Made(_, inside) = element
            && let Some(found) = nth(inside, place)
        {
            return Some(found);
        }
    }
    None
}

const SEQUENCE: u8 = 0x30;
const OCTETS: u8 = 0x04;
const CONSTRUCTED: u8 = 0x20;
/// As deep as a PKCS#12 file goes, and some.
const DEPTH_MAX: usize = 24;

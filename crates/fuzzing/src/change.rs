//! How an input is changed: by bytes, and by the structure that it has.

mod bytes;
mod der;
mod json;
mod xml;

use crate::dice::Dice;
use crate::target::{joined, parts};

/// Another input, made of one with the words of its language and parts of others.
pub fn change(dice: &mut Dice, seed: &[u8], others: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut changed = seed.to_vec();
    for _ in 0..=dice.below(CHANGES_MAX) {
        changed = once(dice, &changed, others, words);
    }
    changed
}

/// In one of its parts, or one part more, less, or elsewhere.
fn once(dice: &mut Dice, input: &[u8], others: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut all: Vec<Vec<u8>> = parts(input).into_iter().map(<[u8]>::to_vec).collect();
    let place = dice.below(all.len());
    if all.len() > 1 && dice.once_in(8) {
        let other = dice.below(all.len());
        match dice.below(3) {
            0 => drop(all.remove(place)),
            1 => all.insert(other, all[place].clone()),
            _ => all.swap(place, other),
        }
        return joined(&all);
    }
    all[place] = in_part(dice, &all[place], others, words);
    joined(&all)
}

fn in_part(dice: &mut Dice, part: &[u8], others: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    if dice.once_in(2) {
        // A first line leads a reply or a request; its body is what has structure.
        let body = part.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for start in [0, body] {
            let (head, body) = part.split_at(start);
            if let Some(changed) = by_structure(dice, body, words) {
                return [head, &changed].concat();
            }
        }
    }
    bytes::changed(dice, part, others, words)
}

/// Nothing where the bytes have none of the structures that are known here.
fn by_structure(dice: &mut Dice, bytes: &[u8], words: &[&str]) -> Option<Vec<u8>> {
    json::changed(dice, bytes, words)
        .or_else(|| xml::changed(dice, bytes, words))
        .or_else(|| der::changed(dice, bytes))
}

/// Changes made to one input: with more, hardly any would be read far.
const CHANGES_MAX: usize = 4;

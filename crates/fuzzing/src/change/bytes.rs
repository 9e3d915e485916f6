//! Changes that know of no structure.

use crate::dice::Dice;

pub(super) fn changed(
    dice: &mut Dice,
    bytes: &[u8],
    others: &[Vec<u8>],
    words: &[&str],
) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = dice.below(bytes.len() + 1);
    let until = at + dice.below((bytes.len() - at).min(RANGE_MAX) + 1);
    match dice.below(9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
        1 if at < bytes.len() => bytes[at] = ODD_BYTES[dice.below(ODD_BYTES.len())],
        2 => drop(bytes.drain(at..until)),
        3 => {
            let range = bytes[at..until].to_vec();
            let times = dice.below(if range.len() < 16 { 400 } else { 4 }) + 1;
            drop(bytes.splice(at..at, range.repeat(times)));
        }
        4 => {
            let other = &others[dice.below(others.len().max(1)).min(others.len() - 1)];
            let from = dice.below(other.len() + 1);
            let end = from + dice.below((other.len() - from).min(RANGE_MAX) + 1);
            drop(bytes.splice(at..until, other[from..end].iter().copied()));
        }
        5 => bytes.truncate(at),
        6 => number(dice, &mut bytes, at),
        7 => {
            let odd = ODD_TEXTS[dice.below(ODD_TEXTS.len())];
            drop(bytes.splice(at..until, odd.bytes()));
        }
        _ => {
            let word = dice.pick(words).unwrap_or_default();
            let end = if dice.once_in(2) { at } else { until };
            drop(bytes.splice(at..end, word.bytes()));
        }
    }
    bytes
}

/// Puts an odd number in the place of the next one.
fn number(dice: &mut Dice, bytes: &mut Vec<u8>, at: usize) {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let Some(start) = bytes[at..].iter().position(digit).map(|place| at + place) else { return };
    let end = bytes[start..].iter().position(|byte| !digit(byte));
    let end = end.map_or(bytes.len(), |length| start + length);
    let number = super::json::ODD_NUMBERS[dice.below(super::json::ODD_NUMBERS.len())];
    drop(bytes.splice(start..end, number.bytes()));
}

/// As much as is taken, put or left out at once.
const RANGE_MAX: usize = 64;
/// Ends of ranges, signs that mean something in most formats, and beginnings of UTF-8.
const ODD_BYTES: &[u8] =
    b"\0\x01\x1f \n\r\t\x7f\x80\xbf\xc3\xe2\xed\xf0\xff\"'\\%&<>#?+=/{}[],;:.-";
/// What counts otherwise in characters than in bytes, or is none at all.
const ODD_TEXTS: &[&str] = &[
    "\u{feff}",
    "\u{202e}",
    "e\u{301}",
    "ﬃ",
    "İ",
    "ß",
    "\u{10ffff}",
    "\u{fffd}",
    "٣",
    "𝟘",
    "%00",
    "%ZZ",
    "%",
    "\r\n",
    "\n\n",
    "\\u0000",
    "\\ud800",
];

//! Changes of a JSON document that leave it one.

use serde_json::Value;

use crate::dice::Dice;

/// Puts another value in the place of one: of the same document, or an odd one.
pub(super) fn changed(dice: &mut Dice, bytes: &[u8], words: &[&str]) -> Option<Vec<u8>> {
    if !bytes.trim_ascii_start().starts_with(b"{") && !bytes.trim_ascii_start().starts_with(b"[") {
        return None;
    }
    let mut tree: Value = serde_json::from_slice(bytes).ok()?;
    let count = count(&tree);
    let donor = nth(&mut tree.clone(), &mut dice.below(count)).cloned()?;
    let mut place = dice.below(count);
    let target = nth(&mut tree, &mut place)?;
    *target = match dice.below(6) {
        0 => donor,
        1 => Value::String(dice.pick(words).unwrap_or_default().to_owned()),
        2 => Value::String(ODD_NUMBERS[dice.below(ODD_NUMBERS.len())].to_owned()),
        3 => serde_json::from_str(ODD_VALUES[dice.below(ODD_VALUES.len())]).ok()?,
        4 => grown(dice, target.clone(), donor),
        _ => shrunk(dice, target.clone()),
    };
    serde_json::to_vec(&tree).ok()
}

fn grown(dice: &mut Dice, mut value: Value, donor: Value) -> Value {
    match &mut value {
        Value::Array(items) => {
            let times = if dice.once_in(8) { 1_200 } else { dice.below(4) + 1 };
            items.extend(std::iter::repeat_n(donor, times.min(ITEMS_MAX)));
        }
        Value::Object(members) => drop(members.insert(format!("m{}", dice.below(100)), donor)),
        Value::String(text) => *text = text.repeat(dice.below(300) + 2),
        other => *other = Value::Array(vec![other.clone(), donor]),
    }
    value
}

fn shrunk(dice: &mut Dice, mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) if !items.is_empty() => drop(items.remove(dice.below(items.len()))),
        Value::Object(members) if !members.is_empty() => {
            let key = members.keys().nth(dice.below(members.len())).cloned();
            members.remove(&key.unwrap_or_default());
        }
        other => *other = Value::Null,
    }
    value
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The node of that place, counted from the root.
fn nth<'a>(value: &'a mut Value, place: &mut usize) -> Option<&'a mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, place)),
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, place)),
        _ => None,
    }
}

/// More than any list of ours may have, and few enough to be read quickly.
const ITEMS_MAX: usize = 1_200;

/// Ends of machine words and of our decimals, and what only looks like a number.
pub(super) const ODD_NUMBERS: &[&str] = &[
    "0",
    "-0",
    "00",
    "-1",
    "1",
    "0.000",
    "0.01",
    "-0.01",
    "0.005",
    "99999999999999.99",
    "-99999999999999.99",
    "100000000000000",
    "99999999999999.9999",
    "0.0001",
    "1e999",
    "1e-999",
    "1E400000000",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "1.",
    ".5",
    "+1",
    "0x10",
    "1_000",
    "NaN",
    "9999-12-31",
    "0000-00-00",
    "-9999-01-01",
    "31-12-9999 23:59:60",
    "2026-02-30",
    "9999-12-31T23:59:59Z",
    "-009999-01-02T00:00:00Z",
    "2026-06-30T23:59:60.999999999+25:00",
];
const ODD_VALUES: &[&str] = &[
    "null",
    "true",
    "-1",
    "0",
    "1e308",
    "-1e-308",
    "9223372036854775808",
    "18446744073709551615",
    "123456789012345678901234567890",
    "0.1234567890123456789",
    "1E400",
    "[]",
    "{}",
    "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
    "\"\"",
    "\"\\u0000\"",
    "\"\\u202e\"",
    "\" \"",
];

//! Values by chance: right ones at the bounds of their form, and texts that spoil.

use super::generate::Dice;
use crate::dom::ecf::codes;
use crate::dom::ecf::schema::form::{Form, Integer, Listed};
use crate::dom::ecf::schema::number::{Decimal, Point};

/// A value that its form allows.
pub(super) fn value(name: &str, form: &Form, dice: &mut Dice) -> String {
    match form {
        Form::Text(least, most) => text(*least, *most, dice),
        Form::Shaped(shape) => shaped(name, shape.told, shape.longest, dice),
        Form::Blanked(_) => blanked((*dice.pick(TAX_IDS)).to_owned(), dice),
        Form::Decimal(decimal) => blanked(self::decimal(*decimal, dice), dice),
        Form::Integer(integer) => blanked(self::integer(*integer, dice), dice),
        Form::Listed(list) => listed(*list, dice),
        Form::Number(numbers) => {
            let number = *dice.pick(numbers);
            spelt(number, dice)
        }
        Form::UnitNumber => {
            let number = u8::try_from(1 + dice.below(62)).unwrap();
            spelt(number, dice)
        }
        Form::BlankedCode(texts) => blanked((*dice.pick(texts)).to_owned(), dice),
        Form::VersionNumber => (*dice.pick(&["1.0", "1", "1.00", "+01.0", " 1.0"])).to_owned(),
        Form::VersionText => (*dice.pick(&["1.0", " 1.0 "])).to_owned(),
        Form::Instant => (*dice.pick(INSTANTS)).to_owned(),
    }
}

/// A text that is seldom right anywhere.
pub(super) fn spoiler(dice: &mut Dice) -> String {
    let long = 1 + dice.below(300);
    match dice.below(4) {
        0 => "9".repeat(long.min(40)),
        1 => text(long, long, dice),
        _ => (*dice.pick(SPOILERS)).to_owned(),
    }
}

/// A character that is put into a value, or put in place of one.
pub(super) fn stray(dice: &mut Dice) -> char {
    *dice.pick(&[
        ' ', '-', '.', ',', '0', '9', 'E', 'x', '+', ':', '@', '$', 'ñ', 'é', '€', '\n', '\t', '٣',
        '¿', '\u{a0}', '😀',
    ])
}

const TAX_IDS: &[&str] = &["101000000", "00112345678", "999000012"];
const DATES: &[&str] =
    &["01-04-2020", "1-1-1999", "31-12-2028", "9-09-2026", "31-02-2020", "30-11-20٣9"];
const INSTANTS: &[&str] = &[
    "2026-11-20T10:50:14.9682218-04:00",
    "2026-02-28T23:59:59",
    "2024-02-29T00:00:00Z",
    "2026-11-20T10:50:14+14:00",
];
/// Nothing here holds an underscore, which XML Schema and the reader of the DGII see differently.
pub(super) const SPOILERS: &[&str] = &[
    "",
    " ",
    "0",
    "0.0",
    "0.00",
    "-0",
    "00",
    "-1",
    "+1",
    "1",
    "01",
    "001",
    "1.",
    ".5",
    "1.5",
    "12.345",
    "1.00000",
    "100000",
    "1000",
    "1001",
    "10000",
    "10001",
    "12345",
    "1,000.00",
    "1e3",
    "NaN",
    "INF",
    "E310000000001",
    "E31000000000",
    "B0100000001",
    "31-02-2020",
    "32-01-2020",
    "1-13-2020",
    "01/04/2020",
    "01-04-1899",
    "01-04-20",
    "2$-01-2020",
    " 01-04-2020 ",
    "01-04-2020 24:00:00",
    "01-04-2020 1:2:3",
    "01-04-2020 10:00",
    "1-04-2020 10:00:00",
    "20-11-2026 10:00:00",
    "20-11-2126 10:00:00",
    "809-555-0101",
    "8095550101",
    "a@b.c",
    "a@b",
    "a..b@c.do",
    "a@b@c.do",
    "a+b-c.d@e-f.g.do",
    ".a@b.c",
    "a@b.c.",
    "España",
    "A1B",
    "AB",
    "Juan, Pérez",
    "010000",
    "320703",
    "320704",
    "USD",
    "usd",
    "XXX",
    "63",
    "040",
    "039",
    "CT",
    "$",
    "$$",
    "%",
    "D",
    "4",
    "5",
    "8",
    "9",
    "31",
    "48",
    "1.0",
    "1.00",
    "2.0",
    "abc",
    "ñ",
    "€uro",
    "30 días",
    "a-b",
    "123456789",
    "1234567890",
    "12345678901",
    "abc\ndef",
    "tab\there",
    "a^b",
    "7`7",
    "2026-11-20T10:50:14",
    "2026-11-20T24:00:00",
    "2026-13-20T10:50:14",
    "0000-01-01T00:00:00",
];

const LETTERS: &[char] = &['a', 'Z', '5', 'ñ', 'Á', '&', '<', '"', '\'', '©', '漢', '😀', '.', '-'];

fn text(least: usize, most: usize, dice: &mut Dice) -> String {
    let most = if most == usize::MAX { least + 20 } else { most };
    let length = match dice.below(3) {
        0 => least.max(1).min(most),
        1 => most,
        _ => least + dice.below(most - least + 1),
    };
    (0..length).map(|_| *dice.pick(LETTERS)).collect()
}

fn shaped(name: &str, told: &str, longest: usize, dice: &mut Dice) -> String {
    let samples: &[&str] = match told {
        "dd-MM-yyyy HH:mm:ss" => {
            &["20-11-2026 10:00:00", "01-01-1999 0:0:0", "31-12-2028 23:59:59"]
        }
        "dd-MM-yyyy" if name == "FechaEmision" => &["01-04-2020", "1-1-2026", "31-12-2028"],
        "dd-MM-yyyy" => DATES,
        "000000000 | 00000000000" => TAX_IDS,
        "[A-Za-z0-9]{13}" => &["E310000000001", "e45000000000Z", "0123456789012"],
        "[A-Za-z0-9]{9|11|13}" => &["E310000000001", "B0100000001", "A12345678"],
        "000-000-0000" => &["809-555-0101", "829-000-9999", "80٩-555-010١"],
        "x@x.x" => &["a@b.c", "juan.perez+ventas@correo-1.com.do", "ñ-ñ@é.do", "漢€@x.y-z.do"],
        "[A-Za-z0-9 ]{1,15}" => &["30 días", "X", "a+b=c$", "quince y a cin", "\t\n漢字٣"],
        ".{6}" => &["aB3+/=", "      ", "ñ漢😀&<>"],
        "[A-Za-zÑñ, ]" => &["Juan, Pérez", "", "A", "ÁÉÍÓÚ ñ\tÑ"],
        "[^0-9]{2,}[A-Za-zÑñ]" if longest == 3 => &["FOB", "¿?é", "-.Ñ"],
        "[^0-9]{2,}[A-Za-zÑñ]" => &["Haití", "Estados Unidos de América", "C٣A", "(...)x"],
        other => panic!("{other}"),
    };
    (*dice.pick(samples)).to_owned()
}

fn decimal(decimal: Decimal, dice: &mut Dice) -> String {
    let most = if decimal.whole == usize::MAX { 16 } else { decimal.whole };
    let whole = if dice.one_in(3) { most } else { 1 + dice.below(most) };
    let mut text = digits(whole, dice);
    let fraction = decimal.fraction.0 + dice.below(decimal.fraction.1 - decimal.fraction.0 + 1);
    if decimal.point == Point::Required || !dice.one_in(4) {
        text.push('.');
        text.push_str(&digits(fraction, dice));
    } else if decimal.point == Point::Forgotten && dice.one_in(2) {
        // One digit where the point should be; the sum of all is bounded besides.
        text = digits(decimal.total.min(most + 1 + decimal.fraction.1), dice);
    }
    let sign = if decimal.signed { *dice.pick(&["", "-", "+"]) } else { "" };
    format!("{sign}{text}")
}

/// Digits of which the first is no zero.
fn digits(count: usize, dice: &mut Dice) -> String {
    let mut digits = String::from(*dice.pick(&['1', '9']));
    digits.extend((1..count).map(|_| *dice.pick(&['0', '5', '9'])));
    digits
}

fn integer(integer: Integer, dice: &mut Dice) -> String {
    match integer.most {
        Some(most) => {
            let inside = integer.least + u32::try_from(dice.below(most as usize)).unwrap();
            dice.pick(&[integer.least, most, inside.min(most)]).to_string()
        }
        None if integer.least > 0 => integer.least.to_string(),
        None => {
            let count = 1 + dice.below(integer.digits);
            digits(count, dice)
        }
    }
}

fn listed(list: Listed, dice: &mut Dice) -> String {
    match list {
        Listed::Texts(texts) => (*dice.pick(texts)).to_owned(),
        Listed::Codes(codes) => dice.pick(codes).code.to_owned(),
        Listed::Units => dice.pick(codes::UNITS).code.to_owned(),
        Listed::Taxes => dice.pick(codes::ADDITIONAL_TAXES).code.to_owned(),
        Listed::Places => dice.pick(codes::places()).code.to_owned(),
    }
}

/// A number as a schema lets it be written.
fn spelt(number: u8, dice: &mut Dice) -> String {
    match dice.below(8) {
        0 => format!("0{number}"),
        1 => format!("+{number}"),
        2 => format!(" {number}\n"),
        _ => number.to_string(),
    }
}

fn blanked(number: String, dice: &mut Dice) -> String {
    if dice.one_in(12) { format!("\t{number} ") } else { number }
}

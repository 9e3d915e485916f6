//! An amount in French words, as the law wants the total of an invoice written (SFE 1.2.1 q).
//!
//! The rules are those of the traditional spelling: hyphens below one hundred except around
//! "et"; "vingt" and "cent" take an s when multiplied and last, also before a noun such as
//! "millions", never before "mille"; "mille" is invariable and stands alone for 1 000; "million",
//! "milliard" and "billion" (10^12) are nouns, which want "de" before the currency that follows
//! them directly.

use crate::Error;

/// The amount `hundredths` / 100 of a currency, in words and lower case.
///
/// Hundredths are named only when there are some. The caller picks the numerals, because both
/// are right and neither is ours to prefer.
pub fn in_words(
    hundredths: i128,
    currency: &CurrencyNames<'_>,
    numerals: Numerals,
) -> Result<String, Error> {
    if !(0..=MAX_HUNDREDTHS).contains(&hundredths) {
        return Err(Error::NotInWords(hundredths));
    }
    let hundredths = u64::try_from(hundredths).map_err(|_| Error::NotInWords(hundredths))?;
    let (whole, cents) = (hundredths / 100, hundredths % 100);
    let mut words = counted(whole, &currency.major, numerals);
    if cents > 0 {
        words.push_str(" et ");
        words.push_str(&counted(cents, &currency.minor, numerals));
    }
    Ok(words)
}

/// The nouns of a currency, e.g. "franc congolais" and "centime". Both masculine, as are all
/// those whose hundredths we print: "un" is never "une".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrencyNames<'a> {
    /// The unit.
    pub major: Noun<'a>,
    /// Its hundredth.
    pub minor: Noun<'a>,
}

/// A noun in both numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noun<'a> {
    /// After nought and one.
    pub singular: &'a str,
    /// After two and more.
    pub plural: &'a str,
}

/// How 70 and 90 are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numerals {
    /// "soixante-dix", "quatre-vingt-dix": understood everywhere.
    Vigesimal,
    /// "septante", "nonante", as in Belgium and as usual in the Congo; 80 stays
    /// "quatre-vingts" there.
    Decimal,
}

fn counted(number: u64, noun: &Noun<'_>, numerals: Numerals) -> String {
    let name = if number < 2 { noun.singular } else { noun.plural };
    let link = if number >= 1_000_000 && number.is_multiple_of(1_000_000) {
        if name.starts_with(['a', 'e', 'i', 'o', 'u', 'y', 'é', 'è', 'ê', 'h']) {
            "d’"
        } else {
            "de "
        }
    } else {
        ""
    };
    format!("{} {link}{name}", cardinal(number, numerals))
}

fn cardinal(number: u64, numerals: Numerals) -> String {
    if number == 0 {
        return "zéro".to_owned();
    }
    let mut parts = Vec::new();
    for (unit, name) in [(BILLION, "billion"), (MILLIARD, "milliard"), (MILLION, "million")] {
        let count = number / unit % 1_000;
        if count > 0 {
            let plural = if count > 1 { "s" } else { "" };
            parts.push(format!("{} {name}{plural}", below_thousand(count, Next::Noun, numerals)));
        }
    }
    match number / 1_000 % 1_000 {
        0 => {}
        1 => parts.push("mille".to_owned()),
        count => parts.push(format!("{} mille", below_thousand(count, Next::Mille, numerals))),
    }
    if !number.is_multiple_of(1_000) {
        parts.push(below_thousand(number % 1_000, Next::Noun, numerals));
    }
    parts.join(" ")
}

/// What follows a group of three figures: "mille" is a numeral and takes the s off before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Noun,
    Mille,
}

fn below_thousand(number: u64, next: Next, numerals: Numerals) -> String {
    let (hundreds, rest) = (number / 100, number % 100);
    let cent = match hundreds {
        0 => String::new(),
        1 => "cent".to_owned(),
        _ if rest == 0 && next == Next::Noun => format!("{} cents", unit(hundreds)),
        _ => format!("{} cent", unit(hundreds)),
    };
    match (cent.is_empty(), rest) {
        (_, 0) => cent,
        (true, _) => below_hundred(rest, next, numerals),
        (false, _) => format!("{cent} {}", below_hundred(rest, next, numerals)),
    }
}

fn below_hundred(number: u64, next: Next, numerals: Numerals) -> String {
    let (tens, ones) = (number / 10, number % 10);
    match (tens, numerals) {
        (0 | 1, _) => unit(number).to_owned(),
        (8, _) if ones == 0 && next == Next::Noun => "quatre-vingts".to_owned(),
        (8, _) if ones == 0 => "quatre-vingt".to_owned(),
        (8, _) => format!("quatre-vingt-{}", unit(ones)),
        (7, Numerals::Vigesimal) => joined("soixante", 10 + ones),
        (9, Numerals::Vigesimal) => format!("quatre-vingt-{}", unit(10 + ones)),
        _ => joined(TENS[usize::try_from(tens).expect("a digit")], ones),
    }
}

/// "vingt", "vingt et un", "vingt-deux"; "soixante et onze", "soixante-douze".
fn joined(tens: &str, rest: u64) -> String {
    match rest {
        0 => tens.to_owned(),
        1 | 11 => format!("{tens} et {}", unit(rest)),
        _ => format!("{tens}-{}", unit(rest)),
    }
}

fn unit(number: u64) -> &'static str {
    UNITS[usize::try_from(number).expect("below twenty")]
}

const UNITS: [&str; 20] = [
    "", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
];

const TENS: [&str; 10] =
    ["", "", "vingt", "trente", "quarante", "cinquante", "soixante", "septante", "", "nonante"];

const MILLION: u64 = 1_000_000;
const MILLIARD: u64 = 1_000_000_000;
const BILLION: u64 = 1_000_000_000_000;

/// 999 billions and all below: the national budget fits a thousand times.
const MAX_HUNDREDTHS: i128 = 99_999_999_999_999_999;

#[cfg(test)]
mod tests {
    use super::*;

    const FRANCS: CurrencyNames<'_> = CurrencyNames {
        major: Noun { singular: "franc congolais", plural: "francs congolais" },
        minor: Noun { singular: "centime", plural: "centimes" },
    };
    const EUROS: CurrencyNames<'_> = CurrencyNames {
        major: Noun { singular: "euro", plural: "euros" },
        minor: Noun { singular: "cent", plural: "cents" },
    };

    /// Number, traditional numerals of France, and the Belgian ones where they differ.
    const NUMBERS: &[(u64, &str, &str)] = &[
        (0, "zéro", ""),
        (1, "un", ""),
        (2, "deux", ""),
        (10, "dix", ""),
        (11, "onze", ""),
        (16, "seize", ""),
        (17, "dix-sept", ""),
        (19, "dix-neuf", ""),
        (20, "vingt", ""),
        (21, "vingt et un", ""),
        (22, "vingt-deux", ""),
        (30, "trente", ""),
        (31, "trente et un", ""),
        (41, "quarante et un", ""),
        (50, "cinquante", ""),
        (59, "cinquante-neuf", ""),
        (60, "soixante", ""),
        (61, "soixante et un", ""),
        (69, "soixante-neuf", ""),
        (70, "soixante-dix", "septante"),
        (71, "soixante et onze", "septante et un"),
        (72, "soixante-douze", "septante-deux"),
        (77, "soixante-dix-sept", "septante-sept"),
        (79, "soixante-dix-neuf", "septante-neuf"),
        (80, "quatre-vingts", ""),
        (81, "quatre-vingt-un", ""),
        (88, "quatre-vingt-huit", ""),
        (90, "quatre-vingt-dix", "nonante"),
        (91, "quatre-vingt-onze", "nonante et un"),
        (97, "quatre-vingt-dix-sept", "nonante-sept"),
        (99, "quatre-vingt-dix-neuf", "nonante-neuf"),
        (100, "cent", ""),
        (101, "cent un", ""),
        (121, "cent vingt et un", ""),
        (171, "cent soixante et onze", "cent septante et un"),
        (180, "cent quatre-vingts", ""),
        (199, "cent quatre-vingt-dix-neuf", "cent nonante-neuf"),
        (200, "deux cents", ""),
        (201, "deux cent un", ""),
        (280, "deux cent quatre-vingts", ""),
        (500, "cinq cents", ""),
        (999, "neuf cent quatre-vingt-dix-neuf", "neuf cent nonante-neuf"),
        (1_000, "mille", ""),
        (1_001, "mille un", ""),
        (1_100, "mille cent", ""),
        (1_200, "mille deux cents", ""),
        (2_000, "deux mille", ""),
        (4_064, "quatre mille soixante-quatre", ""),
        (10_000, "dix mille", ""),
        (21_000, "vingt et un mille", ""),
        (71_000, "soixante et onze mille", "septante et un mille"),
        (80_000, "quatre-vingt mille", ""),
        (80_080, "quatre-vingt mille quatre-vingts", ""),
        (100_000, "cent mille", ""),
        (200_000, "deux cent mille", ""),
        (200_200, "deux cent mille deux cents", ""),
        (380_000, "trois cent quatre-vingt mille", ""),
        (
            999_999,
            "neuf cent quatre-vingt-dix-neuf mille neuf cent quatre-vingt-dix-neuf",
            "neuf cent nonante-neuf mille neuf cent nonante-neuf",
        ),
        (1_000_000, "un million", ""),
        (1_000_001, "un million un", ""),
        (1_001_000, "un million mille", ""),
        (2_000_000, "deux millions", ""),
        (80_000_000, "quatre-vingts millions", ""),
        (200_000_000, "deux cents millions", ""),
        (203_000_080, "deux cent trois millions quatre-vingts", ""),
        (1_000_000_000, "un milliard", ""),
        (2_500_000_000, "deux milliards cinq cents millions", ""),
        (80_000_000_000, "quatre-vingts milliards", ""),
        (1_000_000_000_000, "un billion", ""),
        (300_000_000_000_000, "trois cents billions", ""),
        (
            999_999_999_999_999,
            "neuf cent quatre-vingt-dix-neuf billions neuf cent quatre-vingt-dix-neuf milliards \
             neuf cent quatre-vingt-dix-neuf millions neuf cent quatre-vingt-dix-neuf mille \
             neuf cent quatre-vingt-dix-neuf",
            "neuf cent nonante-neuf billions neuf cent nonante-neuf milliards \
             neuf cent nonante-neuf millions neuf cent nonante-neuf mille neuf cent nonante-neuf",
        ),
    ];

    #[test]
    fn numbers_are_said_in_both_ways() {
        for &(number, vigesimal, decimal) in NUMBERS {
            assert_eq!(cardinal(number, Numerals::Vigesimal), vigesimal);
            let expected = if decimal.is_empty() { vigesimal } else { decimal };
            assert_eq!(cardinal(number, Numerals::Decimal), expected);
        }
    }

    #[test]
    fn amounts_agree_with_their_currency() {
        let cases = [
            (406_400, "quatre mille soixante-quatre francs congolais"),
            (0, "zéro franc congolais"),
            (1, "zéro franc congolais et un centime"),
            (50, "zéro franc congolais et cinquante centimes"),
            (100, "un franc congolais"),
            (199, "un franc congolais et nonante-neuf centimes"),
            (200, "deux francs congolais"),
            (406_450, "quatre mille soixante-quatre francs congolais et cinquante centimes"),
            (100_000_000, "un million de francs congolais"),
            (200_000_080, "deux millions de francs congolais et quatre-vingts centimes"),
            (100_000_100, "un million un francs congolais"),
            (100_050_000, "un million cinq cents francs congolais"),
            (300_000_000_000, "trois milliards de francs congolais"),
            (300_100_000_000, "trois milliards un million de francs congolais"),
        ];
        for (hundredths, expected) in cases {
            assert_eq!(in_words(hundredths, &FRANCS, Numerals::Decimal).unwrap(), expected);
        }
        let most = in_words(MAX_HUNDREDTHS, &FRANCS, Numerals::Decimal).unwrap();
        assert!(most.ends_with("nonante-neuf francs congolais et nonante-neuf centimes"));
        let millions = in_words(500_000_000, &EUROS, Numerals::Vigesimal).unwrap();
        assert_eq!(millions, "cinq millions d’euros");
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for wrong in [-1, MAX_HUNDREDTHS + 1, i128::MAX, i128::MIN] {
            assert!(matches!(
                in_words(wrong, &FRANCS, Numerals::Decimal),
                Err(Error::NotInWords(_))
            ));
        }
    }
}

//! Code page 858, and the nearest spelling of what it lacks.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text in characters that the code page has, one column each.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_spelt(&mut out, c);
    }
    out
}

/// The byte of a character that [`printable`] let through; a question mark for any other.
pub(crate) fn byte(c: char) -> u8 {
    find(c).unwrap_or(b'?')
}

fn push_spelt(out: &mut String, c: char) {
    if find(c).is_some() {
        out.push(c);
    } else if let Some((_, spelling)) = SPELLINGS.iter().find(|(from, _)| *from == c) {
        out.push_str(spelling);
    } else if is_combining_mark(c) {
        // The letter before it has been printed: a mark alone has no column.
    } else {
        let bare = std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c));
        let bare: String = bare.map(|c| if find(c).is_some() { c } else { '?' }).collect();
        out.push_str(&bare);
    }
}

fn find(c: char) -> Option<u8> {
    if matches!(c, ' '..='~') {
        return u8::try_from(u32::from(c)).ok();
    }
    let place = HIGH_HALF.iter().position(|high| *high == c)?;
    u8::try_from(place + 0x80).ok()
}

/// What writers of French and of the Congo's languages use and the code page lacks.
const SPELLINGS: [(char, &str); 26] = [
    ('’', "'"),
    ('‘', "'"),
    ('‚', ","),
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('‹', "<"),
    ('›', ">"),
    ('–', "-"),
    ('—', "-"),
    ('−', "-"),
    ('‐', "-"),
    ('‑', "-"),
    ('…', "..."),
    ('•', "*"),
    ('œ', "oe"),
    ('Œ', "OE"),
    ('ɛ', "e"),
    ('Ɛ', "E"),
    ('ɔ', "o"),
    ('Ɔ', "O"),
    ('ŋ', "ng"),
    ('Ŋ', "NG"),
    ('→', "->"),
    ('№', "No"),
    ('\u{fffd}', "?"),
];

/// The upper half, byte 80 (hexadecimal) first.
#[rustfmt::skip]
const HIGH_HALF: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å',
    'É', 'æ', 'Æ', 'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ',
    'á', 'í', 'ó', 'ú', 'ñ', 'Ñ', 'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»',
    '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©', '╣', '║', '╗', '╝', '¢', '¥', '┐',
    '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦', '╠', '═', '╬', '¤',
    'ð', 'Ð', 'Ê', 'Ë', 'È', '€', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì', '▀',
    'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´',
    '\u{ad}', '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_that_of_the_standard() {
        let known = [('Ç', 0x80), ('é', 0x82), ('à', 0x85), ('É', 0x90), ('€', 0xD5), ('°', 0xF8)];
        for (c, expected) in known {
            assert_eq!(byte(c), expected, "{c}");
        }
    }

    #[test]
    fn every_character_becomes_printable_bytes() {
        assert_eq!(
            printable("L’œuf à 5 € – Kɔ́ngɔ, Şahin, ﬁn, 金"),
            "L'oeuf à 5 € - Kongo, Sahin, fin, ?"
        );
        for c in (0..=0x2_FFFF).filter_map(char::from_u32) {
            assert!(byte(c) >= 0x20 && byte(c) != 0x7F, "{c:?}");
            assert!(printable(&c.to_string()).chars().all(|c| find(c).is_some()));
        }
    }
}

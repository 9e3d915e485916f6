//! Provinces, municipalities and districts in words (Formato e-CF, table of places).

/// The name of a place by its six digits, as an address bears it: `Santo Domingo Este`. What is
/// no code stands as it was written.
pub(super) fn name(written: &str) -> String {
    let mut rows = ROWS.lines().filter_map(|row| row.split_once('\t'));
    match rows.find(|(code, _)| *code == written) {
        Some((_, name)) => cased(plain(name)),
        None => written.to_owned(),
    }
}

/// Without what the table says of its kind.
fn plain(name: &str) -> &str {
    let name = name.trim_start_matches("PROVINCIA ").trim_start_matches("MUNICIPIO ");
    name.split_once(" (").map_or(name, |(name, _)| name)
}

fn cased(name: &str) -> String {
    let words = name.to_lowercase();
    let words = words.split(' ').enumerate().map(|(place, word)| {
        if place > 0 && SMALL.contains(&word) { word.to_owned() } else { capitalised(word) }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn capitalised(word: &str) -> String {
    let mut parts = Vec::new();
    for part in word.split('-') {
        let mut letters = part.chars();
        let first = letters.next().map(char::to_uppercase);
        parts.push(first.into_iter().flatten().chain(letters).collect::<String>());
    }
    parts.join("-")
}

/// Words that stay small within a name.
const SMALL: [&str; 8] = ["de", "del", "la", "las", "los", "el", "y", "o"];

/// Code and name.
const ROWS: &str = include_str!("places.tsv");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_said_in_words() {
        for (written, said) in [
            ("010000", "Distrito Nacional"),
            ("010100", "Santo Domingo de Guzmán"),
            ("020103", "Las Barías-La Estancia"),
            ("320703", "La Cuaba"),
            ("999999", "999999"),
            ("Gascue", "Gascue"),
        ] {
            assert_eq!(name(written), said, "{written}");
        }
    }

    /// Two crates that may not know each other keep one table.
    #[test]
    fn the_table_is_that_of_the_format() {
        assert_eq!(ROWS, include_str!("../../../../authorities/src/dom/ecf/codes/places.tsv"));
    }
}

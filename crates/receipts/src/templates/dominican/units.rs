//! Units of measure in words (Formato e-CF, table of units): a till writes code or abbreviation.

/// The name of a unit by its code, its abbreviation or its name, whatever the case; what is none
/// of these stands as it was written.
pub(super) fn name(written: &str) -> String {
    let lower = written.to_lowercase();
    let is = |known: &str| known.to_lowercase() == lower;
    let mut rows = ROWS.lines().filter_map(|row| {
        let (code, names) = row.split_once('\t')?;
        let (abbreviation, name) = names.split_once('\t')?;
        Some((code, abbreviation, name))
    });
    let found = rows.find(|(code, abbreviation, name)| is(code) || is(abbreviation) || is(name));
    found.map_or_else(|| written.to_owned(), |(_, _, name)| name.to_owned())
}

/// Code, abbreviation and name.
const ROWS: &str = include_str!("units.tsv");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_said_in_words() {
        for (written, said) in [
            ("43", "Unidad"),
            ("und", "Unidad"),
            ("PZA", "Pieza"),
            ("6", "Caja/Cajón"),
            ("Libra", "Libra"),
            ("cesta", "cesta"),
            ("", ""),
        ] {
            assert_eq!(name(written), said, "{written}");
        }
    }

    /// Two crates that may not know each other keep one table.
    #[test]
    fn the_table_is_that_of_the_format() {
        let source = include_str!("../../../../authorities/src/dom/ecf/codes/units.rs");
        for row in ROWS.lines() {
            let fields: Vec<String> = row.split('\t').map(|field| format!("\"{field}\"")).collect();
            assert!(source.contains(&format!("row({})", fields.join(", "))), "{row}");
        }
        assert_eq!(ROWS.lines().count(), source.matches("    row(\"").count());
    }
}

//! Units of measure as tills write them.

use crate::dom::ecf::codes::{UNITS, Unit, unit};

/// The code of a unit, by its code, its abbreviation or its name, whatever the case.
pub fn unit_code(written: &str) -> Option<&'static str> {
    let lower = written.to_lowercase();
    let is_called = |unit: &&Unit| {
        [unit.name, unit.abbreviation].into_iter().any(|name| name.to_lowercase() == lower)
    };
    let known = unit(written).or_else(|| UNITS.iter().find(is_called));
    known.map(|unit| unit.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_known_by_code_abbreviation_and_name() {
        for (written, code) in [
            ("43", Some("43")),
            ("UND", Some("43")),
            ("unidad", Some("43")),
            ("Litro", Some("24")),
            ("lb", Some("23")),
            ("063", None),
            ("63", None),
            ("0", None),
            ("dozen", None),
            ("", None),
        ] {
            assert_eq!(unit_code(written), code, "{written}");
        }
    }
}

//! Provinces, municipalities and municipal districts (Formato e-CF, table of places).

use std::sync::LazyLock;

/// A place by its six digits: two of province, two of municipality, two of district.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    pub code: &'static str,
    /// As the table of the DGII has it: `MUNICIPIO SANTO DOMINGO ESTE`.
    pub name: &'static str,
}

/// What a code stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PlaceKind {
    Province,
    Municipality,
    District,
}

impl Place {
    pub fn kind(&self) -> PlaceKind {
        if self.code.ends_with("0000") {
            PlaceKind::Province
        } else if self.code.ends_with("00") {
            PlaceKind::Municipality
        } else {
            PlaceKind::District
        }
    }

    /// The name alone, as an address bears it: `SANTO DOMINGO ESTE`.
    pub fn plain_name(&self) -> &'static str {
        let name = self.name.trim_start_matches("PROVINCIA ").trim_start_matches("MUNICIPIO ");
        name.split_once(" (").map_or(name, |(name, _)| name)
    }
}

/// The place of a code.
pub fn place(code: &str) -> Option<&'static Place> {
    let places = places();
    places.binary_search_by(|place| place.code.cmp(code)).ok().map(|index| &places[index])
}

/// All places, by code.
pub fn places() -> &'static [Place] {
    static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
        let rows = include_str!("places.tsv").lines().filter_map(|line| line.split_once('\t'));
        rows.map(|(code, name)| Place { code, name }).collect()
    });
    &PLACES
}

//! An e-MCF: the dematerialised control module of one shop.

use std::time::Duration;

use crate::SimulatorError;
use crate::drc_emcf::limits::{LONGEST_IDENTIFIER, LONGEST_TEXT};

/// One e-MCF, as the portal would show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emcf {
    /// The taxpayer's number. Public samples are a letter, seven digits and a letter; nothing
    /// promises it.
    pub nif: String,
    /// The module's number with its activation suffix, such as `CD01000001-1`.
    pub nim: String,
    /// The shop it serves.
    pub shop_name: String,
    /// The street (`address1` of the API).
    pub street: String,
    /// The city (`address3`).
    pub city: String,
    /// The telephone (`contact1`).
    pub phone: String,
    /// The address to write to (`contact2`), if any.
    pub email: Option<String>,
    /// A module that was switched off answers 401.
    pub active: bool,
    /// How long its token lives from the moment it is made.
    pub token_lifetime: Duration,
}

impl Emcf {
    /// An active module with an ordinary address and a token that lives for a year.
    pub fn new(
        nif: impl Into<String>,
        nim: impl Into<String>,
        shop_name: impl Into<String>,
    ) -> Self {
        Self {
            nif: nif.into(),
            nim: nim.into(),
            shop_name: shop_name.into(),
            street: "12 AVENUE DU COMMERCE".into(),
            city: "KINSHASA".into(),
            phone: "+243810000000".into(),
            email: None,
            active: true,
            token_lifetime: YEAR,
        }
    }

    /// What the API calls its status.
    pub(super) fn status(&self) -> &'static str {
        if self.active { "Actif" } else { "Désactivé" }
    }

    /// An identifier with a separator in it would break the claim `NIF|NIM` and the QR payload.
    pub(super) fn check(&self) -> Result<(), SimulatorError> {
        let whole = |text: &str| {
            !text.is_empty()
                && text.len() <= LONGEST_IDENTIFIER
                && text.chars().all(|each| each.is_ascii_alphanumeric() || each == '-')
        };
        let texts = [&self.shop_name, &self.street, &self.city, &self.phone];
        let why = if !whole(&self.nif) {
            "a NIF is 1 to 32 letters, digits and dashes"
        } else if !whole(&self.nim) {
            "a NIM is 1 to 32 letters, digits and dashes"
        } else if texts.iter().any(|text| text.chars().count() > LONGEST_TEXT) {
            "its name and address lines have at most 255 characters each"
        } else {
            return Ok(());
        };
        Err(SimulatorError::Emcf { nif: self.nif.clone(), nim: self.nim.clone(), why })
    }
}

/// Public samples of tokens live for about a year.
const YEAR: Duration = Duration::from_hours(8760);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_holds_no_separator() {
        assert!(Emcf::new("A1234567B", "CD01000001-1", "X").check().is_ok());
        for (nif, nim) in
            [("", "CD1"), ("A|B", "CD1"), ("A", "CD;1"), ("A", ""), ("A", &"9".repeat(33))]
        {
            assert!(Emcf::new(nif, nim, "X").check().is_err(), "{nif} {nim}");
        }
    }
}

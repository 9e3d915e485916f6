//! The e-NCF: the number of an electronic fiscal receipt.

use std::fmt;

use super::document_type::DocumentType;

/// `E`, two digits of type, ten of sequence (Formato e-CF, `eNCF`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Encf {
    document_type: DocumentType,
    sequence: u64,
}

/// The last number of a sequence: ten digits.
pub const SEQUENCE_MAX: u64 = 9_999_999_999;

/// Why a text is no e-NCF.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EncfError {
    #[error("an e-NCF is an E, two digits of type and ten of sequence: E310000000001")]
    Shape,
    #[error("no e-CF bears the two digits that follow the E")]
    UnknownType,
}

impl Encf {
    /// Nothing where the sequence is zero or has more than ten digits.
    pub fn new(document_type: DocumentType, sequence: u64) -> Option<Self> {
        let exists = (1..=SEQUENCE_MAX).contains(&sequence);
        exists.then_some(Self { document_type, sequence })
    }

    /// Reads the thirteen characters, and nothing around them.
    pub fn parse(text: &str) -> Result<Self, EncfError> {
        let digits = text.strip_prefix('E').filter(|digits| digits.len() == 12);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let (code, sequence) = digits.ok_or(EncfError::Shape)?.split_at(2);
        let document_type = DocumentType::parse(code).ok_or(EncfError::UnknownType)?;
        let sequence = sequence.parse().map_err(|_| EncfError::Shape)?;
        Self::new(document_type, sequence).ok_or(EncfError::Shape)
    }

    pub const fn document_type(self) -> DocumentType {
        self.document_type
    }

    /// From 1 to [`SEQUENCE_MAX`].
    pub const fn sequence(self) -> u64 {
        self.sequence
    }
}

impl fmt::Display for Encf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "E{}{:010}", self.document_type.code(), self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_thirteen_characters_of_the_e_series() {
        use EncfError::{Shape, UnknownType};
        for (text, error) in [
            ("", Shape),
            ("E31000000001", Shape),
            ("E3100000000011", Shape),
            ("e310000000001", Shape),
            ("B310000000001", Shape),
            ("E31000000000A", Shape),
            ("E31+000000001", Shape),
            ("E310000000001 ", Shape),
            ("E310000000000", Shape),
            ("E31٠000000001", Shape),
            ("E300000000001", UnknownType),
        ] {
            assert_eq!(Encf::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(column in 0..10_usize, sequence in 1..=SEQUENCE_MAX) {
            let encf = Encf::new(DocumentType::ALL[column], sequence).unwrap();
            prop_assert_eq!(Encf::parse(&encf.to_string()), Ok(encf));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,16}") {
            if let Ok(encf) = Encf::parse(&text) {
                prop_assert_eq!(encf.to_string(), text);
            }
        }
    }
}

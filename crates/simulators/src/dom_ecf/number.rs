//! e-NCF: `E`, two digits of the type, ten of the sequence (Formato e-CF, `eNCF`).

use std::fmt;

/// A number that is well formed and of a type that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Number {
    pub(super) kind: u8,
    pub(super) sequence: u64,
}

/// The ten types of e-CF.
pub(super) const KINDS: [u8; 10] = [31, 32, 33, 34, 41, 43, 44, 45, 46, 47];

impl Number {
    pub(super) fn read(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('E')?;
        let is_plain = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let (kind, sequence) = digits.split_at_checked(2).filter(|_| is_plain)?;
        let (kind, sequence) = (kind.parse().ok()?, sequence.parse().ok()?);
        (KINDS.contains(&kind) && sequence > 0).then_some(Self { kind, sequence })
    }
}

impl fmt::Display for Number {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "E{:02}{:010}", self.kind, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        let number = Number::read("E310000000042").unwrap();
        assert_eq!((number.kind, number.sequence), (31, 42));
        assert_eq!(number.to_string(), "E310000000042");
        for wrong in [
            "",
            "E31000000042",
            "E420000000001",
            "B310000000042",
            "E310000000000",
            "e310000000042",
            "E31000000004x",
            "Eñ10000000042",
        ] {
            assert_eq!(Number::read(wrong), None, "{wrong}");
        }
    }
}

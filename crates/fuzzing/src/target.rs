//! What is fuzzed: a reader, its seeds, and the words of its language.

/// A family of readers of foreign bytes.
pub struct Target {
    /// As `make fuzz` calls it.
    pub name: &'static str,
    /// Reads, and panics where something does not hold.
    pub read: fn(&[u8]),
    /// Whole inputs that get far.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// What the format is made of.
    pub words: &'static [&'static str],
    /// The longest input that its reader takes, as long as the tests make them.
    pub limit: usize,
    /// How many changed seeds the bounded test throws, by what one costs.
    pub rounds: u32,
}

impl Target {
    /// The target of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        crate::TARGETS.iter().copied().find(|target| target.name == name)
    }
}

/// Stands between the parts of an input that has several: one reply after the other.
pub const SEPARATOR: &[u8] = b"\n%%\n";

/// The parts of an input.
pub fn parts(input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = input;
    let at = |rest: &[u8]| rest.windows(SEPARATOR.len()).position(|four| four == SEPARATOR);
    while let Some(end) = at(rest) {
        parts.push(&rest[..end]);
        rest = &rest[end + SEPARATOR.len()..];
    }
    parts.push(rest);
    parts
}

/// The same from parts.
pub fn joined<Part: AsRef<[u8]>>(parts: &[Part]) -> Vec<u8> {
    let parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
    parts.join(SEPARATOR)
}

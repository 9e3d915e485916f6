//! The little of DER (X.690) that keys, signatures and certificates need: walking over elements
//! with bounds, and writing them.

/// A cursor over the elements of some DER. Every read answers `None` where the bytes are not what
/// was asked for, and never looks past their end.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The contents of the next element, as something to walk over.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.next(tag).map(|(_, contents)| Reader(contents))
    }

    /// The contents of the next element.
    pub(crate) fn contents(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next(tag).map(|(_, contents)| contents)
    }

    /// The next element with its tag and length.
    pub(crate) fn whole(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next(tag).map(|(whole, _)| whole)
    }

    /// Steps over the next element if it has this tag.
    pub(crate) fn skip_optional(&mut self, tag: u8) {
        let _ = self.next(tag);
    }

    /// The next element whatever it is: its tag and its contents.
    pub(crate) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let tag = *self.0.first()?;
        self.contents(tag).map(|contents| (tag, contents))
    }

    /// The magnitude of the next INTEGER, which must not be negative, without leading zeros.
    pub(crate) fn magnitude(&mut self) -> Option<&'a [u8]> {
        let contents = self.contents(INTEGER)?;
        let is_negative = contents.first()? & 0x80 != 0;
        (!is_negative).then(|| without_leading_zeros(contents))
    }

    /// The next INTEGER where it is a small number: a version, a length, a count.
    pub(crate) fn small_integer(&mut self) -> Option<u32> {
        let magnitude = self.magnitude()?;
        let is_small = magnitude.len() <= size_of::<u32>();
        is_small.then(|| magnitude.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte)))
    }

    pub(crate) fn is_at_end(self) -> bool {
        self.0.is_empty()
    }

    fn next(&mut self, tag: u8) -> Option<(&'a [u8], &'a [u8])> {
        if *self.0.first()? != tag {
            return None;
        }
        let (header, length) = length(self.0.get(1..)?)?;
        let header = header + 1;
        let end = header.checked_add(length)?;
        let whole = self.0.get(..end)?;
        self.0 = &self.0[end..];
        Some((whole, &whole[header..]))
    }
}

/// How many bytes the length takes, and the length. Long forms of more than four bytes are not
/// read: nothing of that size is ever given to us.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = *bytes.first()?;
    if first < LONG_FORM {
        return Some((1, usize::from(first)));
    }
    let count = usize::from(first & !LONG_FORM);
    if !(1..=4).contains(&count) {
        return None;
    }
    let value = bytes.get(1..=count)?.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
    Some((count + 1, value))
}

/// An element with the shortest length that its contents allow (X.690, 10.1).
pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let length = without_leading_zeros(&length);
    let count = u8::try_from(length.len()).expect("a length has at most eight bytes");
    match length {
        [] => vec![tag, 0],
        [short] if *short < LONG_FORM => [&[tag, *short], contents].concat(),
        long => [&[tag, LONG_FORM | count], long, contents].concat(),
    }
}

/// A big-endian magnitude as an INTEGER: no superfluous zeros, and one zero where the first bit
/// would otherwise make it negative (X.690, 8.3).
pub(crate) fn unsigned_integer(magnitude: &[u8]) -> Vec<u8> {
    let significant = without_leading_zeros(magnitude);
    let needs_zero = significant.first().is_none_or(|byte| byte & 0x80 != 0);
    let sign: &[u8] = if needs_zero { &[0] } else { &[] };
    element(INTEGER, &[sign, significant].concat())
}

pub(crate) fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed: the version of a certificate, or what a type wraps explicitly.
pub(crate) const CONTEXT_0: u8 = 0xa0;

const LONG_FORM: u8 = 0x80;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_short_and_long_lengths() {
        let short = element(OCTET_STRING, b"abc");
        assert_eq!(Reader::new(&short).contents(OCTET_STRING), Some(&b"abc"[..]));
        let long = [&[OCTET_STRING, 0x82, 0x01, 0x00][..], &[7; 256]].concat();
        let mut reader = Reader::new(&long);
        assert_eq!(reader.contents(OCTET_STRING), Some(&[7; 256][..]));
        assert!(reader.is_at_end());
    }

    #[test]
    fn numbers_are_read_without_their_sign() {
        let mut reader = Reader::new(&[INTEGER, 2, 0, 0x80, INTEGER, 1, 0x80, INTEGER, 1, 0]);
        assert_eq!(reader.magnitude(), Some(&[0x80][..]));
        assert_eq!(reader.magnitude(), None, "it is negative");
        assert_eq!(Reader::new(&[INTEGER, 1, 0]).small_integer(), Some(0));
        assert_eq!(Reader::new(&[INTEGER, 3, 1, 0, 0]).small_integer(), Some(65_536));
        assert_eq!(Reader::new(&[INTEGER, 5, 1, 0, 0, 0, 0]).small_integer(), None);
        assert_eq!(Reader::new(&[INTEGER, 0]).small_integer(), None);
    }

    #[test]
    fn refuses_what_is_cut_off_or_endless() {
        let endless = [SEQUENCE, 0x80, 0, 0];
        let too_long = [SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff, 0];
        let five_bytes = [SEQUENCE, 0x85, 0, 0, 0, 0, 1, 0];
        let cut_off = [SEQUENCE, 2, 0];
        for bytes in [&endless[..], &too_long, &five_bytes, &cut_off, &[], &[SEQUENCE]] {
            assert!(Reader::new(bytes).enter(SEQUENCE).is_none(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(length in 0_usize..70_000) {
            let contents = vec![0x5a; length];
            let whole = element(SEQUENCE, &contents);
            let mut reader = Reader::new(&whole);
            prop_assert_eq!(reader.any(), Some((SEQUENCE, contents.as_slice())));
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            let tag = bytes.first().copied().unwrap_or(0);
            if let Some(whole) = reader.whole(tag) {
                prop_assert!(bytes.starts_with(whole));
            }
        }
    }
}

//! The little of DER (X.690) that keys, signatures and certificates need: walking over elements
//! with bounds, and writing short ones.

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

/// An element with a short length.
pub(crate) fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u8::try_from(contents.len()).expect("only short elements are ever written");
    assert!(length < LONG_FORM, "a long element needs a long length");
    [&[tag, length], contents].concat()
}

/// A big-endian magnitude as an INTEGER: no superfluous zeros, and one zero where the first bit
/// would otherwise make it negative (X.690, 8.3).
pub(crate) fn unsigned_integer(magnitude: &[u8]) -> Vec<u8> {
    let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
    let significant = &magnitude[zeros..];
    let needs_zero = significant.first().is_none_or(|byte| byte & 0x80 != 0);
    let sign: &[u8] = if needs_zero { &[0] } else { &[] };
    element(INTEGER, &[sign, significant].concat())
}

pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
/// `[0]`, constructed: the version of a certificate.
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
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = Reader::new(&bytes);
            let tag = bytes.first().copied().unwrap_or(0);
            if let Some(whole) = reader.whole(tag) {
                prop_assert!(bytes.starts_with(whole));
            }
        }
    }
}

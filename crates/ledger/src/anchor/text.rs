//! An anchor as text: a signed note (C2SP `signed-note`) with an origin of its own, so that it never
//! passes for a checkpoint, and one form only.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use invoice::{Hash, Json, OutletId};
use proof::{KeyName, LogKey, Note, der_of, fixed_of};

use crate::series::SeriesKey;

/// What a process knows of an outlet: it saw these entries durable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Anchor {
    pub outlet: OutletId,
    /// Which log of the outlet: 1, and one more after each recovery.
    pub generation: u64,
    /// How many entries, 1 at least.
    pub size: u64,
    /// The hash of the last of them.
    pub head: Hash,
    /// The root of their Merkle tree.
    pub root: Hash,
    /// The last number that was seen taken of each series.
    pub last: BTreeMap<SeriesKey, u64>,
}

/// An anchor with the note that bears it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct SignedAnchor {
    pub(super) anchor: Anchor,
    pub(super) note: Note,
}

/// Why a file is not one of anchors.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AnchorError {
    #[error("it is longer than {FILE_BYTES_MAX} bytes")]
    TooLong,
    #[error("it is no text")]
    Characters,
    #[error("its {0}th anchor is not one as this program writes them")]
    Shape(usize),
    #[error("its anchor of {0} is not signed by the key that it names, or was changed")]
    Forged(OutletId),
}

impl Anchor {
    /// What is signed.
    pub fn text(&self) -> String {
        let Self { size, head, root, .. } = self;
        let mut text = format!(
            "{}\nentries {size}\nhead {}\nroot {}\n",
            self.origin(),
            head.to_hex(),
            root.to_hex()
        );
        for (series, last) in &self.last {
            let series = Json::string(series.to_string()).to_text();
            writeln!(text, "last {last} {series}").expect("a string takes what is written to it");
        }
        text
    }

    /// Reads what [`Self::text`] writes, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (outlet, generation) = lines.next()?.strip_prefix(ORIGIN_PREFIX)?.rsplit_once('/')?;
        let mut value = |key: &str| lines.next()?.strip_prefix(key)?.strip_prefix(' ');
        let anchor = Self {
            outlet: OutletId::parse(outlet).ok()?,
            generation: generation.parse().ok()?,
            size: value("entries")?.parse().ok()?,
            head: Hash::parse_hex(value("head")?)?,
            root: Hash::parse_hex(value("root")?)?,
            last: lines.take(SERIES_MAX).map(last_number).collect::<Option<_>>()?,
        };
        let fits = |count: u64| (1..=COUNT_MAX).contains(&count);
        let is_sound = fits(anchor.generation)
            && fits(anchor.size)
            && anchor.last.values().all(|last| *last <= COUNT_MAX);
        (is_sound && anchor.text() == text).then_some(anchor)
    }

    fn origin(&self) -> String {
        format!("{ORIGIN_PREFIX}{}/{}", self.outlet, self.generation)
    }

    /// The name by which the note's signature calls its key, whose id elsewhere is `key_id`; none
    /// where that is no key's.
    fn key(&self, key_id: &str) -> Option<LogKey> {
        let name = KeyName::parse(&self.origin()).expect("an id has neither spaces nor a plus");
        LogKey::named(name, key_id)
    }

    /// The note with a signature, r ‖ s.
    pub(super) fn signed(self, key_id: &str, signature: &[u8; 64]) -> Option<SignedAnchor> {
        let key = self.key(key_id)?;
        let mut note = Note::new(self.text()).ok()?;
        note.add(key.signature(der_of(signature)));
        Some(SignedAnchor { anchor: self, note })
    }
}

impl SignedAnchor {
    /// Whether its signature is by the key of that id, as `verify` (message, signature) says of it;
    /// none where it is another key's.
    pub(super) fn is_signed_by(
        &self,
        key_id: &str,
        verify: impl Fn(&[u8], &[u8; 64]) -> bool,
    ) -> Option<bool> {
        let key = self.anchor.key(key_id)?;
        let verify = |message: &[u8], der: &[u8]| {
            fixed_of(der).is_some_and(|signature| verify(message, &signature))
        };
        match self.note.is_signed_by((&key.name, key.id), verify) {
            Ok(true) => Some(true),
            Ok(false) => None,
            Err(_) => Some(false),
        }
    }
}

fn last_number(line: &str) -> Option<(SeriesKey, u64)> {
    let (last, series) = line.strip_prefix("last ")?.split_once(' ')?;
    let series = Json::parse(series.as_bytes()).ok()?;
    Some((SeriesKey::parse(series.as_str()?)?, last.parse().ok()?))
}

/// A file of anchors: notes, with an empty line between two of them.
pub(super) fn file_of<'a>(notes: impl Iterator<Item = &'a Note>) -> String {
    notes.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Reads what [`file_of`] writes, and nothing else. Signatures are not checked here.
pub(super) fn parse_file(bytes: &[u8]) -> Result<Vec<SignedAnchor>, AnchorError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(AnchorError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| AnchorError::Characters)?;
    let mut rest = text;
    let mut anchors = Vec::new();
    while !rest.is_empty() {
        let place = anchors.len() + 1;
        let (anchor, after) = first_of(rest).ok_or(AnchorError::Shape(place))?;
        anchors.push(anchor);
        rest = after;
    }
    Ok(anchors)
}

/// The first note of a file, and what follows the empty line after it.
fn first_of(text: &str) -> Option<(SignedAnchor, &str)> {
    let words = text.find("\n\n")? + 2;
    let (note, rest) = match text[words..].find("\n\n") {
        Some(end) => (&text[..=words + end], &text[words + end + 2..]),
        None => (text, ""),
    };
    // An empty line stands between two notes and not after the last.
    if rest.is_empty() && note.len() != text.len() {
        return None;
    }
    let parsed = Note::parse(note.as_bytes()).ok()?;
    let is_plain = parsed.signatures().len() == 1 && parsed.to_string() == note;
    let anchor = Anchor::parse(parsed.text()).filter(|_| is_plain)?;
    let named = parsed.signatures().first()?.name.as_str() == anchor.origin();
    named.then_some((SignedAnchor { anchor, note: parsed }, rest))
}

const ORIGIN_PREFIX: &str = "stalela-anchor/";
/// Series of one outlet: a year each, and the shares of ranges, of which ten years bring some dozens.
const SERIES_MAX: usize = 10_000;
/// Counts are signed in the store.
const COUNT_MAX: u64 = i64::MAX.unsigned_abs();
/// Two hundred thousand outlets of one process.
pub(super) const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY_ID: &str = "0123456789abcdef";

    fn anchor(outlet: u8, size: u64) -> Anchor {
        let share = SeriesKey::Share { kind: "3 \"1".to_owned(), first: 1001 };
        Anchor {
            outlet: OutletId::from_random([outlet; 10]),
            generation: 1,
            size,
            head: Hash([1; 32]),
            root: Hash([2; 32]),
            last: BTreeMap::from([(SeriesKey::Year(2026), 7), (share, 1)]),
        }
    }

    fn file(anchors: impl IntoIterator<Item = Anchor>) -> String {
        let signed = anchors.into_iter().map(|one| one.signed(KEY_ID, &[3; 64]).unwrap().note);
        let notes: Vec<Note> = signed.collect();
        file_of(notes.iter())
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        for anchors in [vec![], vec![anchor(1, 9)], vec![anchor(1, 9), anchor(2, 1), anchor(3, 4)]]
        {
            let read = parse_file(file(anchors.clone()).as_bytes()).unwrap();
            assert_eq!(read.into_iter().map(|one| one.anchor).collect::<Vec<_>>(), anchors);
        }
    }

    #[test]
    fn it_is_no_checkpoint() {
        let text = anchor(1, 9).text();
        assert!(text.starts_with("stalela-anchor/ou_"), "{text}");
        assert!(proof::Checkpoint::parse(&text).is_err());
    }

    #[test]
    fn a_signature_is_by_the_key_that_it_names() {
        let signed = anchor(1, 9).signed(KEY_ID, &[3; 64]).unwrap();
        let is_it = |_: &[u8], signature: &[u8; 64]| *signature == [3; 64];
        assert_eq!(signed.is_signed_by(KEY_ID, is_it), Some(true));
        assert_eq!(signed.is_signed_by(KEY_ID, |_, _| false), Some(false));
        assert_eq!(signed.is_signed_by("fedcba9876543210", is_it), None);
        assert_eq!(signed.is_signed_by("a key", is_it), None);
    }

    #[test]
    fn another_form_is_refused() {
        let good = file([anchor(1, 9), anchor(2, 9)]);
        assert!(parse_file(good.as_bytes()).is_ok());
        for (from, to) in [
            ("entries 9", "entries 09"),
            ("entries 9", "entries 0"),
            ("entries 9", "entries 9223372036854775808"),
            ("head 01", "head 0A"),
            ("root ", "boot "),
            ("last 7 \"2026\"", "last 7 2026"),
            ("last 7 \"2026\"", "last 7 \"02026\""),
            ("last 7 \"2026\"\n", "last 7 \"2026\"\nlast 7 \"2026\"\n"),
            ("stalela-anchor/ou_", "stalela/ou_"),
            ("/1\nentries", "/0\nentries"),
            ("/1 ", "/2 "),
            ("\n\n\u{2014}", "\n\u{2014}"),
            ("\n\nstalela-anchor", "\nstalela-anchor"),
            ("\n\nstalela-anchor", "\n\n\nstalela-anchor"),
        ] {
            let other = good.replace(from, to);
            assert_ne!(other, good, "{from}");
            assert!(parse_file(other.as_bytes()).is_err(), "{from} as {to}");
        }
        for other in [&good[..good.len() - 1], &format!("{good}\n"), &good[1..]] {
            assert!(parse_file(other.as_bytes()).is_err());
        }
        assert_eq!(parse_file(&[0xff]), Err(AnchorError::Characters));
        let long = vec![b'a'; FILE_BYTES_MAX + 1];
        assert_eq!(parse_file(&long), Err(AnchorError::TooLong));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(read) = parse_file(&bytes) {
                let notes: Vec<Note> = read.into_iter().map(|one| one.note).collect();
                prop_assert_eq!(file_of(notes.iter()).into_bytes(), bytes);
            }
        }

        #[test]
        fn a_changed_file_is_refused_or_says_something_else(at in 0_usize..10_000, bit in 0_u8..8) {
            let good = file([anchor(1, 9), anchor(2, 300)]);
            let mut bytes = good.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Ok(read) = parse_file(&bytes) {
                let notes: Vec<Note> = read.into_iter().map(|one| one.note).collect();
                prop_assert_eq!(file_of(notes.iter()).into_bytes(), bytes);
            }
        }
    }
}

//! Signed notes (C2SP `signed-note`): a text, an empty line, and who signs it.

use std::fmt;

use data_encoding::BASE64;

/// A text with signatures. Nothing of it is true before [`Note::is_signed_by`] says so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One line below a note.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoteSignature {
    pub name: KeyName,
    /// With the name it tells which key, and which algorithm.
    pub id: [u8; 4],
    pub bytes: Vec<u8>,
}

/// Whose key: without spaces and without `+`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct KeyName(String);

impl KeyName {
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |char: char| !char.is_whitespace() && !char.is_control() && char != '+';
        let may = (1..=NAME_BYTES_MAX).contains(&text.len()) && text.chars().all(is_plain);
        may.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Note {
    /// A note without signatures yet. The text ends with a line feed.
    pub fn new(text: String) -> Result<Self, NoteError> {
        check(&text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Shape);
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Reads a note with one signature at least.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Characters)?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Shape)?;
        let mut parsed = Self::new(format!("{text}\n"))?;
        parsed.signatures = Self::parse_signatures(lines)?;
        if parsed.signatures.is_empty() { Err(NoteError::Shape) } else { Ok(parsed) }
    }

    /// Reads signature lines alone, as a witness answers them.
    pub fn parse_signatures(lines: &str) -> Result<Vec<NoteSignature>, NoteError> {
        if lines.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        check(lines)?;
        let lines = match lines {
            "" => return Ok(Vec::new()),
            _ => lines.strip_suffix('\n').ok_or(NoteError::Shape)?,
        };
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(NoteError::TooLong);
        }
        lines.split('\n').map(|line| signature(line).ok_or(NoteError::Signature)).collect()
    }

    /// What is signed: the text with its last line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.push(signature);
    }

    /// Whether the key of that name and id signed the note, as `verify` (message, signature) says of
    /// it. A signature in its name that is not by it spoils the whole note.
    pub fn is_signed_by(
        &self,
        (name, id): (&KeyName, [u8; 4]),
        verify: impl Fn(&[u8], &[u8]) -> bool,
    ) -> Result<bool, NoteError> {
        let mut own = self.signatures.iter().filter(|one| (&one.name, one.id) == (name, id));
        let mut is_signed = false;
        own.try_for_each(|signature| {
            is_signed = verify(self.text.as_bytes(), &signature.bytes);
            if is_signed { Ok(()) } else { Err(NoteError::Forged(name.as_str().to_owned())) }
        })?;
        Ok(is_signed)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(out, "{signature}"))
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id, &self.bytes[..]].concat();
        writeln!(out, "{LEAD}{} {}", self.name.as_str(), BASE64.encode(&bytes))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Why bytes are not a note, or not a true one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoteError {
    #[error("a note is a text that ends with a line feed, an empty line, and signatures")]
    Shape,
    #[error("a note has characters that it may not have")]
    Characters,
    #[error("a line of signatures is none: “— name base64”")]
    Signature,
    #[error(
        "a note is longer than {NOTE_BYTES_MAX} bytes or has more than {SIGNATURES_MAX} signatures"
    )]
    TooLong,
    #[error("a signature in the name of {0} is not by its key, or the text was changed")]
    Forged(String),
}

fn signature(line: &str) -> Option<NoteSignature> {
    let (name, bytes) = line.strip_prefix(LEAD)?.split_once(' ')?;
    let bytes = BASE64.decode(bytes.as_bytes()).ok()?;
    let (id, bytes) = bytes.split_first_chunk()?;
    (!bytes.is_empty()).then_some(())?;
    Some(NoteSignature { name: KeyName::parse(name)?, id: *id, bytes: bytes.to_vec() })
}

fn check(text: &str) -> Result<(), NoteError> {
    let may = text.bytes().all(|byte| byte >= b' ' || byte == b'\n');
    if may { Ok(()) } else { Err(NoteError::Characters) }
}

/// More than the sixteen that everybody must read (`signed-note`), and what Go's reader takes.
pub const SIGNATURES_MAX: usize = 100;
/// A hundred signatures with keys of today's and tomorrow's kinds.
const NOTE_BYTES_MAX: usize = 1024 * 1024;
/// As long as a host's name.
const NAME_BYTES_MAX: usize = 255;
/// An em dash and a space.
const LEAD: &str = "\u{2014} ";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of the specification.
    const EXAMPLE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\
        \ned è subito sera.\n\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddn\
        GITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    fn name(text: &str) -> KeyName {
        KeyName::parse(text).unwrap()
    }

    #[test]
    fn the_example_is_read_and_written_back() {
        let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
        assert!(note.text().ends_with("\n\ned è subito sera.\n"));
        let [signature] = note.signatures() else { panic!("one signature") };
        assert_eq!(signature.name.as_str(), "quasimodo.example/salvatore");
        assert_eq!((signature.id, signature.bytes.len()), ([0x36, 0x7b, 0xa0, 0x4b], 64));
        assert_eq!(note.to_string(), EXAMPLE);
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        for (note, error) in [
            ("", NoteError::Shape),
            ("text\n", NoteError::Shape),
            ("text\n\n", NoteError::Shape),
            ("text\n\n— a AAAAAAA=", NoteError::Shape),
            ("te\txt\n\n— a AAAAAAA=\n", NoteError::Characters),
            ("text\r\n\n— a AAAAAAA=\n", NoteError::Characters),
            ("text\n\n- a AAAAAAA=\n", NoteError::Signature),
            ("text\n\n—a AAAAAAA=\n", NoteError::Signature),
            ("text\n\n— a AAAAAA==\n", NoteError::Signature),
            ("text\n\n— a AAAAAAA\n", NoteError::Signature),
            ("text\n\n— a+b AAAAAAA=\n", NoteError::Signature),
            ("text\n\n—  AAAAAAA=\n", NoteError::Signature),
        ] {
            assert_eq!(Note::parse(note.as_bytes()), Err(error), "{note:?}");
        }
        let many = format!("text\n\n{}", "— a AAAAAAA=\n".repeat(SIGNATURES_MAX + 1));
        assert_eq!(Note::parse(many.as_bytes()), Err(NoteError::TooLong));
        assert_eq!(Note::parse(&[0xff, b'\n', b'\n']), Err(NoteError::Characters));
    }

    #[test]
    fn another_key_says_nothing_and_a_forgery_spoils_the_note() {
        let mut note = Note::new("text\n".to_owned()).unwrap();
        let is_good = |_: &[u8], signature: &[u8]| signature == b"good";
        let key = name("a.example");
        let signature =
            |bytes: &[u8]| NoteSignature { name: key.clone(), id: [1; 4], bytes: bytes.to_vec() };
        assert_eq!(note.is_signed_by((&key, [1; 4]), is_good), Ok(false));
        note.add(signature(b"good"));
        assert_eq!(note.is_signed_by((&key, [1; 4]), is_good), Ok(true));
        assert_eq!(note.is_signed_by((&key, [2; 4]), is_good), Ok(false));
        assert_eq!(note.is_signed_by((&name("b.example"), [1; 4]), is_good), Ok(false));
        note.add(signature(b"bad"));
        let forged = Err(NoteError::Forged("a.example".to_owned()));
        assert_eq!(note.is_signed_by((&key, [1; 4]), is_good), forged);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Note::parse(&bytes);
        }

        #[test]
        fn any_changed_note_is_read_as_it_stands(at in 0_usize..250, byte: u8) {
            let mut bytes = EXAMPLE.as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(note) = Note::parse(&bytes) {
                prop_assert_eq!(note.to_string().into_bytes(), bytes);
            }
        }
    }
}

//! What a witness is asked (C2SP `tlog-witness`, add-checkpoint): a checkpoint, and the proof that
//! it continues the one that the witness has seen before.

use std::fmt;

use crate::checkpoint::Checkpoint;
use crate::lines::{self, NODES_MAX};
use crate::note::Note;
use crate::tree::Node;

/// The body of the request. Its text is its [`fmt::Display`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WitnessRequest {
    /// The size that the witness has seen; 0 if none.
    pub old: u64,
    pub consistency: Vec<Node>,
    pub checkpoint: Note,
}

impl WitnessRequest {
    /// Reads what a log sends; nothing where it is something else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old = lines::decimal(lines.next()?.strip_prefix("old ")?)?;
        let consistency: Vec<Node> = lines.map(lines::node).collect::<Option<_>>()?;
        let checkpoint = Note::parse(note.as_bytes()).ok()?;
        let parsed = Checkpoint::parse(checkpoint.text()).ok()?;
        let may = old <= parsed.size && consistency.len() < NODES_MAX;
        may.then_some(Self { old, consistency, checkpoint })
    }
}

impl fmt::Display for WitnessRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut proof = String::new();
        lines::push_nodes(&mut proof, &self.consistency);
        write!(out, "old {}\n{proof}\n{}", self.old, self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CHECKPOINT: &str =
        "a.example\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— a.example AAAAAAA=\n";

    #[test]
    fn is_read_back() {
        for (old, consistency) in [(0, Vec::new()), (2, vec![[1; 32], [2; 32]])] {
            let checkpoint = Note::parse(CHECKPOINT.as_bytes()).unwrap();
            let request = WitnessRequest { old, consistency, checkpoint };
            let text = request.to_string();
            assert!(text.starts_with(&format!("old {old}\n")));
            assert_eq!(WitnessRequest::parse(text.as_bytes()), Some(request));
        }
    }

    #[test]
    fn another_form_is_refused() {
        for text in [
            String::new(),
            format!("old 4\n\n{CHECKPOINT}"),
            format!("old 01\n\n{CHECKPOINT}"),
            format!("new 1\n\n{CHECKPOINT}"),
            format!("old 1\nAA\n\n{CHECKPOINT}"),
            format!("old 1\n{CHECKPOINT}"),
        ] {
            assert_eq!(WitnessRequest::parse(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(WitnessRequest::parse(&bytes), None);
        }
    }
}

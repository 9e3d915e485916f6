//! Checkpoints (C2SP `tlog-checkpoint`): which log, how long, and its root.

use std::fmt;

use data_encoding::BASE64;

use crate::lines;
use crate::tree::Node;

/// What a log's note says. Its text is this value's [`fmt::Display`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// The log's own name, for ever.
    pub origin: String,
    /// How many leaves.
    pub size: u64,
    pub root: Node,
}

impl Checkpoint {
    /// Reads the text of a checkpoint's note. Lines after the third are somebody's extensions,
    /// which mean nothing here.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError)?;
        let mut lines = lines.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError);
        let (origin, size, root) = (line()?, line()?, line()?);
        if lines.any(str::is_empty) {
            return Err(CheckpointError);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size: lines::decimal(size).ok_or(CheckpointError)?,
            root: lines::node(root).ok_or(CheckpointError)?,
        })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}\n{}\n{}", self.origin, self.size, BASE64.encode(&self.root))
    }
}

/// The text is not a checkpoint's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a checkpoint: a log's name, its size, its root in base64, each on a line")]
pub struct CheckpointError;

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_is_read_and_written_back() {
        let checkpoint = Checkpoint::parse(EXAMPLE).unwrap();
        assert_eq!(checkpoint.size, 20_852_163);
        assert_eq!(checkpoint.to_string(), EXAMPLE);
        let extended = format!("{EXAMPLE}something else\n");
        assert_eq!(Checkpoint::parse(&extended), Ok(checkpoint));
    }

    #[test]
    fn other_texts_are_refused() {
        let without_feed = EXAMPLE.trim_end();
        let empty_line = format!("{EXAMPLE}\nmore\n");
        let empty_origin = &EXAMPLE[EXAMPLE.find('\n').unwrap()..];
        for text in [
            "",
            "\n\n\n",
            "a\n1\n",
            without_feed,
            &empty_line,
            empty_origin,
            &EXAMPLE.replace("20852163", "020852163"),
            &EXAMPLE.replace("20852163", "+1"),
            &EXAMPLE.replace("q2I=", "q2J="),
        ] {
            assert_eq!(Checkpoint::parse(text), Err(CheckpointError), "{text:?}");
        }
    }
}

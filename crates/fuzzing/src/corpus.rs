//! A target's seeds and words in files, as libFuzzer takes them.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use crate::Target;

/// Writes each seed into the folder, and the words into a dictionary beside it (`FOLDER.words`).
pub fn write(target: &Target, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (place, seed) in (target.seeds)().iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{place}")), seed)?;
    }
    let words: String = target.words.iter().map(|word| quoted(word)).collect();
    std::fs::write(folder.with_added_extension("words"), words)
}

fn quoted(word: &str) -> String {
    let mut line = String::from("\"");
    for byte in word.bytes() {
        match byte {
            b'"' | b'\\' | 0..b' ' | 0x7f.. => {
                write!(line, "\\x{byte:02x}").expect("a string takes it");
            }
            plain => line.push(char::from(plain)),
        }
    }
    line.push_str("\"\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_in_one_line_of_plain_characters() {
        assert_eq!(quoted("a\"\\\né "), "\"a\\x22\\x5c\\x0a\\xc3\\xa9 \"\n");
    }
}

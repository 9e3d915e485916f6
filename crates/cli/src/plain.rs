//! What others wrote, before a terminal shows it.
//!
//! A terminal obeys some characters: it clears the line, goes back to its beginning, or shows a text
//! in another order than it has. Each is written as JSON writes it, `\u001b`: a program that reads
//! our JSON reads the same as before, and a person sees that somebody tried.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text whose line breaks and tabs are ours. All that is printed comes through here.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| is_obeyed(letter) && !matches!(letter, '\n' | '\t'))
}

/// What others wrote, on the one line that it has: a second one could look like a word of ours.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_escaped(letter) {
            // All of them are of the basic plane, whose code points have four digits.
            let _ = write!(out, "\\u{:04x}", u32::from(letter));
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// Control characters, other ends of lines, and what changes the direction of writing (UAX 9).
fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{61C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_instead() {
        let hostile = "k\u{1b}[2K\rgenuine\u{9b}2J \u{202e}00.1\u{202c}\u{7f}";
        let shown = r"k\u001b[2K\u000dgenuine\u009b2J \u202e00.1\u202c\u007f";
        assert_eq!((&*text(hostile), &*line(hostile)), (shown, shown));
        let kept = "EAU\t«été» — 水\nenglish עברית";
        assert!(matches!(text(kept), Cow::Borrowed(same) if same == kept));
        assert_eq!(line("a\ngenuine seal"), r"a\u000agenuine seal");
    }

    #[test]
    fn a_program_reads_the_same() {
        let value = serde_json::json!({ "name": "a\u{9b}\u{202e}\u{7f}\n\u{1b}é" });
        let printed = value.to_string();
        assert_ne!(text(&printed), printed);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text(&printed)).unwrap(), value);
    }
}

//! The words of a PDF's dictionary (ISO 32000-2, 7.2 and 7.3), as far as a stream's has any.

/// One word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Without its slash.
    Name(&'a [u8]),
    /// A number or a keyword.
    Word(&'a [u8]),
    /// A string of either form; nobody asks what it says.
    Text,
    /// `<<` or `[`.
    Open,
    /// `>>` or `]`.
    Close,
}

/// The words of the dictionary that the bytes begin with, each with how deep it stands (its keys
/// stand at 1), and the dictionary's length. None where it is none, or does not end.
pub(super) fn dictionary(bytes: &[u8]) -> Option<(Vec<(u8, Token<'_>)>, usize)> {
    let (mut found, mut depth, mut at) = (Vec::new(), 0_u8, 0);
    while let Some((token, next)) = token(bytes, at) {
        at = next;
        match token {
            Token::Close => depth = depth.checked_sub(1)?,
            _ if depth == 0 && token != Token::Open => return None,
            _ => {}
        }
        found.push((depth, token));
        if token == Token::Open {
            depth = depth.checked_add(1).filter(|depth| *depth <= DEPTH_MAX)?;
        }
        if depth == 0 {
            return Some((found, at));
        }
    }
    None
}

/// The word at a place, and where the next may begin.
fn token(bytes: &[u8], at: usize) -> Option<(Token<'_>, usize)> {
    let at = at + bytes.get(at..)?.iter().position(|byte| !is_white(*byte))?;
    let rest = &bytes[at..];
    match rest {
        [b'<', b'<', ..] => Some((Token::Open, at + 2)),
        [b'>', b'>', ..] => Some((Token::Close, at + 2)),
        [b'[', ..] => Some((Token::Open, at + 1)),
        [b']', ..] => Some((Token::Close, at + 1)),
        [b'<', ..] => Some((Token::Text, at + 1 + rest.iter().position(|byte| *byte == b'>')?)),
        [b'(', ..] => Some((Token::Text, at + literal(rest)?)),
        [b'/', name @ ..] => {
            let length = regular(name);
            Some((Token::Name(&name[..length]), at + 1 + length))
        }
        _ => {
            let length = regular(rest);
            (length > 0).then(|| (Token::Word(&rest[..length]), at + length))
        }
    }
}

/// The length of a string in parentheses, which may hold more of them.
fn literal(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match bytes.get(at)? {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// How many bytes belong to one word.
fn regular(bytes: &[u8]) -> usize {
    let is_regular = |byte: &u8| !is_white(*byte) && !b"()<>[]{}/%".contains(byte);
    bytes.iter().take_while(|byte| is_regular(byte)).count()
}

const fn is_white(byte: u8) -> bool {
    matches!(byte, b'\0' | b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

/// Parameters of a file stand at 2, and checksums within them no deeper.
const DEPTH_MAX: u8 = 8;

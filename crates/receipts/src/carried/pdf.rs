//! In a PDF: two attached files (ISO 32000-2, 7.11.4).
//!
//! A file's stream stands in the clear with its dictionary however a program has written the rest
//! (only what is no stream goes into object streams), so that no cross-reference has to be believed
//! and nothing else be unpacked to find it.

mod tokens;

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use self::tokens::{Token, dictionary};
use super::{Carried, CarriedError, PART_BYTES_MAX};

pub(super) fn find(file: &[u8]) -> Result<Option<Carried>, CarriedError> {
    let (mut invoices, mut proofs) = (Vec::new(), Vec::new());
    for place in places(file).take(STREAMS_MAX) {
        let Some(content) = content(file, place) else { continue };
        let kind = if content.starts_with(PROOF_HEAD) {
            &mut proofs
        } else if content.starts_with(b"{") {
            &mut invoices
        } else {
            continue;
        };
        // A program that adds to a file may repeat what is there.
        if !kind.contains(&content) {
            kind.push(content);
        }
    }
    match (&invoices[..], &proofs[..]) {
        // An invoice of others (there are standards that attach one) is not ours to judge.
        (_, []) => Ok(None),
        ([], [_]) => Err(CarriedError::Malformed),
        ([invoice], [proof]) => Carried::of(proof, invoice).map(Some),
        _ => Err(CarriedError::Several),
    }
}

/// Where the type of an attached file's stream is told.
fn places(file: &[u8]) -> impl Iterator<Item = usize> {
    let is_type = |place: &usize| {
        let next = file.get(place + TYPE.len());
        next.is_none_or(|byte| !byte.is_ascii_alphanumeric())
    };
    let found = file.windows(TYPE.len()).enumerate().filter(|(_, some)| *some == TYPE);
    found.map(|(place, _)| place).filter(is_type)
}

/// The file that is attached there; none where it is no such stream, or too long.
fn content(file: &[u8], place: usize) -> Option<Vec<u8>> {
    let near = &file[place.saturating_sub(DICTIONARY_BYTES_MAX)..place];
    let start = near.windows(3).rposition(|three| three == b"obj")? + 3;
    let object = &file[place - near.len() + start..];
    let (tokens, length) = dictionary(&object[..object.len().min(2 * DICTIONARY_BYTES_MAX)])?;
    if value_of(&tokens, b"Type") != [Token::Name(b"EmbeddedFile")] {
        return None;
    }
    let body = body(&object[length..])?;
    match &value_of(&tokens, b"Filter")[..] {
        [] => plain(body, &value_of(&tokens, b"Length")),
        [Token::Name(b"FlateDecode")]
        | [Token::Open, Token::Name(b"FlateDecode"), Token::Close] => unpacked(body),
        _ => None,
    }
}

/// What stands behind a key, up to the next one.
fn value_of<'a>(tokens: &[(u8, Token<'a>)], key: &[u8]) -> Vec<Token<'a>> {
    let is_key = |(depth, token): &(u8, Token<'_>)| *depth == 1 && *token == Token::Name(key);
    let Some(start) = tokens.iter().position(is_key) else { return Vec::new() };
    let mut value = Vec::new();
    for (depth, token) in &tokens[start + 1..] {
        let is_next_key = *depth == 1 && matches!(token, Token::Name(_)) && !value.is_empty();
        if *depth == 0 || is_next_key || value.len() == VALUE_TOKENS_MAX {
            break;
        }
        value.push(*token);
    }
    value
}

/// What follows `stream`, as far as a part may go.
fn body(object: &[u8]) -> Option<&[u8]> {
    let body = object.trim_ascii_start().strip_prefix(b"stream")?;
    let body = body.strip_prefix(b"\r").unwrap_or(body);
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    // Packed, a part is hardly longer than it is.
    Some(&body[..body.len().min(2 * PART_BYTES_MAX)])
}

/// Up to `endstream`: the one behind as many bytes as are told in place, else the first.
fn plain(body: &[u8], length: &[Token<'_>]) -> Option<Vec<u8>> {
    let told = match length {
        [Token::Word(digits)] => std::str::from_utf8(digits).ok()?.parse::<usize>().ok(),
        _ => None,
    };
    let ends = |length: &usize| {
        let rest = body.get(*length..);
        rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(END))
    };
    let searched = || body.windows(END.len()).position(|some| some == END);
    let content = &body[..told.filter(ends).or_else(searched)?];
    (content.len() <= PART_BYTES_MAX).then(|| content.to_vec())
}

/// Up to where the packed bytes say that they end. No more than a part may have comes out, whatever
/// they would grow to.
fn unpacked(body: &[u8]) -> Option<Vec<u8>> {
    let limit = u64::try_from(PART_BYTES_MAX).expect("a limit of ours is small") + 1;
    let mut content = Vec::new();
    ZlibDecoder::new(body).take(limit).read_to_end(&mut content).ok()?;
    (content.len() <= PART_BYTES_MAX).then_some(content)
}

const TYPE: &[u8] = b"/EmbeddedFile";
const END: &[u8] = b"endstream";
const PROOF_HEAD: &[u8] = b"c2sp.org/tlog-proof@";
/// Files that are looked at: ours have two, and whoever adds a hundred has something else in mind.
const STREAMS_MAX: usize = 64;
/// A stream's dictionary has some two hundred bytes.
const DICTIONARY_BYTES_MAX: usize = 2 * 1024;
/// A list of one filter has three.
const VALUE_TOKENS_MAX: usize = 8;

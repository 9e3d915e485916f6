//! Percent-encoding (RFC 3986, 2.1).

use super::KeyUriError;

/// A path as it can stand in a URI and in a line of text: `/` stays, and so do letters of any
/// alphabet, which are easier to read than to decode.
pub(super) fn encode(path: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "/-._~".contains(letter);
    let mut text = String::with_capacity(path.len());
    for letter in path.chars() {
        if is_plain(letter) {
            text.push(letter);
        } else {
            let mut buffer = [0; 4];
            let bytes = letter.encode_utf8(&mut buffer).bytes();
            text.extend(bytes.map(|byte| format!("%{byte:02X}")));
        }
    }
    text
}

/// The bytes that `text` stands for; `part` is its name in an error.
pub(super) fn decode(text: &str, part: &str) -> Result<Vec<u8>, KeyUriError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let bad = || KeyUriError::BadPercent { part: part.to_owned() };
            let (digits, after) = after.split_at_checked(2).ok_or_else(bad)?;
            bytes.push(hex_pair(digits).ok_or_else(bad)?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    Ok(bytes)
}

/// The same where the bytes must be text that can be shown: UTF-8 without control characters.
pub(super) fn decode_text(text: &str, part: &str) -> Result<String, KeyUriError> {
    let decoded = String::from_utf8(decode(text, part)?)
        .map_err(|_| KeyUriError::NotUtf8 { part: part.to_owned() })?;
    if decoded.chars().any(char::is_control) {
        return Err(KeyUriError::ControlCharacter { part: part.to_owned() });
    }
    Ok(decoded)
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(digits[0])? * 16 + digit(digits[1])?;
    u8::try_from(value).ok()
}

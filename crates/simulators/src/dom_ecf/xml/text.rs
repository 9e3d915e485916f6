//! The characters of XML: references, line ends, names.

/// Text with its references resolved, every character one that XML allows; or why not.
pub(super) fn resolved(raw: &str) -> Result<String, &'static str> {
    let mut resolved = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, after)) = rest.split_once('&') {
        resolved.push_str(plain);
        let named = after.split_once(';').filter(|(name, _)| name.len() <= LONGEST_REFERENCE);
        let Some((name, after)) = named else { return Err("a & is not a reference") };
        resolved.push(referred(name).ok_or("a reference stands for nothing")?);
        rest = after;
    }
    resolved.push_str(rest);
    if resolved.chars().all(is_allowed) {
        return Ok(resolved);
    }
    Err("a character is not allowed in XML")
}

/// Line ends as XML 1.0, 2.11 has them.
pub(super) fn lines(raw: &str) -> String {
    if raw.contains('\r') { raw.replace("\r\n", "\n").replace('\r', "\n") } else { raw.to_owned() }
}

/// What a reference between `&` and `;` stands for. No other entity can be declared without a
/// document type.
fn referred(name: &str) -> Option<char> {
    let code = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let (digits, radix) = code.strip_prefix('x').map_or((code, 10), |digits| (digits, 16));
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = is_number.then(|| u32::from_str_radix(digits, radix).ok()).flatten()?;
    char::from_u32(code)
}

/// Production 2 of XML 1.0.
pub(super) fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

pub(super) fn is_name(name: &str) -> bool {
    let is_start = |c: char| c.is_alphabetic() || c == '_';
    let is_part = |c: char| is_start(c) || c.is_numeric() || matches!(c, '-' | '.' | '\u{B7}');
    name.starts_with(is_start) && name.chars().all(is_part)
}

/// Characters between `&` and `;`: `#x10FFFF` and a few leading zeros.
const LONGEST_REFERENCE: usize = 16;

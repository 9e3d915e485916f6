//! Names and values behind a path's question mark.

/// Percent-encoded as RFC 3986 has it: only what is unreserved stands as it is, so that a `+` or a
/// `/` of a security code arrives as one.
pub(super) fn query(path: &str, members: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (index, (name, value)) in members.iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        value.bytes().for_each(|byte| push(&mut out, byte));
    }
    out
}

fn push(out: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
        out.push(char::from(byte));
    } else {
        out.push('%');
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_is_encoded() {
        assert_eq!(query("a/b", &[]), "a/b");
        assert_eq!(query("a", &[("x", "+/="), ("y", "1 ñ&")]), "a?x=%2B%2F%3D&y=1%20%C3%B1%26");
    }
}

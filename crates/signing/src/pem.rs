//! PEM as RFC 7468 has it: one block among others, with its label.

use data_encoding::BASE64;
use zeroize::Zeroizing;

/// Why there was nothing to take from a PEM text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PemFault {
    /// No block has the label that was asked for; the first block that there is has this one.
    Absent { found: Option<String> },
    /// The block has no end, or is not base64.
    Damaged,
    /// The block is encrypted in the way that came before PKCS#8 (RFC 1421, 4.6.1.1).
    Encrypted,
}

/// The bytes of the first block with this label. They may be a private key: they wipe themselves.
pub(crate) fn decode(text: &str, label: &str) -> Result<Zeroizing<Vec<u8>>, PemFault> {
    let mut lines = text.lines().map(str::trim_end);
    let begin = format!("-----BEGIN {label}-----");
    if !lines.by_ref().any(|line| line == begin) {
        let found = text.lines().find_map(label_of).map(str::to_owned);
        return Err(PemFault::Absent { found });
    }
    let end = format!("-----END {label}-----");
    let mut body = Zeroizing::new(String::with_capacity(text.len()));
    loop {
        let line = lines.next().ok_or(PemFault::Damaged)?;
        if line == end {
            break;
        }
        if line.starts_with("Proc-Type:") {
            return Err(PemFault::Encrypted);
        }
        body.push_str(line);
    }
    let bytes = BASE64.decode(body.as_bytes()).map_err(|_| PemFault::Damaged)?;
    Ok(Zeroizing::new(bytes))
}

/// A block with lines of 64 characters.
pub(crate) fn encode(bytes: &[u8], label: &str) -> Zeroizing<String> {
    let base64 = Zeroizing::new(BASE64.encode(bytes));
    // Room for all at once, so that growing leaves no copy of a private key behind.
    let mut text = Zeroizing::new(String::with_capacity(base64.len() * 2 + label.len() * 2 + 64));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for line in base64.as_bytes().chunks(LINE_LENGTH) {
        text.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        text.push('\n');
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

fn label_of(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix("-----BEGIN ")?.strip_suffix("-----")
}

/// RFC 7468, 2: generators wrap at exactly 64 characters.
const LINE_LENGTH: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_the_block_it_was_asked_for() {
        let text = format!("a comment\n{}{}", *encode(b"one", "FIRST"), *encode(b"two", "SECOND"));
        assert_eq!(decode(&text, "SECOND").unwrap().as_slice(), b"two");
        let windows = text.replace('\n', "\r\n");
        assert_eq!(decode(&windows, "FIRST").unwrap().as_slice(), b"one");
    }

    #[test]
    fn says_what_it_found_instead() {
        let text = encode(b"one", "EC PRIVATE KEY");
        let found = Some("EC PRIVATE KEY".to_owned());
        assert_eq!(decode(&text, "PRIVATE KEY"), Err(PemFault::Absent { found }));
        assert_eq!(decode("nothing", "X"), Err(PemFault::Absent { found: None }));
    }

    #[test]
    fn a_block_without_end_or_with_other_letters_is_damaged() {
        let endless = "-----BEGIN X-----\nAAAA\n";
        let letters = "-----BEGIN X-----\nA*AA\n-----END X-----\n";
        for text in [endless, letters] {
            assert_eq!(decode(text, "X"), Err(PemFault::Damaged));
        }
        let encrypted = "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END X-----\n";
        assert_eq!(decode(encrypted, "X"), Err(PemFault::Encrypted));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(-----BEGIN X-----\n)?[A-Za-z0-9+/=: \n\u{0}é-]{0,90}") {
            let _ = decode(&text, "X");
        }

        #[test]
        fn what_is_encoded_decodes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let text = encode(&bytes, "THING");
            prop_assert!(text.lines().all(|line| line.len() <= LINE_LENGTH));
            let decoded = decode(&text, "THING").unwrap();
            prop_assert_eq!(decoded.as_slice(), bytes);
        }
    }
}

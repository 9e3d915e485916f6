//! The two things that stand in the lines of every text of the C2SP, each with one form only.

use data_encoding::BASE64;

use crate::tree::Node;

/// A decimal without a sign and without leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = text == "0" || !text.starts_with('0');
    if is_plain && is_short { text.parse().ok() } else { None }
}

/// A hash in base64, padded.
pub(crate) fn node(text: &str) -> Option<Node> {
    BASE64.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// Lines of hashes, each ended.
pub(crate) fn push_nodes(out: &mut String, nodes: &[Node]) {
    for node in nodes {
        BASE64.encode_append(node, out);
        out.push('\n');
    }
}

/// Hashes in a proof: one for each level of the greatest tree.
pub(crate) const NODES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form() {
        assert_eq!(decimal("0"), Some(0));
        assert_eq!(decimal("18446744073709551615"), Some(u64::MAX));
        for text in ["", "00", "01", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616", "١"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn a_hash_has_one_form() {
        let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        assert_eq!(node(zero), Some([0; 32]));
        let other_last_bits = zero.replace("A=", "B=");
        for text in ["", "AA==", zero.trim_end_matches('='), &other_last_bits] {
            assert_eq!(node(text), None, "{text}");
        }
    }
}

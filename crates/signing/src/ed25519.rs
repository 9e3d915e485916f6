//! Signatures of others in Ed25519: witnesses sign logs with it. No key of ours is of this kind.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

/// Whether the signature (RFC 8032) is by the key with this point, over the message itself.
pub fn is_ed25519_signature(point: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ED25519, point).verify(message, signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
    }

    /// RFC 8032, 7.1, test 2.
    #[test]
    fn agrees_with_the_standard() {
        let point = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert!(is_ed25519_signature(&point, &[0x72], &signature));
        assert!(!is_ed25519_signature(&point, &[0x73], &signature));
        assert!(!is_ed25519_signature(&[0xff; 32], &[0x72], &signature));
    }
}

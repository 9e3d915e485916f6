//! What kind of key some bytes are: it names the key that cannot be used, where the library would
//! only refuse it.

use super::PairFault;
use crate::der::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use crate::public_key::rsa;

pub(super) enum Kind {
    P256,
    Rsa,
}

/// The kind of a key in `PrivateKeyInfo` (RFC 5208, 5).
pub(super) fn of_pkcs8(pkcs8: &[u8]) -> Result<Kind, PairFault> {
    let Algorithm { identifier, curve, key } = read(pkcs8).ok_or(PairFault::Damaged)?;
    let found = match (identifier, curve) {
        (EC_PUBLIC_KEY, Some(P256)) => return Ok(Kind::P256),
        (EC_PUBLIC_KEY, _) => "an elliptic-curve key of another curve",
        (RSA, _) => return of_pkcs1(key),
        (RSA_PSS, _) => "an RSA key for PSS only",
        (ED25519, _) => "an Ed25519 key",
        _ => "a key of another algorithm",
    };
    Err(PairFault::Kind(found.to_owned()))
}

/// The same of an `RSAPrivateKey` (RFC 8017, A.1.2), by the length of its modulus.
pub(super) fn of_pkcs1(pkcs1: &[u8]) -> Result<Kind, PairFault> {
    let modulus = modulus(pkcs1).ok_or(PairFault::Damaged)?;
    if rsa::has_permitted_length(modulus) {
        return Ok(Kind::Rsa);
    }
    Err(PairFault::Kind(format!("an RSA key of {} bits", rsa::bits(modulus))))
}

struct Algorithm<'a> {
    identifier: &'a [u8],
    curve: Option<&'a [u8]>,
    key: &'a [u8],
}

fn read(pkcs8: &[u8]) -> Option<Algorithm<'_>> {
    let mut info = Reader::new(pkcs8).enter(SEQUENCE)?;
    info.whole(INTEGER)?;
    let mut algorithm = info.enter(SEQUENCE)?;
    Some(Algorithm {
        identifier: algorithm.contents(OBJECT_IDENTIFIER)?,
        curve: algorithm.contents(OBJECT_IDENTIFIER),
        key: info.contents(OCTET_STRING)?,
    })
}

fn modulus(pkcs1: &[u8]) -> Option<&[u8]> {
    let mut key = Reader::new(pkcs1).enter(SEQUENCE)?;
    key.whole(INTEGER)?;
    key.magnitude()
}

/// 1.2.840.10045.2.1 (RFC 5480, 2.1.1).
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7 (RFC 5480, 2.1.1.1).
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.2.840.113549.1.1.1 (RFC 8017, A.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.113549.1.1.10 (RFC 8017, A.2.3).
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// 1.3.101.112 (RFC 8410, 3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = of_pkcs8(&bytes);
            let _ = of_pkcs1(&bytes);
        }
    }
}

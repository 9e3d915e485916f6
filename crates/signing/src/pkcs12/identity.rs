//! The one key of a file, and the certificate that is its own.

use super::bags::Bags;
use super::{Password, Pkcs12Fault, pfx};
use crate::software::{Pair, PairFault};
use crate::{Certificate, PublicKey};

/// A key with the certificate that was issued for it.
pub(super) struct Identity {
    pub(super) pair: Pair,
    pub(super) certificate: Certificate,
}

impl Identity {
    pub(super) fn read(file: &[u8], password: &Password) -> Result<Self, Pkcs12Fault> {
        let bags = pfx::open(file, password)?;
        let pair = only_key(&bags)?;
        let public_key = pair.public_key().ok_or(Pkcs12Fault::KeyDamaged)?;
        let certificate = leaf(&bags, &public_key)?;
        Ok(Self { pair, certificate })
    }
}

/// The key, where there is one; the same key twice is one.
fn only_key(bags: &Bags) -> Result<Pair, Pkcs12Fault> {
    let mut keys: Vec<&[u8]> = bags.keys.iter().map(|key| key.as_slice()).collect();
    keys.sort_unstable();
    keys.dedup();
    match keys.as_slice() {
        [] => Err(Pkcs12Fault::NoKey),
        [key] => Pair::from_pkcs8(key).map_err(|fault| match fault {
            PairFault::Kind(found) => Pkcs12Fault::KeyType { found },
            PairFault::Damaged => Pkcs12Fault::KeyDamaged,
        }),
        several => Err(Pkcs12Fault::SeveralKeys { count: several.len() }),
    }
}

/// The certificate of this key, wherever it stands among those of the authorities above it. Where
/// a certificate was renewed for the same key, the one that lasts longest.
fn leaf(bags: &Bags, public_key: &PublicKey) -> Result<Certificate, Pkcs12Fault> {
    let readable = bags.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
    readable
        .filter(|certificate| certificate.certifies(public_key))
        .max_by_key(Certificate::not_after)
        .ok_or(Pkcs12Fault::NoCertificate { count: bags.certificates.len() })
}

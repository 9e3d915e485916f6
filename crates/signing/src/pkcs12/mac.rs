//! The check that tells a wrong password from a right one (RFC 7292, 4 and 5.1).

use aws_lc_rs::{digest, hmac};

use super::Pkcs12Fault;
use super::kdf::{self, Purpose, Rounds};
use super::password::Spelling;
use super::work::{self, Work};
use crate::certificate::dotted;
use crate::der::{OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};

pub(super) struct Mac {
    hash: Hash,
    expected: Vec<u8>,
    salt: Vec<u8>,
    iterations: u32,
}

#[derive(Clone, Copy)]
struct Hash {
    digest: &'static digest::Algorithm,
    mac: hmac::Algorithm,
}

impl Mac {
    /// Reads the contents of `MacData`.
    pub(super) fn read(mut data: Reader<'_>) -> Result<Self, Pkcs12Fault> {
        let parts = parts(&mut data).ok_or(MALFORMED)?;
        let hash = Hash::of(parts.hash)?;
        // DEFAULT 1, and files from before 1998 leave it out.
        let stated = if data.is_at_end() { Some(1) } else { data.small_integer() };
        let iterations = work::iterations(stated)?.get();
        let (expected, salt) = (parts.expected.to_vec(), parts.salt.to_vec());
        Ok(Self { hash, expected, salt, iterations })
    }

    /// Whether `content` was protected with the password in this spelling.
    pub(super) fn verify(
        &self,
        content: &[u8],
        spelling: &Spelling,
        work: &mut Work,
    ) -> Result<bool, Pkcs12Fault> {
        let Hash { digest, mac } = self.hash;
        let rounds = Rounds { salt: &self.salt, iterations: self.iterations };
        let length = digest.output_len();
        let key = kdf::derive(digest, Purpose::Mac, &spelling.utf16, &rounds, length, work)?;
        Ok(hmac::verify(&hmac::Key::new(mac, &key), content, &self.expected).is_ok())
    }
}

struct Parts<'a> {
    hash: &'a [u8],
    expected: &'a [u8],
    salt: &'a [u8],
}

fn parts<'a>(data: &mut Reader<'a>) -> Option<Parts<'a>> {
    let mut info = data.enter(SEQUENCE)?;
    let hash = info.enter(SEQUENCE)?.contents(OBJECT_IDENTIFIER)?;
    let expected = info.contents(OCTET_STRING)?;
    Some(Parts { hash, expected, salt: data.contents(OCTET_STRING)? })
}

impl Hash {
    fn of(identifier: &[u8]) -> Result<Self, Pkcs12Fault> {
        let (digest, mac) = match identifier {
            SHA1 => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            SHA224 => (&digest::SHA224, hmac::HMAC_SHA224),
            SHA256 => (&digest::SHA256, hmac::HMAC_SHA256),
            SHA384 => (&digest::SHA384, hmac::HMAC_SHA384),
            SHA512 => (&digest::SHA512, hmac::HMAC_SHA512),
            // PBMAC1 (RFC 9579) among them, which so far only those get who ask for it.
            other => {
                let scheme = format!("a check of kind {}", dotted(other));
                return Err(Pkcs12Fault::Unsupported { scheme });
            }
        };
        Ok(Self { digest, mac })
    }
}

const MALFORMED: Pkcs12Fault = Pkcs12Fault::Malformed { reason: "its check cannot be read" };

/// 1.3.14.3.2.26 and 2.16.840.1.101.3.4.2.1 to 4 (RFC 8017, A.2.4).
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 0x1a];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
const SHA224: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4];

//! Keys and certificates in the parts of a file (RFC 7292, 4.2).

use zeroize::Zeroizing;

use super::Pkcs12Fault;
use super::pfx::{Closed, Opening};
use crate::der::{CONTEXT_0, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};

/// What was found, in the order of the file.
#[derive(Default)]
pub(super) struct Bags {
    /// `PrivateKeyInfo` each.
    pub(super) keys: Vec<Zeroizing<Vec<u8>>>,
    /// X.509 each, not looked into.
    pub(super) certificates: Vec<Vec<u8>>,
}

impl Bags {
    /// Adds the bags of one part, `SafeContents`.
    pub(super) fn read(
        &mut self,
        contents: &[u8],
        opening: &mut Opening<'_>,
    ) -> Result<(), Closed> {
        let bags = Reader::new(contents).enter(SEQUENCE).ok_or(BAD_BAG)?;
        self.add_all(bags, opening)
    }

    fn add_all(&mut self, mut bags: Reader<'_>, opening: &mut Opening<'_>) -> Result<(), Closed> {
        while !bags.is_at_end() {
            let mut bag = bags.enter(SEQUENCE).ok_or(BAD_BAG)?;
            let kind = bag.contents(OBJECT_IDENTIFIER).ok_or(BAD_BAG)?;
            // The attributes behind the value name the bag for people; keys are matched by what
            // they are, since names and local ids are often wrong.
            let value = bag.enter(CONTEXT_0).ok_or(BAD_BAG)?;
            self.add(kind, value, opening)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        kind: &[u8],
        mut value: Reader<'_>,
        opening: &mut Opening<'_>,
    ) -> Result<(), Closed> {
        match kind {
            KEY => {
                let key = value.whole(SEQUENCE).ok_or(BAD_BAG)?;
                self.keys.push(Zeroizing::new(key.to_vec()));
            }
            SHROUDED_KEY => {
                let mut key = value.enter(SEQUENCE).ok_or(BAD_BAG)?;
                let scheme = key.enter(SEQUENCE).ok_or(BAD_BAG)?;
                let encrypted = key.contents(OCTET_STRING).ok_or(BAD_BAG)?;
                self.keys.push(opening.decrypt(scheme, encrypted)?);
            }
            CERTIFICATE => self.certificates.extend(x509(value)),
            NESTED => {
                let bags = value.enter(SEQUENCE).ok_or(BAD_BAG)?;
                self.add_all(bags, opening)?;
            }
            // Lists of revocations, and secrets of other kinds.
            _ => {}
        }
        Ok(())
    }
}

/// `CertBag`; certificates of other kinds than X.509 are passed over.
fn x509(mut value: Reader<'_>) -> Option<Vec<u8>> {
    let mut bag = value.enter(SEQUENCE)?;
    let is_x509 = bag.contents(OBJECT_IDENTIFIER)? == X509;
    let certificate = bag.enter(CONTEXT_0)?.contents(OCTET_STRING)?;
    is_x509.then(|| certificate.to_vec())
}

const BAD_BAG: Pkcs12Fault = Pkcs12Fault::Malformed { reason: "its contents cannot be read" };

/// 1.2.840.113549.1.12.10.1.1 to 3 and 6 (RFC 7292, 4.2).
const KEY: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 0x0a, 1, 1];
const SHROUDED_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 0x0a, 1, 2];
const CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 0x0a, 1, 3];
const NESTED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 0x0a, 1, 6];
/// 1.2.840.113549.1.9.22.1 (RFC 2985, 5.2).
const X509: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 0x16, 1];

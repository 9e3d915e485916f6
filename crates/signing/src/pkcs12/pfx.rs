//! The frame of the file (RFC 7292, 4): parts, each plain or encrypted, and a check over them all.

use zeroize::Zeroizing;

use super::bags::Bags;
use super::mac::Mac;
use super::password::{Password, Spelling};
use super::scheme::Scheme;
use super::work::Work;
use super::{Pkcs12Fault, ber};
use crate::certificate::dotted;
use crate::der::{CONTEXT_0, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};

/// Everything that the password opens.
pub(super) fn open(file: &[u8], password: &Password) -> Result<Bags, Pkcs12Fault> {
    let file = ber::to_definite(file).ok_or(NOT_ASN1)?;
    let Frame { parts, mac } = Frame::read(&file)?;
    let mut work = Work::new();
    let spellings = password.spellings();
    let Some(mac) = mac else {
        return open_unchecked(parts, &spellings, &mut work);
    };
    for spelling in &spellings {
        if mac.verify(parts, spelling, &mut work)? {
            // The file is as it was made, so what does not decrypt has another password.
            let mut opening = Opening { spelling, work: &mut work };
            return opening.parts(parts).map_err(|closed| match closed {
                Closed::Undecrypted => Pkcs12Fault::OtherPasswordInside,
                Closed::Fault(fault) => fault,
            });
        }
    }
    Err(Pkcs12Fault::WrongPassword)
}

/// Without a check, decrypting is the only test of a password, and what decrypts to nonsense
/// counts as not decrypted.
fn open_unchecked(
    parts: &[u8],
    spellings: &[Spelling],
    work: &mut Work,
) -> Result<Bags, Pkcs12Fault> {
    // What is wrong outside of everything encrypted is wrong whatever the password is.
    for spelling in spellings {
        let mut opening = Opening { spelling, work: &mut *work };
        match opening.parts(parts) {
            Ok(bags) => return Ok(bags),
            Err(Closed::Undecrypted) => {}
            Err(Closed::Fault(fault)) => return Err(fault),
        }
    }
    Err(Pkcs12Fault::WrongPasswordOrDamaged)
}

/// The outermost structure, `PFX`.
struct Frame<'a> {
    /// `AuthenticatedSafe`, encoded: this is what the check is made over.
    parts: &'a [u8],
    mac: Option<Mac>,
}

impl<'a> Frame<'a> {
    fn read(file: &'a [u8]) -> Result<Self, Pkcs12Fault> {
        let mut pfx = Reader::new(file).enter(SEQUENCE).ok_or(NOT_PFX)?;
        if pfx.small_integer() != Some(VERSION) {
            return Err(NOT_PFX);
        }
        let content = Content::read(&mut pfx).ok_or(NOT_PFX)?;
        let Content { kind: DATA, mut value } = content else {
            return Err(unsupported_content(content.kind));
        };
        let parts = value.contents(OCTET_STRING).ok_or(NOT_PFX)?;
        let mac = if pfx.is_at_end() {
            None
        } else {
            Some(Mac::read(pfx.enter(SEQUENCE).ok_or(NOT_PFX)?)?)
        };
        Ok(Self { parts, mac })
    }
}

/// `ContentInfo`.
struct Content<'a> {
    kind: &'a [u8],
    value: Reader<'a>,
}

impl<'a> Content<'a> {
    fn read(from: &mut Reader<'a>) -> Option<Self> {
        let mut info = from.enter(SEQUENCE)?;
        Some(Self { kind: info.contents(OBJECT_IDENTIFIER)?, value: info.enter(CONTEXT_0)? })
    }
}

/// Opening with one spelling of the password.
pub(super) struct Opening<'a> {
    spelling: &'a Spelling,
    work: &'a mut Work,
}

/// Why something stays closed.
pub(super) enum Closed {
    /// Not with this spelling of this password.
    Undecrypted,
    Fault(Pkcs12Fault),
}

impl From<Pkcs12Fault> for Closed {
    fn from(fault: Pkcs12Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Opening<'_> {
    /// Opens every part of an `AuthenticatedSafe`.
    fn parts(&mut self, parts: &[u8]) -> Result<Bags, Closed> {
        let parts = ber::to_definite(parts).ok_or(BAD_PARTS)?;
        let mut parts = Reader::new(&parts).enter(SEQUENCE).ok_or(BAD_PARTS)?;
        let mut bags = Bags::default();
        while !parts.is_at_end() {
            let Content { kind, mut value } = Content::read(&mut parts).ok_or(BAD_PARTS)?;
            match kind {
                DATA => {
                    let plain = value.contents(OCTET_STRING).ok_or(BAD_PARTS)?;
                    let plain = ber::to_definite(plain).ok_or(BAD_PARTS)?;
                    bags.read(&plain, self)?;
                }
                ENCRYPTED_DATA => {
                    let plain = self.encrypted_part(value)?;
                    bags.read(&plain, self)?;
                }
                other => return Err(unsupported_content(other).into()),
            }
        }
        Ok(bags)
    }

    /// `EncryptedData` (RFC 5652, 8).
    fn encrypted_part(&mut self, mut value: Reader<'_>) -> Result<Zeroizing<Vec<u8>>, Closed> {
        let mut data = value.enter(SEQUENCE).ok_or(BAD_PARTS)?;
        data.small_integer().ok_or(BAD_PARTS)?;
        let mut info = data.enter(SEQUENCE).ok_or(BAD_PARTS)?;
        info.contents(OBJECT_IDENTIFIER).ok_or(BAD_PARTS)?;
        let scheme = info.enter(SEQUENCE).ok_or(BAD_PARTS)?;
        let encrypted = implicit_octets(info).ok_or(BAD_PARTS)?;
        self.decrypt(scheme, &encrypted)
    }

    /// Decrypts what must be an element of its own.
    pub(super) fn decrypt(
        &mut self,
        scheme: Reader<'_>,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Closed> {
        let plain = Scheme::read(scheme)?.decrypt(encrypted, self.spelling, self.work)?;
        // With a wrong key, one padding in 256 looks right, and what it pads is noise.
        let element = plain.and_then(|plain| ber::to_definite(&plain));
        element.ok_or(Closed::Undecrypted)
    }
}

/// `[0] IMPLICIT OCTET STRING`, in one piece or in several.
fn implicit_octets(mut from: Reader<'_>) -> Option<Vec<u8>> {
    let (tag, contents) = from.any()?;
    if tag == IMPLICIT_0 {
        return Some(contents.to_vec());
    }
    let mut pieces = (tag == CONTEXT_0).then(|| Reader::new(contents))?;
    let mut octets = Vec::with_capacity(contents.len());
    while !pieces.is_at_end() {
        octets.extend_from_slice(pieces.contents(OCTET_STRING)?);
    }
    Some(octets)
}

fn unsupported_content(kind: &[u8]) -> Pkcs12Fault {
    let scheme = match kind {
        SIGNED_DATA => "a signature instead of a password".to_owned(),
        ENVELOPED_DATA => "a certificate instead of a password".to_owned(),
        other => format!("contents of kind {}", dotted(other)),
    };
    Pkcs12Fault::Unsupported { scheme }
}

const NOT_ASN1: Pkcs12Fault = Pkcs12Fault::Malformed { reason: "its encoding cannot be read" };
const NOT_PFX: Pkcs12Fault = Pkcs12Fault::Malformed { reason: "it does not begin like PKCS#12" };
const BAD_PARTS: Pkcs12Fault = Pkcs12Fault::Malformed { reason: "its parts cannot be read" };

/// The only version there is in the wild (RFC 7292, 4).
const VERSION: u32 = 3;
const IMPLICIT_0: u8 = 0x80;
/// 1.2.840.113549.1.7.1, 2, 3 and 6 (RFC 5652).
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const ENVELOPED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];

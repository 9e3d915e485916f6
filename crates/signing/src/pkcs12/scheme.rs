//! What a part of a file is encrypted with, and decrypting it: PBES2 (RFC 8018, 6.2), and the
//! schemes of PKCS#12 itself that came before (RFC 7292, appendix C).

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm as AesAlgorithm, DecryptionContext,
    PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
use aws_lc_rs::pbkdf2;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use des::{TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

use super::Pkcs12Fault;
use super::kdf::{self, Purpose, Rounds};
use super::password::Spelling;
use super::work::{self, Work};
use crate::certificate::dotted;
use crate::der::{OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};

/// An `AlgorithmIdentifier` of encryption with a password, understood.
pub(super) enum Scheme<'a> {
    Pbes1 { cipher: Cipher, salt: &'a [u8], iterations: NonZeroU32 },
    Pbes2 { prf: Prf, salt: &'a [u8], iterations: NonZeroU32, cipher: Cipher, iv: &'a [u8] },
}

#[derive(Clone, Copy)]
pub(super) enum Cipher {
    Aes(&'static AesAlgorithm, usize),
    TripleDes,
    /// Triple DES with two keys.
    DoubleDes,
    Rc2 {
        key_bytes: usize,
    },
}

pub(super) struct Prf {
    algorithm: pbkdf2::Algorithm,
    output_bytes: usize,
}

impl<'a> Scheme<'a> {
    /// Reads the contents of an `AlgorithmIdentifier`.
    pub(super) fn read(mut identifier: Reader<'a>) -> Result<Self, Pkcs12Fault> {
        let kind = identifier.contents(OBJECT_IDENTIFIER).ok_or(MALFORMED)?;
        let parameters = identifier.enter(SEQUENCE).ok_or(MALFORMED);
        match kind {
            PBES2 => pbes2(parameters?),
            TRIPLE_DES => pbes1(Cipher::TripleDes, parameters?),
            DOUBLE_DES => pbes1(Cipher::DoubleDes, parameters?),
            RC2_128 => pbes1(Cipher::Rc2 { key_bytes: 16 }, parameters?),
            RC2_40 => pbes1(Cipher::Rc2 { key_bytes: 5 }, parameters?),
            other => Err(unsupported("encryption", other)),
        }
    }

    /// The plain bytes; `None` where the padding shows that the password is not the one.
    pub(super) fn decrypt(
        &self,
        data: &[u8],
        spelling: &Spelling,
        work: &mut Work,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Pkcs12Fault> {
        match self {
            Self::Pbes1 { cipher, salt, iterations } => {
                let rounds = Rounds { salt, iterations: iterations.get() };
                let mut derived = |purpose, length| {
                    let (hash, password) = (&SHA1_FOR_LEGACY_USE_ONLY, &spelling.utf16);
                    kdf::derive(hash, purpose, password, &rounds, length, work)
                };
                let key = derived(Purpose::Key, cipher.key_bytes())?;
                let iv = derived(Purpose::Vector, LEGACY_BLOCK_BYTES)?;
                Ok(cipher.decrypt(&key, &iv, data))
            }
            Self::Pbes2 { prf, salt, iterations, cipher, iv } => {
                let mut key = Zeroizing::new(vec![0; cipher.key_bytes()]);
                work.spend(iterations.get(), key.len().div_ceil(prf.output_bytes))?;
                pbkdf2::derive(prf.algorithm, *iterations, salt, &spelling.utf8, &mut key);
                Ok(cipher.decrypt(&key, iv, data))
            }
        }
    }
}

/// `pkcs-12PbeParams` (RFC 7292, appendix C).
fn pbes1(cipher: Cipher, mut parameters: Reader<'_>) -> Result<Scheme<'_>, Pkcs12Fault> {
    let salt = parameters.contents(OCTET_STRING).ok_or(MALFORMED)?;
    let iterations = work::iterations(parameters.small_integer())?;
    Ok(Scheme::Pbes1 { cipher, salt, iterations })
}

/// `PBES2-params` (RFC 8018, A.4).
fn pbes2(mut parameters: Reader<'_>) -> Result<Scheme<'_>, Pkcs12Fault> {
    let mut derivation = parameters.enter(SEQUENCE).ok_or(MALFORMED)?;
    let mut encryption = parameters.enter(SEQUENCE).ok_or(MALFORMED)?;
    let kind = derivation.contents(OBJECT_IDENTIFIER).ok_or(MALFORMED)?;
    if kind != PBKDF2 {
        return Err(unsupported("key derivation", kind));
    }
    let cipher = encryption.contents(OBJECT_IDENTIFIER).ok_or(MALFORMED)?;
    let cipher = Cipher::of(cipher)?;
    let iv = encryption.contents(OCTET_STRING).ok_or(MALFORMED)?;
    let mut derivation = derivation.enter(SEQUENCE).ok_or(MALFORMED)?;
    let salt = derivation.contents(OCTET_STRING).ok_or(MALFORMED)?;
    let iterations = work::iterations(derivation.small_integer())?;
    // The length of the key may be stated; it is the cipher's in any case.
    let prf = match (derivation.small_integer(), derivation.enter(SEQUENCE)) {
        (Some(length), _) if usize::try_from(length) != Ok(cipher.key_bytes()) => {
            return Err(MALFORMED);
        }
        (_, Some(mut identifier)) => {
            Prf::of(identifier.contents(OBJECT_IDENTIFIER).ok_or(MALFORMED)?)?
        }
        (_, None) => Prf::of(HMAC_SHA1)?,
    };
    Ok(Scheme::Pbes2 { prf, salt, iterations, cipher, iv })
}

impl Cipher {
    fn of(identifier: &[u8]) -> Result<Self, Pkcs12Fault> {
        match identifier {
            AES_128_CBC => Ok(Self::Aes(&AES_128, 16)),
            AES_192_CBC => Ok(Self::Aes(&AES_192, 24)),
            AES_256_CBC => Ok(Self::Aes(&AES_256, 32)),
            DES_EDE3_CBC => Ok(Self::TripleDes),
            other => Err(unsupported("encryption", other)),
        }
    }

    fn key_bytes(self) -> usize {
        match self {
            Self::Aes(_, key_bytes) | Self::Rc2 { key_bytes } => key_bytes,
            Self::TripleDes => 24,
            Self::DoubleDes => 16,
        }
    }

    fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Aes(algorithm, _) => aes(algorithm, key, iv, data),
            Self::TripleDes => legacy(TdesEde3::new_from_slice(key).ok()?, iv, data),
            Self::DoubleDes => legacy(TdesEde2::new_from_slice(key).ok()?, iv, data),
            Self::Rc2 { key_bytes } => {
                legacy(Rc2::new_with_eff_key_len(key, key_bytes * 8), iv, data)
            }
        }
    }
}

fn aes(
    algorithm: &'static AesAlgorithm,
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let iv: &[u8; AES_BLOCK_BYTES] = iv.try_into().ok()?;
    let key = UnboundCipherKey::new(algorithm, key).ok()?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
    let mut plain = Zeroizing::new(data.to_vec());
    let length = key.decrypt(&mut plain, DecryptionContext::Iv128(iv.into())).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

fn legacy<C: BlockCipherDecrypt>(cipher: C, iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let decryptor = cbc::Decryptor::inner_iv_slice_init(cipher, iv).ok()?;
    let mut plain = Zeroizing::new(data.to_vec());
    let length = decryptor.decrypt_padded::<Pkcs7>(&mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

impl Prf {
    /// RFC 8018, B.1.2. The length of the output says how often the whole is repeated.
    fn of(identifier: &[u8]) -> Result<Self, Pkcs12Fault> {
        let (algorithm, output_bytes) = match identifier {
            HMAC_SHA1 => (pbkdf2::PBKDF2_HMAC_SHA1, 20),
            HMAC_SHA256 => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
            HMAC_SHA384 => (pbkdf2::PBKDF2_HMAC_SHA384, 48),
            HMAC_SHA512 => (pbkdf2::PBKDF2_HMAC_SHA512, 64),
            other => return Err(unsupported("key derivation", other)),
        };
        Ok(Self { algorithm, output_bytes })
    }
}

fn unsupported(what: &str, identifier: &[u8]) -> Pkcs12Fault {
    Pkcs12Fault::Unsupported { scheme: format!("{what} {}", dotted(identifier)) }
}

const MALFORMED: Pkcs12Fault =
    Pkcs12Fault::Malformed { reason: "the description of its encryption cannot be read" };

const AES_BLOCK_BYTES: usize = 16;
/// DES and RC2 alike.
const LEGACY_BLOCK_BYTES: usize = 8;

/// 1.2.840.113549.1.5.13 and 12 (RFC 8018, A.2 and A.4).
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0d];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 0x0c];
/// 1.2.840.113549.1.12.1.3 to 6 (RFC 7292, appendix C).
const TRIPLE_DES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 1, 3];
const DOUBLE_DES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 1, 4];
const RC2_128: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 1, 5];
const RC2_40: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 0x0c, 1, 6];
/// 1.2.840.113549.2.7 and 9 to 11 (RFC 8018, B.1).
const HMAC_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 7];
const HMAC_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9];
const HMAC_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 0x0a];
const HMAC_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 0x0b];
/// 1.2.840.113549.3.7 and 2.16.840.1.101.3.4.1.2, 22 and 42 (RFC 8018, B.2).
const DES_EDE3_CBC: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 3, 7];
const AES_128_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2];
const AES_192_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x16];
const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a];

//! X.509 certificates: who signed, with which key, and for how long; and one of our own.

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};

use super::der::{
    BIT_STRING, CONTEXT_0, GENERALIZED_TIME, INTEGER, NULL, OBJECT_IDENTIFIER, PRINTABLE_STRING,
    Piece, SEQUENCE, SET, UTC_TIME, UTF8_STRING, only, pieces, write, write_all,
};
use super::moment;
use crate::SimulatorError;

/// What a signature's certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    /// The `serialNumber` of the subject without its prefix: the cédula of eleven digits behind
    /// `IDCDO-`. Where there is none, the common name.
    pub(super) holder: String,
    /// The subject's common name.
    pub(super) name: String,
    /// UTC in microseconds.
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    /// `RSAPublicKey` of PKCS #1.
    pub(super) public_key: Vec<u8>,
    /// The certificate itself.
    pub(super) der: Vec<u8>,
}

impl Certificate {
    /// Reads one; nothing if it is not a certificate with an RSA key.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let [body, _, _] = <[Piece; 3]>::try_from(pieces(only(der, SEQUENCE)?)?).ok()?;
        let mut fields = pieces(body.content)?.into_iter().peekable();
        let _version = fields.next_if(|field| field.tag == CONTEXT_0);
        let (_serial, _algorithm, _issuer) = (fields.next()?, fields.next()?, fields.next()?);
        let validity = pieces(fields.next()?.content)?;
        let [not_before, not_after] = <[Piece; 2]>::try_from(validity).ok()?;
        let subject = fields.next()?.content;
        let name = attribute(subject, COMMON_NAME).unwrap_or_default();
        let serial = attribute(subject, SERIAL_NUMBER);
        Some(Self {
            holder: serial.map_or_else(|| name.clone(), |serial| without_prefix(&serial)),
            name,
            not_before: time(not_before)?,
            not_after: time(not_after)?,
            public_key: rsa_key(fields.next()?.content)?,
            der: der.to_vec(),
        })
    }

    /// Whether a moment (microseconds) lies in its time.
    pub(super) fn is_good_at(&self, now: i64) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}

/// A key and its self-signed certificate.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) key: RsaKeyPair,
    pub(super) certificate: Vec<u8>,
}

impl Identity {
    /// A fresh key of 2048 bits, certified for five years around `now` (microseconds).
    pub(super) fn fresh(name: &str, serial_number: &str, now: i64) -> Result<Self, SimulatorError> {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SimulatorError::Random)?;
        let certificate = certify(&key, name, serial_number, now)?;
        Ok(Self { key, certificate })
    }

    /// The signature of RSA PKCS #1 v1.5 over SHA-256.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SimulatorError> {
        sign(&self.key, message)
    }
}

fn certify(
    key: &RsaKeyPair,
    name: &str,
    serial_number: &str,
    now: i64,
) -> Result<Vec<u8>, SimulatorError> {
    let algorithm =
        write_all(SEQUENCE, &[write(OBJECT_IDENTIFIER, SHA256_WITH_RSA), write(NULL, &[])]);
    let subject = distinguished(name, serial_number);
    let generalized = |at| write(GENERALIZED_TIME, moment::x509(at).as_bytes());
    let mut bits = vec![0];
    bits.extend_from_slice(key.public_key().as_ref());
    let body = write_all(
        SEQUENCE,
        &[
            write(CONTEXT_0, &write(INTEGER, &[2])),
            write(INTEGER, &[1]),
            algorithm.clone(),
            subject.clone(),
            write_all(SEQUENCE, &[generalized(now - YEAR), generalized(now + 4 * YEAR)]),
            subject,
            write_all(
                SEQUENCE,
                &[
                    write_all(
                        SEQUENCE,
                        &[write(OBJECT_IDENTIFIER, RSA_ENCRYPTION), write(NULL, &[])],
                    ),
                    write(BIT_STRING, &bits),
                ],
            ),
        ],
    );
    let mut signature = vec![0];
    signature.extend(sign(key, &body)?);
    Ok(write_all(SEQUENCE, &[body, algorithm, write(BIT_STRING, &signature)]))
}

fn sign(key: &RsaKeyPair, message: &[u8]) -> Result<Vec<u8>, SimulatorError> {
    let mut signature = vec![0; key.public_modulus_len()];
    let random = aws_lc_rs::rand::SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
        .map_err(|_| SimulatorError::Random)?;
    Ok(signature)
}

fn distinguished(name: &str, serial_number: &str) -> Vec<u8> {
    let part = |identifier: &[u8], tag, value: &str| {
        let pair = [write(OBJECT_IDENTIFIER, identifier), write(tag, value.as_bytes())];
        write(SET, &write_all(SEQUENCE, &pair))
    };
    write_all(
        SEQUENCE,
        &[
            part(COUNTRY, PRINTABLE_STRING, "DO"),
            part(COMMON_NAME, UTF8_STRING, name),
            part(SERIAL_NUMBER, PRINTABLE_STRING, serial_number),
        ],
    )
}

/// The value of one attribute of a name.
fn attribute(name: &[u8], identifier: &[u8]) -> Option<String> {
    for set in pieces(name)? {
        for pair in pieces(set.content)? {
            let [key, value] = <[Piece; 2]>::try_from(pieces(pair.content)?).ok()?;
            if key.tag == OBJECT_IDENTIFIER && key.content == identifier {
                return Some(String::from_utf8_lossy(value.content).into_owned());
            }
        }
    }
    None
}

/// `IDCDO-00100000001` without its prefix; a passport keeps its letters.
fn without_prefix(serial: &str) -> String {
    serial.rsplit_once('-').map_or(serial, |(_, number)| number).to_owned()
}

fn rsa_key(info: &[u8]) -> Option<Vec<u8>> {
    let [algorithm, key] = <[Piece; 2]>::try_from(pieces(info)?).ok()?;
    let identifier = pieces(algorithm.content)?.into_iter().next()?;
    let is_rsa = identifier.content == RSA_ENCRYPTION && key.tag == BIT_STRING;
    match key.content.split_first() {
        Some((0, key)) if is_rsa => Some(key.to_vec()),
        _ => None,
    }
}

fn time(piece: Piece) -> Option<i64> {
    let text = std::str::from_utf8(piece.content).ok()?.strip_suffix('Z')?;
    match (piece.tag, text.len()) {
        // RFC 5280, 4.1.2.5.1: two digits of the year below 50 are of this century.
        (UTC_TIME, 12) if text < "50" => moment::of_x509(&format!("20{text}")),
        (UTC_TIME, 12) => moment::of_x509(&format!("19{text}")),
        (GENERALIZED_TIME, 14) => moment::of_x509(text),
        _ => None,
    }
}

/// 2.5.4.3, 2.5.4.5, 2.5.4.6, 1.2.840.113549.1.1.1 and 1.2.840.113549.1.1.11.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SERIAL_NUMBER: &[u8] = &[0x55, 0x04, 0x05];
const COUNTRY: &[u8] = &[0x55, 0x04, 0x06];
const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B];

/// A year in microseconds.
const YEAR: i64 = 365 * 24 * 60 * 60 * crate::clock::MICROSECONDS;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000_000_000;

    #[test]
    fn our_own_certificate_reads_back() {
        let identity = Identity::fresh("SIMULADOR Ñ", "IDCDO-00100000001", NOW).unwrap();
        let read = Certificate::read(&identity.certificate).unwrap();
        assert_eq!((read.holder.as_str(), read.name.as_str()), ("00100000001", "SIMULADOR Ñ"));
        assert_eq!((read.not_before, read.not_after), (NOW - YEAR, NOW + 4 * YEAR));
        assert_eq!(read.public_key, identity.key.public_key().as_ref());
    }

    #[test]
    fn anything_else_is_none() {
        let identity = Identity::fresh("S", "IDCDO-00100000001", NOW).unwrap();
        for end in (0..identity.certificate.len()).step_by(7) {
            assert!(Certificate::read(&identity.certificate[..end]).is_none());
        }
        let mut odd = identity.certificate;
        for place in 0..odd.len() {
            odd[place] ^= 0x20;
            let _read_or_not = Certificate::read(&odd);
            odd[place] ^= 0x20;
        }
    }
}

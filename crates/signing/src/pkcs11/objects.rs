//! Keys as a token keeps them: finding, reading and making them.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::token::Token;
use crate::der::{OCTET_STRING, Reader};
use crate::public_key::rsa;
use crate::{Algorithm, Pkcs11Uri, PublicKey, SigningError};

/// Every object of this class with the label and the id of `uri`.
pub(super) fn find(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
    class: ObjectClass,
) -> Result<Vec<ObjectHandle>, SigningError> {
    let mut wanted = named(uri);
    wanted.extend([Attribute::Class(class), Attribute::Token(true)]);
    session.find_objects(&wanted).map_err(token.cannot("search its objects"))
}

/// The one private key that `uri` names, of whatever type.
pub(super) fn find_private_key(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
) -> Result<ObjectHandle, SigningError> {
    let found = find(session, token, uri, ObjectClass::PRIVATE_KEY)?;
    match found.as_slice() {
        [key] => Ok(*key),
        [] => Err(SigningError::ObjectMissing { place: uri.to_string() }),
        several => Err(ambiguous(uri, several)),
    }
}

/// The public key that belongs to the private key `private`, if the token has it: the object beside
/// it, or for RSA the private object itself, which holds both numbers.
pub(super) fn find_public_key(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
    (private, algorithm): (ObjectHandle, Algorithm),
) -> Result<Option<PublicKey>, SigningError> {
    let found = find(session, token, uri, ObjectClass::PUBLIC_KEY)?;
    match (found.as_slice(), algorithm) {
        ([key], _) => read_public_key(session, token, uri, (*key, algorithm)).map(Some),
        ([], Algorithm::RsaPkcs1Sha256) => {
            let numbers = rsa_numbers(session, token, private)?;
            numbers.map(|numbers| rsa_key(&numbers, uri)).transpose()
        }
        ([], Algorithm::EcdsaP256Sha256) => Ok(None),
        (several, _) => Err(ambiguous(uri, several)),
    }
}

/// What a key signs with, or a refusal that says what it is.
pub(super) fn algorithm_of(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
    key: ObjectHandle,
) -> Result<Algorithm, SigningError> {
    let wanted = [AttributeType::KeyType, AttributeType::EcParams];
    let attributes = session.get_attributes(key, &wanted);
    let attributes = attributes.map_err(token.cannot("describe its key"))?;
    let is_p256 =
        |attribute: &Attribute| matches!(attribute, Attribute::EcParams(curve) if *curve == P256);
    let found = match attributes.iter().find_map(key_type) {
        Some(KeyType::EC) if attributes.iter().any(is_p256) => {
            return Ok(Algorithm::EcdsaP256Sha256);
        }
        Some(KeyType::RSA) => return Ok(Algorithm::RsaPkcs1Sha256),
        Some(KeyType::EC) => "an elliptic-curve key of another curve",
        Some(_) | None => "a key of another algorithm",
    };
    Err(SigningError::KeyType { place: uri.to_string(), found: found.to_owned() })
}

/// Makes a key pair under the names of `uri` and gives its public half.
pub(super) fn generate(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
) -> Result<PublicKey, SigningError> {
    let mut public = named(uri);
    public.extend([
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(P256.to_vec()),
    ]);
    let mut private = named(uri);
    private.extend([
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    let pair = session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private);
    let (public, _) = pair.map_err(token.cannot("make a key pair"))?;
    read_public_key(session, token, uri, (public, Algorithm::EcdsaP256Sha256))
}

fn read_public_key(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
    (key, algorithm): (ObjectHandle, Algorithm),
) -> Result<PublicKey, SigningError> {
    let damaged = || SigningError::KeyDamaged { place: uri.to_string() };
    match algorithm {
        Algorithm::EcdsaP256Sha256 => {
            let point = ec_point(session, token, key)?.ok_or_else(damaged)?;
            PublicKey::from_point(unwrapped(&point)).map_err(|_| damaged())
        }
        Algorithm::RsaPkcs1Sha256 => {
            let numbers = rsa_numbers(session, token, key)?.ok_or_else(damaged)?;
            rsa_key(&numbers, uri)
        }
    }
}

fn ec_point(
    session: &Session,
    token: &Token,
    key: ObjectHandle,
) -> Result<Option<Vec<u8>>, SigningError> {
    let attributes = session.get_attributes(key, &[AttributeType::EcPoint]);
    let attributes = attributes.map_err(token.cannot("read a public key"))?;
    Ok(attributes.into_iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) => Some(point),
        _ => None,
    }))
}

struct RsaNumbers {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// Not every private object tells its public exponent (PKCS#11 2.40, 2.1.3), so it may be missing.
fn rsa_numbers(
    session: &Session,
    token: &Token,
    key: ObjectHandle,
) -> Result<Option<RsaNumbers>, SigningError> {
    let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
    let attributes = session.get_attributes(key, &wanted);
    let (mut modulus, mut exponent) = (None, None);
    for attribute in attributes.map_err(token.cannot("read a public key"))? {
        match attribute {
            Attribute::Modulus(number) => modulus = Some(number),
            Attribute::PublicExponent(number) => exponent = Some(number),
            _ => {}
        }
    }
    Ok(modulus.zip(exponent).map(|(modulus, exponent)| RsaNumbers { modulus, exponent }))
}

fn rsa_key(numbers: &RsaNumbers, uri: &Pkcs11Uri) -> Result<PublicKey, SigningError> {
    let place = uri.to_string();
    if !rsa::has_permitted_length(&numbers.modulus) {
        let found = format!("an RSA key of {} bits", rsa::bits(&numbers.modulus));
        return Err(SigningError::KeyType { place, found });
    }
    PublicKey::from_rsa(&numbers.modulus, &numbers.exponent)
        .map_err(|_| SigningError::KeyDamaged { place })
}

/// PKCS#11 2.40 (Current Mechanisms, 2.3.3) wraps the point in an OCTET STRING; some tokens leave
/// the wrapping off.
fn unwrapped(point: &[u8]) -> &[u8] {
    let mut reader = Reader::new(point);
    match reader.contents(OCTET_STRING) {
        Some(inner) if reader.is_at_end() => inner,
        Some(_) | None => point,
    }
}

fn named(uri: &Pkcs11Uri) -> Vec<Attribute> {
    let label = uri.object().map(|label| Attribute::Label(label.as_bytes().to_vec()));
    let id = uri.id().map(|id| Attribute::Id(id.to_vec()));
    label.into_iter().chain(id).collect()
}

fn key_type(attribute: &Attribute) -> Option<KeyType> {
    match attribute {
        Attribute::KeyType(key_type) => Some(*key_type),
        _ => None,
    }
}

fn ambiguous(uri: &Pkcs11Uri, found: &[ObjectHandle]) -> SigningError {
    SigningError::ObjectAmbiguous { place: uri.to_string(), count: found.len() }
}

/// The object identifier 1.2.840.10045.3.1.7 in DER: how a token names the curve.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_taken_with_and_without_its_wrapping() {
        let point = [&[0x04][..], &[7; 64]].concat();
        let wrapped = [&[OCTET_STRING, 65][..], &point].concat();
        assert_eq!(unwrapped(&wrapped), point);
        assert_eq!(unwrapped(&point), point);
        // A bare point begins with 04, the tag of an OCTET STRING: its x may look like a length.
        let treacherous = [&[0x04, 0x05][..], &[7; 63]].concat();
        assert_eq!(unwrapped(&treacherous), treacherous);
    }
}

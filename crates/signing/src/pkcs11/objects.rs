//! Keys as a token keeps them: finding, reading and making them.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::token::Token;
use crate::der::{OCTET_STRING, Reader};
use crate::{Pkcs11Uri, PublicKey, SigningError};

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

/// The public key beside it, if the token has one.
pub(super) fn find_public_key(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
) -> Result<Option<PublicKey>, SigningError> {
    let found = find(session, token, uri, ObjectClass::PUBLIC_KEY)?;
    match found.as_slice() {
        [] => Ok(None),
        [key] => read_public_key(session, token, uri, *key).map(Some),
        several => Err(ambiguous(uri, several)),
    }
}

/// Refuses a key that cannot make P-256 signatures, and says what it is.
pub(super) fn require_p256(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
    key: ObjectHandle,
) -> Result<(), SigningError> {
    let wanted = [AttributeType::KeyType, AttributeType::EcParams];
    let attributes = session.get_attributes(key, &wanted);
    let attributes = attributes.map_err(token.cannot("describe its key"))?;
    let is_p256 =
        |attribute: &Attribute| matches!(attribute, Attribute::EcParams(curve) if *curve == P256);
    let found = match attributes.iter().find_map(key_type) {
        Some(KeyType::EC) if attributes.iter().any(is_p256) => return Ok(()),
        Some(KeyType::EC) => "an elliptic-curve key of another curve",
        Some(KeyType::RSA) => "an RSA key",
        Some(_) | None => "a key of another algorithm",
    };
    Err(SigningError::KeyType { place: uri.to_string(), found })
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
    read_public_key(session, token, uri, public)
}

fn read_public_key(
    session: &Session,
    token: &Token,
    uri: &Pkcs11Uri,
    key: ObjectHandle,
) -> Result<PublicKey, SigningError> {
    let attributes = session.get_attributes(key, &[AttributeType::EcPoint]);
    let attributes = attributes.map_err(token.cannot("read a public key"))?;
    let point = attributes.iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) => Some(point.as_slice()),
        _ => None,
    });
    let damaged = || SigningError::KeyDamaged { place: uri.to_string() };
    PublicKey::from_point(unwrapped(point.ok_or_else(damaged)?)).map_err(|_| damaged())
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

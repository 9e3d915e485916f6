//! A key inside a PKCS#11 token: a hardware module, a smart card, or SoftHSM2.
//!
//! `module` loads a vendor's library once, `token` logs in and keeps sessions, `pool` shares them
//! out, `objects` finds and makes keys, `method` says how to ask for a signature, and `signer` asks.

mod method;
mod module;
mod objects;
mod pin;
mod pool;
mod signer;
mod token;

use cryptoki::object::ObjectClass;

use crate::open::Certified;
use crate::pkcs11::module::Module;
use crate::pkcs11::signer::TokenSigner;
use crate::{Pkcs11Uri, PublicKey, SigningError};

/// Makes a new P-256 key pair inside the token, under the label and id of `uri`. The private half
/// is sensitive and cannot be extracted: it is never outside the token, nor is there a backup. A
/// key of that name is never overwritten.
pub fn generate(uri: &Pkcs11Uri) -> Result<PublicKey, SigningError> {
    let token = Module::load(uri.module())?.token(uri)?;
    let session = token.open_writing_session()?;
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
        if !objects::find(&session, &token, uri, class)?.is_empty() {
            return Err(SigningError::KeyExists { place: uri.to_string() });
        }
    }
    objects::generate(&session, &token, uri)
}

pub(crate) fn open(
    uri: &Pkcs11Uri,
    certified: Option<&Certified<'_>>,
) -> Result<TokenSigner, SigningError> {
    let token = Module::load(uri.module())?.token(uri)?;
    TokenSigner::open(token, uri, certified)
}

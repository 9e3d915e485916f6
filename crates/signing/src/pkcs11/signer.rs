//! Signing with a key that stays in its token.

use std::sync::{Arc, Mutex, PoisonError};

use cryptoki::error::{Error, RvError};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;

use super::method::Method;
use super::objects;
use super::token::Token;
use crate::open::Certified;
use crate::{Algorithm, Certificate, KeyId, Pkcs11Uri, PublicKey, Signature, Signer, SigningError};

pub(crate) struct TokenSigner {
    token: Arc<Token>,
    uri: Pkcs11Uri,
    public_key: PublicKey,
    certificate: Option<Certificate>,
    method: Method,
    /// Valid in every session of the process (PKCS#11 2.40, 4.4), until the token is reset.
    key: Mutex<Option<ObjectHandle>>,
}

impl TokenSigner {
    pub(super) fn open(
        token: Arc<Token>,
        uri: &Pkcs11Uri,
        certified: Option<&Certified<'_>>,
    ) -> Result<Self, SigningError> {
        let session = token.session()?;
        let key = objects::find_private_key(&session, &token, uri)?;
        let algorithm = objects::algorithm_of(&session, &token, uri, key)?;
        let public_key = match objects::find_public_key(&session, &token, uri, (key, algorithm))? {
            Some(public_key) => public_key,
            None => certified_key(uri, certified, algorithm)?,
        };
        drop(session);
        Ok(Self {
            method: Method::of(&token, algorithm)?,
            token,
            uri: uri.clone(),
            public_key,
            certificate: certified.map(|certified| certified.certificate.clone()),
            key: Mutex::new(Some(key)),
        })
    }

    fn sign_once(&self, session: &Session, input: &[u8]) -> Result<Signature, SigningError> {
        let key = self.key_handle(session)?;
        let signature = session.sign(&self.method.mechanism(), key, input);
        let signature = signature.map_err(self.token.cannot("sign"))?;
        Signature::from_bytes(self.algorithm(), &signature)
            .map_err(|_| SigningError::KeyDamaged { place: self.uri.to_string() })
    }

    fn key_handle(&self, session: &Session) -> Result<ObjectHandle, SigningError> {
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = *key {
            return Ok(key);
        }
        let found = objects::find_private_key(session, &self.token, &self.uri)?;
        *key = Some(found);
        Ok(found)
    }

    fn forget(&self) {
        self.token.forget_sessions();
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Signer for TokenSigner {
    fn key_id(&self) -> &KeyId {
        self.public_key.key_id()
    }

    fn algorithm(&self) -> Algorithm {
        self.public_key.algorithm()
    }

    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningError> {
        let input = self.method.input(message);
        let mut attempts = 1..=MAX_ATTEMPTS;
        loop {
            let attempt = attempts.next();
            let session = self.token.session()?;
            let error = match self.sign_once(&session, &input) {
                Ok(signature) => return Ok(signature),
                Err(error) => error,
            };
            // A session that failed may be in the middle of something. It is closed before another
            // is opened, because a token may give the new one the same handle.
            session.discard();
            if !is_reset(&error) || attempt == Some(MAX_ATTEMPTS) {
                return Err(error);
            }
            self.forget();
        }
    }
}

/// Without a public key beside the private one, the certificate's will do: opening proves that
/// they belong together.
fn certified_key(
    uri: &Pkcs11Uri,
    certified: Option<&Certified<'_>>,
    algorithm: Algorithm,
) -> Result<PublicKey, SigningError> {
    let missing = || SigningError::PublicObjectMissing { place: uri.to_string() };
    let certified = certified.ok_or_else(missing)?;
    match certified.certificate.public_key() {
        Ok(public_key) if public_key.algorithm() == algorithm => Ok(public_key),
        Ok(_) | Err(_) => Err(certified.mismatch(uri)),
    }
}

/// Whether the token has forgotten our sessions, our login or our handles: it was reset, removed
/// and put back, or logged out by somebody else in this process.
fn is_reset(error: &SigningError) -> bool {
    let SigningError::Token { source: Error::Pkcs11(cause, _), .. } = error else {
        return false;
    };
    matches!(
        cause,
        RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::UserNotLoggedIn
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::DeviceRemoved
            | RvError::TokenNotPresent
    )
}

/// One more for the reset itself, and one for a session that another thread's closing took along.
const MAX_ATTEMPTS: usize = 3;

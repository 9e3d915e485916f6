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
    /// Valid in every session of the process (PKCS#11 2.40, 4.4) while one of them is logged in; so
    /// with the era in which it was found.
    key: Mutex<Option<(u64, ObjectHandle)>>,
}

impl TokenSigner {
    pub(super) fn open(
        token: Arc<Token>,
        uri: &Pkcs11Uri,
        certified: Option<&Certified<'_>>,
    ) -> Result<Self, SigningError> {
        let era = token.era();
        let session = token.session()?;
        let key = objects::find_private_key(&session, &token, uri)?;
        let algorithm = objects::algorithm_of(&session, &token, uri, key)?;
        let public_key = match objects::find_public_key(&session, &token, uri, (key, algorithm))? {
            Some(public_key) => public_key,
            None => certified_key(uri, certified, algorithm)?,
        };
        drop(session);
        let found_in = *era;
        drop(era);
        Ok(Self {
            method: Method::of(&token, algorithm)?,
            token,
            uri: uri.clone(),
            public_key,
            certificate: certified.map(|certified| certified.certificate.clone()),
            key: Mutex::new(Some((found_in, key))),
        })
    }

    /// Signs in a session of its own. One that failed may be in the middle of something, and is closed.
    fn attempt(&self, input: &[u8], era: u64) -> Result<Signature, SigningError> {
        let session = self.token.session()?;
        let signature = self.sign_once(&session, input, era);
        if signature.is_err() {
            session.discard();
        }
        signature
    }

    fn sign_once(
        &self,
        session: &Session,
        input: &[u8],
        era: u64,
    ) -> Result<Signature, SigningError> {
        let key = self.key_handle(session, era)?;
        let signature = session.sign(&self.method.mechanism(), key, input);
        let signature = signature.map_err(self.token.cannot("sign"))?;
        Signature::from_bytes(self.algorithm(), &signature)
            .map_err(|_| SigningError::KeyDamaged { place: self.uri.to_string() })
    }

    fn key_handle(&self, session: &Session, era: u64) -> Result<ObjectHandle, SigningError> {
        let mut key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((found_in, handle)) = *key
            && found_in == era
        {
            return Ok(handle);
        }
        let found = objects::find_private_key(session, &self.token, &self.uri)?;
        *key = Some((era, found));
        Ok(found)
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

    fn is_device(&self) -> bool {
        true
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SigningError> {
        let input = self.method.input(message);
        let mut attempts = 1..=MAX_ATTEMPTS;
        loop {
            let attempt = attempts.next();
            let era = self.token.era();
            let seen = *era;
            let error = match self.attempt(&input, seen) {
                Ok(signature) => return Ok(signature),
                Err(error) => error,
            };
            drop(era);
            if !is_reset(&error) || attempt == Some(MAX_ATTEMPTS) {
                return Err(error);
            }
            self.token.begin_again(seen);
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

/// One more for the reset itself, and one for a second reset right after it.
const MAX_ATTEMPTS: usize = 3;

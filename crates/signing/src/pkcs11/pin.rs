//! The PIN of a token, from its file and back to nowhere.

use std::path::Path;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use crate::{SigningError, files};

/// A PIN, wiped when it is dropped, and not printable. It is kept while its token is in use,
/// because a token that was reset has to be logged in to again.
pub(super) struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// Reads the one line of a file that its owner alone may touch.
    pub(super) fn read(path: &Path) -> Result<Self, SigningError> {
        let mut bytes = files::read_secret("PIN file", path, MAX_PIN_FILE_BYTES)?;
        while bytes.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
            bytes.pop();
        }
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        if text.is_empty() || text.contains(char::is_control) {
            return Err(SigningError::PinUnusable { path: path.to_owned() });
        }
        Ok(Self(bytes))
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }

    /// The same in the form in which the token takes it; that form wipes itself too.
    pub(super) fn to_auth_pin(&self) -> AuthPin {
        let text = std::str::from_utf8(&self.0).expect("it was UTF-8 when it was read");
        AuthPin::new(text.into())
    }
}

/// Tokens take PINs of at most 255 bytes.
const MAX_PIN_FILE_BYTES: usize = 257;

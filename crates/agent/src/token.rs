//! The token of a line: read again now and then, since people renew it while we run.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fiscal::Clock;
use invoice::{SECOND, Timestamp};

use crate::secret::{Secret, SecretError};

/// A token by its reference, and the header that was last made of it.
pub(crate) struct Token {
    reference: String,
    scheme: Scheme,
    clock: Clock,
    held: Mutex<Held>,
}

/// What stands before a token in its header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    Bearer,
    /// As some authorities call it.
    ApiKey,
    None,
}

struct Held {
    authorization: String,
    read_at: Timestamp,
}

/// A renewed token is noticed within this time at the latest: a person who renewed one wants to see
/// that it is used, and a small file is read in microseconds.
const AGE_MAX: i64 = 30 * SECOND;
/// A disk that does not answer may delay a request by this much; the token that is held serves on.
const READ_TIME: Duration = Duration::from_secs(2);

impl Token {
    /// Reads it for the first time. Waits for a file: not for a request under way.
    pub(crate) fn open(reference: &str, scheme: Scheme, clock: Clock) -> Result<Self, SecretError> {
        let authorization = scheme.header(&Secret::resolve(reference)?);
        let held = Mutex::new(Held { authorization, read_at: clock.now() });
        Ok(Self { reference: reference.to_owned(), scheme, clock, held })
    }

    /// The header of the next request.
    pub(crate) async fn authorization(&self) -> String {
        if self.is_old() {
            self.read_again().await;
        }
        self.held().authorization.clone()
    }

    /// Reads it anew: also when the authority has refused it. One that cannot be read leaves the
    /// one that is held, which may still be right.
    pub(crate) async fn read_again(&self) {
        // Whoever comes meanwhile takes what is held, so that one reads and not all.
        self.held().read_at = self.clock.now();
        let reference = self.reference.clone();
        let reading = tokio::task::spawn_blocking(move || Secret::resolve(&reference));
        match tokio::time::timeout(READ_TIME, reading).await {
            Ok(Ok(Ok(secret))) => self.held().authorization = self.scheme.header(&secret),
            Ok(Ok(Err(error))) => tracing::warn!("the token before serves on: {error}"),
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("the token before serves on: {} is not read", self.reference);
            }
        }
    }

    fn is_old(&self) -> bool {
        let age = self.clock.now().micros_since(self.held().read_at);
        // A clock that went back makes an age negative, which says nothing.
        !(0..AGE_MAX).contains(&age)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scheme {
    fn header(self, secret: &Secret) -> String {
        match self {
            Self::Bearer => format!("Bearer {}", secret.expose()),
            Self::ApiKey => format!("Apikey {}", secret.expose()),
            Self::None => secret.expose().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_renewed_token_is_read_after_a_while_or_when_it_was_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        let clock = Clock::manual(Timestamp::from_micros(0));
        write("one\n");
        let reference = format!("file:{}", path.display());
        let token = Token::open(&reference, Scheme::Bearer, clock.clone()).unwrap();
        write("two");
        assert_eq!(token.authorization().await, "Bearer one", "a file is not read each time");
        clock.advance(AGE_MAX);
        assert_eq!(token.authorization().await, "Bearer two");
        write("three");
        token.read_again().await;
        assert_eq!(token.authorization().await, "Bearer three");
        write("");
        clock.advance(-10 * AGE_MAX);
        assert_eq!(token.authorization().await, "Bearer three", "an unusable one replaces nothing");
    }
}

//! A secret by reference: settings name where it lies, and never hold it.

use std::fmt;

/// Text that is never printed.
#[derive(Clone)]
pub struct Secret(String);

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("a secret is named `file:PATH` or `env:NAME`, never written into settings")]
    Malformed,
    #[error("the environment has no variable {0}")]
    NoVariable(String),
    #[error("{path} cannot be read: {source}")]
    NoFile { path: String, source: std::io::Error },
    #[error("the secret of {0} is empty, has more than one line, or is not ASCII")]
    Unusable(String),
}

impl Secret {
    /// Resolves `file:PATH` or `env:NAME`.
    pub fn resolve(reference: &str) -> Result<Self, SecretError> {
        let text = match reference.split_once(':') {
            Some(("file", path)) => std::fs::read_to_string(path)
                .map_err(|source| SecretError::NoFile { path: path.to_owned(), source })?,
            Some(("env", name)) => {
                std::env::var(name).map_err(|_| SecretError::NoVariable(name.to_owned()))?
            }
            _ => return Err(SecretError::Malformed),
        };
        let text = text.trim();
        let usable = !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        usable.then(|| Self(text.to_owned())).ok_or_else(|| SecretError::Unusable(reference.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_the_settings_themselves_is_refused_without_being_repeated() {
        let error = Secret::resolve("eyJhbGciOi.secret.part").unwrap_err();
        assert!(!error.to_string().contains("secret.part"));
        assert!(matches!(Secret::resolve("env:NO_SUCH_NAME"), Err(SecretError::NoVariable(_))));
    }
}

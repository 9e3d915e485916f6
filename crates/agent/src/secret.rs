//! A secret by reference: settings name where it lies, and never hold it.

use std::fmt;
use std::fs::File;
use std::io::Read as _;

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
    #[error("{0} is no regular file: put the secret into one")]
    NotAFile(String),
    #[error("the secret of {reference} has more than {maximum} bytes", reference = .0, maximum = SECRET_BYTES_MAX)]
    TooLong(String),
    #[error("the secret of {0} is empty, has more than one line, or is not ASCII")]
    Unusable(String),
}

/// Bytes of a secret. A token is a few kilobytes at most, and must fit a header of a request.
const SECRET_BYTES_MAX: usize = 16 * 1024;

impl Secret {
    /// Resolves `file:PATH` or `env:NAME`. Reads a file: not for a thread that must not wait.
    pub fn resolve(reference: &str) -> Result<Self, SecretError> {
        let text = match reference.split_once(':') {
            Some(("file", path)) => read(path)?,
            Some(("env", name)) => {
                std::env::var(name).map_err(|_| SecretError::NoVariable(name.to_owned()))?
            }
            _ => return Err(SecretError::Malformed),
        };
        if text.len() > SECRET_BYTES_MAX {
            return Err(SecretError::TooLong(reference.to_owned()));
        }
        let text = text.trim();
        let usable = !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        usable.then(|| Self(text.to_owned())).ok_or_else(|| SecretError::Unusable(reference.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// A little more than a secret may have, so that one too many shows. A device or a pipe may never
/// end or never begin: only a regular file is opened at all.
fn read(path: &str) -> Result<String, SecretError> {
    let no_file = |source| SecretError::NoFile { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(no_file)?.is_file() {
        return Err(SecretError::NotAFile(path.to_owned()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(no_file)?;
    file.take(SECRET_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(no_file)?;
    String::from_utf8(bytes).map_err(|_| SecretError::Unusable(format!("file:{path}")))
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

    #[test]
    fn only_a_small_regular_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let reference = format!("file:{}", path.display());
        std::fs::write(&path, "t".repeat(SECRET_BYTES_MAX)).unwrap();
        assert_eq!(Secret::resolve(&reference).unwrap().expose().len(), SECRET_BYTES_MAX);
        std::fs::write(&path, "t".repeat(SECRET_BYTES_MAX + 1)).unwrap();
        assert!(matches!(Secret::resolve(&reference), Err(SecretError::TooLong(_))));
        std::fs::write(&path, [0xFF]).unwrap();
        assert!(matches!(Secret::resolve(&reference), Err(SecretError::Unusable(_))));
        for endless in ["file:/dev/zero", "file:/"] {
            assert!(matches!(Secret::resolve(endless), Err(SecretError::NotAFile(_))), "{endless}");
        }
    }
}

//! `file:` — a key in a file of this machine (RFC 8089, local files only).

use std::fmt;
use std::path::{Path, PathBuf};

use super::{KeyUriError, percent};

/// The name of a key file: `file:relative/path.pem`, `file:/absolute/path.pem` or
/// `file:///absolute/path.pem`. A relative path starts at the working directory of the process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileUri {
    text: String,
    path: PathBuf,
}

impl FileUri {
    pub(super) fn parse(text: &str, rest: &str) -> Result<Self, KeyUriError> {
        let path = local_part(rest)?;
        if path.contains(['?', '#']) {
            return Err(KeyUriError::FileQuery);
        }
        let path = percent::decode_text(path, "the path")?;
        if path.is_empty() || path.ends_with('/') {
            return Err(KeyUriError::NoPath);
        }
        Ok(Self { text: text.to_owned(), path: PathBuf::from(path) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for FileUri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// What follows `file:`, without an empty authority.
fn local_part(rest: &str) -> Result<&str, KeyUriError> {
    match rest.strip_prefix("//") {
        None => Ok(rest),
        Some(path) if path.starts_with('/') => Ok(path),
        Some("") => Err(KeyUriError::NoPath),
        Some(_) => Err(KeyUriError::RemoteFile),
    }
}

#[cfg(test)]
mod tests {
    use super::super::KeyUri;
    use super::super::tests::refusal;
    use super::*;

    fn path(text: &str) -> PathBuf {
        match text.parse().unwrap() {
            KeyUri::File(uri) => uri.path().to_owned(),
            KeyUri::Pkcs11(_) => panic!("{text} is a file"),
        }
    }

    #[test]
    fn relative_and_absolute_paths() {
        assert_eq!(path("file:keys/outlet.pem"), Path::new("keys/outlet.pem"));
        assert_eq!(path("file:/etc/keys/outlet.pem"), Path::new("/etc/keys/outlet.pem"));
        assert_eq!(path("FILE:///etc/keys/outlet.pem"), Path::new("/etc/keys/outlet.pem"));
        assert_eq!(path("file:caf%C3%A9%3F.pem"), Path::new("café?.pem"));
    }

    #[test]
    fn what_is_no_local_file_is_refused() {
        let path = || "the path".to_owned();
        assert_eq!(refusal("file:"), KeyUriError::NoPath);
        assert_eq!(refusal("file://"), KeyUriError::NoPath);
        assert_eq!(refusal("file:keys/"), KeyUriError::NoPath);
        assert_eq!(refusal("file://server/key.pem"), KeyUriError::RemoteFile);
        assert_eq!(refusal("file:key.pem?mode=1"), KeyUriError::FileQuery);
        assert_eq!(refusal("file:key.pem#1"), KeyUriError::FileQuery);
        assert_eq!(refusal("file:100%.pem"), KeyUriError::BadPercent { part: path() });
        assert_eq!(refusal("file:%4"), KeyUriError::BadPercent { part: path() });
        assert_eq!(refusal("file:%FF.pem"), KeyUriError::NotUtf8 { part: path() });
        assert_eq!(refusal("file:a%00b"), KeyUriError::ControlCharacter { part: path() });
    }
}

//! `file:` — a key in a file of this machine (RFC 8089, local files only).

use std::fmt;
use std::path::{Path, PathBuf};

use super::{KeyUriError, percent};
use crate::SigningError;

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

    /// The name of the file at `path`, which must be absolute: a name is read by processes with
    /// other working directories.
    pub(crate) fn of(path: &Path) -> Result<Self, SigningError> {
        let unusable = |reason| SigningError::PathUnusable { path: path.to_owned(), reason };
        let text = path.to_str().ok_or_else(|| unusable("it is not UTF-8"))?;
        if !path.is_absolute() || text.contains(char::is_control) {
            return Err(unusable("it is relative, or holds a control character"));
        }
        let text = format!("file:{}", percent::encode(text));
        Ok(Self { text, path: path.to_owned() })
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
    fn a_path_becomes_a_name_that_leads_back_to_it() {
        for path in ["/keys/outlet.pem", "/a b/100%?#.pem", "/café/ñ.pem"] {
            let uri = FileUri::of(Path::new(path)).unwrap();
            assert_eq!(self::path(&uri.to_string()), Path::new(path));
        }
        let spaced = FileUri::of(Path::new("/a b/1%.pem")).unwrap();
        assert_eq!(spaced.to_string(), "file:/a%20b/1%25.pem");
        for path in ["keys/outlet.pem", "/a\nb"] {
            assert!(FileUri::of(Path::new(path)).is_err(), "{path}");
        }
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

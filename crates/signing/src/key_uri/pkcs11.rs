//! `pkcs11:` — a key inside a token: the part of RFC 7512 that names one key without doubt.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{KeyUriError, percent, shortened};

/// The name of a key in a token.
///
/// Before the `?`, separated by `;`: `token` (its label), and `object` (the key's label) or `id`
/// (its identifier) or both. After it, separated by `&`: `module-path` (the vendor's library) and
/// `pin-source` (a file with the PIN; may be left out where the token wants none).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pkcs11Uri {
    text: String,
    token: String,
    object: Option<String>,
    id: Option<Vec<u8>>,
    module: PathBuf,
    pin_file: Option<PathBuf>,
}

impl Pkcs11Uri {
    pub(super) fn parse(text: &str, rest: &str) -> Result<Self, KeyUriError> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut path = Attributes::parse(path, ';', &PATH_ATTRIBUTES)?;
        let mut query = Attributes::parse(query, '&', &QUERY_ATTRIBUTES)?;
        let uri = Self {
            text: text.to_owned(),
            token: path.take_text("token")?.ok_or(KeyUriError::NoToken)?,
            object: path.take_text("object")?,
            id: path.take_bytes("id")?,
            module: query.take_text("module-path")?.ok_or(KeyUriError::NoModule)?.into(),
            pin_file: query.take_text("pin-source")?.map(|text| pin_file(&text)).transpose()?,
        };
        uri.require_one_key()
    }

    /// The label of the token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The label of the key.
    pub fn object(&self) -> Option<&str> {
        self.object.as_deref()
    }

    /// The identifier of the key.
    pub fn id(&self) -> Option<&[u8]> {
        self.id.as_deref()
    }

    /// The vendor's library, an absolute path.
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// The file that holds the PIN.
    pub fn pin_file(&self) -> Option<&Path> {
        self.pin_file.as_deref()
    }

    fn require_one_key(self) -> Result<Self, KeyUriError> {
        if self.object.is_none() && self.id.is_none() {
            return Err(KeyUriError::NoKey);
        }
        if self.module.is_relative() {
            return Err(KeyUriError::RelativeModule);
        }
        Ok(self)
    }
}

impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// `name=value` pairs, each name known and there once; the values still percent-encoded.
struct Attributes<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Attributes<'a> {
    fn parse(text: &'a str, separator: char, known: &[&str]) -> Result<Self, KeyUriError> {
        let mut attributes = BTreeMap::new();
        let pairs = text.split(separator).enumerate().filter(|_| !text.is_empty());
        for (index, pair) in pairs {
            let no_value = KeyUriError::NoValue { position: index + 1 };
            let (name, value) = pair.split_once('=').ok_or(no_value)?;
            if name == "pin-value" {
                return Err(KeyUriError::PinValue);
            }
            if !known.contains(&name) {
                return Err(KeyUriError::UnknownAttribute { name: shortened(name) });
            }
            if value.is_empty() {
                return Err(KeyUriError::EmptyValue { name: name.to_owned() });
            }
            if attributes.insert(name, value).is_some() {
                return Err(KeyUriError::Twice { name: name.to_owned() });
            }
        }
        Ok(Self(attributes))
    }

    fn take_text(&mut self, name: &str) -> Result<Option<String>, KeyUriError> {
        let value = self.0.remove(name);
        value.map(|value| percent::decode_text(value, &format!("`{name}`"))).transpose()
    }

    fn take_bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, KeyUriError> {
        let value = self.0.remove(name);
        value.map(|value| percent::decode(value, &format!("`{name}`"))).transpose()
    }
}

/// The path behind `file:`. RFC 7512 (2.4) also knows `|command`; running one to get at a PIN is
/// more power than a configuration should have.
fn pin_file(source: &str) -> Result<PathBuf, KeyUriError> {
    let path = source.strip_prefix("file:").ok_or(KeyUriError::PinSource)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.ends_with('/') {
        return Err(KeyUriError::PinSource);
    }
    Ok(PathBuf::from(path))
}

const PATH_ATTRIBUTES: [&str; 3] = ["token", "object", "id"];
const QUERY_ATTRIBUTES: [&str; 2] = ["module-path", "pin-source"];

#[cfg(test)]
mod tests {
    use super::super::KeyUri;
    use super::super::tests::refusal;
    use super::*;

    fn parsed(text: &str) -> Pkcs11Uri {
        match text.parse().unwrap() {
            KeyUri::Pkcs11(uri) => uri,
            KeyUri::File(_) => panic!("{text} is in a token"),
        }
    }

    #[test]
    fn every_attribute_is_read_and_decoded() {
        let uri = parsed(
            "pkcs11:token=My%20token;object=caf%C3%A9%3B1;id=%00%fF7\
             ?module-path=/usr/lib/m%26m.so&pin-source=file:/etc/pin",
        );
        assert_eq!(uri.token(), "My token");
        assert_eq!(uri.object(), Some("café;1"));
        assert_eq!(uri.id(), Some(&[0x00, 0xff, b'7'][..]));
        assert_eq!(uri.module(), Path::new("/usr/lib/m&m.so"));
        assert_eq!(uri.pin_file(), Some(Path::new("/etc/pin")));
    }

    #[test]
    fn what_is_optional_may_be_left_out() {
        let uri = parsed("pkcs11:token=t;id=%01?module-path=/m.so");
        assert_eq!((uri.object(), uri.pin_file()), (None, None));
        let uri = parsed("pkcs11:object=o;token=t?pin-source=file:///etc/pin&module-path=/m.so");
        assert_eq!((uri.id(), uri.pin_file()), (None, Some(Path::new("/etc/pin"))));
    }

    #[test]
    fn what_is_needed_must_be_there() {
        assert_eq!(refusal("pkcs11:"), KeyUriError::NoToken);
        assert_eq!(refusal("pkcs11:object=o?module-path=/m.so"), KeyUriError::NoToken);
        assert_eq!(refusal("pkcs11:token=t?module-path=/m.so"), KeyUriError::NoKey);
        assert_eq!(refusal("pkcs11:token=t;object=o"), KeyUriError::NoModule);
        let relative = "pkcs11:token=t;object=o?module-path=m.so";
        assert_eq!(refusal(relative), KeyUriError::RelativeModule);
    }

    #[test]
    fn attributes_are_known_and_stand_once_in_their_place() {
        let unknown = |name: &str| KeyUriError::UnknownAttribute { name: name.to_owned() };
        assert_eq!(refusal("pkcs11:token=t;slot-id=1"), unknown("slot-id"));
        assert_eq!(refusal("pkcs11:token=t;module-path=/m.so"), unknown("module-path"));
        assert_eq!(refusal("pkcs11:token=t?token=t"), unknown("token"));
        let twice = KeyUriError::Twice { name: "token".to_owned() };
        assert_eq!(refusal("pkcs11:token=t;token=u"), twice);
        let empty = KeyUriError::EmptyValue { name: "object".to_owned() };
        assert_eq!(refusal("pkcs11:token=t;object="), empty);
        assert_eq!(refusal("pkcs11:token=t;object"), KeyUriError::NoValue { position: 2 });
        assert_eq!(refusal("pkcs11:token=t;"), KeyUriError::NoValue { position: 2 });
    }

    #[test]
    fn values_must_decode() {
        let part = |name: &str| format!("`{name}`");
        let percent = KeyUriError::BadPercent { part: part("id") };
        assert_eq!(refusal("pkcs11:token=t;id=%0g"), percent);
        let text = KeyUriError::NotUtf8 { part: part("token") };
        assert_eq!(refusal("pkcs11:token=%FF"), text);
        let control = KeyUriError::ControlCharacter { part: part("object") };
        assert_eq!(refusal("pkcs11:token=t;object=a%0Ab"), control);
    }

    #[test]
    fn a_pin_never_stands_in_the_uri_nor_in_the_error() {
        for text in ["pkcs11:token=t?pin-value=8642", "pkcs11:token=t;pin-value=8642"] {
            let refusal = refusal(text);
            assert_eq!(refusal, KeyUriError::PinValue);
            assert!(refusal.to_string().contains("pin-source=file:"), "{refusal}");
            assert!(!refusal.to_string().contains("8642"), "{refusal}");
        }
        for source in ["8642", "file:", "%7Ccat%20pin", "https://pin.example/8642", "file:/etc/"] {
            let text = format!("pkcs11:token=t;object=o?module-path=/m.so&pin-source={source}");
            assert_eq!(refusal(&text), KeyUriError::PinSource, "{source}");
        }
    }
}

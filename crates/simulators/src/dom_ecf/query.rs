//! The query of a request, as ASP.NET reads it: names in any case, percent and plus decoded.

/// The named values of a query, names in lower case, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).take(MOST_PAIRS);
        let decoded = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name).to_lowercase(), decoded(value))
        });
        Self(decoded.collect())
    }

    /// The value of a name in lower case; nothing if it is absent or empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(each, _)| each == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value, or an empty text.
    pub(super) fn text(&self, name: &str) -> &str {
        self.value(name).unwrap_or_default()
    }
}

/// A plus is a space: whoever does not escape the plus of a security code asks for another one.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let escaped = if byte == b'%' { after.split_at_checked(2) } else { None };
        let value = escaped.and_then(|(digits, after)| Some((hexadecimal(digits)?, after)));
        match value {
            Some((value, after)) => {
                bytes.push(value);
                rest = after;
            }
            None => bytes.push(if byte == b'+' { b' ' } else { byte }),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    let is_number = digits.iter().all(u8::is_ascii_hexdigit);
    is_number.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

/// Values that a query may have; the longest one asked for has seven.
const MOST_PAIRS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_and_values_decode() {
        let query = Query::of("RncEmisor=101000000&codigo=a%2Bb%2f+c&x&ENCF=&%c3%b1=1&bad=%zz%4");
        assert_eq!(query.text("rncemisor"), "101000000");
        assert_eq!(query.text("codigo"), "a+b/ c");
        assert_eq!(query.value("encf"), None);
        assert_eq!(query.value("absent"), None);
        assert_eq!(query.text("ñ"), "1");
        assert_eq!(query.text("bad"), "%zz%4");
    }
}

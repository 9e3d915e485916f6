//! JSON for replies, with the digits and the key order that we choose.
//!
//! A general library would sort the keys or turn an amount into a float; an awkward authority needs
//! to say `4064`, `4064.0` and `4064.00`, and its keys in any order.

use std::fmt;

/// A JSON value, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The number's own text, which must be a JSON number.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn whole(number: impl Into<i64>) -> Self {
        Self::Number(number.into().to_string())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => to.write_str("null"),
            Self::Bool(truth) => write!(to, "{truth}"),
            Self::Number(digits) => to.write_str(digits),
            Self::Text(text) => quote(text, to),
            Self::List(values) => list(values, to),
            Self::Object(members) => object(members, to),
        }
    }
}

fn list(values: &[Json], to: &mut fmt::Formatter<'_>) -> fmt::Result {
    to.write_str("[")?;
    for (place, value) in values.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(to, "{comma}{value}")?;
    }
    to.write_str("]")
}

fn object(members: &[(String, Json)], to: &mut fmt::Formatter<'_>) -> fmt::Result {
    to.write_str("{")?;
    for (place, (key, value)) in members.iter().enumerate() {
        to.write_str(if place == 0 { "" } else { "," })?;
        quote(key, to)?;
        write!(to, ":{value}")?;
    }
    to.write_str("}")
}

fn quote(text: &str, to: &mut fmt::Formatter<'_>) -> fmt::Result {
    let quoted = serde_json::to_string(text).expect("a string is always JSON");
    to.write_str(&quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_what_a_parser_reads() {
        let value = Json::Object(vec![
            ("z".into(), Json::Number("4064.00".into())),
            (
                "a \"quoted\"\n".into(),
                Json::List(vec![Json::Null, Json::Bool(true), Json::whole(7)]),
            ),
            ("é".into(), Json::text("l'été \\ \u{1}")),
        ]);
        let written = value.to_string();
        assert!(written.starts_with("{\"z\":4064.00,"), "{written}");
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["a \"quoted\"\n"], serde_json::json!([null, true, 7]));
        assert_eq!(read["é"], "l'été \\ \u{1}");
    }
}

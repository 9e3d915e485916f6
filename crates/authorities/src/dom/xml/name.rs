//! Names of elements and attributes, and what they are bound to.

use std::borrow::Cow;

use super::characters::is_name;

/// The name of an element or an attribute as it is written: `prefix:local` or `local`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Cow<'static, str>);

impl Name {
    /// Reads a qualified name; none if it is not one.
    pub fn parse(qualified: impl Into<Cow<'static, str>>) -> Option<Self> {
        let qualified = qualified.into();
        is_qualified(&qualified).then_some(Self(qualified))
    }

    /// A name that our own code chose. One that stands in the program's text is looked at where
    /// tests run, and taken as it is where time counts; one that was put together always is.
    ///
    /// # Panics
    /// When it is no name.
    #[inline]
    pub(super) fn ours(qualified: Cow<'static, str>) -> Self {
        if cfg!(debug_assertions) || matches!(qualified, Cow::Owned(_)) {
            assert!(is_qualified(&qualified), "{qualified:?} is named by our own code");
        }
        Self(qualified)
    }

    /// As it is written.
    pub fn qualified(&self) -> &str {
        &self.0
    }

    /// The part behind the colon, or the whole.
    pub fn local(&self) -> &str {
        self.parts().1
    }

    /// The part before the colon; empty where there is none.
    pub fn prefix(&self) -> &str {
        self.parts().0
    }

    fn parts(&self) -> (&str, &str) {
        // A search made for long texts would cost more than it saves in so short a one.
        match self.0.bytes().position(|byte| byte == b':') {
            None => ("", &self.0),
            Some(colon) => (&self.0[..colon], &self.0[colon + 1..]),
        }
    }
}

/// One name, or two with a colon between.
fn is_qualified(text: &str) -> bool {
    match text.split_once(':') {
        None => is_name(text),
        Some((prefix, local)) => is_name(prefix) && is_name(local),
    }
}

/// A declaration `xmlns:prefix="uri"`, or `xmlns="uri"` where the prefix is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    pub(super) prefix: Cow<'static, str>,
    pub(super) uri: Cow<'static, str>,
}

impl Namespace {
    /// Empty for the default namespace.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Empty where the default namespace is undone.
    pub fn uri(&self) -> &str {
        &self.uri
    }
}

/// An attribute that is not a namespace declaration; its value is without escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub(super) name: Name,
    pub(super) value: Cow<'static, str>,
}

impl Attribute {
    pub fn name(&self) -> &Name {
        &self.name
    }

    pub fn value(&self) -> &str {
        &self.value
    }

    pub(in crate::dom) fn value_mut(&mut self) -> &mut Cow<'static, str> {
        &mut self.value
    }
}

/// What the prefix `xml` is bound to without a declaration.
pub(super) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
/// What the prefix `xmlns` is bound to, and nothing else may be.
pub(super) const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_colon_at_most_and_names_on_both_sides() {
        let name = Name::parse("ds:Signature").unwrap();
        assert_eq!((name.prefix(), name.local()), ("ds", "Signature"));
        let name = Name::parse("ECF").unwrap();
        assert_eq!((name.prefix(), name.local()), ("", "ECF"));
        for other in ["", ":", "a:", ":a", "a:b:c", "1:a", "a:1", "a b"] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }
}

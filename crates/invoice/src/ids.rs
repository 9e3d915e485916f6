//! Identifiers: a prefix that says of what, then lower-case base32 of random bytes.
//!
//! An invoice's id begins with its outlet's, so that whoever holds one knows where its row lives:
//! every table is keyed by the outlet first.

use std::fmt;

use data_encoding::{Encoding, Specification};

/// Why a text is not an identifier of the wanted kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an identifier that begins with {expected_prefix}")]
pub struct IdError {
    pub expected_prefix: &'static str,
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(String);

        impl $name {
            /// From random bytes: chance is an argument.
            pub fn from_random(random: [u8; $bytes]) -> Self {
                Self(format!(concat!($prefix, "{}"), base32().encode(&random)))
            }

            pub fn parse(text: &str) -> Result<Self, IdError> {
                let error = IdError { expected_prefix: $prefix };
                let body = text.strip_prefix($prefix).ok_or(error)?;
                match base32().decode(body.as_bytes()) {
                    Ok(bytes) if bytes.len() == $bytes => Ok(Self(text.to_owned())),
                    _ => Err(error),
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// A customer of the platform.
    TenantId, "tn_", 10
);
identifier!(
    /// A legal person that owes tax: it has a NIF or an RNC.
    TaxpayerId, "tp_", 10
);
identifier!(
    /// A place of sale.
    OutletId, "ou_", 10
);
identifier!(
    /// A till or an API client of an outlet.
    TerminalId, "te_", 10
);
identifier!(
    /// A range of numbers that an authority gave out to a taxpayer.
    RangeId, "ra_", 10
);
identifier!(
    /// An invoice of an outlet: ten bytes are the outlet's, fifteen are its own.
    InvoiceId, "in_", 25
);

impl InvoiceId {
    /// From the outlet and fifteen bytes of its own. Where those begin with the time, the ids of an
    /// outlet grow, and an index of them grows at its end.
    pub fn of(outlet: &OutletId, own: [u8; 15]) -> Self {
        Self(format!("in_{}{}", &outlet.0["ou_".len()..], base32().encode(&own)))
    }

    /// The outlet that the id begins with.
    pub fn outlet(&self) -> OutletId {
        let body = &self.0["in_".len()..];
        OutletId(format!("ou_{}", &body[..OUTLET_CHARACTERS]))
    }
}

/// Ten bytes in base32.
const OUTLET_CHARACTERS: usize = 16;

/// RFC 4648 base32 in lower case without padding: no two ids differ by case only.
fn base32() -> &'static Encoding {
    static BASE32: std::sync::LazyLock<Encoding> = std::sync::LazyLock::new(|| {
        let mut specification = Specification::new();
        specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
        specification.encoding().expect("32 distinct symbols make an encoding")
    });
    &BASE32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_id_tells_its_outlet() {
        let outlet = OutletId::from_random([7; 10]);
        let id = InvoiceId::of(&outlet, [9; 15]);
        assert_eq!(InvoiceId::parse(id.as_str()).unwrap().outlet(), outlet);
    }

    #[test]
    fn refuses_foreign_texts() {
        for text in [
            "",
            "ou_",
            "in_abc",
            "ou_AAAAAAAAAAAAAAAA",
            "ou_aaaaaaaaaaaaaaa!",
            "tn_aaaaaaaaaaaaaaaa",
        ] {
            assert!(OutletId::parse(text).is_err(), "{text}");
        }
    }
}

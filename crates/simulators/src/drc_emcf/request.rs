//! What a client sends, as it sends it.
//!
//! Unknown fields are ignored, a missing or null text is empty, and a number may come in quotes:
//! public clients do all three. A number keeps its digits; it is never a float.

use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::drc_emcf::limits::LONGEST_NUMBER;

/// `InvoiceRequestDataDto`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct InvoiceRequest {
    #[serde(deserialize_with = "text")]
    pub(super) nif: String,
    #[serde(deserialize_with = "text")]
    pub(super) rn: String,
    #[serde(deserialize_with = "text")]
    pub(super) mode: String,
    #[serde(deserialize_with = "text")]
    pub(super) isf: String,
    #[serde(rename = "type", deserialize_with = "text")]
    pub(super) kind: String,
    pub(super) items: Option<Vec<Item>>,
    pub(super) client: Option<Client>,
    pub(super) operator: Option<Operator>,
    pub(super) payment: Option<Vec<Payment>>,
    #[serde(deserialize_with = "text")]
    pub(super) reference: String,
    #[serde(deserialize_with = "text")]
    pub(super) reference_type: String,
    #[serde(deserialize_with = "text")]
    pub(super) reference_desc: String,
    #[serde(deserialize_with = "text")]
    pub(super) cmta: String,
    #[serde(deserialize_with = "text")]
    pub(super) cmtb: String,
    #[serde(deserialize_with = "text")]
    pub(super) cmtc: String,
    #[serde(deserialize_with = "text")]
    pub(super) cmtd: String,
    #[serde(deserialize_with = "text")]
    pub(super) cmte: String,
    #[serde(deserialize_with = "text")]
    pub(super) cmtf: String,
    #[serde(deserialize_with = "text")]
    pub(super) cmtg: String,
    #[serde(deserialize_with = "text")]
    pub(super) cmth: String,
    #[serde(deserialize_with = "text")]
    pub(super) cur_code: String,
    #[serde(deserialize_with = "text")]
    pub(super) cur_date: String,
    pub(super) cur_rate: Option<Exact>,
}

/// `ItemDto`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Item {
    #[serde(deserialize_with = "text")]
    pub(super) code: String,
    #[serde(rename = "type", deserialize_with = "text")]
    pub(super) kind: String,
    #[serde(deserialize_with = "text")]
    pub(super) name: String,
    pub(super) price: Option<Exact>,
    pub(super) quantity: Option<Exact>,
    #[serde(deserialize_with = "text")]
    pub(super) tax_group: String,
    /// `"10%"` of the amount, or `"230"` a unit.
    #[serde(deserialize_with = "text_or_number")]
    pub(super) tax_specific_value: String,
    /// The specific tax of the whole line.
    pub(super) tax_specific_amount: Option<Exact>,
    pub(super) original_price: Option<Exact>,
    #[serde(deserialize_with = "text")]
    pub(super) price_modification: String,
}

/// `ClientDto`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Client {
    #[serde(deserialize_with = "text")]
    pub(super) nif: String,
    #[serde(deserialize_with = "text")]
    pub(super) name: String,
    #[serde(deserialize_with = "text")]
    pub(super) contact: String,
    #[serde(deserialize_with = "text")]
    pub(super) address: String,
    #[serde(rename = "type", deserialize_with = "text")]
    pub(super) kind: String,
    #[serde(deserialize_with = "text")]
    pub(super) type_desc: String,
}

/// `OperatorDto`. Its id is a number in some clients.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Operator {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) id: String,
    #[serde(deserialize_with = "text")]
    pub(super) name: String,
}

/// `PaymentDto`. The names of its two currency fields differ among public clients (`currencyCode`
/// or `curCode`), and nothing is computed from them: they are ignored as unknown fields are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Payment {
    #[serde(deserialize_with = "text")]
    pub(super) name: String,
    pub(super) amount: Option<Exact>,
}

/// The body of a confirm.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Confirmation {
    pub(super) total: Option<Exact>,
    pub(super) vtotal: Option<Exact>,
}

/// A number with the digits it was sent with, from a JSON number or a numeric string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exact(pub(super) Decimal);

impl InvoiceRequest {
    /// The eight comment lines, A to H.
    pub(super) fn comments(&self) -> [&str; 8] {
        [
            &self.cmta, &self.cmtb, &self.cmtc, &self.cmtd, &self.cmte, &self.cmtf, &self.cmtg,
            &self.cmth,
        ]
    }

    pub(super) fn items(&self) -> &[Item] {
        self.items.as_deref().unwrap_or_default()
    }

    pub(super) fn payments(&self) -> &[Payment] {
        self.payment.as_deref().unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let digits = unquoted(&Box::<RawValue>::deserialize(from)?).map_err(D::Error::custom)?;
        decimal(&digits).map(Self).ok_or_else(|| D::Error::custom("a number was expected"))
    }
}

/// A decimal from its text: digits, at most one point, a sign, an exponent; nothing else.
pub(super) fn decimal(digits: &str) -> Option<Decimal> {
    let plain =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    if digits.len() > LONGEST_NUMBER || !digits.bytes().all(plain) {
        return None;
    }
    if digits.contains(['e', 'E']) {
        return Decimal::from_scientific(digits).ok();
    }
    Decimal::from_str_exact(digits).ok()
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

fn text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let Some(raw) = Option::<Box<RawValue>>::deserialize(from)? else {
        return Ok(String::new());
    };
    unquoted(&raw).map_err(D::Error::custom)
}

/// The content of a JSON string, or the text of a JSON number.
fn unquoted(raw: &RawValue) -> Result<String, String> {
    let raw = raw.get().trim();
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).map_err(|error| error.to_string()),
        Some(b'-' | b'0'..=b'9') => Ok(raw.to_owned()),
        _ => Err("a number or a string was expected".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(json: &str) -> Option<String> {
        let item: Item = serde_json::from_str(&format!("{{\"price\":{json}}}")).ok()?;
        Some(item.price.map_or_else(|| "none".to_owned(), |Exact(price)| price.to_string()))
    }

    #[test]
    fn a_number_keeps_its_digits_whichever_way_it_comes() {
        for (sent, read) in [
            ("720.00", "720.00"),
            ("\"720.00\"", "720.00"),
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("\" 7\"", "refused"),
            ("123456789012345.67", "123456789012345.67"),
            ("null", "none"),
            ("\"1,5\"", "refused"),
            ("\"1_000\"", "refused"),
            ("\"\"", "refused"),
            ("true", "refused"),
            ("[1]", "refused"),
            ("1e99", "refused"),
        ] {
            assert_eq!(price(sent).unwrap_or_else(|| "refused".into()), read, "{sent}");
        }
    }

    #[test]
    fn a_foreign_client_may_send_more_and_less() {
        let sent = r#"{"id":7,"status":{"deep":[1,2]},"nif":null,"operator":{"id":1123,"name":"J"},
            "items":[{"taxSpecificValue":230}],"payment":[{"name":"ESPECES","currencyRate":0}]}"#;
        let read: InvoiceRequest = serde_json::from_str(sent).unwrap();
        assert_eq!(read.nif, "");
        assert_eq!(read.operator.unwrap().id, "1123");
        assert_eq!(read.items.unwrap()[0].tax_specific_value, "230");
    }
}

//! The e-MCF's own words: its requests and replies as JSON (e-MCF API; names are the DGI's).
//!
//! Amounts are JSON numbers on the wire. They are written from exact decimals as raw text and read
//! back the same way, so that no number ever passes through binary floating point.

use std::collections::BTreeMap;

use invoice::{Amount, Decimal};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `POST api/invoice`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InvoiceRequestDataDto<'a> {
    pub nif: &'a str,
    pub rn: &'a str,
    pub mode: &'static str,
    pub isf: &'a str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub items: Vec<ItemDto<'a>>,
    pub client: ClientDto<'a>,
    pub operator: OperatorDto<'a>,
    pub payment: Vec<PaymentDto<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_desc: Option<&'static str>,
    /// `cmta` to `cmth`.
    #[serde(flatten)]
    pub comments: BTreeMap<String, &'a str>,
    #[serde(flatten)]
    pub currency: Option<CurrencyDto<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the API's own names")]
pub(super) struct CurrencyDto<'a> {
    pub cur_code: &'a str,
    pub cur_date: String,
    pub cur_rate: Box<RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemDto<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'a str>,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub name: &'a str,
    pub price: Box<RawValue>,
    pub quantity: Box<RawValue>,
    pub tax_group: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_specific_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_specific_amount: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_price: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_modification: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientDto<'a> {
    pub nif: &'a str,
    pub name: &'a str,
    pub contact: String,
    pub address: &'a str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub type_desc: &'static str,
}

#[derive(Serialize)]
pub(super) struct OperatorDto<'a> {
    pub id: &'a str,
    pub name: &'a str,
}

#[derive(Serialize)]
pub(super) struct PaymentDto<'a> {
    pub name: &'static str,
    pub amount: Box<RawValue>,
    /// The currency and its rate, under whichever names the outlet's setting says.
    #[serde(flatten)]
    pub currency: BTreeMap<&'static str, CurrencyValue<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum CurrencyValue<'a> {
    Code(&'a str),
    Rate(Box<RawValue>),
}

/// `PUT api/invoice/{uid}/confirm`.
#[derive(Serialize)]
pub(super) struct FinalizeRequest {
    pub total: Box<RawValue>,
    pub vtotal: Box<RawValue>,
}

/// Any reply of the e-MCF: every key that we look at, all optional, all spellings of a value.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReplyDto {
    pub uid: Option<String>,
    pub rn: Option<String>,
    pub error_code: Option<Loose>,
    pub error_desc: Option<String>,
    pub date_time: Option<String>,
    pub qr_code: Option<String>,
    #[serde(rename = "codeDEFDGI")]
    pub code_def_dgi: Option<String>,
    pub counters: Option<String>,
    pub nim: Option<String>,
    pub token_valid: Option<String>,
    pub pending_requests_list: Option<Vec<PendingDto>>,
    pub pending_requests_count: Option<Loose>,
    /// Every member, the sums among them: `total`, `vtotal`, `taa`…`tap` and their kin.
    #[serde(skip)]
    pub rest: BTreeMap<String, Loose>,
}

#[derive(Deserialize)]
pub(super) struct PendingDto {
    pub uid: String,
}

/// `GET api/info/invoiceTypes` and its four sisters.
#[derive(Deserialize)]
pub(super) struct TypeDto {
    #[serde(rename = "type")]
    pub kind: String,
}

/// `GET api/info/currencyRates`.
#[derive(Deserialize)]
pub(super) struct CurrencyRateDto {
    #[serde(rename = "type")]
    pub kind: String,
    pub rate: Loose,
}

/// A value that servers of this family write as a number, as a string, or as something that
/// concerns us not.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Loose(Box<RawValue>);

impl Loose {
    /// The text of a string, the digits of a number as they were written; the empty text for
    /// anything else.
    pub(super) fn text(&self) -> String {
        match serde_json::from_str(self.0.get()) {
            Ok(serde_json::Value::String(text)) => text,
            // A number with an exponent was no exact decimal where it was written either.
            Ok(serde_json::Value::Number(number)) if self.0.get().contains(['e', 'E']) => {
                number.to_string()
            }
            Ok(serde_json::Value::Number(_)) => self.0.get().to_owned(),
            _ => String::new(),
        }
    }

    pub(super) fn decimal<const SCALE: u32>(&self) -> Option<Decimal<SCALE>> {
        Decimal::parse(&self.text()).ok()
    }
}

impl ReplyDto {
    pub(super) fn read(body: &[u8]) -> Result<Self, serde_json::Error> {
        let reply = serde_json::from_slice(body)?;
        // Read apart: serde flattens through a buffer that turns numbers into binary floats.
        Ok(Self { rest: serde_json::from_slice(body)?, ..reply })
    }

    pub(super) fn amount(&self, key: &str) -> Option<Amount> {
        self.rest.get(key)?.decimal()
    }
}

/// A decimal as a JSON number, digit for digit.
pub(super) fn number<const SCALE: u32>(decimal: Decimal<SCALE>, decimals: usize) -> Box<RawValue> {
    let long = decimal.to_string();
    let point = long.find('.').unwrap_or(long.len());
    let text = long.get(..point + 1 + decimals).unwrap_or(&long).to_owned();
    RawValue::from_string(text).expect("a decimal is a JSON number")
}

//! Which operation a method and a path ask for.

use axum::http::Method;
use serde::{Deserialize, Serialize};

/// One thing that the API can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Status,
    Invoice,
    Confirm(String),
    Cancel(String),
    Details(String),
    Info(Info),
    /// The path exists, the method does not.
    WrongMethod,
    Unknown,
}

/// One list of the info API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Info {
    Status,
    TaxGroups,
    InvoiceTypes,
    PaymentTypes,
    ClientTypes,
    ReferenceTypes,
    ItemTypes,
    CurrencyRates,
}

/// The name of an operation, for faults and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operation {
    Status,
    Invoice,
    Confirm,
    Cancel,
    Details,
    Info,
    /// A path or a method that the API does not have.
    Unknown,
}

impl Route {
    /// Public clients differ: a slash at the end or none, an action in capitals or not, `confirm`
    /// or `confirmer`, `cancel` or `annuler`. All of them are understood. The test server has a
    /// prefix.
    pub(super) fn of(method: &Method, path: &str) -> Self {
        let path = path.strip_prefix("/edef").unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let parts: Vec<&str> = path.split('/').collect();
        let get = *method == Method::GET;
        match parts[..] {
            ["", "api", "invoice"] if get => Self::Status,
            ["", "api", "invoice"] if *method == Method::POST => Self::Invoice,
            ["", "api", "invoice", uid] if get => Self::Details(uid.to_owned()),
            ["", "api", "invoice", uid, action] if *method == Method::PUT => {
                Self::finalise(uid, action)
            }
            ["", "api", "info", list] if get => Info::of(list).map_or(Self::Unknown, Self::Info),
            ["", "api", "invoice"] | ["", "api", "invoice" | "info", _] => Self::WrongMethod,
            ["", "api", "invoice", uid, action] => match Self::finalise(uid, action) {
                Self::Unknown => Self::Unknown,
                _ => Self::WrongMethod,
            },
            _ => Self::Unknown,
        }
    }

    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::Status => Operation::Status,
            Self::Invoice => Operation::Invoice,
            Self::Confirm(_) => Operation::Confirm,
            Self::Cancel(_) => Operation::Cancel,
            Self::Details(_) => Operation::Details,
            Self::Info(_) => Operation::Info,
            Self::WrongMethod | Self::Unknown => Operation::Unknown,
        }
    }

    fn finalise(uid: &str, action: &str) -> Self {
        match action.to_ascii_lowercase().as_str() {
            "confirm" | "confirmer" => Self::Confirm(uid.to_owned()),
            "cancel" | "annuler" => Self::Cancel(uid.to_owned()),
            _ => Self::Unknown,
        }
    }
}

impl Info {
    fn of(list: &str) -> Option<Self> {
        match list {
            "status" => Some(Self::Status),
            "taxGroups" => Some(Self::TaxGroups),
            "invoiceTypes" => Some(Self::InvoiceTypes),
            "paymentTypes" => Some(Self::PaymentTypes),
            "clientTypes" => Some(Self::ClientTypes),
            "referenceTypes" => Some(Self::ReferenceTypes),
            "itemTypes" => Some(Self::ItemTypes),
            "currencyRates" => Some(Self::CurrencyRates),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_a_client_sends() {
        let confirm = Route::Confirm("u1".into());
        let cancel = Route::Cancel("u1".into());
        for (method, path, route) in [
            ("GET", "/api/invoice", Route::Status),
            ("GET", "/api/invoice/", Route::Status),
            ("POST", "/api/invoice", Route::Invoice),
            ("POST", "/api/invoice/", Route::Invoice),
            ("POST", "/edef/api/invoice/", Route::Invoice),
            ("PUT", "/api/invoice/u1/confirm", confirm.clone()),
            ("PUT", "/api/invoice/u1/CONFIRM", confirm.clone()),
            ("PUT", "/edef/api/invoice/u1/Confirmer/", confirm),
            ("PUT", "/api/invoice/u1/cancel", cancel.clone()),
            ("PUT", "/api/invoice/u1/ANNULER", cancel),
            ("GET", "/api/invoice/u1", Route::Details("u1".into())),
            ("GET", "/api/info/taxGroups", Route::Info(Info::TaxGroups)),
            ("GET", "/api/info/status/", Route::Info(Info::Status)),
            ("DELETE", "/api/invoice", Route::WrongMethod),
            ("POST", "/api/invoice/u1/confirm", Route::WrongMethod),
            ("POST", "/api/info/status", Route::WrongMethod),
            ("PUT", "/api/invoice/u1/pay", Route::Unknown),
            ("GET", "/api/info/secrets", Route::Unknown),
            ("GET", "/", Route::Unknown),
            ("GET", "/api/invoice//", Route::Details(String::new())),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(Route::of(&method, path), route, "{method} {path}");
        }
    }
}

//! An API key as it is answered: never its text, which only the answer that makes it has.

use ledger::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;

use crate::rights::{Operation, Reach, read_operations, read_reach};

/// An API key.
#[derive(Serialize, ToSchema)]
#[schema(title = "ApiKey", as = ApiKey)]
pub(crate) struct ApiKeyView {
    /// Its id, by which it is revoked.
    #[schema(example = "ak_q0l7X2h9m1Yb3Zt4")]
    pub id: String,
    /// What it is used for.
    #[schema(example = "till-1")]
    pub label: String,
    /// `test` or `live`.
    #[schema(example = "test")]
    pub environment: &'static str,
    /// Its rights.
    #[schema(example = json!(["invoices:write", "invoices:read"]))]
    pub operations: Vec<&'static str>,
    /// The outlets that it reaches. Absent where it reaches all of the tenant's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = json!(["ou_aeaqcaibaeaqcaib"]))]
    pub outlets: Option<Vec<String>>,
    /// When it was made.
    #[schema(example = "2026-11-20T09:30:00.000000Z", format = DateTime)]
    pub created_at: String,
    /// When it ends by itself.
    #[schema(example = "2027-11-20T09:30:00.000000Z", format = DateTime)]
    pub expires_at: Option<String>,
    /// When it was revoked.
    #[schema(example = "2026-12-01T09:30:00.000000Z", format = DateTime)]
    pub revoked_at: Option<String>,
}

/// A new API key, with its text.
#[derive(Serialize, ToSchema)]
#[schema(title = "NewApiKey", as = NewApiKey)]
pub(crate) struct NewApiKeyView {
    /// The key itself, shown this once: only its hash is kept.
    #[schema(example = "sk_test_…")]
    pub api_key: String,
    #[serde(flatten)]
    pub key: ApiKeyView,
}

impl ApiKeyView {
    pub(crate) fn of(key: ApiKey) -> Self {
        let outlets = match read_reach(&key.outlets) {
            Reach::All => None,
            Reach::Only(outlets) => Some(outlets.iter().map(ToString::to_string).collect()),
        };
        let operations = read_operations(&key.operations);
        Self {
            id: key.id,
            label: key.label,
            environment: key.environment.as_str(),
            operations: operations.into_iter().map(Operation::as_str).collect(),
            outlets,
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
        }
    }
}

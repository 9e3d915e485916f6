//! Who there is: tenants, taxpayers, outlets, terminals, API keys. Settings, not fiscal records.

use invoice::{Hash, OutletId, TaxpayerId, TenantId, TerminalId, Timestamp};

use crate::number::NumberTemplate;

/// A customer of the platform.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    pub created_at: Timestamp,
}

/// A legal person that owes tax.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Taxpayer {
    pub tenant: TenantId,
    pub id: TaxpayerId,
    /// NIF, RNC.
    pub tax_id: String,
    pub name: String,
    /// The number in the register of commerce: RCCM.
    pub register: Option<String>,
    /// What the receipt prints as the taxpayer's tax regime.
    pub regime_label: Option<String>,
    pub address: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub created_at: Timestamp,
}

/// A place of sale.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outlet {
    pub tenant: TenantId,
    pub taxpayer: TaxpayerId,
    pub id: OutletId,
    /// As numbers bear it: `KIN01`.
    pub code: String,
    pub name: String,
    pub address: Option<String>,
    pub city: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// IANA name.
    pub zone: String,
    pub number_template: NumberTemplate,
    /// The authority and its channel.
    pub authority: String,
    pub environment: Environment,
    /// Names the key that signs the outlet's entries.
    pub key_uri: String,
    /// JSON text, read by whoever puts the outlet's desk together.
    pub settings: String,
    pub created_at: Timestamp,
}

/// Test outlets reach simulators and test systems only.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Environment {
    Test,
    Live,
}

impl Environment {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Test, Self::Live].into_iter().find(|environment| environment.as_str() == word)
    }
}

/// A till or an API client of an outlet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terminal {
    pub tenant: TenantId,
    pub outlet: OutletId,
    pub id: TerminalId,
    pub name: String,
    pub created_at: Timestamp,
}

/// A bearer key, of which only the hash is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiKey {
    pub tenant: TenantId,
    pub id: String,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    pub environment: Environment,
    /// JSON text: the operations that it may call.
    pub operations: String,
    /// JSON text: the outlets that it reaches.
    pub outlets: String,
    pub label: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// The public half of a key that signed entries, kept for ever.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    pub key_id: String,
    pub algorithm: String,
    /// `SubjectPublicKeyInfo`, DER.
    pub spki: Vec<u8>,
    pub first_seen: Timestamp,
}

/// An outlet that signs its entries with a key.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct KeyHolder {
    pub key_id: String,
    /// As the statements of the outlet's entries name it.
    pub tax_id: String,
    pub outlet: OutletId,
    pub environment: Environment,
}

impl KeyHolder {
    /// By which a statement is known for one of the outlet's.
    pub fn seller(&self) -> Hash {
        Hash::of_seller(&self.tax_id, &self.outlet)
    }
}

impl PublicKey {
    /// The hash of the key's bytes, to compare two records of it.
    pub fn fingerprint(&self) -> Hash {
        Hash::of_note(&self.spki)
    }
}

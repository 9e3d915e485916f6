//! Making API keys. The text is shown once; the ledger keeps its hash.

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use fiscal::Chance;
use invoice::{TenantId, Timestamp};
use ledger::{ApiKey, Environment};
use sha2::{Digest as _, Sha256};

use crate::rights::{Operation, Reach, write_operations, write_reach};

/// What a new key may do.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub tenant: TenantId,
    pub environment: Environment,
    pub operations: Vec<Operation>,
    pub reach: Reach,
    /// For people: what it is used for.
    pub label: String,
    pub expires_at: Option<Timestamp>,
}

/// The key's text, to be shown once, and the row to be stored. 160 random bits cannot be guessed,
/// so a plain hash keeps them.
pub fn new_api_key(new: NewApiKey, chance: &Chance, now: Timestamp) -> (String, ApiKey) {
    let secret = BASE32_NOPAD.encode(&chance.bytes::<SECRET_BYTES>()).to_ascii_lowercase();
    let text = format!("{}{secret}", prefix(new.environment));
    let row = ApiKey {
        tenant: new.tenant,
        id: format!("ak_{}", BASE64URL_NOPAD.encode(&chance.bytes::<12>())),
        hash: hash_of(&text),
        environment: new.environment,
        operations: write_operations(&new.operations),
        outlets: write_reach(&new.reach),
        label: new.label,
        created_at: now,
        expires_at: new.expires_at,
        revoked_at: None,
    };
    (text, row)
}

/// The hash of a bearer's text, if it has the form of one of our keys at all.
pub(crate) fn hash_of_bearer(text: &str) -> Option<[u8; 32]> {
    let environments = [Environment::Test, Environment::Live];
    let secret = environments.into_iter().find_map(|one| text.strip_prefix(prefix(one)))?;
    (secret.len() == SECRET_BYTES * 8 / 5).then(|| hash_of(text))
}

const SECRET_BYTES: usize = 20;

const fn prefix(environment: Environment) -> &'static str {
    match environment {
        Environment::Test => "sk_test_",
        Environment::Live => "sk_live_",
    }
}

fn hash_of(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_the_hash_of_its_text() {
        for environment in [Environment::Test, Environment::Live] {
            let new = NewApiKey {
                tenant: TenantId::from_random([1; 10]),
                environment,
                operations: vec![Operation::InvoicesRead],
                reach: Reach::All,
                label: "till".to_owned(),
                expires_at: None,
            };
            let chance = Chance::seeded(5);
            let (text, row) = new_api_key(new.clone(), &chance, Timestamp::from_micros(0));
            assert!(text.starts_with(&format!("sk_{}_", environment.as_str())), "{text}");
            assert_eq!(hash_of_bearer(&text), Some(row.hash));
            let (other, _) = new_api_key(new, &chance, Timestamp::from_micros(0));
            assert_ne!(text, other);
        }
    }

    #[test]
    fn texts_of_another_form_are_not_looked_up() {
        for text in ["", "sk_test_", "sk_test_abc", "pk_test_abcdefghijklmnopqrstuvwxyz234567"] {
            assert_eq!(hash_of_bearer(text), None);
        }
    }
}

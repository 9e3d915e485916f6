//! Whose a key is, as a published list says it.

use std::collections::HashMap;

use data_encoding::BASE64URL_NOPAD;
use invoice::Hash;
use ledger::Environment;
use serde_json::Value;

/// The outlets whose entries a key signs, each by the hash of its seller; none, and it is nobody's.
pub(in crate::commands::verify) struct Owners(HashMap<Hash, Environment>);

impl Owners {
    /// Out of the member `outlets` of a published key, if it is what it should be.
    pub(super) fn read(outlets: &Value) -> Option<Self> {
        let mut owners = Self(HashMap::new());
        for outlet in outlets.as_array()? {
            let seller = BASE64URL_NOPAD.decode(outlet.get("seller")?.as_str()?.as_bytes()).ok()?;
            let environment = Environment::parse(outlet.get("environment")?.as_str()?)?;
            owners.add(Hash::from_slice(&seller)?, environment);
        }
        Some(owners)
    }

    /// What two files say of one key together.
    pub(super) fn of_both(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (mut both, other) = match (one, other) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.or(other),
        };
        other.0.into_iter().for_each(|(seller, environment)| both.add(seller, environment));
        Some(both)
    }

    /// In which environment the key is that seller's, if it is.
    pub(in crate::commands::verify) fn environment(&self, seller: &Hash) -> Option<Environment> {
        self.0.get(seller).copied()
    }

    /// Of an outlet that is said to test and to be live, nothing is believed but the test.
    fn add(&mut self, seller: Hash, environment: Environment) {
        let known = self.0.entry(seller).or_insert(environment);
        if environment == Environment::Test {
            *known = environment;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SELLER: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

    fn one(environment: &str) -> Option<Owners> {
        Owners::read(&json!([{ "seller": SELLER, "environment": environment }]))
    }

    #[test]
    fn says_whose_a_key_is_and_nobody_elses() {
        let seller = Hash([1; 32]);
        let live = one("live").unwrap();
        assert_eq!(live.environment(&seller), Some(Environment::Live));
        assert_eq!(live.environment(&Hash([2; 32])), None);
        assert_eq!(Owners::read(&json!([])).unwrap().environment(&seller), None);
        for (first, second) in [("live", "test"), ("test", "live")] {
            let both = Owners::of_both(one(first), one(second)).unwrap();
            assert_eq!(both.environment(&seller), Some(Environment::Test), "{first}, {second}");
        }
        for both in [Owners::of_both(None, one("live")), Owners::of_both(one("live"), None)] {
            assert_eq!(both.unwrap().environment(&seller), Some(Environment::Live));
        }
        let nobody = Owners::read(&json!([]));
        let both = Owners::of_both(nobody, one("live")).unwrap();
        assert_eq!(both.environment(&seller), Some(Environment::Live));
        assert!(Owners::of_both(None, None).is_none());
    }

    #[test]
    fn what_is_not_as_it_should_be_is_not_read() {
        let of = |seller: &str| json!([{ "seller": seller, "environment": "live" }]);
        assert!(Owners::read(&of(SELLER)).is_some());
        for malformed in [
            json!(null),
            json!({}),
            json!("live"),
            json!([SELLER]),
            json!([[SELLER, "live"]]),
            json!([{ "seller": SELLER }]),
            json!([{ "environment": "live" }]),
            json!([{ "seller": [SELLER], "environment": "live" }]),
            json!([{ "seller": SELLER, "environment": "Live" }]),
            json!([{ "seller": SELLER, "environment": null }]),
            of(&format!("{SELLER}=")),
            // The last sign's bits that no byte takes.
            of(&format!("{}F", &SELLER[..42])),
            of(&SELLER[..42]),
            of(&format!("{SELLER}AQEB")),
            of(&SELLER.replacen('A', "+", 1)),
            of(""),
        ] {
            assert!(Owners::read(&malformed).is_none(), "{malformed}");
        }
    }
}

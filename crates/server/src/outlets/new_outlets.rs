//! What the operator gives to outlets that are created through the API.

use std::collections::BTreeMap;
use std::fmt;

use invoice::Json;

/// The key and the wires of new outlets: a caller names no key, no address and no secret, since it
/// could name another tenant's.
#[derive(Clone)]
pub struct NewOutlets {
    /// URI of the key that signs for them.
    pub key_uri: String,
    /// Wires by the names that callers choose from: what `wire` is in an outlet's settings. One
    /// with a member `tenant` is for that tenant alone, as its token is.
    pub wires: BTreeMap<String, Json>,
}

impl fmt::Debug for NewOutlets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.wires.keys().collect();
        formatter.debug_struct("NewOutlets").field("wires", &names).finish_non_exhaustive()
    }
}

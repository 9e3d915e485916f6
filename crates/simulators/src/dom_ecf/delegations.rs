//! Who may act for whom: the person of a certificate for the taxpayer of a document, and which
//! taxpayers are electronic issuers at all.

use std::collections::{BTreeMap, BTreeSet};

/// How a taxpayer stands as an electronic issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum IssuerStanding {
    Authorised,
    /// Registered, but not as an electronic issuer.
    NotElectronic,
    /// Not in the register of taxpayers.
    Unknown,
    Inactive,
}

/// The delegations of the Oficina Virtual, as a test has ordered them.
#[derive(Debug, Default)]
pub(super) struct Delegations {
    /// Nobody acts for anybody without an order.
    is_strict: bool,
    /// Taxpayer to the persons who act for it.
    persons: BTreeMap<String, BTreeSet<String>>,
    /// Persons who act for nobody.
    barred: BTreeSet<String>,
    issuers: BTreeMap<String, IssuerStanding>,
}

impl Delegations {
    /// No orders; anybody acts for anybody, unless `is_strict`.
    pub(super) fn open_unless(is_strict: bool) -> Self {
        Self { is_strict, ..Self::default() }
    }

    /// From now on this person acts for the taxpayer, and nobody does who was not named.
    pub(super) fn delegate(&mut self, rnc: &str, person: &str) {
        self.persons.entry(rnc.to_owned()).or_default().insert(person.to_owned());
    }

    /// From now on this person does not act for the taxpayer.
    pub(super) fn revoke(&mut self, rnc: &str, person: &str) {
        self.persons.entry(rnc.to_owned()).or_default().remove(person);
    }

    pub(super) fn bar(&mut self, person: &str, is_barred: bool) {
        if is_barred {
            self.barred.insert(person.to_owned());
        } else {
            self.barred.remove(person);
        }
    }

    pub(super) fn set_issuer(&mut self, rnc: &str, standing: IssuerStanding) {
        self.issuers.insert(rnc.to_owned(), standing);
    }

    /// How a taxpayer stands: authorised as long as no test says otherwise.
    pub(super) fn issuer(&self, rnc: &str) -> IssuerStanding {
        self.issuers.get(rnc).copied().unwrap_or(IssuerStanding::Authorised)
    }

    /// Whether a person acts for a taxpayer.
    pub(super) fn acts_for(&self, person: &str, rnc: &str) -> bool {
        let named = self.persons.get(rnc);
        let may = named.map_or(!self.is_strict, |persons| persons.contains(person));
        may && !self.barred.contains(person)
    }

    /// Whether a person acts for any taxpayer.
    pub(super) fn acts_at_all(&self, person: &str) -> bool {
        let is_named = self.persons.values().any(|persons| persons.contains(person));
        (is_named || !self.is_strict) && !self.barred.contains(person)
    }

    /// How many orders there are.
    pub(super) fn len(&self) -> usize {
        let persons: usize = self.persons.values().map(BTreeSet::len).sum();
        persons + self.persons.len() + self.barred.len() + self.issuers.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_delegation_closes_the_door() {
        let mut delegations = Delegations::default();
        assert!(delegations.acts_for("1", "A"));
        delegations.delegate("A", "1");
        assert!(delegations.acts_for("1", "A") && !delegations.acts_for("2", "A"));
        assert!(delegations.acts_for("2", "B"));
        delegations.revoke("A", "1");
        assert!(!delegations.acts_for("1", "A") && delegations.acts_at_all("1"));
        delegations.bar("1", true);
        assert!(!delegations.acts_for("1", "B") && !delegations.acts_at_all("1"));
        delegations.bar("1", false);
        assert!(delegations.acts_for("1", "B"));
    }

    #[test]
    fn strict_lets_in_whom_it_knows() {
        let mut delegations = Delegations::open_unless(true);
        assert!(!delegations.acts_for("1", "A") && !delegations.acts_at_all("1"));
        delegations.delegate("A", "1");
        assert!(delegations.acts_for("1", "A") && delegations.acts_at_all("1"));
        assert!(!delegations.acts_for("1", "B"));
    }
}

//! The invoice crate from outside, under a regime that no country has.

mod canonical;
mod changes;
mod freedonia;
mod paper;
mod pricing;
mod reading;
mod sections;
mod totals;

/// Each rule of the crate is broken by a row of some table: none is dead, none untested.
#[test]
fn every_rule_is_broken_by_some_row() {
    let tables = [reading::FAULTS, pricing::FAULTS, pricing::CREDIT_FAULTS, sections::SHAPES];
    let broken: std::collections::BTreeSet<&str> = tables
        .into_iter()
        .flat_map(changes::rows)
        .flat_map(|(_, faults)| faults.split(", "))
        .map(|fault| fault.split(' ').next().expect("a fault begins with its code"))
        .chain(totals::CODES)
        .collect();
    let untested: Vec<&str> =
        invoice::rules().map(|rule| rule.code).filter(|code| !broken.contains(code)).collect();
    assert_eq!(untested, [""; 0]);
}

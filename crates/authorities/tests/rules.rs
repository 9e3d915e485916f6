//! Codes of faults are for ever and one of a kind, over both crates: clients match on them.

use std::collections::HashSet;

use authorities::{dom, drc};
use invoice::Rule;

/// The rules of the countries, by the prefix of each.
fn countries() -> impl Iterator<Item = (&'static str, &'static Rule)> {
    let congo = drc::RULES.iter().map(|rule| ("cd_", *rule));
    let dominican =
        dom::ecf::schema::RULES.iter().chain(dom::price::RULES).chain(dom::paper::RULES);
    let dominican = dominican.map(|rule| ("do_", *rule));
    congo.chain(dominican)
}

fn all() -> impl Iterator<Item = &'static Rule> {
    invoice::rules().chain(countries().map(|(_, rule)| rule))
}

#[test]
fn no_two_rules_share_a_code() {
    let mut seen = HashSet::new();
    for rule in all() {
        assert!(seen.insert(rule.code), "{} stands twice", rule.code);
    }
    assert!(seen.len() > 40, "rules are missing from the lists: {}", seen.len());
}

/// A country's rules say which country, so that two can name the same thing.
#[test]
fn rules_of_a_country_bear_its_prefix() {
    for (prefix, rule) in countries() {
        assert!(rule.code.starts_with(prefix), "{}", rule.code);
    }
    for rule in invoice::rules() {
        let is_free = countries().all(|(prefix, _)| !rule.code.starts_with(prefix));
        assert!(is_free, "{}", rule.code);
    }
}

#[test]
fn each_rule_is_told_in_three_languages_with_the_same_values() {
    let values = |sentence: &str| {
        let mut names: Vec<String> = sentence
            .split('{')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
            .collect();
        names.sort();
        names
    };
    for rule in all() {
        let told = [rule.fr, rule.es, rule.en];
        assert!(told.iter().all(|sentence| sentence.ends_with('.')), "{}", rule.code);
        assert_eq!(told.iter().collect::<HashSet<_>>().len(), 3, "{}: not translated", rule.code);
        assert_eq!(values(rule.fr), values(rule.en), "{}", rule.code);
        assert_eq!(values(rule.es), values(rule.en), "{}", rule.code);
    }
}

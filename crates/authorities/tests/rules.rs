//! Codes of faults are for ever and one of a kind, over both crates: clients match on them.

use std::collections::HashSet;

use authorities::drc;

#[test]
fn no_two_rules_share_a_code() {
    let mut seen = HashSet::new();
    for rule in invoice::rules().chain(drc::RULES.iter().copied()) {
        assert!(seen.insert(rule.code), "{} stands twice", rule.code);
    }
    assert!(seen.len() > 40, "rules are missing from the lists: {}", seen.len());
}

/// A country's rules say which country, so that two can name the same thing.
#[test]
fn rules_of_a_country_bear_its_prefix() {
    for rule in drc::RULES {
        assert!(rule.code.starts_with("cd_"), "{}", rule.code);
    }
    for rule in invoice::rules() {
        assert!(!rule.code.starts_with("cd_"), "{}", rule.code);
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
    for rule in invoice::rules().chain(drc::RULES.iter().copied()) {
        let told = [rule.fr, rule.es, rule.en];
        assert!(told.iter().all(|sentence| sentence.ends_with('.')), "{}", rule.code);
        assert_eq!(told.iter().collect::<HashSet<_>>().len(), 3, "{}: not translated", rule.code);
        assert_eq!(values(rule.fr), values(rule.en), "{}", rule.code);
        assert_eq!(values(rule.es), values(rule.en), "{}", rule.code);
    }
}

//! How a reply is worded where the documents leave room.

use rust_decimal::Decimal;

use crate::chance::Chance;
use crate::drc_emcf::Awkwardness;
use crate::drc_emcf::{elements, moment};
use crate::json::Json;

/// Words one reply: what varies, varies by chance.
#[derive(Debug)]
pub(super) struct Voice<'a> {
    pub(super) awkward: &'a Awkwardness,
    pub(super) chance: &'a mut Chance,
}

impl Voice<'_> {
    /// A GUID in lower case, or in upper.
    pub(super) fn uid(&mut self, uid: &str) -> Json {
        let upper = self.awkward.uid_case && self.chance.coin();
        Json::Text(if upper { uid.to_ascii_uppercase() } else { uid.to_ascii_lowercase() })
    }

    /// A date-time with up to seven digits of the second's fraction.
    pub(super) fn moment(&mut self, microseconds: i64) -> Json {
        let digits = if self.awkward.fractional_seconds { self.chance.below(8) } else { 0 };
        Json::Text(moment::iso(microseconds, usize::try_from(digits).expect("it is below eight")))
    }

    /// An amount with two decimals, or with as few as it needs.
    pub(super) fn amount(&mut self, amount: Decimal) -> Json {
        let needed = amount.normalize().scale();
        let room = u64::from(2_u32.saturating_sub(needed));
        let fewer = if self.awkward.number_forms { self.chance.below(room + 1) } else { 0 };
        let decimals = 2_usize.max(needed as usize) - usize::try_from(fewer).expect("at most two");
        Json::Number(format!("{amount:.decimals$}"))
    }

    /// The Code DEF/DGI, with its dashes or without.
    pub(super) fn code(&mut self, code: &str) -> Json {
        let plain = self.awkward.code_dashes && self.chance.coin();
        Json::Text(if plain { code.to_owned() } else { elements::dashed(code) })
    }

    /// A text that may be empty: then it is null, now and then.
    pub(super) fn optional(&mut self, text: &str) -> Json {
        let null = text.is_empty() && self.awkward.null_keys && self.chance.coin();
        if null { Json::Null } else { Json::text(text) }
    }

    /// Keys that a reply could have as null.
    pub(super) fn idle(&mut self, keys: &[&str]) -> Vec<(String, Json)> {
        let shown = self.awkward.null_keys && self.chance.coin();
        let keys = if shown { keys } else { &[] };
        keys.iter().map(|key| ((*key).to_owned(), Json::Null)).collect()
    }

    /// An object, its keys in the order of the documents or in any other, with keys that nobody
    /// knows.
    pub(super) fn object(&mut self, mut members: Vec<(String, Json)>) -> Json {
        if self.awkward.extra_keys && self.chance.coin() {
            let trace = Json::Text(format!("{:016x}", self.chance.bits()));
            members.push(("traceId".to_owned(), trace));
            members.push(("extensions".to_owned(), Json::Object(Vec::new())));
        }
        self.numbers(members)
    }

    /// An object that a client may read as a map: known keys only, in any order.
    pub(super) fn numbers(&mut self, mut members: Vec<(String, Json)>) -> Json {
        if self.awkward.key_order {
            self.chance.shuffle(&mut members);
        }
        Json::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn said(awkward: &Awkwardness, say: impl Fn(&mut Voice) -> Json) -> BTreeSet<String> {
        let mut chance = Chance::seeded(9);
        (0..200).map(|_| say(&mut Voice { awkward, chance: &mut chance }).to_string()).collect()
    }

    fn set(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn an_amount_never_loses_a_digit() {
        let all = Awkwardness::all();
        let forms = |text: &str| said(&all, |voice| voice.amount(amount(text)));
        assert_eq!(forms("4064"), set(&["4064", "4064.0", "4064.00"]));
        assert_eq!(forms("4064.00"), set(&["4064", "4064.0", "4064.00"]));
        assert_eq!(forms("0.50"), set(&["0.5", "0.50"]));
        assert_eq!(forms("0.05"), set(&["0.05"]));
        assert_eq!(said(&Awkwardness::none(), |voice| voice.amount(amount("1.5"))), set(&["1.50"]));
    }

    #[test]
    fn each_variation_happens_and_can_be_switched_off() {
        let (all, none) = (Awkwardness::all(), Awkwardness::none());
        let code = "TESTFACTHQBAX2F3K22NMDYR";
        assert_eq!(said(&all, |voice| voice.uid("ab-1")), set(&["\"ab-1\"", "\"AB-1\""]));
        assert_eq!(said(&none, |voice| voice.uid("AB-1")), set(&["\"ab-1\""]));
        assert_eq!(said(&all, |voice| voice.code(code)).len(), 2);
        assert_eq!(
            said(&none, |voice| voice.code(code)),
            set(&["\"TEST-FACT-HQBA-X2F3-K22N-MDYR\""])
        );
        assert_eq!(said(&all, |voice| voice.moment(1_796_387_696_179_651)).len(), 8);
        assert_eq!(said(&none, |voice| voice.moment(1_796_387_696_179_651)).len(), 1);
        assert_eq!(said(&all, |voice| voice.optional("")), set(&["null", "\"\""]));
        assert_eq!(said(&all, |voice| voice.optional("x")), set(&["\"x\""]));
        let object = |voice: &mut Voice| {
            voice.object(vec![("a".into(), Json::Null), ("b".into(), Json::Null)])
        };
        assert!(said(&all, object).len() > 10);
        assert_eq!(said(&none, object), set(&["{\"a\":null,\"b\":null}"]));
    }
}

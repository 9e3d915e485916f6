//! What an outlet's settings tell pricing.

use invoice::{Json, Reader};
use jiff::civil::Date;

use crate::dom::regime::ExciseRates;
use crate::dom::section::Seller;

/// An outlet's own share in pricing.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// What stands in every document of the outlet, where the draft says nothing else.
    pub seller: Seller,
    /// The amounts of the specific selective taxes, quarter by quarter.
    pub excise_rates: Vec<ExciseRates>,
    /// Whether a number with a wrong check digit is refused. The DGII has given such numbers, so
    /// it is for the outlet to say.
    pub check_digits: bool,
    /// How many lines a printed page holds, where the draft does not say; a till's roll holds all.
    /// Absent: as many as our own A4 does.
    pub lines_per_page: Option<u16>,
}

/// Lines of a document at most, whatever its type.
const LINES_MAX: i64 = 10_000;

/// Quarters that settings state: ten years of them.
const QUARTERS_MAX: usize = 40;

impl Terms {
    /// Reads the members `seller`, `excise_rates`, `check_digits` and `lines_per_page` of an outlet's
    /// settings; others are others'. The error names the place and what is wrong there.
    pub fn parse(settings: &Json) -> Result<Self, String> {
        let mut faults = Vec::new();
        let terms = Self::read(&mut Reader::new(settings, "", &mut faults));
        match faults.first() {
            None => Ok(terms),
            Some(fault) => Err(fault.to_string()),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Self {
        let seller = reader.optional_object("seller", |reader| {
            reader.allow(Seller::FIELDS);
            Seller::read_members(reader)
        });
        let excise_rates = reader.array("excise_rates", QUARTERS_MAX, excise);
        Self {
            seller: seller.unwrap_or_default(),
            excise_rates: excise_rates.unwrap_or_default(),
            check_digits: reader.flag("check_digits").unwrap_or(false),
            lines_per_page: lines_per_page(reader),
        }
    }
}

fn lines_per_page(reader: &mut Reader<'_>) -> Option<u16> {
    let stated = reader.count("lines_per_page", LINES_MAX);
    stated.map(|lines| u16::try_from(lines).expect("ten thousand fit"))
}

fn excise(reader: &mut Reader<'_>) -> ExciseRates {
    reader.allow(&["since", "until", "alcohol", "pack_of_20", "pack_of_10"]);
    ExciseRates {
        since: day(reader, "since"),
        until: day(reader, "until"),
        alcohol: reader.decimal("alcohol"),
        pack_of_20: reader.decimal("pack_of_20"),
        pack_of_10: reader.decimal("pack_of_10"),
    }
}

fn day(reader: &mut Reader<'_>, key: &str) -> Date {
    let date = reader.date(key);
    if date.is_none() {
        reader.note_missing(key);
    }
    date.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Terms, String> {
        Terms::parse(&Json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn reads_its_own_members_and_leaves_others_alone() {
        let terms = parse(
            r#"{"environment":"test","check_digits":true,"seller":{"trade_name":"El Faro"},
                "excise_rates":[{"since":"2026-10-01","until":"2026-12-31","alcohol":"760.10",
                                 "pack_of_20":"64.31","pack_of_10":"32.15"}]}"#,
        )
        .unwrap();
        assert_eq!(terms.seller.trade_name.as_deref(), Some("El Faro"));
        assert_eq!(terms.excise_rates[0].alcohol.to_string(), "760.10");
        assert!(terms.check_digits);
        assert!(parse("{}").unwrap().excise_rates.is_empty());
        let lines = |text: &str| parse(text).unwrap().lines_per_page;
        assert_eq!([lines("{}"), lines(r#"{"lines_per_page":10000}"#)], [None, Some(10_000)]);
    }

    #[test]
    fn says_where_settings_are_wrong() {
        for (text, place) in [
            (r#"{"seller":{"brand":"x"}}"#, "/seller/brand"),
            (r#"{"excise_rates":[{"since":"2026-10-01"}]}"#, "/excise_rates/0/until"),
            (r#"{"check_digits":"yes"}"#, "/check_digits"),
            (r#"{"lines_per_page":0}"#, "/lines_per_page"),
            (r#"{"lines_per_page":10001}"#, "/lines_per_page"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(place), "{error}");
        }
    }
}

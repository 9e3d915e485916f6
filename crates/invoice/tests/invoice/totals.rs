//! The arithmetic, line by line and group by group, under made-up rates.

use invoice::{Regime, Rounding, SpecificTaxBase};
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::freedonia::{facts, regime};
use crate::paper::{price, sale, shown};

/// Codes that rows of this file break.
pub(crate) const CODES: [&str; 2] = ["too_many", "text_too_long"];

/// The first row is the example of Benin's e-MECeF, whose francs have no cents: 3600 divides into
/// 3051 and 549, which rules out that tax is always rounded up.
///
/// mode, rounding, base of specific taxes | group price×quantity[+tax] … | group base tax total …
const TOTALS: &str = "
    ttc nearest net     | B 18x2 A 4.50x3        | A 13.50 0.00 13.50 B 30.51 5.49 36.00
    ttc nearest net     | B 1800x2               | B 3050.85 549.15 3600.00
    ttc tax_up  net     | B 1800x2               | B 3050.84 549.16 3600.00
    ht  nearest net     | B 1800x2               | B 3600.00 648.00 4248.00
    ttc nearest net     | B 0.01x1               | B 0.01 0.00 0.01
    ttc tax_up  net     | B 0.01x1               | B 0.00 0.01 0.01
    ht  nearest net     | B 0.02x1               | B 0.02 0.00 0.02
    ht  tax_up  net     | B 0.02x1               | B 0.02 0.01 0.03
    ht  nearest net     | H 0.20x1               | H 0.20 0.06 0.26
    ht  nearest net     | H 1x0.02               | H 0.02 0.01 0.03
    ttc nearest net     | H 1.28x1 H 1.27x1      | H 2.00 0.55 2.55
    ht  nearest net     | X 500x1                | X 0.00 500.00 500.00
    ttc nearest net     | X 500x1 B 118x1        | B 100.00 18.00 118.00 X 0.00 500.00 500.00
    ht  nearest net     | B 500x4+75u            | B 2300.00 414.00 2714.00
    ttc nearest net     | B 500x4+75u            | B 1994.92 359.08 2354.00
    ttc nearest net     | B 500x4+10%            | B 1864.41 335.59 2200.00
    ttc nearest entered | B 500x4+10%            | B 1894.92 341.08 2236.00
    ht  nearest net     | B 500x4+10%            | B 2200.00 396.00 2596.00
    ht  nearest entered | B 500x4+10%            | B 2200.00 396.00 2596.00
    ht  nearest net     | B 10x1.5+3=            | B 18.00 3.24 21.24
";

fn row(row: &str) -> (Regime, Value, String) {
    let columns: Vec<&str> = row.split('|').map(str::trim).collect();
    let head: Vec<&str> = columns[0].split_whitespace().collect();
    let rounding = if head[1] == "tax_up" { Rounding::TaxUp } else { Rounding::Nearest };
    let specific_tax_base = match head[2] {
        "net" => SpecificTaxBase::NetOfTax,
        _ => SpecificTaxBase::EnteredPrice,
    };
    let words: Vec<&str> = columns[1].split_whitespace().collect();
    let lines: Vec<Value> = words.chunks(2).map(|words| line(words[0], words[1])).collect();
    let mut document = sale();
    document["prices"] = json!(if head[0] == "ht" { "tax_excluded" } else { "tax_included" });
    document["lines"] = Value::Array(lines);
    (Regime { rounding, specific_tax_base, ..regime() }, document, columns[2].to_owned())
}

/// `price×quantity`, and a specific tax: `75u` a unit, `10%`, `3=` in all.
fn line(group: &str, text: &str) -> Value {
    let (goods, tax) = text.split_once('+').unwrap_or((text, ""));
    let (price, quantity) = goods.split_once('x').expect("price x quantity");
    let kind = if group == "X" { "fee" } else { "thing" };
    let mut line = json!({"kind": kind, "name": "Hat", "quantity": quantity,
                          "unit_price": price, "tax_group": group});
    for (mark, field) in [('u', "per_unit"), ('%', "percent"), ('=', "amount")] {
        if let Some(value) = tax.strip_suffix(mark) {
            line["specific_tax"] = json!({field: value});
        }
    }
    line
}

#[test]
fn groups_are_divided_as_the_table_says() {
    for text in TOTALS.lines().filter(|line| !line.trim().is_empty()) {
        let (regime, document, expected) = row(text);
        let invoice = price(&document, &regime, &facts());
        let invoice = invoice.unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
        let groups: Vec<String> = invoice
            .groups()
            .iter()
            .map(|g| format!("{} {} {} {}", g.group, g.base, g.tax, g.total))
            .collect();
        assert_eq!(groups.join(" "), expected, "{text}");
    }
}

#[test]
fn the_rate_is_that_of_the_day() {
    for (today, rate) in
        [(date(2026, 5, 31), "25.00"), (date(2026, 6, 1), "27.50"), (date(2030, 1, 1), "27.50")]
    {
        let mut document = sale();
        document["lines"] = json!([line("H", "100x1")]);
        let facts = invoice::PricingFacts { today, ..facts() };
        let invoice = price(&document, &regime(), &facts).unwrap();
        assert_eq!(invoice.groups()[0].rate.to_string(), rate, "{today}");
    }
}

#[test]
fn sums_that_no_amount_holds_are_faults() {
    let mut document = sale();
    document["lines"] = json!([line("A", "60000000000000x1"), line("A", "60000000000000x1")]);
    assert_eq!(shown(price(&document, &regime(), &facts())), "total_too_large /lines");
    document["lines"] = json!([line("A", "60000000000000x1"), line("H", "60000000000000x1")]);
    assert_eq!(shown(price(&document, &regime(), &facts())), "total_too_large /lines");
    document["prices"] = json!("tax_excluded");
    document["lines"] = json!([line("H", "90000000000000x1")]);
    assert_eq!(shown(price(&document, &regime(), &facts())), "total_too_large /lines");
}

proptest! {
    /// Base and tax sum to the total, in each group and in all, whatever the numbers; and the tax
    /// is within a cent of the exact one.
    #[test]
    fn base_and_tax_sum_to_the_total(
        lines in prop::collection::vec((0_usize..4, 1_i64..50_000_000, 1_i64..500_000), 1..12),
        excluded in any::<bool>(),
        up in any::<bool>(),
    ) {
        let lines: Vec<Value> = lines
            .into_iter()
            .map(|(group, cents, hundredths)| {
                let decimal = |units: i64| format!("{}.{:02}", units / 100, units % 100);
                let text = format!("{}x{}", decimal(cents + 10_000), decimal(hundredths));
                line(["A", "B", "H", "X"][group], &text)
            })
            .collect();
        let mut document = sale();
        document["lines"] = Value::Array(lines);
        document["prices"] = json!(if excluded { "tax_excluded" } else { "tax_included" });
        let rounding = if up { Rounding::TaxUp } else { Rounding::Nearest };
        let invoice = price(&document, &Regime { rounding, ..regime() }, &facts()).unwrap();
        let (mut base, mut tax, mut total) = (0, 0, 0);
        for group in invoice.groups() {
            prop_assert_eq!(group.base.units() + group.tax.units(), group.total.units());
            if group.group != "X" {
                let error = group.base.units() * group.rate.units() - group.tax.units() * 10_000;
                prop_assert!(error.abs() <= 2 * 10_000, "{:?}", group);
            }
            base += group.base.units();
            tax += group.tax.units();
            total += group.total.units();
        }
        let totals = invoice.totals();
        prop_assert_eq!((totals.base.units(), totals.tax.units()), (base, tax));
        prop_assert_eq!((totals.total.units(), base + tax), (total, total));
    }
}

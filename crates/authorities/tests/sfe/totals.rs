//! SFE 1.5: totals of groups, to the cent, in tables.
//!
//! Expected sums were computed by hand or with exact fractions from the specification, never with
//! the code that is tested.

use invoice::{Invoice, PriceMode, PricingFacts};
use jiff::civil::date;
use serde_json::{Value, json};

use crate::common::{emcf, facts, price};
use crate::desk::{accepted, sale, sale_of, tried};

/// prices, rounding, base of specific taxes, year | group price×quantity[+specific tax] … |
/// specific tax | group base tax total, …
///
/// A specific tax is `75u` a unit, `10%`, or `300=` in all. `500x4` are the examples of the MCF's
/// command 31h, whose 19 % are brought to 16 %.
const TOTALS: &str = "
    ttc nearest net     2026 | A 720x5 B 464x1             |   0.00 | A 3600.00 0.00 3600.00, B 400.00 64.00 464.00
    ttc nearest net     2026 | B 116x1                     |   0.00 | B 100.00 16.00 116.00
    ttc nearest net     2026 | B 1x1                       |   0.00 | B 0.86 0.14 1.00
    ttc nearest net     2026 | B 0.01x1                    |   0.00 | B 0.01 0.00 0.01
    ttc nearest net     2026 | B 0.03x1 B 0.03x1 B 0.03x1  |   0.00 | B 0.08 0.01 0.09
    ttc nearest net     2026 | B 3600x1                    |   0.00 | B 3103.45 496.55 3600.00
    ttc nearest net     2026 | B 12345678901.23x1          |   0.00 | B 10642826638.99 1702852262.24 12345678901.23
    ttc nearest net     2026 | C 105x1 O 101x1             |   0.00 | C 100.00 5.00 105.00, O 100.00 1.00 101.00
    ttc nearest net     2026 | C 100x1 O 100x1             |   0.00 | C 95.24 4.76 100.00, O 99.01 0.99 100.00
    ttc nearest net     2026 | F 116x1 G 105x1 P 101x1     |   0.00 | F 100.00 16.00 116.00, G 100.00 5.00 105.00, P 100.00 1.00 101.00
    ttc nearest net     2025 | C 108x1 G 108x1             |   0.00 | C 100.00 8.00 108.00, G 100.00 8.00 108.00
    ttc nearest net     2025 | C 105x1                     |   0.00 | C 97.22 7.78 105.00
    ttc tax_up  net     2026 | A 720x5 B 464x1             |   0.00 | A 3600.00 0.00 3600.00, B 400.00 64.00 464.00
    ttc tax_up  net     2026 | B 1x1                       |   0.00 | B 0.86 0.14 1.00
    ttc tax_up  net     2026 | B 0.01x1                    |   0.00 | B 0.00 0.01 0.01
    ttc tax_up  net     2026 | B 0.03x1 B 0.03x1 B 0.03x1  |   0.00 | B 0.07 0.02 0.09
    ttc tax_up  net     2026 | B 3600x1                    |   0.00 | B 3103.44 496.56 3600.00
    ttc tax_up  net     2026 | C 100x1 O 100x1             |   0.00 | C 95.23 4.77 100.00, O 99.00 1.00 100.00
    ht  nearest net     2026 | B 400x1                     |   0.00 | B 400.00 64.00 464.00
    ht  nearest net     2026 | B 0.03x1                    |   0.00 | B 0.03 0.00 0.03
    ht  nearest net     2026 | B 0.03x1 B 0.03x1 B 0.03x1  |   0.00 | B 0.09 0.01 0.10
    ht  nearest net     2026 | C 0.10x1                    |   0.00 | C 0.10 0.01 0.11
    ht  nearest net     2026 | C 0.09x1                    |   0.00 | C 0.09 0.00 0.09
    ht  nearest net     2026 | O 0.50x1                    |   0.00 | O 0.50 0.01 0.51
    ht  nearest net     2026 | O 0.49x1                    |   0.00 | O 0.49 0.00 0.49
    ht  nearest net     2025 | G 0.06x1                    |   0.00 | G 0.06 0.00 0.06
    ht  tax_up  net     2026 | B 400x1                     |   0.00 | B 400.00 64.00 464.00
    ht  tax_up  net     2026 | B 0.03x1                    |   0.00 | B 0.03 0.01 0.04
    ht  tax_up  net     2026 | C 0.20x1                    |   0.00 | C 0.20 0.01 0.21
    ht  tax_up  net     2026 | C 0.01x1                    |   0.00 | C 0.01 0.01 0.02
    ht  tax_up  net     2026 | A 0.01x1                    |   0.00 | A 0.01 0.00 0.01
    ttc nearest net     2026 | A 0.05x0.1                  |   0.00 | A 0.01 0.00 0.01
    ttc nearest net     2026 | B 1860x0.125                |   0.00 | B 200.43 32.07 232.50
    ttc nearest net     2026 | B 33.33x0.333               |   0.00 | B 9.57 1.53 11.10
    ht  nearest net     2026 | B 19.99x1.001               |   0.00 | B 20.01 3.20 23.21
    ttc nearest net     2026 | M 1000x1 N 160x1            |   0.00 | M 1000.00 0.00 1000.00, N 0.00 160.00 160.00
    ht  nearest net     2026 | M 1000x1 N 160x1            |   0.00 | M 1000.00 0.00 1000.00, N 0.00 160.00 160.00
    ht  nearest net     2026 | B 100x1 N 16x1              |   0.00 | B 100.00 16.00 116.00, N 0.00 16.00 16.00
    ttc nearest net     2026 | B 116x1 L 50x1              |   0.00 | B 100.00 16.00 116.00, L 50.00 0.00 50.00
    ht  nearest net     2026 | B 100x1 L 50x1              |   0.00 | B 100.00 16.00 116.00, L 50.00 0.00 50.00
    ttc nearest net     2026 | B 500x4+75u                 | 300.00 | B 2024.14 323.86 2348.00
    ttc nearest entered 2026 | B 500x4+75u                 | 300.00 | B 2024.14 323.86 2348.00
    ht  nearest net     2026 | B 500x4+75u                 | 300.00 | B 2300.00 368.00 2668.00
    ttc nearest net     2026 | B 500x4+300=                | 300.00 | B 2024.14 323.86 2348.00
    ttc nearest net     2026 | B 500x4+10%                 | 172.41 | B 1896.55 303.45 2200.00
    ttc nearest entered 2026 | B 500x4+10%                 | 200.00 | B 1924.14 307.86 2232.00
    ht  nearest net     2026 | B 500x4+10%                 | 200.00 | B 2200.00 352.00 2552.00
    ht  nearest entered 2026 | B 500x4+10%                 | 200.00 | B 2200.00 352.00 2552.00
    ttc tax_up  net     2026 | B 500x4+10%                 | 172.41 | B 1896.55 303.45 2200.00
    ttc nearest net     2026 | A 500x4+10%                 | 200.00 | A 2200.00 0.00 2200.00
    ttc nearest net     2026 | C 500x4+12.5%               | 238.10 | C 2142.87 107.14 2250.01
    ttc nearest net     2026 | B 1x1+0.03= B 1x1+0.03=     |   0.06 | B 1.78 0.29 2.07
    ttc nearest net     2026 | B 500x4+75u B 464x1         | 300.00 | B 2424.14 387.86 2812.00
";

fn row(text: &str) -> (Invoice, String, String) {
    let columns: Vec<&str> = text.split('|').map(str::trim).collect();
    let head: Vec<&str> = columns[0].split_whitespace().collect();
    let base = if head[2] == "net" { "net_of_tax" } else { "entered_price" };
    let rounding = if head[1] == "tax_up" { "tax_up" } else { "nearest" };
    let emcf = emcf(&json!({"rounding": rounding, "specific_tax_base": base}));
    let words: Vec<&str> = columns[1].split_whitespace().collect();
    let mut document = sale();
    document["prices"] = json!(if head[0] == "ht" { "tax_excluded" } else { "tax_included" });
    document["lines"] = words.chunks(2).map(|words| line(words[0], words[1])).collect();
    let today = date(head[3].parse().expect("a year"), 6, 1);
    let invoice = price(&document, &emcf, &PricingFacts { today, ..facts() });
    let invoice = invoice.unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    (invoice, columns[2].to_owned(), columns[3].to_owned())
}

fn line(group: &str, text: &str) -> Value {
    let (goods, tax) = text.split_once('+').unwrap_or((text, ""));
    let (price, quantity) = goods.split_once('x').expect("price x quantity");
    let kind = if ["L", "N"].contains(&group) { "levy" } else { "goods" };
    let mut line = json!({"kind": kind, "name": "ARTICLE", "quantity": quantity,
                          "unit_price": price, "tax_group": group});
    for (mark, field) in [('u', "per_unit"), ('%', "percent"), ('=', "amount")] {
        if let Some(value) = tax.strip_suffix(mark) {
            line["specific_tax"] = json!({field: value});
        }
    }
    line
}

#[test]
fn sfe_1_5_6_and_1_5_7_groups_are_divided_as_the_table_says() {
    for text in TOTALS.lines().filter(|line| !line.trim().is_empty()) {
        let (invoice, specific_tax, expected) = row(text);
        let groups: Vec<String> = invoice
            .groups()
            .iter()
            .map(|g| format!("{} {} {} {}", g.group, g.base, g.tax, g.total))
            .collect();
        assert_eq!(groups.join(", "), expected, "{text}");
        assert_eq!(invoice.totals().specific_tax.to_string(), specific_tax, "{text}");
        let totals = invoice.totals();
        let sum = |of: fn(&invoice::GroupTotal) -> i128| invoice.groups().iter().map(of).sum();
        assert_eq!(totals.base.units(), sum(|group| group.base.units()), "{text}");
        assert_eq!(totals.tax.units(), sum(|group| group.tax.units()), "{text}");
        assert_eq!(totals.total.units(), totals.base.units() + totals.tax.units(), "{text}");
    }
}

/// The e-MCF API's example: 3600 exempt and 464 at 16 % make 4064.00, of which 64.00 is VAT.
#[test]
fn emcf_api_the_example_to_the_cent() {
    let totals = accepted(&sale()).totals();
    assert_eq!(
        [totals.total, totals.tax, totals.base].map(|sum| sum.to_string()),
        ["4064.00", "64.00", "4000.00"]
    );
}

#[test]
fn sfe_1_5_1_prices_have_two_decimals_and_quantities_three() {
    tried(
        &sale(),
        &facts(),
        r#"
        /lines/0/unit_price "720.5"     | -
        /lines/0/unit_price "720.55"    | -
        /lines/0/unit_price "720.5500"  | -
        /lines/0/unit_price "720.555"   | too_many_decimals /lines/0/unit_price
        /lines/0/unit_price "720.55555" | too_many_decimals /lines/0/unit_price
        /lines/0/quantity "5.125"       | -
        /lines/0/quantity "5.1250"      | -
        /lines/0/quantity "5.1255"      | too_many_decimals /lines/0/quantity
        "#,
    );
}

/// A line is its price by its quantity, to the nearest cent, a half up.
#[test]
fn sfe_1_5_2_a_line_rounds_to_the_nearest_cent() {
    for (price, quantity, amount) in [
        ("0.01", "0.5", "0.01"),
        ("0.05", "0.1", "0.01"),
        ("0.05", "0.099", "0.00"),
        ("33.33", "0.333", "11.10"),
        ("1860", "0.125", "232.50"),
        ("19.99", "1.001", "20.01"),
        ("0.03", "1.5", "0.05"),
        ("12345678.91", "123.457", "1524160481.19"),
    ] {
        let mut document = sale_of("A", "goods");
        document["lines"][0]["unit_price"] = json!(price);
        document["lines"][0]["quantity"] = json!(quantity);
        match amount {
            "0.00" => tried(&document, &facts(), ". | rounds_to_zero /lines/0"),
            _ => assert_eq!(accepted(&document).lines()[0].amount.to_string(), amount),
        }
    }
}

#[test]
fn sfe_1_5_3_and_1_5_4_the_mode_is_one_for_the_invoice_and_stands_in_it() {
    for (word, mode) in
        [("tax_included", PriceMode::TaxIncluded), ("tax_excluded", PriceMode::TaxExcluded)]
    {
        let mut document = sale();
        document["prices"] = json!(word);
        assert_eq!(accepted(&document).price_mode(), mode);
    }
    tried(
        &sale(),
        &facts(),
        r#"
        /prices -                   | missing_field /prices
        /prices "ttc"               | unknown_key /prices
        /lines/0/prices "ht"        | unknown_field /lines/0/prices
        "#,
    );
}

#[test]
fn sfe_1_5_8_group_n_is_wholly_vat_in_both_modes() {
    for mode in ["tax_included", "tax_excluded"] {
        let mut document = sale_of("N", "levy");
        document["prices"] = json!(mode);
        let invoice = accepted(&document);
        let group = &invoice.groups()[0];
        assert_eq!(
            [group.base, group.tax, group.total].map(|sum| sum.to_string()),
            ["0.00", "100.00", "100.00"]
        );
    }
}

/// The base of VAT is increased by the specific tax, and the price is without it (MCF 31h:
/// `MON = goods + TS × (1 + rate)` where prices include tax).
#[test]
fn sfe_1_5_9_and_1_5_10_a_specific_tax_is_shown_and_enters_the_base() {
    for (prices, tax, line_amount, specific, base) in [
        ("tax_included", json!({"per_unit": "75"}), "2348.00", "300.00", "2024.14"),
        ("tax_included", json!({"percent": "10"}), "2200.00", "172.41", "1896.55"),
        ("tax_excluded", json!({"per_unit": "75"}), "2300.00", "300.00", "2300.00"),
        ("tax_excluded", json!({"percent": "10"}), "2200.00", "200.00", "2200.00"),
    ] {
        let mut document = sale();
        document["prices"] = json!(prices);
        document["lines"] = json!([{"kind": "goods", "name": "SPEC", "quantity": "4",
            "unit_price": "500", "tax_group": "B", "specific_tax": tax}]);
        let invoice = accepted(&document);
        let line = &invoice.lines()[0];
        assert_eq!(line.amount.to_string(), line_amount, "{prices}");
        assert_eq!(line.specific_tax.as_ref().unwrap().amount.to_string(), specific, "{prices}");
        assert_eq!(invoice.groups()[0].base.to_string(), base, "{prices}");
        assert_eq!(line.unit_price.to_string(), "500.0000");
    }
}

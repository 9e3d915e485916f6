//! SFE 1.1.12, the annex "articles" and the grid of tax groups v1.2: sixteen groups, their dated
//! rates, what may stand in them and what may be exported.

use authorities::Authority as _;
use invoice::PricingFacts;
use jiff::civil::{Date, date};
use serde_json::json;

use crate::changes::changed;
use crate::common::{emcf, facts, price};
use crate::desk::{sale, sale_of, tried, verdict};

/// group, rate in 2025, rate since 2026, line kinds, export
const GRID: &str = "
    A    0   0  goods,service  -
    B   16  16  goods,service  -
    C    8   5  goods,service  -
    D    0   0  goods,service  -
    E    0   0  goods,service  export
    F   16  16  goods,service  -
    G    8   5  goods,service  -
    H    0   0  goods,service  -
    I    0   0  goods,service  -
    J    0   0  goods,service  -
    K    0   0  goods,service  -
    L    0   0  levy           export
    M    0   0  goods,service  -
    N    0   0  levy           export
    O    -   1  goods,service  -
    P    -   1  goods,service  -
";

fn grid() -> impl Iterator<Item = Vec<&'static str>> {
    let rows = GRID.lines().filter(|row| !row.trim().is_empty());
    rows.map(|row| row.split_whitespace().collect())
}

fn rate_on(group: &str, today: Date) -> Option<String> {
    let emcf = emcf(&json!({}));
    let rate = emcf.regime().tax_group(group).expect("the group is known").rate_on(today)?;
    Some(rate.to_short_string())
}

#[test]
fn sfe_1_1_12_sixteen_groups_with_dated_rates() {
    assert_eq!(emcf(&json!({})).regime().tax_groups.len(), 16);
    for row in grid() {
        let written = |rate: Option<String>| rate.unwrap_or_else(|| "-".to_owned());
        assert_eq!(written(rate_on(row[0], date(2025, 12, 31))), row[1], "{}", row[0]);
        assert_eq!(written(rate_on(row[0], date(2026, 1, 1))), row[2], "{}", row[0]);
        // Before the reform there was no control module, and nothing can be priced.
        assert_eq!(rate_on(row[0], date(2025, 2, 26)), None, "{}", row[0]);
    }
}

/// Every group with every kind of line, at home and for export.
#[test]
fn annex_articles_every_group_with_every_kind_of_line() {
    for row in grid() {
        for kind in ["goods", "service", "levy"] {
            for export in [false, true] {
                let mut document = sale_of(row[0], kind);
                document["exemption_reference"] = json!("REF");
                document["kind"] = json!(if export { "export_sale" } else { "sale" });
                let mut expected = Vec::new();
                if export && row[4] != "export" {
                    expected.push("tax_group_not_for_export /lines/0/tax_group");
                }
                if !row[3].split(',').any(|allowed| allowed == kind) {
                    expected.push("line_kind_not_in_group /lines/0/kind");
                }
                let expected =
                    if expected.is_empty() { "-".to_owned() } else { expected.join(", ") };
                assert_eq!(verdict(&document, &facts()), expected, "{row:?} {kind} {export}");
            }
        }
    }
    tried(
        &sale(),
        &facts(),
        r#"
        /lines/0/tax_group "Q"  | unknown_key /lines/0/tax_group
        /lines/0/tax_group "a"  | unknown_key /lines/0/tax_group
        /lines/0/kind "BIE"     | unknown_key /lines/0/kind
        "#,
    );
}

/// Export advances and export credit notes keep to the same groups.
#[test]
fn export_documents_take_groups_e_l_and_n_only() {
    for kind in ["export_sale", "export_advance", "export_credit_note"] {
        for row in grid() {
            let line_kind = row[3].split(',').next().unwrap();
            let mut document = sale_of(row[0], line_kind);
            document["kind"] = json!(kind);
            document["exemption_reference"] = json!("REF");
            if kind == "export_credit_note" {
                document["credit"] = json!({"nature": "rebate"});
            }
            let allowed = verdict(&document, &facts()) == "-";
            assert_eq!(allowed, ["E", "L", "N"].contains(&row[0]), "{kind} {}", row[0]);
        }
    }
}

#[test]
fn finance_law_2026_groups_o_and_p_do_not_exist_before() {
    for (group, today, expected) in [
        ("O", date(2025, 12, 31), "tax_group_not_in_force /lines/0/tax_group"),
        ("P", date(2025, 12, 31), "tax_group_not_in_force /lines/0/tax_group"),
        ("O", date(2026, 1, 1), "-"),
        ("P", date(2026, 1, 1), "-"),
        ("B", date(2025, 2, 26), "tax_group_not_in_force /lines/0/tax_group"),
        ("B", date(2025, 2, 27), "-"),
    ] {
        let facts = PricingFacts { today, ..facts() };
        assert_eq!(verdict(&sale_of(group, "goods"), &facts), expected, "{group} {today}");
    }
}

#[test]
fn finance_law_2026_the_reduced_rate_fell_from_8_to_5() {
    for (today, tax) in [(date(2025, 12, 31), "8.00"), (date(2026, 1, 1), "5.00")] {
        for group in ["C", "G"] {
            let mut document = sale_of(group, "goods");
            document["prices"] = json!("tax_excluded");
            let facts = PricingFacts { today, ..facts() };
            let invoice = price(&document, &emcf(&json!({})), &facts).unwrap();
            assert_eq!(invoice.totals().tax.to_string(), tax, "{group} {today}");
        }
    }
}

/// The mark of an article out of scope: the grid writes two words, the specification one. The
/// setting says which; the other, and the mark outside group A, is told.
#[test]
fn grid_out_of_scope_articles_bear_the_mark_in_group_a() {
    let fault = "cd_out_of_scope_code /lines/0/code";
    for (setting, changes, expected) in [
        ("two_words", r#"/lines/0/code "HORS CHAMP""#, "-"),
        ("two_words", r#"/lines/0/code "HORSCHAMP""#, fault),
        ("two_words", r#"/lines/0/code "hors champ""#, fault),
        ("two_words", r#"/lines/0/code "HORS CHAMP" ; /lines/0/tax_group "B""#, fault),
        ("one_word", r#"/lines/0/code "HORSCHAMP""#, "-"),
        ("one_word", r#"/lines/0/code "HORS CHAMP""#, fault),
        ("one_word", r#"/lines/0/code "HORS-CHAMP""#, "-"),
    ] {
        let emcf = emcf(&json!({"out_of_scope_code": setting}));
        let faults = price(&changed(&sale(), changes), &emcf, &facts()).err().unwrap_or_default();
        let shown: Vec<_> =
            faults.iter().map(|f| format!("{} {}", f.code(), f.pointer())).collect();
        let shown = if shown.is_empty() { "-".to_owned() } else { shown.join(", ") };
        assert_eq!(shown, expected, "{setting} {changes}");
    }
}

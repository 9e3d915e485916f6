//! A receipt that was issued by hand: recorded, and stood for by an e-CF, by the command line.

use std::fs;
use std::time::Instant;

use invoice::Zone;
use serde_json::json;

use super::trade::{CUSTOMER, Trade};
use super::{PATIENCE, output_text};

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_on_paper_is_recorded_and_regularised_by_the_command_line() {
    let trade = Trade::new().await;
    let outlets = trade.get("/v1/outlets").await;
    let outlet = outlets["items"][0]["id"].as_str().unwrap();
    let today = Zone::parse("America/Santo_Domingo").unwrap().date(fiscal::Clock::System.now());
    let draft = json!({
        "kind": "tax_credit_invoice", "prices": "tax_excluded",
        "operator": {"name": "Yesenia"},
        "customer": {"kind": "company", "name": "Ferreteria Ozama SRL", "tax_id": CUSTOMER},
        "lines": [{"kind": "goods", "name": "Articulo", "quantity": "1", "unit_price": "1000",
                   "tax_group": "itbis_18"}],
    });
    let file = trade.path("sold.json");
    fs::write(&file, draft.to_string()).unwrap();
    let (file, today) = (file.to_str().unwrap(), today.to_string());
    let record = |total| {
        let dated = ["--issued-on", &today, "--total", total];
        let receipt = ["paper", "record", "B0100000007", file, "--outlet", outlet];
        trade.ask(&[&receipt[..], &dated[..]].concat())
    };
    let wrong = record("1180.01");
    let words = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && words.contains("paper_total_differs"), "{words}");
    assert_eq!(output_text(&trade.ask(&["paper", "list"])), "no receipts on paper\n");
    let recorded = output_text(&record("1180.00"));
    assert!(recorded.starts_with("B0100000007  recorded"), "{recorded}");

    let listed = trade.ask_json(&["paper", "list", "--unsettled"]);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let told = output_text(&trade.ask(&["paper", "list", "--unsettled", "--limit", "1"]));
    let (heads, line) = told.trim_end().split_once('\n').unwrap();
    assert_eq!(heads.find("STAND BY"), line.rfind("  20").map(|at| at + 2), "{told}");
    assert!(heads.starts_with("ID  ") && line.starts_with(id), "{told}");
    let stands = trade.ask_json(&["paper", "regularise", id]);
    assert_eq!(trade.ask_json(&["paper", "regularise", id])["invoice"], stands["invoice"]);
    let since = Instant::now();
    while trade.ask_json(&["paper", "show", id])["state"] != "settled" {
        assert!(since.elapsed() < PATIENCE, "{}", trade.ask_json(&["paper", "show", id]));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(
        output_text(&trade.ask(&["paper", "list", "--unsettled"])),
        "no receipts on paper\n"
    );
}

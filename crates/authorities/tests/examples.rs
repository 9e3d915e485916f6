//! The drafts under `examples/`: each is right, and costs what its README says.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use authorities::{Authority as _, Event, Matter, Numbered, Step};
use common::{emcf, facts, price};
use invoice::{Hash, InvoiceId, Original, OriginalInvoice, OutletId, PricingFacts};
use serde_json::{Value, json};

/// draft, the sale that it corrects, base, tax, total
const EXAMPLES: &str = "
    advance                   -                    1500000.00   240000.00   1740000.00
    company_invoice           -                    1200750.00   192120.00   1392870.00
    credit_note_cancellation  company_invoice      1200750.00   192120.00   1392870.00
    credit_note_correction    specific_tax            9220.69     1475.31     10696.00
    credit_note_rebate        -                     120000.00    19200.00    139200.00
    credit_note_return        supermarket_sale       18362.07     2937.93     21300.00
    discount                  -                      70000.00    11200.00     81200.00
    embassy_exempt            -                    4220000.00        0.00   4220000.00
    export_sale               -                   90300060.00        0.00  90300060.00
    fuel                      -                     107400.00    12610.00    120010.00
    reduced_rates             -                      61000.00     1150.00     62150.00
    specific_tax              -                     106531.03    17044.97    123576.00
    supermarket_sale          -                      56250.00     3600.00     59850.00
    usd_payment               -                     297413.79    47586.21    345000.00
";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn example(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json")));
    serde_json::from_str(&text.unwrap_or_else(|error| panic!("{name}: {error}"))).expect("JSON")
}

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let rows = EXAMPLES.lines().filter(|row| !row.trim().is_empty());
    rows.map(|row| row.split_whitespace().collect())
}

fn after(sale: &str) -> PricingFacts {
    if sale == "-" {
        return facts();
    }
    let names = Original {
        id: InvoiceId::of(&OutletId::from_random([1; 10]), [2; 15]),
        number: "KIN01-2026-000001".to_owned(),
        entry_hash: Hash::of_note(b"the entry of the sale"),
        code: Some("TESTFACTHQBAX2F3K22NMDYR".to_owned()),
    };
    let sold = price(&example(sale), &emcf(&json!({})), &facts()).expect("the sale is right");
    PricingFacts { original: Some(OriginalInvoice { names, invoice: sold }), ..facts() }
}

#[test]
fn each_example_costs_what_the_table_says() {
    let emcf = emcf(&json!({}));
    for row in rows() {
        let invoice = price(&example(row[0]), &emcf, &after(row[1]));
        let invoice = invoice.unwrap_or_else(|faults| panic!("{}: {faults:?}", row[0]));
        let totals = invoice.totals();
        let sums = [totals.base, totals.tax, totals.total].map(|sum| sum.to_string());
        assert_eq!(sums, row[2..], "{}", row[0]);
        // And the DGI's channel takes it: there is a request for it.
        let matter = Matter::Invoice(Numbered::new(&invoice, "1"));
        let begun = emcf.begin(&matter);
        let now = invoice::Timestamp::from_micros(0);
        let (_, step) = emcf.step(&matter, begun, Event::Started, now).unwrap();
        assert!(matches!(step, Step::Send(_)), "{}", row[0]);
    }
}

#[test]
fn every_example_is_in_the_table_and_in_the_readme() {
    let named: BTreeSet<String> = rows().map(|row| row[0].to_owned()).collect();
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(named, found);
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for row in rows() {
        assert!(readme.contains(&format!("`{}.json`", row[0])), "{}", row[0]);
        assert!(readme.contains(row[4]), "{}: {}", row[0], row[4]);
    }
}

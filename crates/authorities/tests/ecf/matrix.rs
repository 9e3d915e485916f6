//! Every phase with every event, as two tables have it: of a document that goes whole, and of one
//! whose summary goes.
//!
//! A cell is what the machine does next; `w>` before it is a wait, `a>` that the document was
//! acknowledged first. `no` and `dup` are refusals, with their code and what becomes of the number.

use invoice::Invoice;
use serde_json::json;

use crate::desk::{consumer_invoice, ecf, priced, tax_credit_invoice};
use crate::machine::Machine;
use crate::words::event;

const WHOLE: &str = include_str!("whole.txt");
const SUMMARY: &str = include_str!("summary.txt");

/// The phases of a document that goes whole, and the ways that lead there.
const WHOLE_WAYS: &[(&str, &[&str])] = &[
    ("sealed", &[]),
    ("sent", &["due"]),
    ("listing", &["due", "unanswered"]),
    ("re-sent", &["due", "unanswered", "list none"]),
    ("refused", &["due", "unanswered", "list none", "400"]),
    ("result", &["due", "track"]),
    ("listed", &["due", "unanswered", "list proc."]),
    ("dup?", &["due", "track", "rej. dup"]),
    ("acc?", &["due", "unanswered", "list acc."]),
    ("rej?", &["due", "unanswered", "list rej."]),
    ("rej. 2", &["due", "unanswered", "list none", "track", "rejected"]),
    ("look", &["due", "track", "accepted"]),
    ("handing", &["due", "track", "accepted", "directory"]),
    ("portal", &["due", "unanswered", "list none", "track", "rej. dup", "404"]),
    ("finished", &["due", "track", "accepted", "directory", "receipt"]),
];

/// Rows of a table.
const EVENTS: usize = 37;

/// The phases of one whose summary goes.
const SUMMARY_WAYS: &[(&str, &[&str])] = &[
    ("sealed", &[]),
    ("sent", &["due"]),
    ("asking", &["due", "unanswered"]),
    ("re-sent", &["due", "unanswered", "not found"]),
    ("same?", &["due", "rej. same"]),
    ("dup?", &["due", "rej. dup"]),
    ("refused?", &["due", "unanswered", "not found", "400"]),
    ("portal", &["due", "unanswered", "not found", "400", "404"]),
    ("finished", &["due", "accepted"]),
];

#[test]
fn every_phase_of_a_whole_document_with_every_event() {
    let invoice = priced(&tax_credit_invoice());
    walk(WHOLE, WHOLE_WAYS, &invoice, "E310000000001");
}

#[test]
fn every_phase_of_a_summary_with_every_event() {
    let invoice = priced(&consumer_invoice("1000"));
    walk(SUMMARY, SUMMARY_WAYS, &invoice, "E320000000001");
}

fn walk(table: &'static str, ways: &[(&str, &[&str])], invoice: &Invoice, number: &str) {
    let authority = ecf(&json!({}));
    let sealed = Machine::sealed(&authority, invoice, number);
    let phases: Vec<Machine<'_>> = ways.iter().map(|(_, way)| after(&sealed, way)).collect();
    let names: Vec<&str> = ways.iter().map(|(name, _)| *name).collect();
    let mut rows = table.lines().map(cells);
    assert_eq!(rows.next().unwrap()[1..], names);
    let mut seen = 0;
    for row in rows {
        for ((machine, phase), expected) in phases.iter().zip(&names).zip(&row[1..]) {
            let word = machine.clone().word(event(row[0], machine));
            assert_eq!(word, *expected, "{} while {phase}", row[0]);
            seen += 1;
        }
    }
    assert_eq!(seen, names.len() * EVENTS);
}

fn after<'a>(sealed: &Machine<'a>, way: &[&str]) -> Machine<'a> {
    let mut machine = sealed.clone();
    for name in way {
        let event = event(name, &machine);
        machine.word(event);
    }
    machine
}

fn cells(row: &'static str) -> Vec<&'static str> {
    row.split('|').map(str::trim).collect()
}

//! The list beside the schemas.

use std::collections::BTreeSet;

use super::*;
use crate::sqlite::{open_writer, rewrite_file};

fn listed() -> BTreeSet<String> {
    let columns = |table: &Table| {
        let name = table.name;
        table.columns.iter().map(move |(column, _)| format!("{name}.{column}")).collect::<Vec<_>>()
    };
    TABLES.iter().flat_map(columns).collect()
}

/// Where events are counted is derived from them, how far the migrations came is each store's
/// own, and lines are those of the processes at work.
fn is_left_out(column: &str) -> bool {
    ["event_counter.", "event_counters.", "migrations.", "lines."]
        .iter()
        .any(|out| column.starts_with(out))
}

#[test]
fn every_column_of_a_file_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let connection = open_writer(&folder.path().join("ledger.db"), rewrite_file).unwrap();
    let sql = "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
               WHERE t.type = 'table'";
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let columns: BTreeSet<String> =
        columns.map(Result::unwrap).filter(|column| !is_left_out(column)).collect();
    assert_eq!(listed(), columns);
}

#[test]
fn every_column_of_a_database_is_copied() {
    let made = include_str!("../../../migrations/postgres/schema.tsv");
    let column = |line: &str| Some(line.strip_prefix("column ")?.split_once('\t')?.0.to_owned());
    let columns: BTreeSet<String> =
        made.lines().filter_map(column).filter(|column| !is_left_out(column)).collect();
    assert_eq!(listed(), columns);
}

#[test]
fn a_page_goes_on_after_a_key() {
    let table = TABLES.iter().find(|table| table.name == "heads").unwrap();
    let page = |after| table.page(after, |place| format!("${place}"));
    assert!(page(false).contains("WHERE sequence > 0 ORDER BY outlet LIMIT 1000"));
    assert!(page(true).contains("WHERE sequence > 0 AND (outlet) > ($1) ORDER BY"));
}

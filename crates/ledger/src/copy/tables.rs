//! What a ledger is made of, table by table, in an order in which parents come before their children.
//! The stores have the same tables and columns, so one list serves all; a test holds it against both
//! schemas.

use self::Sort::{Bool, Bytes, Integer, Text};

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sort {
    Text,
    Integer,
    Bool,
    Bytes,
}

pub(super) struct Table {
    pub(super) name: &'static str,
    /// How many of the columns, from the first on, are the key.
    pub(super) key: usize,
    pub(super) columns: &'static [(&'static str, Sort)],
    /// Rows that are in memory at once.
    pub(super) rows_at_once: usize,
    /// Which rows are copied, where it is not all of them.
    pub(super) only: Option<&'static str>,
}

const fn table(name: &'static str, key: usize, columns: &'static [(&'static str, Sort)]) -> Table {
    Table { name, key, columns, rows_at_once: SMALL_ROWS, only: None }
}

/// Rows of a few hundred bytes.
const SMALL_ROWS: usize = 1_000;
/// Rows of up to three megabytes, and of some kilobytes as a rule.
const LARGE_ROWS: usize = 64;
/// Rows of up to eleven megabytes.
const HUGE_ROWS: usize = 8;

pub(super) const TABLES: &[Table] = &[
    table("tenants", 1, &[("id", Text), ("name", Text), ("created_at", Integer)]),
    table(
        "taxpayers",
        2,
        &[
            ("tenant", Text),
            ("id", Text),
            ("tax_id", Text),
            ("name", Text),
            ("register", Text),
            ("regime_label", Text),
            ("address", Text),
            ("phone", Text),
            ("email", Text),
            ("created_at", Integer),
        ],
    ),
    table(
        "outlets",
        1,
        &[
            ("id", Text),
            ("tenant", Text),
            ("taxpayer", Text),
            ("code", Text),
            ("name", Text),
            ("address", Text),
            ("city", Text),
            ("phone", Text),
            ("email", Text),
            ("zone", Text),
            ("number_template", Text),
            ("authority", Text),
            ("environment", Text),
            ("key_uri", Text),
            ("settings", Text),
            ("created_at", Integer),
        ],
    ),
    table(
        "terminals",
        2,
        &[
            ("outlet", Text),
            ("id", Text),
            ("tenant", Text),
            ("name", Text),
            ("created_at", Integer),
        ],
    ),
    table(
        "api_keys",
        2,
        &[
            ("tenant", Text),
            ("id", Text),
            ("hash", Bytes),
            ("environment", Text),
            ("operations", Text),
            ("outlets", Text),
            ("label", Text),
            ("created_at", Integer),
            ("expires_at", Integer),
            ("revoked_at", Integer),
        ],
    ),
    table(
        "keys",
        1,
        &[("key_id", Text), ("algorithm", Text), ("spki", Bytes), ("first_seen", Integer)],
    ),
    table(
        "ranges",
        5,
        &[
            ("tenant", Text),
            ("taxpayer", Text),
            ("environment", Text),
            ("kind", Text),
            ("first", Integer),
            ("last", Integer),
            ("id", Text),
            ("prefix", Text),
            ("width", Integer),
            ("expires_on", Text),
            ("reference", Text),
            ("created_at", Integer),
        ],
    ),
    table(
        "range_shares",
        3,
        &[
            ("outlet", Text),
            ("range", Text),
            ("first", Integer),
            ("last", Integer),
            ("tenant", Text),
            ("created_at", Integer),
        ],
    ),
    Table {
        rows_at_once: LARGE_ROWS,
        ..table(
            "annulments",
            3,
            &[
                ("tenant", Text),
                ("range", Text),
                ("first", Integer),
                ("last", Integer),
                ("at", Integer),
                ("state", Text),
                ("document", Bytes),
            ],
        )
    },
    Table {
        rows_at_once: LARGE_ROWS,
        ..table(
            "entries",
            2,
            &[
                ("outlet", Text),
                ("sequence", Integer),
                ("tenant", Text),
                ("invoice", Text),
                ("opening", Integer),
                ("kind", Text),
                ("at", Integer),
                ("statement", Bytes),
                ("hash", Bytes),
                ("key_id", Text),
                ("signature", Bytes),
                ("elements", Bytes),
                ("authority_code", Text),
                ("note", Bytes),
                ("payload", Bytes),
            ],
        )
    },
    table(
        "checkpoints",
        2,
        &[
            ("outlet", Text),
            ("size", Integer),
            ("tenant", Text),
            ("root", Bytes),
            ("key_id", Text),
            ("signature", Bytes),
        ],
    ),
    table(
        "cosignatures",
        3,
        &[
            ("outlet", Text),
            ("size", Integer),
            ("witness", Text),
            ("tenant", Text),
            ("key_id", Bytes),
            ("signature", Bytes),
        ],
    ),
    table(
        "log_tiles",
        3,
        &[
            ("outlet", Text),
            ("level", Integer),
            ("ordinal", Integer),
            ("tenant", Text),
            ("hash", Bytes),
        ],
    ),
    table(
        "invoices",
        2,
        &[
            ("outlet", Text),
            ("sequence", Integer),
            ("invoice", Text),
            ("tenant", Text),
            ("series", Text),
            ("range", Text),
            ("ordinal", Integer),
            ("turn", Integer),
            ("number", Text),
            ("at", Integer),
            ("taxpayer", Text),
            ("total", Text),
            ("currency", Text),
            ("regime", Text),
            ("payload_hash", Bytes),
            ("document_kind", Text),
            ("issued_on", Text),
            ("customer_name", Text),
            ("customer_tax_id", Text),
            ("stage", Text),
        ],
    ),
    table(
        "idempotency",
        2,
        &[
            ("tenant", Text),
            ("key", Text),
            ("body_hash", Bytes),
            ("outlet", Text),
            ("invoice", Text),
            ("at", Integer),
        ],
    ),
    table(
        "credits",
        5,
        &[
            ("tenant", Text),
            ("original", Text),
            ("line", Integer),
            ("invoice", Text),
            ("released", Bool),
            ("quantity", Integer),
        ],
    ),
    table(
        "replacements",
        4,
        &[
            ("tenant", Text),
            ("replaced", Text),
            ("turn", Integer),
            ("released", Bool),
            ("invoice", Text),
        ],
    ),
    Table {
        rows_at_once: LARGE_ROWS,
        ..table(
            "papers",
            4,
            &[
                ("tenant", Text),
                ("taxpayer", Text),
                ("environment", Text),
                ("number", Text),
                ("outlet", Text),
                ("document_kind", Text),
                ("issued_on", Text),
                ("since", Text),
                ("paper_until", Text),
                ("stand_by", Text),
                ("total", Text),
                ("currency", Text),
                ("customer_name", Text),
                ("customer_tax_id", Text),
                ("draft", Bytes),
                ("recorded_by", Text),
                ("at", Integer),
            ],
        )
    },
    table(
        "stand_ins",
        6,
        &[
            ("tenant", Text),
            ("taxpayer", Text),
            ("environment", Text),
            ("number", Text),
            ("turn", Integer),
            ("released", Bool),
            ("outlet", Text),
            ("invoice", Text),
        ],
    ),
    table(
        "attempts",
        3,
        &[
            ("outlet", Text),
            ("invoice", Text),
            ("ordinal", Integer),
            ("tenant", Text),
            ("at", Integer),
            ("asked", Text),
            ("answer", Text),
            ("duration_micros", Integer),
            ("outcome", Text),
        ],
    ),
    table(
        "events",
        2,
        &[
            ("tenant", Text),
            ("id", Integer),
            ("outlet", Text),
            ("sequence", Integer),
            ("kind", Text),
            ("at", Integer),
            ("body", Text),
        ],
    ),
    // A head without entries is born with its outlet in one store and not there in the other.
    Table {
        only: Some("sequence > 0"),
        ..table(
            "heads",
            1,
            &[
                ("outlet", Text),
                ("tenant", Text),
                ("sequence", Integer),
                ("hash", Bytes),
                ("at", Integer),
                ("frontier", Bytes),
                ("generation", Integer),
                ("recovered_at", Integer),
            ],
        )
    },
    table("series", 2, &[("outlet", Text), ("series", Text), ("tenant", Text), ("last", Integer)]),
    table(
        "free_numbers",
        3,
        &[
            ("outlet", Text),
            ("series", Text),
            ("ordinal", Integer),
            ("tenant", Text),
            ("turn", Integer),
            ("held_for", Text),
        ],
    ),
    Table {
        rows_at_once: LARGE_ROWS,
        ..table(
            "submissions",
            2,
            &[
                ("outlet", Text),
                ("sequence", Integer),
                ("invoice", Text),
                ("tenant", Text),
                ("state", Text),
                ("progress", Bytes),
                ("due_at", Integer),
                ("ordered", Bool),
                ("lease_token", Integer),
                ("lease_owner", Text),
                ("lease_until", Integer),
                ("attempts", Integer),
                ("created_at", Integer),
                ("state_since", Integer),
                ("last_answer", Text),
                ("send_by", Integer),
            ],
        )
    },
    table(
        "alerts",
        2,
        &[("tenant", Text), ("key", Text), ("kind", Text), ("outlet", Text), ("at", Integer)],
    ),
    table(
        "authority_facts",
        2,
        &[("outlet", Text), ("key", Text), ("tenant", Text), ("value", Text), ("at", Integer)],
    ),
    Table {
        rows_at_once: HUGE_ROWS,
        ..table(
            "inbox",
            2,
            &[
                ("outlet", Text),
                ("sequence", Integer),
                ("tenant", Text),
                ("issuer", Text),
                ("issuer_name", Text),
                ("number", Text),
                ("document_kind", Text),
                ("issued_on", Text),
                ("total", Text),
                ("takes_approval", Bool),
                ("inquiry_code", Text),
                ("signer", Text),
                ("certificate", Bytes),
                ("signer_is_party", Bool),
                ("chain_checked", Bool),
                ("sender", Text),
                ("document", Bytes),
                ("document_bytes", Integer),
                ("document_hash", Bytes),
                ("receipt", Bytes),
                ("at", Integer),
            ],
        )
    },
    table(
        "inbox_work",
        2,
        &[
            ("outlet", Text),
            ("sequence", Integer),
            ("tenant", Text),
            ("state", Text),
            ("words", Text),
            ("asked", Integer),
            ("asked_at", Integer),
            ("ask_at", Integer),
            ("told_at", Integer),
            ("lease_token", Integer),
            ("lease_owner", Text),
            ("lease_until", Integer),
        ],
    ),
    Table {
        rows_at_once: LARGE_ROWS,
        ..table(
            "inbox_decisions",
            2,
            &[
                ("outlet", Text),
                ("sequence", Integer),
                ("tenant", Text),
                ("decision", Text),
                ("reason", Text),
                ("document", Bytes),
                ("decided_by", Text),
                ("at", Integer),
            ],
        )
    },
    table(
        "inbox_deliveries",
        4,
        &[
            ("outlet", Text),
            ("sequence", Integer),
            ("receiver", Text),
            ("ordinal", Integer),
            ("tenant", Text),
            ("state", Text),
            ("words", Text),
            ("at", Integer),
        ],
    ),
    Table {
        rows_at_once: LARGE_ROWS,
        ..table(
            "received_approvals",
            3,
            &[
                ("outlet", Text),
                ("invoice", Text),
                ("document_hash", Bytes),
                ("tenant", Text),
                ("ordinal", Integer),
                ("buyer", Text),
                ("decision", Text),
                ("reason", Text),
                ("signer", Text),
                ("certificate", Bytes),
                ("signer_is_party", Bool),
                ("chain_checked", Bool),
                ("document", Bytes),
                ("document_bytes", Integer),
                ("at", Integer),
            ],
        )
    },
];

impl Table {
    pub(super) fn column_names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// A page in the order of the key; `place` writes a parameter's place. After a key there are as
    /// many parameters as it has columns.
    pub(super) fn page(&self, after: bool, place: impl Fn(usize) -> String) -> String {
        let key: Vec<&str> = self.columns[..self.key].iter().map(|(name, _)| *name).collect();
        let key = key.join(", ");
        let places: Vec<String> = (1..=self.key).map(place).collect();
        let mut conditions: Vec<String> = self.only.iter().map(|only| (*only).to_owned()).collect();
        if after {
            conditions.push(format!("({key}) > ({})", places.join(", ")));
        }
        let conditions = match conditions.as_slice() {
            [] => String::new(),
            some => format!("WHERE {}", some.join(" AND ")),
        };
        let (columns, name, rows) = (self.column_names(), self.name, self.rows_at_once);
        format!("SELECT {columns} FROM {name} {conditions} ORDER BY {key} LIMIT {rows}")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sqlite::open_writer;

    fn listed() -> BTreeSet<String> {
        let columns = |table: &Table| {
            let name = table.name;
            table
                .columns
                .iter()
                .map(move |(column, _)| format!("{name}.{column}"))
                .collect::<Vec<_>>()
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
        let connection = open_writer(&folder.path().join("ledger.db")).unwrap();
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
        let made = include_str!("../../migrations/postgres/schema.tsv");
        let column =
            |line: &str| Some(line.strip_prefix("column ")?.split_once('\t')?.0.to_owned());
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
}

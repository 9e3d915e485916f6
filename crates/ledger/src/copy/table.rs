//! A table that is copied.

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

/// One of small rows, of which all are copied.
pub(super) const fn table(
    name: &'static str,
    key: usize,
    columns: &'static [(&'static str, Sort)],
) -> Table {
    Table { name, key, columns, rows_at_once: SMALL_ROWS, only: None }
}

/// Rows of a few hundred bytes.
const SMALL_ROWS: usize = 1_000;
/// Rows of up to three megabytes, and of some kilobytes as a rule.
pub(super) const LARGE_ROWS: usize = 64;
/// Rows of up to eleven megabytes.
pub(super) const HUGE_ROWS: usize = 8;

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

//! Rows as one value: an array of a table's own row type, in the binary form of its parameter. The
//! server takes it apart six times as fast as an array for each column, which it would keep in a
//! store of its own and read a row's cell at a time.

use std::error::Error;

use bytes::{BufMut as _, BytesMut};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};

/// Rows of one table, each with all of its columns in their order: what the server expects another
/// type or number of columns for, it refuses.
#[derive(Debug, Default)]
pub(super) struct Records {
    bytes: BytesMut,
    count: i32,
}

impl Records {
    /// Adds a row of so many columns, which `fill` gives.
    pub(super) fn add(&mut self, columns: i32, fill: impl FnOnce(&mut Record<'_>)) {
        let start = self.bytes.len();
        self.bytes.put_i32(0);
        self.bytes.put_i32(columns);
        let mut record = Record { bytes: &mut self.bytes, left: columns };
        fill(&mut record);
        assert_eq!(record.left, 0, "a row has a value for each of its columns");
        let length = length(self.bytes.len() - start - LENGTH);
        self.bytes[start..start + LENGTH].copy_from_slice(&length.to_be_bytes());
        self.count += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many bytes they take on the line.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// A row that is being given its columns.
#[derive(Debug)]
pub(super) struct Record<'a> {
    bytes: &'a mut BytesMut,
    left: i32,
}

impl Record<'_> {
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.value(&Type::TEXT, text.as_bytes())
    }

    pub(super) fn maybe_text(&mut self, text: Option<&str>) -> &mut Self {
        self.maybe(&Type::TEXT, text.map(str::as_bytes))
    }

    pub(super) fn blob(&mut self, bytes: &[u8]) -> &mut Self {
        self.value(&Type::BYTEA, bytes)
    }

    pub(super) fn maybe_blob(&mut self, bytes: Option<&[u8]>) -> &mut Self {
        self.maybe(&Type::BYTEA, bytes)
    }

    pub(super) fn number(&mut self, number: i64) -> &mut Self {
        self.value(&Type::INT8, &number.to_be_bytes())
    }

    pub(super) fn maybe_number(&mut self, number: Option<i64>) -> &mut Self {
        self.maybe(&Type::INT8, number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
    }

    pub(super) fn truth(&mut self, truth: bool) -> &mut Self {
        self.value(&Type::BOOL, &[u8::from(truth)])
    }

    fn value(&mut self, of: &Type, bytes: &[u8]) -> &mut Self {
        self.maybe(of, Some(bytes))
    }

    /// The type's number, how long the value is or -1 where there is none, and the value.
    fn maybe(&mut self, of: &Type, bytes: Option<&[u8]>) -> &mut Self {
        self.left -= 1;
        self.bytes.put_u32(of.oid());
        match bytes {
            None => self.bytes.put_i32(-1),
            Some(bytes) => {
                self.bytes.put_i32(length(bytes.len()));
                self.bytes.put_slice(bytes);
            }
        }
        self
    }
}

impl ToSql for Records {
    /// An array of one dimension, from 1 on, without nulls.
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Kind::Array(row) = of.kind() else { return Err("rows are an array".into()) };
        out.put_i32(i32::from(self.count > 0));
        out.put_i32(0);
        out.put_u32(row.oid());
        if self.count > 0 {
            out.put_i32(self.count);
            out.put_i32(1);
            out.put_slice(&self.bytes);
        }
        Ok(IsNull::No)
    }

    fn accepts(of: &Type) -> bool {
        matches!(of.kind(), Kind::Array(row) if matches!(row.kind(), Kind::Composite(_)))
    }

    to_sql_checked!();
}

/// What a statement carries is bounded long before this.
fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).expect("no value of an order is as long as a message may be")
}

/// The length that stands before a row.
const LENGTH: usize = 4;

#[cfg(test)]
mod tests {
    use tokio_postgres::types::Field;

    use super::*;

    fn rows_of(columns: Vec<Field>) -> Type {
        let row = Kind::Composite(columns);
        let row = Type::new("pair".to_owned(), 70_000, row, "stalela".to_owned());
        Type::new("_pair".to_owned(), 70_001, Kind::Array(row), "stalela".to_owned())
    }

    fn encoded(records: &Records) -> Vec<u8> {
        let mut out = BytesMut::new();
        records.to_sql(&rows_of(Vec::new()), &mut out).unwrap();
        out.to_vec()
    }

    #[test]
    fn no_rows_are_an_array_without_dimensions() {
        assert_eq!(
            encoded(&Records::default()),
            [[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0x11, 0x70]].concat()
        );
    }

    #[test]
    fn a_row_is_its_length_its_columns_and_each_with_its_type_and_length() {
        let mut records = Records::default();
        records.add(2, |row| {
            row.text("a").maybe_number(None);
        });
        let array = [[0, 0, 0, 1], [0, 0, 0, 0], [0, 1, 0x11, 0x70], [0, 0, 0, 1], [0, 0, 0, 1]];
        // 25 is text, 20 is int8; a length of -1 is no value.
        let row = [
            0, 0, 0, 21, 0, 0, 0, 2, 0, 0, 0, 25, 0, 0, 0, 1, b'a', 0, 0, 0, 20, 255, 255, 255, 255,
        ];
        assert_eq!(encoded(&records), [array.concat(), row.to_vec()].concat());
    }

    #[test]
    #[should_panic(expected = "a row has a value for each of its columns")]
    fn a_row_that_lacks_a_column_is_not_sent() {
        Records::default().add(2, |row| _ = row.text("a"));
    }
}

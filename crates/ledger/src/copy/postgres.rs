//! A database as the beginning or the end of a copy.

use deadpool_postgres::ClientWrapper;
use tokio_postgres::types::ToSql;

use super::table::{Sort, Table};
use super::tables::TABLES;
use super::{Key, Row, Value};
use crate::error::LedgerError;
use crate::postgres::{ALL_TENANTS, begin, begin_writing};

/// One snapshot of all tenants.
pub(super) struct Source {
    client: ClientWrapper,
}

impl Source {
    pub(super) async fn open(address: &str) -> Result<Self, LedgerError> {
        let client = begin(address).await?;
        client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        client.batch_execute(ALL_TENANTS).await?;
        Ok(Self { client })
    }

    pub(super) async fn page(
        &self,
        table: &'static Table,
        after: Option<&Key>,
    ) -> Result<Vec<Row>, LedgerError> {
        page(&self.client, table, after).await
    }
}

/// One transaction; a copy that ends early leaves nothing.
pub(super) struct Target {
    client: ClientWrapper,
}

impl Target {
    pub(super) async fn open(address: &str, accepts_fsync_off: bool) -> Result<Self, LedgerError> {
        let client = begin_writing(address, accepts_fsync_off).await?;
        client.batch_execute("BEGIN").await?;
        client.batch_execute(ALL_TENANTS).await?;
        // Whoever else copies or creates a tenant waits, and finds it not empty.
        client.batch_execute("LOCK TABLE tenants IN SHARE ROW EXCLUSIVE MODE").await?;
        for table in TABLES {
            let exists = format!("SELECT EXISTS (SELECT 1 FROM {})", table.name);
            if client.query_one(&exists, &[]).await?.try_get(0)? {
                let what = format!("the database (its table {})", table.name);
                return Err(LedgerError::NotEmpty(what));
            }
        }
        Ok(Self { client })
    }

    pub(super) async fn write(
        &self,
        table: &'static Table,
        rows: Vec<Row>,
    ) -> Result<(), LedgerError> {
        let statement = self.client.prepare_cached(&insert(table)).await?;
        let columns = columns(table, rows);
        let columns: Vec<&(dyn ToSql + Sync)> =
            columns.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect();
        self.client.execute(&statement, &columns).await?;
        Ok(())
    }

    pub(super) async fn page(
        &self,
        table: &'static Table,
        after: Option<&Key>,
    ) -> Result<Vec<Row>, LedgerError> {
        page(&self.client, table, after).await
    }

    pub(super) async fn finish(self) -> Result<(), LedgerError> {
        self.client.batch_execute(COUNT_EVENTS).await?;
        self.client.batch_execute("COMMIT").await?;
        Ok(())
    }
}

async fn page(
    client: &ClientWrapper,
    table: &'static Table,
    after: Option<&Key>,
) -> Result<Vec<Row>, LedgerError> {
    let sql = table.page(after.is_some(), |place| format!("${place}"));
    let statement = client.prepare_cached(&sql).await?;
    let after: Vec<Box<dyn ToSql + Sync>> = after.into_iter().flatten().map(param).collect();
    let after: Vec<&(dyn ToSql + Sync)> = after.iter().map(|value| &**value).collect();
    let rows = client.query(&statement, &after).await?;
    rows.iter().map(|row| read(table, row)).collect()
}

fn param(value: &Value) -> Box<dyn ToSql + Sync> {
    match value {
        Value::Null => Box::new(None::<String>),
        Value::Text(text) => Box::new(text.clone()),
        Value::Integer(integer) => Box::new(*integer),
        Value::Bool(bool) => Box::new(*bool),
        Value::Bytes(bytes) => Box::new(bytes.clone()),
    }
}

fn read(table: &Table, row: &tokio_postgres::Row) -> Result<Row, LedgerError> {
    let column = |(index, (_, sort)): (usize, &(&str, Sort))| {
        let value = match sort {
            Sort::Text => row.try_get::<_, Option<String>>(index)?.map(Value::Text),
            Sort::Integer => row.try_get::<_, Option<i64>>(index)?.map(Value::Integer),
            Sort::Bool => row.try_get::<_, Option<bool>>(index)?.map(Value::Bool),
            Sort::Bytes => row.try_get::<_, Option<Vec<u8>>>(index)?.map(Value::Bytes),
        };
        Ok(value.unwrap_or(Value::Null))
    };
    table.columns.iter().enumerate().map(column).collect()
}

/// A batch is one statement: a parameter is a whole column of it.
fn insert(table: &Table) -> String {
    let place = |(index, (_, sort)): (usize, &(&str, Sort))| {
        let array = match sort {
            Sort::Text => "text[]",
            Sort::Integer => "bigint[]",
            Sort::Bool => "boolean[]",
            Sort::Bytes => "bytea[]",
        };
        format!("${}::{array}", index + 1)
    };
    let places: Vec<String> = table.columns.iter().enumerate().map(place).collect();
    // The head was born with its outlet.
    let is_born = table.name == "heads";
    let values =
        table.columns[table.key..].iter().map(|(name, _)| format!("{name} = excluded.{name}"));
    let values = values.collect::<Vec<_>>().join(", ");
    let born = is_born.then(|| format!("ON CONFLICT (outlet) DO UPDATE SET {values}"));
    let born = born.unwrap_or_default();
    let (name, columns, places) = (table.name, table.column_names(), places.join(", "));
    format!("INSERT INTO {name} ({columns}) SELECT * FROM unnest({places}) {born}")
}

fn columns(table: &Table, rows: Vec<Row>) -> Vec<Box<dyn ToSql + Sync>> {
    let mut columns: Vec<Vec<Value>> = table.columns.iter().map(|_| Vec::new()).collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let sorts = table.columns.iter().map(|(_, sort)| *sort);
    columns.into_iter().zip(sorts).map(|(column, sort)| array(column, sort)).collect()
}

fn array(column: Vec<Value>, sort: Sort) -> Box<dyn ToSql + Sync> {
    fn of<T>(column: Vec<Value>, read: fn(Value) -> Option<T>) -> Vec<Option<T>> {
        column.into_iter().map(read).collect()
    }
    match sort {
        Sort::Text => Box::new(of(column, |value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })),
        Sort::Integer => Box::new(of(column, |value| match value {
            Value::Integer(integer) => Some(integer),
            _ => None,
        })),
        Sort::Bool => Box::new(of(column, |value| match value {
            Value::Bool(bool) => Some(bool),
            _ => None,
        })),
        Sort::Bytes => Box::new(of(column, |value| match value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        })),
    }
}

const COUNT_EVENTS: &str = "INSERT INTO event_counters (tenant, last)
    SELECT tenant, max(id) FROM events GROUP BY tenant";

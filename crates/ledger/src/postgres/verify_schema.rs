//! The schema is the one that the migrations make: the guards that nothing is rewritten still stand,
//! and the program may still do no more than it was granted.
//!
//! A database that is only read cannot be asked to make another beside it, so what the migrations
//! make is written down in a file; a test compares the two.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;

use super::rows::{all, get};
use crate::error::LedgerError;
use crate::verify::{Break, Place, VerifyError};

/// Tables that somebody else added do no harm; their triggers, rules and policies on ours could.
pub(super) async fn check(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let found = objects(snapshot).await?;
    let made = made();
    for (name, made) in &made {
        let stored = found.get(name).map_or("missing", |found| same(found, made));
        let place = || Place::Schema { name: name.clone() };
        Break::unless_equal(place, "the definition", (stored, AS_MADE))?;
    }
    let is_stray = |name: &&String| is_guard(name) && !made.contains_key(*name);
    match found.keys().find(is_stray) {
        None => Ok(()),
        Some(name) => {
            let place = Place::Schema { name: name.clone() };
            Err(Break::new(place, "the definition", (&"somebody's", &"none")).into())
        }
    }
}

fn is_guard(name: &str) -> bool {
    ["trigger ", "rule ", "policy ", "privilege "].iter().any(|kind| name.starts_with(kind))
}

fn same(found: &str, made: &str) -> &'static str {
    if found == made { AS_MADE } else { "another one" }
}

/// What has a definition of its own: its sort and name → how it is defined.
async fn objects(snapshot: &Transaction<'_>) -> Result<BTreeMap<String, String>, LedgerError> {
    // Outside our schema the server names it in what it tells.
    snapshot.batch_execute("SET LOCAL search_path = pg_catalog").await?;
    let found = all(snapshot, OBJECTS, &[], |row| Ok((get(row, 0)?, get(row, 1)?))).await?;
    snapshot.batch_execute("SET LOCAL search_path = stalela, pg_temp").await?;
    Ok(found.into_iter().collect())
}

/// The same, as the migrations make it.
fn made() -> BTreeMap<String, String> {
    let object = |line: &str| {
        let (name, definition) = line.split_once('\t')?;
        Some((name.to_owned(), definition.to_owned()))
    };
    MADE.lines().filter_map(object).collect()
}

const AS_MADE: &str = "as it was made";
const MADE: &str = include_str!("../../migrations/postgres/schema.tsv");

const OBJECTS: &str = include_str!("../../migrations/postgres/schema.sql");

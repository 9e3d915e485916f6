//! What the file says of outlets whose anchors their heads alone do not explain.

use std::collections::HashMap;
use std::sync::Arc;

use invoice::{Hash, OutletId};
use rusqlite::Connection;

use super::rows::{all, count, hash, integer, one, optional_count, word};
use crate::anchor::{Evidence, Keeper, Look, Recovery, Rollback};
use crate::error::LedgerError;
use crate::record::Head;
use crate::series::SeriesKey;

/// What the outlet with this head has lost, if it has lost anything that an anchor speaks of.
pub(super) fn judge(
    connection: &Connection,
    keeper: &Keeper,
    (outlet, head): (&OutletId, &Head),
) -> Result<Option<Arc<Rollback>>, LedgerError> {
    let sizes = match keeper.look(outlet, head) {
        Look::Own => return Ok(None),
        Look::New => Vec::new(),
        Look::Others(sizes) => sizes,
    };
    let hashes = hashes(connection, outlet, &sizes)?;
    if keeper.is_continued(outlet, &hashes) {
        keeper.saw(outlet, series(connection, outlet)?.into_iter());
        return Ok(None);
    }
    Ok(keeper.judge(outlet, head, &evidence(connection, outlet, hashes)?))
}

/// Judges every outlet that there is an anchor of, before anybody seals.
pub(crate) fn judge_all(connection: &Connection, keeper: &Keeper) -> Result<(), LedgerError> {
    for outlet in keeper.outlets() {
        let head = one(connection, HEAD, [outlet.as_str()], |row| match optional_count(row, 0)? {
            None => Ok(Head::EMPTY),
            Some(sequence) => Ok(Head { sequence, hash: hash(row, 1)?, at: None }),
        })?;
        keeper.is_missing(&outlet, head.is_none());
        if let Some(head) = head {
            judge(connection, keeper, (&outlet, &head))?;
        }
    }
    Ok(())
}

fn hashes(
    connection: &Connection,
    outlet: &OutletId,
    sizes: &[u64],
) -> Result<HashMap<u64, Hash>, LedgerError> {
    let mut hashes = HashMap::new();
    for size in sizes {
        let of = (outlet.as_str(), integer(*size));
        hashes.extend(one(connection, ENTRY, of, |row| Ok((*size, hash(row, 0)?)))?);
    }
    Ok(hashes)
}

fn series(
    connection: &Connection,
    outlet: &OutletId,
) -> Result<Vec<(SeriesKey, u64)>, LedgerError> {
    all(connection, SERIES, [outlet.as_str()], |row| Ok((word(row, 0)?, count(row, 1)?)))
}

fn evidence(
    connection: &Connection,
    outlet: &OutletId,
    hashes: HashMap<u64, Hash>,
) -> Result<Evidence, LedgerError> {
    let of = [outlet.as_str()];
    let read = |sequence, note: Vec<u8>| {
        let unread =
            || LedgerError::Corrupt(format!("entry {sequence} of {outlet} is no recovery"));
        Recovery::parse(sequence, &note).ok_or_else(unread)
    };
    let recoveries = all(connection, RECOVERIES, of, |row| Ok((count(row, 0)?, row.get(1)?)))?;
    let recoveries = recoveries.into_iter().map(|(sequence, note)| read(sequence, note));
    Ok(Evidence {
        hashes,
        recoveries: recoveries.collect::<Result<_, _>>()?,
        series: series(connection, outlet)?.into_iter().collect(),
        free: all(connection, FREE, of, |row| Ok((word(row, 0)?, count(row, 1)?)))?,
    })
}

const HEAD: &str = "-- anchors: head
    SELECT h.sequence, h.hash FROM outlets o LEFT JOIN heads h ON h.outlet = o.id WHERE o.id = ?1";
const ENTRY: &str = "-- anchors: an entry
    SELECT hash FROM entries WHERE outlet = ?1 AND sequence = ?2";
const RECOVERIES: &str = "-- anchors: recoveries
    SELECT sequence, note FROM entries WHERE outlet = ?1 AND kind = 'recovered' ORDER BY sequence";
const SERIES: &str = "-- anchors: series
    SELECT series, last FROM series WHERE outlet = ?1";
const FREE: &str = "-- anchors: free numbers
    SELECT series, ordinal FROM free_numbers WHERE outlet = ?1 ORDER BY series, ordinal";

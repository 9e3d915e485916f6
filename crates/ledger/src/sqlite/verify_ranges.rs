//! Verification of ranges, shares and annulments: they lie within and apart from one another, and
//! every number of a share is used, came back, is annulled, or is in the unused tail.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use super::rows::count;
use crate::range::count_outside;
use crate::series::SeriesKey;
use crate::verify::{Annulled, Break, OutletReport, Place, VerifyError};

/// An outlet's part of a range, as it stands.
struct ShareRow {
    range: String,
    kind: String,
    first: u64,
    last: u64,
    /// How many ordinals its series has run through.
    taken: u64,
    /// Runs of annulled numbers within it.
    annulled: Vec<(u64, u64)>,
}

/// Counts what no invoice bears, of all shares of the outlet, and says which ordinals are annulled.
pub(super) fn shares(
    snapshot: &Connection,
    report: &mut OutletReport,
) -> Result<Annulled, VerifyError> {
    let mut runs = HashMap::new();
    for share in shares_of(snapshot, &report.outlet)? {
        let length = share.last - share.first + 1;
        if share.taken > length {
            let place = Place::share(&report.outlet, &share.range, share.first);
            return Err(Break::new(place, "the last number", (&share.taken, &length)).into());
        }
        let outside = |first| count_outside((first, share.last), share.annulled.iter().copied());
        report.unused += outside(share.first + share.taken);
        report.annulled += length - outside(share.first);
        let ordinals = share.annulled.iter().map(|(first, last)| {
            (ordinal(share.first.max(*first), &share), ordinal(share.last.min(*last), &share))
        });
        let ordinals = ordinals.collect();
        runs.insert(
            SeriesKey::Share { kind: share.kind, first: share.first }.to_string(),
            ordinals,
        );
    }
    Ok(Annulled(runs))
}

fn ordinal(number: u64, share: &ShareRow) -> i64 {
    i64::try_from(number - share.first + 1).unwrap_or(i64::MAX)
}

fn shares_of(snapshot: &Connection, outlet: &str) -> Result<Vec<ShareRow>, VerifyError> {
    let mut statement = snapshot.prepare_cached(SHARES)?;
    let mut rows = statement.query([outlet])?;
    let mut shares = Vec::new();
    while let Some(row) = rows.next()? {
        let mut share = ShareRow {
            range: row.get(0)?,
            kind: row.get(1)?,
            first: count(row, 2)?,
            last: count(row, 3)?,
            taken: count(row, 4)?,
            annulled: Vec::new(),
        };
        let numbers = (&share.range, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?);
        let mut statement = snapshot.prepare_cached(ANNULLED)?;
        let runs = statement.query_map(numbers, |row| Ok((count(row, 0)?, count(row, 1)?)))?;
        share.annulled = runs.collect::<rusqlite::Result<_>>()?;
        shares.push(share);
    }
    Ok(shares)
}

/// Everything that the triggers of these tables refuse, and that every number of a range stands in
/// the share that its row names.
pub(super) fn check(connection: &Connection) -> Result<(), VerifyError> {
    for (sql, what, expected) in [
        (RANGES_APART, "the range before", "one that ends before it begins"),
        (ANNULMENTS_WITHIN, "what is annulled", "a run within its range, annulled once"),
    ] {
        let place = |row: &Row<'_>| Ok(Place::Range { range: row.get(0)? });
        unless_none(connection, sql, (place, what, expected))?;
    }
    let place = |row: &Row<'_>| {
        let (range, outlet): (String, String) = (row.get(0)?, row.get(2)?);
        Ok(Place::share(&outlet, &range, count(row, 3)?))
    };
    let expected = "a run within a range of its outlet's taxpayer, lent once";
    unless_none(connection, SHARES_WITHIN, (place, "the share", expected))?;
    let place = |row: &Row<'_>| Ok(Place::Invoice { outlet: row.get(2)?, invoice: row.get(0)? });
    unless_none(
        connection,
        STRAY_NUMBERS,
        (place, "the share", "one of its outlet, with its place"),
    )
}

/// The first row that a query finds is what is wrong: its second column is what stands there.
fn unless_none(
    connection: &Connection,
    sql: &str,
    (place, what, expected): (
        impl Fn(&Row<'_>) -> rusqlite::Result<Place>,
        &'static str,
        &'static str,
    ),
) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let stored: String = row.get(1)?;
            Err(Break::new(place(row)?, what, (&stored, &expected)).into())
        }
    }
}

const SHARES: &str = "-- verify: shares
    SELECT s.range, r.kind, s.first, s.last, coalesce(e.last, 0)
    FROM range_shares s JOIN ranges r ON r.id = s.range
    LEFT JOIN series e ON e.outlet = s.outlet AND e.series = r.kind || '/' || s.first
    WHERE s.outlet = ?1 ORDER BY r.kind, s.first";
const ANNULLED: &str = "-- verify: annulled
    SELECT first, last FROM annulments WHERE range = ?1 AND first <= ?3 AND last >= ?2
    ORDER BY first";
const RANGES_APART: &str = "-- verify: ranges
    SELECT b.id, a.first || ' to ' || a.last FROM ranges a JOIN ranges b
        ON a.tenant = b.tenant AND a.taxpayer = b.taxpayer AND a.environment = b.environment
       AND a.kind = b.kind AND a.first < b.first AND a.last >= b.first
    ORDER BY b.id LIMIT 1";
const SHARES_WITHIN: &str = "-- verify: shares within their ranges
    SELECT s.range, s.first || ' to ' || s.last, s.outlet, s.first FROM range_shares s
    LEFT JOIN outlets o ON o.id = s.outlet
    LEFT JOIN ranges r ON r.id = s.range AND r.tenant = s.tenant AND r.tenant = o.tenant
        AND r.taxpayer = o.taxpayer AND r.environment = o.environment
    WHERE r.id IS NULL OR s.first < r.first OR s.last > r.last OR s.last < s.first
       OR EXISTS (SELECT 1 FROM range_shares x WHERE x.range = s.range
                  AND (x.first, x.outlet) <> (s.first, s.outlet)
                  AND x.first <= s.first AND x.last >= s.first)
    ORDER BY s.range, s.first LIMIT 1";
const ANNULMENTS_WITHIN: &str = "-- verify: annulments
    SELECT a.range, a.first || ' to ' || a.last FROM annulments a
    LEFT JOIN ranges r ON r.id = a.range AND r.tenant = a.tenant
    WHERE r.id IS NULL OR a.first < r.first OR a.last > r.last OR a.last < a.first
       OR EXISTS (SELECT 1 FROM annulments x WHERE x.range = a.range AND x.first < a.first
                  AND x.last >= a.first)
    ORDER BY a.range, a.first LIMIT 1";
const STRAY_NUMBERS: &str = "-- verify: numbers of ranges
    SELECT i.invoice, i.series || ' of ' || coalesce(i.range, 'none'), i.outlet FROM invoices i
    LEFT JOIN range_shares s ON s.outlet = i.outlet AND s.range = i.range
        AND s.first = CAST(substr(i.series, instr(i.series, '/') + 1) AS INTEGER)
    WHERE i.range IS NOT NULL AND (s.range IS NULL OR i.ordinal > s.last - s.first + 1)
    ORDER BY i.outlet, i.sequence LIMIT 1";

//! What a ledger holds beside its chains: numbers, keys, claims, and the schema itself.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rusqlite::{Connection, Row};

use super::connection::as_made;
use super::rows::{count, one, optional_count};
use super::{verify_claims, verify_inbox, verify_papers, verify_ranges};
use crate::anchor::Recovery;
use crate::verify::{
    Break, NumberRow, OutletReport, Place, SeriesCheck, VerifyError, lost, stray_key,
};

/// Checks all of it, and counts the numbers of these outlets (tenant, id), in their order.
pub(super) fn check(
    snapshot: &Connection,
    outlets: &[(String, String)],
) -> Result<Vec<OutletReport>, VerifyError> {
    let numbers = outlets.iter().map(|(_, outlet)| {
        let mut report = OutletReport { outlet: outlet.clone(), ..OutletReport::default() };
        numbers(snapshot, &mut report)?;
        Ok(report)
    });
    let numbers = numbers.collect::<Result<Vec<_>, VerifyError>>()?;
    check_tenants(snapshot)?;
    check_keys(snapshot)?;
    check_submissions(snapshot)?;
    verify_claims::check(snapshot)?;
    verify_papers::check(snapshot)?;
    verify_inbox::check(snapshot)?;
    verify_ranges::check(snapshot)?;
    // Last: what was rewritten tells more than that somebody took a trigger away to do it.
    check_schema(snapshot)?;
    Ok(numbers)
}

fn numbers(snapshot: &Connection, report: &mut OutletReport) -> Result<(), VerifyError> {
    let annulled = verify_ranges::shares(snapshot, report)?;
    let recoveries = recoveries(snapshot, &report.outlet)?;
    report.lost = lost(&recoveries);
    let outlet = report.outlet.as_str();
    let mut check = SeriesCheck::new(outlet.to_owned(), &recoveries, annulled);
    let mut series = 0_u64;
    let mut ended = |end: (String, i64)| {
        series += 1;
        check_series(snapshot, outlet, end)
    };
    let mut statement = snapshot.prepare_cached(NUMBERS)?;
    let mut rows = statement.query([outlet])?;
    while let Some(row) = rows.next()? {
        check.number(number(row)?)?.map_or(Ok(()), &mut ended)?;
    }
    check.end()?.into_iter().try_for_each(ended)?;
    report.free = check.free;
    let place = || Place::Head { outlet: outlet.to_owned() };
    let stored = |sql: &str| {
        let mut statement = snapshot.prepare_cached(sql)?;
        statement.query_row([outlet], |row| count(row, 0))
    };
    let free = stored(COUNT_FREE)?;
    Break::unless_equal(place, "the count of free numbers", (&free, &check.free))?;
    Ok(Break::unless_equal(place, "the count of series", (&stored(COUNT_SERIES)?, &series))?)
}

/// What is no recovery is found where the chain is checked.
fn recoveries(snapshot: &Connection, outlet: &str) -> Result<Vec<Recovery>, VerifyError> {
    let mut statement = snapshot.prepare_cached(RECOVERIES)?;
    let rows = statement.query_map([outlet], |row| Ok((count(row, 0)?, row.get(1)?)))?;
    let rows = rows.collect::<Result<Vec<(u64, Vec<u8>)>, _>>()?;
    Ok(rows.iter().filter_map(|(sequence, note)| Recovery::parse(*sequence, note)).collect())
}

/// The series' row says the highest number that was ever taken.
fn check_series(
    snapshot: &Connection,
    outlet: &str,
    (series, ordinal): (String, i64),
) -> Result<(), VerifyError> {
    let mut statement = snapshot.prepare_cached(SERIES)?;
    let mut rows = statement.query((outlet, &series))?;
    let stored = match rows.next()? {
        None => 0,
        Some(row) => row.get(0)?,
    };
    let place = || Place::number(outlet, &series, ordinal);
    Ok(Break::unless_equal(place, "the series' last number", (&stored, &ordinal))?)
}

/// Heads and numbers are of their outlet's tenant.
fn check_tenants(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(STRAY_TENANTS)?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let (outlet, stored): (String, String) = (row.get(0)?, row.get(1)?);
            let expected = format!("that of {outlet}");
            Err(Break::new(Place::Head { outlet }, "the tenant", (&stored, &expected)).into())
        }
    }
}

/// Every idempotency key points to an invoice of its tenant, to the one that was sealed with it, and
/// no other key does.
fn check_keys(connection: &Connection) -> Result<(), VerifyError> {
    let place = |row: &Row<'_>| {
        Ok::<_, rusqlite::Error>(Place::Idempotency { tenant: row.get(0)?, key: row.get(1)? })
    };
    let read =
        |row: &Row<'_>| Ok((place(row)?, row.get::<_, String>(2)?, row.get(3)?, row.get(4)?));
    if let Some((place, invoice, at, sealed_at)) = one(connection, STRAY_KEYS, [], read)? {
        return Err(stray_key(place, &invoice, (at, sealed_at)).into());
    }
    let read = |row: &Row<'_>| Ok((place(row)?, count(row, 2)?));
    match one(connection, SHARED_KEYS, [], read)? {
        None => Ok(()),
        Some((place, keys)) => {
            Err(Break::new(place, "the count of its invoice's keys", (&keys, &1)).into())
        }
    }
}

fn check_submissions(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(STRAY_SUBMISSIONS)?;
    let mut rows = statement.query([])?;
    match rows.next()? {
        None => Ok(()),
        Some(row) => {
            let invoice: String = row.get(0)?;
            let place = Place::Submission { invoice: invoice.clone() };
            Err(Break::new(place, "the invoice", (&invoice, &"one that exists")).into())
        }
    }
}

/// The tables, indexes and triggers are those that the migrations make: the guards that nothing is
/// rewritten still stand. Tables that somebody else added do no harm; their triggers could.
fn check_schema(connection: &Connection) -> Result<(), VerifyError> {
    let found = objects(connection)?;
    let made = made()?;
    for (name, made) in made {
        let stored = found.get(name).map_or("missing", |found| same(found, made));
        let place = || Place::Schema { name: name.clone() };
        Break::unless_equal(place, "the definition", (stored, AS_MADE))?;
    }
    let stray =
        found.iter().find(|(name, (kind, _))| kind == "trigger" && !made.contains_key(*name));
    match stray {
        None => Ok(()),
        Some((name, _)) => {
            let place = Place::Schema { name: name.clone() };
            Err(Break::new(place, "the trigger", (&"somebody's", &"none")).into())
        }
    }
}

fn same(found: &(String, String), made: &(String, String)) -> &'static str {
    if found == made { AS_MADE } else { "another one" }
}

/// What the migrations make. They are the same for the life of a process, and running them takes
/// longer than verifying a small ledger.
fn made() -> Result<&'static Objects, VerifyError> {
    static MADE: OnceLock<Objects> = OnceLock::new();
    if let Some(made) = MADE.get() {
        return Ok(made);
    }
    let made = objects(&as_made()?)?;
    Ok(MADE.get_or_init(|| made))
}

/// What has a definition of its own: name → (sort, SQL).
type Objects = BTreeMap<String, (String, String)>;

fn objects(connection: &Connection) -> Result<Objects, VerifyError> {
    let mut statement = connection.prepare(OBJECTS)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

const AS_MADE: &str = "as it was made";

fn number(row: &Row<'_>) -> rusqlite::Result<NumberRow> {
    Ok(NumberRow {
        series: row.get(0)?,
        ordinal: row.get(1)?,
        turn: row.get(2)?,
        stage: row.get(3)?,
        free_for: row.get(4)?,
        refusal: row.get(5)?,
        invoice: row.get(6)?,
        held_for: row.get(7)?,
        sequence: count(row, 8)?,
        refused_at: optional_count(row, 9)?,
    })
}

const NUMBERS: &str = "-- verify: numbers
    SELECT i.series, i.ordinal, i.turn, i.stage, f.turn,
           CASE WHEN i.stage IN ('refused', 'sealed_refused') THEN
               (SELECT e.elements FROM entries e WHERE e.outlet = i.outlet
                    AND e.opening = i.sequence AND e.opening < e.sequence AND e.kind = 'refused')
           END, i.invoice, f.held_for, i.sequence,
           CASE WHEN i.stage IN ('refused', 'sealed_refused') THEN
               (SELECT e.sequence FROM entries e WHERE e.outlet = i.outlet
                    AND e.opening = i.sequence AND e.opening < e.sequence AND e.kind = 'refused')
           END
    FROM invoices i LEFT JOIN free_numbers f
      ON f.outlet = i.outlet AND f.series = i.series AND f.ordinal = i.ordinal
    WHERE i.outlet = ?1 ORDER BY i.series, i.ordinal, i.turn";
const RECOVERIES: &str = "-- verify: recoveries
    SELECT sequence, coalesce(note, x'') FROM entries
    WHERE outlet = ?1 AND kind = 'recovered' ORDER BY sequence";
const COUNT_FREE: &str = "-- verify: count of free numbers
    SELECT count(*) FROM free_numbers WHERE outlet = ?1";
const COUNT_SERIES: &str = "-- verify: count of series
    SELECT count(*) FROM series WHERE outlet = ?1";
const SERIES: &str = "-- verify: series
    SELECT last FROM series WHERE outlet = ?1 AND series = ?2";
/// A key is written in its invoice's transaction, at the invoice's time, and no two invoices of an
/// outlet have one time.
const STRAY_KEYS: &str = "-- verify: idempotency
    SELECT k.tenant, k.key, k.invoice, k.at, i.at FROM idempotency k
    LEFT JOIN invoices i ON i.outlet = k.outlet AND i.invoice = k.invoice AND i.tenant = k.tenant
    WHERE i.at IS NULL OR i.at <> k.at ORDER BY k.tenant, k.key LIMIT 1";
const SHARED_KEYS: &str = "-- verify: keys of one invoice
    SELECT tenant, max(key), count(*) FROM idempotency
    GROUP BY tenant, outlet, invoice HAVING count(*) > 1 ORDER BY tenant, max(key) LIMIT 1";
const STRAY_SUBMISSIONS: &str = "-- verify: submissions
    SELECT s.invoice FROM submissions s
    LEFT JOIN invoices i ON i.outlet = s.outlet AND i.sequence = s.sequence
        AND i.invoice = s.invoice AND i.tenant = s.tenant
    WHERE i.invoice IS NULL ORDER BY s.outlet, s.sequence LIMIT 1";
const STRAY_TENANTS: &str = "-- verify: tenants
    SELECT s.outlet, s.tenant FROM (SELECT outlet, tenant FROM heads
        UNION ALL SELECT outlet, tenant FROM series
        UNION ALL SELECT outlet, tenant FROM free_numbers
        UNION ALL SELECT outlet, tenant FROM log_tiles
        UNION ALL SELECT outlet, tenant FROM cosignatures) s
    LEFT JOIN outlets o ON o.id = s.outlet
    WHERE o.tenant IS NOT s.tenant ORDER BY s.outlet LIMIT 1";
const OBJECTS: &str = "-- verify: schema
    SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL";

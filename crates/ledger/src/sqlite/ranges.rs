//! Ranges, their shares and annulments. Written by the writer's thread, after the orders of its
//! transaction: what they took is seen.

use std::path::Path;

use invoice::{OutletId, RangeId, TenantId};
use jiff::civil::Date;
use rusqlite::{Connection, Row, params};

use super::connection::open_reader;
use super::leases;
use super::registry::{tenants, written};
use super::rows::{all, count, foreign, instant, integer, one, optional_word, word};
use crate::batch::ShareFacts;
use crate::error::{LedgerError, NumbersHeld};
use crate::range::{
    Annulment, AnnulmentState, Range, RangeStanding, Share, ShareStanding, count_outside,
};
use crate::registry::Tenant;
use crate::series::SeriesKey;
use crate::submission::LeaseToken;

pub(crate) fn create(connection: &Connection, range: &Range) -> Result<(), LedgerError> {
    let key = params![
        range.tenant.as_str(),
        range.taxpayer.as_str(),
        range.environment.as_str(),
        range.kind,
        integer(range.first),
        integer(range.last),
    ];
    if let Some((first, last)) = one(connection, OVERLAPPING, key, run)? {
        return Err(LedgerError::NumbersHeld { how: NumbersHeld::Authorised, first, last });
    }
    let row = params![
        range.tenant.as_str(),
        range.taxpayer.as_str(),
        range.environment.as_str(),
        range.kind,
        integer(range.first),
        integer(range.last),
        range.id.as_str(),
        range.prefix,
        range.width,
        range.expires_on.map(|date| date.to_string()),
        range.reference,
        range.created_at.micros(),
    ];
    written(connection, INSERT_RANGE, row, "range")
}

pub(crate) fn share(connection: &Connection, share: &Share) -> Result<(), LedgerError> {
    let range = range(connection, &share.tenant, &share.range)?;
    within(&range, (share.first, share.last))?;
    let numbers = (share.range.as_str(), integer(share.first), integer(share.last));
    for (sql, how) in [(LENT, NumbersHeld::Lent), (ANNULLED, NumbersHeld::Annulled)] {
        if let Some((first, last)) = one(connection, sql, numbers, run)? {
            return Err(LedgerError::NumbersHeld { how, first, last });
        }
    }
    let of_whom = (share.outlet.as_str(), share.tenant.as_str());
    let outlet = one(connection, OUTLET, of_whom, |row| Ok((word(row, 0)?, word(row, 1)?)))?
        .ok_or_else(|| LedgerError::UnknownOutlet(share.outlet.clone()))?;
    if outlet != (range.taxpayer.clone(), range.environment) {
        return Err(LedgerError::RangeOfAnother);
    }
    unless_used(connection, &range, ((share.first, share.last), Some(&share.outlet)))?;
    let row = (
        share.outlet.as_str(),
        share.range.as_str(),
        integer(share.first),
        integer(share.last),
        share.tenant.as_str(),
        share.created_at.micros(),
    );
    written(connection, INSERT_SHARE, row, "share")
}

/// Numbers that came back are no longer free once they are annulled.
pub(crate) fn annul(connection: &Connection, annulment: &Annulment) -> Result<(), LedgerError> {
    let range = range(connection, &annulment.tenant, &annulment.range)?;
    let numbers = (annulment.first, annulment.last);
    within(&range, numbers)?;
    let key = (annulment.range.as_str(), integer(numbers.0), integer(numbers.1));
    if let Some((first, last)) = one(connection, ANNULLED, key, run)? {
        return Err(LedgerError::NumbersHeld { how: NumbersHeld::Annulled, first, last });
    }
    for share in all(connection, SHARES_OF_RANGE, [annulment.range.as_str()], read_share)? {
        annul_within(connection, &range, (&share, numbers))?;
    }
    unless_used(connection, &range, (numbers, None))?;
    let row = params![
        annulment.tenant.as_str(),
        annulment.range.as_str(),
        integer(annulment.first),
        integer(annulment.last),
        annulment.at.micros(),
        annulment.state.as_str(),
        annulment.document,
    ];
    written(connection, INSERT_ANNULMENT, row, "annulment")
}

/// Numbers that were taken of a share which an older state of the store does not know: a recovery wrote
/// them off, and customers hold them. The outlet that took them may have its share again, and goes on
/// behind them.
fn unless_used(
    connection: &Connection,
    range: &Range,
    ((first, last), outlet): ((u64, u64), Option<&OutletId>),
) -> Result<(), LedgerError> {
    let key = params![
        range.tenant.as_str(),
        range.taxpayer.as_str(),
        range.environment.as_str(),
        range.kind,
        integer(first),
        integer(last),
        outlet.map(OutletId::as_str),
    ];
    match one(connection, WRITTEN_OFF, key, run)? {
        None => Ok(()),
        Some((first, last)) => {
            Err(LedgerError::NumbersHeld { how: NumbersHeld::Used, first, last })
        }
    }
}

/// What an annulment means for one share: of its numbers that were ever taken, each must have come
/// back.
fn annul_within(
    connection: &Connection,
    range: &Range,
    (share, (first, last)): (&Share, (u64, u64)),
) -> Result<(), LedgerError> {
    let (first, last) = (first.max(share.first), last.min(share.last));
    if first > last {
        return Ok(());
    }
    let series = key_of(&range.kind, share.first).to_string();
    let series = (share.outlet.as_str(), &series);
    let taken = one(connection, LAST, series, |row| count(row, 0))?.unwrap_or(0);
    let (from, to) = (first - share.first + 1, (last - share.first + 1).min(taken));
    if from > to {
        return Ok(());
    }
    let ordinals = (series.0, series.1, integer(from), integer(to));
    let freed = connection.prepare_cached(DELETE_FREED)?.execute(ordinals)?;
    if freed as u64 == to - from + 1 {
        return Ok(());
    }
    Err(LedgerError::NumbersHeld { how: NumbersHeld::Used, first, last })
}

pub(crate) fn settle_annulment(
    connection: &Connection,
    tenant: &TenantId,
    number: (&RangeId, u64),
    (token, (state, document)): (LeaseToken, (AnnulmentState, Option<&[u8]>)),
) -> Result<(), LedgerError> {
    leases::check_annulment(connection, tenant, number, token)?;
    let (range, first) = number;
    let row = (tenant.as_str(), range.as_str(), integer(first), state.as_str(), document);
    connection.prepare_cached(SETTLE_ANNULMENT)?.execute(row)?;
    Ok(())
}

/// By taxpayer, environment and kind, in the order of their numbers.
pub(crate) fn list(
    connection: &Connection,
    tenant: &TenantId,
) -> Result<Vec<RangeStanding>, LedgerError> {
    let snapshot = connection.unchecked_transaction()?;
    let ranges = all(&snapshot, RANGES, [tenant.as_str()], read_range)?;
    ranges.into_iter().map(|range| standing(&snapshot, range)).collect()
}

/// The ranges of all tenants in a ledger file, whether or not a process has it open.
pub fn ranges_in(path: &Path) -> Result<Vec<RangeStanding>, LedgerError> {
    let connection = open_reader(path)?;
    let of_tenant = |tenant: Tenant| list(&connection, &tenant.id);
    let ranges: Result<Vec<_>, _> = tenants(&connection)?.into_iter().map(of_tenant).collect();
    Ok(ranges?.into_iter().flatten().collect())
}

pub(crate) fn one_range(
    connection: &Connection,
    tenant: &TenantId,
    id: &RangeId,
) -> Result<Option<RangeStanding>, LedgerError> {
    let snapshot = connection.unchecked_transaction()?;
    let range = one(&snapshot, RANGE, (id.as_str(), tenant.as_str()), read_range)?;
    range.map(|range| standing(&snapshot, range)).transpose()
}

/// In the order in which an outlet draws from them.
pub(super) fn shares_to_draw_from(
    connection: &Connection,
    outlet: &OutletId,
    kind: &str,
) -> Result<Vec<ShareFacts>, LedgerError> {
    let mut shares = all(connection, SHARES_TO_DRAW_FROM, (outlet.as_str(), kind), |row| {
        let (first, last) = (count(row, 1)?, count(row, 2)?);
        Ok(ShareFacts {
            range: word(row, 0)?,
            key: key_of(kind, first),
            prefix: row.get(3)?,
            width: row.get::<_, u8>(4)?.into(),
            first,
            length: last.checked_sub(first).ok_or_else(|| foreign(2, "an empty share"))? + 1,
            expires_on: optional_word(row, 5)?,
            annulled: Vec::new(),
        })
    })?;
    for share in &mut shares {
        share.annulled = annulled_ordinals(connection, share)?;
    }
    Ok(shares)
}

fn annulled_ordinals(
    connection: &Connection,
    share: &ShareFacts,
) -> Result<Vec<(u64, u64)>, LedgerError> {
    let (first, last) = (share.first, share.first + share.length - 1);
    let numbers = (share.range.as_str(), integer(first), integer(last));
    let runs = all(connection, ANNULLED, numbers, run)?;
    let ordinals = |(from, to): (u64, u64)| (from.max(first) - first + 1, to.min(last) - first + 1);
    Ok(runs.into_iter().map(ordinals).collect())
}

fn standing(connection: &Connection, range: Range) -> Result<RangeStanding, LedgerError> {
    let annulled = all(connection, ANNULMENTS, [range.id.as_str()], read_annulment)?;
    let runs: Vec<_> = annulled.iter().map(|annulment| (annulment.first, annulment.last)).collect();
    let shares = all(connection, SHARES_OF_RANGE, [range.id.as_str()], read_share)?;
    let lent = shares.iter().map(|share| (share.first, share.last));
    let unlent = unlent(&range, lent, &runs);
    let standing = |share: Share| {
        let left = left(connection, &range, (&share, &runs))?;
        Ok(ShareStanding { share, left })
    };
    let shares = shares.into_iter().map(standing).collect::<Result<_, LedgerError>>()?;
    Ok(RangeStanding { range, shares, annulled, unlent })
}

/// What lies between the shares, without the annulled numbers.
fn unlent(range: &Range, lent: impl Iterator<Item = (u64, u64)>, annulled: &[(u64, u64)]) -> u64 {
    let mut next = range.first;
    let mut unlent = 0;
    for (first, last) in lent.chain([(range.last + 1, range.last + 1)]) {
        unlent += count_outside((next, first - 1), annulled.iter().copied());
        next = last + 1;
    }
    unlent
}

fn left(
    connection: &Connection,
    range: &Range,
    (share, annulled): (&Share, &[(u64, u64)]),
) -> Result<u64, LedgerError> {
    let series = key_of(&range.kind, share.first).to_string();
    let series = (share.outlet.as_str(), &series);
    let taken = one(connection, LAST, series, |row| count(row, 0))?.unwrap_or(0);
    let freed = one(connection, FREED, series, |row| count(row, 0))?.unwrap_or(0);
    let unused = count_outside((share.first + taken, share.last), annulled.iter().copied());
    Ok(freed + unused)
}

fn key_of(kind: &str, first: u64) -> SeriesKey {
    SeriesKey::Share { kind: kind.to_owned(), first }
}

fn range(connection: &Connection, tenant: &TenantId, id: &RangeId) -> Result<Range, LedgerError> {
    one(connection, RANGE, (id.as_str(), tenant.as_str()), read_range)?
        .ok_or(LedgerError::Unknown("range"))
}

fn within(range: &Range, (first, last): (u64, u64)) -> Result<(), LedgerError> {
    if range.first <= first && first <= last && last <= range.last {
        Ok(())
    } else {
        Err(LedgerError::OutsideRange { first: range.first, last: range.last })
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<(u64, u64)> {
    Ok((count(row, 0)?, count(row, 1)?))
}

fn read_range(row: &Row<'_>) -> rusqlite::Result<Range> {
    Ok(Range {
        tenant: word(row, 0)?,
        taxpayer: word(row, 1)?,
        id: word(row, 2)?,
        environment: word(row, 3)?,
        kind: row.get(4)?,
        prefix: row.get(5)?,
        width: row.get(6)?,
        first: count(row, 7)?,
        last: count(row, 8)?,
        expires_on: optional_word::<Date>(row, 9)?,
        reference: row.get(10)?,
        created_at: instant(row, 11)?,
    })
}

fn read_share(row: &Row<'_>) -> rusqlite::Result<Share> {
    Ok(Share {
        tenant: word(row, 0)?,
        range: word(row, 1)?,
        outlet: word(row, 2)?,
        first: count(row, 3)?,
        last: count(row, 4)?,
        created_at: instant(row, 5)?,
    })
}

fn read_annulment(row: &Row<'_>) -> rusqlite::Result<Annulment> {
    Ok(Annulment {
        tenant: word(row, 0)?,
        range: word(row, 1)?,
        first: count(row, 2)?,
        last: count(row, 3)?,
        at: instant(row, 4)?,
        state: word(row, 5)?,
        document: row.get(6)?,
    })
}

const OVERLAPPING: &str = "-- ranges: overlapping
    SELECT first, last FROM ranges
    WHERE tenant = ?1 AND taxpayer = ?2 AND environment = ?3 AND kind = ?4
      AND first <= ?6 AND last >= ?5 ORDER BY first LIMIT 1";
const INSERT_RANGE: &str = "-- ranges: range
    INSERT INTO ranges (tenant, taxpayer, environment, kind, first, last, id, prefix, width,
        expires_on, reference, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const LENT: &str = "-- ranges: lent
    SELECT first, last FROM range_shares WHERE range = ?1 AND first <= ?3 AND last >= ?2
    ORDER BY first";
const ANNULLED: &str = "-- ranges: annulled
    SELECT first, last FROM annulments WHERE range = ?1 AND first <= ?3 AND last >= ?2
    ORDER BY first";
const OUTLET: &str = "-- ranges: outlet
    SELECT taxpayer, environment FROM outlets WHERE id = ?1 AND tenant = ?2";
const WRITTEN_OFF: &str = "-- ranges: numbers of a share that is lost
    SELECT u.first, u.last FROM (
        SELECT e.outlet, CAST(substr(e.series, length(?4) + 2) AS INTEGER) AS first,
               CAST(substr(e.series, length(?4) + 2) AS INTEGER) + e.last - 1 AS last
        FROM outlets o JOIN series e ON e.outlet = o.id
            AND e.series > ?4 || '/' AND e.series < ?4 || '0'
        WHERE o.tenant = ?1 AND o.taxpayer = ?2 AND o.environment = ?3) u
    WHERE u.first <= ?6 AND u.last >= ?5
      AND NOT (?7 IS NOT NULL AND u.outlet = ?7 AND u.first = ?5 AND u.last <= ?6)
      AND NOT EXISTS (SELECT 1 FROM range_shares s JOIN ranges r ON r.id = s.range
                      WHERE s.outlet = u.outlet AND s.first = u.first AND r.kind = ?4)
    ORDER BY u.first LIMIT 1";
const INSERT_SHARE: &str = "-- ranges: share
    INSERT INTO range_shares (outlet, range, first, last, tenant, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SHARES_OF_RANGE: &str = "-- ranges: shares
    SELECT tenant, range, outlet, first, last, created_at FROM range_shares WHERE range = ?1
    ORDER BY first";
/// What does not expire is drawn from last: the others would be lost.
const SHARES_TO_DRAW_FROM: &str = "-- ranges: shares of an outlet
    SELECT s.range, s.first, s.last, r.prefix, r.width, r.expires_on
    FROM range_shares s JOIN ranges r ON r.id = s.range
    WHERE s.outlet = ?1 AND r.kind = ?2
    ORDER BY r.expires_on IS NULL, r.expires_on, s.first";
const LAST: &str = "-- ranges: last number taken
    SELECT last FROM series WHERE outlet = ?1 AND series = ?2";
const FREED: &str = "-- ranges: numbers that came back
    SELECT count(*) FROM free_numbers WHERE outlet = ?1 AND series = ?2";
const DELETE_FREED: &str = "-- ranges: annul numbers that came back
    DELETE FROM free_numbers WHERE outlet = ?1 AND series = ?2 AND ordinal BETWEEN ?3 AND ?4";
const INSERT_ANNULMENT: &str = "-- ranges: annulment
    INSERT INTO annulments (tenant, range, first, last, at, state, document)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const SETTLE_ANNULMENT: &str = "-- ranges: settle an annulment
    UPDATE annulments SET state = ?4, document = coalesce(?5, document)
    WHERE tenant = ?1 AND range = ?2 AND first = ?3";
const ANNULMENTS: &str = "-- ranges: annulments
    SELECT tenant, range, first, last, at, state, document FROM annulments WHERE range = ?1
    ORDER BY first";
const RANGE: &str = "-- ranges: one
    SELECT tenant, taxpayer, id, environment, kind, prefix, width, first, last, expires_on,
           reference, created_at
    FROM ranges WHERE id = ?1 AND tenant = ?2";
const RANGES: &str = "-- ranges: all
    SELECT tenant, taxpayer, id, environment, kind, prefix, width, first, last, expires_on,
           reference, created_at
    FROM ranges WHERE tenant = ?1 ORDER BY taxpayer, environment, kind, first";

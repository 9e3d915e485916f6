//! Ranges, their shares and annulments.
//!
//! Whoever gives out, lends or annuls numbers locks their taxpayer first, so that two who do see one
//! another; and whoever annuls locks the heads of the outlets that draw from the range after it, so
//! that no batch takes at that moment what is annulled.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use invoice::{OutletId, RangeId, TaxpayerId, TenantId};
use tokio_postgres::Row;

use super::leases;
use super::rows::{
    Params, all, count, execute, foreign, get, instant, one, optional_word, word, written,
};
use crate::error::{LedgerError, NumbersHeld};
use crate::range::{
    Annulment, AnnulmentState, Range, RangeStanding, Share, ShareStanding, count_outside,
};
use crate::series::SeriesKey;
use crate::submission::LeaseToken;
use crate::word::integer;

pub(crate) async fn create(client: &impl GenericClient, range: &Range) -> Result<(), LedgerError> {
    lock_taxpayer(client, &range.tenant, &range.taxpayer).await?;
    let of_whom = (range.tenant.as_str(), range.taxpayer.as_str(), range.environment.as_str());
    let numbers = (integer(range.first), integer(range.last));
    let key: Params = &[&of_whom.0, &of_whom.1, &of_whom.2, &range.kind, &numbers.0, &numbers.1];
    if let Some((first, last)) = one(client, OVERLAPPING, key, run).await? {
        return Err(LedgerError::NumbersHeld { how: NumbersHeld::Authorised, first, last });
    }
    let row: Params = &[
        &of_whom.0,
        &of_whom.1,
        &of_whom.2,
        &range.kind,
        &numbers.0,
        &numbers.1,
        &range.id.as_str(),
        &range.prefix,
        &i64::from(range.width),
        &range.expires_on.map(|date| date.to_string()),
        &range.reference,
        &range.created_at.micros(),
    ];
    written(client, INSERT_RANGE, row, "range").await
}

pub(crate) async fn share(client: &impl GenericClient, share: &Share) -> Result<(), LedgerError> {
    let range = locked(client, &share.tenant, &share.range).await?;
    within(&range, (share.first, share.last))?;
    let (first, last) = (integer(share.first), integer(share.last));
    let numbers: Params = &[&share.range.as_str(), &first, &last];
    for (sql, how) in [(LENT, NumbersHeld::Lent), (ANNULLED, NumbersHeld::Annulled)] {
        if let Some((first, last)) = one(client, sql, numbers, run).await? {
            return Err(LedgerError::NumbersHeld { how, first, last });
        }
    }
    let of_whom: Params = &[&share.outlet.as_str(), &share.tenant.as_str()];
    let outlet = one(client, OUTLET, of_whom, |row| Ok((word(row, 0)?, word(row, 1)?))).await?;
    let outlet = outlet.ok_or_else(|| LedgerError::UnknownOutlet(share.outlet.clone()))?;
    if outlet != (range.taxpayer.clone(), range.environment) {
        return Err(LedgerError::RangeOfAnother);
    }
    unless_used(client, &range, ((share.first, share.last), Some(&share.outlet))).await?;
    let row: Params = &[
        &share.outlet.as_str(),
        &share.range.as_str(),
        &first,
        &last,
        &share.tenant.as_str(),
        &share.created_at.micros(),
    ];
    written(client, INSERT_SHARE, row, "share").await
}

/// Numbers that came back are no longer free once they are annulled.
pub(crate) async fn annul(
    client: &impl GenericClient,
    annulment: &Annulment,
) -> Result<(), LedgerError> {
    let range = locked(client, &annulment.tenant, &annulment.range).await?;
    let numbers = (annulment.first, annulment.last);
    within(&range, numbers)?;
    let (first, last) = (integer(numbers.0), integer(numbers.1));
    let key: Params = &[&annulment.range.as_str(), &first, &last];
    if let Some((first, last)) = one(client, ANNULLED, key, run).await? {
        return Err(LedgerError::NumbersHeld { how: NumbersHeld::Annulled, first, last });
    }
    all(client, LOCK_HEADS, &[&annulment.range.as_str()], |_| Ok(())).await?;
    let of_range: Params = &[&vec![annulment.range.as_str()], &range.tenant.as_str()];
    for share in all(client, SHARES, of_range, read_share).await? {
        annul_within(client, &range, (&share, numbers)).await?;
    }
    unless_used(client, &range, (numbers, None)).await?;
    let row: Params = &[
        &annulment.tenant.as_str(),
        &annulment.range.as_str(),
        &first,
        &last,
        &annulment.at.micros(),
        &annulment.state.as_str(),
        &annulment.document,
    ];
    written(client, INSERT_ANNULMENT, row, "annulment").await
}

/// Numbers that were taken of a share which an older state of the store does not know: a recovery wrote
/// them off, and customers hold them. The outlet that took them may have its share again, and goes on
/// behind them.
async fn unless_used(
    client: &impl GenericClient,
    range: &Range,
    ((first, last), outlet): ((u64, u64), Option<&OutletId>),
) -> Result<(), LedgerError> {
    let key: Params = &[
        &range.tenant.as_str(),
        &range.taxpayer.as_str(),
        &range.environment.as_str(),
        &range.kind,
        &integer(first),
        &integer(last),
        &outlet.map(OutletId::as_str),
    ];
    match one(client, WRITTEN_OFF, key, run).await? {
        None => Ok(()),
        Some((first, last)) => {
            Err(LedgerError::NumbersHeld { how: NumbersHeld::Used, first, last })
        }
    }
}

/// What an annulment means for one share: of its numbers that were ever taken, each must have come
/// back.
async fn annul_within(
    client: &impl GenericClient,
    range: &Range,
    (lent, (first, last)): (&Lent, (u64, u64)),
) -> Result<(), LedgerError> {
    let share = &lent.share;
    let (first, last) = (first.max(share.first), last.min(share.last));
    if first > last {
        return Ok(());
    }
    let (from, to) = (first - share.first + 1, (last - share.first + 1).min(lent.taken));
    if from > to {
        return Ok(());
    }
    let series = key_of(&range.kind, share.first).to_string();
    let (outlet, ordinals) = (share.outlet.as_str(), (integer(from), integer(to)));
    let row: Params = &[&outlet, &series, &ordinals.0, &ordinals.1];
    if execute(client, DELETE_FREED, row).await? == to - from + 1 {
        return Ok(());
    }
    Err(LedgerError::NumbersHeld { how: NumbersHeld::Used, first, last })
}

pub(crate) async fn settle_annulment(
    client: &impl GenericClient,
    tenant: &TenantId,
    number: (&RangeId, u64),
    (token, (state, document)): (LeaseToken, (AnnulmentState, Option<&[u8]>)),
) -> Result<(), LedgerError> {
    leases::check_annulment(client, tenant, number, token).await?;
    let (range, first) = (number.0.as_str(), integer(number.1));
    let row: Params = &[&tenant.as_str(), &range, &first, &state.as_str(), &document];
    execute(client, SETTLE_ANNULMENT, row).await.map(drop)
}

/// By taxpayer, environment and kind, in the order of their numbers.
pub(crate) async fn list(
    client: &impl GenericClient,
    tenant: &TenantId,
) -> Result<Vec<RangeStanding>, LedgerError> {
    let ranges = all(client, RANGES, &[&tenant.as_str()], read_range).await?;
    standings(client, tenant, ranges).await
}

pub(crate) async fn one_range(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &RangeId,
) -> Result<Option<RangeStanding>, LedgerError> {
    let range = one(client, RANGE, &[&id.as_str(), &tenant.as_str()], read_range).await?;
    Ok(standings(client, tenant, range.into_iter().collect()).await?.pop())
}

/// All ranges at once: three statements, however many they are.
async fn standings(
    client: &impl GenericClient,
    tenant: &TenantId,
    ranges: Vec<Range>,
) -> Result<Vec<RangeStanding>, LedgerError> {
    let ids: Vec<&str> = ranges.iter().map(|range| range.id.as_str()).collect();
    let of_ranges: Params = &[&ids, &tenant.as_str()];
    let mut annulled: HashMap<RangeId, Vec<Annulment>> = HashMap::new();
    for annulment in all(client, ANNULMENTS, of_ranges, read_annulment).await? {
        annulled.entry(annulment.range.clone()).or_default().push(annulment);
    }
    let mut lent: HashMap<RangeId, Vec<Lent>> = HashMap::new();
    for share in all(client, SHARES, of_ranges, read_share).await? {
        lent.entry(share.share.range.clone()).or_default().push(share);
    }
    let standing = |range: Range| {
        let annulled = annulled.remove(&range.id).unwrap_or_default();
        let lent = lent.remove(&range.id).unwrap_or_default();
        standing(range, lent, annulled)
    };
    Ok(ranges.into_iter().map(standing).collect())
}

fn standing(range: Range, lent: Vec<Lent>, annulled: Vec<Annulment>) -> RangeStanding {
    let runs: Vec<_> = annulled.iter().map(|annulment| (annulment.first, annulment.last)).collect();
    let unlent = unlent(&range, lent.iter().map(|lent| (lent.share.first, lent.share.last)), &runs);
    let left = |Lent { share, taken, freed }: Lent| {
        let unused = count_outside((share.first + taken, share.last), runs.iter().copied());
        ShareStanding { share, left: freed + unused }
    };
    let shares = lent.into_iter().map(left).collect();
    RangeStanding { range, shares, annulled, unlent }
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

/// A share, how many of its numbers were ever taken, and how many of those came back.
struct Lent {
    share: Share,
    taken: u64,
    freed: u64,
}

fn key_of(kind: &str, first: u64) -> SeriesKey {
    SeriesKey::Share { kind: kind.to_owned(), first }
}

/// The range, with its taxpayer locked before it is looked at.
async fn locked(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &RangeId,
) -> Result<Range, LedgerError> {
    let named: Params = &[&id.as_str(), &tenant.as_str()];
    let range = one(client, RANGE, named, read_range).await?;
    let range = range.ok_or(LedgerError::Unknown("range"))?;
    lock_taxpayer(client, tenant, &range.taxpayer).await?;
    Ok(range)
}

async fn lock_taxpayer(
    client: &impl GenericClient,
    tenant: &TenantId,
    taxpayer: &TaxpayerId,
) -> Result<(), LedgerError> {
    execute(client, LOCK_TAXPAYER, &[&tenant.as_str(), &taxpayer.as_str()]).await.map(drop)
}

fn within(range: &Range, (first, last): (u64, u64)) -> Result<(), LedgerError> {
    if range.first <= first && first <= last && last <= range.last {
        Ok(())
    } else {
        Err(LedgerError::OutsideRange { first: range.first, last: range.last })
    }
}

fn run(row: &Row) -> Result<(u64, u64), LedgerError> {
    Ok((count(row, 0)?, count(row, 1)?))
}

fn read_range(row: &Row) -> Result<Range, LedgerError> {
    Ok(Range {
        tenant: word(row, 0)?,
        taxpayer: word(row, 1)?,
        id: word(row, 2)?,
        environment: word(row, 3)?,
        kind: get(row, 4)?,
        prefix: get(row, 5)?,
        width: get::<i64>(row, 6)?.try_into().map_err(|_| foreign("not a width"))?,
        first: count(row, 7)?,
        last: count(row, 8)?,
        expires_on: optional_word(row, 9)?,
        reference: get(row, 10)?,
        created_at: instant(row, 11)?,
    })
}

fn read_share(row: &Row) -> Result<Lent, LedgerError> {
    let share = Share {
        tenant: word(row, 0)?,
        range: word(row, 1)?,
        outlet: word(row, 2)?,
        first: count(row, 3)?,
        last: count(row, 4)?,
        created_at: instant(row, 5)?,
    };
    Ok(Lent { share, taken: count(row, 6)?, freed: count(row, 7)? })
}

fn read_annulment(row: &Row) -> Result<Annulment, LedgerError> {
    Ok(Annulment {
        tenant: word(row, 0)?,
        range: word(row, 1)?,
        first: count(row, 2)?,
        last: count(row, 3)?,
        at: instant(row, 4)?,
        state: word(row, 5)?,
        document: get(row, 6)?,
    })
}

const LOCK_TAXPAYER: &str = "-- ranges: lock the taxpayer
    SELECT 1 FROM taxpayers WHERE tenant = $1 AND id = $2 FOR NO KEY UPDATE";
const LOCK_HEADS: &str = "-- ranges: lock the heads of its outlets
    SELECT 1 FROM heads
    WHERE outlet IN (SELECT outlet FROM range_shares WHERE range = $1)
    ORDER BY outlet FOR NO KEY UPDATE";
const OVERLAPPING: &str = "-- ranges: overlapping
    SELECT first, last FROM ranges
    WHERE tenant = $1 AND taxpayer = $2 AND environment = $3 AND kind = $4
      AND first <= $6 AND last >= $5 ORDER BY first LIMIT 1";
const INSERT_RANGE: &str = "-- ranges: range
    INSERT INTO ranges (tenant, taxpayer, environment, kind, first, last, id, prefix, width,
        expires_on, reference, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const LENT: &str = "-- ranges: lent
    SELECT first, last FROM range_shares WHERE range = $1 AND first <= $3 AND last >= $2
    ORDER BY first LIMIT 1";
const ANNULLED: &str = "-- ranges: annulled
    SELECT first, last FROM annulments WHERE range = $1 AND first <= $3 AND last >= $2
    ORDER BY first LIMIT 1";
const OUTLET: &str = "-- ranges: outlet
    SELECT taxpayer, environment FROM outlets WHERE id = $1 AND tenant = $2";
/// A series of a year has no number behind a slash, and none is read of it.
const WRITTEN_OFF: &str = "-- ranges: numbers of a share that is lost
    SELECT u.first, u.last FROM (
        SELECT e.outlet, nullif(split_part(e.series, '/', 2), '')::bigint AS first,
               nullif(split_part(e.series, '/', 2), '')::bigint + e.last - 1 AS last
        FROM outlets o JOIN series e ON e.outlet = o.id
            AND split_part(e.series, '/', 1) = $4 AND e.series LIKE '%/%'
        WHERE o.tenant = $1 AND o.taxpayer = $2 AND o.environment = $3) u
    WHERE u.first <= $6 AND u.last >= $5
      AND ($7::text IS NULL OR NOT (u.outlet = $7 AND u.first = $5 AND u.last <= $6))
      AND NOT EXISTS (SELECT 1 FROM range_shares s JOIN ranges r ON r.id = s.range
                      WHERE s.outlet = u.outlet AND s.first = u.first AND r.kind = $4)
    ORDER BY u.first LIMIT 1";
const INSERT_SHARE: &str = "-- ranges: share
    INSERT INTO range_shares (outlet, range, first, last, tenant, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const SHARES: &str = "-- ranges: shares
    SELECT s.tenant, s.range, s.outlet, s.first, s.last, s.created_at, coalesce(e.last, 0),
           (SELECT count(*) FROM free_numbers f
            WHERE f.outlet = s.outlet AND f.series = r.kind || '/' || s.first)
    FROM range_shares s JOIN ranges r ON r.id = s.range
    LEFT JOIN series e ON e.outlet = s.outlet AND e.series = r.kind || '/' || s.first
    WHERE s.range = ANY ($1) AND s.tenant = $2 ORDER BY s.range, s.first";
const DELETE_FREED: &str = "-- ranges: annul numbers that came back
    DELETE FROM free_numbers WHERE outlet = $1 AND series = $2 AND ordinal BETWEEN $3 AND $4";
const INSERT_ANNULMENT: &str = "-- ranges: annulment
    INSERT INTO annulments (tenant, range, first, last, at, state, document)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const SETTLE_ANNULMENT: &str = "-- ranges: settle an annulment
    UPDATE annulments SET state = $4, document = coalesce($5, document)
    WHERE tenant = $1 AND range = $2 AND first = $3";
const ANNULMENTS: &str = "-- ranges: annulments
    SELECT tenant, range, first, last, at, state, document FROM annulments
    WHERE range = ANY ($1) AND tenant = $2 ORDER BY range, first";
const RANGE: &str = "-- ranges: one
    SELECT tenant, taxpayer, id, environment, kind, prefix, width, first, last, expires_on,
           reference, created_at
    FROM ranges WHERE id = $1 AND tenant = $2";
const RANGES: &str = "-- ranges: all
    SELECT tenant, taxpayer, id, environment, kind, prefix, width, first, last, expires_on,
           reference, created_at
    FROM ranges WHERE tenant = $1 ORDER BY taxpayer, environment, kind, first";

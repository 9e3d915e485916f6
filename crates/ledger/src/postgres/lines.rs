//! Lines to authorities' addresses, which every process over the database uses: when the next request
//! may leave, and whether there is a rest. Nothing here is worth a wait for the disk: what is lost
//! with the power is a rest of a minute.

use deadpool_postgres::GenericClient;

use super::rows::{Params, count, execute, one};
use crate::error::LedgerError;
use crate::nodes::LineTurn;
use crate::word::integer;

/// The first line of an address is made by who comes first; the second look finds it.
pub(crate) async fn take_turn(
    client: &impl GenericClient,
    address: &str,
    micros: u64,
) -> Result<LineTurn, LedgerError> {
    client.batch_execute(NO_WAIT).await?;
    let micros = integer(micros);
    let row: Params = &[&address, &micros];
    loop {
        let turn = one(client, TAKE_TURN, row, |row| {
            Ok(match count(row, 0)? {
                0 => LineTurn::In(count(row, 1)?),
                rests => LineTurn::Rests(rests),
            })
        });
        if let Some(turn) = turn.await? {
            return Ok(turn);
        }
        execute(client, BEGIN_LINE, &[&address]).await?;
    }
}

pub(crate) async fn rest(
    client: &impl GenericClient,
    address: &str,
    micros: u64,
) -> Result<(), LedgerError> {
    client.batch_execute(NO_WAIT).await?;
    execute(client, REST, &[&address, &integer(micros)]).await.map(drop)
}

pub(crate) async fn wake(client: &impl GenericClient, address: &str) -> Result<(), LedgerError> {
    client.batch_execute(NO_WAIT).await?;
    execute(client, WAKE, &[&address]).await.map(drop)
}

const NO_WAIT: &str = "SET LOCAL synchronous_commit = off";

/// A rest that has run out begins anew with whoever finds that: his request is the trial, and the
/// others wait for what comes of it.
const TAKE_TURN: &str = "-- lines: take a turn
    WITH line AS MATERIALIZED (
        SELECT l.address, l.next_at, l.rests_until,
               (extract(epoch FROM statement_timestamp()) * 1000000)::bigint AS now
        FROM lines l WHERE l.address = $1 FOR UPDATE
    ), taken AS (
        UPDATE lines l SET next_at = greatest(line.next_at, line.now) + $2,
            rests_until = line.now + CASE WHEN line.rests_until IS NOT NULL THEN l.rest END
        FROM line WHERE l.address = line.address
          AND (line.rests_until IS NULL OR line.rests_until <= line.now)
    )
    SELECT greatest(coalesce(rests_until, 0) - now, 0), greatest(next_at - now, 0) FROM line";
const BEGIN_LINE: &str = "-- lines: begin
    INSERT INTO lines (address, next_at, rests_until, rest) VALUES ($1, 0, NULL, 0)
    ON CONFLICT (address) DO NOTHING";
const REST: &str = "-- lines: rest
    INSERT INTO lines AS l (address, next_at, rests_until, rest)
    VALUES ($1, 0, (extract(epoch FROM statement_timestamp()) * 1000000)::bigint + $2, $2)
    ON CONFLICT (address) DO UPDATE SET rest = excluded.rest,
        rests_until = greatest(coalesce(l.rests_until, 0), excluded.rests_until)";
const WAKE: &str = "-- lines: wake
    UPDATE lines SET rests_until = NULL, rest = 0 WHERE address = $1 AND rests_until IS NOT NULL";

//! Whether one invoice at a time stands for each receipt on paper, and gives that up when it is
//! refused.

use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::rows::get;
use super::verify_claims::is_refused;
use super::verify_rest::Rows;
use crate::error::LedgerError;
use crate::verify::{Break, Place, VerifyError};

/// One turn of a claim to stand for a receipt.
struct StandIn {
    tenant: String,
    /// The receipt's whole key.
    key: String,
    number: String,
    turn: i64,
    invoice: String,
    /// Who gave it back.
    released: Option<String>,
}

pub(super) async fn check(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let mut rows = Rows::open(snapshot, STAND_INS, &[]).await?;
    let mut last: Option<StandIn> = None;
    while let Some(some) = rows.next().await? {
        for row in &some {
            let turn = read(row)?;
            check_turn(snapshot, &turn, last.as_ref()).await?;
            last = Some(turn);
        }
    }
    Ok(())
}

fn read(row: &Row) -> Result<StandIn, LedgerError> {
    Ok(StandIn {
        tenant: get(row, 0)?,
        key: get(row, 1)?,
        number: get(row, 2)?,
        turn: get(row, 3)?,
        invoice: get(row, 4)?,
        released: get(row, 5)?,
    })
}

async fn check_turn(
    snapshot: &Transaction<'_>,
    turn: &StandIn,
    last: Option<&StandIn>,
) -> Result<(), VerifyError> {
    let StandIn { tenant, number, invoice, .. } = turn;
    let place = || Place::StandIn { invoice: invoice.clone(), number: number.clone() };
    let is_over = is_refused(snapshot, tenant, invoice).await?;
    let is_over =
        is_over.ok_or_else(|| Break::new(place(), "the invoice", (invoice, &"one that exists")))?;
    let expected = if is_over { &**invoice } else { "none" };
    let stored = turn.released.as_deref().unwrap_or("none");
    Break::unless_equal(place, "what is released", (stored, expected))?;
    let before = last.filter(|last| last.key == turn.key);
    let is_free = before.is_none_or(|before| before.released.is_some());
    let next = before.map_or(1, |before| before.turn + 1);
    Break::unless_equal(place, "the turn", (&turn.turn, &next))?;
    Ok(Break::unless_equal(place, "whether the turn before is over", (&is_free, &true))?)
}

/// A release without a claim shows as one that nobody made.
const STAND_INS: &str = "-- verify: stand-ins
    SELECT c.tenant, concat_ws('/', c.tenant, c.taxpayer, c.environment, c.number), c.number,
           c.turn, coalesce(k.invoice, c.invoice),
           CASE WHEN c.released THEN 'nobody' ELSE r.invoice END
    FROM stand_ins c
    LEFT JOIN stand_ins k ON k.tenant = c.tenant AND k.taxpayer = c.taxpayer
        AND k.environment = c.environment AND k.number = c.number AND k.turn = c.turn
        AND NOT k.released
    LEFT JOIN stand_ins r ON r.tenant = c.tenant AND r.taxpayer = c.taxpayer
        AND r.environment = c.environment AND r.number = c.number AND r.turn = c.turn
        AND r.released
    WHERE NOT c.released OR k.turn IS NULL
    ORDER BY c.tenant, c.taxpayer, c.environment, c.number, c.turn";

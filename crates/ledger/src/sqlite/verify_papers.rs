//! Whether one invoice at a time stands for each receipt on paper, and gives that up when it is
//! refused.

use rusqlite::Connection;

use super::verify_claims::is_refused;
use crate::verify::{Break, Place, VerifyError};

pub(super) fn check(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(STAND_INS)?;
    let mut rows = statement.query([])?;
    let mut last: Option<(String, i64, bool)> = None;
    while let Some(row) = rows.next()? {
        let (tenant, key, number): (String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let (turn, invoice, released): (i64, String, Option<String>) =
            (row.get(3)?, row.get(4)?, row.get(5)?);
        let place = || Place::StandIn { invoice: invoice.clone(), number: number.clone() };
        let refused = is_refused(connection, &tenant, &invoice)?
            .ok_or_else(|| Break::new(place(), "the invoice", (&invoice, &"one that exists")))?;
        let expected = if refused { &*invoice } else { "none" };
        Break::unless_equal(
            place,
            "what is released",
            (released.as_deref().unwrap_or("none"), expected),
        )?;
        let before = last.as_ref().filter(|(of, ..)| *of == key);
        let (next, free) = before.map_or((1, true), |(_, turn, is_over)| (turn + 1, *is_over));
        Break::unless_equal(place, "the turn", (turn, next))?;
        Break::unless_equal(place, "whether the turn before is over", (free, true))?;
        last = Some((key, turn, released.is_some()));
    }
    Ok(())
}

/// A release without a claim shows as one that nobody made.
const STAND_INS: &str = "-- verify: stand-ins
    SELECT c.tenant, c.tenant || '/' || c.taxpayer || '/' || c.environment || '/' || c.number,
           c.number, c.turn, coalesce(k.invoice, c.invoice),
           CASE WHEN c.released = 1 THEN 'nobody' ELSE r.invoice END
    FROM stand_ins c
    LEFT JOIN stand_ins k ON k.tenant = c.tenant AND k.taxpayer = c.taxpayer
        AND k.environment = c.environment AND k.number = c.number AND k.turn = c.turn
        AND k.released = 0
    LEFT JOIN stand_ins r ON r.tenant = c.tenant AND r.taxpayer = c.taxpayer
        AND r.environment = c.environment AND r.number = c.number AND r.turn = c.turn
        AND r.released = 1
    WHERE c.released = 0 OR k.turn IS NULL
    ORDER BY c.tenant, c.taxpayer, c.environment, c.number, c.turn";

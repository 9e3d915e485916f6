//! Verification of what invoices claim of others: lines that are credited, places that are taken.

use deadpool_postgres::Transaction;
use invoice::InvoiceId;
use tokio_postgres::Row;

use super::rows::{Params, get, one};
use super::verify_rest::Rows;
use crate::error::LedgerError;
use crate::verify::{Break, CreditRows, Place, VerifyError, check_quantities};

pub(super) async fn check(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    credits(snapshot).await?;
    quantities(snapshot).await?;
    replacements(snapshot).await
}

/// A claim is released whole, and if and only if its credit note was refused.
async fn credits(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let mut rows = Rows::open(snapshot, CREDITS, &[]).await?;
    while let Some(some) = rows.next().await? {
        for row in &some {
            check_credit(snapshot, row).await?;
        }
    }
    Ok(())
}

async fn check_credit(snapshot: &Transaction<'_>, row: &Row) -> Result<(), VerifyError> {
    let (original, line, invoice): (String, i64, String) =
        (get(row, 0)?, get(row, 1)?, get(row, 2)?);
    let (claimed, released): (i64, i64) = (get(row, 3)?, get(row, 4)?);
    let tenant: String = get(row, 5)?;
    let is_refused = is_refused(snapshot, &tenant, &invoice).await?;
    let place = || Place::Credit { invoice: invoice.clone(), original: original.clone(), line };
    let refused = is_refused
        .ok_or_else(|| Break::new(place(), "the credit note", (&invoice, &"one that exists")))?;
    let expected = if refused { -claimed } else { 0 };
    Ok(Break::unless_equal(place, "what is released", (&released, &expected))?)
}

/// What is claimed of an original follows from its bytes and its credit note's.
async fn quantities(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let mut rows = Rows::open(snapshot, QUANTITIES, &[]).await?;
    while let Some(some) = rows.next().await? {
        for row in &some {
            let rows = CreditRows {
                tenant: get(row, 0)?,
                invoice: get(row, 1)?,
                original: get(row, 2)?,
                claims: get(row, 3)?,
            };
            let note = payload(snapshot, &rows, &rows.invoice).await?;
            let original = payload(snapshot, &rows, &rows.original).await?;
            check_quantities(&rows, (&note, &original))?;
        }
    }
    Ok(())
}

async fn payload(
    snapshot: &Transaction<'_>,
    rows: &CreditRows,
    invoice: &str,
) -> Result<Vec<u8>, VerifyError> {
    let missing = || Break::new(rows.place(), "what is credited", (&invoice, &"one that exists"));
    let id = InvoiceId::parse(invoice).map_err(|_| missing())?;
    let outlet = id.outlet();
    let named: Params = &[&outlet.as_str(), &invoice, &rows.tenant];
    let found = one(snapshot, PAYLOAD, named, |row| get(row, 0)).await?;
    Ok(found.ok_or_else(missing)?)
}

/// One turn of a claim on a refused invoice's place.
struct Replacement {
    tenant: String,
    replaced: String,
    turn: i64,
    invoice: String,
    /// Who gave it back.
    released: Option<String>,
}

/// One invoice at a time takes a refused one's place, and gives it back when it is refused too.
async fn replacements(snapshot: &Transaction<'_>) -> Result<(), VerifyError> {
    let mut rows = Rows::open(snapshot, REPLACEMENTS, &[]).await?;
    let mut last: Option<Replacement> = None;
    while let Some(some) = rows.next().await? {
        for row in &some {
            let turn = Replacement {
                tenant: get(row, 0)?,
                replaced: get(row, 1)?,
                turn: get(row, 2)?,
                invoice: get(row, 3)?,
                released: get(row, 4)?,
            };
            check_replacement(snapshot, &turn, last.as_ref()).await?;
            last = Some(turn);
        }
    }
    Ok(())
}

async fn check_replacement(
    snapshot: &Transaction<'_>,
    turn: &Replacement,
    last: Option<&Replacement>,
) -> Result<(), VerifyError> {
    let Replacement { tenant, replaced, invoice, .. } = turn;
    let place = || Place::Replacement { invoice: invoice.clone(), replaced: replaced.clone() };
    let missing = |what, id: &str| Break::new(place(), what, (&id, &"one that exists"));
    if is_refused(snapshot, tenant, replaced).await?.is_none() {
        return Err(missing("the replaced invoice", replaced).into());
    }
    let is_over = is_refused(snapshot, tenant, invoice).await?;
    let is_over = is_over.ok_or_else(|| missing("the invoice", invoice))?;
    let expected = if is_over { &**invoice } else { "none" };
    let stored = turn.released.as_deref().unwrap_or("none");
    Break::unless_equal(place, "what is released", (stored, expected))?;
    let before = last.filter(|last| (&last.tenant, &last.replaced) == (tenant, replaced));
    let is_free = before.is_none_or(|before| before.released.is_some());
    let next = before.map_or(1, |before| before.turn + 1);
    Break::unless_equal(place, "the turn", (&turn.turn, &next))?;
    Ok(Break::unless_equal(place, "whether the turn before is over", (&is_free, &true))?)
}

/// None if the tenant has no such invoice.
pub(super) async fn is_refused(
    snapshot: &Transaction<'_>,
    tenant: &str,
    invoice: &str,
) -> Result<Option<bool>, LedgerError> {
    let Ok(id) = InvoiceId::parse(invoice) else { return Ok(None) };
    let outlet = id.outlet();
    let named: Params = &[&outlet.as_str(), &invoice, &tenant];
    one(snapshot, IS_REFUSED, named, |row| get(row, 0)).await
}

const CREDITS: &str = "-- verify: credits
    SELECT original, line, invoice,
           coalesce(sum(quantity) FILTER (WHERE NOT released), 0)::bigint,
           coalesce(sum(quantity) FILTER (WHERE released), 0)::bigint, tenant
    FROM credits GROUP BY tenant, original, line, invoice
    ORDER BY tenant, original, line, invoice";
/// What each note claims of an original, its lines in their order.
const QUANTITIES: &str = "-- verify: quantities of credits
    SELECT tenant, invoice, original, string_agg(line || ':' || quantity, ',' ORDER BY line)
    FROM credits WHERE NOT released GROUP BY tenant, original, invoice
    ORDER BY tenant, original, invoice";
const PAYLOAD: &str = "-- verify: payload
    SELECT e.payload FROM invoices i
    JOIN entries e ON e.outlet = i.outlet AND e.sequence = i.sequence
    WHERE i.outlet = $1 AND i.invoice = $2 AND i.tenant = $3 AND e.payload IS NOT NULL";
const IS_REFUSED: &str = "-- verify: is refused
    SELECT stage IN ('refused', 'sealed_refused') FROM invoices
    WHERE outlet = $1 AND invoice = $2 AND tenant = $3";
const REPLACEMENTS: &str = "-- verify: replacements
    SELECT c.tenant, c.replaced, c.turn, coalesce(k.invoice, c.invoice),
           CASE WHEN c.released THEN 'nobody' ELSE r.invoice END
    FROM replacements c
    LEFT JOIN replacements k ON k.tenant = c.tenant AND k.replaced = c.replaced
        AND k.turn = c.turn AND NOT k.released
    LEFT JOIN replacements r ON r.tenant = c.tenant AND r.replaced = c.replaced
        AND r.turn = c.turn AND r.released
    WHERE NOT c.released OR k.turn IS NULL
    ORDER BY c.tenant, c.replaced, c.turn";

//! Verification of what invoices claim of others: lines that are credited, places that are taken.

use invoice::InvoiceId;
use rusqlite::Connection;

use super::rows::one;
use crate::error::LedgerError;
use crate::verify::{Break, CreditRows, Place, VerifyError, check_quantities};

pub(super) fn check(connection: &Connection) -> Result<(), VerifyError> {
    credits(connection)?;
    quantities(connection)?;
    replacements(connection)
}

/// A claim is released whole, and if and only if its credit note was refused.
fn credits(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(CREDITS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (original, line, invoice): (String, i64, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let (claimed, released): (i64, i64) = (row.get(3)?, row.get(4)?);
        let tenant: String = row.get(5)?;
        let is_refused = is_refused(connection, &tenant, &invoice)?;
        let place = || Place::Credit { invoice: invoice.clone(), original: original.clone(), line };
        let refused = is_refused.ok_or_else(|| {
            Break::new(place(), "the credit note", (&invoice, &"one that exists"))
        })?;
        let expected = if refused { -claimed } else { 0 };
        Break::unless_equal(place, "what is released", (&released, &expected))?;
    }
    Ok(())
}

/// What is claimed of an original follows from its bytes and its credit note's.
fn quantities(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(QUANTITIES)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let rows = CreditRows {
            tenant: row.get(0)?,
            invoice: row.get(1)?,
            original: row.get(2)?,
            claims: row.get(3)?,
        };
        let note = payload(connection, &rows, &rows.invoice)?;
        let original = payload(connection, &rows, &rows.original)?;
        check_quantities(&rows, (&note, &original))?;
    }
    Ok(())
}

fn payload(
    connection: &Connection,
    rows: &CreditRows,
    invoice: &str,
) -> Result<Vec<u8>, VerifyError> {
    let missing = || Break::new(rows.place(), "what is credited", (&invoice, &"one that exists"));
    let id = InvoiceId::parse(invoice).map_err(|_| missing())?;
    let outlet = id.outlet();
    let named = (outlet.as_str(), invoice, rows.tenant.as_str());
    let found = one(connection, PAYLOAD, named, |row| row.get(0))?;
    Ok(found.ok_or_else(missing)?)
}

/// One invoice at a time takes a refused one's place, and gives it back when it is refused too.
fn replacements(connection: &Connection) -> Result<(), VerifyError> {
    let mut statement = connection.prepare(REPLACEMENTS)?;
    let mut rows = statement.query([])?;
    let mut last: Option<(String, String, i64, bool)> = None;
    while let Some(row) = rows.next()? {
        let (tenant, replaced, turn): (String, String, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let (invoice, released): (String, Option<String>) = (row.get(3)?, row.get(4)?);
        let place = || Place::Replacement { invoice: invoice.clone(), replaced: replaced.clone() };
        let exists = |what, id: &str| match is_refused(connection, &tenant, id)? {
            Some(is_refused) => Ok(is_refused),
            None => Err(VerifyError::from(Break::new(place(), what, (&id, &"one that exists")))),
        };
        exists("the replaced invoice", &replaced)?;
        let expected = if exists("the invoice", &invoice)? { &*invoice } else { "none" };
        let stored = released.as_deref().unwrap_or("none");
        Break::unless_equal(place, "what is released", (stored, expected))?;
        let before = last.filter(|(of, invoice, ..)| (of, invoice) == (&tenant, &replaced));
        let free = before.as_ref().is_none_or(|(.., is_released)| *is_released);
        let next = before.as_ref().map_or(1, |(_, _, turn, _)| turn + 1);
        Break::unless_equal(place, "the turn", (&turn, &next))?;
        Break::unless_equal(place, "whether the turn before is over", (&free, &true))?;
        last = Some((tenant, replaced, turn, released.is_some()));
    }
    Ok(())
}

/// None if the tenant has no such invoice.
pub(super) fn is_refused(
    connection: &Connection,
    tenant: &str,
    invoice: &str,
) -> Result<Option<bool>, LedgerError> {
    let Ok(id) = InvoiceId::parse(invoice) else { return Ok(None) };
    let mut statement = connection.prepare_cached(IS_REFUSED)?;
    let mut rows = statement.query((id.outlet().as_str(), invoice, tenant))?;
    match rows.next()? {
        None => Ok(None),
        Some(row) => Ok(Some(row.get(0)?)),
    }
}

const CREDITS: &str = "-- verify: credits
    SELECT original, line, invoice, sum(CASE WHEN released = 0 THEN quantity ELSE 0 END),
           sum(CASE WHEN released = 1 THEN quantity ELSE 0 END), tenant
    FROM credits GROUP BY tenant, original, line, invoice";
/// What each note claims of an original, its lines in their order.
const QUANTITIES: &str = "-- verify: quantities of credits
    SELECT tenant, invoice, original, group_concat(line || ':' || quantity ORDER BY line)
    FROM credits WHERE released = 0 GROUP BY tenant, original, invoice";
const PAYLOAD: &str = "-- verify: payload
    SELECT e.payload FROM invoices i
    JOIN entries e ON e.outlet = i.outlet AND e.sequence = i.sequence
    WHERE i.outlet = ?1 AND i.invoice = ?2 AND i.tenant = ?3 AND e.payload IS NOT NULL";
const IS_REFUSED: &str = "-- verify: is refused
    SELECT stage IN ('refused', 'sealed_refused') FROM invoices
    WHERE outlet = ?1 AND invoice = ?2 AND tenant = ?3";
const REPLACEMENTS: &str = "-- verify: replacements
    SELECT c.tenant, c.replaced, c.turn, coalesce(k.invoice, c.invoice),
           CASE WHEN c.released = 1 THEN 'nobody' ELSE r.invoice END
    FROM replacements c
    LEFT JOIN replacements k ON k.tenant = c.tenant AND k.replaced = c.replaced
        AND k.turn = c.turn AND k.released = 0
    LEFT JOIN replacements r ON r.tenant = c.tenant AND r.replaced = c.replaced
        AND r.turn = c.turn AND r.released = 1
    WHERE c.released = 0 OR k.turn IS NULL
    ORDER BY c.tenant, c.replaced, c.turn";

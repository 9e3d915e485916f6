//! Alerts, and what was last seen of the authorities.

use invoice::{OutletId, TenantId};
use rusqlite::Connection;

use super::events;
use super::rows::{all, instant};
use crate::error::LedgerError;
use crate::record::{Alert, AuthorityFact};

/// Writes a page as it is: fails where no page can be written. A row that is updated to what it was
/// would not do, since SQLite leaves a page alone whose bytes stay the same.
pub(crate) fn write_anything(connection: &Connection) -> Result<(), LedgerError> {
    let version: i64 = connection.pragma_query_value(None, VERSION, |row| row.get(0))?;
    Ok(connection.pragma_update(None, VERSION, version)?)
}

/// It stands in the first page, which is written whenever it is set.
const VERSION: &str = "user_version";

/// Tells of an alert once: false if its key has been told of and not been cleared.
pub(crate) fn raise_alert(connection: &Connection, alert: &Alert) -> Result<bool, LedgerError> {
    let outlet = alert.outlet.as_ref().map(OutletId::as_str);
    let at = alert.at.micros();
    let row = (alert.tenant.as_str(), &alert.key, &alert.kind, outlet, at);
    if connection.prepare_cached(INSERT_ALERT)?.execute(row)? == 0 {
        return Ok(false);
    }
    events::write_alert(connection, alert)?;
    Ok(true)
}

pub(crate) fn clear_alert(
    connection: &Connection,
    tenant: &TenantId,
    key: &str,
) -> Result<bool, LedgerError> {
    Ok(connection.prepare_cached(DELETE_ALERT)?.execute((tenant.as_str(), key))? > 0)
}

/// The keys of alerts that were told of and not cleared, of those that begin with this.
pub(crate) fn alert_keys(
    connection: &Connection,
    tenant: &TenantId,
    prefix: &str,
) -> Result<Vec<String>, LedgerError> {
    // Keys are ASCII: what begins so lies before the same text with the last letter beyond all.
    let end = format!("{prefix}\u{7F}");
    all(connection, ALERT_KEYS, (tenant.as_str(), prefix, end), |row| row.get(0))
}

pub(crate) fn set_authority_fact(
    connection: &Connection,
    tenant: &TenantId,
    outlet: &OutletId,
    fact: &AuthorityFact,
) -> Result<(), LedgerError> {
    let row = (outlet.as_str(), &fact.key, tenant.as_str(), &fact.value, fact.at.micros());
    super::registry::written(connection, SET_FACT, row, "outlet")
}

pub(crate) fn authority_facts(
    connection: &Connection,
    tenant: &TenantId,
    outlet: &OutletId,
) -> Result<Vec<AuthorityFact>, LedgerError> {
    all(connection, FACTS, (outlet.as_str(), tenant.as_str()), |row| {
        Ok(AuthorityFact { key: row.get(0)?, value: row.get(1)?, at: instant(row, 2)? })
    })
}

const INSERT_ALERT: &str = "-- operations: alert
    INSERT INTO alerts (tenant, key, kind, outlet, at) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (tenant, key) DO NOTHING";
const DELETE_ALERT: &str = "-- operations: clear alert
    DELETE FROM alerts WHERE tenant = ?1 AND key = ?2";
const ALERT_KEYS: &str = "-- operations: keys of alerts
    SELECT key FROM alerts WHERE tenant = ?1 AND key >= ?2 AND key < ?3 ORDER BY key";
const SET_FACT: &str = "-- operations: authority fact
    INSERT INTO authority_facts (outlet, key, tenant, value, at) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (outlet, key) DO UPDATE SET tenant = ?3, value = ?4, at = ?5";
const FACTS: &str = "-- operations: authority facts
    SELECT key, value, at FROM authority_facts WHERE outlet = ?1 AND tenant = ?2 ORDER BY key";

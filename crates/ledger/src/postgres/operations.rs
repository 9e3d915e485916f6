//! Alerts, and what was last seen of the authorities.

use deadpool_postgres::GenericClient;
use invoice::{OutletId, TenantId};

use super::events;
use super::rows::{Params, all, execute, get, instant, written};
use crate::error::LedgerError;
use crate::record::{Alert, AuthorityFact};

/// Tells of an alert once: false if its key has been told of and not been cleared.
pub(crate) async fn raise_alert(
    client: &impl GenericClient,
    alert: &Alert,
) -> Result<bool, LedgerError> {
    let outlet = alert.outlet.as_ref().map(OutletId::as_str);
    let row: Params =
        &[&alert.tenant.as_str(), &alert.key, &alert.kind, &outlet, &alert.at.micros()];
    if execute(client, INSERT_ALERT, row).await? == 0 {
        return Ok(false);
    }
    events::write_alert(client, alert).await?;
    Ok(true)
}

pub(crate) async fn clear_alert(
    client: &impl GenericClient,
    tenant: &TenantId,
    key: &str,
) -> Result<bool, LedgerError> {
    Ok(execute(client, DELETE_ALERT, &[&tenant.as_str(), &key]).await? > 0)
}

/// The keys of alerts that were told of and not cleared, of those that begin with this.
pub(crate) async fn alert_keys(
    client: &impl GenericClient,
    tenant: &TenantId,
    prefix: &str,
) -> Result<Vec<String>, LedgerError> {
    // Keys are ASCII: what begins so lies before the same text with the last letter beyond all.
    let end = format!("{prefix}\u{7F}");
    all(client, ALERT_KEYS, &[&tenant.as_str(), &prefix, &end], |row| get(row, 0)).await
}

pub(crate) async fn set_authority_fact(
    client: &impl GenericClient,
    tenant: &TenantId,
    outlet: &OutletId,
    fact: &AuthorityFact,
) -> Result<(), LedgerError> {
    let row: Params =
        &[&outlet.as_str(), &fact.key, &tenant.as_str(), &fact.value, &fact.at.micros()];
    written(client, SET_FACT, row, "outlet").await
}

pub(crate) async fn authority_facts(
    client: &impl GenericClient,
    tenant: &TenantId,
    outlet: &OutletId,
) -> Result<Vec<AuthorityFact>, LedgerError> {
    all(client, FACTS, &[&outlet.as_str(), &tenant.as_str()], |row| {
        Ok(AuthorityFact { key: get(row, 0)?, value: get(row, 1)?, at: instant(row, 2)? })
    })
    .await
}

const INSERT_ALERT: &str = "-- operations: alert
    INSERT INTO alerts (tenant, key, kind, outlet, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant, key) DO NOTHING";
const DELETE_ALERT: &str = "-- operations: clear alert
    DELETE FROM alerts WHERE tenant = $1 AND key = $2";
const ALERT_KEYS: &str = "-- operations: keys of alerts
    SELECT key FROM alerts WHERE tenant = $1 AND key >= $2 AND key < $3 ORDER BY key";
const SET_FACT: &str = "-- operations: authority fact
    INSERT INTO authority_facts (outlet, key, tenant, value, at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (outlet, key) DO UPDATE SET tenant = $3, value = $4, at = $5";
const FACTS: &str = "-- operations: authority facts
    SELECT key, value, at FROM authority_facts WHERE outlet = $1 AND tenant = $2 ORDER BY key";

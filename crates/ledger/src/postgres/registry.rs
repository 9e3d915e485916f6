//! Tenants, taxpayers, outlets, terminals, API keys, public keys.

use deadpool_postgres::GenericClient;
use invoice::{OutletId, TaxpayerId, TenantId, Timestamp};
use tokio_postgres::Row;

use super::rows::{
    Params, all, execute, foreign, get, instant, one, optional_instant, word, written,
};
use crate::error::LedgerError;
use crate::registry::{ApiKey, KeyHolder, Outlet, PublicKey, Taxpayer, Tenant, Terminal};

pub(crate) async fn create_tenant(
    client: &impl GenericClient,
    tenant: &Tenant,
) -> Result<(), LedgerError> {
    let row = (tenant.id.as_str(), &tenant.name, tenant.created_at.micros());
    written(client, INSERT_TENANT, &[&row.0, &row.1, &row.2], "tenant").await
}

pub(crate) async fn create_taxpayer(
    client: &impl GenericClient,
    taxpayer: &Taxpayer,
) -> Result<(), LedgerError> {
    let (tenant, id) = (taxpayer.tenant.as_str(), taxpayer.id.as_str());
    let created_at = taxpayer.created_at.micros();
    let row: Params = &[
        &tenant,
        &id,
        &taxpayer.tax_id,
        &taxpayer.name,
        &taxpayer.register,
        &taxpayer.regime_label,
        &taxpayer.address,
        &taxpayer.phone,
        &taxpayer.email,
        &created_at,
    ];
    written(client, INSERT_TAXPAYER, row, "taxpayer").await
}

pub(crate) async fn create_outlet(
    client: &impl GenericClient,
    outlet: &Outlet,
) -> Result<(), LedgerError> {
    let ids = (outlet.id.as_str(), outlet.tenant.as_str(), outlet.taxpayer.as_str());
    let (template, created_at) = (outlet.number_template.as_str(), outlet.created_at.micros());
    let environment = outlet.environment.as_str();
    let row: Params = &[
        &ids.0,
        &ids.1,
        &ids.2,
        &outlet.code,
        &outlet.name,
        &outlet.address,
        &outlet.city,
        &outlet.phone,
        &outlet.email,
        &outlet.zone,
        &template,
        &outlet.authority,
        &environment,
        &outlet.key_uri,
        &outlet.settings,
        &created_at,
    ];
    written(client, INSERT_OUTLET, row, "outlet").await
}

pub(crate) async fn update_outlet_settings(
    client: &impl GenericClient,
    tenant: &TenantId,
    outlet: &OutletId,
    settings: &str,
) -> Result<(), LedgerError> {
    let row: Params = &[&outlet.as_str(), &tenant.as_str(), &settings];
    match execute(client, UPDATE_SETTINGS, row).await? {
        1 => Ok(()),
        _ => Err(LedgerError::UnknownOutlet(outlet.clone())),
    }
}

pub(crate) async fn create_terminal(
    client: &impl GenericClient,
    terminal: &Terminal,
) -> Result<(), LedgerError> {
    let (outlet, id) = (terminal.outlet.as_str(), terminal.id.as_str());
    let (tenant, created_at) = (terminal.tenant.as_str(), terminal.created_at.micros());
    let row: Params = &[&outlet, &id, &tenant, &terminal.name, &created_at];
    written(client, INSERT_TERMINAL, row, "terminal").await
}

pub(crate) async fn create_api_key(
    client: &impl GenericClient,
    key: &ApiKey,
) -> Result<(), LedgerError> {
    let (tenant, environment) = (key.tenant.as_str(), key.environment.as_str());
    let times = (key.created_at.micros(), micros(key.expires_at), micros(key.revoked_at));
    let hash = key.hash.as_slice();
    let row: Params = &[
        &tenant,
        &key.id,
        &hash,
        &environment,
        &key.operations,
        &key.outlets,
        &key.label,
        &times.0,
        &times.1,
        &times.2,
    ];
    written(client, INSERT_API_KEY, row, "API key").await
}

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::micros)
}

/// Revoking a key twice keeps the first time.
pub(crate) async fn revoke_api_key(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let row: Params = &[&tenant.as_str(), &id, &now.micros()];
    match execute(client, REVOKE_API_KEY, row).await? {
        1 => Ok(()),
        _ => Err(LedgerError::Unknown("API key")),
    }
}

/// Registering a key again is nothing, also when two servers do it at once; another key under its
/// id is an error.
pub(crate) async fn register_key(
    client: &impl GenericClient,
    (tenant, outlet): (&TenantId, &OutletId),
    key: &PublicKey,
) -> Result<(), LedgerError> {
    let first_seen = key.first_seen.micros();
    let row: Params = &[&key.key_id, &key.algorithm, &key.spki, &first_seen];
    execute(client, INSERT_KEY, row).await?;
    let known = one(client, KEY, &[&key.key_id], public_key).await?;
    match known {
        Some(known) if known.spki == key.spki && known.algorithm == key.algorithm => {}
        Some(_) | None => return Err(LedgerError::KeyDiffers(key.key_id.clone())),
    }
    let row: Params = &[&outlet.as_str(), &key.key_id, &tenant.as_str(), &first_seen];
    written(client, INSERT_HOLDER, row, "key").await
}

pub(crate) async fn tenant(
    client: &impl GenericClient,
    id: &TenantId,
) -> Result<Option<Tenant>, LedgerError> {
    one(client, TENANT, &[&id.as_str()], read_tenant).await
}

pub(crate) async fn tenants(client: &impl GenericClient) -> Result<Vec<Tenant>, LedgerError> {
    all(client, TENANTS, &[], read_tenant).await
}

pub(crate) async fn taxpayer(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &TaxpayerId,
) -> Result<Option<Taxpayer>, LedgerError> {
    one(client, TAXPAYER, &[&tenant.as_str(), &id.as_str()], read_taxpayer).await
}

pub(crate) async fn taxpayers(
    client: &impl GenericClient,
    tenant: &TenantId,
) -> Result<Vec<Taxpayer>, LedgerError> {
    all(client, TAXPAYERS, &[&tenant.as_str()], read_taxpayer).await
}

pub(crate) async fn outlet(
    client: &impl GenericClient,
    tenant: &TenantId,
    id: &OutletId,
) -> Result<Option<Outlet>, LedgerError> {
    one(client, OUTLET, &[&tenant.as_str(), &id.as_str()], read_outlet).await
}

pub(crate) async fn outlets(
    client: &impl GenericClient,
    tenant: &TenantId,
) -> Result<Vec<Outlet>, LedgerError> {
    all(client, OUTLETS, &[&tenant.as_str()], read_outlet).await
}

pub(crate) async fn terminals(
    client: &impl GenericClient,
    tenant: &TenantId,
    outlet: &OutletId,
) -> Result<Vec<Terminal>, LedgerError> {
    all(client, TERMINALS, &[&outlet.as_str(), &tenant.as_str()], |row| {
        Ok(Terminal {
            outlet: word(row, 0)?,
            id: word(row, 1)?,
            tenant: word(row, 2)?,
            name: get(row, 3)?,
            created_at: instant(row, 4)?,
        })
    })
    .await
}

pub(crate) async fn api_keys(
    client: &impl GenericClient,
    tenant: &TenantId,
) -> Result<Vec<ApiKey>, LedgerError> {
    all(client, API_KEYS, &[&tenant.as_str()], read_api_key).await
}

pub(crate) async fn api_key_by_hash(
    client: &impl GenericClient,
    hash: [u8; 32],
) -> Result<Option<ApiKey>, LedgerError> {
    one(client, API_KEY_BY_HASH, &[&hash.as_slice()], read_api_key).await
}

pub(crate) async fn keys(client: &impl GenericClient) -> Result<Vec<PublicKey>, LedgerError> {
    all(client, KEYS, &[], public_key).await
}

/// Who signs with which, of all tenants.
pub(crate) async fn key_holders(
    client: &impl GenericClient,
) -> Result<Vec<KeyHolder>, LedgerError> {
    all(client, HOLDERS, &[], |row| {
        Ok(KeyHolder {
            key_id: get(row, 0)?,
            tax_id: get(row, 1)?,
            outlet: word(row, 2)?,
            environment: word(row, 3)?,
        })
    })
    .await
}

fn read_tenant(row: &Row) -> Result<Tenant, LedgerError> {
    Ok(Tenant { id: word(row, 0)?, name: get(row, 1)?, created_at: instant(row, 2)? })
}

pub(super) fn read_taxpayer(row: &Row) -> Result<Taxpayer, LedgerError> {
    Ok(Taxpayer {
        tenant: word(row, 0)?,
        id: word(row, 1)?,
        tax_id: get(row, 2)?,
        name: get(row, 3)?,
        register: get(row, 4)?,
        regime_label: get(row, 5)?,
        address: get(row, 6)?,
        phone: get(row, 7)?,
        email: get(row, 8)?,
        created_at: instant(row, 9)?,
    })
}

pub(super) fn read_outlet(row: &Row) -> Result<Outlet, LedgerError> {
    Ok(Outlet {
        id: word(row, 0)?,
        tenant: word(row, 1)?,
        taxpayer: word(row, 2)?,
        code: get(row, 3)?,
        name: get(row, 4)?,
        address: get(row, 5)?,
        city: get(row, 6)?,
        phone: get(row, 7)?,
        email: get(row, 8)?,
        zone: get(row, 9)?,
        number_template: word(row, 10)?,
        authority: get(row, 11)?,
        environment: word(row, 12)?,
        key_uri: get(row, 13)?,
        settings: get(row, 14)?,
        created_at: instant(row, 15)?,
    })
}

fn read_api_key(row: &Row) -> Result<ApiKey, LedgerError> {
    let hash: &[u8] = get(row, 2)?;
    Ok(ApiKey {
        tenant: word(row, 0)?,
        id: get(row, 1)?,
        hash: hash.try_into().map_err(|_| foreign("not 32 bytes"))?,
        environment: word(row, 3)?,
        operations: get(row, 4)?,
        outlets: get(row, 5)?,
        label: get(row, 6)?,
        created_at: instant(row, 7)?,
        expires_at: optional_instant(row, 8)?,
        revoked_at: optional_instant(row, 9)?,
    })
}

fn public_key(row: &Row) -> Result<PublicKey, LedgerError> {
    Ok(PublicKey {
        key_id: get(row, 0)?,
        algorithm: get(row, 1)?,
        spki: get(row, 2)?,
        first_seen: instant(row, 3)?,
    })
}

const INSERT_TENANT: &str = "-- registry: create tenant
    INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3)";
const TENANT: &str = "-- registry: tenant
    SELECT id, name, created_at FROM tenants WHERE id = $1";
const TENANTS: &str = "-- registry: tenants
    SELECT id, name, created_at FROM tenants ORDER BY id";
const INSERT_TAXPAYER: &str = "-- registry: create taxpayer
    INSERT INTO taxpayers (tenant, id, tax_id, name, register, regime_label, address, phone, email,
        created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const TAXPAYER: &str = "-- registry: taxpayer
    SELECT tenant, id, tax_id, name, register, regime_label, address, phone, email, created_at
    FROM taxpayers WHERE tenant = $1 AND id = $2";
const TAXPAYERS: &str = "-- registry: taxpayers
    SELECT tenant, id, tax_id, name, register, regime_label, address, phone, email, created_at
    FROM taxpayers WHERE tenant = $1 ORDER BY id";
const INSERT_OUTLET: &str = "-- registry: create outlet
    INSERT INTO outlets (id, tenant, taxpayer, code, name, address, city, phone, email, zone,
        number_template, authority, environment, key_uri, settings, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const UPDATE_SETTINGS: &str = "-- registry: update settings
    UPDATE outlets SET settings = $3 WHERE id = $1 AND tenant = $2";
const OUTLET: &str = "-- registry: outlet
    SELECT id, tenant, taxpayer, code, name, address, city, phone, email, zone, number_template,
           authority, environment, key_uri, settings, created_at
    FROM outlets WHERE tenant = $1 AND id = $2";
const OUTLETS: &str = "-- registry: outlets
    SELECT id, tenant, taxpayer, code, name, address, city, phone, email, zone, number_template,
           authority, environment, key_uri, settings, created_at
    FROM outlets WHERE tenant = $1 ORDER BY code COLLATE \"C\", id";
const INSERT_TERMINAL: &str = "-- registry: create terminal
    INSERT INTO terminals (outlet, id, tenant, name, created_at) VALUES ($1, $2, $3, $4, $5)";
const TERMINALS: &str = "-- registry: terminals
    SELECT outlet, id, tenant, name, created_at FROM terminals
    WHERE outlet = $1 AND tenant = $2 ORDER BY id";
const INSERT_API_KEY: &str = "-- registry: create API key
    INSERT INTO api_keys (tenant, id, hash, environment, operations, outlets, label, created_at,
        expires_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const REVOKE_API_KEY: &str = "-- registry: revoke API key
    UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE tenant = $1 AND id = $2";
const API_KEYS: &str = "-- registry: API keys
    SELECT tenant, id, hash, environment, operations, outlets, label, created_at, expires_at,
           revoked_at
    FROM api_keys WHERE tenant = $1 ORDER BY created_at, id";
const API_KEY_BY_HASH: &str = "-- registry: API key by hash
    SELECT tenant, id, hash, environment, operations, outlets, label, created_at, expires_at,
           revoked_at
    FROM api_keys WHERE hash = $1";
const INSERT_KEY: &str = "-- registry: register key
    INSERT INTO keys (key_id, algorithm, spki, first_seen) VALUES ($1, $2, $3, $4)
    ON CONFLICT (key_id) DO NOTHING";
const KEY: &str = "-- registry: key
    SELECT key_id, algorithm, spki, first_seen FROM keys WHERE key_id = $1";
const INSERT_HOLDER: &str = "-- registry: register key of outlet
    INSERT INTO outlet_keys (outlet, key_id, tenant, first_seen) VALUES ($1, $2, $3, $4)
    ON CONFLICT (outlet, key_id) DO NOTHING";
const HOLDERS: &str = "-- registry: key holders
    SELECT k.key_id, t.tax_id, k.outlet, o.environment
    FROM outlet_keys k
    JOIN outlets o ON o.tenant = k.tenant AND o.id = k.outlet
    JOIN taxpayers t ON t.tenant = o.tenant AND t.id = o.taxpayer
    ORDER BY k.key_id, k.outlet";
const KEYS: &str = "-- registry: keys
    SELECT key_id, algorithm, spki, first_seen FROM keys ORDER BY key_id";

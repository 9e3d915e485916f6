//! Tenants, taxpayers, outlets, terminals, API keys, public keys.

use std::path::Path;

use invoice::{OutletId, TaxpayerId, TenantId, Timestamp};
use rusqlite::{Connection, ErrorCode, Params, Row, params};

use super::connection::open_reader;
use super::rows::{all, foreign, instant, one, optional_instant, word};
use crate::error::LedgerError;
use crate::registry::{ApiKey, KeyHolder, Outlet, PublicKey, Taxpayer, Tenant, Terminal};

pub(crate) fn create_tenant(connection: &Connection, tenant: &Tenant) -> Result<(), LedgerError> {
    let row = (tenant.id.as_str(), &tenant.name, tenant.created_at.micros());
    written(connection, INSERT_TENANT, row, "tenant")
}

pub(crate) fn create_taxpayer(
    connection: &Connection,
    taxpayer: &Taxpayer,
) -> Result<(), LedgerError> {
    let row = params![
        taxpayer.tenant.as_str(),
        taxpayer.id.as_str(),
        taxpayer.tax_id,
        taxpayer.name,
        taxpayer.register,
        taxpayer.regime_label,
        taxpayer.address,
        taxpayer.phone,
        taxpayer.email,
        taxpayer.created_at.micros(),
    ];
    written(connection, INSERT_TAXPAYER, row, "taxpayer")
}

pub(crate) fn create_outlet(connection: &Connection, outlet: &Outlet) -> Result<(), LedgerError> {
    let row = params![
        outlet.id.as_str(),
        outlet.tenant.as_str(),
        outlet.taxpayer.as_str(),
        outlet.code,
        outlet.name,
        outlet.address,
        outlet.city,
        outlet.phone,
        outlet.email,
        outlet.zone,
        outlet.number_template.as_str(),
        outlet.authority,
        outlet.environment.as_str(),
        outlet.key_uri,
        outlet.settings,
        outlet.created_at.micros(),
    ];
    written(connection, INSERT_OUTLET, row, "outlet")
}

pub(crate) fn update_outlet_settings(
    connection: &Connection,
    tenant: &TenantId,
    outlet: &OutletId,
    settings: &str,
) -> Result<(), LedgerError> {
    let row = (outlet.as_str(), tenant.as_str(), settings);
    match connection.prepare_cached(UPDATE_SETTINGS)?.execute(row)? {
        1 => Ok(()),
        _ => Err(LedgerError::UnknownOutlet(outlet.clone())),
    }
}

pub(crate) fn create_terminal(
    connection: &Connection,
    terminal: &Terminal,
) -> Result<(), LedgerError> {
    let row = (
        terminal.outlet.as_str(),
        terminal.id.as_str(),
        terminal.tenant.as_str(),
        &terminal.name,
        terminal.created_at.micros(),
    );
    written(connection, INSERT_TERMINAL, row, "terminal")
}

pub(crate) fn create_api_key(connection: &Connection, key: &ApiKey) -> Result<(), LedgerError> {
    let row = params![
        key.tenant.as_str(),
        key.id,
        key.hash,
        key.environment.as_str(),
        key.operations,
        key.outlets,
        key.label,
        key.created_at.micros(),
        key.expires_at.map(Timestamp::micros),
        key.revoked_at.map(Timestamp::micros),
    ];
    written(connection, INSERT_API_KEY, row, "API key")
}

/// Revoking a key twice keeps the first time.
pub(crate) fn revoke_api_key(
    connection: &Connection,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let row = (tenant.as_str(), id, now.micros());
    match connection.prepare_cached(REVOKE_API_KEY)?.execute(row)? {
        1 => Ok(()),
        _ => Err(LedgerError::Unknown("API key")),
    }
}

/// Registering a key again is nothing; another key under its id is an error.
pub(crate) fn register_key(
    connection: &Connection,
    (tenant, outlet): (&TenantId, &OutletId),
    key: &PublicKey,
) -> Result<(), LedgerError> {
    let known = one(connection, KEY, [&key.key_id], public_key)?;
    let first_seen = key.first_seen.micros();
    match known {
        Some(known) if known.spki == key.spki && known.algorithm == key.algorithm => {}
        Some(_) => return Err(LedgerError::KeyDiffers(key.key_id.clone())),
        None => {
            let row = (&key.key_id, &key.algorithm, &key.spki, first_seen);
            written(connection, INSERT_KEY, row, "key")?;
        }
    }
    let row = (outlet.as_str(), &key.key_id, tenant.as_str(), first_seen);
    written(connection, INSERT_HOLDER, row, "key")
}

pub(crate) fn tenant(
    connection: &Connection,
    id: &TenantId,
) -> Result<Option<Tenant>, LedgerError> {
    one(connection, TENANT, [id.as_str()], read_tenant)
}

pub(crate) fn tenants(connection: &Connection) -> Result<Vec<Tenant>, LedgerError> {
    all(connection, TENANTS, [], read_tenant)
}

pub(crate) fn taxpayer(
    connection: &Connection,
    tenant: &TenantId,
    id: &TaxpayerId,
) -> Result<Option<Taxpayer>, LedgerError> {
    one(connection, TAXPAYER, (tenant.as_str(), id.as_str()), read_taxpayer)
}

pub(crate) fn taxpayers(
    connection: &Connection,
    tenant: &TenantId,
) -> Result<Vec<Taxpayer>, LedgerError> {
    all(connection, TAXPAYERS, [tenant.as_str()], read_taxpayer)
}

pub(crate) fn outlet(
    connection: &Connection,
    tenant: &TenantId,
    id: &OutletId,
) -> Result<Option<Outlet>, LedgerError> {
    one(connection, OUTLET, (tenant.as_str(), id.as_str()), read_outlet)
}

pub(crate) fn outlets(
    connection: &Connection,
    tenant: &TenantId,
) -> Result<Vec<Outlet>, LedgerError> {
    all(connection, OUTLETS, [tenant.as_str()], read_outlet)
}

pub(crate) fn terminals(
    connection: &Connection,
    tenant: &TenantId,
    outlet: &OutletId,
) -> Result<Vec<Terminal>, LedgerError> {
    all(connection, TERMINALS, (outlet.as_str(), tenant.as_str()), |row| {
        Ok(Terminal {
            outlet: word(row, 0)?,
            id: word(row, 1)?,
            tenant: word(row, 2)?,
            name: row.get(3)?,
            created_at: instant(row, 4)?,
        })
    })
}

pub(crate) fn api_keys(
    connection: &Connection,
    tenant: &TenantId,
) -> Result<Vec<ApiKey>, LedgerError> {
    all(connection, API_KEYS, [tenant.as_str()], read_api_key)
}

pub(crate) fn api_key_by_hash(
    connection: &Connection,
    hash: [u8; 32],
) -> Result<Option<ApiKey>, LedgerError> {
    one(connection, API_KEY_BY_HASH, [hash], read_api_key)
}

pub(crate) fn keys(connection: &Connection) -> Result<Vec<PublicKey>, LedgerError> {
    all(connection, KEYS, [], public_key)
}

/// Who signs with which, of all tenants.
pub(crate) fn key_holders(connection: &Connection) -> Result<Vec<KeyHolder>, LedgerError> {
    all(connection, HOLDERS, [], |row| {
        Ok(KeyHolder {
            key_id: row.get(0)?,
            tax_id: row.get(1)?,
            outlet: word(row, 2)?,
            environment: word(row, 3)?,
        })
    })
}

/// The public keys that a ledger file keeps, whether or not a process has it open.
pub fn keys_in(path: &Path) -> Result<Vec<PublicKey>, LedgerError> {
    keys(&open_reader(path)?)
}

/// The tenants of a ledger file, whether or not a process has it open.
pub(crate) fn tenants_in(path: &Path) -> Result<Vec<Tenant>, LedgerError> {
    tenants(&open_reader(path)?)
}

/// The outlets of all tenants in a ledger file, whether or not a process has it open.
pub fn outlets_in(path: &Path) -> Result<Vec<Outlet>, LedgerError> {
    let connection = open_reader(path)?;
    let of_tenant = |tenant: Tenant| outlets(&connection, &tenant.id);
    let outlets: Result<Vec<_>, _> = tenants(&connection)?.into_iter().map(of_tenant).collect();
    Ok(outlets?.into_iter().flatten().collect())
}

/// Writes a row; what a constraint refuses is a conflict that names what it was.
pub(super) fn written(
    connection: &Connection,
    sql: &str,
    row: impl Params,
    what: &'static str,
) -> Result<(), LedgerError> {
    match connection.prepare_cached(sql)?.execute(row) {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            let code = error.sqlite_error().map(|error| error.extended_code);
            let is_parentless = code == Some(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY);
            Err(if is_parentless {
                LedgerError::NoParent(what)
            } else {
                LedgerError::Conflict(what)
            })
        }
        Err(error) => Err(error.into()),
    }
}

fn read_tenant(row: &Row<'_>) -> rusqlite::Result<Tenant> {
    Ok(Tenant { id: word(row, 0)?, name: row.get(1)?, created_at: instant(row, 2)? })
}

pub(super) fn read_taxpayer(row: &Row<'_>) -> rusqlite::Result<Taxpayer> {
    Ok(Taxpayer {
        tenant: word(row, 0)?,
        id: word(row, 1)?,
        tax_id: row.get(2)?,
        name: row.get(3)?,
        register: row.get(4)?,
        regime_label: row.get(5)?,
        address: row.get(6)?,
        phone: row.get(7)?,
        email: row.get(8)?,
        created_at: instant(row, 9)?,
    })
}

pub(super) fn read_outlet(row: &Row<'_>) -> rusqlite::Result<Outlet> {
    Ok(Outlet {
        id: word(row, 0)?,
        tenant: word(row, 1)?,
        taxpayer: word(row, 2)?,
        code: row.get(3)?,
        name: row.get(4)?,
        address: row.get(5)?,
        city: row.get(6)?,
        phone: row.get(7)?,
        email: row.get(8)?,
        zone: row.get(9)?,
        number_template: word(row, 10)?,
        authority: row.get(11)?,
        environment: word(row, 12)?,
        key_uri: row.get(13)?,
        settings: row.get(14)?,
        created_at: instant(row, 15)?,
    })
}

fn read_api_key(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let hash: Vec<u8> = row.get(2)?;
    Ok(ApiKey {
        tenant: word(row, 0)?,
        id: row.get(1)?,
        hash: hash.try_into().map_err(|_| foreign(2, "not 32 bytes"))?,
        environment: word(row, 3)?,
        operations: row.get(4)?,
        outlets: row.get(5)?,
        label: row.get(6)?,
        created_at: instant(row, 7)?,
        expires_at: optional_instant(row, 8)?,
        revoked_at: optional_instant(row, 9)?,
    })
}

fn public_key(row: &Row<'_>) -> rusqlite::Result<PublicKey> {
    Ok(PublicKey {
        key_id: row.get(0)?,
        algorithm: row.get(1)?,
        spki: row.get(2)?,
        first_seen: instant(row, 3)?,
    })
}

const INSERT_TENANT: &str = "-- registry: create tenant
    INSERT INTO tenants (id, name, created_at) VALUES (?1, ?2, ?3)";
const TENANT: &str = "-- registry: tenant
    SELECT id, name, created_at FROM tenants WHERE id = ?1";
const TENANTS: &str = "-- registry: tenants
    SELECT id, name, created_at FROM tenants ORDER BY id";
const INSERT_TAXPAYER: &str = "-- registry: create taxpayer
    INSERT INTO taxpayers (tenant, id, tax_id, name, register, regime_label, address, phone, email,
        created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const TAXPAYER: &str = "-- registry: taxpayer
    SELECT tenant, id, tax_id, name, register, regime_label, address, phone, email, created_at
    FROM taxpayers WHERE tenant = ?1 AND id = ?2";
const TAXPAYERS: &str = "-- registry: taxpayers
    SELECT tenant, id, tax_id, name, register, regime_label, address, phone, email, created_at
    FROM taxpayers WHERE tenant = ?1 ORDER BY id";
const INSERT_OUTLET: &str = "-- registry: create outlet
    INSERT INTO outlets (id, tenant, taxpayer, code, name, address, city, phone, email, zone,
        number_template, authority, environment, key_uri, settings, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
const UPDATE_SETTINGS: &str = "-- registry: update settings
    UPDATE outlets SET settings = ?3 WHERE id = ?1 AND tenant = ?2";
const OUTLET: &str = "-- registry: outlet
    SELECT id, tenant, taxpayer, code, name, address, city, phone, email, zone, number_template,
           authority, environment, key_uri, settings, created_at
    FROM outlets WHERE tenant = ?1 AND id = ?2";
const OUTLETS: &str = "-- registry: outlets
    SELECT id, tenant, taxpayer, code, name, address, city, phone, email, zone, number_template,
           authority, environment, key_uri, settings, created_at
    FROM outlets WHERE tenant = ?1 ORDER BY code, id";
const INSERT_TERMINAL: &str = "-- registry: create terminal
    INSERT INTO terminals (outlet, id, tenant, name, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
const TERMINALS: &str = "-- registry: terminals
    SELECT outlet, id, tenant, name, created_at FROM terminals
    WHERE outlet = ?1 AND tenant = ?2 ORDER BY id";
const INSERT_API_KEY: &str = "-- registry: create API key
    INSERT INTO api_keys (tenant, id, hash, environment, operations, outlets, label, created_at,
        expires_at, revoked_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const REVOKE_API_KEY: &str = "-- registry: revoke API key
    UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?3) WHERE tenant = ?1 AND id = ?2";
const API_KEYS: &str = "-- registry: API keys
    SELECT tenant, id, hash, environment, operations, outlets, label, created_at, expires_at,
           revoked_at
    FROM api_keys WHERE tenant = ?1 ORDER BY created_at, id";
const API_KEY_BY_HASH: &str = "-- registry: API key by hash
    SELECT tenant, id, hash, environment, operations, outlets, label, created_at, expires_at,
           revoked_at
    FROM api_keys WHERE hash = ?1";
const INSERT_KEY: &str = "-- registry: register key
    INSERT INTO keys (key_id, algorithm, spki, first_seen) VALUES (?1, ?2, ?3, ?4)";
const KEY: &str = "-- registry: key
    SELECT key_id, algorithm, spki, first_seen FROM keys WHERE key_id = ?1";
const INSERT_HOLDER: &str = "-- registry: register key of outlet
    INSERT INTO outlet_keys (outlet, key_id, tenant, first_seen) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (outlet, key_id) DO NOTHING";
const HOLDERS: &str = "-- registry: key holders
    SELECT k.key_id, t.tax_id, k.outlet, o.environment
    FROM outlet_keys k
    JOIN outlets o ON o.tenant = k.tenant AND o.id = k.outlet
    JOIN taxpayers t ON t.tenant = o.tenant AND t.id = o.taxpayer
    ORDER BY k.key_id, k.outlet";
const KEYS: &str = "-- registry: keys
    SELECT key_id, algorithm, spki, first_seen FROM keys ORDER BY key_id";

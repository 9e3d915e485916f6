//! Who there is: tenants, taxpayers, outlets, terminals, API keys, public keys.

use invoice::{OutletId, TaxpayerId, TenantId, Timestamp};
use rusqlite::Connection;

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store};
use crate::postgres::{self, Scope};
use crate::registry::{ApiKey, KeyHolder, Outlet, PublicKey, Taxpayer, Tenant, Terminal};
use crate::sqlite;

/// Who there is.
impl Ledger {
    pub async fn create_tenant(&self, tenant: Tenant) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::registry::create_tenant(file, &tenant)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&tenant.id), async |client| {
                        postgres::registry::create_tenant(client, &tenant).await
                    })
                    .await
            }
        }
    }

    pub async fn create_taxpayer(&self, taxpayer: Taxpayer) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::registry::create_taxpayer(file, &taxpayer)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&taxpayer.tenant), async |client| {
                        postgres::registry::create_taxpayer(client, &taxpayer).await
                    })
                    .await
            }
        }
    }

    /// [`LedgerError::NumberTooLong`] where its numbers would not fit into a control module.
    pub async fn create_outlet(&self, outlet: Outlet) -> Result<(), LedgerError> {
        outlet.number_template.check_length(&outlet.code)?;
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::registry::create_outlet(file, &outlet)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&outlet.tenant), async |client| {
                        postgres::registry::create_outlet(client, &outlet).await
                    })
                    .await
            }
        }
    }

    /// `settings` is JSON text.
    pub async fn update_outlet_settings(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        settings: &str,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet, settings) =
                    (tenant.clone(), outlet.clone(), settings.to_owned());
                file.write(move |file| {
                    sqlite::registry::update_outlet_settings(file, &tenant, &outlet, &settings)
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::registry::update_outlet_settings(client, tenant, outlet, settings)
                            .await
                    })
                    .await
            }
        }
    }

    pub async fn create_terminal(&self, terminal: Terminal) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::registry::create_terminal(file, &terminal)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&terminal.tenant), async |client| {
                        postgres::registry::create_terminal(client, &terminal).await
                    })
                    .await
            }
        }
    }

    pub async fn create_api_key(&self, key: ApiKey) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::registry::create_api_key(file, &key)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&key.tenant), async |client| {
                        postgres::registry::create_api_key(client, &key).await
                    })
                    .await
            }
        }
    }

    pub async fn revoke_api_key(
        &self,
        tenant: &TenantId,
        id: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.to_owned());
                file.write(move |file| sqlite::registry::revoke_api_key(file, &tenant, &id, now))
                    .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::registry::revoke_api_key(client, tenant, id, now).await
                    })
                    .await
            }
        }
    }

    /// Keeps the public half of a signing key for ever, and that this outlet signs with it. Again is
    /// nothing; another key under the same id is [`LedgerError::KeyDiffers`].
    pub async fn register_key(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        key: PublicKey,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet) = (tenant.clone(), outlet.clone());
                let work = move |file: &Connection| {
                    sqlite::registry::register_key(file, (&tenant, &outlet), &key)
                };
                file.write(work).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::All, async |client| {
                        postgres::registry::register_key(client, (tenant, outlet), &key).await
                    })
                    .await
            }
        }
    }

    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let id = id.clone();
                file.read(move |file| sqlite::registry::tenant(file, &id)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(id), async |client| {
                        postgres::registry::tenant(client, id).await
                    })
                    .await
            }
        }
    }

    /// For the operator of the platform alone.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => file.read(sqlite::registry::tenants).await,
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| postgres::registry::tenants(client).await)
                    .await
            }
        }
    }

    pub async fn taxpayer(
        &self,
        tenant: &TenantId,
        id: &TaxpayerId,
    ) -> Result<Option<Taxpayer>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.read(move |file| sqlite::registry::taxpayer(file, &tenant, &id)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::registry::taxpayer(client, tenant, id).await
                    })
                    .await
            }
        }
    }

    pub async fn taxpayers(&self, tenant: &TenantId) -> Result<Vec<Taxpayer>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::registry::taxpayers(file, &tenant)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::registry::taxpayers(client, tenant).await
                    })
                    .await
            }
        }
    }

    pub async fn outlet(
        &self,
        tenant: &TenantId,
        id: &OutletId,
    ) -> Result<Option<Outlet>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.read(move |file| sqlite::registry::outlet(file, &tenant, &id)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::registry::outlet(client, tenant, id).await
                    })
                    .await
            }
        }
    }

    pub async fn outlets(&self, tenant: &TenantId) -> Result<Vec<Outlet>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::registry::outlets(file, &tenant)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::registry::outlets(client, tenant).await
                    })
                    .await
            }
        }
    }

    pub async fn terminals(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
    ) -> Result<Vec<Terminal>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet) = (tenant.clone(), outlet.clone());
                file.read(move |file| sqlite::registry::terminals(file, &tenant, &outlet)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::registry::terminals(client, tenant, outlet).await
                    })
                    .await
            }
        }
    }

    pub async fn api_keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::registry::api_keys(file, &tenant)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::registry::api_keys(client, tenant).await
                    })
                    .await
            }
        }
    }

    /// Who bears this key. The caller looks at `expires_at` and `revoked_at`.
    pub async fn api_key_by_hash(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let hash = *hash;
                file.read(move |file| sqlite::registry::api_key_by_hash(file, hash)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| {
                        postgres::registry::api_key_by_hash(client, *hash).await
                    })
                    .await
            }
        }
    }

    /// Which outlets sign, or ever signed, with which key.
    pub async fn key_holders(&self) -> Result<Vec<KeyHolder>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => file.read(sqlite::registry::key_holders).await,
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| postgres::registry::key_holders(client).await)
                    .await
            }
        }
    }

    /// All public keys that ever signed; they are published.
    pub async fn keys(&self) -> Result<Vec<PublicKey>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => file.read(sqlite::registry::keys).await,
            Store::Postgres(nodes) => {
                nodes.read(Scope::All, async |client| postgres::registry::keys(client).await).await
            }
        }
    }
}

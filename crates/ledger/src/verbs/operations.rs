//! Events, alerts, and what was last seen of the authorities.

use invoice::{OutletId, TenantId};

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store};
use crate::postgres::{self, Scope};
use crate::record::{Alert, AuthorityFact, Event};
use crate::sqlite;

/// Events, alerts, and what was last seen of the authorities.
impl Ledger {
    /// Tells of an alert once for each key until it is cleared; false if it was told before.
    pub async fn raise_alert(&self, alert: Alert) -> Result<bool, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => file.write(move |file| sqlite::raise_alert(file, &alert)).await,
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&alert.tenant), async |client| {
                        postgres::operations::raise_alert(client, &alert).await
                    })
                    .await
            }
        }
    }

    /// False if there was none.
    pub async fn clear_alert(&self, tenant: &TenantId, key: &str) -> Result<bool, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, key) = (tenant.clone(), key.to_owned());
                file.write(move |file| sqlite::clear_alert(file, &tenant, &key)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::operations::clear_alert(client, tenant, key).await
                    })
                    .await
            }
        }
    }

    /// The keys of alerts that were told of and not cleared, of those that begin with this.
    pub async fn alert_keys(
        &self,
        tenant: &TenantId,
        prefix: &'static str,
    ) -> Result<Vec<String>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::alert_keys(file, &tenant, prefix)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::operations::alert_keys(client, tenant, prefix).await
                    })
                    .await
            }
        }
    }

    /// In the order of commits, after the event `after`; 0 begins.
    pub async fn events(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::events(file, &tenant, after, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::events::events(client, tenant, after, limit).await
                    })
                    .await
            }
        }
    }

    pub async fn set_authority_fact(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        fact: AuthorityFact,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet) = (tenant.clone(), outlet.clone());
                file.write(move |file| sqlite::set_authority_fact(file, &tenant, &outlet, &fact))
                    .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::operations::set_authority_fact(client, tenant, outlet, &fact)
                            .await
                    })
                    .await
            }
        }
    }

    pub async fn authority_facts(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
    ) -> Result<Vec<AuthorityFact>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet) = (tenant.clone(), outlet.clone());
                file.read(move |file| sqlite::authority_facts(file, &tenant, &outlet)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::operations::authority_facts(client, tenant, outlet).await
                    })
                    .await
            }
        }
    }
}

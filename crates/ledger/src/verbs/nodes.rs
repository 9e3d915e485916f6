//! What processes over one store share: leases that are renewed, documents in hand, lines.

use std::collections::HashSet;

use invoice::{RangeId, TenantId, Timestamp};

use crate::error::LedgerError;
use crate::inbox::InboxId;
use crate::ledger::{Ledger, Store, text};
use crate::nodes::{DocumentWork, Held, LineTurn};
use crate::order::NewLease;
use crate::postgres::{self, Scope};
use crate::sqlite;
use crate::submission::LeaseToken;

/// What processes over one store share.
impl Ledger {
    /// Makes leases last until then at least, and says which of them did: not those that were given
    /// back meanwhile, nor those that somebody else has taken since they ran out. One whose row is being
    /// written at this moment may be missing too. Of all tenants: this is the process's.
    pub async fn renew_leases(
        &self,
        held: Vec<Held>,
        until: Timestamp,
    ) -> Result<HashSet<Held>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::leases::renew(file, held, until)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::All, async |client| {
                        postgres::leases::renew(client, &held, until).await
                    })
                    .await
            }
        }
    }

    /// Takes a document of the inbox in hand for what is due of it; none where somebody has it, and
    /// none where that is done already.
    pub async fn lease_document(
        &self,
        tenant: &TenantId,
        (id, work): (&InboxId, DocumentWork),
        lease: NewLease,
        now: Timestamp,
    ) -> Result<Option<LeaseToken>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.write(move |file| {
                    sqlite::leases::take(file, &tenant, (&id, work), (&lease, now))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::leases::take(client, tenant, (id, work), (&lease, now)).await
                    })
                    .await
            }
        }
    }

    /// Takes an annulment in hand that the authority has not answered, to tell of it; none where
    /// somebody has it, and none where it is answered.
    pub async fn lease_annulment(
        &self,
        tenant: &TenantId,
        (range, first): (&RangeId, u64),
        lease: NewLease,
        now: Timestamp,
    ) -> Result<Option<LeaseToken>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, range) = (tenant.clone(), range.clone());
                file.write(move |file| {
                    let lease = (&lease, now);
                    sqlite::leases::take_annulment(file, &tenant, (&range, first), lease)
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        let lease = (&lease, now);
                        postgres::leases::take_annulment(client, tenant, (range, first), lease)
                            .await
                    })
                    .await
            }
        }
    }

    /// Gives an annulment back. Nothing where somebody else has it by now.
    pub async fn release_annulment(
        &self,
        tenant: &TenantId,
        (range, first): (&RangeId, u64),
        token: LeaseToken,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, range) = (tenant.clone(), range.clone());
                file.write(move |file| {
                    sqlite::leases::release_annulment(file, &tenant, (&range, first), token)
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        let number = (range, first);
                        postgres::leases::release_annulment(client, tenant, number, token).await
                    })
                    .await
            }
        }
    }

    /// Gives a document back. Nothing where somebody else has it by now.
    pub async fn release_document(
        &self,
        tenant: &TenantId,
        id: &InboxId,
        token: LeaseToken,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.write(move |file| sqlite::leases::release(file, &tenant, &id, token)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::leases::release(client, tenant, id, token).await
                    })
                    .await
            }
        }
    }

    /// Takes a turn of so many microseconds on the line to an address, behind those that other
    /// processes took. None where the store is one process's, who need not ask anybody.
    pub async fn take_turn(
        &self,
        address: &str,
        micros: u64,
    ) -> Result<Option<LineTurn>, LedgerError> {
        text("address", address)?;
        match &self.store {
            Store::Sqlite(_) => Ok(None),
            Store::Postgres(nodes) => {
                let turn = nodes.write(Scope::All, async |client| {
                    postgres::lines::take_turn(client, address, micros).await
                });
                turn.await.map(Some)
            }
        }
    }

    /// Tells everybody that the line to an address rests for so long; then one request tries it.
    pub async fn rest_line(&self, address: &str, micros: u64) -> Result<(), LedgerError> {
        text("address", address)?;
        match &self.store {
            Store::Sqlite(_) => Ok(()),
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::All, async |client| {
                        postgres::lines::rest(client, address, micros).await
                    })
                    .await
            }
        }
    }

    /// Tells everybody that the line serves again.
    pub async fn wake_line(&self, address: &str) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(_) => Ok(()),
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::All, async |client| postgres::lines::wake(client, address).await)
                    .await
            }
        }
    }
}

//! What happened: invoices, entries, heads, counts.

use invoice::{Hash, InvoiceId, OutletId, TenantId};

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store};
use crate::postgres::{self, Scope};
use crate::record::{
    Counts, Credited, Cursor, Entry, Head, InvoiceFilter, InvoiceRecord, InvoiceSummary,
};
use crate::sqlite;

/// What happened.
impl Ledger {
    pub async fn invoice(
        &self,
        tenant: &TenantId,
        id: &InvoiceId,
    ) -> Result<Option<InvoiceRecord>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.read(move |file| sqlite::invoice(file, &tenant, &id)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::invoice(client, tenant, id).await
                    })
                    .await
            }
        }
    }

    /// Newest first, at most [`crate::PAGE_MAX`]; the next page is after the last of this one.
    pub async fn invoices(
        &self,
        tenant: &TenantId,
        filter: InvoiceFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<InvoiceSummary>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::list(file, &tenant, &filter, after.as_ref(), limit))
                    .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::list(client, tenant, &filter, after.as_ref(), limit)
                            .await
                    })
                    .await
            }
        }
    }

    /// Newest first: refused invoices and the one that took their number share it.
    pub async fn invoices_by_number(
        &self,
        tenant: &TenantId,
        number: &str,
    ) -> Result<Vec<InvoiceSummary>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, number) = (tenant.clone(), number.to_owned());
                file.read(move |file| sqlite::by_number(file, &tenant, &number)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::by_number(client, tenant, number).await
                    })
                    .await
            }
        }
    }

    /// The invoice that takes the place of a refused one; nothing where none does, or where the one
    /// that did was refused too.
    pub async fn replacement(
        &self,
        tenant: &TenantId,
        refused: &InvoiceId,
    ) -> Result<Option<InvoiceSummary>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, refused) = (tenant.clone(), refused.clone());
                file.read(move |file| sqlite::replacement(file, &tenant, &refused)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::replacement(client, tenant, refused).await
                    })
                    .await
            }
        }
    }

    pub async fn invoices_by_authority_code(
        &self,
        tenant: &TenantId,
        code: &str,
    ) -> Result<Vec<InvoiceSummary>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, code) = (tenant.clone(), code.to_owned());
                file.read(move |file| sqlite::by_authority_code(file, &tenant, &code)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::by_authority_code(client, tenant, code).await
                    })
                    .await
            }
        }
    }

    /// What an idempotency key made, and the hash of the body that it came with.
    pub async fn invoice_by_key(
        &self,
        tenant: &TenantId,
        key: &str,
    ) -> Result<Option<(InvoiceId, Hash)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, key) = (tenant.clone(), key.to_owned());
                file.read(move |file| sqlite::invoice_by_key(file, &tenant, &key)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::invoice_by_key(client, tenant, key).await
                    })
                    .await
            }
        }
    }

    /// What is claimed of an original, by line; released claims are zero.
    pub async fn credited(
        &self,
        tenant: &TenantId,
        original: &InvoiceId,
    ) -> Result<Vec<Credited>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, original) = (tenant.clone(), original.clone());
                file.read(move |file| sqlite::credited(file, &tenant, &original)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::credited(client, tenant, original).await
                    })
                    .await
            }
        }
    }

    /// None for an outlet that the tenant does not have.
    pub async fn head(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
    ) -> Result<Option<Head>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet) = (tenant.clone(), outlet.clone());
                file.read(move |file| sqlite::head(file, &tenant, &outlet)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::head(client, tenant, outlet).await
                    })
                    .await
            }
        }
    }

    /// An outlet's chain in its order, after the entry `after`; 0 begins.
    pub async fn entries(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet) = (tenant.clone(), outlet.clone());
                file.read(move |file| sqlite::entries(file, &tenant, &outlet, after, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::entries(client, tenant, outlet, after, limit).await
                    })
                    .await
            }
        }
    }

    pub async fn counts(&self, tenant: &TenantId) -> Result<Counts, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::counts(file, &tenant)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::invoices::counts(client, tenant).await
                    })
                    .await
            }
        }
    }
}

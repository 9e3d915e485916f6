//! The duty to tell the authority: leases, progress, attempts.

use invoice::{InvoiceId, TenantId, Timestamp};

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store, bytes};
use crate::limits::BLOB_BYTES_MAX;
use crate::order::NewLease;
use crate::postgres::{self, Scope};
use crate::record::SubmissionFilter;
use crate::sqlite;
use crate::submission::{Attempt, LeaseToken, Leased, ProgressOrder, Submission};

/// The duty to tell the authority.
impl Ledger {
    /// Writes progress and the attempt, under the fence. Durable when it returns, so that what
    /// must not be repeated may be sent.
    pub async fn save_progress(&self, order: ProgressOrder) -> Result<(), LedgerError> {
        bytes("progress", order.change.progress.len(), BLOB_BYTES_MAX)?;
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::submissions::save_progress(file, &order)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&order.tenant), async |client| {
                        postgres::submissions::save_progress(client, &order).await
                    })
                    .await
            }
        }
    }

    /// Leases one submission, in whatever state it is, unless somebody holds it.
    pub async fn lease(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
        lease: NewLease,
        now: Timestamp,
    ) -> Result<Leased, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, invoice) = (tenant.clone(), invoice.clone());
                file.write(move |file| {
                    sqlite::submissions::lease(file, &tenant, &invoice, (&lease, now))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::submissions::lease(client, tenant, invoice, (&lease, now)).await
                    })
                    .await
            }
        }
    }

    /// Leases what is due: at most one submission an outlet, in the order of its entries, those
    /// that have been due for longest first. Of all tenants: this is the agent's.
    pub async fn lease_due(
        &self,
        lease: NewLease,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Leased>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => lease_due_of_file(file, lease, limit, now).await,
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::All, async |client| {
                        postgres::submissions::lease_due(client, &lease, limit, now).await
                    })
                    .await
            }
        }
    }

    /// Gives a lease back before its time.
    pub async fn release(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
        token: LeaseToken,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, invoice) = (tenant.clone(), invoice.clone());
                file.write(move |file| sqlite::submissions::release(file, &tenant, &invoice, token))
                    .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::submissions::release(client, tenant, invoice, token).await
                    })
                    .await
            }
        }
    }

    pub async fn submission(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
    ) -> Result<Option<Submission>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, invoice) = (tenant.clone(), invoice.clone());
                file.read(move |file| sqlite::submissions::submission(file, &tenant, &invoice))
                    .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::submissions::submission(client, tenant, invoice).await
                    })
                    .await
            }
        }
    }

    /// Oldest due first.
    pub async fn submissions(
        &self,
        tenant: &TenantId,
        filter: SubmissionFilter,
        limit: u32,
    ) -> Result<Vec<Submission>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::submissions::list(file, &tenant, &filter, limit))
                    .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::submissions::list(client, tenant, &filter, limit).await
                    })
                    .await
            }
        }
    }

    pub async fn attempts(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
    ) -> Result<Vec<Attempt>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, invoice) = (tenant.clone(), invoice.clone());
                file.read(move |file| sqlite::submissions::attempts(file, &tenant, &invoice)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::submissions::attempts(client, tenant, invoice).await
                    })
                    .await
            }
        }
    }
}

/// What is due is looked for beside the writer, so that a long queue never delays a seal.
async fn lease_due_of_file(
    file: &sqlite::Store,
    lease: NewLease,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Leased>, LedgerError> {
    let due = move |file: &_| sqlite::submissions::candidates(file, now, limit);
    let candidates = file.read(due).await?;
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    file.write(move |file| {
        let mut leased = Vec::new();
        for candidate in &candidates {
            leased.extend(sqlite::submissions::lease_candidate(file, candidate, &lease, now)?);
        }
        Ok(leased)
    })
    .await
}

//! What came in, and what was said of it.

use invoice::{Hash, OutletId, TenantId, Timestamp};

use crate::error::LedgerError;
use crate::inbox::{
    DecisionDelivery, DocumentMark, InboxDocument, InboxFilter, InboxId, InboxSummary, Kept,
    KeptApproval, NewApproval, NewDecision, NewDocument, NewStanding,
};
use crate::ledger::{Ledger, Store, bytes};
use crate::limits::{BLOB_BYTES_MAX, RECEIVED_BYTES_MAX, TEXT_BYTES_MAX};
use crate::postgres::{self, Scope};
use crate::registry::{Environment, Outlet, Taxpayer};
use crate::sqlite;
use crate::submission::LeaseToken;

/// What came in.
impl Ledger {
    /// All outlets of a taxpayer number, of all tenants: this is for whoever answers the door.
    pub async fn outlets_of_tax_id(
        &self,
        tax_id: &str,
        environment: Environment,
    ) -> Result<Vec<(Outlet, Taxpayer)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tax_id = tax_id.to_owned();
                file.read(move |file| sqlite::inbox::outlets_of(file, &tax_id, environment)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| {
                        postgres::inbox::outlets_of(client, tax_id, environment).await
                    })
                    .await
            }
        }
    }

    /// What is there of an issuer and a number and stands in the way of a document with this mark:
    /// the hash of its bytes, and what was answered.
    ///
    /// The same bytes do; and others of the same certificate, whose chain was checked, or that the
    /// authority has accepted. Others do not: anybody can make a certificate with anybody's name, and
    /// would keep the true document out for ever by being first.
    pub async fn received(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        (issuer, number): (&str, &str),
        mark: DocumentMark,
    ) -> Result<Option<(Hash, Vec<u8>)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, outlet, issuer, number) =
                    (tenant.clone(), outlet.clone(), issuer.to_owned(), number.to_owned());
                file.read(move |file| {
                    sqlite::inbox::received(file, &tenant, &outlet, (&issuer, &number, mark))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        let named = (issuer, number, mark);
                        postgres::inbox::received(client, tenant, outlet, named).await
                    })
                    .await
            }
        }
    }

    /// Keeps a document, unless one of its issuer and number stands in its way: [`Self::received`].
    pub async fn keep_document(&self, new: NewDocument) -> Result<Kept, LedgerError> {
        bytes("document", new.document.len(), RECEIVED_BYTES_MAX)?;
        bytes("receipt", new.receipt.len(), BLOB_BYTES_MAX)?;
        for (field, text) in [
            ("issuer_name", &new.issuer_name),
            ("signer", &new.signer),
            ("inquiry_code", &new.inquiry_code),
        ] {
            bytes(field, text.len(), TEXT_BYTES_MAX)?;
        }
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::inbox::keep_document(file, &new)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&new.tenant), async |client| {
                        postgres::inbox::keep_document(client, &new).await
                    })
                    .await
            }
        }
    }

    /// Newest first, at most [`crate::PAGE_MAX`].
    pub async fn inbox(
        &self,
        tenant: &TenantId,
        filter: InboxFilter,
        limit: u32,
    ) -> Result<Vec<InboxSummary>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::inbox::list(file, &tenant, &filter, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::inbox::list(client, tenant, &filter, limit).await
                    })
                    .await
            }
        }
    }

    pub async fn inbox_document(
        &self,
        tenant: &TenantId,
        id: &InboxId,
    ) -> Result<Option<InboxDocument>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.read(move |file| sqlite::inbox::document(file, &tenant, &id)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::inbox::document(client, tenant, id).await
                    })
                    .await
            }
        }
    }

    /// Gives the buyer's word, once: [`LedgerError::Conflict`] where it was given, or where there is
    /// no such document. It is due to its issuer and to the authority.
    pub async fn decide(&self, new: NewDecision) -> Result<(), LedgerError> {
        bytes("decision", new.document.len(), BLOB_BYTES_MAX)?;
        match &self.store {
            Store::Sqlite(file) => file.write(move |file| sqlite::inbox::decide(file, &new)).await,
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&new.tenant), async |client| {
                        postgres::inbox::decide(client, &new).await
                    })
                    .await
            }
        }
    }

    /// Decisions of all tenants that somebody is still to know: those that were tried longest ago
    /// first, at most `limit`.
    pub async fn decisions_due(&self, limit: u32) -> Result<Vec<(TenantId, InboxId)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.read(move |file| sqlite::inbox::decisions_due(file, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| {
                        postgres::inbox::decisions_due(client, limit).await
                    })
                    .await
            }
        }
    }

    /// Says where a decision stands with one who is to know it, under the lease of its document.
    pub async fn tell_delivery(
        &self,
        tenant: &TenantId,
        id: &InboxId,
        token: LeaseToken,
        delivery: DecisionDelivery,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.write(move |file| {
                    sqlite::inbox::tell_delivery(file, &tenant, &id, (token, &delivery))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::inbox::tell_delivery(client, tenant, id, (token, &delivery)).await
                    })
                    .await
            }
        }
    }

    /// Documents of all tenants that the authority is to be asked about by now: those that are due
    /// longest first, at most `limit`.
    pub async fn inquiries_due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(TenantId, InboxId)>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                file.read(move |file| sqlite::inbox::inquiries_due(file, now, limit)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::All, async |client| {
                        postgres::inbox::inquiries_due(client, now, limit).await
                    })
                    .await
            }
        }
    }

    /// Says what the authority said of a document, under its lease, which ends with it; a final word
    /// is told as an event.
    pub async fn tell_standing(
        &self,
        tenant: &TenantId,
        id: &InboxId,
        token: LeaseToken,
        standing: NewStanding,
    ) -> Result<(), LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.write(move |file| {
                    sqlite::inbox::tell_standing(file, &tenant, &id, (token, &standing))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::inbox::tell_standing(client, tenant, id, (token, &standing)).await
                    })
                    .await
            }
        }
    }

    /// Keeps a buyer's word on an invoice, unless it says what was said last, or too many came.
    pub async fn keep_approval(&self, new: NewApproval) -> Result<KeptApproval, LedgerError> {
        bytes("approval", new.document.len(), BLOB_BYTES_MAX)?;
        for (field, text) in [("reason", &new.reason), ("signer", &new.signer)] {
            bytes(field, text.len(), TEXT_BYTES_MAX)?;
        }
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::inbox::keep_approval(file, &new)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&new.tenant), async |client| {
                        postgres::inbox::keep_approval(client, &new).await
                    })
                    .await
            }
        }
    }
}

//! The ledger's other verbs: the registry, submissions, operations, and all reads.

use invoice::{Hash, InvoiceId, OutletId, TaxpayerId, TenantId, Timestamp};

use crate::error::LedgerError;
use crate::ledger::{Ledger, bytes};
use crate::limits::BLOB_BYTES_MAX;
use crate::order::NewLease;
use crate::record::{
    Alert, AuthorityFact, Counts, Credited, Cursor, Entry, Event, Head, InvoiceFilter,
    InvoiceRecord, InvoiceSummary, SubmissionFilter,
};
use crate::registry::{ApiKey, Outlet, PublicKey, Taxpayer, Tenant, Terminal};
use crate::sqlite::{self, registry as rows, submissions};
use crate::submission::{Attempt, LeaseToken, Leased, ProgressOrder, Submission};

/// Who there is.
impl Ledger {
    pub async fn create_tenant(&self, tenant: Tenant) -> Result<(), LedgerError> {
        self.write(move |connection| rows::create_tenant(connection, &tenant)).await
    }

    pub async fn create_taxpayer(&self, taxpayer: Taxpayer) -> Result<(), LedgerError> {
        self.write(move |connection| rows::create_taxpayer(connection, &taxpayer)).await
    }

    /// [`LedgerError::NumberTooLong`] where its numbers would not fit into a control module.
    pub async fn create_outlet(&self, outlet: Outlet) -> Result<(), LedgerError> {
        outlet.number_template.check_length(&outlet.code)?;
        self.write(move |connection| rows::create_outlet(connection, &outlet)).await
    }

    /// `settings` is JSON text.
    pub async fn update_outlet_settings(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        settings: &str,
    ) -> Result<(), LedgerError> {
        let (tenant, outlet, settings) = (tenant.clone(), outlet.clone(), settings.to_owned());
        self.write(move |connection| {
            rows::update_outlet_settings(connection, &tenant, &outlet, &settings)
        })
        .await
    }

    pub async fn create_terminal(&self, terminal: Terminal) -> Result<(), LedgerError> {
        self.write(move |connection| rows::create_terminal(connection, &terminal)).await
    }

    pub async fn create_api_key(&self, key: ApiKey) -> Result<(), LedgerError> {
        self.write(move |connection| rows::create_api_key(connection, &key)).await
    }

    pub async fn revoke_api_key(
        &self,
        tenant: &TenantId,
        id: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let (tenant, id) = (tenant.clone(), id.to_owned());
        self.write(move |connection| rows::revoke_api_key(connection, &tenant, &id, now)).await
    }

    /// Keeps the public half of a signing key for ever. Again is nothing; another key under the
    /// same id is [`LedgerError::KeyDiffers`].
    pub async fn register_key(&self, key: PublicKey) -> Result<(), LedgerError> {
        self.write(move |connection| rows::register_key(connection, &key)).await
    }

    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, LedgerError> {
        let id = id.clone();
        self.read(move |connection| rows::tenant(connection, &id)).await
    }

    /// For the operator of the platform alone.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, LedgerError> {
        self.read(rows::tenants).await
    }

    pub async fn taxpayer(
        &self,
        tenant: &TenantId,
        id: &TaxpayerId,
    ) -> Result<Option<Taxpayer>, LedgerError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| rows::taxpayer(connection, &tenant, &id)).await
    }

    pub async fn taxpayers(&self, tenant: &TenantId) -> Result<Vec<Taxpayer>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |connection| rows::taxpayers(connection, &tenant)).await
    }

    pub async fn outlet(
        &self,
        tenant: &TenantId,
        id: &OutletId,
    ) -> Result<Option<Outlet>, LedgerError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| rows::outlet(connection, &tenant, &id)).await
    }

    pub async fn outlets(&self, tenant: &TenantId) -> Result<Vec<Outlet>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |connection| rows::outlets(connection, &tenant)).await
    }

    pub async fn terminals(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
    ) -> Result<Vec<Terminal>, LedgerError> {
        let (tenant, outlet) = (tenant.clone(), outlet.clone());
        self.read(move |connection| rows::terminals(connection, &tenant, &outlet)).await
    }

    pub async fn api_keys(&self, tenant: &TenantId) -> Result<Vec<ApiKey>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |connection| rows::api_keys(connection, &tenant)).await
    }

    /// Who bears this key. The caller looks at `expires_at` and `revoked_at`.
    pub async fn api_key_by_hash(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>, LedgerError> {
        let hash = *hash;
        self.read(move |connection| rows::api_key_by_hash(connection, hash)).await
    }

    /// All public keys that ever signed; they are published.
    pub async fn keys(&self) -> Result<Vec<PublicKey>, LedgerError> {
        self.read(rows::keys).await
    }
}

/// The duty to tell the authority.
impl Ledger {
    /// Writes progress and the attempt, under the fence. Durable when it returns, so that what
    /// must not be repeated may be sent.
    pub async fn save_progress(&self, order: ProgressOrder) -> Result<(), LedgerError> {
        bytes("progress", order.change.progress.len(), BLOB_BYTES_MAX)?;
        self.write(move |connection| submissions::save_progress(connection, &order)).await
    }

    /// Leases one submission, in whatever state it is, unless somebody holds it.
    pub async fn lease(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
        lease: NewLease,
        now: Timestamp,
    ) -> Result<Leased, LedgerError> {
        let (tenant, invoice) = (tenant.clone(), invoice.clone());
        self.write(move |connection| {
            submissions::lease(connection, &tenant, &invoice, (&lease, now))
        })
        .await
    }

    /// Leases what is due: at most one submission an outlet, in the order of its entries, those
    /// that have been due for longest first. Of all tenants: this is the agent's.
    pub async fn lease_due(
        &self,
        lease: NewLease,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Leased>, LedgerError> {
        let candidates =
            self.read(move |connection| submissions::candidates(connection, now, limit)).await?;
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        self.write(move |connection| {
            let mut leased = Vec::new();
            for candidate in &candidates {
                leased.extend(submissions::lease_candidate(connection, candidate, &lease, now)?);
            }
            Ok(leased)
        })
        .await
    }

    /// Gives a lease back before its time.
    pub async fn release(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
        token: LeaseToken,
    ) -> Result<(), LedgerError> {
        let (tenant, invoice) = (tenant.clone(), invoice.clone());
        self.write(move |connection| submissions::release(connection, &tenant, &invoice, token))
            .await
    }

    pub async fn submission(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
    ) -> Result<Option<Submission>, LedgerError> {
        let (tenant, invoice) = (tenant.clone(), invoice.clone());
        self.read(move |connection| submissions::submission(connection, &tenant, &invoice)).await
    }

    /// Oldest due first.
    pub async fn submissions(
        &self,
        tenant: &TenantId,
        filter: SubmissionFilter,
        limit: u32,
    ) -> Result<Vec<Submission>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |connection| submissions::list(connection, &tenant, &filter, limit)).await
    }

    pub async fn attempts(
        &self,
        tenant: &TenantId,
        invoice: &InvoiceId,
    ) -> Result<Vec<Attempt>, LedgerError> {
        let (tenant, invoice) = (tenant.clone(), invoice.clone());
        self.read(move |connection| submissions::attempts(connection, &tenant, &invoice)).await
    }
}

/// Events, alerts, and what was last seen of the authorities.
impl Ledger {
    /// Tells of an alert once for each key until it is cleared; false if it was told before.
    pub async fn raise_alert(&self, alert: Alert) -> Result<bool, LedgerError> {
        self.write(move |connection| sqlite::raise_alert(connection, &alert)).await
    }

    /// False if there was none.
    pub async fn clear_alert(&self, tenant: &TenantId, key: &str) -> Result<bool, LedgerError> {
        let (tenant, key) = (tenant.clone(), key.to_owned());
        self.write(move |connection| sqlite::clear_alert(connection, &tenant, &key)).await
    }

    /// In the order of commits, after the event `after`; 0 begins.
    pub async fn events(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Event>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |connection| sqlite::events(connection, &tenant, after, limit)).await
    }

    pub async fn set_authority_fact(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        fact: AuthorityFact,
    ) -> Result<(), LedgerError> {
        let (tenant, outlet) = (tenant.clone(), outlet.clone());
        self.write(move |connection| {
            sqlite::set_authority_fact(connection, &tenant, &outlet, &fact)
        })
        .await
    }

    pub async fn authority_facts(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
    ) -> Result<Vec<AuthorityFact>, LedgerError> {
        let (tenant, outlet) = (tenant.clone(), outlet.clone());
        self.read(move |connection| sqlite::authority_facts(connection, &tenant, &outlet)).await
    }
}

/// What happened.
impl Ledger {
    pub async fn invoice(
        &self,
        tenant: &TenantId,
        id: &InvoiceId,
    ) -> Result<Option<InvoiceRecord>, LedgerError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| sqlite::invoice(connection, &tenant, &id)).await
    }

    /// Newest first, at most [`crate::PAGE_MAX`]; the next page is after the last of this one.
    pub async fn invoices(
        &self,
        tenant: &TenantId,
        filter: InvoiceFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<InvoiceSummary>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |connection| {
            sqlite::list(connection, &tenant, &filter, after.as_ref(), limit)
        })
        .await
    }

    /// Newest first: refused invoices and the one that took their number share it.
    pub async fn invoices_by_number(
        &self,
        tenant: &TenantId,
        number: &str,
    ) -> Result<Vec<InvoiceSummary>, LedgerError> {
        let (tenant, number) = (tenant.clone(), number.to_owned());
        self.read(move |connection| sqlite::by_number(connection, &tenant, &number)).await
    }

    pub async fn invoices_by_authority_code(
        &self,
        tenant: &TenantId,
        code: &str,
    ) -> Result<Vec<InvoiceSummary>, LedgerError> {
        let (tenant, code) = (tenant.clone(), code.to_owned());
        self.read(move |connection| sqlite::by_authority_code(connection, &tenant, &code)).await
    }

    /// What an idempotency key made, and the hash of the body that it came with.
    pub async fn invoice_by_key(
        &self,
        tenant: &TenantId,
        key: &str,
    ) -> Result<Option<(InvoiceId, Hash)>, LedgerError> {
        let (tenant, key) = (tenant.clone(), key.to_owned());
        self.read(move |connection| sqlite::invoice_by_key(connection, &tenant, &key)).await
    }

    /// What is claimed of an original, by line; released claims are zero.
    pub async fn credited(
        &self,
        tenant: &TenantId,
        original: &InvoiceId,
    ) -> Result<Vec<Credited>, LedgerError> {
        let (tenant, original) = (tenant.clone(), original.clone());
        self.read(move |connection| sqlite::credited(connection, &tenant, &original)).await
    }

    /// None for an outlet that the tenant does not have.
    pub async fn head(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
    ) -> Result<Option<Head>, LedgerError> {
        let (tenant, outlet) = (tenant.clone(), outlet.clone());
        self.read(move |connection| sqlite::head(connection, &tenant, &outlet)).await
    }

    /// An outlet's chain in its order, after the entry `after`; 0 begins.
    pub async fn entries(
        &self,
        tenant: &TenantId,
        outlet: &OutletId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, LedgerError> {
        let (tenant, outlet) = (tenant.clone(), outlet.clone());
        self.read(move |connection| sqlite::entries(connection, &tenant, &outlet, after, limit))
            .await
    }

    pub async fn counts(&self, tenant: &TenantId) -> Result<Counts, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |connection| sqlite::counts(connection, &tenant)).await
    }
}

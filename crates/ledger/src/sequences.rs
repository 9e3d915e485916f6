//! The ledger's verbs for numbers that an authority gives out.

use invoice::{RangeId, TenantId};

use crate::error::LedgerError;
use crate::ledger::{Ledger, Store, bytes, text};
use crate::limits::BLOB_BYTES_MAX;
use crate::postgres::{self, Scope};
use crate::range::{Annulment, AnnulmentState, Range, RangeStanding, Share};
use crate::sqlite;
use crate::submission::LeaseToken;

/// Numbers that an authority gives out.
impl Ledger {
    /// Records a range, and what of it is lent at once: all of that, or nothing.
    ///
    /// [`LedgerError::NumbersHeld`] where it overlaps another of its taxpayer, environment and kind,
    /// and else as [`Self::share_range`].
    ///
    /// [`LedgerError::RolledBack`], as of the others here, while an outlet of the tenant is to be
    /// recovered.
    pub async fn authorise_range(
        &self,
        range: Range,
        shares: Vec<Share>,
    ) -> Result<(), LedgerError> {
        check_range(&range)?;
        self.nothing_is_lost(&range.tenant).await?;
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| {
                    sqlite::ranges::create(file, &range)?;
                    shares.iter().try_for_each(|share| sqlite::ranges::share(file, share))
                })
                .await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&range.tenant), async |client| {
                        postgres::ranges::create(client, &range).await?;
                        for share in &shares {
                            postgres::ranges::share(client, share).await?;
                        }
                        Ok(())
                    })
                    .await
            }
        }
    }

    /// Lends a part of a range to an outlet of its taxpayer, for good.
    ///
    /// [`LedgerError::OutsideRange`], [`LedgerError::RangeOfAnother`], or
    /// [`LedgerError::NumbersHeld`] where a number of it is lent or annulled, or was used of a share
    /// that an older state of the store does not know.
    pub async fn share_range(&self, share: Share) -> Result<(), LedgerError> {
        self.nothing_is_lost(&share.tenant).await?;
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::ranges::share(file, &share)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&share.tenant), async |client| {
                        postgres::ranges::share(client, &share).await
                    })
                    .await
            }
        }
    }

    /// Records that a run of numbers will never be used. From then on none of them is taken.
    ///
    /// [`LedgerError::NumbersHeld`] where a document bears one of them, or had it when the authority
    /// counted it as used; a number that came back may be annulled, for nobody holds it.
    pub async fn annul(&self, annulment: Annulment) -> Result<(), LedgerError> {
        bytes("document", annulment.document.as_ref().map_or(0, Vec::len), BLOB_BYTES_MAX)?;
        self.nothing_is_lost(&annulment.tenant).await?;
        match &self.store {
            Store::Sqlite(file) => {
                file.write(move |file| sqlite::ranges::annul(file, &annulment)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .write(Scope::Tenant(&annulment.tenant), async |client| {
                        postgres::ranges::annul(client, &annulment).await
                    })
                    .await
            }
        }
    }

    /// While an outlet of the tenant has lost entries, nobody knows which numbers were lent to it and
    /// taken: whoever recovers it says so. Looked at anew: the store may have been changed for another
    /// since this process began, or another may have recovered the outlet.
    async fn nothing_is_lost(&self, tenant: &TenantId) -> Result<(), LedgerError> {
        for lost in self.check_anchors().await? {
            if self.outlet(tenant, &lost.outlet).await?.is_some() {
                let (anchored, found) = (lost.anchored, lost.found);
                let outlet = lost.outlet.clone();
                return Err(LedgerError::RolledBack { outlet, anchored, found });
            }
        }
        Ok(())
    }

    /// Records what the authority said of an annulment, and what was sent to it, under the fence of
    /// who has it in hand; without a document the one before stays.
    pub async fn settle_annulment(
        &self,
        tenant: &TenantId,
        (range, first): (&RangeId, u64),
        token: LeaseToken,
        (state, document): (AnnulmentState, Option<Vec<u8>>),
    ) -> Result<(), LedgerError> {
        bytes("document", document.as_ref().map_or(0, Vec::len), BLOB_BYTES_MAX)?;
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, range) = (tenant.clone(), range.clone());
                file.write(move |file| {
                    let settled = (state, document.as_deref());
                    let number = (&range, first);
                    sqlite::ranges::settle_annulment(file, &tenant, number, (token, settled))
                })
                .await
            }
            Store::Postgres(nodes) => {
                let (number, settled) = ((range, first), (token, (state, document.as_deref())));
                nodes
                    .write(Scope::Tenant(tenant), async |client| {
                        postgres::ranges::settle_annulment(client, tenant, number, settled).await
                    })
                    .await
            }
        }
    }

    /// All ranges of the tenant with what is left of them, by taxpayer, environment and kind.
    pub async fn ranges(&self, tenant: &TenantId) -> Result<Vec<RangeStanding>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let tenant = tenant.clone();
                file.read(move |file| sqlite::ranges::list(file, &tenant)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::ranges::list(client, tenant).await
                    })
                    .await
            }
        }
    }

    pub async fn range(
        &self,
        tenant: &TenantId,
        id: &RangeId,
    ) -> Result<Option<RangeStanding>, LedgerError> {
        match &self.store {
            Store::Sqlite(file) => {
                let (tenant, id) = (tenant.clone(), id.clone());
                file.read(move |file| sqlite::ranges::one_range(file, &tenant, &id)).await
            }
            Store::Postgres(nodes) => {
                nodes
                    .read(Scope::Tenant(tenant), async |client| {
                        postgres::ranges::one_range(client, tenant, id).await
                    })
                    .await
            }
        }
    }
}

fn check_range(range: &Range) -> Result<(), LedgerError> {
    for (field, value) in [
        ("kind of number", Some(&range.kind)),
        ("prefix", Some(&range.prefix)),
        ("reference", range.reference.as_ref()),
    ] {
        text(field, value.map_or("", String::as_str))?;
    }
    let digits = u32::from(range.width);
    let last = if digits <= DIGITS_MAX { 10_u64.pow(digits) - 1 } else { 0 };
    if (1..=range.last).contains(&range.first) && range.last <= last {
        Ok(())
    } else {
        Err(LedgerError::OutsideRange { first: 1, last })
    }
}

/// What a signed integer of eight bytes holds of any digits.
const DIGITS_MAX: u32 = 18;

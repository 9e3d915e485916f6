//! The ledger's verbs for numbers that an authority gives out.

use invoice::{RangeId, TenantId};

use crate::error::LedgerError;
use crate::ledger::{Ledger, bytes, text};
use crate::limits::BLOB_BYTES_MAX;
use crate::range::{Annulment, AnnulmentState, Range, RangeStanding, Share};
use crate::sqlite::ranges;

/// Numbers that an authority gives out.
impl Ledger {
    /// Records a range, and what of it is lent at once: all of that, or nothing.
    ///
    /// [`LedgerError::NumbersHeld`] where it overlaps another of its taxpayer, environment and kind,
    /// and else as [`Self::share_range`].
    pub async fn authorise_range(
        &self,
        range: Range,
        shares: Vec<Share>,
    ) -> Result<(), LedgerError> {
        check_range(&range)?;
        self.write(move |connection| {
            ranges::create(connection, &range)?;
            shares.iter().try_for_each(|share| ranges::share(connection, share))
        })
        .await
    }

    /// Lends a part of a range to an outlet of its taxpayer, for good.
    ///
    /// [`LedgerError::OutsideRange`], [`LedgerError::RangeOfAnother`], or
    /// [`LedgerError::NumbersHeld`] where a number of it is lent or annulled.
    pub async fn share_range(&self, share: Share) -> Result<(), LedgerError> {
        self.write(move |connection| ranges::share(connection, &share)).await
    }

    /// Records that a run of numbers will never be used. From then on none of them is taken.
    ///
    /// [`LedgerError::NumbersHeld`] where a document bears one of them, or had it when the authority
    /// counted it as used; a number that came back may be annulled, for nobody holds it.
    pub async fn annul(&self, annulment: Annulment) -> Result<(), LedgerError> {
        bytes("document", annulment.document.as_ref().map_or(0, Vec::len), BLOB_BYTES_MAX)?;
        self.write(move |connection| ranges::annul(connection, &annulment)).await
    }

    /// Records what the authority said of an annulment, and what was sent to it; without a document
    /// the one before stays.
    pub async fn settle_annulment(
        &self,
        tenant: &TenantId,
        (range, first): (&RangeId, u64),
        state: AnnulmentState,
        document: Option<Vec<u8>>,
    ) -> Result<(), LedgerError> {
        bytes("document", document.as_ref().map_or(0, Vec::len), BLOB_BYTES_MAX)?;
        let (tenant, range) = (tenant.clone(), range.clone());
        self.write(move |connection| {
            let settled = (state, document.as_deref());
            ranges::settle_annulment(connection, &tenant, (&range, first), settled)
        })
        .await
    }

    /// All ranges of the tenant with what is left of them, by taxpayer, environment and kind.
    pub async fn ranges(&self, tenant: &TenantId) -> Result<Vec<RangeStanding>, LedgerError> {
        let tenant = tenant.clone();
        self.read(move |connection| ranges::list(connection, &tenant)).await
    }

    pub async fn range(
        &self,
        tenant: &TenantId,
        id: &RangeId,
    ) -> Result<Option<RangeStanding>, LedgerError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| ranges::one_range(connection, &tenant, &id)).await
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

//! What the taxpayer of a schedule is: whom its outlets tell, what they sell, whose numbers they draw.

use authorities::RangeKind;
use fiscal::Keys;
use invoice::{OutletId, RangeId, TaxpayerId, TenantId, Timestamp};
use jiff::civil::Date;
use ledger::{Environment, Range, Share};

use crate::dice::Dice;
use crate::ends::Ends;
use crate::requests::Request;

/// One of the two kinds of schedule.
pub(crate) struct Scene {
    /// The outlets, and how each tells its authority.
    pub channels: &'static [&'static str],
    /// The outlet that most is sold at: it seals by itself and tells its authority later.
    pub seals_first: usize,
    /// The outlets that share ranges of numbers.
    pub ranged: [usize; 2],
    /// The kinds of numbers that they draw.
    pub kinds: &'static [&'static RangeKind],
    /// The kind of a regime of the schedule's own, where the authority knows of no ranges itself.
    pub own_kind: Option<&'static RangeKind>,
    /// The document that seals an outlet's invoice and names it by a code is the outlet's own: what
    /// the authority says of it comes with its acknowledgement only.
    pub codes_itself: bool,
    pub zone: &'static str,
    pub tax_id: &'static str,
    /// Of each outlet, where the authority wants one.
    pub address: Option<&'static str>,
    /// What an outlet is registered with; the processes of a schedule go by `settings`.
    pub registered_settings: &'static str,
    /// What an outlet says of itself to its authority, in either of two ways.
    pub settings: fn(usize, bool) -> String,
    pub first_ranges: &'static [FirstRange],
    /// The first number that no range of theirs holds.
    pub first_ungiven: u64,
    pub draft: fn(&Request) -> String,
    /// The quantity that makes a sale be of the same kind of document as one that was refused.
    pub quantity_again: fn(&str) -> u64,
    pub ends: fn(&mut Dice) -> Ends,
    /// The keys of the taxpayer, where its authority wants signatures.
    pub keys: fn() -> Keys,
}

/// A range that was given out before a schedule begins, and its shares.
pub(crate) struct FirstRange {
    pub kind: &'static RangeKind,
    pub numbers: (u64, u64),
    pub expires_on: Option<Date>,
    pub shares: [(u64, u64); 2],
}

impl Scene {
    pub(crate) fn kind(&self, code: &str) -> &'static RangeKind {
        let kind = self.kinds.iter().find(|kind| kind.code == code);
        kind.expect("a schedule records ranges of its own kinds")
    }

    /// What every schedule begins with.
    pub(crate) fn first_ranges(
        &self,
        (tenant, taxpayer): (&TenantId, &TaxpayerId),
        outlets: [&OutletId; 2],
        created_at: Timestamp,
    ) -> Vec<(Range, Vec<Share>)> {
        let made = (1..).zip(self.first_ranges).map(|(id, first)| {
            let range = Range {
                tenant: tenant.clone(),
                taxpayer: taxpayer.clone(),
                id: RangeId::from_random([id; 10]),
                environment: Environment::Test,
                kind: first.kind.code.to_owned(),
                prefix: first.kind.prefix.to_owned(),
                width: first.kind.width,
                first: first.numbers.0,
                last: first.numbers.1,
                expires_on: first.expires_on,
                reference: None,
                created_at,
            };
            let share = |(outlet, numbers): (&OutletId, (u64, u64))| Share {
                tenant: tenant.clone(),
                range: range.id.clone(),
                outlet: outlet.clone(),
                first: numbers.0,
                last: numbers.1,
                created_at,
            };
            let shares = outlets.into_iter().zip(first.shares).map(share).collect();
            (range, shares)
        });
        made.collect()
    }
}

/// A number as printed.
pub(crate) fn written(kind: &RangeKind, number: u64) -> String {
    format!("{}{number:0width$}", kind.prefix, width = usize::from(kind.width))
}

/// The number behind what is printed, if it is of this kind.
pub(crate) fn read(kind: &RangeKind, number: &str) -> Option<u64> {
    number.strip_prefix(kind.prefix)?.parse().ok()
}

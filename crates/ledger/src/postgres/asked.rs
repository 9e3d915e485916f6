//! What the orders of a batch touch, gathered as the arrays that one query each is asked with.

use std::collections::BTreeSet;

use invoice::{InvoiceId, OutletId, TenantId};

use crate::batch::{Order, Slot};
use crate::order::{AppendOrder, SealOrder, Series};
use crate::series::SeriesKey;
use crate::stage::FollowUp;

/// Sets, so that what several orders touch is asked for once, and in the order of its keys.
#[derive(Default)]
pub(super) struct Asked {
    /// Those that are added to, and those whose invoices are credited or replaced: two servers
    /// cannot credit one line at once, for both want its outlet's head.
    pub(super) outlets: BTreeSet<OutletId>,
    pub(super) keys: BTreeSet<(TenantId, String)>,
    pub(super) series: BTreeSet<(OutletId, SeriesKey)>,
    /// An outlet and a kind of number.
    pub(super) shares: BTreeSet<(OutletId, String)>,
    pub(super) originals: BTreeSet<(TenantId, InvoiceId)>,
    pub(super) credited: BTreeSet<(TenantId, InvoiceId, u32)>,
    pub(super) replaced: BTreeSet<(TenantId, InvoiceId)>,
    /// Outlets that may hold a number for the correction of a refused invoice.
    pub(super) held: BTreeSet<(OutletId, InvoiceId)>,
    pub(super) papers: BTreeSet<AskedPaper>,
    pub(super) invoices: BTreeSet<InvoiceId>,
    /// Of those the ones that are refused, whose claims end.
    pub(super) refused: BTreeSet<InvoiceId>,
    /// Of those the ones whose entry bears a code.
    pub(super) coded: BTreeSet<InvoiceId>,
    /// As many free numbers of a series as there are orders.
    pub(super) orders: usize,
}

/// A receipt on paper that an order stands for. Its environment is the outlet's, which is read first.
#[derive(Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct AskedPaper {
    pub(super) tenant: TenantId,
    pub(super) outlet: OutletId,
    pub(super) taxpayer: String,
    pub(super) number: String,
}

impl Asked {
    pub(super) fn of(slots: &[Slot]) -> Self {
        let mut asked = Self { orders: slots.len(), ..Self::default() };
        for slot in slots.iter().filter(|slot| slot.failure.is_none()) {
            asked.outlets.insert(slot.order.outlet());
            match &slot.order {
                Order::Seal(order, _) => asked.seal(order),
                Order::Append(order, _) => asked.append(order),
                Order::Clock(..) | Order::Recover(..) => {}
            }
        }
        asked
    }

    fn seal(&mut self, order: &SealOrder) {
        let tenant = || order.tenant.clone();
        if let Some(idempotency) = &order.idempotency {
            self.keys.insert((tenant(), idempotency.key.clone()));
        }
        for claim in &order.credits {
            self.original(order, &claim.original);
            self.credited.insert((tenant(), claim.original.clone(), claim.line));
        }
        if let Some(replaced) = &order.replaces {
            self.original(order, replaced);
            self.replaced.insert((tenant(), replaced.clone()));
            self.held.insert((order.invoice.outlet(), replaced.clone()));
        }
        let outlet = order.invoice.outlet();
        if let Some(number) = &order.stands_for {
            let (taxpayer, number) = (order.taxpayer.clone(), number.clone());
            self.papers.insert(AskedPaper {
                tenant: tenant(),
                outlet: outlet.clone(),
                taxpayer,
                number,
            });
        }
        match &order.series {
            Series::Yearly { fiscal_year, .. } => {
                self.series.insert((outlet, SeriesKey::Year(*fiscal_year)));
            }
            Series::Authorised { kind, .. } => {
                self.shares.insert((outlet, kind.clone()));
            }
        }
    }

    fn original(&mut self, order: &SealOrder, original: &InvoiceId) {
        self.outlets.insert(original.outlet());
        self.originals.insert((order.tenant.clone(), original.clone()));
    }

    fn append(&mut self, order: &AppendOrder) {
        self.invoices.insert(order.invoice.clone());
        if order.kind == FollowUp::Refused {
            self.refused.insert(order.invoice.clone());
        }
        if order.authority_code.is_some() {
            self.coded.insert(order.invoice.clone());
        }
    }
}

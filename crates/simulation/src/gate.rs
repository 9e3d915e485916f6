//! Holds the writer within a transaction, so that what is asked meanwhile shares its commit.
//!
//! Which orders share a transaction is a matter of microseconds otherwise, and a seed would not mean
//! one schedule. The gate stands in the authority, which the writer calls once it has its first order
//! in hand; the code between does not know of it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use authorities::{
    Authority, Event, Matter, PaperReceipts, Progress, RangeKind, Referred, Refusal, SendingTerm,
    SeriesRule, Service, Step,
};
use invoice::{Claim, Draft, Fault, Invoice, OriginalInvoice, PricingFacts, Regime, Timestamp};
use tokio::sync::Notify;

use crate::ranged;

/// Open, unless a group is being gathered.
#[derive(Default)]
pub(crate) struct Gate {
    is_closed: Mutex<bool>,
    opened: Condvar,
    entered: Notify,
    /// An order was just put together: with the same breath it is sent.
    asked: Notify,
}

impl Gate {
    pub(crate) fn close(&self) {
        *self.closed() = true;
    }

    pub(crate) fn open(&self) {
        *self.closed() = false;
        self.opened.notify_all();
    }

    /// Waits until the writer stands in the gate.
    pub(crate) async fn entered(&self) {
        self.entered.notified().await;
    }

    /// Waits until an order is on its way to the writer.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }

    /// What the writer's thread goes through.
    fn pass(&self) {
        let mut closed = self.closed();
        if *closed {
            self.entered.notify_one();
        }
        while *closed {
            closed = self.opened.wait(closed).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put_together(&self) {
        if *self.closed() {
            self.asked.notify_one();
        }
    }

    fn closed(&self) -> MutexGuard<'_, bool> {
        self.is_closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An authority with the gate in it, and nothing else about it changed but where its numbers come from.
pub(crate) struct Gated {
    pub authority: Arc<dyn Authority>,
    pub gate: Arc<Gate>,
    /// The kind of number that the outlet draws from ranges, where it does.
    pub numbers: Option<&'static RangeKind>,
}

impl Authority for Gated {
    fn id(&self) -> &'static str {
        self.authority.id()
    }

    fn regime(&self) -> &Regime {
        self.authority.regime()
    }

    fn zones(&self) -> &'static [&'static str] {
        self.authority.zones()
    }

    fn system_id(&self) -> Option<&str> {
        self.authority.system_id()
    }

    fn price(&self, draft: &Draft, facts: &PricingFacts) -> Result<Invoice, Vec<Fault>> {
        self.authority.price(draft, facts)
    }

    fn refers_to(&self, draft: &Draft) -> Option<Referred> {
        self.authority.refers_to(draft)
    }

    fn claims(&self, original: &OriginalInvoice, correction: &Invoice) -> Vec<Claim> {
        self.authority.claims(original, correction)
    }

    fn check(&self, invoice: &Invoice) -> Vec<Fault> {
        self.authority.check(invoice)
    }

    fn series(&self, invoice: &Invoice) -> SeriesRule {
        self.gate.put_together();
        self.numbers.map_or_else(|| self.authority.series(invoice), SeriesRule::Authorised)
    }

    fn range_kinds(&self) -> &'static [RangeKind] {
        self.numbers.map_or_else(|| self.authority.range_kinds(), std::slice::from_ref)
    }

    fn services(&self) -> &'static [Service] {
        self.authority.services()
    }

    fn keeps_order(&self) -> bool {
        self.authority.keeps_order()
    }

    fn under_way_max(&self) -> usize {
        self.authority.under_way_max()
    }

    fn sending_term(&self, invoice: &Invoice, is_cut_off: bool) -> Option<SendingTerm> {
        self.authority.sending_term(invoice, is_cut_off)
    }

    fn paper_receipts(&self) -> Option<&dyn PaperReceipts> {
        self.authority.paper_receipts()
    }

    fn begin(&self, matter: &Matter<'_>) -> Progress {
        match (self.numbers, matter) {
            (Some(_), Matter::Annulment(_)) => ranged::begin(),
            _ => self.authority.begin(matter),
        }
    }

    fn step(
        &self,
        matter: &Matter<'_>,
        progress: Progress,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        if matches!(event, Event::Started) {
            self.gate.pass();
        }
        match (self.numbers, matter) {
            (Some(_), Matter::Annulment(annulment)) => ranged::step(annulment, event, now),
            (Some(_), Matter::Invoice(_)) => {
                let stepped = self.authority.step(matter, progress, event, now);
                stepped.map_err(ranged::with_number_back)
            }
            _ => self.authority.step(matter, progress, event, now),
        }
    }
}

//! The cloud signing service: sealed at once by the outlet's own ledger entry, then told to the
//! e-MCF as delivery.
//!
//! No bytes are signed here besides the entry: its signature covers the canonical bytes, the
//! number, the time and the history, which is all that a second one could (ADR 0004).

use invoice::{Claim, Draft, Fault, Invoice, OriginalInvoice, PricingFacts, Regime, Timestamp};
use serde::{Deserialize, Serialize};

use super::emcf::Emcf;
use super::settings::Settings;
use crate::contract::{
    Authority, Event, Matter, NumberFate, Outcome, PaperReceipts, Progress, RangeKind, Referred,
    Refusal, SendingTerm, SeriesRule, Service, Step,
};

/// The DGI by the cloud signing service.
#[derive(Debug)]
pub struct Cloud {
    emcf: Emcf,
}

/// Where an invoice stands: `delivery` is the e-MCF's own state, once there is one. What is sealed
/// costs its commit a few bytes; the e-MCF's request is written when it is sent.
#[derive(Default, Deserialize, Serialize)]
struct State {
    sealed: bool,
    delivery: Option<String>,
}

impl Cloud {
    pub fn new(settings: Settings) -> Self {
        Self { emcf: Emcf::new(settings) }
    }

    fn deliver(
        &self,
        matter: &Matter<'_>,
        state: State,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        let progress = match state.delivery {
            Some(delivery) => Progress::from_bytes(delivery.into_bytes()),
            None => self.emcf.begin(matter),
        };
        // The customer holds a receipt with the number already.
        let used = |refusal| Refusal { number: NumberFate::Used, ..refusal };
        let (progress, step) = self.emcf.step(matter, progress, event, now).map_err(used)?;
        let step = match step {
            // What seals for the e-MCF acknowledges what we had sealed.
            Step::Sealed(Some(elements)) => Step::Done(Outcome::Acknowledged(elements)),
            Step::Sealed(None) => Step::Done(Outcome::AsSealed),
            other @ (Step::Sign(..)
            | Step::Send(_)
            | Step::Wait { .. }
            | Step::Ask(_)
            | Step::GiveUp(_)
            | Step::Acknowledged(_)
            | Step::Done(_)) => other,
        };
        let delivery = Some(String::from_utf8_lossy(progress.as_bytes()).into_owned());
        Ok((Progress::write(&State { sealed: true, delivery }), step))
    }
}

impl Authority for Cloud {
    fn id(&self) -> &'static str {
        "drc/cloud"
    }

    fn regime(&self) -> &Regime {
        self.emcf.regime()
    }

    fn price(&self, draft: &Draft, facts: &PricingFacts) -> Result<Invoice, Vec<Fault>> {
        self.emcf.price(draft, facts)
    }

    fn refers_to(&self, draft: &Draft) -> Option<Referred> {
        self.emcf.refers_to(draft)
    }

    fn claims(&self, original: &OriginalInvoice, correction: &Invoice) -> Vec<Claim> {
        self.emcf.claims(original, correction)
    }

    fn check(&self, invoice: &Invoice) -> Vec<Fault> {
        self.emcf.check(invoice)
    }

    fn series(&self, invoice: &Invoice) -> SeriesRule {
        self.emcf.series(invoice)
    }

    fn range_kinds(&self) -> &'static [RangeKind] {
        self.emcf.range_kinds()
    }

    fn zones(&self) -> &'static [&'static str] {
        self.emcf.zones()
    }

    fn system_id(&self) -> Option<&str> {
        self.emcf.system_id()
    }

    fn services(&self) -> &'static [Service] {
        self.emcf.services()
    }

    fn keeps_order(&self) -> bool {
        self.emcf.keeps_order()
    }

    fn under_way_max(&self) -> usize {
        self.emcf.under_way_max()
    }

    fn sending_term(&self, invoice: &Invoice, is_cut_off: bool) -> Option<SendingTerm> {
        self.emcf.sending_term(invoice, is_cut_off)
    }

    fn paper_receipts(&self) -> Option<&dyn PaperReceipts> {
        self.emcf.paper_receipts()
    }

    fn begin(&self, matter: &Matter<'_>) -> Progress {
        let sealed = !matches!(matter, Matter::Invoice(_));
        Progress::write(&State { sealed, delivery: None })
    }

    fn step(
        &self,
        matter: &Matter<'_>,
        progress: Progress,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        if let Matter::Annulment(_)
        | Matter::Approval(_)
        | Matter::Inquiry(_)
        | Matter::Session { .. } = matter
        {
            return Err(Refusal::unsupported(self.id(), matter));
        }
        let state: State = progress.read();
        if state.sealed {
            return self.deliver(matter, state, event, now);
        }
        let sealed = State { sealed: true, delivery: None };
        Ok((Progress::write(&sealed), Step::Sealed(None)))
    }
}

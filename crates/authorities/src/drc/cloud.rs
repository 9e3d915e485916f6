//! The cloud signing service: sealed at once by the outlet's own ledger entry, then told to the
//! e-MCF as delivery.
//!
//! No bytes are signed here besides the entry: its signature covers the canonical bytes, the
//! number, the time and the history, which is all that a second one could (ADR 0004).

use invoice::{Fault, Invoice, Regime, Timestamp};
use serde::{Deserialize, Serialize};

use super::emcf::Emcf;
use super::settings::Settings;
use crate::contract::{Authority, Event, Matter, Outcome, Progress, Refusal, Step};

/// The DGI by the cloud signing service.
#[derive(Debug)]
pub struct Cloud {
    emcf: Emcf,
}

/// Where an invoice stands: `delivery` is the e-MCF's own state.
#[derive(Deserialize, Serialize)]
struct State {
    sealed: bool,
    delivery: String,
}

impl Cloud {
    pub fn new(settings: Settings) -> Self {
        Self { emcf: Emcf::new(settings) }
    }

    fn deliver(
        &self,
        state: &State,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        let progress = Progress::from_bytes(state.delivery.clone().into_bytes());
        let (progress, step) = self.emcf.step(progress, event, now)?;
        let step = match step {
            // What seals for the e-MCF acknowledges what we had sealed.
            Step::Sealed(Some(elements)) => Step::Done(Outcome::Acknowledged(elements)),
            Step::Sealed(None) => Step::Done(Outcome::AsSealed),
            other @ (Step::Sign(..)
            | Step::Send(_)
            | Step::Wait { .. }
            | Step::Ask(_)
            | Step::Done(_)) => other,
        };
        Ok((State::of(true, &progress).progress(), step))
    }
}

impl State {
    fn of(sealed: bool, delivery: &Progress) -> Self {
        let delivery = String::from_utf8_lossy(delivery.as_bytes()).into_owned();
        Self { sealed, delivery }
    }

    fn progress(&self) -> Progress {
        Progress::write(self)
    }
}

impl Authority for Cloud {
    fn id(&self) -> &'static str {
        "drc/cloud"
    }

    fn regime(&self) -> &Regime {
        self.emcf.regime()
    }

    fn check(&self, invoice: &Invoice) -> Vec<Fault> {
        self.emcf.check(invoice)
    }

    fn system_id(&self) -> Option<&str> {
        self.emcf.system_id()
    }

    fn under_way_max(&self) -> usize {
        self.emcf.under_way_max()
    }

    fn begin(&self, matter: &Matter<'_>) -> Progress {
        let sealed = match matter {
            Matter::Invoice { .. } => false,
            Matter::Survey { .. } => true,
        };
        State::of(sealed, &self.emcf.begin(matter)).progress()
    }

    fn step(
        &self,
        progress: Progress,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        let state: State = progress.read();
        if state.sealed {
            return self.deliver(&state, event, now);
        }
        let sealed = State { sealed: true, delivery: state.delivery };
        Ok((sealed.progress(), Step::Sealed(None)))
    }
}

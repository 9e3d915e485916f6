//! The end of a schedule: the line is up, people answer, and everything comes to its end.

use std::sync::Arc;

use fiscal::Hand;
use invoice::{InvoiceId, SECOND};
use ledger::{Annulment, AnnulmentState, Stage, SubmissionFilter, SubmissionState};

use crate::check::Moment;
use crate::requests::{Request, What};
use crate::world::{Complaint, World};

impl World {
    /// The line is up, the disk sound, the clock right: everything comes to an end.
    pub(crate) async fn come_to_rest(&mut self) -> Result<(), Complaint> {
        self.net.calm();
        self.release().await?;
        if self.disk.crashed().is_some() {
            self.recover().await?;
        }
        self.check(Moment::Underway).await?;
        self.net.set_right();
        // Whatever the clock said while it was wrong lies in the past now.
        self.net.pass(3_600 * SECOND);
        while !self.servers.is_empty() {
            self.close(0).await;
        }
        self.bring_up().await?;
        for _ in 0..ROUNDS_MAX {
            if self.is_at_rest().await {
                break;
            }
            self.retry_all().await;
            self.tell_annulments().await;
            self.answer().await;
            self.deliver().await?;
            self.net.pass(700 * SECOND);
        }
        self.check(Moment::AtRest).await?;
        self.ask_keys_again().await
    }

    /// Nobody has to be told or asked any more.
    async fn is_at_rest(&self) -> bool {
        let Some(server) = self.servers.first() else { return false };
        let mut over = vec![SubmissionState::Acknowledged, SubmissionState::Refused];
        if self.holds_nothing_but_orphans().await {
            over.push(SubmissionState::SetAside);
        }
        let counts = server.ledger.counts(&self.shop.tenant).await;
        let ranges = server.ledger.ranges(&self.shop.tenant).await;
        let is_told = |annulment: &Annulment| annulment.state != AnnulmentState::Recorded;
        counts.is_ok_and(|counts| counts.submissions.iter().all(|(state, _)| over.contains(state)))
            && ranges.is_ok_and(|ranges| {
                ranges.iter().flat_map(|standing| &standing.annulled).all(is_told)
            })
    }

    /// Whether all that is set aside are notes of documents that were refused, or notes of such notes.
    async fn holds_nothing_but_orphans(&self) -> bool {
        let (tenant, ledger) = (&self.shop.tenant, &self.servers[0].ledger);
        let states = vec![SubmissionState::SetAside];
        let filter = SubmissionFilter { states, ..SubmissionFilter::default() };
        let set_aside = ledger.submissions(tenant, filter, 20).await.unwrap_or_default();
        for submission in &set_aside {
            if !self.is_orphan(&submission.invoice).await {
                return false;
            }
        }
        !set_aside.is_empty()
    }

    /// Whether what a note corrects, and that corrects, and so on, ends in a document that was refused.
    async fn is_orphan(&self, note: &InvoiceId) -> bool {
        let (tenant, ledger) = (&self.shop.tenant, &self.servers[0].ledger);
        let mut at = note;
        loop {
            let Ok(Some(record)) = ledger.invoice(tenant, at).await else { return false };
            if at != note && record.invoice.stage == Stage::SealedRefused {
                return true;
            }
            let mark = record.invoice.summary.customer_name.unwrap_or_default();
            let Some(original) = self.memo.credits.get(&mark) else { return false };
            at = original;
        }
    }

    async fn tell_annulments(&self) {
        let Some(server) = self.servers.first() else { return };
        let _ = fiscal::tell_annulments(&server.desks[self.shop.scene.ranged[0]]).await;
    }

    /// What was set aside is taken up again.
    async fn retry_all(&mut self) {
        let Some(server) = self.servers.first() else { return };
        let (tenant, ledger) = (self.shop.tenant.clone(), Arc::clone(&server.ledger));
        let states = vec![SubmissionState::SetAside];
        let filter = SubmissionFilter { states, ..SubmissionFilter::default() };
        for submission in ledger.submissions(&tenant, filter, 20).await.unwrap_or_default() {
            let hand = Hand {
                tenant: tenant.clone(),
                invoice: submission.invoice,
                by: "person".to_owned(),
                now: self.net.clock().now(),
            };
            let _ = fiscal::retry(&ledger, hand).await;
        }
    }

    /// Every key that was ever sent is sent again with each of its bodies.
    async fn ask_keys_again(&mut self) -> Result<(), Complaint> {
        for (key, known) in self.memo.keys.clone() {
            for body in known.tried.iter().copied().chain(known.bound.map(|(body, _)| body)) {
                let mark = format!("{key}-{body}");
                let (key, quantity) = (Some((key.clone(), body)), u64::from(body) + 1);
                let request =
                    Request { outlet: known.outlet, mark, key, what: What::Sale, quantity };
                let desk = Arc::clone(&self.servers[0].desks[request.outlet]);
                let told = request.clone().ask((self.shop.scene, desk)).await;
                self.trace.note(format_args!("  {} again: {told:?}", request.mark));
                request.heard(&told, &mut self.memo)?;
            }
        }
        self.check(Moment::Underway).await
    }
}

/// Rounds of the agent after which everything must have come to its end: each invoice of an outlet
/// that keeps its order has one to itself.
const ROUNDS_MAX: usize = 60;

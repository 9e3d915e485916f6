//! What goes on beside the tills: the agent delivers, people answer its questions, and a process that
//! hung wakes up and finds that others have its work.

use std::sync::Arc;

use authorities::Answer;
use fiscal::{LEASE, Patience};
use invoice::{InvoiceId, SECOND};
use ledger::{InvoiceRecord, NewLease, SubmissionFilter, SubmissionState};

use crate::requests::{Request, Told, What};
use crate::schedule::HOLD_PERCENT;
use crate::world::{Complaint, Held, Server, World};

impl World {
    /// What the agent does once.
    pub(crate) async fn deliver(&mut self) -> Result<(), Complaint> {
        let server = self.any_server();
        let now = self.net.clock().now();
        let lease = NewLease { owner: "agent".to_owned(), until: now.plus_micros(LEASE) };
        let ledger = Arc::clone(&self.servers[server].ledger);
        let Ok(leased) = ledger.lease_due(lease, LEASED_MAX, now).await else { return Ok(()) };
        if self.held.is_some() {
            let taken = leased.iter().map(|leased| leased.submission.invoice.clone());
            self.taken_over.extend(taken);
        }
        for leased in leased {
            let Some(server) = self.servers.get(server) else { break };
            if !self.disk.lives(server.process) {
                break;
            }
            let outlet = self.shop.outlets().position(|id| *id == leased.submission.outlet);
            let outlet = outlet.unwrap_or(0);
            let (process, desk) = (server.process, Arc::clone(&server.desks[outlet]));
            let mark = leased.submission.invoice.to_string();
            let request = Request { outlet, mark, key: None, what: What::Delivery, quantity: 0 };
            if self.held.is_none() && self.dice.percent(HOLD_PERCENT) {
                self.net.hold_next();
            }
            let mut task = tokio::spawn(async move {
                fiscal::drive(&desk, leased, Patience::None).await;
                Told::Driven
            });
            tokio::select! {
                told = self.told(process, &mut task) => {
                    told.map_err(|panic| format!("a panic: {panic}"))?;
                }
                () = self.net.held() => self.hold(Held { process, request, task }),
            }
            self.net.hold_none();
        }
        Ok(())
    }

    /// A person reads the portal of every question and tells what stands there.
    pub(crate) async fn answer(&mut self) {
        let server = self.any_server();
        self.net.deliver_late();
        let filter = SubmissionFilter {
            states: vec![SubmissionState::Unanswered],
            ..SubmissionFilter::default()
        };
        let (tenant, ledger) = (self.shop.tenant.clone(), Arc::clone(&self.servers[server].ledger));
        let asked = ledger.submissions(&tenant, filter, 20).await.unwrap_or_default();
        for submission in asked {
            let outlet = self.shop.outlets().position(|id| *id == submission.outlet).unwrap_or(0);
            let Ok(Some(record)) = ledger.invoice(&tenant, &submission.invoice).await else {
                return;
            };
            let number = record.invoice.number;
            let answer = self.net.portal(outlet, &number);
            self.trace.note(format_args!("  {number} on the portal: {}", said(&answer)));
            let desk = &self.servers[server].desks[outlet];
            let patience = Patience::None;
            let process = self.servers[server].process;
            let answered = fiscal::reconcile(desk, &submission.invoice, answer, patience);
            let Some(answered) = self.unless_dead(process, answered).await else { return };
            match answered {
                Ok(driven) => self.trace.note(format_args!("  answered: {driven:?}")),
                Err(error) => self.trace.note(format_args!("  not answered: {error}")),
            }
        }
    }

    /// The processes renew what they have in hand, as each does every few seconds.
    pub(crate) async fn renew(&mut self) {
        for Server { ledger, leases, process, .. } in &self.servers {
            let renewed = leases.renew(ledger, self.net.clock()).await;
            self.trace.note(format_args!("  {process:?} renews: {}", renewed.is_ok()));
        }
    }

    /// From here on a request hangs in an exchange.
    pub(crate) fn hold(&mut self, held: Held) {
        self.taken_over.clear();
        self.held = Some(held);
    }

    /// Whatever hangs loses its lease, and others go on with it; often it wakes up right then.
    pub(crate) async fn take_over(&mut self) -> Result<(), Complaint> {
        if self.held.is_some() {
            self.net.pass(LEASE + SECOND);
        }
        self.deliver().await?;
        if self.dice.percent(WAKES_PERCENT) { self.release().await } else { Ok(()) }
    }

    /// What hung goes on. The fence keeps it from what others have leased since.
    pub(crate) async fn release(&mut self) -> Result<(), Complaint> {
        let Some(Held { process, request, mut task }) = self.held.take() else { return Ok(()) };
        let before = self.taken_over().await;
        self.net.release();
        let told = self.told(process, &mut task).await;
        let after = self.taken_over().await;
        for ((id, before), (_, after)) in before.into_iter().zip(after) {
            if let (Some(before), Some(after)) = (before, after)
                && before != after
            {
                return Err(format!(
                    "invariant 5: who hung wrote of {id}, which others have taken over"
                ));
            }
        }
        self.hear(process, &request, told).await
    }

    /// What the ledger holds of all that was taken over, where it can be read.
    async fn taken_over(&self) -> Vec<(InvoiceId, Option<InvoiceRecord>)> {
        let mut records = Vec::new();
        for id in &self.taken_over {
            let Some(Server { ledger, .. }) = self.servers.first() else { continue };
            let record = ledger.invoice(&self.shop.tenant, id).await;
            records.push((id.clone(), record.ok().flatten()));
        }
        records
    }
}

fn said(answer: &Answer) -> &'static str {
    match answer {
        Answer::Registered { .. } => "registered",
        Answer::NotRegistered => "not there",
    }
}

/// Submissions that the agent leases at once.
const LEASED_MAX: u32 = 4;
/// What hung wakes up at once when others have taken it over, and else at any time.
const WAKES_PERCENT: u64 = 60;

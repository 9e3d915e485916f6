//! The walk itself: one document after the other, until one is not accepted.

use std::collections::HashMap;

use authorities::dom::dsig::{SecurityCode, Signed};
use authorities::dom::ecf::document::{Rfce, write_moment};
use authorities::dom::xml::Element;
use fiscal::Clock;

use super::authority::{Answer, Authority};
use super::desk::{Desk, written};
use super::report::{Line, Report, Standing};
use super::set::{Set, Task, Way};
use crate::failure::Failure;

/// A walk under way.
pub(super) struct Walk<'a> {
    authority: Authority,
    desk: &'a Desk,
    clock: Clock,
    /// Small consumer invoices that were signed for their summaries, by number.
    invoices: HashMap<String, Signed>,
    is_stopped: bool,
}

/// What came of a document that was signed.
struct Sent {
    code: Option<SecurityCode>,
    standing: Standing,
}

impl<'a> Walk<'a> {
    pub(super) fn new(authority: Authority, desk: &'a Desk, clock: Clock) -> Self {
        Self { authority, desk, clock, invoices: HashMap::new(), is_stopped: false }
    }

    /// Sends all tasks in their order. One that is not accepted ends the walk: what comes after it
    /// would spend its numbers in a step that has to be done again.
    pub(super) async fn through(mut self, set: &Set) -> Report {
        let mut lines = Vec::with_capacity(set.tasks.len());
        for task in &set.tasks {
            let sent = if self.is_stopped { Ok(not_sent()) } else { self.send(task, set).await };
            let sent = sent.unwrap_or_else(|failure| Sent {
                code: None,
                standing: Standing::Unanswered(failure.to_string()),
            });
            self.is_stopped |= !sent.standing.is_passed();
            lines.push(Line::new(task, sent.code, sent.standing));
        }
        let hosts = self.authority.hosts;
        Report { authority: hosts.name, is_simulated: hosts.is_simulated, lines }
    }

    async fn send(&mut self, task: &Task, set: &Set) -> Result<Sent, Failure> {
        let file_name = task.file_name();
        match task.way {
            Way::Whole => {
                let signed = self.desk.sign(self.document(task), &file_name)?;
                let answer = self.authority.receive(&file_name, &signed.bytes).await?;
                Ok(answered(Some(signed.security_code), answer))
            }
            Way::Summary => self.summarise(task, set).await,
            Way::Support => self.support(task).await,
            Way::Approval => {
                let signed = self.desk.sign(self.document(task), &file_name)?;
                let answer = self.authority.approval(&task.sent_name(), &signed.bytes).await?;
                Ok(answered(None, answer))
            }
        }
    }

    /// The invoice is signed first: its summary bears the security code.
    async fn summarise(&mut self, task: &Task, set: &Set) -> Result<Sent, Failure> {
        let invoice = set.invoice_of(task);
        let root = self.document(invoice);
        let whole = self.desk.sign(root.clone(), &invoice.file_name())?;
        let code = whole.security_code.clone();
        let summary = Rfce::summarise(&root, code.clone())
            .map_err(|_| Failure::unusable("an invoice that was checked has no summary"))?;
        self.invoices.insert(task.number.clone(), whole);
        let signed = self.desk.sign(summary.to_element(), &task.file_name())?;
        let answer = self.authority.summary(&task.sent_name(), &signed.bytes).await?;
        Ok(answered(Some(code), answer))
    }

    /// The bytes whose code the summary bore. A simulator takes them where the portal does not
    /// stand; to the DGII they are brought by hand.
    async fn support(&self, task: &Task) -> Result<Sent, Failure> {
        let invoice = self.invoices.get(&task.number);
        let invoice = invoice.ok_or_else(|| Failure::refused("its summary was not sent"))?;
        let code = Some(invoice.security_code.clone());
        if !self.authority.hosts.is_simulated {
            return Ok(Sent { code, standing: Standing::ForThePortal });
        }
        let answer = self.authority.receive(&task.file_name(), &invoice.bytes).await?;
        Ok(answered(code, answer))
    }

    fn document(&self, task: &Task) -> Element {
        written(task, &write_moment(self.clock.now()))
    }
}

fn answered(code: Option<SecurityCode>, answer: Answer) -> Sent {
    Sent { code, standing: Standing::Answered(answer) }
}

fn not_sent() -> Sent {
    Sent { code: None, standing: Standing::NotSent }
}

//! The walk through a set: one document after the other, until one is not accepted.

use authorities::dom::compose::summary;
use authorities::dom::ecf::document::write_moment;
use authorities::dom::xml::Element;
use fiscal::Clock;

use super::authority::{Answer, Authority, State};
use super::desk::{Desk, Kept, written};
use super::journal::{Journal, Known};
use super::report::{Line, Standing};
use super::set::{Set, Task, Way};
use crate::failure::Failure;

/// A walk under way.
pub(super) struct Walk<'a> {
    pub(super) authority: Authority<'a>,
    pub(super) desk: &'a Desk,
    pub(super) clock: Clock,
    pub(super) journal: Journal,
    /// Numbers whose answers were lost, and which the portal shows as accepted.
    pub(super) accepted: &'a [String],
}

impl Walk<'_> {
    /// Sends all tasks in their order. One that is not accepted ends the walk: what comes after it
    /// would spend its numbers in a step that has to be done again. What an earlier walk brought
    /// through is not sent again.
    pub(super) async fn through(&mut self, set: &Set) -> Vec<Line> {
        let mut lines = Vec::with_capacity(set.tasks.len());
        let mut is_stopped = false;
        for task in &set.tasks {
            let line = if is_stopped { Line::of_task(task) } else { self.walk(task, set).await };
            is_stopped |= !line.standing.is_passed();
            lines.push(line);
        }
        lines
    }

    async fn walk(&mut self, task: &Task, set: &Set) -> Line {
        let line = Line::of_task(task);
        let kept = match self.sign(task, set) {
            Ok(kept) => kept,
            Err(failure) => return line.with(Standing::Unanswered(failure.to_string())),
        };
        let is_portals = task.way == Way::Support && !self.authority.hosts.is_simulated;
        let standing = if is_portals {
            Ok(Standing::ForThePortal)
        } else {
            self.settle(task, &kept).await.map(Standing::Answered)
        };
        let standing = standing.unwrap_or_else(|failure| match failure {
            Failure::NotSent(why) => Standing::NotSent(Some(why)),
            failure => Standing::Unanswered(failure.to_string()),
        });
        let code = (task.way != Way::Approval).then_some(kept.code);
        line.with(standing).with_code(code.as_ref())
    }

    fn sign(&self, task: &Task, set: &Set) -> Result<Kept, Failure> {
        match task.way {
            Way::Whole | Way::Support | Way::Approval => self.whole(task),
            Way::Summary => {
                // The invoice is signed first: its summary bears the security code.
                let invoice = set.invoice_of(task);
                let code = self.whole(invoice)?.code;
                let root = self.document(invoice);
                let summary = || summary(&root, code.as_str());
                let kept = self.desk.sign(&task.file_name(), summary)?;
                Ok(Kept { code, ..kept })
            }
        }
    }

    fn whole(&self, task: &Task) -> Result<Kept, Failure> {
        self.desk.sign(&task.file_name(), || self.document(task))
    }

    fn document(&self, task: &Task) -> Element {
        written(task, &write_moment(self.clock.now()))
    }

    /// What became of a document: as it is known, or asked for, or told when it is sent.
    async fn settle(&mut self, task: &Task, kept: &Kept) -> Result<Answer, Failure> {
        let name = task.file_name();
        match self.journal.known(&name).cloned() {
            Some(Known::Answered(answer)) if answer.state != State::Refused => Ok(answer),
            Some(Known::Tracked(track_id)) => self.follow(&name, track_id).await,
            Some(Known::Sent) => match self.found(task, kept).await? {
                Some(answer) => self.noted(&name, answer),
                None => self.send_again(task, kept).await,
            },
            // What was refused was not taken; what is unclear is never noted as an answer.
            Some(Known::Answered(_)) | None => self.send(task, kept).await,
        }
    }

    /// What can be found out about a document whose answer was lost.
    async fn found(&mut self, task: &Task, kept: &Kept) -> Result<Option<Answer>, Failure> {
        if self.accepted.contains(&task.number) {
            return Ok(Some(Answer::of_the_portal()));
        }
        if task.way != Way::Summary {
            // Certification lists no trackIds.
            return Ok(None);
        }
        let asked = (&*task.taxpayer, &*task.number, kept.code.as_str());
        self.authority.summary_inquiry(asked).await
    }

    /// The very bytes, once more. One that is rejected now may have been accepted at first.
    async fn send_again(&mut self, task: &Task, kept: &Kept) -> Result<Answer, Failure> {
        let mut answer = self.send(task, kept).await?;
        if !answer.state.is_accepted() {
            answer.messages.push(format!(
                "it had been sent before, and its answer was lost: where the portal shows it as \
                 accepted, walk on with --accepted {}",
                task.number
            ));
            // So that a person's word counts.
            self.journal.note(&task.file_name(), Known::Sent)?;
        }
        Ok(answer)
    }

    async fn send(&mut self, task: &Task, kept: &Kept) -> Result<Answer, Failure> {
        let name = task.file_name();
        let before = self.journal.known(&name).cloned();
        self.journal.note(&name, Known::Sent)?;
        let answer = match self.upload(task, &kept.bytes).await {
            Ok(answer) => answer,
            Err(Failure::NotSent(why)) => {
                // Nothing left: it is as it was.
                let nothing = Known::Answered(Answer::refused(why.clone()));
                self.journal.note(&name, before.unwrap_or(nothing))?;
                return Err(Failure::NotSent(why));
            }
            Err(failure) => return Err(failure),
        };
        match &answer.track_id {
            Some(track_id) if answer.state == State::Pending => {
                self.journal.note(&name, Known::Tracked(track_id.clone()))?;
                self.follow(&name, track_id.clone()).await
            }
            // Not answered yet, and nothing to ask by: it stays sent.
            None if answer.state == State::Pending => Ok(answer),
            Some(_) | None => self.noted(&name, answer),
        }
    }

    async fn upload(&mut self, task: &Task, file: &[u8]) -> Result<Answer, Failure> {
        let name = task.sent_name();
        match task.way {
            Way::Whole | Way::Support => self.authority.receive(&name, file).await,
            Way::Summary => self.authority.summary(&name, file).await,
            Way::Approval => self.authority.approval(&name, file).await,
        }
    }

    async fn follow(&mut self, name: &str, track_id: String) -> Result<Answer, Failure> {
        let answer = self.authority.result(track_id).await?;
        if answer.state.is_final() { self.noted(name, answer) } else { Ok(answer) }
    }

    fn noted(&mut self, name: &str, answer: Answer) -> Result<Answer, Failure> {
        self.journal.note(name, Known::Answered(answer.clone()))?;
        Ok(answer)
    }
}

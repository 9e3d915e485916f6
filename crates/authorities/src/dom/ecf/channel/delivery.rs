//! The delivery of a sealed invoice: what each event makes of each phase.
//!
//! What was signed is sent, and sent again, byte for byte. After a lost reply the DGII is asked what
//! it knows before anything leaves again; whatever it then knows twice, it is one document.

use invoice::Timestamp;

use super::body::Body;
use super::phase::Phase;
use super::reply::Reply;
use super::sealed::Sealed;
use super::services::Services;
use super::status::{Status, objection};
use super::waits;
use crate::contract::{
    Answer, Event, Numbered, Outcome, PaperReceipts as _, Question, Refusal, Response, Standing,
    Step, Trouble,
};
use crate::dom::paper::SeriesB;
use crate::dom::settings::{Model, Settings};

/// One step of a delivery.
pub(super) struct Delivery<'a> {
    pub(super) services: Services,
    pub(super) settings: &'a Settings,
    pub(super) numbered: &'a Numbered<'a>,
    pub(super) sealed: Sealed<'a>,
    pub(super) now: Timestamp,
}

pub(super) type Stepped = Result<(Phase, Step), Refusal>;

/// Questions in a row that may go unanswered before the document is sent again: a service that
/// answers no questions may take documents all the same.
pub(super) const ASKS_MAX: u32 = 5;
/// How often a document that must be there is looked for before it is believed not to be.
pub(super) const LOOKS_MAX: u32 = 5;

impl Delivery<'_> {
    pub(super) fn advance(&self, phase: Phase, event: Event) -> Stepped {
        match (phase, event) {
            (Phase::SigningSummary, Event::Signed(signed)) => Ok(self.summary_signed(&signed)),
            (phase, Event::Replied(response)) => {
                self.replied(phase, Reply::read(&response), &response)
            }
            (phase, Event::Unanswered(why)) => {
                let nothing = Response { status: 0, body: Vec::new() };
                self.replied(phase, Reply::unanswered(&why), &nothing)
            }
            (phase, Event::HeldBack) => {
                let step = waits::for_line(self.now, 0, Trouble::new("", "held back"));
                Ok((not_left(phase), step))
            }
            (Phase::Portal { said }, Event::Told(answer)) => Ok(self.told(said, answer)),
            (phase, Event::Started | Event::Due | Event::Signed(_) | Event::Told(_)) => {
                self.resume(phase)
            }
        }
    }

    /// What a phase does when it is taken up: for the first time, after a wait, after a crash. What
    /// may have left is asked about, never repeated.
    fn resume(&self, phase: Phase) -> Stepped {
        match phase {
            Phase::Unsigned | Phase::Signing { .. } => {
                unreachable!("what is delivered is sealed")
            }
            Phase::Sealed { waits } => Ok(self.deliver(waits)),
            Phase::Sent { .. } => Ok(self.ask_deliveries(0, None)),
            Phase::AskingDeliveries { tries, refused } => Ok(self.ask_deliveries(tries, refused)),
            Phase::Following { track_id, polls, origin, again } => {
                let request = self.services.result(&track_id);
                let phase = Phase::Following { track_id, polls, origin, again };
                Ok((phase, Step::Send(request)))
            }
            Phase::Verifying { doubt, tries } => self.verify(doubt, tries),
            Phase::Portal { said } => Ok(self.portal(said)),
            Phase::SigningSummary => Ok(self.summarise()),
            Phase::SummaryReady { summary } => Ok(self.send_summary(summary, false)),
            Phase::SummarySent { summary, .. } => self.ask_summary(summary, 0, None),
            Phase::AskingSummary { summary, tries, answered } => {
                self.ask_summary(summary, tries, answered)
            }
            Phase::LookingUp { since, tries } => Ok(self.look_up(since, tries)),
            Phase::Handing { peer, since, tries } => Ok(self.hand(peer, since, tries)),
            Phase::Finished => Ok((Phase::Finished, Step::Done(Outcome::Closed(None)))),
        }
    }

    fn replied(&self, phase: Phase, reply: Reply, response: &Response) -> Stepped {
        let reply = match (reply, &phase) {
            // A receiver's session is not the DGII's, and no reason to wait as long.
            (reply, Phase::Handing { .. }) => reply,
            (Reply::SessionRefused(trouble), _) => {
                return Ok((not_left(phase), waits::for_session(self.now, trouble)));
            }
            (Reply::NotNow(trouble), _) => {
                return Ok((not_left(phase), waits::for_later(self.now, trouble)));
            }
            (reply, _) => reply,
        };
        match phase {
            Phase::Sent { again } => self.received(again, reply, response),
            Phase::AskingDeliveries { tries, refused } => self.listed(tries, refused, reply),
            Phase::Following { track_id, polls, origin, again } => {
                self.resulted((track_id, origin, again), polls, (reply, response))
            }
            Phase::Verifying { doubt, tries } => self.verified(doubt, tries, (reply, response)),
            Phase::SummarySent { summary, again } => {
                self.summary_received(summary, again, (reply, response))
            }
            Phase::AskingSummary { summary, tries, answered } => {
                self.summary_asked(summary, tries, (answered, reply, response))
            }
            Phase::LookingUp { since, tries } => Ok(self.looked_up(since, tries, reply)),
            Phase::Handing { peer, since, tries } => {
                Ok(self.handed((peer, since, tries), reply, response))
            }
            phase @ (Phase::Unsigned
            | Phase::Signing { .. }
            | Phase::Sealed { .. }
            | Phase::Portal { .. }
            | Phase::SigningSummary
            | Phase::SummaryReady { .. }
            | Phase::Finished) => self.resume(phase),
        }
    }

    /// A note follows the document that it corrects: one that arrives first is rejected, and its
    /// number with it.
    fn deliver(&self, waits: u32) -> (Phase, Step) {
        match self.numbered.original {
            Some(Standing::Pending) => {
                let step = waits::for_original(self.now, waits);
                (Phase::Sealed { waits: waits.saturating_add(1) }, step)
            }
            Some(Standing::Refused) => {
                let words = "the document that it corrects was refused: nothing is left to correct";
                (Phase::Sealed { waits: 0 }, Step::GiveUp(Trouble::new("", words)))
            }
            Some(Standing::Acknowledged) | None if self.sealed.is_summarised => self.summarise(),
            Some(Standing::Acknowledged) | None => self.send(false),
        }
    }

    /// The DGII has it. What is still owed is the receiver's copy.
    pub(super) fn acknowledged(
        &self,
        status: &Status,
        response: &Response,
        (track_id, summary): (Option<&str>, Option<String>),
    ) -> (Phase, Step) {
        let reply = String::from_utf8_lossy(&response.body);
        let mut elements = self.sealed.acknowledgement(status, &reply);
        let track_id = track_id.map(|id| ("track_id".to_owned(), id.to_owned()));
        elements.details.extend(track_id);
        elements.document = summary;
        if self.goes_to_receiver() {
            let phase = Phase::LookingUp { since: self.now.micros(), tries: 0 };
            return (phase, Step::Acknowledged(elements));
        }
        (Phase::Finished, Step::Done(Outcome::Acknowledged(elements)))
    }

    fn goes_to_receiver(&self) -> bool {
        self.settings.model == Model::ByDirectory
            && self.services.has_inquiries()
            && self.sealed.document_type.is_sent_to_receiver()
            // What stands for a receipt on paper is the DGII's alone: the buyer holds the receipt.
            && SeriesB.stood_for(self.numbered.invoice).is_none()
            && self.sealed.buyer().is_some()
    }

    pub(super) fn portal(&self, said: super::phase::Said) -> (Phase, Step) {
        let text = format!(
            "The DGII may hold {} of {} with security code {}, and cannot be asked here. Look it \
             up in Oficina Virtual, among the e-NCF issued, and tell its total, or that it is not \
             there.",
            self.sealed.number, self.sealed.issuer, self.sealed.security_code
        );
        let question = Question { text, trouble: said.clone().into() };
        (Phase::Portal { said }, Step::Ask(question))
    }

    /// What a person read on the portal.
    fn told(&self, said: super::phase::Said, answer: Answer) -> (Phase, Step) {
        let Answer::Registered { elements, total } = answer else {
            return if self.sealed.is_summarised { self.summarise() } else { self.send(true) };
        };
        let ours = self.numbered.invoice.totals().total;
        let theirs = total.as_deref().map(invoice::Amount::parse);
        let codes = [self.sealed.elements.code.as_str(), self.sealed.security_code];
        let said = match theirs {
            Some(Ok(theirs)) if theirs == ours && codes.contains(&elements.code.as_str()) => {
                let details = [("status", Some("accepted".to_owned()))];
                let elements = self.sealed.elements_of(details, &elements.reply);
                return (Phase::Finished, Step::Done(Outcome::Acknowledged(elements)));
            }
            Some(Ok(theirs)) if theirs != ours => super::phase::Said {
                words: format!("the portal shows {theirs}, the document is {ours}"),
                ..said
            },
            Some(_) | None => super::phase::Said {
                words: format!("tell the total that the portal shows, and the code {}", codes[1]),
                ..said
            },
        };
        self.portal(said)
    }
}

/// Where a matter stands if what was about to leave, or was turned away at the door, is not there.
fn not_left(phase: Phase) -> Phase {
    match phase {
        Phase::Sent { again: false } => Phase::Sealed { waits: 0 },
        Phase::Sent { again: true } => Phase::AskingDeliveries { tries: 0, refused: None },
        Phase::SummarySent { summary, again: false } => Phase::SummaryReady { summary },
        Phase::SummarySent { summary, again: true } => {
            Phase::AskingSummary { summary, tries: 0, answered: None }
        }
        other => other,
    }
}

/// The status that an answer tells, and the trouble where it tells none.
pub(super) fn status_of(reply: Reply, response: &Response) -> Result<Status, NoStatus> {
    match reply {
        Reply::Fine(body) => Status::read(&body).ok_or_else(|| NoStatus::unreadable(&body)),
        Reply::Refused(trouble) => Err(NoStatus::Refused(trouble)),
        Reply::Missing(trouble) => Status::not_found(response).ok_or(NoStatus::Missing(trouble)),
        Reply::SessionRefused(trouble) | Reply::NotNow(trouble) | Reply::Unclear(trouble) => {
            Err(NoStatus::Unclear(trouble))
        }
    }
}

/// Why an answer tells no status.
pub(super) enum NoStatus {
    /// The service would not take what was asked or sent.
    Refused(Trouble),
    /// There is no such service here.
    Missing(Trouble),
    /// Nobody knows.
    Unclear(Trouble),
}

impl NoStatus {
    /// A success with nothing but words is a refusal in the wrong clothes.
    fn unreadable(body: &Body) -> Self {
        match objection(body) {
            Some((code, words)) => Self::Refused(Trouble::new(code, words)),
            None => Self::Unclear(Reply::unreadable(body)),
        }
    }
}

//! What the DGII says of a document that another taxpayer sent to us: asked with its security code,
//! which whoever holds the document knows (Descripción Técnica, Consulta de estado).

use invoice::{Amount, Timestamp};

use super::body::Body;
use super::reply::Reply;
use super::services::Services;
use super::status::{State, Status};
use super::waits;
use crate::contract::{
    Event, Found, FoundState, Inquiry, NumberFate, Outcome, Refusal, RefusalKind, Response, Step,
    Trouble,
};

/// One step of an inquiry. It remembers nothing: each question is the same.
pub(super) struct Asking<'a> {
    pub(super) services: Services,
    pub(super) inquiry: &'a Inquiry,
    pub(super) now: Timestamp,
}

impl Asking<'_> {
    pub(super) fn advance(&self, event: Event) -> Result<Step, Refusal> {
        match event {
            Event::Started | Event::Due | Event::Signed(_) | Event::Told(_) => Ok(self.ask()),
            Event::HeldBack => Ok(self.later(Trouble::new("", "held back"))),
            Event::Unanswered(why) => Ok(self.later(Trouble::new("", why))),
            Event::Replied(response) => self.replied(Reply::read(&response), &response),
        }
    }

    fn ask(&self) -> Step {
        if !self.services.has_inquiries() {
            let words = "nothing can be asked while certifying: there is no such service";
            return found(FoundState::Untold, words);
        }
        let Inquiry { tax_id, issuer_tax_id, number, code, .. } = self.inquiry;
        Step::Send(self.services.state((issuer_tax_id, Some(tax_id)), number, code))
    }

    fn replied(&self, reply: Reply, response: &Response) -> Result<Step, Refusal> {
        match reply {
            Reply::Fine(body) => Ok(match Status::read(&body) {
                Some(status) => self.found(&body, &status),
                None => self.later(Reply::unreadable(&body)),
            }),
            Reply::Refused(Trouble { code, words }) => {
                Err(Refusal { kind: RefusalKind::Refused, code, words, number: NumberFate::Used })
            }
            Reply::SessionRefused(trouble) => Ok(waits::for_session(self.now, trouble)),
            Reply::NotNow(trouble) => Ok(waits::for_later(self.now, trouble)),
            Reply::Missing(trouble) => Ok(match Status::not_found(response) {
                Some(status) => self.found(&Body::Empty, &status),
                None => self.later(trouble),
            }),
            Reply::Unclear(trouble) => Ok(self.later(trouble)),
        }
    }

    fn found(&self, body: &Body, status: &Status) -> Step {
        let (code, words) = status.said();
        let said = format!("{code} {words}").trim().to_owned();
        let said = if said.is_empty() { body.text("estado").unwrap_or_default() } else { said };
        match (state(status.state), theirs(body)) {
            (FoundState::Accepted | FoundState::AcceptedConditionally, Some(total))
                if total != self.inquiry.total =>
            {
                found(FoundState::Differs, &format!("{said}: with a total of {total}"))
            }
            (state, _) => found(state, &said),
        }
    }

    fn later(&self, trouble: Trouble) -> Step {
        waits::for_line(self.now, 0, trouble)
    }
}

fn state(state: State) -> FoundState {
    match state {
        State::NotFound => FoundState::NotFound,
        State::InProcess => FoundState::InProcess,
        State::Accepted => FoundState::Accepted,
        State::AcceptedConditionally => FoundState::AcceptedConditionally,
        State::Rejected => FoundState::Rejected,
    }
}

fn found(state: FoundState, words: &str) -> Step {
    let words = words.chars().take(WORDS_MAX).collect();
    Step::Done(Outcome::Found(Found { state, words }))
}

/// The total under which the DGII has it, where it says one that can be read.
fn theirs(body: &Body) -> Option<Amount> {
    Amount::parse(&body.text("montoTotal")?).ok()
}

/// Characters that are kept of what is said.
const WORDS_MAX: usize = 500;

//! A small consumer invoice, of which the DGII gets the summary: it answers at once (Informe Técnico
//! e-CF, Factura de consumo electrónica menor a DOP$250 mil). The invoice itself is kept.

use super::body::Body;
use super::delivery::{ASKS_MAX, Delivery, LOOKS_MAX, NoStatus, Stepped, status_of};
use super::phase::{Answered, Means, Phase, Said};
use super::reply::Reply;
use super::sealed::{contradicts, refusal, rejection};
use super::signing::{finish, sign, to_be_signed};
use super::status::{State, Status, is_same_document, messages};
use super::waits;
use crate::contract::{Response, Signed, Step, Trouble};
use crate::dom::compose::summary;
use crate::dom::dsig::ToBeSigned;
use crate::dom::xml::Document;

impl Delivery<'_> {
    pub(super) fn summarise(&self) -> (Phase, Step) {
        match self.summary() {
            Ok(summary) => (Phase::SigningSummary, sign(&summary)),
            Err(words) => {
                (Phase::Sealed { waits: 0 }, Step::GiveUp(Trouble::new("no_summary", words)))
            }
        }
    }

    /// The same invoice always has the same summary, and a key always signs it alike.
    fn summary(&self) -> Result<ToBeSigned, String> {
        let document = Document::parse(self.sealed.text.as_bytes());
        let document = document.map_err(|error| error.to_string())?;
        let summary = summary(document.root(), self.sealed.security_code);
        to_be_signed(summary).map_err(|refusal| refusal.words)
    }

    pub(super) fn summary_signed(&self, signed: &Signed) -> (Phase, Step) {
        let no_summary = |words| Trouble::new("no_summary", words);
        let summary = self.summary().map_err(no_summary).and_then(|summary| {
            finish(&summary, signed).map_err(|why| Trouble::new(why.code, why.words))
        });
        match summary {
            Ok(signed) => self.send_summary(signed.text, false),
            // The invoice is in the customer's hands: it waits for a key that can sign.
            Err(trouble) => (Phase::Sealed { waits: 0 }, Step::GiveUp(trouble)),
        }
    }

    pub(super) fn send_summary(&self, summary: String, again: bool) -> (Phase, Step) {
        let request = self.services.receive_summary(&self.sealed.file_name(), summary.as_bytes());
        (Phase::SummarySent { summary, again }, Step::Send(request))
    }

    pub(super) fn summary_received(
        &self,
        summary: String,
        again: bool,
        (reply, response): (Reply, &Response),
    ) -> Stepped {
        let ask = |summary, answered| self.ask_summary(summary, 0, answered);
        match status_of(reply, response) {
            Ok(Status { state: State::InProcess | State::NotFound, .. }) => {
                let phase = Phase::AskingSummary { summary, tries: 0, answered: None };
                Ok((phase, waits::for_result(self.now, 0)))
            }
            Ok(status) if status.state != State::Rejected => {
                Ok(self.acknowledged(&status, response, (None, Some(summary))))
            }
            Ok(status) if status.is_same_document() => {
                let reply = String::from_utf8_lossy(&response.body).into_owned();
                ask(summary, Some(Answered::SameDocument { reply }))
            }
            Ok(status) if status.is_duplicate() => {
                ask(summary, Some(Answered::Duplicate { said: rejection(&status) }))
            }
            Ok(status) => Err(refusal(rejection(&status))),
            Err(NoStatus::Refused(trouble)) => {
                self.summary_turned_away(summary, again, (trouble, response))
            }
            Err(NoStatus::Missing(trouble) | NoStatus::Unclear(trouble)) => {
                let phase = Phase::AskingSummary { summary, tries: 0, answered: None };
                Ok((phase, waits::for_line(self.now, 0, trouble)))
            }
        }
    }

    /// It would not be taken, or says that in the words of one that is there.
    fn summary_turned_away(
        &self,
        summary: String,
        again: bool,
        (trouble, response): (Trouble, &Response),
    ) -> Stepped {
        let body = Body::read(&response.body);
        if contradicts(&body) {
            let phase = Phase::AskingSummary { summary, tries: 0, answered: None };
            return Ok((phase, waits::for_line(self.now, 0, trouble)));
        }
        let said = Said::turned_away(&body, trouble);
        let answered = if is_same_document(&messages(&body)) {
            let reply = String::from_utf8_lossy(&response.body).into_owned();
            Answered::SameDocument { reply }
        } else if said.means == Means::Duplicate {
            Answered::Duplicate { said }
        } else if again {
            Answered::Refused { said }
        } else {
            return Err(refusal(said));
        };
        self.ask_summary(summary, 0, Some(answered))
    }

    pub(super) fn ask_summary(
        &self,
        summary: String,
        tries: u32,
        answered: Option<Answered>,
    ) -> Stepped {
        if !self.settings.summary_inquiry {
            return self.summary_unknown(summary, answered);
        }
        let sealed = &self.sealed;
        let request =
            self.services.summary_state(sealed.issuer, sealed.number, sealed.security_code);
        Ok((Phase::AskingSummary { summary, tries, answered }, Step::Send(request)))
    }

    pub(super) fn summary_asked(
        &self,
        summary: String,
        tries: u32,
        (answered, reply, response): (Option<Answered>, Reply, &Response),
    ) -> Stepped {
        let later = |summary, answered, step| {
            Ok((Phase::AskingSummary { summary, tries: tries.saturating_add(1), answered }, step))
        };
        match status_of(reply, response) {
            Ok(Status { state: State::InProcess, .. }) => {
                later(summary, answered, waits::for_result(self.now, tries.saturating_add(1)))
            }
            // What was taken a moment ago may not show yet.
            Ok(Status { state: State::NotFound, .. })
                if is_there(answered.as_ref()) && tries + 1 < LOOKS_MAX =>
            {
                later(summary, answered, waits::for_result(self.now, tries + 1))
            }
            Ok(Status { state: State::NotFound, .. }) => self.summary_absent(summary, answered),
            Ok(status) if status.state == State::Rejected => Err(refusal(rejection(&status))),
            Ok(status) => Ok(self.acknowledged(&status, response, (None, Some(summary)))),
            Err(NoStatus::Unclear(trouble)) if tries + 1 < ASKS_MAX => {
                later(summary, answered, waits::for_line(self.now, tries, trouble))
            }
            Err(NoStatus::Refused(_) | NoStatus::Missing(_) | NoStatus::Unclear(_)) => {
                self.summary_unknown(summary, answered)
            }
        }
    }

    /// The DGII does not find it.
    fn summary_absent(&self, summary: String, answered: Option<Answered>) -> Stepped {
        match answered {
            Some(Answered::Refused { said }) => Err(refusal(said)),
            answered => self.summary_unknown(summary, answered),
        }
    }

    /// Nobody can be asked: what was answered must do, or the same bytes leave again.
    fn summary_unknown(&self, summary: String, answered: Option<Answered>) -> Stepped {
        match answered {
            None => Ok(self.send_summary(summary, true)),
            // A summary is known by its number and its code together: that one is this one.
            Some(Answered::SameDocument { reply }) => {
                let status = Status {
                    state: State::Accepted,
                    messages: Vec::new(),
                    number_used: Some(true),
                    received_at: None,
                };
                let response = Response { status: 200, body: reply.into_bytes() };
                Ok(self.acknowledged(&status, &response, (None, Some(summary))))
            }
            Some(Answered::Duplicate { said }) => Err(refusal(said)),
            Some(Answered::Refused { said }) => Ok(self.portal(said)),
        }
    }
}

fn is_there(answered: Option<&Answered>) -> bool {
    matches!(answered, Some(Answered::SameDocument { .. } | Answered::Duplicate { .. }))
}

//! A document that goes to the DGII whole: reception, result, and what a lost reply wants.

use super::body::{Body, member, text};
use super::delivery::{ASKS_MAX, Delivery, LOOKS_MAX, NoStatus, Stepped, status_of};
use super::phase::{Doubt, Means, Origin, Phase, Said};
use super::reply::Reply;
use super::sealed::{contradicts, refusal, rejection};
use super::status::{State, objection};
use super::waits;
use crate::contract::{Response, Step, Trouble};

/// Polls after which a delivery that the DGII does not find is looked for by its number.
const NOT_FOUND_MAX: u32 = 10;
/// Deliveries of one number that are looked at: each is a lost reply or a refused document.
const DELIVERIES_MAX: usize = 50;

impl Delivery<'_> {
    pub(super) fn send(&self, again: bool) -> (Phase, Step) {
        let sealed = &self.sealed;
        let request = self.services.receive(&sealed.file_name(), sealed.text.as_bytes());
        (Phase::Sent { again }, Step::Send(request))
    }

    pub(super) fn received(&self, again: bool, reply: Reply, response: &Response) -> Stepped {
        let unclear = match reply {
            Reply::Fine(body) => match body.text("trackId").filter(|id| is_track_id(id)) {
                Some(track_id) => {
                    let phase =
                        Phase::Following { track_id, polls: 0, origin: Origin::Ours, again };
                    return Ok((phase, waits::for_result(self.now, 0)));
                }
                None => match objection(&body) {
                    Some((code, words)) => {
                        let said = Said::turned_away(&body, Trouble::new(code, words));
                        return self.turned_away(again, said);
                    }
                    None => Reply::unreadable(&body),
                },
            },
            Reply::Refused(trouble) => {
                let body = Body::read(&response.body);
                if !contradicts(&body) {
                    return self.turned_away(again, Said::turned_away(&body, trouble));
                }
                trouble
            }
            Reply::Missing(trouble)
            | Reply::Unclear(trouble)
            | Reply::SessionRefused(trouble)
            | Reply::NotNow(trouble) => trouble,
        };
        let phase = Phase::AskingDeliveries { tries: 0, refused: None };
        Ok((phase, waits::for_line(self.now, 0, unclear)))
    }

    /// Reception would not take it. That it would not take it again says nothing of the first time,
    /// and what holds its number may be ours: a line may deliver one request twice.
    fn turned_away(&self, again: bool, said: Said) -> Stepped {
        let is_in_doubt = again || said.means == Means::Duplicate;
        match (is_in_doubt, self.services.has_inquiries()) {
            (true, true) => Ok(self.ask_deliveries(0, Some(said))),
            (true, false) if again => Ok(self.portal(said)),
            (true | false, _) => Err(refusal(said)),
        }
    }

    /// While certifying the DGII tells nothing of deliveries: the same bytes leave again, and a
    /// second one of them is rejected as such.
    pub(super) fn ask_deliveries(&self, tries: u32, refused: Option<Said>) -> (Phase, Step) {
        if !self.services.has_inquiries() {
            return self.send(true);
        }
        let request = self.services.deliveries(self.sealed.issuer, self.sealed.number);
        (Phase::AskingDeliveries { tries, refused }, Step::Send(request))
    }

    pub(super) fn listed(&self, tries: u32, refused: Option<Said>, reply: Reply) -> Stepped {
        let body = match reply {
            Reply::Fine(body) => body,
            Reply::Refused(trouble)
            | Reply::Missing(trouble)
            | Reply::Unclear(trouble)
            | Reply::SessionRefused(trouble)
            | Reply::NotNow(trouble) => return Ok(self.not_listed(tries, refused, trouble)),
        };
        let Some(listed) = body.list("trackId") else {
            return Ok(self.not_listed(tries, refused, Reply::unreadable(&body)));
        };
        let listed = listed.into_iter().filter_map(|one| {
            let track_id = member(one, "trackId").and_then(text).filter(|id| is_track_id(id))?;
            Some((track_id, State::read(one)))
        });
        let listed: Vec<(String, Option<State>)> = listed.take(DELIVERIES_MAX).collect();
        let find = |wanted: fn(Option<State>) -> bool| {
            let found = listed.iter().rev().find(|(_, state)| wanted(*state));
            found.map(|(track_id, _)| track_id.clone())
        };
        if let Some(track_id) = find(is_accepted) {
            return self.verify(Doubt::Accepted { track_id }, 0);
        }
        if let Some(track_id) = find(|state| state != Some(State::Rejected)) {
            let request = self.services.result(&track_id);
            let phase =
                Phase::Following { track_id, polls: 0, origin: Origin::Listed, again: true };
            return Ok((phase, Step::Send(request)));
        }
        match (find(|_| true), refused) {
            (Some(track_id), refused) => {
                let known = refused.is_some();
                let held = refused.filter(|said| said.means == Means::Duplicate);
                self.verify(Doubt::Rejected { track_id, known, held }, 0)
            }
            // What was taken a moment ago may not show yet: one of two arrivals of a request holds the
            // number that the other is turned away for.
            (None, Some(said)) if said.means == Means::Duplicate && tries + 1 < LOOKS_MAX => {
                let tries = tries + 1;
                let phase = Phase::AskingDeliveries { tries, refused: Some(said) };
                Ok((phase, waits::for_result(self.now, tries)))
            }
            (None, Some(said)) => Err(refusal(said)),
            (None, None) => Ok(self.send(true)),
        }
    }

    fn not_listed(&self, tries: u32, refused: Option<Said>, trouble: Trouble) -> (Phase, Step) {
        match (tries + 1 >= ASKS_MAX, refused) {
            (true, Some(said)) => self.portal(said),
            (true, None) => self.send(true),
            (false, refused) => {
                let phase = Phase::AskingDeliveries { tries: tries + 1, refused };
                (phase, waits::for_line(self.now, tries, trouble))
            }
        }
    }

    pub(super) fn resulted(
        &self,
        (track_id, origin, again): (String, Origin, bool),
        polls: u32,
        (reply, response): (Reply, &Response),
    ) -> Stepped {
        let on = |track_id, polls: u32| Phase::Following {
            track_id,
            polls: polls.saturating_add(1),
            origin,
            again,
        };
        let status = match status_of(reply, response) {
            Ok(status) => status,
            Err(NoStatus::Refused(_)) => {
                return Ok(self.not_found((track_id, origin, again), polls));
            }
            Err(NoStatus::Missing(trouble) | NoStatus::Unclear(trouble)) => {
                return Ok((on(track_id, polls), waits::for_line(self.now, polls, trouble)));
            }
        };
        match (status.state, origin) {
            (State::InProcess, _) => {
                Ok((on(track_id, polls), waits::for_result(self.now, polls.saturating_add(1))))
            }
            (State::NotFound, _) => Ok(self.not_found((track_id, origin, again), polls)),
            (State::Accepted | State::AcceptedConditionally, Origin::Ours | Origin::Believed) => {
                Ok(self.acknowledged(&status, response, (Some(&track_id), None)))
            }
            (State::Accepted | State::AcceptedConditionally, Origin::Listed) => {
                self.verify(Doubt::Accepted { track_id }, 0)
            }
            (State::Rejected, _) if status.is_duplicate() => {
                let doubt = Doubt::Duplicate { track_id, said: rejection(&status), origin, again };
                self.verify(doubt, 0)
            }
            // That the second delivery is rejected says nothing of the first.
            (State::Rejected, Origin::Ours) if again && self.services.has_inquiries() => {
                Ok(self.ask_deliveries(0, Some(rejection(&status))))
            }
            (State::Rejected, Origin::Ours | Origin::Believed) => Err(refusal(rejection(&status))),
            (State::Rejected, Origin::Listed) => {
                self.verify(Doubt::Rejected { track_id, known: false, held: None }, 0)
            }
        }
    }

    fn not_found(
        &self,
        (track_id, origin, again): (String, Origin, bool),
        polls: u32,
    ) -> (Phase, Step) {
        if polls + 1 >= NOT_FOUND_MAX {
            return self.ask_deliveries(0, None);
        }
        let phase = Phase::Following { track_id, polls: polls + 1, origin, again };
        (phase, waits::for_result(self.now, polls + 1))
    }

    /// Asks by the security code, which no other document under this number has.
    pub(super) fn verify(&self, doubt: Doubt, tries: u32) -> Stepped {
        if !self.services.has_inquiries() {
            return self.unverifiable(doubt);
        }
        let sealed = &self.sealed;
        let buyer = sealed.buyer();
        let parties = (sealed.issuer, buyer.as_deref());
        let request = self.services.state(parties, sealed.number, sealed.security_code);
        Ok((Phase::Verifying { doubt, tries }, Step::Send(request)))
    }

    pub(super) fn verified(
        &self,
        doubt: Doubt,
        tries: u32,
        (reply, response): (Reply, &Response),
    ) -> Stepped {
        let later = |doubt, step| Ok((Phase::Verifying { doubt, tries: tries + 1 }, step));
        let is_last = tries + 1 >= LOOKS_MAX;
        let status = match status_of(reply, response) {
            Ok(status) => status,
            Err(NoStatus::Unclear(trouble)) if !is_last => {
                return later(doubt, waits::for_line(self.now, tries, trouble));
            }
            Err(NoStatus::Unclear(_)) => {
                return match doubt {
                    // The service is there, and may have told of the first of two arrivals.
                    Doubt::Duplicate { said, .. } => Ok(self.portal(said)),
                    doubt => self.unverifiable(doubt),
                };
            }
            Err(NoStatus::Refused(_) | NoStatus::Missing(_)) => return self.unverifiable(doubt),
        };
        match (status.state, doubt) {
            (State::Accepted | State::AcceptedConditionally, doubt) => {
                let track_id = Some(doubt.track_id());
                Ok(self.acknowledged(&status, response, (track_id, None)))
            }
            // Ours was rejected: why, the delivery tells.
            (State::Rejected, Doubt::Rejected { track_id, .. })
            | (State::NotFound, Doubt::Rejected { track_id, known: true, held: None }) => {
                Ok(self.believe(track_id))
            }
            // None of the deliveries is ours, and something holds the number.
            (State::NotFound, Doubt::Rejected { held: Some(said), .. }) if is_last => {
                Err(refusal(said))
            }
            (State::NotFound, doubt @ Doubt::Rejected { held: Some(_), .. }) => {
                later(doubt, waits::for_result(self.now, tries.saturating_add(1)))
            }
            (State::NotFound, Doubt::Rejected { known: false, .. }) => Ok(self.send(true)),
            (state, Doubt::Duplicate { said, origin, .. })
                if state == State::Rejected || is_last =>
            {
                match origin {
                    Origin::Believed => Err(refusal(said)),
                    // What is rejected may be the second of two arrivals; the list knows the first.
                    Origin::Ours | Origin::Listed => Ok(self.ask_deliveries(0, Some(said))),
                }
            }
            (State::Rejected, Doubt::Accepted { track_id }) => {
                let words = format!("delivery {track_id} of another document holds the number");
                Err(refusal(Said { code: String::new(), words, means: Means::Duplicate }))
            }
            (State::NotFound, Doubt::Accepted { track_id }) if is_last => {
                let words = format!("delivery {track_id} is accepted, and not under our code");
                Ok(self.portal(Said { code: String::new(), words, means: Means::Duplicate }))
            }
            // What was accepted a moment ago may not show yet.
            (State::InProcess | State::Rejected | State::NotFound, doubt) => {
                later(doubt, waits::for_result(self.now, tries.saturating_add(1)))
            }
        }
    }

    /// Where nobody tells by the security code, what is known must do.
    fn unverifiable(&self, doubt: Doubt) -> Stepped {
        match doubt {
            Doubt::Duplicate { said, again: false, .. } => Err(refusal(said)),
            // What holds the number may be the first of two, or none of those that are listed.
            Doubt::Duplicate { said, again: true, .. }
            | Doubt::Rejected { held: Some(said), .. } => Ok(self.portal(said)),
            // Under our own number, and nothing speaks against it.
            Doubt::Accepted { track_id }
            | Doubt::Rejected { track_id, known: true, held: None } => Ok(self.believe(track_id)),
            Doubt::Rejected { known: false, .. } => Ok(self.send(true)),
        }
    }

    /// What this delivery says is said of ours.
    fn believe(&self, track_id: String) -> (Phase, Step) {
        let request = self.services.result(&track_id);
        let phase = Phase::Following { track_id, polls: 0, origin: Origin::Believed, again: true };
        (phase, Step::Send(request))
    }
}

impl Doubt {
    fn track_id(&self) -> &str {
        match self {
            Self::Duplicate { track_id, .. }
            | Self::Accepted { track_id }
            | Self::Rejected { track_id, .. } => track_id,
        }
    }
}

fn is_accepted(state: Option<State>) -> bool {
    matches!(state, Some(State::Accepted | State::AcceptedConditionally))
}

/// A GUID by all that was seen; whatever it is, it goes into a path.
fn is_track_id(text: &str) -> bool {
    (1..=TRACK_ID_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Twice a GUID.
const TRACK_ID_MAX: usize = 72;

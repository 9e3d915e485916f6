//! The phases of one invoice, and what each event makes of each.

use std::collections::BTreeMap;

use invoice::{Amount, SECOND, Timestamp};
use serde::{Deserialize, Serialize};

use super::reply::{self, Reply};
use super::wire::{self, ReplyDto};
use super::{Emcf, get, request};
use crate::contract::{
    Answer, Event, Method, NumberFate, Outcome, Pause, Question, Refusal, RefusalKind, Request,
    Response, Step, Trouble,
};

/// What every phase needs.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Matters {
    rn: String,
    /// The request, as it is sent and sent again.
    body: String,
    /// Our sums under the DGI's names.
    sums: BTreeMap<String, String>,
}

/// The phases of an invoice.
#[derive(Clone, Deserialize, Serialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(super) enum Phase {
    /// Nothing is under way.
    Ready,
    /// The POST has left.
    Posting,
    /// Which requests are pending? One may be ours, its reply lost.
    Listing,
    /// Is this pending request ours? Others are still to be looked at.
    Inspecting { uid: String, others: Vec<String> },
    /// A stray pending request of ours is being cancelled.
    Clearing { uid: String },
    /// The confirmation has left.
    Confirming { uid: String },
    /// Is it pending still?
    AskingPending { uid: String },
    /// Will the server tell of a finalised invoice?
    AskingFinalised { uid: String },
    /// Refused for a difference of sums; the pending request is being cancelled.
    Cancelling { uid: String, words: String },
    /// The DGI would not confirm; the pending request is being cancelled. Where that fails, an
    /// earlier confirmation may have arrived after all.
    Withdrawing { uid: String, code: String, words: String },
    /// Only the portal can tell.
    Portal { uid: String },
    /// Sealed.
    Finished,
}

type Stepped = Result<(Phase, Step), Refusal>;

impl Matters {
    pub(super) fn new(rn: &str, body: String, sums: BTreeMap<String, String>) -> Self {
        Self { rn: rn.to_owned(), body, sums }
    }
}

impl Emcf {
    pub(super) fn advance(
        &self,
        matters: &Matters,
        phase: Phase,
        event: Event,
        now: Timestamp,
    ) -> Stepped {
        match event {
            // No step of this machine asks for a signature.
            Event::Started | Event::Due | Event::Signed(_) => Ok(self.resume(matters, phase)),
            Event::Replied(response) => self.replied(matters, phase, &response, now),
            Event::Unanswered(why) => Ok(unanswered(phase, Trouble::new("", why), now)),
            Event::HeldBack => Ok(held_back(phase, now)),
            Event::Told(answer) => Ok(self.told(matters, phase, answer)),
        }
    }

    /// What a phase does when it is taken up: for the first time, after a wait, after a crash. A
    /// POST or a confirmation that may have left is asked about, never repeated.
    fn resume(&self, matters: &Matters, phase: Phase) -> (Phase, Step) {
        match phase {
            Phase::Ready => self.post(matters),
            Phase::Posting | Phase::Listing => self.ask(Phase::Listing),
            Phase::Inspecting { uid, others } => self.inspect(uid, others),
            Phase::Clearing { uid } => self.clear(uid),
            Phase::Confirming { uid } | Phase::AskingPending { uid } => {
                self.ask(Phase::AskingPending { uid })
            }
            Phase::AskingFinalised { uid } => self.ask_finalised(matters, uid),
            Phase::Cancelling { uid, words } => self.cancel(uid, words),
            Phase::Withdrawing { uid, code, words } => self.withdraw(uid, Trouble { code, words }),
            Phase::Portal { uid } => portal(matters, uid, Trouble::default()),
            Phase::Finished => (Phase::Finished, Step::Done(Outcome::AsSealed)),
        }
    }

    fn replied(
        &self,
        matters: &Matters,
        phase: Phase,
        response: &Response,
        now: Timestamp,
    ) -> Stepped {
        let reply = match Reply::read(response) {
            // Whatever was being done, the token comes first, and nothing was processed.
            Reply::TokenRefused(trouble) => {
                return Ok((before_refused_token(phase), not_now(now, TOKEN_WAIT, trouble)));
            }
            Reply::Unclear(trouble) if is_asked_again(&phase, response.status) => {
                return Ok(unanswered(phase, trouble, now));
            }
            // An error of the server while confirming, or its "later", says no more than silence.
            Reply::Code(trouble)
                if matches!(trouble.code.as_str(), "1" | "10" | "99")
                    && matches!(phase, Phase::Confirming { .. }) =>
            {
                return Ok(unanswered(phase, trouble, now));
            }
            reply => reply,
        };
        match phase {
            Phase::Posting => self.posted(matters, reply, now),
            Phase::Listing => Ok(self.listed(matters, reply, now)),
            Phase::Inspecting { uid, others } => Ok(self.inspected(matters, uid, others, &reply)),
            Phase::Clearing { .. } => Ok(self.post(matters)),
            Phase::Confirming { uid } => Ok(self.confirmed(matters, uid, reply, &response.body)),
            Phase::AskingPending { uid } => Ok(self.asked_pending(matters, uid, reply, now)),
            Phase::AskingFinalised { uid } => {
                Ok(asked_finalised(matters, uid, &reply, &response.body))
            }
            Phase::Cancelling { words, .. } => Err(mismatch(words)),
            Phase::Withdrawing { uid, code, words } => {
                self.withdrawn(matters, (uid, Trouble { code, words }), &reply, now)
            }
            phase @ (Phase::Ready | Phase::Portal { .. } | Phase::Finished) => {
                Ok(self.resume(matters, phase))
            }
        }
    }

    fn post(&self, matters: &Matters) -> (Phase, Step) {
        let request = Request {
            body: Some(matters.body.clone().into_bytes()),
            takes_a_place: true,
            ..request("invoice", Method::Post, self.path("api/invoice"))
        };
        (Phase::Posting, Step::Send(request))
    }

    fn posted(&self, matters: &Matters, reply: Reply, now: Timestamp) -> Stepped {
        match reply {
            Reply::Fine(reply) => Ok(self.priced(matters, &reply, now)),
            Reply::Code(trouble) => match trouble.code.as_str() {
                "1" => Ok((Phase::Ready, not_now(now, CROWDED_WAIT, trouble))),
                "10" | "99" => Ok((Phase::Ready, not_now(now, LATER_WAIT, trouble))),
                _ => Err(refused(trouble)),
            },
            Reply::Unreadable(trouble) => Err(refused(trouble)),
            Reply::TokenRefused(trouble) | Reply::Unclear(trouble) => {
                Ok((Phase::Listing, wait_for_line(now, trouble)))
            }
        }
    }

    /// Totals are compared to the cent before anything is confirmed.
    fn priced(&self, matters: &Matters, reply: &ReplyDto, now: Timestamp) -> (Phase, Step) {
        let Some(uid) = reply.uid.as_deref().filter(|uid| is_uid(uid)) else {
            let trouble = Trouble::new("", "the reply names no uid");
            return (Phase::Listing, wait_for_line(now, trouble));
        };
        match reply::difference(&matters.sums, reply) {
            None => self.confirm(matters, uid.to_owned()),
            Some(words) => self.cancel(uid.to_owned(), words),
        }
    }

    fn confirm(&self, matters: &Matters, uid: String) -> (Phase, Step) {
        let body = finalize_body(matters);
        let request = self.action(&uid, "confirm", Some(body), true);
        (Phase::Confirming { uid }, Step::Send(request))
    }

    fn confirmed(
        &self,
        matters: &Matters,
        uid: String,
        reply: Reply,
        body: &[u8],
    ) -> (Phase, Step) {
        match reply {
            Reply::Fine(reply) => match reply::elements(&reply, body) {
                Some(elements) => (Phase::Finished, Step::Sealed(Some(elements))),
                // It confirmed something, and what it gave cannot be printed: a person must see.
                None => portal(matters, uid, Trouble::new("", "no security elements")),
            },
            // 20 is what a second arrival of a request that succeeded would be answered. Asking
            // whether it is pending would turn in a circle: a list may keep what has expired.
            Reply::Code(trouble) if trouble.code == "20" => self.ask_finalised(matters, uid),
            Reply::Code(trouble)
            | Reply::Unreadable(trouble)
            | Reply::TokenRefused(trouble)
            | Reply::Unclear(trouble) => self.withdraw(uid, trouble),
        }
    }

    fn asked_pending(
        &self,
        matters: &Matters,
        uid: String,
        reply: Reply,
        now: Timestamp,
    ) -> (Phase, Step) {
        match pending(reply) {
            Err(trouble) => (Phase::AskingPending { uid }, wait_for_line(now, trouble)),
            Ok(uids) if uids.iter().any(|other| other.eq_ignore_ascii_case(&uid)) => {
                self.confirm(matters, uid)
            }
            Ok(_) => self.ask_finalised(matters, uid),
        }
    }

    fn listed(&self, matters: &Matters, reply: Reply, now: Timestamp) -> (Phase, Step) {
        match pending(reply) {
            Err(trouble) => (Phase::Listing, wait_for_line(now, trouble)),
            Ok(mut uids) => match uids.pop() {
                Some(uid) => self.inspect(uid, uids),
                None => self.post(matters),
            },
        }
    }

    fn inspected(
        &self,
        matters: &Matters,
        uid: String,
        mut others: Vec<String>,
        reply: &Reply,
    ) -> (Phase, Step) {
        let ours =
            matches!(reply, Reply::Fine(detail) if detail.rn.as_deref() == Some(&matters.rn));
        match (ours, others.pop()) {
            (true, _) => self.clear(uid),
            (false, Some(next)) => self.inspect(next, others),
            (false, None) => self.post(matters),
        }
    }

    /// A refused confirmation is final once its request is cancelled. What cannot be cancelled has
    /// expired, or is registered by a confirmation whose reply was lost.
    fn withdrawn(
        &self,
        matters: &Matters,
        (uid, trouble): (String, Trouble),
        reply: &Reply,
        now: Timestamp,
    ) -> Stepped {
        match reply {
            Reply::Fine(_) => Err(refused(trouble)),
            Reply::Code(said) if said.code == "20" => Ok(self.ask_finalised(matters, uid)),
            Reply::Code(said)
            | Reply::Unreadable(said)
            | Reply::TokenRefused(said)
            | Reply::Unclear(said) => {
                Ok((Phase::AskingPending { uid }, wait_for_line(now, said.clone())))
            }
        }
    }

    /// What a person read on the portal. Sums that differ are not ours to seal.
    fn told(&self, matters: &Matters, phase: Phase, answer: Answer) -> (Phase, Step) {
        let Phase::Portal { uid } = phase else {
            return self.resume(matters, phase);
        };
        match answer {
            Answer::NotRegistered => self.post(matters),
            Answer::Registered { elements, total } => {
                let ours = &matters.sums["total"];
                match reply::unbelievable(&elements, total.as_deref(), ours) {
                    None => (Phase::Finished, Step::Sealed(Some(elements))),
                    Some(words) => portal(matters, uid, Trouble::new("", words)),
                }
            }
        }
    }

    fn ask(&self, phase: Phase) -> (Phase, Step) {
        (phase, Step::Send(get("status", self.path("api/invoice"))))
    }

    fn ask_finalised(&self, matters: &Matters, uid: String) -> (Phase, Step) {
        if !self.settings.ask_finalised {
            return portal(matters, uid, Trouble::default());
        }
        let request = get("invoice_detail", self.path(&format!("api/invoice/{uid}")));
        (Phase::AskingFinalised { uid }, Step::Send(request))
    }

    fn inspect(&self, uid: String, others: Vec<String>) -> (Phase, Step) {
        let request = get("invoice_detail", self.path(&format!("api/invoice/{uid}")));
        (Phase::Inspecting { uid, others }, Step::Send(request))
    }

    fn clear(&self, uid: String) -> (Phase, Step) {
        let request = self.action(&uid, "cancel", None, false);
        (Phase::Clearing { uid }, Step::Send(request))
    }

    fn cancel(&self, uid: String, words: String) -> (Phase, Step) {
        let request = self.action(&uid, "cancel", None, false);
        (Phase::Cancelling { uid, words }, Step::Send(request))
    }

    fn withdraw(&self, uid: String, Trouble { code, words }: Trouble) -> (Phase, Step) {
        let request = self.action(&uid, "cancel", None, false);
        (Phase::Withdrawing { uid, code, words }, Step::Send(request))
    }
}

/// Nothing has left: what was about to be sent has not been.
fn held_back(phase: Phase, now: Timestamp) -> (Phase, Step) {
    let phase = match phase {
        Phase::Posting => Phase::Ready,
        Phase::Confirming { uid } => Phase::AskingPending { uid },
        other => other,
    };
    (phase, wait_for_line(now, Trouble::new("", "held back")))
}

/// No answer, or one that says nothing: take the phase up again after a while.
fn unanswered(phase: Phase, trouble: Trouble, now: Timestamp) -> (Phase, Step) {
    let phase = match phase {
        Phase::Posting => Phase::Listing,
        Phase::Confirming { uid } => Phase::AskingPending { uid },
        other => other,
    };
    (phase, wait_for_line(now, trouble))
}

/// Whether an answer that says nothing is waited out. Not where nothing hangs on it, since a stray
/// request expires by itself; and whether a server that tells pending invoices only answers 404 or
/// 500 for a finalised one is not published, so there it means that a person has to look.
fn is_asked_again(phase: &Phase, status: u16) -> bool {
    match phase {
        Phase::Inspecting { .. } | Phase::Clearing { .. } | Phase::Cancelling { .. } => false,
        Phase::AskingFinalised { .. } => matches!(status, 502..=504),
        Phase::Ready
        | Phase::Posting
        | Phase::Listing
        | Phase::Confirming { .. }
        | Phase::AskingPending { .. }
        | Phase::Withdrawing { .. }
        | Phase::Portal { .. }
        | Phase::Finished => true,
    }
}

fn asked_finalised(matters: &Matters, uid: String, reply: &Reply, body: &[u8]) -> (Phase, Step) {
    match reply {
        Reply::Fine(detail) => match reply::elements(detail, body) {
            Some(elements) => (Phase::Finished, Step::Sealed(Some(elements))),
            None => portal(matters, uid, Trouble::default()),
        },
        Reply::Code(trouble)
        | Reply::Unreadable(trouble)
        | Reply::TokenRefused(trouble)
        | Reply::Unclear(trouble) => portal(matters, uid, trouble.clone()),
    }
}

fn finalize_body(matters: &Matters) -> Vec<u8> {
    let sum = |key: &str| {
        let amount = Amount::parse(&matters.sums[key]);
        wire::number(amount.expect("our own sums are decimals"), 2)
    };
    let request = wire::FinalizeRequest { total: sum("total"), vtotal: sum("vtotal") };
    serde_json::to_vec(&request).expect("a request has string keys only")
}

/// The uids that a status reply lists as pending.
fn pending(reply: Reply) -> Result<Vec<String>, Trouble> {
    match reply {
        Reply::Fine(status) => {
            let list = status.pending_requests_list.unwrap_or_default();
            let uids = list.into_iter().map(|pending| pending.uid);
            Ok(uids.filter(|uid| is_uid(uid)).take(PENDING_MAX).collect())
        }
        Reply::Code(trouble)
        | Reply::TokenRefused(trouble)
        | Reply::Unreadable(trouble)
        | Reply::Unclear(trouble) => Err(trouble),
    }
}

/// A uid goes into paths, so it is what the API says: a GUID.
fn is_uid(uid: &str) -> bool {
    uid.len() == 36 && uid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn portal(matters: &Matters, uid: String, trouble: Trouble) -> (Phase, Step) {
    let text = format!(
        "The DGI may have registered invoice {} (request {uid}), and its reply was lost. Look the \
         number up on the e-MCF portal and tell its elements, or that it is not there.",
        matters.rn
    );
    (Phase::Portal { uid }, Step::Ask(Question { text, trouble }))
}

/// The phase to come back to when the token was refused: the request was not looked at.
fn before_refused_token(phase: Phase) -> Phase {
    match phase {
        Phase::Posting => Phase::Ready,
        Phase::Confirming { uid } => Phase::AskingPending { uid },
        other => other,
    }
}

fn wait_for_line(now: Timestamp, trouble: Trouble) -> Step {
    Step::Wait { until: now.plus_micros(LINE_WAIT), pause: Pause::LineFailed, trouble }
}

fn not_now(now: Timestamp, micros: i64, trouble: Trouble) -> Step {
    Step::Wait { until: now.plus_micros(micros), pause: Pause::NotNow, trouble }
}

fn refused(trouble: Trouble) -> Refusal {
    refusal(RefusalKind::Refused, trouble)
}

fn mismatch(words: String) -> Refusal {
    refusal(RefusalKind::Mismatch, Trouble::new("", words))
}

/// What the DGI refuses it never registered.
fn refusal(kind: RefusalKind, Trouble { code, words }: Trouble) -> Refusal {
    Refusal { kind, code, words, number: NumberFate::Unused }
}

/// How long to wait where the module has ten requests pending (error 1): they live two minutes, and
/// most are finished within seconds.
const CROWDED_WAIT: i64 = 5 * SECOND;
/// How long to wait where the DGI cannot validate a reference right now (error 10), or errs (99).
const LATER_WAIT: i64 = 30 * SECOND;
/// How long to wait where the line or the server fails. The driver backs off from there.
const LINE_WAIT: i64 = SECOND / 4;
/// How long to wait where the token is refused: somebody has to renew it on the portal.
const TOKEN_WAIT: i64 = 60 * SECOND;
/// Requests that an e-MCF holds pending at most; a longer list is not the API's.
const PENDING_MAX: usize = 10;

//! Sessions with an authority and with other taxpayers: opened when a request wants one, kept in
//! memory and nowhere else, and renewed before they end.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use authorities::{Audience, Matter, Outcome, Request, Response, Session, SessionToken, Trouble};
use invoice::{Hash, Json, SECOND, Timestamp};
use ledger::{Outlet, Taxpayer};

use crate::desk::Desk;
use crate::errand::{Errand, ask};
use crate::keys::Keys;
use crate::leases::Leave;
use crate::wire::Unanswered;

/// The sessions of a process.
#[derive(Clone, Default)]
pub struct Sessions(Arc<Mutex<Slots>>);

type Slots = HashMap<(Scope, Audience), Arc<Slot>>;

/// Whose sessions: those of one key and one taxpayer, over one wire. Outlets that have these in
/// common share a login; nobody else does.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Scope {
    key_id: Option<String>,
    tax_id: String,
    authority: String,
    is_live: bool,
    wire: Hash,
}

/// One audience's session. Whoever finds none logs in, alone; the others wait for what came of it.
#[derive(Default)]
struct Slot {
    login: tokio::sync::Mutex<()>,
    held: Mutex<Held>,
}

#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    Open {
        token: SessionToken,
        renew_at: Timestamp,
    },
    Failed(NoSession),
}

/// Why there is no session, and when to try again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NoSession {
    pub until: Timestamp,
    pub trouble: Trouble,
    /// It was said, and not only failed: a person has to do something about it.
    pub is_refused: bool,
}

/// How long before its end a session is renewed: a request that leaves in it must arrive in it, and
/// clocks differ.
const MARGIN: i64 = 60 * SECOND;
/// A session that lives for less than four margins is renewed in its last quarter.
const MARGIN_PART: i64 = 4;
/// How long a login that got no answer is not tried again: everybody who waited for it comes back.
const FAILED_REST: i64 = SECOND;
/// How long a login that was refused is not: a person has to put right what it names.
const REFUSED_REST: i64 = 60 * SECOND;
/// Audiences that are remembered. Beyond, those without a session are forgotten.
const AUDIENCES_MAX: usize = 4_096;

impl Scope {
    pub(crate) fn new(keys: &Keys, outlet: &Outlet, taxpayer: &Taxpayer, wire: &Json) -> Self {
        Self {
            key_id: keys.taxpayer_key_id(),
            tax_id: taxpayer.tax_id.clone(),
            authority: outlet.authority.clone(),
            is_live: outlet.environment == ledger::Environment::Live,
            wire: Hash::of_note(format!("{wire:?}").as_bytes()),
        }
    }
}

impl Desk {
    /// The token that a request wants, if it wants one.
    pub(crate) async fn token_for(
        &self,
        request: &Request,
    ) -> Result<Option<SessionToken>, NoSession> {
        match &request.session {
            None => Ok(None),
            Some(audience) => self.session(audience).await.map(Some),
        }
    }

    /// Sends. A 401 says that the session is over and that nothing was taken: once, and only then,
    /// the same request leaves again in a new session.
    pub(crate) async fn exchange(
        &self,
        request: &Request,
        token: Option<SessionToken>,
        leave: &Leave,
    ) -> Result<Response, Unanswered> {
        let answered = self.try_exchange(request, token, leave).await;
        if answered != Err(Unanswered::TooLate) {
            self.notice(&request.target, answered.is_ok()).await;
        }
        answered
    }

    async fn try_exchange(
        &self,
        request: &Request,
        token: Option<SessionToken>,
        leave: &Leave,
    ) -> Result<Response, Unanswered> {
        let answered = self.wire.exchange(request, token.as_ref(), leave).await;
        let (Ok(Response { status: 401, .. }), Some(audience), Some(token)) =
            (&answered, &request.session, token)
        else {
            return answered;
        };
        self.sessions.slot(&self.session_scope, audience).end(&token);
        let Ok(fresh) = self.session(audience).await else { return answered };
        match self.wire.admit(&request.target, self.clock.now()).await {
            Ok(()) => self.wire.exchange(request, Some(&fresh), leave).await,
            Err(_) => answered,
        }
    }

    async fn session(&self, audience: &Audience) -> Result<SessionToken, NoSession> {
        let slot = self.sessions.slot(&self.session_scope, audience);
        if let Some(known) = slot.known(self.clock.now()) {
            return known;
        }
        let _alone = slot.login.lock().await;
        // Somebody may have logged in, or tried to, meanwhile.
        if let Some(known) = slot.known(self.clock.now()) {
            return known;
        }
        let opened = log_in(self, audience).await;
        slot.keep(opened, self.clock.now())
    }
}

/// Boxed, since a login is an errand and an errand may want a session; this one wants none.
fn log_in<'a>(
    desk: &'a Desk,
    audience: &'a Audience,
) -> Pin<Box<dyn Future<Output = Result<Session, NoSession>> + Send + 'a>> {
    Box::pin(async move {
        let matter = Matter::Session { audience, tax_id: &desk.seller.tax_id };
        let no_session = |trouble, is_refused| {
            let rest = if is_refused { REFUSED_REST } else { FAILED_REST };
            let until = desk.clock.now().plus_micros(rest);
            NoSession { until, trouble, is_refused }
        };
        match ask(desk, &matter).await {
            Ok(Errand::Done(Outcome::SessionOpened(session))) => Ok(session),
            Ok(Errand::Refused(refusal)) => {
                Err(no_session(Trouble::new(refusal.code, refusal.words), true))
            }
            Ok(Errand::Waits { until, trouble, .. }) => {
                let failed = no_session(trouble, false);
                Err(NoSession { until: until.max(failed.until), ..failed })
            }
            Ok(Errand::GaveUp { trouble, .. }) => Err(no_session(trouble, false)),
            Ok(Errand::Done(_)) => {
                let words = "the channel opened no session";
                Err(no_session(Trouble::new("", words), false))
            }
            Err(error) => Err(no_session(Trouble::new("", error.to_string()), false)),
        }
    })
}

impl Sessions {
    fn slot(&self, scope: &Scope, audience: &Audience) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= AUDIENCES_MAX {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.is_open());
        }
        Arc::clone(slots.entry((scope.clone(), audience.clone())).or_default())
    }
}

impl Slot {
    /// What is known without asking: a session that lasts, or a failure that is still fresh.
    fn known(&self, now: Timestamp) -> Option<Result<SessionToken, NoSession>> {
        match &*self.held() {
            Held::Open { token, renew_at } if now < *renew_at => Some(Ok(token.clone())),
            Held::Failed(failed) if now < failed.until => Some(Err(failed.clone())),
            Held::Nothing | Held::Open { .. } | Held::Failed(_) => None,
        }
    }

    fn keep(
        &self,
        opened: Result<Session, NoSession>,
        now: Timestamp,
    ) -> Result<SessionToken, NoSession> {
        match opened {
            Ok(Session { token, valid_until }) => {
                let life = valid_until.micros_since(now).max(0);
                let renew_at = valid_until.plus_micros(-MARGIN.min(life / MARGIN_PART));
                *self.held() = Held::Open { token: token.clone(), renew_at };
                Ok(token)
            }
            Err(failed) => {
                *self.held() = Held::Failed(failed.clone());
                Err(failed)
            }
        }
    }

    /// Ends the session of a token that was refused, unless another has taken its place.
    fn end(&self, refused: &SessionToken) {
        let mut held = self.held();
        if matches!(&*held, Held::Open { token, .. } if token == refused) {
            *held = Held::Nothing;
        }
    }

    fn is_open(&self) -> bool {
        matches!(&*self.held(), Held::Open { .. })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * SECOND)
    }

    fn session(token: &str, until: i64) -> Session {
        let token = SessionToken::parse(token).unwrap();
        Session { token, valid_until: at(until) }
    }

    #[test]
    fn a_session_is_renewed_before_its_end() {
        for (life, renewed) in [(3_600, 3_540), (240, 180), (100, 75), (0, 0)] {
            let slot = Slot::default();
            slot.keep(Ok(session("t", life)), at(0)).unwrap();
            assert_eq!(slot.known(at(renewed)), None, "{life}");
            if renewed > 0 {
                let token = slot.known(at(renewed - 1)).unwrap().unwrap();
                assert_eq!(token.expose(), "t", "{life}");
            }
        }
    }

    #[test]
    fn only_the_token_that_was_refused_is_dropped() {
        let slot = Slot::default();
        let old = session("old", 3_600).token;
        slot.keep(Ok(session("new", 3_600)), at(0)).unwrap();
        slot.end(&old);
        assert_eq!(slot.known(at(1)).unwrap().unwrap().expose(), "new");
        slot.end(&session("new", 3_600).token);
        assert_eq!(slot.known(at(1)), None);
    }

    #[test]
    fn a_token_of_one_audience_is_shown_to_no_other() {
        let sessions = Sessions::default();
        let scope = |tax_id: &str, is_live| Scope {
            key_id: None,
            tax_id: tax_id.to_owned(),
            authority: "x/y".to_owned(),
            is_live,
            wire: Hash::ZERO,
        };
        let known = |scope: &Scope, audience: &Audience| {
            let known = sessions.slot(scope, audience).known(at(1))?;
            Some(known.unwrap().expose().to_owned())
        };
        let (ours, peer) =
            (Audience::Authority("test"), Audience::Peer("https://a.example".into()));
        let own = scope("1", false);
        sessions.slot(&own, &ours).keep(Ok(session("t", 3_600)), at(0)).unwrap();
        sessions.slot(&own, &peer).keep(Ok(session("p", 3_600)), at(0)).unwrap();
        assert_eq!(known(&own, &ours).as_deref(), Some("t"));
        assert_eq!(known(&own, &peer).as_deref(), Some("p"));
        for other in [Audience::Authority("live"), Audience::Peer("https://b.example".into())] {
            assert_eq!(known(&own, &other), None);
        }
        for other in [scope("2", false), scope("1", true)] {
            assert_eq!(known(&other, &ours), None);
        }
    }

    #[test]
    fn a_failure_is_believed_for_its_rest_and_no_longer() {
        let slot = Slot::default();
        let trouble = Trouble::new("400", "no");
        let failed = NoSession { until: at(60), trouble, is_refused: true };
        slot.keep(Err(failed.clone()), at(0)).unwrap_err();
        assert_eq!(slot.known(at(59)), Some(Err(failed)));
        assert_eq!(slot.known(at(60)), None);
    }

    #[test]
    fn audiences_without_a_session_are_forgotten_when_there_are_too_many() {
        let sessions = Sessions::default();
        let scope = Scope {
            key_id: None,
            tax_id: "1".to_owned(),
            authority: "x/y".to_owned(),
            is_live: false,
            wire: Hash::ZERO,
        };
        let peer = |index: usize| Audience::Peer(format!("https://{index}.example"));
        sessions.slot(&scope, &peer(0)).keep(Ok(session("t", 60)), at(0)).unwrap();
        for index in 1..=AUDIENCES_MAX {
            sessions.slot(&scope, &peer(index));
        }
        assert!(sessions.0.lock().unwrap().len() < 10);
        assert!(sessions.slot(&scope, &peer(0)).known(at(1)).is_some());
    }
}

//! A session: a seed is fetched, signed, and exchanged for a token (Descripción Técnica,
//! Autenticación). With other taxpayers the same, under other paths.

use invoice::{SECOND, Timestamp};
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::reply::Reply;
use super::services::{Services, peer_seed, peer_validate_seed};
use super::signing::{finish, ours, sign, to_be_signed, told};
use super::waits;
use crate::contract::{
    Audience, Event, NumberFate, Outcome, Refusal, RefusalKind, Response, Session, SessionToken,
    Signed, Step, Trouble,
};
use crate::dom::dsig::ToBeSigned;
use crate::dom::ecf::document::Seed;
use crate::dom::xml::Document;

/// Where a login stands.
#[derive(Deserialize, Serialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(super) enum Login {
    /// The seed is asked for.
    Fetching,
    /// The seed, as it came, waits for its signature.
    Signing { seed: String },
    /// The signed seed was shown.
    Presenting,
}

type Stepped = Result<(Login, Step), Refusal>;

/// What is signed with the taxpayer's key must be a seed and nothing else: whoever gives one out
/// chooses its bytes, and a signed invoice would be worth more to him.
const SEED_BYTES_MAX: usize = 8 * 1024;
/// A token lives for an hour (Descripción Técnica, Autenticación); others' for some minutes.
const LIFE_UNSAID: i64 = 5 * 60 * SECOND;
const LIFE_MAX: i64 = 24 * 60 * 60 * SECOND;

pub(super) struct LoginStep<'a> {
    pub(super) services: Services,
    pub(super) audience: &'a Audience,
    pub(super) now: Timestamp,
}

impl LoginStep<'_> {
    pub(super) fn advance(&self, login: Login, event: Event) -> Stepped {
        match (login, event) {
            (Login::Fetching, Event::Replied(response)) => self.fetched(&response),
            (Login::Signing { seed }, Event::Signed(signed)) => self.signed(&seed, &signed),
            (Login::Presenting, Event::Replied(response)) => self.presented(&response),
            (Login::Fetching | Login::Presenting, Event::Unanswered(why)) => {
                Ok(self.anew(Trouble::new("", why)))
            }
            (_, Event::HeldBack) => Ok(self.anew(Trouble::new("", "held back"))),
            // A seed lives for minutes: whatever was interrupted begins anew.
            (
                Login::Fetching | Login::Signing { .. } | Login::Presenting,
                Event::Started
                | Event::Due
                | Event::Told(_)
                | Event::Signed(_)
                | Event::Replied(_)
                | Event::Unanswered(_),
            ) => Ok((Login::Fetching, Step::Send(self.seed()))),
        }
    }

    fn seed(&self) -> crate::contract::Request {
        match self.audience {
            Audience::Authority(_) => self.services.seed(),
            Audience::Peer(base) => peer_seed(base),
        }
    }

    fn fetched(&self, response: &Response) -> Stepped {
        match Reply::read(response) {
            Reply::Fine(_) => {
                let seed = read_seed(&response.body)?;
                let text = String::from_utf8(response.body.clone());
                let text = text.map_err(|_| no_seed("it is not UTF-8"))?;
                Ok((Login::Signing { seed: text }, sign(&seed)))
            }
            reply => self.failed(reply),
        }
    }

    fn signed(&self, seed: &str, signed: &Signed) -> Stepped {
        let signed = finish(&read_seed(seed.as_bytes())?, signed)?.text;
        let request = match self.audience {
            Audience::Authority(_) => self.services.validate_seed(signed.as_bytes()),
            Audience::Peer(base) => peer_validate_seed(base, signed.as_bytes()),
        };
        Ok((Login::Presenting, Step::Send(request)))
    }

    fn presented(&self, response: &Response) -> Stepped {
        match Reply::read(response) {
            Reply::Fine(body) => match self.session(&body) {
                Some(session) => Ok((Login::Fetching, Step::Done(Outcome::SessionOpened(session)))),
                None => Ok(self.anew(Reply::unreadable(&body))),
            },
            reply => self.failed(reply),
        }
    }

    /// The end of a session by our clock: how long it lives is told by the difference of its two
    /// times, whatever clock they are of.
    fn session(&self, body: &Body) -> Option<Session> {
        let token = SessionToken::parse(&body.text("token")?)?;
        let at = |name| body.text(name).as_deref().and_then(Timestamp::parse);
        let life = match (at("expedido"), at("expira")) {
            (Some(issued), Some(ends)) => ends.micros_since(issued),
            (None, Some(ends)) => ends.micros_since(self.now),
            (Some(_) | None, None) => LIFE_UNSAID,
        };
        let valid_until = self.now.plus_micros(life.clamp(0, LIFE_MAX));
        Some(Session { token, valid_until })
    }

    fn failed(&self, reply: Reply) -> Stepped {
        match reply {
            Reply::Refused(trouble) | Reply::SessionRefused(trouble) => Err(Refusal {
                kind: RefusalKind::Connection,
                code: trouble.code,
                words: trouble.words,
                number: NumberFate::Unused,
            }),
            Reply::NotNow(trouble) | Reply::Missing(trouble) | Reply::Unclear(trouble) => {
                Ok(self.anew(trouble))
            }
            Reply::Fine(body) => Ok(self.anew(Reply::unreadable(&body))),
        }
    }

    fn anew(&self, trouble: Trouble) -> (Login, Step) {
        (Login::Fetching, waits::for_line(self.now, 0, trouble))
    }
}

fn read_seed(bytes: &[u8]) -> Result<ToBeSigned, Refusal> {
    if bytes.len() > SEED_BYTES_MAX {
        return Err(no_seed("it is longer than any seed"));
    }
    let document = Document::parse(bytes).map_err(|error| no_seed(&error.to_string()))?;
    Seed::read(document.root()).map_err(|faults| no_seed(&told(&faults)))?;
    to_be_signed(document.into_root())
}

fn no_seed(why: &str) -> Refusal {
    ours("no_seed", format!("what should be a seed is none, and is not signed: {why}"))
}

//! Who may ask: seeds that are given out once, and the tokens that a signed one brings
//! (Descripción Técnica, Autenticación).

use std::collections::BTreeMap;

use authorities::{Request, Response, SessionToken};
use invoice::{SECOND, Timestamp};
use serde_json::json;

use super::read::{element, text};

#[derive(Default)]
pub(super) struct Door {
    /// Seeds that nobody has used, and when each was given out.
    seeds: BTreeMap<String, i64>,
    /// Tokens, and when each ends.
    tokens: BTreeMap<String, i64>,
    given: u64,
}

/// A seed is good for minutes, a token for an hour.
const SEED_LIFE: i64 = 300 * SECOND;
const TOKEN_LIFE: i64 = 3_600 * SECOND;

impl Door {
    pub(super) fn seed(&mut self, now: i64) -> Response {
        self.given += 1;
        let value = format!("00000000-0000-4000-8000-{:012x}", self.given);
        self.seeds.insert(value.clone(), now);
        let date = &Timestamp::from_micros(now).to_string()[..19];
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SemillaModel \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\n  <valor>{value}</valor>\n  \
             <fecha>{date}.0000000+00:00</fecha>\n</SemillaModel>"
        );
        Response { status: 200, body: text.into_bytes() }
    }

    pub(super) fn token(&mut self, request: &Request, now: i64) -> Response {
        let seed = element(&text(request), "valor").and_then(|seed| self.seeds.remove(&seed));
        if seed.is_none_or(|given_at| now - given_at > SEED_LIFE) {
            let body = "La semilla no es válida o ya fue utilizada.".as_bytes().to_vec();
            return Response { status: 400, body };
        }
        self.given += 1;
        let token = format!("token-{}", self.given);
        self.tokens.insert(token.clone(), now + TOKEN_LIFE);
        let time = |at: i64| format!("{}Z", &Timestamp::from_micros(at).to_string()[..19]);
        let body =
            json!({ "token": token, "expira": time(now + TOKEN_LIFE), "expedido": time(now) });
        Response { status: 200, body: body.to_string().into_bytes() }
    }

    pub(super) fn admits(&self, session: Option<&SessionToken>, now: i64) -> bool {
        let ends = session.and_then(|token| self.tokens.get(token.expose()));
        ends.is_some_and(|ends| now < *ends)
    }

    /// Everybody has to log in anew.
    pub(super) fn close_all(&mut self) {
        self.tokens.clear();
    }
}

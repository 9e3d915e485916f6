//! A session of the taxpayer's delegate with whoever gives tokens against a signed seed: the DGII, or
//! another taxpayer (Descripción Técnica e-CF, autenticación).

use std::time::Duration;

use authorities::dom::ecf::upload;
use reqwest::RequestBuilder;
use reqwest::redirect::Policy;
use serde_json::Value;

use super::authority::Answer;
use super::desk::Desk;
use crate::failure::Failure;

/// A token lasts an hour, and a walk may last longer: it is renewed when it is refused.
pub(super) struct Session<'a> {
    desk: &'a Desk,
    pub(super) http: reqwest::Client,
    places: Places,
    token: String,
}

/// Where seeds are given, and tokens for them.
pub(super) struct Places {
    pub(super) seed: String,
    pub(super) token: String,
}

/// No answer within this is none: the DGII answers within seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// Bytes of an answer at most: real ones have some thousand.
const ANSWER_MAX: usize = 1024 * 1024;

/// The status of a token that is not good, or no longer.
const UNAUTHORISED: u16 = 401;

/// A client that reaches where it is told to: a proxy elsewhere would reach another machine, and
/// what answers at the end of a redirection is not the service that was asked.
pub(super) fn client(is_local: bool) -> reqwest::Client {
    let builder = reqwest::Client::builder().timeout(PATIENCE).redirect(Policy::none());
    let builder = if is_local { builder.no_proxy() } else { builder };
    builder.build().expect("the client is built from constants")
}

impl<'a> Session<'a> {
    /// Gets a seed, signs it, and so gets a token.
    pub(super) async fn open(
        desk: &'a Desk,
        http: reqwest::Client,
        places: Places,
    ) -> Result<Self, Failure> {
        let mut session = Self { desk, http, places, token: String::new() };
        session.renew().await?;
        Ok(session)
    }

    /// Sends a request with the token. Where the token is refused the request was not taken: it goes
    /// once more, with a new token.
    pub(super) async fn send(
        &mut self,
        request: RequestBuilder,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let again = request.try_clone().expect("all bodies are bytes");
        let (status, body) = send(request.bearer_auth(&self.token)).await?;
        if status != UNAUTHORISED {
            return Ok((status, body));
        }
        self.renew().await?;
        send(again.bearer_auth(&self.token)).await
    }

    async fn renew(&mut self) -> Result<(), Failure> {
        let (_, seed) = send(self.http.get(&self.places.seed)).await?;
        let signed = self.desk.sign_seed(&seed)?;
        let request = form(self.http.post(&self.places.token), "semilla.xml", &signed);
        let (status, body) = send(request).await?;
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        let token = answer.as_ref().and_then(|answer| answer["token"].as_str());
        let refused = || {
            let said = Answer::read(status, &body).messages.join("; ");
            Failure::unusable(format!("the authority gives no token ({status}): {said}"))
        };
        token.ok_or_else(refused)?.clone_into(&mut self.token);
        Ok(())
    }
}

/// A file as the DGII wants it uploaded.
pub(super) fn form(request: RequestBuilder, file_name: &str, file: &[u8]) -> RequestBuilder {
    let form = upload(file_name, file);
    let request = request.header("Accept", "application/json");
    request.header("Content-Type", form.content_type).body(form.body)
}

async fn send(request: RequestBuilder) -> Result<(u16, Vec<u8>), Failure> {
    let mut reply = request.send().await.map_err(|error| unanswered(&error))?;
    let status = reply.status().as_u16();
    let mut body = Vec::new();
    while let Some(piece) = reply.chunk().await.map_err(|error| unanswered(&error))? {
        if body.len() + piece.len() > ANSWER_MAX {
            return Err(Failure::unusable("the authority's answer has no end"));
        }
        body.extend_from_slice(&piece);
    }
    Ok((status, body))
}

fn unanswered(error: &reqwest::Error) -> Failure {
    if error.is_connect() {
        return Failure::NotSent(format!("the authority cannot be reached: {error}"));
    }
    Failure::from_error(error)
}

//! The DGII's services of certification, as the walk needs them (Descripción Técnica e-CF).

mod answer;

use std::time::Duration;

use authorities::dom::ecf::document::Environment;
use authorities::dom::ecf::{SUMMARIES_HOST, WHOLE_HOST, upload};
use reqwest::{RequestBuilder, Url};
use serde_json::Value;

pub(super) use answer::{Answer, State};

use super::desk::Desk;
use crate::failure::Failure;

/// Where the services are: the two hosts, with the segment of certification.
pub(super) struct Hosts {
    /// Who it is, in the report.
    pub(super) name: String,
    /// Whether it stands on this machine, and so is no authority.
    pub(super) is_simulated: bool,
    whole: String,
    summaries: String,
}

impl Hosts {
    /// The DGII takes summaries on a host of their own; everywhere else one address serves all.
    pub(super) fn of(url: &Url) -> Self {
        let name = url.as_str().trim_end_matches('/').to_owned();
        let host = url.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_simulated = bare == "localhost"
            || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let summaries = if host == WHOLE_HOST {
            name.replacen(WHOLE_HOST, SUMMARIES_HOST, 1)
        } else {
            name.clone()
        };
        Self {
            is_simulated,
            whole: certification(&name),
            summaries: certification(&summaries),
            name,
        }
    }

    /// A simulator of our own.
    pub(super) fn simulated(url: &str) -> Self {
        let (whole, summaries) = (certification(url), certification(url));
        Self { name: "simulator".to_owned(), is_simulated: true, whole, summaries }
    }
}

fn certification(base: &str) -> String {
    format!("{base}/{}", Environment::Certification.segment())
}

/// A session of the taxpayer's delegate. A token lasts an hour, and a walk some minutes.
pub(super) struct Authority {
    pub(super) hosts: Hosts,
    http: reqwest::Client,
    token: String,
}

/// No answer within this is none: the DGII answers within seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// Bytes of an answer at most: real ones have some thousand.
const ANSWER_MAX: usize = 1024 * 1024;

/// Before a question about a result, at first and at last: the DGII takes 200 ms on average.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Questions about one result: with the waits between them, three minutes.
const QUESTIONS_MAX: u32 = 40;

impl Authority {
    /// Gets a seed, signs it, and so gets a token.
    pub(super) async fn enter(hosts: Hosts, desk: &Desk) -> Result<Self, Failure> {
        let builder = reqwest::Client::builder().timeout(PATIENCE);
        // A proxy elsewhere would reach another machine.
        let builder = if hosts.is_simulated { builder.no_proxy() } else { builder };
        let http = builder.build().expect("the client is built from constants");
        let mut authority = Self { hosts, http, token: String::new() };
        let base = format!("{}/autenticacion/api/autenticacion", authority.hosts.whole);
        let (_, seed) = send(authority.http.get(format!("{base}/semilla"))).await?;
        let signed = desk.sign_seed(&seed)?;
        let (status, body) =
            send(authority.form(&format!("{base}/validarsemilla"), "semilla.xml", &signed)).await?;
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        let token = answer.as_ref().and_then(|answer| answer["token"].as_str());
        let refused = || {
            let said = Answer::read(status, &body).messages.join("; ");
            Failure::unusable(format!("the authority gives no token ({status}): {said}"))
        };
        token.ok_or_else(refused)?.clone_into(&mut authority.token);
        Ok(authority)
    }

    /// An e-CF: sent, and its result asked for until there is one.
    pub(super) async fn receive(
        &self,
        file_name: &str,
        document: &[u8],
    ) -> Result<Answer, Failure> {
        let url = format!("{}/recepcion/api/facturaselectronicas", self.hosts.whole);
        let received = self.upload(&url, file_name, document).await?;
        let Some(track_id) = received.track_id.clone() else {
            return Ok(received);
        };
        self.result(track_id).await
    }

    pub(super) async fn summary(
        &self,
        file_name: &str,
        document: &[u8],
    ) -> Result<Answer, Failure> {
        let url = format!("{}/recepcionfc/api/recepcion/ecf", self.hosts.summaries);
        self.upload(&url, file_name, document).await
    }

    pub(super) async fn approval(
        &self,
        file_name: &str,
        document: &[u8],
    ) -> Result<Answer, Failure> {
        let url = format!("{}/aprobacioncomercial/api/aprobacioncomercial", self.hosts.whole);
        self.upload(&url, file_name, document).await
    }

    async fn result(&self, track_id: String) -> Result<Answer, Failure> {
        let url = format!("{}/consultaresultado/api/consultas/estado", self.hosts.whole);
        let mut url = Url::parse(&url).map_err(Failure::unusable)?;
        url.query_pairs_mut().append_pair("trackid", &track_id);
        let mut wait = WAITS.0;
        for _ in 0..QUESTIONS_MAX {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WAITS.1);
            let request = self.http.get(url.clone()).bearer_auth(&self.token);
            // A question may be asked again, whatever became of it.
            let Ok((status, body)) = send(request).await else { continue };
            let answer = Answer::read(status, &body);
            if answer.state.is_final() {
                return Ok(Answer { track_id: Some(track_id), ..answer });
            }
        }
        Ok(Answer::unfinished(track_id))
    }

    async fn upload(&self, url: &str, file_name: &str, file: &[u8]) -> Result<Answer, Failure> {
        let (status, body) = send(self.form(url, file_name, file).bearer_auth(&self.token)).await?;
        let answer = Answer::read(status, &body);
        // What failed there may have been registered before.
        if status >= 500 {
            let said = answer.messages.join("; ");
            return Err(Failure::unusable(format!("the authority failed ({status}): {said}")));
        }
        Ok(answer)
    }

    fn form(&self, url: &str, file_name: &str, file: &[u8]) -> RequestBuilder {
        let form = upload(file_name, file);
        let request = self.http.post(url).header("Accept", "application/json");
        request.header("Content-Type", form.content_type).body(form.body)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(url: &str) -> Hosts {
        Hosts::of(&Url::parse(url).unwrap())
    }

    #[test]
    fn summaries_have_a_host_of_their_own_at_the_dgii_alone() {
        let real = hosts("https://ecf.dgii.gov.do/");
        assert_eq!(real.whole, "https://ecf.dgii.gov.do/certecf");
        assert_eq!(real.summaries, "https://fc.dgii.gov.do/certecf");
        assert!(!real.is_simulated);
        for url in ["http://127.0.0.1:4720", "http://localhost:1/", "http://[::1]:2"] {
            let local = hosts(url);
            assert!(local.is_simulated, "{url}");
            assert_eq!(local.whole, local.summaries);
        }
        assert!(!hosts("https://127.0.0.1.example.org").is_simulated);
    }
}

//! The DGII's services of certification, as the walk needs them (Descripción Técnica e-CF).

mod answer;

use std::time::Duration;

use authorities::dom::ecf::document::Environment;
use authorities::dom::ecf::{SUMMARIES_HOST, WHOLE_HOST};
use reqwest::Url;

pub(super) use answer::{Answer, State};

use super::desk::Desk;
use super::session::{Places, Session, client, form};
use crate::failure::Failure;

/// Where the services are: the two hosts, with the segment of certification.
pub(super) struct Hosts {
    /// Who it is, in the report.
    pub(super) name: String,
    /// Whether it stands on this machine, and so is no authority.
    pub(super) is_simulated: bool,
    /// Its address, without a segment of an environment.
    pub(super) base: String,
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
            base: name.clone(),
            name,
        }
    }

    /// A simulator of our own.
    pub(super) fn simulated(url: &str) -> Self {
        let (whole, summaries) = (certification(url), certification(url));
        let (name, base) = (SIMULATOR.to_owned(), url.to_owned());
        Self { name, is_simulated: true, base, whole, summaries }
    }
}

/// The name of a simulator that lives as long as the walk.
pub(super) const SIMULATOR: &str = "simulator";

fn certification(base: &str) -> String {
    format!("{base}/{}", Environment::Certification.segment())
}

/// The authority, with a session of the taxpayer's delegate.
pub(super) struct Authority<'a> {
    pub(super) hosts: &'a Hosts,
    session: Session<'a>,
}

/// Before a question about a result, at first and at last: the DGII takes 200 ms on average.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Questions about one result: with the waits between them, three minutes.
const QUESTIONS_MAX: u32 = 40;

impl<'a> Authority<'a> {
    pub(super) async fn enter(hosts: &'a Hosts, desk: &'a Desk) -> Result<Self, Failure> {
        let base = format!("{}/autenticacion/api/autenticacion", hosts.whole);
        let places =
            Places { seed: format!("{base}/semilla"), token: format!("{base}/validarsemilla") };
        let session = Session::open(desk, client(hosts.is_simulated), places).await?;
        Ok(Self { hosts, session })
    }

    /// An e-CF. What comes at once is a trackId, and seldom a refusal.
    pub(super) async fn receive(
        &mut self,
        file_name: &str,
        file: &[u8],
    ) -> Result<Answer, Failure> {
        let url = format!("{}/recepcion/api/facturaselectronicas", self.hosts.whole);
        self.upload(&url, file_name, file).await
    }

    pub(super) async fn summary(
        &mut self,
        file_name: &str,
        file: &[u8],
    ) -> Result<Answer, Failure> {
        let url = format!("{}/recepcionfc/api/recepcion/ecf", self.hosts.summaries);
        self.upload(&url, file_name, file).await
    }

    pub(super) async fn approval(
        &mut self,
        file_name: &str,
        file: &[u8],
    ) -> Result<Answer, Failure> {
        let url = format!("{}/aprobacioncomercial/api/aprobacioncomercial", self.hosts.whole);
        self.upload(&url, file_name, file).await
    }

    /// Asks what became of an e-CF until there is a result.
    pub(super) async fn result(&mut self, track_id: String) -> Result<Answer, Failure> {
        let url = format!("{}/consultaresultado/api/consultas/estado", self.hosts.whole);
        let url = asking(&url, &[("trackid", &track_id)])?;
        let mut wait = WAITS.0;
        for _ in 0..QUESTIONS_MAX {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WAITS.1);
            // A question may be asked again, whatever became of it.
            let request = self.session.http.get(url.clone());
            let Ok((status, body)) = self.session.send(request).await else { continue };
            let answer = Answer::read(status, &body);
            if answer.state.is_final() {
                return Ok(Answer { track_id: Some(track_id), ..answer });
            }
        }
        Ok(Answer::unfinished(track_id))
    }

    /// What became of a summary that was sent and never answered; nothing where nobody knows it.
    pub(super) async fn summary_inquiry(
        &mut self,
        (taxpayer, number, code): (&str, &str, &str),
    ) -> Result<Option<Answer>, Failure> {
        let url = format!("{}/consultarfce/api/consultas/consulta", self.hosts.summaries);
        let asked = [("rnc_emisor", taxpayer), ("encf", number), ("cod_seguridad_ecf", code)];
        let request = self.session.http.get(asking(&url, &asked)?);
        let (status, body) = self.session.send(request).await?;
        Ok(Some(Answer::read(status, &body)).filter(|answer| answer.state.is_final()))
    }

    async fn upload(&mut self, url: &str, file_name: &str, file: &[u8]) -> Result<Answer, Failure> {
        let request = form(self.session.http.post(url), file_name, file);
        let (status, body) = self.session.send(request).await?;
        let answer = Answer::read(status, &body);
        // What failed there, or was answered by something else, may have been registered before.
        if answer.state == State::Unclear {
            let said = answer.messages.join("; ");
            return Err(Failure::unusable(format!(
                "the authority's answer ({status}) does not say what became of it: {said}"
            )));
        }
        Ok(answer)
    }
}

fn asking(url: &str, members: &[(&str, &str)]) -> Result<Url, Failure> {
    Url::parse_with_params(url, members).map_err(Failure::unusable)
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

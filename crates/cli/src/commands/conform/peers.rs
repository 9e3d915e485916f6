//! Steps 8 to 11: between taxpayers, both ways, with the counterpart that the DGII's simulator plays.

use std::collections::HashSet;
use std::path::Path;

use reqwest::Url;
use serde_json::{Value, json};

use super::authority::Hosts;
use super::desk::Desk;
use super::drafts::planned;
use super::platform::{Platform, Site};
use super::report::{Line, Standing};
use super::session::{Places, Session, client};
use crate::failure::Failure;

/// Types that the counterpart sends (Informe Técnico e-CF: those that taxpayers send to each other).
const SENT_TO_US: [&str; 4] = ["31", "33", "34", "44"];

/// Where the counterpart is; it plays in pre-certification alone.
const COUNTERPART: &str = "/testecf/emisorreceptor";

/// Has documents and approvals go both ways, and tells what became of each.
pub(super) async fn walk(
    folder: &Path,
    site: &Site<'_>,
    (hosts, desk): (&Hosts, &Desk),
) -> Result<Vec<Line>, Failure> {
    let base = format!("{}{COUNTERPART}", hosts.base);
    let places = Places {
        seed: format!("{base}/fe/autenticacion/api/semilla"),
        token: format!("{base}/fe/autenticacion/api/validacioncertificado"),
    };
    let session = Session::open(desk, client(hosts.is_simulated), places).await?;
    let platform = Platform::open(folder, site).await?;
    let tax_id = site.taxpayer.tax_id.clone();
    let door = platform.door(&tax_id);
    let mut peers = Peers { platform: &platform, session, base, tax_id, door, lines: Vec::new() };
    if let Err(failure) = peers.through().await {
        let standing = Standing::Failed("broken_off", vec![failure.to_string()]);
        peers.tell(8, "-", "-", standing);
    }
    let lines = peers.lines;
    platform.close().await;
    Ok(lines)
}

struct Peers<'a> {
    platform: &'a Platform,
    session: Session<'a>,
    base: String,
    tax_id: String,
    /// Where the counterpart reaches us.
    door: String,
    lines: Vec<Line>,
}

impl Peers<'_> {
    async fn through(&mut self) -> Result<(), Failure> {
        for code in SENT_TO_US {
            self.receive(code).await?;
        }
        let issued = [self.deliver(0).await?, self.deliver(1).await?];
        for (invoice, is_approved) in issued.iter().zip([true, false]) {
            self.hear(invoice, is_approved).await?;
        }
        self.decide().await
    }

    fn tell(&mut self, step: u8, document: &str, number: &str, standing: Standing) {
        self.lines.push(Line::new(step, document, number, standing));
    }

    /// The counterpart issues a document for us, sends it, and takes our acknowledgement.
    async fn receive(&mut self, code: &str) -> Result<(), Failure> {
        let order = json!({
            "rnc": self.tax_id, "tipoEncf": code, "urlRecepcion": self.door,
            "urlAutenticacion": self.door,
        });
        let told = self.order("emisioncomprobantes", &order).await?;
        let number = told["encf"].as_str().unwrap_or("-").to_owned();
        let inbox = self.platform.get("/v1/inbox?limit=100").await?;
        let mut listed = inbox["items"].as_array().into_iter().flatten();
        let is_there = listed.any(|row| row["number"] == *number);
        let standing = if is_there {
            Standing::Done("received", Vec::new())
        } else {
            Standing::Failed("not_received", vec![told.to_string()])
        };
        self.tell(8, code, &number, standing);
        let standing = if told["estado"] == RECEIVED {
            Standing::Done("taken_by_its_issuer", Vec::new())
        } else {
            Standing::Failed("not_taken_by_its_issuer", vec![told.to_string()])
        };
        self.tell(9, "ARECF", &number, standing);
        Ok(())
    }

    /// We issue a document for the counterpart, and it acknowledges it.
    async fn deliver(&mut self, place: usize) -> Result<Value, Failure> {
        let planned = planned().swap_remove(place);
        let sealed = self.platform.issue(&format!("conform-p2p-{place}"), &planned.draft).await?;
        let id = sealed["id"].as_str().unwrap_or_default();
        let number = sealed["number"].as_str().unwrap_or("-").to_owned();
        let invoice = self.platform.settled(id).await?;
        let acknowledgement = self.platform.acknowledgement(id).await?;
        let word = acknowledgement.as_ref().and_then(|elements| elements.detail("receiver"));
        let standing = match word {
            Some("received") => Standing::Done("received_by_the_counterpart", Vec::new()),
            Some(word) => Standing::Failed("not_received_by_it", vec![word.to_owned()]),
            None => Standing::Failed("not_acknowledged", Vec::new()),
        };
        self.tell(9, "ARECF", &number, standing);
        Ok(invoice)
    }

    /// The counterpart approves or rejects what it received of us.
    async fn hear(&mut self, invoice: &Value, is_approved: bool) -> Result<(), Failure> {
        let number = invoice["number"].as_str().unwrap_or("-").to_owned();
        let order = json!({
            "rnc": self.tax_id, "encf": number,
            "estadoAprobacion": if is_approved { "1" } else { "2" },
            "urlAprobacionComercial": self.door, "urlAutenticacion": self.door,
        });
        let told = self.order("envioaprobacioncomercial", &order).await?;
        let kind = if is_approved { "invoice.buyer_approved" } else { "invoice.buyer_rejected" };
        let is_told = |events: &Value| {
            let events = events["items"].as_array().into_iter().flatten();
            events
                .clone()
                .any(|event| event["kind"] == kind && event["body"]["invoice"] == invoice["id"])
        };
        let events = self.platform.until("/v1/events?limit=100", is_told).await?;
        let standing = if is_told(&events) {
            Standing::Done(
                if is_approved { "approval_taken" } else { "rejection_taken" },
                Vec::new(),
            )
        } else {
            Standing::Failed("not_taken", vec![told.to_string()])
        };
        self.tell(10, "ACECF", &number, standing);
        Ok(())
    }

    /// We approve one of what we received and reject another: its issuer and the DGII get our word.
    async fn decide(&mut self) -> Result<(), Failure> {
        let inbox = self.platform.get("/v1/inbox?limit=100").await?;
        let received = inbox["items"].as_array().into_iter().flatten();
        let received = received.filter(|row| row["takes_approval"] == true);
        let words =
            [("approve", Value::Null), ("reject", json!({ "reason": "Prueba de rechazo" }))];
        for (document, (word, body)) in received.zip(words) {
            let id = document["id"].as_str().unwrap_or_default();
            let number = document["number"].as_str().unwrap_or("-");
            self.platform.post(&format!("/v1/inbox/{id}/{word}"), body).await?;
            let shown = self.platform.until(&format!("/v1/inbox/{id}"), is_delivered).await?;
            let standing = if sent_to(&shown).len() == RECEIVERS {
                Standing::Done("sent_to_issuer_and_authority", Vec::new())
            } else {
                Standing::Failed("not_sent", vec![shown["deliveries"].to_string()])
            };
            self.tell(11, "ACECF", number, standing);
        }
        Ok(())
    }

    async fn order(&mut self, path: &str, order: &Value) -> Result<Value, Failure> {
        let url = format!("{}/api/emision/{path}", self.base);
        let url = Url::parse(&url).map_err(Failure::unusable)?;
        let request = self.session.http.post(url).header("Accept", "application/json");
        let request = request.header("Content-Type", "application/json").body(order.to_string());
        let (_, body) = self.session.send(request).await?;
        let said = || Value::String(String::from_utf8_lossy(&body).into_owned());
        Ok(serde_json::from_slice(&body).unwrap_or_else(|_| said()))
    }
}

/// The counterpart's words for an acknowledgement that it took.
const RECEIVED: &str = "e-CF Recibido";

/// The issuer, and the authority.
const RECEIVERS: usize = 2;

/// Whether nothing is left to be sent.
fn is_delivered(document: &Value) -> bool {
    let deliveries = document["deliveries"].as_array().map_or(&[][..], Vec::as_slice);
    deliveries.len() == RECEIVERS
        && deliveries.iter().all(|delivery| delivery["state"] != "to_send")
}

fn sent_to(document: &Value) -> HashSet<&str> {
    let deliveries = document["deliveries"].as_array().into_iter().flatten();
    let sent = deliveries.filter(|delivery| delivery["state"] == "sent");
    sent.filter_map(|delivery| delivery["receiver"].as_str()).collect()
}

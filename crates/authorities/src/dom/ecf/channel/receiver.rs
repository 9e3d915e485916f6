//! The receiver's copy: a buyer that is electronic itself gets the document, and acknowledges it
//! with a signed one of its own (Informe Técnico e-CF, Modelo emisor-receptor electrónicos).
//!
//! It comes after the DGII's answer and changes nothing about it. What cannot be handed over within
//! a day is given up, and a person is told.

use invoice::{SECOND, SecurityElements};

use super::delivery::Delivery;
use super::directory;
use super::phase::Phase;
use super::reply::Reply;
use super::services::{Peer, peer_receive};
use super::signing::told;
use super::waits;
use crate::contract::{Outcome, Response, Step, Trouble};
use crate::dom::dsig::verify;
use crate::dom::ecf::document::{Arecf, Motive, Receipt};

/// How long a receiver is tried: its system may be closed over night.
const TIME_MAX: i64 = 24 * 60 * 60 * SECOND;
/// Bytes of an acknowledgement that is kept: it has a dozen fields and a signature.
const ACKNOWLEDGEMENT_BYTES_MAX: usize = 64 * 1024;

impl Delivery<'_> {
    pub(super) fn look_up(&self, since: i64, tries: u32) -> (Phase, Step) {
        match self.sealed.buyer() {
            Some(_) if self.is_too_late(since) => given_up(),
            Some(buyer) => {
                let request = self.services.directory(&buyer);
                (Phase::LookingUp { since, tries }, Step::Send(request))
            }
            None => (Phase::Finished, Step::Done(Outcome::Closed(None))),
        }
    }

    pub(super) fn looked_up(&self, since: i64, tries: u32, reply: Reply) -> (Phase, Step) {
        let buyer = self.sealed.buyer().unwrap_or_default();
        match reply {
            Reply::Fine(body) => {
                let listed = directory::entry(&body, &buyer, self.services);
                match listed.and_then(|entry| entry.receiver()) {
                    Some(peer) => self.hand(peer, since, 0),
                    // It is none that documents are handed to: it gets the printed representation.
                    None => (Phase::Finished, Step::Done(Outcome::Closed(None))),
                }
            }
            Reply::Refused(_) | Reply::Missing(_) => {
                (Phase::Finished, Step::Done(Outcome::Closed(None)))
            }
            Reply::SessionRefused(trouble) | Reply::NotNow(trouble) | Reply::Unclear(trouble) => {
                let phase = Phase::LookingUp { since, tries: tries.saturating_add(1) };
                (phase, waits::for_receiver(self.now, tries, trouble))
            }
        }
    }

    pub(super) fn hand(&self, peer: Peer, since: i64, tries: u32) -> (Phase, Step) {
        if self.is_too_late(since) {
            return given_up();
        }
        let sealed = &self.sealed;
        let request = peer_receive(&peer, &sealed.file_name(), sealed.text.as_bytes());
        (Phase::Handing { peer, since, tries }, Step::Send(request))
    }

    pub(super) fn handed(
        &self,
        (peer, since, tries): (Peer, i64, u32),
        reply: Reply,
        response: &Response,
    ) -> (Phase, Step) {
        // Some say "not received" under the status of a failure: what is signed counts.
        let trouble = match (self.receipt(&response.body, tries > 0), reply) {
            (Ok(elements), _) => {
                return (Phase::Finished, Step::Done(Outcome::Acknowledged(elements)));
            }
            (Err(why), Reply::Fine(_)) => Trouble::new("", why),
            (
                Err(_),
                Reply::Refused(trouble)
                | Reply::SessionRefused(trouble)
                | Reply::NotNow(trouble)
                | Reply::Missing(trouble)
                | Reply::Unclear(trouble),
            ) => trouble,
        };
        let phase = Phase::Handing { peer, since, tries: tries.saturating_add(1) };
        (phase, waits::for_receiver(self.now, tries, trouble))
    }

    /// What the ledger keeps of an acknowledgement: it is signed, and about this document. A
    /// duplicate of what was handed over before, without an answer, is that one most likely.
    fn receipt(&self, body: &[u8], was_handed: bool) -> Result<SecurityElements, String> {
        if body.len() > ACKNOWLEDGEMENT_BYTES_MAX {
            return Err("its acknowledgement is longer than any".to_owned());
        }
        let text = unwrapped(body);
        let verified =
            verify(text.as_bytes()).map_err(|why| format!("its acknowledgement: {why}"))?;
        let receipt = Arecf::read(verified.document().root())
            .map_err(|faults| format!("its acknowledgement: {}", told(&faults)))?;
        let buyer = self.sealed.buyer().unwrap_or_default();
        let is_ours = receipt.issuer.as_str() == self.sealed.issuer
            && receipt.encf.to_string() == self.sealed.number
            && receipt.buyer.as_str() == buyer;
        if !is_ours {
            return Err("its acknowledgement is of another document".to_owned());
        }
        let (status, motive) = match receipt.receipt {
            Receipt::Received => ("received", None),
            Receipt::NotReceived(Some(Motive::Duplicate)) if was_handed => {
                ("received_before", Some(Motive::Duplicate))
            }
            Receipt::NotReceived(motive) => ("not_received", motive),
        };
        let details = [
            ("receiver", Some(status.to_owned())),
            ("receiver_motive", motive.map(motive_text)),
            ("receiver_at", Some(receipt.at.to_string())),
            ("receiver_signer", verified.certificate().serial_number().map(str::to_owned)),
        ];
        let elements = self.sealed.elements_of(details, "");
        Ok(SecurityElements { document: Some(text), ..elements })
    }

    fn is_too_late(&self, since: i64) -> bool {
        self.now.micros().saturating_sub(since) > TIME_MAX
    }
}

fn motive_text(motive: Motive) -> String {
    format!("{} {}", motive.code(), motive.label())
}

fn given_up() -> (Phase, Step) {
    let words = "the buyer's own system did not acknowledge the document within a day; the DGII has \
                 accepted it";
    let trouble = Trouble::new("", words);
    (Phase::Finished, Step::Done(Outcome::Closed(Some(trouble))))
}

/// Some frameworks wrap the document into a JSON string.
fn unwrapped(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let trimmed = text.trim_start_matches('\u{FEFF}').trim();
    match serde_json::from_str::<String>(trimmed) {
        Ok(inner) => inner,
        Err(_) => trimmed.to_owned(),
    }
}

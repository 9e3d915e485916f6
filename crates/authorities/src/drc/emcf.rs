//! The e-MCF: a control module of the DGI, over HTTP.
//!
//! `POST api/invoice` prices the invoice at the DGI and holds it pending for two minutes; `PUT
//! …/confirm` registers it and gives the security elements. What a lost reply means differs:
//!
//! - The POST's: at worst a pending request that expires. It is looked for, cancelled, and posted
//!   again.
//! - The confirmation's: the invoice may be registered. While it is still pending it is not, and is
//!   confirmed again; once it is not pending any more, the API can no longer say which it was, and
//!   a person has to look at the DGI's portal. Nothing is ever confirmed under a second uid.

mod phases;
mod reply;
mod request;
mod survey;
mod wire;

use invoice::{
    Claim, Draft, Fault, Invoice, OriginalInvoice, PricingFacts, Regime, Timestamp, Zone,
    claims_by_line,
};
use serde::{Deserialize, Serialize};

use self::phases::{Matters, Phase};
use super::settings::{ActionCase, Settings};
use crate::contract::{
    Admission, Authority, Event, Matter, Method, Numbered, Outcome, PaperReceipts, Progress,
    RangeKind, Referred, Refusal, Request, Response, SendingTerm, SeriesRule, Service, Step,
    Survey, Target, Trouble,
};

/// The DGI by an e-MCF.
#[derive(Debug)]
pub struct Emcf {
    settings: Settings,
    regime: Regime,
}

/// Where a matter stands with the e-MCF. Stored: a variant may be added, never changed.
#[derive(Deserialize, Serialize)]
#[serde(tag = "matter", rename_all = "snake_case")]
enum State {
    Invoice(InvoiceState),
    /// The replies so far, one a question: status and body.
    Survey {
        replies: Vec<(u16, String)>,
    },
}

#[derive(Deserialize, Serialize)]
struct InvoiceState {
    /// The request stands here from the first step on: what is sent again is what was sent.
    invoice: Option<Matters>,
    phase: Phase,
    /// POSTs in a row that the server answered with an error of its own.
    #[serde(default)]
    vain: u32,
}

impl Emcf {
    pub fn new(settings: Settings) -> Self {
        let regime = super::regime(&settings);
        Self { settings, regime }
    }

    fn matters(&self, Numbered { invoice, number, .. }: &Numbered<'_>) -> Matters {
        Matters::new(
            number,
            request::body(invoice, number, &self.regime, &self.settings),
            reply::expected_sums(invoice),
        )
    }

    /// One step of an invoice.
    fn step_invoice(
        &self,
        matter: &Numbered<'_>,
        state: InvoiceState,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        let InvoiceState { invoice, phase, vain } = state;
        let matters = invoice.unwrap_or_else(|| self.matters(matter));
        let was_posting = matches!(phase, Phase::Posting);
        let (phase, step) = self.advance(&matters, phase, event, now)?;
        let vain = match &step {
            Step::Wait { trouble, .. } if was_posting && is_servers_own(trouble) => vain + 1,
            _ if was_posting => 0,
            _ => vain,
        };
        let (vain, step) = match step {
            Step::Wait { trouble, .. } if vain >= VAIN_MAX => (0, Step::GiveUp(trouble)),
            step => (vain, step),
        };
        let state = InvoiceState { invoice: Some(matters), phase, vain };
        Ok((Progress::write(&State::Invoice(state)), step))
    }

    fn surveyed(
        &self,
        mut replies: Vec<(u16, String)>,
        event: Event,
        now: Timestamp,
    ) -> (Progress, Step) {
        match event {
            Event::Replied(Response { status, body }) => {
                // What is longer than any reply is cut, and so becomes a note that it is none.
                let body = &body[..body.len().min(reply::REPLY_BYTES_MAX)];
                replies.push((status, String::from_utf8_lossy(body).into_owned()));
            }
            Event::Unanswered(why) => replies.push((0, why)),
            Event::Started | Event::Due | Event::HeldBack | Event::Signed(_) | Event::Told(_) => {}
        }
        let step = match survey::QUESTIONS.get(replies.len()) {
            Some((operation, path)) => Step::Send(get(operation, self.path(path))),
            None => Step::Done(Outcome::Surveyed(Box::new(self.survey(&replies, now)))),
        };
        (Progress::write(&State::Survey { replies }), step)
    }

    fn survey(&self, replies: &[(u16, String)], now: Timestamp) -> Survey {
        let kinshasa = Zone::parse("Africa/Kinshasa").expect("the zone is in the built-in data");
        let mut survey = Survey::default();
        for (question, (status, body)) in replies.iter().enumerate() {
            let response = Response { status: *status, body: body.clone().into_bytes() };
            survey::learn(&mut survey, question, &response, (&self.regime, kinshasa.date(now)));
        }
        survey
    }

    fn action(
        &self,
        uid: &str,
        action: &'static str,
        body: Option<Vec<u8>>,
        point_of_no_return: bool,
    ) -> Request {
        let spelt = match self.settings.action_case {
            ActionCase::Lower => action.to_owned(),
            ActionCase::Upper => action.to_uppercase(),
        };
        Request {
            body,
            point_of_no_return,
            ..request(action, Method::Put, format!("api/invoice/{uid}/{spelt}"))
        }
    }

    fn path(&self, path: &str) -> String {
        if self.settings.trailing_slash { format!("{path}/") } else { path.to_owned() }
    }
}

/// The country's two zones: its east is an hour ahead.
const ZONES: &[&str] = &["Africa/Kinshasa", "Africa/Lubumbashi"];

/// An e-MCF holds ten requests pending (e-MCF API, limits). Two are left for another process on the
/// same token, and for one whose reply was lost and that has not expired yet.
const UNDER_WAY_MAX: usize = 8;

/// POSTs in a row that an answering server may fail before the invoice is set aside: others behind
/// it would wait for ever. Nothing that was only posted can be registered.
const VAIN_MAX: u32 = 20;

/// An error of the server about this request, and not of the line: 5xx, or code 99.
fn is_servers_own(trouble: &Trouble) -> bool {
    trouble.code == "99" || (trouble.code.len() == 3 && trouble.code.starts_with('5'))
}

const JSON: &str = "application/json";

/// Each taxpayer is told the address of its e-MCF, and given a token for it.
const SERVICES: &[Service] = &[Service { name: "", url: None, admission: Admission::Token }];

fn get(operation: &'static str, path: String) -> Request {
    request(operation, Method::Get, path)
}

fn request(operation: &'static str, method: Method, path: String) -> Request {
    Request {
        operation,
        target: Target::Authority(""),
        method,
        path,
        content_type: JSON.to_owned(),
        accept: JSON,
        body: None,
        session: None,
        point_of_no_return: false,
        takes_a_place: false,
    }
}

impl Authority for Emcf {
    fn id(&self) -> &'static str {
        "drc/emcf"
    }

    fn regime(&self) -> &Regime {
        &self.regime
    }

    fn price(&self, draft: &Draft, facts: &PricingFacts) -> Result<Invoice, Vec<Fault>> {
        Invoice::price(draft, &self.regime, facts)
    }

    fn refers_to(&self, _: &Draft) -> Option<Referred> {
        None
    }

    fn claims(&self, original: &OriginalInvoice, correction: &Invoice) -> Vec<Claim> {
        claims_by_line(original, correction)
    }

    fn check(&self, invoice: &Invoice) -> Vec<Fault> {
        super::checks::check(invoice, &self.settings)
    }

    /// SFE specification 2026: an outlet numbers its invoices itself, each fiscal year from 1.
    fn series(&self, _: &Invoice) -> SeriesRule {
        SeriesRule::Yearly
    }

    fn range_kinds(&self) -> &'static [RangeKind] {
        &[]
    }

    fn zones(&self) -> &'static [&'static str] {
        ZONES
    }

    fn system_id(&self) -> Option<&str> {
        Some(&self.settings.isf)
    }

    fn services(&self) -> &'static [Service] {
        SERVICES
    }

    /// The module's counters run on with each invoice.
    fn keeps_order(&self) -> bool {
        true
    }

    fn under_way_max(&self) -> usize {
        UNDER_WAY_MAX
    }

    /// SFE specification 2026: whatever is late is late after 48 hours, however it was issued.
    fn sending_term(&self, _: &Invoice, _: bool) -> Option<SendingTerm> {
        None
    }

    fn paper_receipts(&self) -> Option<&dyn PaperReceipts> {
        None
    }

    fn begin(&self, matter: &Matter<'_>) -> Progress {
        match matter {
            Matter::Invoice(_) => {
                let state = InvoiceState { invoice: None, phase: Phase::Ready, vain: 0 };
                Progress::write(&State::Invoice(state))
            }
            Matter::Survey { .. } => Progress::write(&State::Survey { replies: Vec::new() }),
            Matter::Annulment(_)
            | Matter::Approval(_)
            | Matter::Inquiry(_)
            | Matter::Session { .. } => Progress::from_bytes(Vec::new()),
        }
    }

    fn step(
        &self,
        matter: &Matter<'_>,
        progress: Progress,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        let numbered = match matter {
            Matter::Invoice(numbered) => Some(numbered),
            Matter::Survey { .. } => None,
            Matter::Annulment(_)
            | Matter::Approval(_)
            | Matter::Inquiry(_)
            | Matter::Session { .. } => {
                return Err(Refusal::unsupported(self.id(), matter));
            }
        };
        match (progress.read(), numbered) {
            (State::Invoice(state), Some(numbered)) => {
                self.step_invoice(numbered, state, event, now)
            }
            (State::Survey { replies }, None) => Ok(self.surveyed(replies, event, now)),
            (State::Invoice(_), None) | (State::Survey { .. }, Some(_)) => {
                unreachable!("progress is stepped with the matter that it was begun with")
            }
        }
    }
}

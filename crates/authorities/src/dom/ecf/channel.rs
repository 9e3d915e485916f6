//! The channel to the DGII: a machine that seals by a signature of the taxpayer's own and delivers
//! afterwards, so that no network stands between a customer and the receipt.
//!
//! - A document goes to the DGII whole, gets the number of its delivery, and is asked after until it
//!   is validated. The summary of a small consumer invoice is answered at once.
//! - What was signed is stored and sent again byte for byte. After a lost reply the DGII is asked
//!   what it knows of the number, and by the security code whether that is ours.
//! - A buyer that is electronic itself gets the document after the DGII has accepted it.

mod body;
mod delivery;
mod directory;
mod inquiry;
mod phase;
mod query;
mod receiver;
mod reply;
mod sealed;
mod sealing;
mod services;
mod session;
mod side;
mod signing;
mod status;
mod summary;
mod survey;
mod upload;
mod waits;
mod whole;

pub use self::services::{SUMMARIES_HOST, WHOLE_HOST};
pub use upload::{Upload, upload};

use invoice::{Claim, Draft, Fault, Invoice, OriginalInvoice, PricingFacts, Regime, Timestamp};
use serde::{Deserialize, Serialize};

use self::delivery::Delivery;
use self::inquiry::Asking;
use self::phase::Phase;
use self::sealed::Sealed;
use self::sealing::{Sealing, remember, sending_mode};
use self::services::{SERVICES, Services};
use self::session::{Login, LoginStep};
use self::side::{Kind, Side, SidePhase};
use self::signing::ours;
use crate::contract::{
    Annulment, ApprovalWay, Authority, Event, Matter, Numbered, Outcome, PaperReceipts, Progress,
    RangeKind, Referred, Refusal, Response, SendingMode, SendingTerm, SeriesRule, Service,
    SignedApproval, Step, Survey, Trouble,
};
use crate::dom::ecf::document::{Anecf, Encf, EncfRange, Rnc, annulment_file_name, file_name};
use crate::dom::paper::SeriesB;
use crate::dom::price;
use crate::dom::regime::{ZONE, regime};
use crate::dom::sequences;
use crate::dom::settings::Settings;
use crate::dom::xml::Element;

/// The DGII by its e-CF.
#[derive(Debug)]
pub struct Ecf {
    settings: Settings,
    regime: Regime,
}

/// Where a matter stands with the DGII. Stored: a variant may be added, never changed.
#[derive(Deserialize, Serialize)]
#[serde(tag = "matter", rename_all = "snake_case")]
enum State {
    Invoice(Phase),
    Annulment(SidePhase),
    Approval(SidePhase),
    Inquiry,
    Session(Login),
    /// The answers so far, one a question: status and body.
    Survey {
        answers: Vec<(u16, String)>,
    },
}

/// Requests of one outlet that are under way at once. The DGII names no limit; this one keeps an
/// outlet that was offline for a day from being all that the line is busy with.
const UNDER_WAY_MAX: usize = 16;

impl Ecf {
    pub fn new(settings: Settings) -> Self {
        Self { settings, regime: regime() }
    }

    fn services(&self) -> Services {
        Services(self.settings.environment)
    }

    fn step_invoice(
        &self,
        numbered: &Numbered<'_>,
        phase: Phase,
        (mut progress, event, now): (Progress, Event, Timestamp),
    ) -> Result<(Progress, Step), Refusal> {
        let sealing = Sealing { settings: &self.settings, numbered };
        let (phase, step) = match (phase, event) {
            (Phase::Signing { signed_at }, Event::Signed(signed)) => {
                sealing.seal(signed_at, progress.recall(), &signed)?
            }
            // Nothing has left, and nothing was recorded: whatever came, it begins anew.
            (Phase::Unsigned | Phase::Signing { .. }, _) => {
                let (phase, step, document) = sealing.begin(now)?;
                let progress = Progress::write(&State::Invoice(phase));
                return Ok((remember(progress, document), step));
            }
            (phase, event) => self.deliver(numbered, phase, event, now)?,
        };
        Ok((Progress::write(&State::Invoice(phase)), step))
    }

    fn deliver(
        &self,
        numbered: &Numbered<'_>,
        phase: Phase,
        event: Event,
        now: Timestamp,
    ) -> Result<(Phase, Step), Refusal> {
        let Some(sealed) = Sealed::of(numbered) else {
            let words = "the signed document is not among what was sealed";
            return Ok((phase, Step::GiveUp(Trouble::new("", words))));
        };
        let (services, settings) = (self.services(), &self.settings);
        Delivery { services, settings, numbered, sealed, now }.advance(phase, event)
    }

    fn annul(
        &self,
        annulment: &Annulment,
        phase: SidePhase,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        if !self.services().has_inquiries() {
            let words = "nothing is annulled while certifying: there is no such service";
            return Err(ours("not_supported", words.to_owned()));
        }
        let phase = match (&annulment.signed, phase) {
            // It was kept before it left, so that it may have arrived.
            (Some(document), SidePhase::Unsigned) => {
                let file_name = annulment_file_name(&rnc(&annulment.tax_id)?, now);
                SidePhase::ready(document.clone(), file_name, true)
            }
            (_, phase) => phase,
        };
        let first = annulment.runs.first().map_or("", |run| run.first.as_str());
        let kind = Kind::Annulment { issuer: &annulment.tax_id, first };
        let side = Side { services: self.services(), kind, now };
        let (phase, step) = side.advance(phase, event, || annulment_document(annulment, now))?;
        let milestone = phase.milestone();
        Ok((Progress::write(&State::Annulment(phase)).at(milestone), step))
    }

    fn approve(
        &self,
        approval: &SignedApproval,
        phase: SidePhase,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        let kind = Kind::Approval { issuer: &approval.issuer_tax_id };
        let phase = match phase {
            SidePhase::Unsigned => signed_approval(approval)?,
            phase => phase,
        };
        let side = Side { services: self.services(), kind, now };
        let (phase, step) = side.advance(phase, event, || {
            Err(ours("no_approval", "an approval is signed before it is sent".to_owned()))
        })?;
        let milestone = phase.milestone();
        Ok((Progress::write(&State::Approval(phase)).at(milestone), step))
    }

    fn surveyed(
        &self,
        tax_id: &str,
        mut answers: Vec<(u16, String)>,
        (event, now): (Event, Timestamp),
    ) -> (Progress, Step) {
        let questions = survey::questions(&self.settings);
        match event {
            Event::Replied(Response { status, body }) => {
                let body = &body[..body.len().min(body::BODY_BYTES_MAX)];
                answers.push((status, String::from_utf8_lossy(body).into_owned()));
            }
            Event::Unanswered(why) => answers.push((0, why)),
            // The first wants a session, which all the others wait for; of a status host that rests
            // nothing is learnt.
            Event::HeldBack if answers.is_empty() => {
                let step = waits::for_line(now, 0, Trouble::new("", "held back"));
                return (Progress::write(&State::Survey { answers }), step);
            }
            Event::HeldBack => answers.push((0, "the line rests".to_owned())),
            Event::Started | Event::Due | Event::Signed(_) | Event::Told(_) => {}
        }
        let step = match questions.get(answers.len()) {
            Some(question) => Step::Send(question.request(self.services(), tax_id)),
            None => Step::Done(Outcome::Surveyed(Box::new(self.survey(tax_id, &answers)))),
        };
        (Progress::write(&State::Survey { answers }), step)
    }

    fn survey(&self, tax_id: &str, answers: &[(u16, String)]) -> Survey {
        let mut survey = Survey::default();
        for (question, (status, body)) in survey::questions(&self.settings).iter().zip(answers) {
            let response = Response { status: *status, body: body.clone().into_bytes() };
            question.learn(&mut survey, &response, (self.services(), tax_id));
        }
        survey
    }
}

fn annulment_document(annulment: &Annulment, now: Timestamp) -> Result<(Element, String), Refusal> {
    let issuer = rnc(&annulment.tax_id)?;
    let mut ranges = Vec::new();
    for run in &annulment.runs {
        let (first, last) = (encf(&run.first)?, encf(&run.last)?);
        let range =
            EncfRange::new(first, last).filter(|range| range.document_type().code() == run.kind);
        let words = || format!("{} to {} are no numbers of e-CF {}", run.first, run.last, run.kind);
        ranges.push(range.ok_or_else(|| ours("no_encf", words()))?);
    }
    let file_name = annulment_file_name(&issuer, now);
    let document = Anecf::new(issuer, now, ranges);
    let document = document.map_err(|error| ours("no_annulment", error.to_string()))?;
    Ok((document.to_element(), file_name))
}

/// Where an approval goes on, which was signed when it was given.
fn signed_approval(approval: &SignedApproval) -> Result<SidePhase, Refusal> {
    let (buyer, number) = (rnc(&approval.tax_id)?, encf(&approval.number)?);
    let (document, file_name) = (approval.document.clone(), file_name(&buyer, number));
    Ok(match &approval.way {
        ApprovalWay::Unsent => SidePhase::ready(document, file_name, false),
        ApprovalWay::MayHaveLeft => SidePhase::ready(document, file_name, true),
        ApprovalWay::Taken(words) => SidePhase::taken(document, file_name, words.clone()),
    })
}

fn rnc(text: &str) -> Result<Rnc, Refusal> {
    Rnc::parse(text).map_err(|error| ours("no_rnc", error.to_string()))
}

fn encf(text: &str) -> Result<Encf, Refusal> {
    Encf::parse(text).map_err(|error| ours("no_encf", error.to_string()))
}

impl Authority for Ecf {
    fn id(&self) -> &'static str {
        "dom/ecf"
    }

    fn regime(&self) -> &Regime {
        &self.regime
    }

    fn zones(&self) -> &'static [&'static str] {
        &[ZONE]
    }

    fn system_id(&self) -> Option<&str> {
        None
    }

    fn price(&self, draft: &Draft, facts: &PricingFacts) -> Result<Invoice, Vec<Fault>> {
        price::price(draft, facts, &self.settings.terms)
    }

    fn refers_to(&self, draft: &Draft) -> Option<Referred> {
        price::refers_to(draft)
    }

    fn claims(&self, original: &OriginalInvoice, correction: &Invoice) -> Vec<Claim> {
        price::claims(original, correction)
    }

    fn series(&self, invoice: &Invoice) -> SeriesRule {
        sequences::series(invoice)
    }

    fn range_kinds(&self) -> &'static [RangeKind] {
        sequences::RANGE_KINDS
    }

    /// Pricing holds the document against the format already.
    fn check(&self, _: &Invoice) -> Vec<Fault> {
        Vec::new()
    }

    fn services(&self) -> &'static [Service] {
        SERVICES
    }

    /// Each document is validated by itself; a note waits for the one that it corrects.
    fn keeps_order(&self) -> bool {
        false
    }

    fn under_way_max(&self) -> usize {
        UNDER_WAY_MAX
    }

    /// Decreto 587-24, contingencia; what is not in contingency may be deferred where its type says so.
    fn sending_term(&self, invoice: &Invoice, is_cut_off: bool) -> Option<SendingTerm> {
        let mode = sending_mode(&self.settings, invoice, is_cut_off)?;
        let hours = match mode {
            SendingMode::Contingency => 72,
            SendingMode::Deferred => 24,
        };
        Some(SendingTerm { mode, hours })
    }

    fn paper_receipts(&self) -> Option<&dyn PaperReceipts> {
        Some(&SeriesB)
    }

    fn begin(&self, matter: &Matter<'_>) -> Progress {
        Progress::write(&match matter {
            Matter::Invoice(_) => State::Invoice(Phase::Unsigned),
            Matter::Annulment(_) => State::Annulment(SidePhase::Unsigned),
            Matter::Approval(_) => State::Approval(SidePhase::Unsigned),
            Matter::Inquiry(_) => State::Inquiry,
            Matter::Session { .. } => State::Session(Login::Fetching),
            Matter::Survey { .. } => State::Survey { answers: Vec::new() },
        })
    }

    fn step(
        &self,
        matter: &Matter<'_>,
        progress: Progress,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal> {
        match (progress.read(), matter) {
            (State::Invoice(phase), Matter::Invoice(numbered)) => {
                self.step_invoice(numbered, phase, (progress, event, now))
            }
            (State::Annulment(phase), Matter::Annulment(annulment)) => {
                self.annul(annulment, phase, event, now)
            }
            (State::Approval(phase), Matter::Approval(approval)) => {
                self.approve(approval, phase, event, now)
            }
            (State::Inquiry, Matter::Inquiry(inquiry)) => {
                let step = Asking { services: self.services(), inquiry, now }.advance(event)?;
                Ok((progress, step))
            }
            (State::Session(login), Matter::Session { audience, .. }) => {
                let step = LoginStep { services: self.services(), audience, now };
                let (login, step) = step.advance(login, event)?;
                Ok((Progress::write(&State::Session(login)), step))
            }
            (State::Survey { answers }, Matter::Survey { tax_id }) => {
                Ok(self.surveyed(tax_id, answers, (event, now)))
            }
            _ => unreachable!("progress is stepped with the matter that it was begun with"),
        }
    }
}

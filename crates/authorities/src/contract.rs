//! The contract of an authority: a pure step machine with two milestones.
//!
//! *Sealed*: the receipt may be handed over. *Acknowledged*: the authority has it. The machine
//! never does anything; it says what to do next, and one driver obeys. Every machine must answer
//! every event in every state: a lost request and a lost reply look alike.

mod form;
mod matter;
mod receiving;
mod refusal;
mod request;
mod series;
mod survey;
mod term;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use invoice::{
    Claim, Draft, Fault, Invoice, OriginalInvoice, PricingFacts, Regime, SecurityElements,
    Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::form::{CodeForm, DocumentForm, Forms};
pub use self::matter::{
    Annulment, Approval, ApprovalWay, Decision, Found, FoundState, Inquiry, Matter, NumberRun,
    Numbered, SignedApproval, Standing,
};
pub use self::receiving::{
    Acknowledged, AnswerForm, Chain, DocumentFacts, Door, IssuedToken, Motive, NotRead, Own,
    PeerService, ReceivedApproval, ReceivedDocument, ReceivedVerdict, Receiving, SignedSeed,
    SignerFacts, SignerStanding, Unsigned,
};
pub use self::refusal::{NumberFate, Refusal, RefusalKind, coded};
pub use self::request::{
    Admission, Audience, Method, Request, Response, Service, Session, SessionToken, Target,
};
pub use self::series::{RangeKind, Referred, SeriesRule};
pub use self::survey::{Listing, Maintenance, Survey};
pub use self::term::{Paper, PaperReceipts, PaperTerms, SendingMode, SendingTerm};

/// A tax authority, by one of its channels.
pub trait Authority: Send + Sync {
    /// `country/channel`, as outlets name it in their settings.
    fn id(&self) -> &'static str;

    /// The country's tax data under the settings that this authority was opened with.
    fn regime(&self) -> &Regime;

    /// What the authority calls the invoicing system, for receipts; nothing where it has no such
    /// name.
    fn system_id(&self) -> Option<&str>;

    /// Draft to invoice by this country's arithmetic, or every fault of it at once. Nothing is
    /// numbered yet.
    fn price(&self, draft: &Draft, facts: &PricingFacts) -> Result<Invoice, Vec<Fault>>;

    /// The taxpayer's own document that a draft's section refers to by its number, so that the
    /// ledger can look whether it holds it; nothing where the draft names its original as all
    /// countries do, or refers to none.
    fn refers_to(&self, draft: &Draft) -> Option<Referred>;

    /// What a correction takes back of its original, for the ledger to keep within the limits.
    fn claims(&self, original: &OriginalInvoice, correction: &Invoice) -> Vec<Claim>;

    /// What the channel cannot take, of an invoice that the regime allows: all of it at once.
    fn check(&self, invoice: &Invoice) -> Vec<Fault>;

    /// From which series an invoice takes its number.
    fn series(&self, invoice: &Invoice) -> SeriesRule;

    /// The kinds of numbers that the authority gives out in ranges; none where outlets count by
    /// themselves.
    fn range_kinds(&self) -> &'static [RangeKind];

    /// Where the authority listens, the main service first. An outlet's wire may say otherwise.
    fn services(&self) -> &'static [Service];

    /// Whether what was sealed first must reach the authority in the order of its sealing.
    fn keeps_order(&self) -> bool;

    /// How many invoices of one outlet may be under way at once: what the channel holds pending.
    fn under_way_max(&self) -> usize;

    /// By when an invoice has to be with the authority, where the law sets a time for it; `is_cut_off`
    /// as in [`Numbered`].
    fn sending_term(&self, invoice: &Invoice, is_cut_off: bool) -> Option<SendingTerm>;

    /// What the law says of receipts on paper; nothing where it knows none.
    fn paper_receipts(&self) -> Option<&dyn PaperReceipts>;

    /// The state before the first step. Nothing has left us yet.
    fn begin(&self, matter: &Matter<'_>) -> Progress;

    /// What happened, in; what to do next, out. The matter and the time are told, never kept or
    /// asked for: progress holds where a matter stands, and of the matter itself only what has left
    /// us.
    fn step(
        &self,
        matter: &Matter<'_>,
        progress: Progress,
        event: Event,
        now: Timestamp,
    ) -> Result<(Progress, Step), Refusal>;
}

/// What happened since the last step.
#[derive(Clone, Debug)]
pub enum Event {
    /// The matter was just begun.
    Started,
    /// The signature that a [`Step::Sign`] asked for.
    Signed(Signed),
    /// An answer came, whatever it says.
    Replied(Response),
    /// No answer came, and nobody knows whether the request arrived.
    Unanswered(String),
    /// What a [`Step::Send`] asked for did not leave: the line rests or cannot be opened, or no
    /// place is free. The step that comes back is a wait.
    HeldBack,
    /// The time of a [`Step::Wait`] has come, or the process resumes after a crash.
    Due,
    /// A person found out what the authority holds.
    Told(Answer),
}

/// A signature, and who vouches for its key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signed {
    /// The bytes that the key of the role makes: `r ‖ s`, or RSA's.
    pub signature: Vec<u8>,
    /// The key's X.509 certificate in DER, where it has one.
    pub certificate: Option<Vec<u8>>,
}

/// What to do next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sign these bytes with the key of this role.
    Sign(Vec<u8>, KeyRole),
    Send(Request),
    /// Come back with [`Event::Due`], no earlier.
    Wait {
        until: Timestamp,
        pause: Pause,
        trouble: Trouble,
    },
    /// The channel cannot tell what became of the matter: a person has to find out, and until then
    /// nothing may be repeated. Comes back with [`Event::Told`].
    Ask(Question),
    /// It does not get through, though the authority answers, and nothing of it can be registered:
    /// out of the queue, so that it blocks nobody. Resumes with [`Event::Due`] if a person says so.
    GiveUp(Trouble),
    /// The receipt may be handed over, with these elements if there are any yet. Comes back with
    /// [`Event::Due`] for the rest.
    Sealed(Option<SecurityElements>),
    /// The authority has acknowledged what we had sealed, which is recorded at once. Comes back with
    /// [`Event::Due`] for what is still to be done besides, which can no longer change that.
    Acknowledged(SecurityElements),
    Done(Outcome),
}

/// What a wait is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pause {
    /// The line or the server fails: each time in a row, the driver waits longer than it is told.
    LineFailed,
    /// The authority works and said "not now": coming back later than told would serve nobody.
    NotNow,
}

/// Whether what is issued counts. It is the outlet's, and its authority goes by it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Environment {
    Test,
    Live,
}

/// Which of an outlet's keys signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyRole {
    /// The taxpayer's certificate for the authority.
    Taxpayer,
}

/// How a matter ended well.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing beyond what *Sealed* brought.
    AsSealed,
    /// The authority's elements for an invoice that we had sealed first; or, after
    /// [`Step::Acknowledged`], those of its receiver.
    Acknowledged(SecurityElements),
    /// After [`Step::Acknowledged`]: nothing more is recorded, and what could not be done besides.
    Closed(Option<Trouble>),
    Surveyed(Box<Survey>),
    SessionOpened(Session),
    /// An annulment or an approval that was taken.
    Taken(Receipt),
    /// What the authority says of a document that was received.
    Found(Found),
}

/// What stays of an annulment or an approval that was taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// What was sent, as signed.
    pub document: String,
    /// The authority's answer, as it came.
    pub reply: String,
    /// What it said, for people.
    pub words: String,
    /// Why the issuer of what was approved was not told.
    pub besides: Option<String>,
}

/// What only a person can find out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// In English, with the place to look.
    pub text: String,
    pub trouble: Trouble,
}

/// What a person found out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// The authority holds the invoice, with these elements.
    Registered { elements: SecurityElements, total: Option<String> },
    /// The authority does not hold it, and can no longer come to hold it.
    NotRegistered,
}

/// Why a step waits or asks: what the authority or the line said, for the log and for people.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trouble {
    /// The authority's own code where it gave one.
    pub code: String,
    pub words: String,
}

impl Trouble {
    pub fn new(code: impl Into<String>, words: impl Into<String>) -> Self {
        Self { code: code.into(), words: words.into() }
    }
}

/// The code and the words.
impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&coded(&self.code, &self.words))
    }
}

/// Where a matter stands: bytes that only its machine reads, stored between steps.
#[derive(Clone)]
pub struct Progress {
    bytes: Vec<u8>,
    memo: Option<Memo>,
    milestone: Option<Milestone>,
}

/// How far an annulment or an approval has come, for whoever records more of it than its progress.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Milestone {
    /// It is signed, as this document, and may leave.
    Signed(String),
    /// The authority has taken it, with these words; its issuer is still to know.
    Taken(String),
}

/// What a machine remembers from one step to the next of the same drive, and can make again from
/// the matter and the bytes: it is never stored.
type Memo = Arc<dyn Any + Send + Sync>;

impl Progress {
    /// From bytes that [`Self::as_bytes`] gave.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, memo: None, milestone: None }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn write(state: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(state).expect("a machine's state has string keys only");
        Self::from_bytes(bytes)
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.bytes)
            .expect("progress is written by the machine of the same version or an older one")
    }

    /// Nothing for other matters, and for progress that was stored: a step tells it again.
    pub const fn milestone(&self) -> Option<&Milestone> {
        self.milestone.as_ref()
    }

    pub(crate) fn at(self, milestone: Option<Milestone>) -> Self {
        Self { milestone, ..self }
    }

    pub(crate) fn remembering(self, memo: impl Any + Send + Sync) -> Self {
        Self { memo: Some(Arc::new(memo)), ..self }
    }

    /// What was remembered, if it was and nobody else holds it.
    pub(crate) fn recall<T: Any + Send + Sync>(&mut self) -> Option<T> {
        let memo = self.memo.take()?.downcast::<T>().ok()?;
        Arc::try_unwrap(memo).ok()
    }
}

impl PartialEq for Progress {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Progress {}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Progress").field(&String::from_utf8_lossy(&self.bytes)).finish()
    }
}

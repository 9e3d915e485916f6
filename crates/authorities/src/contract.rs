//! The contract of an authority: a pure step machine with two milestones.
//!
//! *Sealed*: the receipt may be handed over. *Done*: the authority has acknowledged. The machine
//! never does anything; it says what to do next, and one driver obeys. Every machine must answer
//! every event in every state: a lost request and a lost reply look alike.

use invoice::{Exchange, Fault, Invoice, Percent, Regime, SecurityElements, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A tax authority, by one of its channels.
pub trait Authority: Send + Sync {
    /// `country/channel`, as outlets name it in their settings.
    fn id(&self) -> &'static str;

    /// The country's tax data under the settings that this authority was opened with.
    fn regime(&self) -> &Regime;

    /// What the authority calls the invoicing system, for receipts; nothing where it has no such
    /// name.
    fn system_id(&self) -> Option<&str>;

    /// What the channel cannot take, of an invoice that the regime allows: all of it at once.
    fn check(&self, invoice: &Invoice) -> Vec<Fault>;

    /// How many invoices of one outlet may be under way at once: what the channel holds pending.
    fn under_way_max(&self) -> usize;

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

/// What an authority is to be told of, or asked.
#[derive(Clone, Copy, Debug)]
pub enum Matter<'a> {
    /// An invoice with its number.
    Invoice { invoice: &'a Invoice, number: &'a str },
    /// How things stand: the token's life, today's rates of exchange, its tables.
    Survey { tax_id: &'a str },
}

/// What happened since the last step.
#[derive(Clone, Debug)]
pub enum Event {
    /// The matter was just begun.
    Started,
    /// The signature that a [`Step::Sign`] asked for.
    Signed(Vec<u8>),
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
    /// The authority's elements for an invoice that we had sealed first.
    Acknowledged(SecurityElements),
    Surveyed(Survey),
}

/// What a survey brought back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    pub token_valid_until: Option<Timestamp>,
    /// The central bank's mean rates, for the tolerance of drafts.
    pub rates: Vec<Exchange>,
    /// Tax groups whose rate differs from the regime's, with the authority's rate.
    pub differing_groups: Vec<(String, Percent)>,
    /// Codes of ours that the authority's lists do not know: the list, and the code.
    pub unknown_codes: Vec<(&'static str, &'static str)>,
    /// Requests that the authority holds and nobody has finished.
    pub pending: u32,
    /// The authority refused the token, in its own words.
    pub token_refused: Option<String>,
    /// What could not be learnt, for the log.
    pub notes: Vec<String>,
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

/// One request to the authority, relative to its base address. Secrets are the wire's to add.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// What the authority calls the operation, for logs.
    pub operation: &'static str,
    pub method: Method,
    pub path: String,
    /// JSON, XML: as the channel has it.
    pub content_type: &'static str,
    pub body: Option<Vec<u8>>,
    /// After this one, the authority may hold the document for good: progress is made durable
    /// before it leaves.
    pub point_of_no_return: bool,
    /// It takes one of the places that the channel holds ([`Authority::under_way_max`]). What asks,
    /// confirms or cancels takes none, so that a recovery never stands in line behind new matters.
    pub takes_a_place: bool,
}

/// The verbs that a channel uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    Get,
    Post,
    Put,
}

/// An answer, as it came.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The HTTP status, or the channel's equivalent.
    pub status: u16,
    pub body: Vec<u8>,
}

/// The authority will not have the matter. Its own code and words are kept.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{kind}: {code} {words}", kind = kind.as_str())]
pub struct Refusal {
    pub kind: RefusalKind,
    pub code: String,
    pub words: String,
}

/// What kind of failing a refusal is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusalKind {
    /// The authority could not be reached in the way it wants to be.
    Connection,
    /// It read the document and says no.
    Refused,
    /// It holds this document already, as another one.
    Duplicate,
    /// Its totals are not ours.
    Mismatch,
}

impl RefusalKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Refused => "refused",
            Self::Duplicate => "duplicate",
            Self::Mismatch => "mismatch",
        }
    }
}

/// Where a matter stands: bytes that only its machine reads, stored between steps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Progress(Vec<u8>);

impl Progress {
    /// From bytes that [`Self::as_bytes`] gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn write(state: &impl Serialize) -> Self {
        Self(serde_json::to_vec(state).expect("a machine's state has string keys only"))
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.0)
            .expect("progress is written by the machine of the same version or an older one")
    }
}

//! Who must be told: the contract with an authority, and a folder a country.
//!
//! Pure: nothing here touches a clock, a socket, a file, a key or a database. An authority is a
//! step machine that says what to do next; a driver elsewhere does it and tells what came of it.

mod contract;
pub mod dom;
pub mod drc;
mod register;
mod trust;

pub use contract::{
    Acknowledged, Admission, Annulment, Answer, AnswerForm, Approval, ApprovalWay, Audience,
    Authority, Chain, CodeForm, Decision, DocumentFacts, DocumentForm, Door, Environment, Event,
    Forms, Found, FoundState, Inquiry, IssuedToken, KeyRole, Listing, Maintenance, Matter, Method,
    Milestone, Motive, NotRead, NumberFate, NumberRun, Numbered, Outcome, Own, Paper,
    PaperReceipts, PaperTerms, Pause, PeerService, Progress, Question, RangeKind, Receipt,
    ReceivedApproval, ReceivedDocument, ReceivedVerdict, Receiving, Referred, Refusal, RefusalKind,
    Request, Response, SendingMode, SendingTerm, SeriesRule, Service, Session, SessionToken,
    Signed, SignedApproval, SignedSeed, SignerFacts, SignerStanding, Standing, Step, Survey,
    Target, Trouble, Unsigned, coded,
};
pub use register::{UnknownAuthority, authority_named, forms_named, names, receiving_named};
pub use trust::{BUNDLE_BYTES_MAX, BUNDLE_MAX, BadRoots, Roots, Untrusted};

//! Who must be told: the contract with an authority, and a folder a country.
//!
//! Pure: nothing here touches a clock, a socket, a file, a key or a database. An authority is a
//! step machine that says what to do next; a driver elsewhere does it and tells what came of it.

mod contract;
pub mod dom;
pub mod drc;
mod register;

pub use contract::{
    Acknowledged, Admission, Annulment, Answer, AnswerForm, Approval, ApprovalWay, Audience,
    Authority, Decision, DocumentFacts, Door, Environment, Event, IssuedToken, KeyRole, Listing,
    Maintenance, Matter, Method, Milestone, Motive, NotRead, NumberFate, NumberRun, Numbered,
    Outcome, Pause, PeerService, Progress, Question, RangeKind, Receipt, ReceivedApproval,
    ReceivedDocument, ReceivedVerdict, Receiving, Refusal, RefusalKind, Request, Response,
    SeriesRule, Service, Session, SessionToken, Signed, SignedApproval, SignedSeed, Standing, Step,
    Survey, Target, Trouble, Unsigned,
};
pub use register::{UnknownAuthority, authority_named, names, receiving_named};

//! Who must be told: the contract with an authority, and a folder a country.
//!
//! Pure: nothing here touches a clock, a socket, a file, a key or a database. An authority is a
//! step machine that says what to do next; a driver elsewhere does it and tells what came of it.

mod contract;
pub mod drc;
mod register;

pub use contract::{
    Answer, Authority, Event, KeyRole, Matter, Method, Outcome, Pause, Progress, Question, Refusal,
    RefusalKind, Request, Response, Step, Survey, Trouble,
};
pub use register::{UnknownAuthority, authority_named, names};

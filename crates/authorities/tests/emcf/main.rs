//! The e-MCF's step machine from outside: what it sends, what it makes of every answer, and that
//! no loss of a request or a reply ever registers an invoice twice.

mod bodies;
mod channels;
#[path = "../common/mod.rs"]
mod common;
mod machine;
mod model;
mod replies;
mod steps;
mod survey;

//! The REST API: who is calling and with what right, problems, OpenAPI, the verify page.
//!
//! A request passes the edge (its id, bounds, problems), the caller's key, and then the one file
//! of its endpoint: what it documents, what it does, its tests. What is issued is `fiscal`'s; what
//! is read is `ledger`'s; nothing is decided here but who may ask and how it is told.
//!
//! No country is named here, and none has to be: what differs stands in the regime of an outlet's
//! authority and in the templates of receipts.

mod annulments;
mod api_key;
mod api_keys;
mod app;
mod call;
mod caller;
mod docs;
mod document;
mod edge;
mod events;
mod examples;
mod fields;
mod front;
mod health;
mod inbox;
mod invoices;
mod language;
mod limits;
mod log;
mod openapi;
mod outlets;
mod p2p;
mod page;
mod paper_receipts;
mod parameters;
mod problem;
mod published_keys;
mod receipt;
mod remembered;
mod rights;
mod rules;
mod sequences;
mod serve;
mod submissions;
mod tax_groups;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tidy_tests;
mod verify_page;
mod watched;

pub use api_key::{NewApiKey, new_api_key};
pub use app::{App, Settings, router};
pub use caller::Rate;
pub use front::Front;
pub use openapi::document_text as openapi_json;
pub use outlets::new_outlets::NewOutlets;
pub use rights::{Operation, Reach};
pub use serve::serve;
pub use watched::{AtWork, Watched, WatchedStore, serve_health};

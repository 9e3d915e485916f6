//! What every store must do (`suite`), done by PostgreSQL; and what only it must.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agents;
#[path = "../suite/anchors.rs"]
mod anchors;
#[path = "../suite/appending.rs"]
mod appending;
#[path = "../suite/batching.rs"]
mod batching;
mod copying;
mod failing_over;
#[path = "../suite/forgeries.rs"]
mod forgeries;
mod guards;
mod home;
#[path = "../suite/inbox.rs"]
mod inbox;
mod joining;
#[path = "../suite/leases.rs"]
mod leases;
mod lines;
#[path = "../suite/logs.rs"]
mod logs;
#[path = "../suite/model.rs"]
mod model;
#[path = "../suite/papers.rs"]
mod papers;
#[path = "../suite/ranges.rs"]
mod ranges;
#[path = "../suite/ranges_model.rs"]
mod ranges_model;
mod reaching;
#[path = "../suite/reading.rs"]
mod reading;
mod remembering;
mod schema;
#[path = "../suite/sealing.rs"]
mod sealing;
mod servers;
#[path = "../suite/submitting.rs"]
mod submitting;
mod tampering;
#[path = "../suite/world.rs"]
mod world;

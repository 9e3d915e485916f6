//! The e-CF services of the Dominican tax authority (DGII), with the counterpart that it offers for
//! tests.
//!
//! Rebuilt from the DGII's documents (Informe Técnico e-CF, Descripción Técnica, Formato e-CF,
//! Formatos ACECF, ARECF and ANECF, Firmado de e-CF, Proceso de Certificación) and from what real
//! answers look like. Where neither says anything, the comment says that the answer is ours.
//!
//! ```no_run
//! # async fn example() -> Result<(), simulators::SimulatorError> {
//! use simulators::{Clock, dom_ecf};
//!
//! let clock = Clock::starting_at(1_795_000_000_000_000);
//! let running = dom_ecf::start(dom_ecf::Options::new(clock, 42)).await?;
//! println!("{}/testecf/autenticacion/api/autenticacion/semilla", running.url);
//! running.stop().await;
//! # Ok(())
//! # }
//! ```

mod annulments;
mod api;
mod approvals;
mod approving;
mod authentication;
mod authority;
mod certificate;
mod client;
mod counterpart;
mod delegations;
mod delivery;
mod der;
mod directory;
mod emission;
mod facts;
mod flaws;
mod judge;
mod limits;
mod management;
mod moment;
mod number;
mod options;
mod ordering;
mod orders;
#[cfg(test)]
mod property_tests;
mod query;
mod reception;
mod register;
mod reply;
mod results;
mod route;
mod rules;
mod samples;
mod schema;
mod seeds;
mod sequences;
mod shown;
mod signature;
mod stamps;
mod status_host;
mod summaries;
mod tokens;
mod upload;
mod verdict;
mod xml;

pub use options::{Awkwardness, Options};
pub use route::Environment;

use std::sync::Arc;

use crate::listener::Ports;
use crate::{SimulatorError, listener};
use authority::Authority;

/// A simulator that is running. Dropping it ends it, too.
#[derive(Debug)]
pub struct Running {
    /// The base URL of all three hosts (`ecf`, `fc` and `statusecf`), without a slash at its end:
    /// their paths are disjoint. `{url}/testecf/recepcion/api/facturaselectronicas` and
    /// `{url}/testecf/recepcionfc/api/recepcion/ecf` are two of them.
    pub url: String,
    /// The management port's base URL.
    pub management_url: String,
    ports: Ports,
}

/// Starts a simulator: fresh keys, nothing received, two ports.
///
/// # Errors
/// An address that is not loopback or not free, or no random bytes.
pub async fn start(options: Options) -> Result<Running, SimulatorError> {
    let services = listener::open("service", options.listen).await?;
    let management = listener::open("management", options.management).await?;
    let url = listener::url_of(&services, "service")?;
    let management_url = listener::url_of(&management, "management")?;
    let authority = Arc::new(Authority::new(options, url.clone())?);
    Ok(Running {
        url,
        management_url,
        ports: Ports::answer([
            (services, api::router(Arc::clone(&authority))),
            (management, management::router(authority)),
        ]),
    })
}

impl Running {
    /// Ends it: both ports close, open connections break, everything is forgotten.
    pub async fn stop(self) {
        self.ports.stop().await;
    }
}

//! The e-MCF of the Congolese tax authority (DGI), as an HTTP API.
//!
//! Rebuilt from the DGI's SFE specification of February 2026 ("SFE" with a paragraph in the
//! comments), the MCF-SFE protocol 1.0 (which shares its field rules), the Benin e-MECeF API 1.0
//! (the parent of this API) and what public clients of the Congolese one send. Where those leave a
//! question open, the answer is a switch of [`Dialect`] or a documented invention (the error codes
//! of `codes.rs`).
//!
//! ```no_run
//! # async fn example() -> Result<(), simulators::SimulatorError> {
//! use simulators::{Clock, drc_emcf};
//!
//! let clock = Clock::starting_at(1_780_000_000_000_000);
//! let running = drc_emcf::start(drc_emcf::Options::new(clock, 42)).await?;
//! println!("{}/api/invoice with {}", running.url, running.tokens[0].token);
//! running.stop().await;
//! # Ok(())
//! # }
//! ```

mod api;
mod articles;
mod authority;
mod awkward;
mod checks;
mod codes;
mod credit;
mod currency;
mod details;
mod dialect;
mod elements;
mod emcf;
mod limits;
mod lists;
mod logs;
mod management;
mod moment;
mod options;
mod parties;
mod payments;
mod portal;
mod rates;
mod register;
mod replies;
mod request;
mod route;
mod tokens;
mod totals;

pub use currency::CurrencyRate;
pub use dialect::{Awkwardness, Dialect, InvoiceNumberReuse, Rounding, SpecificTaxBase};
pub use emcf::Emcf;
pub use options::Options;
pub use rust_decimal::Decimal;

use std::sync::Arc;

use crate::listener::Ports;
use crate::{SimulatorError, listener};
use authority::Authority;

/// A simulator that is running. Dropping it ends it, too.
#[derive(Debug)]
pub struct Running {
    /// The authority's base URL, without a slash at its end. `{url}/api/invoice` is the invoice
    /// API, and `{url}/edef/api/invoice` the same one: the DGI's test server has that prefix, the
    /// real one has not.
    pub url: String,
    /// The management port's base URL.
    pub management_url: String,
    /// The tokens of the e-MCFs that were made at the start, in their order.
    pub tokens: Vec<Token>,
    ports: Ports,
}

/// The token of one e-MCF: one token per e-MCF, one e-MCF per shop.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Token {
    /// The taxpayer.
    pub nif: String,
    /// The e-MCF.
    pub nim: String,
    /// The JWT to send as `Authorization: Bearer …`.
    pub token: String,
}

/// Starts a simulator: fresh keys, no invoice, two ports.
///
/// # Errors
/// An address that is not loopback or not free, an e-MCF that cannot exist, or no random bytes.
pub async fn start(options: Options) -> Result<Running, SimulatorError> {
    let invoices = listener::open("invoice", options.listen).await?;
    let management = listener::open("management", options.management).await?;
    let authority = Arc::new(Authority::new(options)?);
    Ok(Running {
        url: listener::url_of(&invoices, "invoice")?,
        management_url: listener::url_of(&management, "management")?,
        tokens: authority.tokens(),
        ports: Ports::answer([
            (invoices, api::router(Arc::clone(&authority))),
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

//! What a simulator is told when it starts.

use std::net::{Ipv4Addr, SocketAddr};

use crate::drc_emcf::{Awkwardness, CurrencyRate, Dialect, Emcf};
use crate::{Clock, Faults};

/// How to start. [`Options::new`] gives the hostile defaults; every field may be changed after it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the authority's API listens: loopback only; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Where the management port listens: loopback only; port 0 takes any free port.
    pub management: SocketAddr,
    /// How often requests meet a fault.
    pub faults: Faults,
    /// The seed of all chance: faults, awkward replies, uids. The secret keys never depend on it.
    pub seed: u64,
    /// The authority's time.
    pub clock: Clock,
    /// What the specification leaves open.
    pub dialect: Dialect,
    /// The e-MCFs that exist from the start; the management port adds more.
    pub emcfs: Vec<Emcf>,
    /// The central bank's rates of the day; the management port changes them.
    pub currency_rates: Vec<CurrencyRate>,
}

impl Options {
    /// Hostile, on two free loopback ports, with two shops of one taxpayer and the rates of USD and
    /// EUR.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            management: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            faults: Faults::hostile(),
            seed,
            clock,
            dialect: Dialect::default(),
            emcfs: vec![
                Emcf::new("A1234567B", "CD01000001-1", "BOUTIQUE GOMBE"),
                Emcf::new("A1234567B", "CD01000002-1", "BOUTIQUE LIMETE"),
            ],
            currency_rates: CurrencyRate::of_an_ordinary_day(),
        }
    }

    /// The same without faults by chance and with the plainest replies: for a fast run and for
    /// examples.
    #[must_use]
    pub fn calm(mut self) -> Self {
        self.faults = Faults::calm();
        self.dialect.awkward = Awkwardness::none();
        self
    }
}

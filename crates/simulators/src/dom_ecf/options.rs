//! What a simulator is told when it starts.

use std::net::{Ipv4Addr, SocketAddr};

use crate::{Clock, Faults};

/// How to start. [`Options::new`] gives the hostile defaults; every field may be changed after it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the authority's hosts listen, all on one port: loopback only; port 0 takes any free
    /// port.
    pub listen: SocketAddr,
    /// Where the management port listens: loopback only; port 0 takes any free port.
    pub management: SocketAddr,
    /// How often requests meet a fault.
    pub faults: Faults,
    /// The seed of all chance: faults, awkward replies, trackIds. Secret keys never depend on it.
    pub seed: u64,
    /// The authority's time.
    pub clock: Clock,
    /// How replies vary where real ones have been seen to vary.
    pub awkward: Awkwardness,
    /// The key of the status host (`Authorization: Apikey …`).
    pub api_key: String,
    /// Refuses whoever was not delegated through the management port. Without it a certificate may
    /// sign for every taxpayer that has named nobody yet.
    pub strict_delegations: bool,
}

/// Which of the known variations of replies happen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each variation is a switch of its own, and a test names those it wants"
)]
pub struct Awkwardness {
    /// Errors come as bare text, JSON string, `mensaje` or `mensajes`; otherwise as `mensaje`.
    pub error_shapes: bool,
    /// What is empty is null or an empty text.
    pub null_texts: bool,
    /// Seeds may have a byte order mark, and their value may be a GUID.
    pub seed_forms: bool,
    /// One directory entry may come as an object or as an array.
    pub directory_shapes: bool,
    /// Codes are `1` or `01`, numbers or strings.
    pub code_forms: bool,
    /// A document is in process for one to three questions; otherwise for exactly one.
    pub patience: bool,
    /// The counterpart sends indented files, byte order marks, raw bodies, an accented path.
    pub sender_shapes: bool,
}

impl Awkwardness {
    /// Every variation.
    pub fn all() -> Self {
        Self::switched(true)
    }

    /// One shape of everything, the one that real answers have most often.
    pub fn none() -> Self {
        Self::switched(false)
    }

    fn switched(on: bool) -> Self {
        Self {
            error_shapes: on,
            null_texts: on,
            seed_forms: on,
            directory_shapes: on,
            code_forms: on,
            patience: on,
            sender_shapes: on,
        }
    }
}

impl Options {
    /// Hostile, on two free loopback ports.
    pub fn new(clock: Clock, seed: u64) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            management: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            faults: Faults::hostile(),
            seed,
            clock,
            awkward: Awkwardness::all(),
            api_key: "clave-de-prueba".to_owned(),
            strict_delegations: false,
        }
    }

    /// The same without faults by chance and with the plainest replies: for a fast run and for
    /// examples.
    #[must_use]
    pub fn calm(mut self) -> Self {
        self.faults = Faults::calm();
        self.awkward = Awkwardness::none();
        self
    }
}

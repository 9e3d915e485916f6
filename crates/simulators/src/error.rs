//! What can go wrong when a simulator starts.

use std::net::SocketAddr;

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// A simulator is never reachable from another machine.
    #[error(
        "the {port} address {address} is not a loopback address: a simulator answers this machine \
         only; use 127.0.0.1 or [::1]"
    )]
    NotLoopback {
        /// Which of the two ports.
        port: &'static str,
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The port could not be opened.
    #[error(
        "the {port} address {address} cannot be listened on: choose another port, or 0 for any \
         free one"
    )]
    Listen {
        /// Which of the two ports.
        port: &'static str,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// An e-MCF of the options cannot exist.
    #[error("the e-MCF {nim:?} of the taxpayer {nif:?} cannot be made: {why}")]
    Emcf {
        /// The taxpayer's NIF.
        nif: String,
        /// The e-MCF's number.
        nim: String,
        /// What is wrong, and what to do.
        why: &'static str,
    },
    /// The system has no random numbers for the secret keys.
    #[error("the system gave no random bytes for the secret keys of this run")]
    Random,
}

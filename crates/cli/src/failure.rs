//! How a command ends badly, and with which exit code.

use std::fmt;

/// Exit codes, for scripts: 1 the document or the caller is at fault, 2 the words of the command
/// (clap's own), 3 something is not reachable or not usable, 4 the ledger is not what it was.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The caller's document, key or name is wrong; the text says how. The body is the server's.
    Refused { text: String, body: Option<serde_json::Value> },
    /// A file, an address, a key or a store cannot be used.
    Unusable(String),
    /// Verification found a break.
    Broken(String),
}

impl Failure {
    pub(crate) fn unusable(text: impl fmt::Display) -> Self {
        Self::Unusable(text.to_string())
    }

    pub(crate) fn refused(text: impl fmt::Display) -> Self {
        Self::Refused { text: text.to_string(), body: None }
    }

    /// The error and all its causes in one line.
    pub(crate) fn from_error(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self::Unusable(text)
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { .. } => 1,
            Self::Unusable(_) => 3,
            Self::Broken(_) => 4,
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Refused { body: Some(body), .. } => body.clone(),
            Self::Refused { .. } | Self::Unusable(_) | Self::Broken(_) => {
                serde_json::json!({ "error": self.to_string(), "exit_code": self.exit_code() })
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { text, .. } | Self::Unusable(text) | Self::Broken(text) => {
                formatter.write_str(text)
            }
        }
    }
}

macro_rules! from_errors {
    ($($error:ty),*) => { $(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::from_error(&error)
            }
        }
    )* };
}

from_errors!(
    ledger::LedgerError,
    fiscal::DeskError,
    signing::SigningError,
    signing::KeyUriError,
    simulators::SimulatorError,
    reqwest::Error,
    rusqlite::Error,
    std::io::Error,
    serde_json::Error
);

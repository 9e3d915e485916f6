//! How a command ends badly, and with which exit code.

use std::fmt;
use std::path::Path;

/// What scripts go by. The second is clap's own; the test below holds the documents against this.
pub(crate) const EXIT_CODES: [(u8, &str); 5] = [
    (0, "done"),
    (
        1,
        "what was given is at fault: a document, a file or a ledger that is not there or not right, \
        or what the API or the authority refused",
    ),
    (2, "the words of the command"),
    (
        3,
        "something cannot be reached or used: a server, a port, a key, an outlet, a store that \
        another process has open",
    ),
    (4, "a ledger is not what it was"),
];

/// How a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The caller's document, key or name is wrong; the text says how. The body is the server's.
    Refused { text: String, body: Option<serde_json::Value> },
    /// No connection came to be: nothing has left us.
    NotSent(String),
    /// An address, a key or a store cannot be used.
    Unusable(String),
    /// Verification found a break.
    Broken(String),
    /// What failed of several stores: the exit code of the worst, each in its own words, and what
    /// is told of all of them.
    Several { exit_code: u8, text: String, body: serde_json::Value },
}

impl Failure {
    pub(crate) fn unusable(text: impl fmt::Display) -> Self {
        Self::Unusable(text.to_string())
    }

    pub(crate) fn refused(text: impl fmt::Display) -> Self {
        Self::Refused { text: text.to_string(), body: None }
    }

    /// A file that the caller named.
    pub(crate) fn of_input(path: &Path, error: &dyn std::error::Error) -> Self {
        Self::refused(format!("{}: {error}", path.display()))
    }

    /// The error and all its causes in one line.
    pub(crate) fn from_error(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Some errors say their cause themselves.
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        Self::Unusable(text)
    }

    /// The same, led by where it happened.
    pub(crate) fn within(self, place: &str) -> Self {
        let led = |text: String| format!("{place}: {text}");
        match self {
            Self::Refused { text, body } => Self::Refused { text: led(text), body },
            Self::NotSent(text) => Self::NotSent(led(text)),
            Self::Unusable(text) => Self::Unusable(led(text)),
            Self::Broken(text) => Self::Broken(led(text)),
            Self::Several { exit_code, text, body } => {
                Self::Several { exit_code, text: led(text), body }
            }
        }
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { .. } => 1,
            Self::NotSent(_) | Self::Unusable(_) => 3,
            Self::Broken(_) => 4,
            Self::Several { exit_code, .. } => *exit_code,
        }
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Refused { body: Some(body), .. } | Self::Several { body, .. } => body.clone(),
            Self::Refused { .. } | Self::NotSent(_) | Self::Unusable(_) | Self::Broken(_) => {
                serde_json::json!({ "error": self.to_string(), "exit_code": self.exit_code() })
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { text, .. }
            | Self::Several { text, .. }
            | Self::NotSent(text)
            | Self::Unusable(text)
            | Self::Broken(text) => formatter.write_str(text),
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
    signing::KeyUriError,
    simulators::SimulatorError,
    reqwest::Error,
    rusqlite::Error,
    std::io::Error,
    serde_json::Error
);

impl From<signing::SigningError> for Failure {
    /// A file of an authority, or the password to it, was given; any other key is there or is not.
    fn from(error: signing::SigningError) -> Self {
        use signing::SigningError::{PasswordUnusable, Pkcs12};
        match (&error, Self::from_error(&error)) {
            (Pkcs12 { .. } | PasswordUnusable { .. }, Self::Unusable(text)) => Self::refused(text),
            (_, failure) => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_tell_the_exit_codes_as_they_are() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let operations = std::fs::read_to_string(root.join("docs/operations.md")).unwrap();
        for (code, words) in EXIT_CODES {
            let row = format!("| {code} | {words} |");
            assert!(operations.contains(&row), "docs/operations.md lacks {row}");
        }
        let failures = [
            Failure::refused("x"),
            Failure::NotSent(String::new()),
            Failure::unusable("x"),
            Failure::Broken(String::new()),
        ];
        assert_eq!(failures.map(|failure| failure.exit_code()), [1, 3, 3, 4]);
    }

    #[test]
    fn a_cause_that_is_said_already_is_not_said_again() {
        let inner = std::io::Error::other("the disk is full");
        let outer = std::io::Error::other(ledger::LedgerError::Open(inner));
        let text = Failure::from_error(&outer).to_string();
        assert_eq!(text, "the ledger file cannot be opened: the disk is full");
        let text = Failure::from(ledger::LedgerError::Conflict("outlet")).to_string();
        assert!(text.starts_with("the outlet exists already"), "{text}");
    }
}

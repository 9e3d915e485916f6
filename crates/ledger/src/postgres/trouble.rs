//! What an error of the database means for what was under way.

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// What is to be done about an error.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Trouble {
    /// Another transaction came in between: the same again may well succeed.
    Again(String),
    /// What was asked cannot be: a rule of the schema, or a value that has no place in it.
    Asked(String),
    /// The connection is gone. What was not yet committing is undone.
    Lost(String),
    /// The server cannot: no room, no memory, no right.
    Server(String),
}

/// Sorts an error by its class, as appendix A of PostgreSQL's manual lists them.
pub(super) fn of(error: &Error) -> Trouble {
    let words = words(error);
    let Some(code) = error.code().map(SqlState::code) else {
        return if error.is_closed() || is_of_line(error) {
            Trouble::Lost(words)
        } else {
            Trouble::Server(words)
        };
    };
    match (&code[..2], code) {
        // 40: rolled back, as for a deadlock. 55P03: a lock was not to be had in time.
        ("40", _) | (_, "55P03") => Trouble::Again(words),
        // 22 and 23: a value, a rule. 54: too large, as for an index.
        ("22" | "23" | "54", _) => Trouble::Asked(words),
        // 08: the connection. 57P: an administrator, a crash, a start. 25P03: idle for too long.
        // 25006: the server has become a standby.
        ("08", _) | (_, "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006") => {
            Trouble::Lost(words)
        }
        _ => Trouble::Server(words),
    }
}

fn is_of_line(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// The error with the words of the server, which the driver keeps apart.
fn words(error: &Error) -> String {
    match std::error::Error::source(error) {
        None => error.to_string(),
        Some(source) => format!("{error}: {source}"),
    }
}

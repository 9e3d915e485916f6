//! Standard output, which may be closed or full before a command has ended: `stalela … | head`.
//!
//! A reader that has read enough is no failure, and what a command does besides printing goes on: a
//! walk is reported, a server serves. Any other error is one, told when the command ends.

use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::sync::OnceLock;

use crate::failure::Failure;
use crate::plain;

/// Why nothing more is printed: the first error, of which each later one would be a repetition.
static ENDED: OnceLock<std::io::Error> = OnceLock::new();

/// Prints, as long as somebody reads. The macros of this crate come here. Whatever others wrote in it
/// moves no terminal.
pub(crate) fn print(text: fmt::Arguments<'_>) {
    bytes(plain::text(&text.to_string()).as_bytes());
}

/// The same for a file, which is not changed.
pub(crate) fn bytes(bytes: &[u8]) {
    if ENDED.get().is_some() {
        return;
    }
    let mut to = std::io::stdout().lock();
    if let Err(error) = to.write_all(bytes).and_then(|()| to.flush()) {
        // Two threads that fail at once fail for one reason.
        let _ = ENDED.set(error);
    }
}

/// How printing failed, if it did in a way that whoever started the command does not know.
pub(crate) fn failure() -> Option<Failure> {
    let error = ENDED.get().filter(|error| error.kind() != ErrorKind::BrokenPipe)?;
    Some(Failure::unusable(format!("standard output cannot be written: {error}")))
}

/// Prints on standard error, whoever reads it, in the same way.
pub(crate) fn complain(text: fmt::Arguments<'_>) {
    let text = text.to_string();
    let _ = std::io::stderr().lock().write_all(plain::text(&text).as_bytes());
}

/// In place of the standard library's, which panics where standard output is closed.
macro_rules! print {
    ($($text:tt)*) => { $crate::stdout::print(format_args!($($text)*)) };
}

/// The same with the end of the line.
macro_rules! println {
    () => { $crate::stdout::print(format_args!("\n")) };
    ($($text:tt)*) => { $crate::stdout::print(format_args!("{}\n", format_args!($($text)*))) };
}

/// In place of the standard library's, which panics where standard error is closed.
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::stdout::complain(format_args!("{}\n", format_args!($($text)*))) };
}

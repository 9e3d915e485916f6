//! Logs: to standard error, so that standard output stays the command's answer.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// `STALELA_LOG` chooses what is said (`warn` by default), `STALELA_LOG_FORMAT=json` how. Colours are
/// for terminals alone, and for nobody who does not want them (`NO_COLOR`, <https://no-color.org>).
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("STALELA_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal() && !is_plain)
        .with_writer(std::io::stderr);
    if std::env::var("STALELA_LOG_FORMAT").is_ok_and(|format| format == "json") {
        builder.json().init();
    } else {
        builder.compact().init();
    }
}

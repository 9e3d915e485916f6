//! Logs: to standard error, so that standard output stays the command's answer.

use tracing_subscriber::EnvFilter;

/// `STALELA_LOG` chooses what is said (`warn` by default), `STALELA_LOG_FORMAT=json` how.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("STALELA_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("STALELA_LOG_FORMAT").is_ok_and(|format| format == "json") {
        builder.json().init();
    } else {
        builder.compact().init();
    }
}

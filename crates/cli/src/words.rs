//! What the words of a command have wrong, told in the form that they asked for.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use serde_json::json;

/// What the words say, or the exit code after telling what is wrong with them, or the help.
pub(crate) fn parsed<T: Parser>(words: Vec<OsString>) -> Result<T, ExitCode> {
    let as_json = words.iter().any(|word| word == "--json");
    T::try_parse_from(words).map_err(|error| told(&error, as_json))
}

fn told(error: &Error, as_json: bool) -> ExitCode {
    if !error.use_stderr() {
        // As clap's own: nobody is left to be told where the output cannot be written.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if as_json {
        println!("{}", json!({ "error": in_short(error), "exit_code": FAULTY }));
    } else {
        let _ = error.print();
        if let Some(hint) = hint(error) {
            eprintln!("\n{hint}");
        }
    }
    ExitCode::from(FAULTY)
}

/// Without the usage and where the help is, which are for people.
fn in_short(error: &Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing: --help lists them".to_owned();
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let end = ["\n\nUsage:", "\n\nFor more information"];
    let end = end.iter().filter_map(|words| text.find(words)).min().unwrap_or(text.len());
    let text = text[..end].trim_end();
    hint(error).map_or_else(|| text.to_owned(), |hint| format!("{text}\n{hint}"))
}

/// Whoever has no key wants to know where keys come from.
fn hint(error: &Error) -> Option<&'static str> {
    let missing = match error.get(ContextKind::InvalidArg)? {
        ContextValue::Strings(missing) => missing.iter().any(|one| one.starts_with(API_KEY)),
        _ => false,
    };
    (missing && error.kind() == ErrorKind::MissingRequiredArgument).then_some(WHERE_KEYS_COME_FROM)
}

const API_KEY: &str = "--api-key";
const WHERE_KEYS_COME_FROM: &str = "\
`stalela api-key new` makes a key, and STALELA_API_KEY is where commands look for it";
/// The exit code of [`crate::failure::EXIT_CODES`] for words.
const FAULTY: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Arguments;

    fn wrong(words: &[&str]) -> Error {
        Arguments::try_parse_from([&["stalela"], words].concat()).unwrap_err()
    }

    #[test]
    fn what_is_wrong_is_told_without_the_usage() {
        let unknown = in_short(&wrong(&["show", "--jsno"]));
        assert!(unknown.contains("'--jsno'") && !unknown.contains("Usage"), "{unknown}");
        assert!(!unknown.starts_with("error"), "{unknown}");
        assert!(in_short(&wrong(&[])).contains("a command is missing"));
    }

    #[test]
    fn a_missing_key_is_told_with_where_keys_come_from() {
        let missing = wrong(&["api-key", "revoke", "ak_x", "--url", "http://localhost:1"]);
        if std::env::var_os("STALELA_API_KEY").is_none() {
            assert!(in_short(&missing).contains("stalela api-key new"), "{}", in_short(&missing));
        }
        assert_eq!(
            hint(&wrong(&["issue"])).is_some(),
            std::env::var_os("STALELA_API_KEY").is_none()
        );
        assert_eq!(hint(&wrong(&["sael"])), None);
    }
}

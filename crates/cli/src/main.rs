//! `stalela`: the one binary. It parses words, puts the desk together, and prints.

#[macro_use]
mod stdout;

mod anchors;
mod api;
mod bench;
mod client;
mod commands;
mod failure;
mod input;
mod logs;
mod opening;
mod output;
mod plain;
mod print;
mod running;
mod store;
mod stores;
mod words;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;
use crate::failure::{EXIT_CODES, Failure};

/// Seals invoices, proves them, and reports them to the tax authority.
#[derive(Debug, Parser)]
#[command(name = "stalela", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = after_help())]
struct Arguments {
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

fn after_help() -> String {
    let codes = EXIT_CODES.map(|(code, words)| format!("  {code}  {words}")).join("\n");
    format!("{EXAMPLES}\n\n{ENVIRONMENT}\n\nExit codes:\n{codes}")
}

const EXAMPLES: &str = "\
Examples:
  stalela demo                                    a shop, the simulator of its authority, a server
  stalela serve --store data/stalela.db           the API, and delivery to the authorities
  stalela issue examples/supermarket_sale.json    through the API, like any client
  stalela show in_… --receipt pdf > receipt.pdf
  stalela verify --store data/stalela.db
  stalela serve --store postgres://stalela@db.example/stalela    one of any number of servers";

const ENVIRONMENT: &str = "\
Environment:
  STALELA_URL, STALELA_API_KEY    the server, and who calls: issue, show, invoice,
                                  inbox, paper, reconcile, api-key --url
  STALELA_OUTLET                  the outlet of issue and paper record
  STALELA_STORE                   the ledger, a file or a database: serve, agent, migrate, verify,
                                  outlet, sequence, api-key
  STALELA_STORE_MAP               a file that maps tenants to several stores, instead: serve, agent,
                                  verify, outlet, sequence, api-key
  STALELA_STORE_PASSWORD_FILE     where the database's password lies; or PGPASSWORD holds it
  STALELA_ANCHORS                 where the heads of outlets are kept: serve, agent, outlet
                                  accept-clock, outlet recover
  STALELA_LISTEN, STALELA_PUBLIC_URL, STALELA_TEST_HOSTS    options of serve
  STALELA_LOG                     what is logged to standard error: error, warn (if absent), info,
                                  debug, or by part, as in info,agent=debug
  STALELA_LOG_FORMAT=json         logs for programs";

/// A seal allocates some hundred small pieces on one thread and frees them on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match words::parsed::<Arguments>(std::env::args_os().collect()) {
        Ok(arguments) => arguments,
        Err(ended) => return ended,
    };
    logs::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system gives threads to a process that starts");
    let ended = runtime.block_on(arguments.command.run(arguments.json));
    // Reads of a store that was left open end by themselves; nothing is waited for twice.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    let failure = ended.err().or_else(stdout::failure);
    failure.map_or(ExitCode::SUCCESS, |failure| failed(&failure, arguments.json))
}

fn failed(failure: &Failure, json: bool) -> ExitCode {
    if json {
        println!("{}", failure.to_json());
    } else {
        eprintln!("stalela: {failure}");
    }
    ExitCode::from(failure.exit_code())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn walk(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
        let path = format!("{path} {}", command.get_name());
        visit(&path, command);
        for inner in command.get_subcommands() {
            walk(inner, &path, visit);
        }
    }

    #[test]
    fn every_command_and_option_is_described_and_has_an_example() {
        let (mut seen, mut holes) = (0, Vec::new());
        walk(&Arguments::command(), "", &mut |path, command| {
            seen += 1;
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            if about.is_empty() {
                holes.push(format!("{path}: not described"));
            }
            if !after.contains("Example") || !after.contains("stalela ") {
                holes.push(format!("{path}: no example"));
            }
            for argument in command.get_arguments() {
                if argument.get_help().is_none() {
                    holes.push(format!("{path} {}: not described", argument.get_id()));
                }
                for value in argument.get_possible_values() {
                    if argument.get_action().takes_values() && value.get_help().is_none() {
                        holes.push(format!("{path} {}: {value:?}", argument.get_id()));
                    }
                }
            }
        });
        assert!(seen > 18, "the walk finds them: {seen}");
        assert!(holes.is_empty(), "{}", holes.join("\n"));
    }

    #[test]
    fn the_parser_is_well_made() {
        Arguments::command().debug_assert();
    }
}

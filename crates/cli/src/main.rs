//! `stalela`: the one binary. It parses words, puts the desk together, and prints.

mod api;
mod bench;
mod client;
mod commands;
mod failure;
mod logs;
mod print;

use std::process::ExitCode;

use clap::Parser;

use crate::commands::Command;
use crate::failure::Failure;

/// Seals invoices, proves them, and reports them to the tax authority.
#[derive(Debug, Parser)]
#[command(name = "stalela", version, propagate_version = true, max_term_width = 100)]
struct Arguments {
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// A seal allocates some hundred small pieces on one thread and frees them on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    logs::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system gives threads to a process that starts");
    let ended = runtime.block_on(arguments.command.run(arguments.json));
    // Reads of a store that was left open end by themselves; nothing is waited for twice.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(&failure, arguments.json),
    }
}

fn failed(failure: &Failure, json: bool) -> ExitCode {
    if json {
        println!("{}", failure.to_json());
    } else {
        eprintln!("stalela: {failure}");
    }
    ExitCode::from(failure.exit_code())
}

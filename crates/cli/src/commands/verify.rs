//! `stalela verify`

mod receipt;
mod trusted_keys;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::Report;

use crate::failure::Failure;
use crate::store::StoreArgs;

pub(crate) use trusted_keys::TrustedKeys;

/// Verify a ledger: recompute everything from stored bytes, and tell the first break.
///
/// It may run while a server has the ledger open. Without --key, the public keys are those that
/// the ledger itself keeps: whoever could rewrite the ledger could rewrite them too, so an auditor
/// gives the keys that were published.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  stalela verify --store data/stalela.db
  stalela verify --store data/stalela.db --key outlet.pub.pem
  stalela verify --store postgres://stalela@db.example/stalela
  stalela verify receipt invoice.json --key stalela-keys.json"
)]
pub(crate) struct Verify {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    store: StoreArgs,
    /// A public key in PEM that may have signed; may be given several times.
    #[arg(long = "key")]
    keys: Vec<PathBuf>,
}

/// What else is verified than a ledger.
#[derive(Debug, Subcommand)]
enum What {
    Receipt(receipt::Receipt),
}

impl Verify {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        if let Some(What::Receipt(receipt)) = &self.what {
            return receipt.run(json);
        }
        let report = tokio::task::spawn_blocking(move || self.verify());
        let report = report.await.map_err(Failure::unusable)??;
        if json {
            println!("{}", report_json(&report));
        } else {
            tell(&report);
        }
        Ok(())
    }

    fn verify(&self) -> Result<Report, Failure> {
        let store = self.store.existing()?;
        let keys = match self.keys.as_slice() {
            [] => TrustedKeys::kept_in(&store)?,
            paths => TrustedKeys::read(paths)?,
        };
        let bar = progress_bar();
        let verified = keys.verify(&store, &mut |entries| bar.set_position(entries));
        bar.finish_and_clear();
        verified
    }
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos} entries, {per_sec}, {elapsed}")
        .expect("the template is a constant");
    ProgressBar::new_spinner().with_style(style)
}

fn tell(report: &Report) {
    match report.entries {
        0 => println!("0 entries: this ledger is empty, and nothing was there to verify"),
        entries => println!("{entries} entries, every one as it was written"),
    }
    for outlet in &report.outlets {
        println!(
            "  {}  {} entries, {} sealed, {} requested, {} unanswered, {} numbers free",
            outlet.outlet,
            outlet.entries,
            outlet.sealed,
            outlet.requested,
            outlet.unanswered,
            outlet.free
        );
        println!("    head {}", outlet.head);
    }
}

fn report_json(report: &Report) -> serde_json::Value {
    let outlets = report.outlets.iter().map(|outlet| {
        serde_json::json!({
            "tenant": outlet.tenant, "outlet": outlet.outlet, "entries": outlet.entries,
            "invoices": outlet.invoices, "sealed": outlet.sealed, "requested": outlet.requested,
            "unanswered": outlet.unanswered, "free": outlet.free, "head": outlet.head,
        })
    });
    serde_json::json!({ "entries": report.entries, "outlets": outlets.collect::<Vec<_>>() })
}

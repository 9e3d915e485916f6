//! `stalela verify`

mod key_files;
mod receipt;
mod several;
mod trusted_keys;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::{Recovery, Report, StoreUrl};

use crate::failure::Failure;
use crate::plain;
use crate::stores::StoresArgs;

pub(crate) use trusted_keys::TrustedKeys;

/// Verify a ledger: recompute everything from stored bytes, and tell the first break.
///
/// It may run while a server has the ledger open. Without --key, the public keys are those that
/// the ledger itself keeps: whoever could rewrite the ledger could rewrite them too, so an auditor
/// gives the keys that were published.
///
/// With a map of several stores each is verified, whatever becomes of the others, and its tenants are
/// held against the map; the exit code is that of the worst.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  stalela verify --store data/stalela.db
  stalela verify --store data/stalela.db --key outlet.pub.pem
  stalela verify --store data/stalela.db --key stalela-keys.json
  stalela verify --store postgres://stalela@db.example/stalela
  stalela verify --store-map stores.json
  stalela verify receipt invoice.json --key stalela-keys.json"
)]
pub(crate) struct Verify {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    store: StoresArgs,
    /// A public key in PEM that may have signed, or the list of keys that a server publishes at
    /// /.well-known/stalela-keys.json, from wherever you trust. May be given several times.
    #[arg(long = "key", value_name = "FILE")]
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
        let verified = tokio::task::spawn_blocking(move || self.verify(json));
        verified.await.map_err(Failure::unusable)?
    }

    fn verify(&self, json: bool) -> Result<(), Failure> {
        let stores = self.store.stores()?;
        if stores.are_mapped() {
            return several::verify(&stores, &self.keys, json);
        }
        let stores = self.store.existing()?;
        for store in stores.iter() {
            let report = verify(&store.url, &self.keys)?;
            if json {
                println!("{}", report_json(&report));
            } else {
                tell(&report);
            }
        }
        Ok(())
    }
}

fn verify(store: &StoreUrl, keys: &[PathBuf]) -> Result<Report, Failure> {
    let keys = match keys {
        [] => TrustedKeys::kept_in(store)?,
        paths => TrustedKeys::read(paths)?,
    };
    let bar = progress_bar();
    let verified = keys.verify(store, &mut |entries| bar.set_position(entries));
    bar.finish_and_clear();
    verified
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
            plain::line(&outlet.outlet),
            outlet.entries,
            outlet.sealed,
            outlet.requested,
            outlet.unanswered,
            outlet.free
        );
        for recovery in &outlet.recoveries {
            let reason = plain::line(&recovery.reason);
            println!("    entry {} records a loss: {reason}", recovery.sequence);
            for run in &recovery.lost {
                let series = run.series.to_string();
                let series = plain::line(&series);
                println!("      lost: numbers {} to {} of {series}", run.first, run.last);
            }
        }
        println!("    head {}", outlet.head);
    }
}

fn report_json(report: &Report) -> serde_json::Value {
    let outlets = report.outlets.iter().map(|outlet| {
        let recoveries = outlet.recoveries.iter().map(recovery_json).collect::<Vec<_>>();
        serde_json::json!({
            "tenant": outlet.tenant, "outlet": outlet.outlet, "entries": outlet.entries,
            "invoices": outlet.invoices, "sealed": outlet.sealed, "requested": outlet.requested,
            "unanswered": outlet.unanswered, "free": outlet.free, "head": outlet.head,
            "lost": outlet.lost, "recoveries": recoveries,
        })
    });
    serde_json::json!({ "entries": report.entries, "outlets": outlets.collect::<Vec<_>>() })
}

/// The numbers that an entry writes off, and why.
fn recovery_json(recovery: &Recovery) -> serde_json::Value {
    let numbers = recovery.lost.iter().map(|run| {
        serde_json::json!({
            "series": run.series.to_string(), "first": run.first, "last": run.last,
        })
    });
    serde_json::json!({
        "entry": recovery.sequence, "reason": recovery.reason,
        "lost_numbers": numbers.collect::<Vec<_>>(),
    })
}

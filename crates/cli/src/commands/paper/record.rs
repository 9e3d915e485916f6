//! `stalela paper record`

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::tell;
use crate::client::{Client, Remote};
use crate::commands::issue::read;
use crate::failure::Failure;
use crate::print;

/// Record a receipt that was issued on paper.
///
/// Its lines are given as a draft, without a date and without the receipt's name. Recording the same
/// receipt again records nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: stalela paper record B0100000007 --outlet ou_… --issued-on 2026-11-18 --total 1180.00 draft.json"
)]
pub(crate) struct Record {
    /// Its number, as printed.
    number: String,
    /// What was sold, a draft as JSON; `-` reads standard input.
    draft: PathBuf,
    /// The outlet that issued it.
    #[arg(long, env = "STALELA_OUTLET")]
    outlet: String,
    /// Its date.
    #[arg(long)]
    issued_on: Date,
    /// The day from which the outlet could issue nothing else; the receipt's own if absent.
    #[arg(long)]
    since: Option<Date>,
    /// Its total, as printed.
    #[arg(long)]
    total: String,
    #[command(flatten)]
    remote: Remote,
}

impl Record {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let draft: Value = serde_json::from_slice(&read(&self.draft)?)?;
        let mut body = json!({
            "outlet": self.outlet, "number": self.number,
            "issued_on": self.issued_on.to_string(), "total": self.total, "draft": draft,
        });
        if let Some(since) = self.since {
            body["since"] = json!(since.to_string());
        }
        let client = Client::new(self.remote);
        let answer = client.post("/v1/paper-receipts", None, body.to_string().into_bytes()).await?;
        let paper = answer.successful()?.json()?;
        if json {
            print::json(&paper);
        } else {
            tell(&paper);
        }
        Ok(())
    }
}

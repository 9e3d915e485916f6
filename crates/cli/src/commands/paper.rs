//! `stalela paper`

mod list;
mod record;
mod regularise;
mod show;

use clap::Subcommand;
use serde_json::Value;

use crate::failure::Failure;

/// Receipts that were issued on paper while nothing else could be: record them, and have invoices
/// stand for them.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  stalela paper record B0100000007 --outlet ou_… --issued-on 2026-11-18 --total 1180.00 draft.json
  stalela paper list --unsettled
  stalela paper regularise pr_…_B0100000007")]
pub(crate) enum Paper {
    Record(record::Record),
    List(list::List),
    Show(show::Show),
    Regularise(regularise::Regularise),
}

impl Paper {
    pub(crate) async fn run(self, json: bool) -> Result<(), Failure> {
        match self {
            Self::Record(command) => command.run(json).await,
            Self::List(command) => command.run(json).await,
            Self::Show(command) => command.run(json).await,
            Self::Regularise(command) => command.run(json).await,
        }
    }
}

fn text<'a>(paper: &'a Value, member: &str) -> &'a str {
    paper[member].as_str().unwrap_or("—")
}

/// A receipt in a few lines.
fn tell(paper: &Value) {
    let text = |member| text(paper, member);
    println!("{}  {}", text("number"), text("state"));
    println!("  id        {}", text("id"));
    println!("  outlet    {}", text("outlet"));
    println!("  dated     {}", text("issued_on"));
    println!("  total     {} {}", text("total"), text("currency"));
    println!("  paper     from {} until {}", text("since"), text("paper_until"));
    println!("  invoice   {}  (by {})", text("invoice"), text("stand_by"));
}

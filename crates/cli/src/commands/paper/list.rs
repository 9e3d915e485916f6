//! `stalela paper list`

use clap::Args;
use serde_json::Value;

use super::text;
use crate::commands::page::{Listed, Page};
use crate::failure::Failure;

/// List receipts on paper, those that were recorded last first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela paper list --unsettled
  stalela --json paper list --outlet ou_… --limit 200")]
pub(crate) struct List {
    /// Only those that the authority has no invoice for.
    #[arg(long)]
    unsettled: bool,
    #[command(flatten)]
    page: Page,
}

impl List {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let (query, command) = if self.unsettled {
            ("&unsettled=true", "stalela paper list --unsettled")
        } else {
            ("", "stalela paper list")
        };
        let heads = ["ID", "DATED", "TOTAL", "STATE", "STAND BY"];
        let listed = Listed {
            path: "/v1/paper-receipts",
            query,
            command,
            empty: "no receipts on paper",
            heads: row(heads),
            line,
        };
        self.page.run(&listed, json).await
    }
}

fn line(paper: &Value) -> String {
    row(["id", "issued_on", "total", "state", "stand_by"].map(|member| text(paper, member)))
}

fn row([id, dated, total, state, by]: [&str; 5]) -> String {
    format!("{id:31}  {dated:10}  {total:>14}  {state:9}  {by}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn heads_stand_above_their_columns() {
        let paper = json!({
            "id": "pr_aeaqcaibaeaqcaib_B0100000007", "issued_on": "2026-11-18", "total": "1180.00",
            "state": "recorded", "stand_by": "2026-12-18",
        });
        let heads = row(["ID", "DATED", "TOTAL", "STATE", "STAND BY"]);
        let line = line(&paper);
        for (head, value) in
            [("DATED", "2026-11-18"), ("STATE", "recorded"), ("STAND BY", "2026-12-18")]
        {
            assert_eq!(heads.find(head), line.find(value), "{heads}\n{line}");
        }
        assert_eq!(heads.find("TOTAL").unwrap() + 5, line.find("1180.00").unwrap() + 7);
    }
}

//! `stalela inbox list`

use clap::Args;

use super::text;
use crate::commands::page::{Listed, Page};
use crate::failure::Failure;

/// List received documents, newest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stalela inbox list
  stalela inbox list --outlet ou_… --limit 200
  stalela --json inbox list --cursor MTc4…")]
pub(crate) struct List {
    #[command(flatten)]
    page: Page,
}

impl List {
    pub(super) async fn run(self, json: bool) -> Result<(), Failure> {
        let heads =
            ["ID", "DATED", "ISSUER", "NUMBER", "TOTAL", "STATE", "AUTHORITY", "ISSUER'S NAME"];
        let listed = Listed {
            path: "/v1/inbox",
            query: "",
            command: "stalela inbox list",
            empty: "nothing was received",
            heads: row(heads.map(str::to_owned)),
            line: |document| {
                let text = |member| text(document, member);
                row([
                    text("id"),
                    text("issued_on"),
                    text("issuer_tax_id"),
                    text("number"),
                    text("total"),
                    text("state"),
                    self::text(&document["authority"], "state"),
                    text("issuer_name"),
                ])
            },
        };
        self.page.run(&listed, json).await
    }
}

/// Most ids, numbers and tax numbers are no longer than their columns.
fn row([id, dated, issuer, number, total, state, authority, name]: [String; 8]) -> String {
    format!(
        "{id:22}  {dated:10}  {issuer:9}  {number:13}  {total:>14}  {state:9}  {authority:13}  {name}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_stand_above_their_columns() {
        let heads =
            row(["ID", "DATED", "ISSUER", "N", "TOTAL", "STATE", "A", "X"].map(str::to_owned));
        let line = row([
            "rd_aeaqcaibaeaqcaib_1",
            "2026-11-20",
            "131000002",
            "E310000000001",
            "1180.00",
            "received",
            "accepted",
            "Y",
        ]
        .map(str::to_owned));
        assert_eq!(heads.find("STATE"), line.find("received"));
        assert_eq!(heads.find("TOTAL").unwrap() + 5, line.find("1180.00").unwrap() + 7);
        assert_eq!(heads.find('X'), line.find('Y'));
    }
}
